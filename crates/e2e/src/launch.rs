use crate::{Setup, admin::API_KEY, process::program};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// How one world's programs are started.
pub(crate) struct Launch {
    pub(crate) setup: Setup,
    /// Everything of the world.
    pub(crate) folder: PathBuf,
    pub(crate) record: PathBuf,
    /// Makes the recorder's fingerprints comparable across processes.
    pub(crate) salt: String,
    pub(crate) database_url: String,
}

impl Launch {
    /// What the processes wrote to standard error.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("processes.log")
    }

    pub(crate) fn emulator(&self, port: u16) -> Command {
        let mut command = self.command("FUSIONAUTH_EMULATOR", "target/debug/fusionauth-emulator", port);
        command.arg("--kickstart").arg(workspace().join("fusionauth/kickstart.json"));
        command.arg("--database").arg(self.folder.join("fusionauth.sqlite"));
        command
    }

    /// The proxy before the FusionAuth on a port.
    pub(crate) fn auth_proxy(&self, port: u16, fusionauth: u16) -> Command {
        let mut command = self.storefront_server(port, fusionauth);
        command.args(["--app", "auth"]);
        command
    }

    /// The Store and the Forums; browsers reach FusionAuth on `auth_port`.
    pub(crate) fn server(&self, port: u16, fusionauth: u16, auth_port: u16) -> Command {
        let mut command = self.storefront_server(port, fusionauth);
        command.args(["--app", "all", "--demo-data", "--register-verified"]).args(self.setup.flags);
        command.env("FUSIONAUTH_API_KEY", API_KEY);
        command.arg("--dist").arg(program("STOREFRONT_DIST", workspace().join("dist")));
        command.arg("--auth-port").arg(auth_port.to_string());
        command.arg("--database-url").arg(&self.database_url);
        command
    }

    fn storefront_server(&self, port: u16, fusionauth: u16) -> Command {
        let mut command = self.command("STOREFRONT_SERVER", "target/debug/development-world", port);
        command.arg("--fusionauth-url").arg(format!("http://127.0.0.1:{fusionauth}"));
        command
    }

    fn command(&self, variable: &str, default: &str, port: u16) -> Command {
        let mut command = Command::new(program(variable, workspace().join(default)));
        command.current_dir(&self.folder).env("WIRE_RECORDER_SALT", &self.salt);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).arg("--record").arg(&self.record);
        command
    }
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
