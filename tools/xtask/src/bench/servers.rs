//! The servers of the bench: FusionAuth's emulator and the storefront's server, as `cargo xtask serve` starts them, with new databases. The
//! server serves the folder to which a symbolic link points. The bench changes the link from one app to the next, so all of them have the
//! same origin, server and database.

use crate::server::Server;
use crate::{ports, project};
use std::path::PathBuf;
use tempfile::TempDir;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cart {
    /// The three lines of the demonstration data.
    Short,
    /// A thousand lines.
    Long,
}

/// Both servers. Dropping this value stops them.
pub struct Servers {
    pub port: u16,
    // Rust drops fields in this order, so the servers end before their folder is removed.
    _running: [Server; 2],
    folder: TempDir,
}

impl Servers {
    /// Starts the programs, which the caller must have built.
    pub fn start(cart: Cart) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let [port, auth_port, emulator_port, trunk_port] = [ports::free()?, ports::free()?, ports::free()?, ports::free()?];
        let database = format!("sqlite://{}", folder.path().join("storefront.sqlite").display());
        let mut emulator = project::command(project::program("fusionauth-emulator"));
        emulator.arg("--listen").arg(format!("127.0.0.1:{emulator_port}"));
        emulator.arg("--kickstart").arg(project::root().join("shop/fusionauth/kickstart.json"));
        for (name, port) in [("STOREFRONT_PORT", port), ("TRUNK_PORT", trunk_port)] {
            emulator.env(name, port.to_string());
        }
        let mut storefront = project::command(project::program("development-world"));
        storefront.args(["--database-url", &database]).arg("--dist").arg(folder.path().join(LINK));
        storefront.args(["--listen", &format!("127.0.0.1:{port}"), "--fusionauth-url", &format!("http://127.0.0.1:{emulator_port}")]);
        storefront.args(["--auth-listen", &format!("127.0.0.1:{auth_port}")]);
        let sites = folder.path().join("storefront.toml");
        fs_err::write(&sites, project::development_sites(auth_port)?)?;
        storefront.arg("--config").arg(sites);
        storefront.args(match cart {
            Cart::Short => &["--demo-data"][..],
            Cart::Long => &["--long-cart", "100"],
        });
        let mut running = [
            Server::start("fusionauth-emulator", &mut emulator, &folder.path().join("emulator.log"))?,
            Server::start("development-world", &mut storefront, &folder.path().join("server.log"))?,
        ];
        for server in &mut running {
            server.wait_for("listening on")?;
        }
        Ok(Self { port, _running: running, folder })
    }

    /// The symbolic link to the folder that is served.
    pub fn link(&self) -> PathBuf {
        self.folder.path().join(LINK)
    }
}

const LINK: &str = "dist";
