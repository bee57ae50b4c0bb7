use crate::{
    Admin, Application, Attacker, InterceptingProxy, Record, Setup, Site, fixtures::fill_cart, launch::Launch, service::Service,
    topology::Topology,
};
use anyhow::ensure;
use std::path::{Path, PathBuf};
use storefront_api::Workflow;

/// The processes of one journey, on ports of their own, with data of their own.
pub struct World {
    launch: Launch,
    fusionauth: Service,
    /// What browsers reach as FusionAuth in `spa-shared-domain`.
    auth_proxy: Option<Service>,
    server: Service,
    /// The port of an intercepting proxy before FusionAuth.
    proxy: Option<u16>,
    /// What crossed the wire.
    pub record: Record,
}

impl World {
    /// Starts the emulator and the server and tells FusionAuth the origins.
    pub(crate) async fn start(setup: Setup) -> anyhow::Result<Self> {
        let topology = Topology::from_environment()?;
        let folder = std::env::temp_dir().join(format!("storefront-e2e-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        let launch = Launch {
            setup,
            record: folder.join("record.jsonl"),
            salt: uuid::Uuid::new_v4().simple().to_string(),
            database_url: topology.database(&folder).await?,
            folder,
        };
        let record = Record { path: launch.record.clone() };
        let fusionauth = Service::of("FusionAuth", 1).await?;
        let auth_proxy = match setup.workflow {
            Workflow::SpaSharedDomain => Some(Service::of("the auth proxy", topology.instances()).await?),
            Workflow::SpaLocalStorage | Workflow::SpaBackend | Workflow::WebappJwt | Workflow::WebappSession => None,
        };
        let server = Service::of("the server", topology.instances()).await?;
        let mut world = Self { launch, fusionauth, auth_proxy, server, proxy: None, record };
        world.start_fusionauth().await?;
        world.start_auth_proxy().await?;
        world.start_server().await?;
        // The ports are known only now, so the origins of kickstart.json, which has the published ports, are replaced.
        world.allow_origins(&[world.store(), world.forums()]).await?;
        Ok(world)
    }

    /// The Store as the browser sees it.
    pub const fn store(&self) -> Site {
        self.site(Application::Store)
    }

    /// The Forums as the browser sees them.
    pub const fn forums(&self) -> Site {
        self.site(Application::Forums)
    }

    const fn site(&self, application: Application) -> Site {
        Site { workflow: self.launch.setup.workflow, application, port: self.server.port() }
    }

    /// How many processes answer for the Store and the Forums.
    pub const fn instances(&self) -> usize {
        self.server.instances()
    }

    /// FusionAuth's host as the browser sees it, without the port: what its cookies belong to.
    pub fn auth_host(&self) -> String {
        format!("auth.{}.localhost", self.launch.setup.workflow.slug())
    }

    /// The port of FusionAuth as the browser sees it.
    pub fn auth_port(&self) -> u16 {
        self.proxy.unwrap_or_else(|| self.auth_proxy.as_ref().unwrap_or(&self.fusionauth).port())
    }

    /// Puts a proxy between browsers and FusionAuth. Pages that are open already do not know of it.
    pub async fn intercept_fusionauth(&mut self) -> anyhow::Result<InterceptingProxy> {
        let proxy = InterceptingProxy::before(self.auth_port()).await?;
        self.proxy = Some(proxy.port());
        self.stop_server().await?;
        self.start_server().await?;
        Ok(proxy)
    }

    /// Something that goes wrong at FusionAuth from now on, as `POST /emulator/faults` takes it (docs/emulator.md).
    pub async fn fault(&self, fault: &serde_json::Value) -> anyhow::Result<()> {
        let url = format!("http://127.0.0.1:{}/emulator/faults", self.fusionauth.port());
        let status = crate::admin::client().post(url).json(fault).send().await?.status();
        ensure!(status.is_success(), "the fault was answered {status}");
        Ok(())
    }

    /// Makes a user's cart hold so many lines, of products that nobody else has.
    pub async fn fill_cart(&self, user_id: &str, lines: usize) -> anyhow::Result<()> {
        fill_cart(&self.launch.database_url, user_id, lines).await
    }

    /// FusionAuth's admin API.
    pub fn admin(&self) -> Admin {
        Admin::new(self.fusionauth.port())
    }

    /// Somebody with stolen tokens.
    pub fn attacker(&self) -> Attacker {
        Attacker::new(format!("{}:{}", self.auth_host(), self.auth_port()), self.auth_port(), self.store())
    }

    /// Lets pages of these sites call FusionAuth, and no others.
    pub async fn allow_origins(&self, sites: &[Site]) -> anyhow::Result<()> {
        self.admin().allow_origins(&sites.iter().map(|site| site.origin()).collect::<Vec<_>>()).await
    }

    /// Ends FusionAuth as a crash would.
    pub async fn stop_fusionauth(&mut self) -> anyhow::Result<()> {
        self.fusionauth.stop().await
    }

    /// Starts FusionAuth, with its data and its port if it ran before.
    pub async fn start_fusionauth(&mut self) -> anyhow::Result<()> {
        let Self { launch, fusionauth, .. } = self;
        fusionauth.start(&launch.log(), |port| launch.emulator(port)).await
    }

    /// FusionAuth accepts connections but answers none until it is thawed.
    pub async fn freeze_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.freeze().await
    }

    /// FusionAuth answers everything that it has accepted meanwhile.
    pub async fn thaw_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.thaw().await
    }

    /// Ends the Store and the Forums as a crash would.
    pub async fn stop_server(&mut self) -> anyhow::Result<()> {
        self.server.stop().await
    }

    /// Starts the Store and the Forums, with their data and their port if they ran before.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        let (fusionauth, auth_port) = (self.fusionauth.port(), self.auth_port());
        let Self { launch, server, .. } = self;
        server.start(&launch.log(), |port| launch.server(port, fusionauth, auth_port)).await
    }

    /// Before the server, which has to know its port.
    async fn start_auth_proxy(&mut self) -> anyhow::Result<()> {
        let Self { launch, fusionauth, auth_proxy, .. } = self;
        match auth_proxy {
            Some(auth_proxy) => auth_proxy.start(&launch.log(), |port| launch.auth_proxy(port, fusionauth.port())).await,
            None => Ok(()),
        }
    }

    /// Everything of this world; removed with it.
    pub(crate) fn folder(&self) -> &Path {
        &self.launch.folder
    }

    /// What the processes wrote to standard error.
    pub fn log(&self) -> PathBuf {
        self.launch.log()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The processes may still write; what they leave behind is the system's to clean.
        let _ = std::fs::remove_dir_all(&self.launch.folder);
    }
}
