//! The processes of one journey: the emulator, the server, and in some workflows the auth proxy.

use crate::{
    AdminApi, Application, Attacker, InterceptingProxy, Record, Setup, Site,
    fixtures::{add_threads, fill_cart, set_stock},
    server_commands::ServerCommands,
    service::Service,
    setup::DeviceBinding,
    tls::{Scheme, authority},
    topology::Topology,
};
use anyhow::ensure;
use std::{
    cell::Cell,
    path::{Path, PathBuf},
    time::Duration,
};

/// The processes of one journey. They have their own ports and their own data, so that journeys do not disturb each other.
pub struct Deployment {
    pub(crate) commands: ServerCommands,
    pub(crate) fusionauth: Service,
    /// The auth proxy, through which browsers reach FusionAuth. Without it, they reach FusionAuth directly.
    auth_proxy: Option<Service>,
    pub(crate) server: Service,
    /// The time by which the deployment's clocks are ahead of the machine's clock.
    pub(crate) ahead: Cell<Duration>,
    /// The port of an intercepting proxy in front of FusionAuth, if the journey has started one.
    proxy: Option<u16>,
    /// The record of all messages.
    pub record: Record,
}

impl Deployment {
    /// Starts the processes, and allows the sites' origins at FusionAuth.
    pub async fn start(setup: Setup) -> anyhow::Result<Self> {
        let topology = Topology::from_environment()?;
        let folder = std::env::temp_dir().join(format!("storefront-e2e-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        if let Some(authority) = authority()? {
            authority.write(&folder)?;
        }
        let commands = ServerCommands {
            tls: if topology.instances() == 1 { Scheme::of_browsers() } else { Scheme::Http },
            setup,
            bound_port: None,
            record: folder.join("record.jsonl"),
            salt: uuid::Uuid::new_v4().simple().to_string(),
            database_url: topology.database(&folder).await?,
            folder,
        };
        let record = Record { path: commands.record.clone() };
        let fusionauth = Service::without_tls("FusionAuth").await?;
        let auth_proxy = if setup.has_auth_proxy() { Some(Service::of("the auth proxy", topology.instances()).await?) } else { None };
        let server = Service::of("the server", topology.instances()).await?;
        let mut deployment = Self { commands, fusionauth, auth_proxy, server, ahead: Cell::default(), proxy: None, record };
        deployment.start_fusionauth().await?;
        deployment.start_auth_proxy().await?;
        deployment.start_server().await?;
        if setup.device_binding == DeviceBinding::Offered {
            deployment.commands.bound_port = Some(deployment.server.port());
            deployment.stop_server().await?;
            deployment.start_server().await?;
        }
        // kickstart.json has the origins with the published ports. This deployment has other ports, which are known only now.
        deployment.allow_origins(&[deployment.store(), deployment.forums()]).await?;
        for site in [deployment.store(), deployment.forums()] {
            deployment.admin().set_site_url(site).await?;
        }
        Ok(deployment)
    }

    /// The Store's site.
    pub const fn store(&self) -> Site {
        self.site(Application::Store)
    }

    /// The Forums' site.
    pub const fn forums(&self) -> Site {
        self.site(Application::Forums)
    }

    const fn site(&self, application: Application) -> Site {
        Site { workflow: self.commands.setup.workflow, application, port: self.server.port() }
    }

    /// The number of processes that serve the Store and the Forums.
    pub const fn instances(&self) -> usize {
        self.server.instances()
    }

    /// FusionAuth's host for browsers, without the port. Its cookies belong to this host.
    pub fn auth_host(&self) -> String {
        format!("auth.{}.localhost", self.commands.setup.workflow.slug())
    }

    /// FusionAuth's origin for browsers.
    pub fn auth_origin(&self) -> String {
        format!("{}://{}:{}", Scheme::of_browsers(), self.auth_host(), self.auth_port())
    }

    /// FusionAuth's port for browsers.
    pub fn auth_port(&self) -> u16 {
        self.proxy.unwrap_or_else(|| self.auth_proxy.as_ref().unwrap_or(&self.fusionauth).port())
    }

    /// Puts a proxy between browsers and FusionAuth. Pages that are already open do not use it.
    pub async fn intercept_fusionauth(&mut self) -> anyhow::Result<InterceptingProxy> {
        let proxy = InterceptingProxy::before(self.auth_port()).await?;
        self.proxy = Some(proxy.port());
        self.stop_server().await?;
        self.start_server().await?;
        Ok(proxy)
    }

    /// Makes the emulator fail in some way from now on. `fault` is the body of `POST /emulator/faults`; see docs/emulator.md.
    pub async fn fault(&self, fault: &serde_json::Value) -> anyhow::Result<()> {
        let url = format!("http://127.0.0.1:{}/emulator/faults", self.fusionauth.own_port());
        let status = crate::forward::client().post(url).json(fault).send().await?.status();
        ensure!(status.is_success(), "the fault was answered {status}");
        Ok(())
    }

    /// The URL of the emulator's page with the sent messages.
    pub fn mail_url(&self) -> String {
        format!("http://localhost:{}/emulator/mail", self.fusionauth.own_port())
    }

    /// The URL of a path on `localhost`. This host belongs to no site, and has the pages for developers.
    pub fn developers_url(&self, path: &str) -> String {
        format!("{}://localhost:{}{path}", Scheme::of_browsers(), self.server.port())
    }

    /// Replaces a user's cart by a cart with this number of lines, each with a new product.
    pub async fn fill_cart(&self, user_id: &str, lines: usize) -> anyhow::Result<()> {
        fill_cart(&self.commands.database_url, user_id, lines).await
    }

    /// Adds threads to the Forums, each newer than the threads before it.
    pub async fn add_threads(&self, count: i64) -> anyhow::Result<()> {
        add_threads(&self.commands.database_url, None, count).await
    }

    /// Adds threads about a product.
    pub async fn add_threads_about(&self, product: &str, count: i64) -> anyhow::Result<()> {
        add_threads(&self.commands.database_url, Some(product), count).await
    }

    /// Sets the stock of a product.
    pub async fn set_stock(&self, product: &str, stock: i64) -> anyhow::Result<()> {
        set_stock(&self.commands.database_url, product, stock).await
    }

    /// FusionAuth's admin API.
    pub fn admin(&self) -> AdminApi {
        AdminApi::new(self.fusionauth.own_port())
    }

    /// A client for stolen credentials.
    pub fn attacker(&self) -> Attacker {
        Attacker::new(format!("{}:{}", self.auth_host(), self.auth_port()), self.auth_port(), self.store())
    }

    /// Allows pages of these sites, and of no others, to call FusionAuth.
    pub async fn allow_origins(&self, sites: &[Site]) -> anyhow::Result<()> {
        self.admin().allow_origins(&sites.iter().map(|site| site.origin()).collect::<Vec<_>>()).await
    }

    /// Kills FusionAuth, as a crash would end it.
    pub async fn stop_fusionauth(&mut self) -> anyhow::Result<()> {
        self.fusionauth.stop().await
    }

    /// Starts FusionAuth, with the data and the port of its last start.
    pub async fn start_fusionauth(&mut self) -> anyhow::Result<()> {
        let Self { commands, fusionauth, .. } = self;
        fusionauth.start(&commands.log(), |port| commands.emulator(port)).await?;
        self.advance_fusionauth(self.ahead.get()).await
    }

    /// Suspends FusionAuth: the system accepts connections, but FusionAuth answers none until [`Self::thaw_fusionauth`].
    pub async fn freeze_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.signal("-STOP").await
    }

    /// Resumes FusionAuth, which then answers the requests that it has received.
    pub async fn thaw_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.signal("-CONT").await
    }

    /// Kills the Store and the Forums, as a crash would end them.
    pub async fn stop_server(&mut self) -> anyhow::Result<()> {
        self.server.stop().await
    }

    /// Starts the Store and the Forums, with the data and the port of their last start.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        let (fusionauth, auth_port) = (self.fusionauth.own_port(), self.auth_port());
        let Self { commands, server, .. } = self;
        server.start(&commands.log(), |port| commands.server(port, fusionauth, auth_port)).await?;
        self.advance_server(self.ahead.get()).await
    }

    /// Like [`Self::start_server`], but with these flags instead of the setup's flags.
    pub async fn start_server_with(&mut self, flags: &'static [&'static str]) -> anyhow::Result<()> {
        self.commands.setup = self.commands.setup.with_flags(flags);
        self.start_server().await
    }

    /// Starts the auth proxy, if there is one. The server starts after the proxy, because the server must know the proxy's port.
    async fn start_auth_proxy(&mut self) -> anyhow::Result<()> {
        let Self { commands, fusionauth, auth_proxy, .. } = self;
        match auth_proxy {
            Some(auth_proxy) => auth_proxy.start(&commands.log(), |port| commands.auth_proxy(port, fusionauth.own_port())).await,
            None => Ok(()),
        }
    }

    /// The folder with all files of the deployment. Dropping the deployment removes the folder.
    pub fn folder(&self) -> &Path {
        &self.commands.folder
    }

    /// The file with the standard error of all processes.
    pub fn log(&self) -> PathBuf {
        self.commands.log()
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        // The processes still run and may write files. The system's clean-up of its temporary folder removes files that remain.
        let _ = std::fs::remove_dir_all(&self.commands.folder);
    }
}
