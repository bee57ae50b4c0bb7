//! Starts a project that was made from `session/template/`: its backend, which serves its app, as an application of a deployment's FusionAuth.

use crate::{
    Deployment, Site,
    process::{Process, program},
    server_commands::workspace,
};
use anyhow::{Context, ensure};
use tokio::process::Command;

/// The running backend.
pub struct TemplateApp {
    process: Process,
}

/// FusionAuth's origin and the application's id in the project's `index.html`.
const FUSIONAUTH: &str = "http://auth.demo.localhost:9011";
const APPLICATION: &str = "40000000-0000-0000-0000-000000000001";
/// The issuer in this workspace's kickstart file.
const ISSUER: &str = "storefront.example";

impl TemplateApp {
    /// Starts the backend. It accepts the tokens of the deployment's Store.
    pub async fn start(deployment: &Deployment) -> anyhow::Result<Self> {
        let application = deployment.store().application.id();
        let dist = deployment.folder().join("template");
        let built = program("TEMPLATE_DIST", workspace().join("target/wasm/template"));
        let copied = Command::new("cp").arg("-R").arg(built).arg(&dist).status().await?;
        ensure!(copied.success(), "the template's app is not built");
        let page = dist.join("index.html");
        let html = std::fs::read_to_string(&page).context("the template's app has no page")?;
        ensure!(html.contains(FUSIONAUTH) && html.contains(APPLICATION), "the template's page names no FusionAuth or no application");
        std::fs::write(&page, html.replace(FUSIONAUTH, &deployment.auth_origin()).replace(APPLICATION, application))?;
        let mut command = Command::new(program("TEMPLATE_SERVER", workspace().join("target/debug/server")));
        command.env("FUSIONAUTH_URL", format!("http://127.0.0.1:{}", deployment.fusionauth.own_port()));
        command.env("APPLICATION_ID", application).env("ISSUER", ISSUER).env("LISTEN", "127.0.0.1:0").env("DIST", dist);
        Ok(Self { process: Process::start(&mut command, "listening on", &deployment.log()).await? })
    }

    /// The Store at this server's port.
    pub const fn site(&self, store: Site) -> Site {
        store.on_port(self.process.port)
    }
}
