use crate::{
    Admin, Attacker, Record,
    process::{Process, program},
};
use anyhow::Context;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The accounts of `kickstart.json`. All have the password [`account::PASSWORD`].
pub mod account {
    /// Every account's password.
    pub const PASSWORD: &str = "correct-horse-battery";
    /// Registered for Store and Forums; a cart with three lines.
    pub const SHOPPER: &str = "shopper@example.com";
    /// The shopper's user id.
    pub const SHOPPER_ID: &str = "20000000-0000-0000-0000-000000000001";
    /// Registered for Store and Forums; an empty cart.
    pub const SECOND: &str = "second@example.com";
    /// Not registered for either application.
    pub const UNREGISTERED: &str = "unregistered@example.com";
    /// Must change the password.
    pub const CHANGE: &str = "change@example.com";
    /// Address not verified.
    pub const UNVERIFIED: &str = "unverified@example.com";
    /// Needs a second factor.
    pub const TWO_FACTOR: &str = "twofactor@example.com";
    /// The second factor's secret, base32.
    pub const TWO_FACTOR_SECRET: &str = "JBSWY3DPEHPK3PXP";
    /// Locked by an administrator.
    pub const LOCKED: &str = "locked@example.com";
}

/// An application at FusionAuth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Products and a cart.
    Store,
    /// Posts.
    Forums,
}

impl Application {
    /// Its id at FusionAuth.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Store => "10000000-0000-0000-0000-000000000001",
            Self::Forums => "10000000-0000-0000-0000-000000000002",
        }
    }

    /// The first label of its host.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Forums => "forums",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        [Self::Store, Self::Forums].into_iter().find(|application| application.id() == id)
    }
}

/// An origin that a browser opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    application: Application,
    port: u16,
}

impl Site {
    /// Its origin, such as `http://store.spa-local-storage.localhost:8080`.
    pub fn origin(self) -> String {
        format!("http://{}", self.host())
    }

    /// A page's address.
    pub fn url(self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Its `Host` header.
    pub fn host(self) -> String {
        format!("{}.spa-local-storage.localhost:{}", self.application.name(), self.port)
    }

    /// Its port.
    pub(crate) const fn port(self) -> u16 {
        self.port
    }

    /// The same site behind another port.
    pub(crate) const fn on_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

/// The processes of one journey, on ports of their own, with data of their own.
pub struct World {
    folder: PathBuf,
    salt: String,
    fusionauth: Option<Process>,
    server: Option<Process>,
    auth_port: u16,
    server_port: u16,
    /// What crossed the wire.
    pub record: Record,
}

impl World {
    /// Starts the emulator and the server and tells FusionAuth the origins.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("storefront-e2e-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder)?;
        let record = Record { path: folder.join("record.jsonl") };
        let salt = uuid::Uuid::new_v4().simple().to_string();
        let mut world = Self { folder, salt, fusionauth: None, server: None, auth_port: 0, server_port: 0, record };
        world.start_fusionauth().await?;
        world.start_server().await?;
        // The ports are known only now, so the origins of kickstart.json, which has the published ports, are replaced.
        world.allow_origins(&[world.store(), world.forums()]).await?;
        Ok(world)
    }

    /// The Store as the browser sees it.
    pub const fn store(&self) -> Site {
        Site { application: Application::Store, port: self.server_port }
    }

    /// The Forums as the browser sees them.
    pub const fn forums(&self) -> Site {
        Site { application: Application::Forums, port: self.server_port }
    }

    /// FusionAuth's host as the browser sees it, without the port: what its cookies belong to.
    pub const fn auth_host() -> &'static str {
        "auth.spa-local-storage.localhost"
    }

    /// FusionAuth's port.
    pub const fn auth_port(&self) -> u16 {
        self.auth_port
    }

    /// FusionAuth's admin API.
    pub fn admin(&self) -> Admin {
        Admin::new(self.auth_port)
    }

    /// Somebody with stolen tokens.
    pub fn attacker(&self) -> Attacker {
        Attacker::new(self.auth_port, self.store())
    }

    /// Lets pages of these sites call FusionAuth, and no others.
    pub async fn allow_origins(&self, sites: &[Site]) -> anyhow::Result<()> {
        self.admin().allow_origins(&sites.iter().map(|site| site.origin()).collect::<Vec<_>>()).await
    }

    /// Ends FusionAuth as a crash would.
    pub async fn stop_fusionauth(&mut self) -> anyhow::Result<()> {
        self.fusionauth.take().context("FusionAuth is down already")?.kill().await
    }

    /// Starts FusionAuth, with its data and its port if it ran before.
    pub async fn start_fusionauth(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("FUSIONAUTH_EMULATOR", "target/debug/fusionauth-emulator", self.auth_port);
        command.arg("--kickstart").arg(workspace().join("fusionauth/kickstart.json"));
        command.arg("--database").arg(self.folder.join("fusionauth.sqlite"));
        let process = Process::start(&mut command, "listening on", &self.log()).await?;
        self.auth_port = process.port;
        self.fusionauth = Some(process);
        Ok(())
    }

    /// FusionAuth accepts connections but answers none until it is thawed.
    pub async fn freeze_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.as_ref().context("FusionAuth is down")?.freeze().await
    }

    /// FusionAuth answers everything that it has accepted meanwhile.
    pub async fn thaw_fusionauth(&self) -> anyhow::Result<()> {
        self.fusionauth.as_ref().context("FusionAuth is down")?.thaw().await
    }

    /// Ends the Store and the Forums as a crash would.
    pub async fn stop_server(&mut self) -> anyhow::Result<()> {
        self.server.take().context("the server is down already")?.kill().await
    }

    /// Starts the Store and the Forums, with their data and their port if they ran before.
    pub async fn start_server(&mut self) -> anyhow::Result<()> {
        let mut command = self.command("STOREFRONT_SERVER", "target/debug/storefront-server", self.server_port);
        command.args(["--app", "all", "--demo-data"]);
        command.arg("--dist").arg(program("STOREFRONT_DIST", workspace().join("dist")));
        command.arg("--fusionauth-url").arg(format!("http://127.0.0.1:{}", self.auth_port));
        command.arg("--auth-port").arg(self.auth_port.to_string());
        command.arg("--database-url").arg(format!("sqlite://{}", self.folder.join("storefront.sqlite").display()));
        let process = Process::start(&mut command, "listening on", &self.log()).await?;
        self.server_port = process.port;
        self.server = Some(process);
        Ok(())
    }

    /// Everything of this world; removed with it.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the processes wrote to standard error.
    pub fn log(&self) -> PathBuf {
        self.folder.join("processes.log")
    }

    fn command(&self, variable: &str, default: &str, port: u16) -> Command {
        let mut command = Command::new(program(variable, workspace().join(default)));
        command.current_dir(&self.folder).env("WIRE_RECORDER_SALT", &self.salt);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).arg("--record").arg(&self.record.path);
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The processes may still write; what they leave behind is the system's to clean.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
