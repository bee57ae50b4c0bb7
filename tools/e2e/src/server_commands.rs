//! The command lines of the programs of one deployment.

use crate::{FusionAuthCookies, Setup, process::program, tls::Scheme};
use std::path::{Path, PathBuf};
use test_support::kickstart::API_KEY;
use tokio::process::Command;

/// Builds the commands that start the emulator and the servers.
pub(crate) struct ServerCommands {
    pub(crate) setup: Setup,
    /// The folder with all files of the deployment.
    pub(crate) folder: PathBuf,
    pub(crate) record: PathBuf,
    /// The recorder's salt, the same for all processes, so that a token has the same fingerprint in each.
    pub(crate) salt: String,
    pub(crate) database_url: String,
    /// The protocol of the servers. In front of several instances, the balancer speaks TLS.
    pub(crate) tls: Scheme,
    /// The port of the sites whose sign-ins are bound to devices. A browser's key belongs to one origin.
    pub(crate) bound_port: Option<u16>,
}

impl ServerCommands {
    /// The file with the standard error of all processes.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("processes.log")
    }

    /// The file with the number of seconds by which the run's clock is ahead of the machine's. The processes add it to the
    /// times in the record.
    pub(crate) fn clock_of_record(&self) -> PathBuf {
        self.folder.join("clock")
    }

    pub(crate) fn emulator(&self, port: u16) -> Command {
        let mut command = self.command("FUSIONAUTH_EMULATOR", "target/debug/fusionauth-emulator", port);
        command.arg("--kickstart").arg(workspace().join("shop/fusionauth/kickstart.json"));
        command.env("STOREFRONT_PORT", "8080").env("TRUNK_PORT", "8081");
        command.arg("--database").arg(self.folder.join("fusionauth.sqlite"));
        command
    }

    /// The command for the auth proxy on `port`, in front of FusionAuth on the port `fusionauth`.
    pub(crate) fn auth_proxy(&self, port: u16, fusionauth: u16) -> Command {
        let mut command = self.storefront_server(port, fusionauth, port);
        command.args(["--app", "auth"]);
        command
    }

    /// The command for the Store and the Forums on `port`. Browsers reach FusionAuth on `auth_port`, the server on `fusionauth`.
    pub(crate) fn server(&self, port: u16, fusionauth: u16, auth_port: u16) -> Command {
        let mut command = self.storefront_server(port, fusionauth, auth_port);
        command.args(["--app", "all", "--demo-data", "--register-verified"]).args(self.setup.flags);
        command.env("FUSIONAUTH_API_KEY", API_KEY);
        command.arg("--dist").arg(program("STOREFRONT_DIST", workspace().join("dist")));
        command.arg("--database-url").arg(&self.database_url);
        command
    }

    fn storefront_server(&self, port: u16, fusionauth: u16, auth_port: u16) -> Command {
        let mut command = self.command("STOREFRONT_SERVER", "target/debug/development-world", port);
        command.arg("--config").arg(self.sites(auth_port));
        if let Scheme::Https = self.tls {
            command.arg("--tls-certificate").arg(self.folder.join("certificate.pem"));
            command.arg("--tls-key").arg(self.folder.join("key.pem"));
        }
        command.arg("--fusionauth-url").arg(format!("http://127.0.0.1:{fusionauth}"));
        command
    }

    /// Writes the configuration file with the sites of development. Ignores an error, because the server then reports the
    /// missing file and does not start.
    fn sites(&self, auth_port: u16) -> PathBuf {
        let file = self.folder.join(format!("storefront-{auth_port}.toml"));
        let sites = include_str!("../../../shop/deploy/development.toml").replace("AUTH_PORT", &auth_port.to_string());
        let sites = match self.setup.fusionauth_cookies {
            FusionAuthCookies::PerApplication => sites,
            FusionAuthCookies::AsPublished => ["spa-local-storage", "spa-shared-domain"].iter().fold(sites, |it, workflow| {
                let host = format!("[[site]]\norigin = \"http://auth.{workflow}.localhost:{auth_port}\"\n");
                it.replace(&host, &format!("{host}fusionauth_cookies = \"as-published\"\n"))
            }),
        };
        let sites = sites.replace("http://", &format!("{}://", Scheme::of_browsers()));
        let sites = match self.bound_port {
            None => sites,
            Some(port) => {
                ["spa-backend", "webapp-jwt", "webapp-session"].iter().fold(sites.replace(":*", &format!(":{port}")), |it, workflow| {
                    let line = format!("workflow = \"{workflow}\"\n");
                    it.replace(&line, &format!("{line}device_binding = \"offered\"\n"))
                })
            }
        };
        let _ = std::fs::write(&file, sites);
        file
    }

    fn command(&self, variable: &str, default: &str, port: u16) -> Command {
        let mut command = Command::new(program(variable, workspace().join(default)));
        command.current_dir(&self.folder);
        command.env("WIRE_RECORDER_SALT", &self.salt).env("WIRE_RECORDER_CLOCK", self.clock_of_record());
        command.args(["--listen", &format!("127.0.0.1:{port}")]).arg("--record").arg(&self.record);
        command
    }
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}
