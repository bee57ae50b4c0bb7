//! `cargo xtask serve`: the whole development world in one command.

use crate::console;
use crate::project;
use crate::server::{self, Server};
use crate::{build, fingerprint, ports, process, setup};
use anyhow::{Context, bail};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

const HELP: &str = "\
usage: cargo xtask serve [--port N] [--auth-port N] [--fusionauth-url URL] [--fresh] [--record FILE]

Builds what has changed and starts FusionAuth's emulator, a front before it, the Store and the Forums. When a line begins with
`ready`, everything answers. Ctrl-C stops it. Data stays in target/world until --fresh
(other ports have other data).

  --port N              Store and Forums (8080)
  --auth-port N         FusionAuth as browsers reach it (9011); the emulator itself listens on the next port
  --fusionauth-url URL  a running FusionAuth in place of the emulator
  --fresh               forget carts, posts, sessions and accounts of earlier runs
  --record FILE         append what http://localhost:8080/flows draws (every message between browser and servers, without secrets;
                        JSON lines) to FILE; otherwise it is forgotten at the next start";

struct Options {
    port: u16,
    auth_port: u16,
    /// None: the emulator.
    fusionauth_url: Option<String>,
    data: Data,
    /// None: in the world's folder, anew at each start.
    record: Option<PathBuf>,
}

impl Options {
    /// Behind the front.
    fn emulator_port(&self) -> u16 {
        self.auth_port.saturating_add(1)
    }
}

#[derive(PartialEq, Eq)]
enum Data {
    Kept,
    Fresh,
}

pub fn command(mut arguments: lexopt::Parser) -> anyhow::Result<()> {
    use lexopt::ValueExt;
    let mut options = Options { port: PORT, auth_port: AUTH_PORT, fusionauth_url: None, data: Data::Kept, record: None };
    while let Some(argument) = arguments.next()? {
        match argument {
            lexopt::Arg::Long("port") => options.port = arguments.value()?.parse()?,
            lexopt::Arg::Long("auth-port") => options.auth_port = arguments.value()?.parse()?,
            lexopt::Arg::Long("fusionauth-url") => options.fusionauth_url = Some(arguments.value()?.parse()?),
            lexopt::Arg::Long("fresh") => options.data = Data::Fresh,
            // Relative to where the person stands, not to the workspace.
            lexopt::Arg::Long("record") => options.record = Some(std::path::absolute(PathBuf::from(arguments.value()?))?),
            lexopt::Arg::Short('h') | lexopt::Arg::Long("help") => {
                println!("{HELP}");
                return Ok(());
            }
            other => bail!("{}\n\n{HELP}", other.unexpected()),
        }
    }
    Err(serve(&options))
}

/// Ends only by a failure; Ctrl-C ends the process from inside.
fn serve(options: &Options) -> anyhow::Error {
    match start(options) {
        Ok(servers) => server::watch(servers),
        Err(error) => error,
    }
}

fn start(options: &Options) -> anyhow::Result<Vec<Server>> {
    let started = Instant::now();
    // Before minutes of building, and so before any data is touched that a running world uses.
    ports::require_free(options.port, "Store and Forums", "--port")?;
    ports::require_free(options.auth_port, "FusionAuth", "--auth-port")?;
    if options.fusionauth_url.is_none() {
        ports::require_free(options.emulator_port(), "FusionAuth's emulator", "--auth-port")?;
    }

    let toolchain = setup::for_build()?;
    build::release(toolchain, build::When::Changed)?;
    console::step("servers: cargo build (the first time some minutes)", |progress| {
        process::run(project::cargo().args(["build", "-p", "fusionauth-emulator", "-p", "development-world"]), progress)
    })?;

    let world = World::open(options)?;
    let mut servers = Vec::new();
    let fusionauth_url = match &options.fusionauth_url {
        Some(url) => url.clone(),
        None => {
            servers.push(console::step("fusionauth-emulator: start", |_| world.emulator())?);
            format!("http://127.0.0.1:{}", options.emulator_port())
        }
    };
    servers.insert(0, console::step("storefront-server: start", |_| world.storefront(&fusionauth_url))?);
    println!("ready ({})\n{}", console::seconds(started.elapsed()), addresses(options));
    Ok(servers)
}

/// The folder with everything that a run leaves behind.
struct World<'a> {
    options: &'a Options,
    folder: PathBuf,
    /// Makes the recorder's fingerprints comparable across the processes of one run.
    salt: String,
    record: PathBuf,
}

impl<'a> World<'a> {
    fn open(options: &'a Options) -> anyhow::Result<Self> {
        let folder = project::target().join(world_name(options));
        if options.data == Data::Fresh && folder.exists() {
            console::step(&format!("--fresh: remove {}", folder.display()), |_| {
                std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
            })?;
        }
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        // The databases in it hold private keys and sessions, which are nobody else's business on a shared machine.
        std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).with_context(|| format!("cannot close {}", folder.display()))?;
        let mut random = [0; 16];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut random).context("cannot read /dev/urandom")?;
        let record = match &options.record {
            Some(file) => file.clone(),
            None => {
                let file = folder.join("record.jsonl");
                // Another salt gives other fingerprints: what an earlier run has recorded does not fit.
                let _ = std::fs::remove_file(&file);
                file
            }
        };
        let world = Self { options, folder, salt: random.iter().map(|byte| format!("{byte:02x}")).collect(), record };
        world.follow_kickstart()?;
        Ok(world)
    }

    /// As with a real FusionAuth, the kickstart file counts only while the database is empty. When it has changed, the accounts
    /// are set up anew, so that nobody looks for the reason why a change has no effect.
    fn follow_kickstart(&self) -> anyhow::Result<()> {
        let kickstart = std::fs::read(kickstart()).with_context(|| format!("cannot read {}", kickstart().display()))?;
        let now = fingerprint::of(&kickstart);
        let stamp = self.folder.join("kickstart.fingerprint");
        let before = std::fs::read_to_string(&stamp).unwrap_or_default();
        if before == now {
            return Ok(());
        }
        if !before.is_empty() {
            console::warn("kickstart.json has changed: FusionAuth's accounts and sessions start anew");
        }
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(self.folder.join(format!("{FUSIONAUTH_DATABASE}{ending}")));
        }
        std::fs::write(&stamp, now).with_context(|| format!("cannot write {}", stamp.display()))
    }

    fn emulator(&self) -> anyhow::Result<Server> {
        let mut command = project::command(project::program("fusionauth-emulator"));
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.options.emulator_port())).arg("--kickstart").arg(kickstart());
        command.arg("--database").arg(self.folder.join(FUSIONAUTH_DATABASE));
        command.env("STOREFRONT_PORT", self.options.port.to_string()).env("AUTH_PORT", self.options.auth_port.to_string());
        command.env("TRUNK_PORT", TRUNK_PORT.to_string());
        self.start("fusionauth-emulator", command)
    }

    fn storefront(&self, fusionauth_url: &str) -> anyhow::Result<Server> {
        let mut command = project::command(project::program("development-world"));
        command
            .args(["--app", "all", "--demo-data", "--register-verified"])
            .arg("--listen")
            .arg(format!("127.0.0.1:{}", self.options.port));
        command.arg("--dist").arg(project::dist());
        command.arg("--fusionauth-url").arg(fusionauth_url);
        command.arg("--auth-listen").arg(format!("127.0.0.1:{}", self.options.auth_port));
        command.arg("--auth-port").arg(self.options.auth_port.to_string());
        if std::env::var_os(API_KEY).is_none() {
            command.env(API_KEY, "development-only-api-key"); // kickstart.json's
        }
        command.arg("--database-url").arg(format!("sqlite://{}", self.folder.join("storefront.sqlite").display()));
        self.start("storefront-server", command)
    }

    fn start(&self, name: &'static str, mut command: std::process::Command) -> anyhow::Result<Server> {
        command.arg("--record").arg(&self.record).env("WIRE_RECORDER_SALT", &self.salt);
        let mut server = Server::start(name, &mut command, &self.folder.join(format!("{name}.log")))?;
        server.wait_for("listening on")?;
        Ok(server)
    }
}

/// One folder per pair of ports: worlds that run side by side share nothing, and a world's CORS origins stay what they were.
fn world_name(options: &Options) -> String {
    match (options.port, options.auth_port) {
        (PORT, AUTH_PORT) => "world".to_owned(),
        (port, auth_port) => format!("world-{port}-{auth_port}"),
    }
}

/// The environment variable that storefront-server reads.
const API_KEY: &str = "FUSIONAUTH_API_KEY";
const PORT: u16 = 8080;
const AUTH_PORT: u16 = 9011;
const FUSIONAUTH_DATABASE: &str = "fusionauth.sqlite";
/// Of Trunk.toml.
const TRUNK_PORT: u16 = 8081;

fn kickstart() -> PathBuf {
    project::root().join("fusionauth/kickstart.json")
}

fn addresses(options: &Options) -> String {
    let Options { port, auth_port, .. } = options;
    let logs = Path::new("target").join(world_name(options));
    let workflows = ["spa-local-storage", "spa-backend", "spa-shared-domain", "webapp-jwt", "webapp-session"].map(|workflow| {
        format!("  {workflow:<19}http://store.{workflow}.localhost:{port}/\n  {:<19}http://forums.{workflow}.localhost:{port}/\n", "")
    });
    format!(
        "
  Everything         http://localhost:{port}/
  What happens       http://localhost:{port}/flows
{}  FusionAuth         http://auth.<workflow>.localhost:{auth_port}/

  Sign in as         shopper@example.com (a filled cart) or second@example.com, password correct-horse-battery
  Others             unregistered@, change@, unverified@, twofactor@ and locked@example.com, same password
  Logs               {}/*.log
  Ctrl-C stops everything.",
        workflows.concat(),
        logs.display()
    )
}
