//! `cargo serve`: FusionAuth's emulator, the backend and `trunk watch`, until Ctrl-C.

use fusionauth_emulator::{Config, Emulator};
use server::{Settings, router};
use std::{error::Error, net::SocketAddr, path::Path};
use tokio::{net::TcpListener, process::Command};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the package is in no workspace")?;
    let listen = SocketAddr::from(([127, 0, 0, 1], 9011));
    let fusionauth =
        Emulator::start(Config { listen, ..Config::new(root.join("kickstart.json")) }).await.map_err(|error| error.to_string())?;
    let settings = Settings {
        fusionauth_url: fusionauth.base_url(),
        issuer: "demo.example".into(),
        application_id: "40000000-0000-0000-0000-000000000001".into(),
    };
    let listener = TcpListener::bind("127.0.0.1:3000").await.map_err(|error| format!("port 3000, which the app needs: {error}"))?;
    let trunk = |command| {
        let mut trunk = Command::new("trunk");
        trunk.arg(command).current_dir(root).kill_on_drop(true);
        trunk
    };
    let built = trunk("build").status().await.map_err(|error| format!("{error}: README.md says how to install Trunk"))?;
    if !built.success() {
        return Err("`trunk build` has failed".into());
    }
    println!("\nOpen http://app.demo.localhost:3000/ and sign in as ann@example.com with correct-horse-battery.\n");
    let mut watch = trunk("watch").spawn()?;
    tokio::select! {
        ended = axum::serve(listener, router(settings, &root.join("dist"))) => ended?,
        ended = watch.wait() => return Err(format!("`trunk watch` has ended: {}", ended?).into()),
        pressed = tokio::signal::ctrl_c() => pressed?,
    }
    Ok(())
}
