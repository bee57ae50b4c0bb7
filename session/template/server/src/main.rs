//! The backend as a program. The default settings are those of `kickstart.json`.

use server::{Settings, router};
use std::{env, io, path::Path};

#[tokio::main]
async fn main() -> io::Result<()> {
    let variable = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let settings = Settings {
        fusionauth_url: variable("FUSIONAUTH_URL", "http://127.0.0.1:9011"),
        issuer: variable("ISSUER", "demo.example"),
        application_id: variable("APPLICATION_ID", "40000000-0000-0000-0000-000000000001"),
    };
    let listener = tokio::net::TcpListener::bind(variable("LISTEN", "127.0.0.1:3000")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(settings, Path::new(&variable("DIST", "dist")))).await
}
