//! `cargo xtask serve`: builds the app and the servers, and starts FusionAuth's emulator and the program `development-world` (the Store,
//! the Forums and the auth proxy). Each pair of ports has its own data folder in `target`. FusionAuth's database is deleted when
//! kickstart.json has changed, because FusionAuth reads that file only into an empty database.

use crate::console;
use crate::project::{self, NativeProfile, WasmToolchain};
use crate::server::{self, Server};
use crate::{arguments, build, e2e, ports, process, setup, wasm_tools};
use anyhow::{Context, anyhow};
use pico_args::Arguments;
use std::fs::Permissions;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::Instant;

pub const HELP: &str = "\
usage: cargo xtask serve [--https] [--port N] [--auth-port N] [--fusionauth-url URL] [--fresh] [--demo-products N] [--record FILE]
                         [--release] [--verbose]

Builds what has changed and starts FusionAuth's emulator, the proxy before it, the Store and the Forums. When a line begins with
`ready`, everything answers. Ctrl-C stops it. Data stays in target/world until --fresh
(other ports have other data).

  --https               the sites over https, with certificates of an authority in target/https, and device-bound sign-ins where the
                        workflow allows them; prints how a browser trusts the authority
  --port N              Store and Forums (8080)
  --auth-port N         FusionAuth as browsers reach it (9011); the emulator itself listens on the next port
  --fusionauth-url URL  a running FusionAuth in place of the emulator
  --fresh               forget carts, posts, sessions and accounts of earlier runs
  --demo-products N     add N made-up products to the twelve of the Store; 2000 show what its search is good for
  --record FILE         append what http://localhost:8080/flows draws (every message between browser and servers, without secrets;
                        JSON lines) to FILE; otherwise it is forgotten at the next start
  --release             servers built with optimisation, for measurements; building them takes some minutes
  --verbose             print every site and account, and where the logs are";

struct Options {
    scheme: Scheme,
    port: u16,
    auth_port: u16,
    /// `None` starts the emulator.
    fusionauth_url: Option<String>,
    /// Whether the data of earlier runs is deleted.
    is_fresh: bool,
    demo_products: u32,
    /// `None` keeps the record in the data folder and empties it at each start.
    record: Option<PathBuf>,
    /// The profile of the servers. The app is always a release build.
    servers: NativeProfile,
    summary: Summary,
}

/// What a start prints at its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Summary {
    /// What a newcomer needs.
    Short,
    /// Every site and account as well, and where the logs are.
    Verbose,
}

impl Options {
    /// The port of the emulator, which only the proxy in front of it uses.
    fn emulator_port(&self) -> u16 {
        self.auth_port.saturating_add(1)
    }
}

/// How browsers reach the sites.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

pub fn command(mut arguments: Arguments) -> anyhow::Result<()> {
    let options = Options {
        scheme: if arguments.contains("--https") { Scheme::Https } else { Scheme::Http },
        port: arguments.opt_value_from_str("--port")?.unwrap_or(PORT),
        auth_port: arguments.opt_value_from_str("--auth-port")?.unwrap_or(AUTH_PORT),
        fusionauth_url: arguments.opt_value_from_str("--fusionauth-url")?,
        is_fresh: arguments.contains("--fresh"),
        demo_products: arguments.opt_value_from_str("--demo-products")?.unwrap_or(0),
        // Children run in the workspace's root, so a path relative to the current folder must become absolute here.
        record: arguments.opt_value_from_fn("--record", |file| std::path::absolute(file))?,
        servers: if arguments.contains("--release") { NativeProfile::Release } else { NativeProfile::Debug },
        summary: if arguments.contains("--verbose") { Summary::Verbose } else { Summary::Short },
    };
    arguments::finish(arguments, HELP)?;
    // On Ctrl-C this never returns, because the signal's handler ends the process.
    Err(server::watch(start(&options)?))
}

fn start(options: &Options) -> anyhow::Result<Vec<Server>> {
    let started = Instant::now();
    // The ports are checked first, because a build takes minutes, and because another `serve` on these ports uses the same data.
    ports::require_free(options.port, "Store and Forums", "--port")?;
    ports::require_free(options.auth_port, "FusionAuth", "--auth-port")?;
    if options.fusionauth_url.is_none() {
        ports::require_free(options.emulator_port(), "FusionAuth's emulator", "--auth-port")?;
    }

    if !project::dist().exists() {
        console::warn(&time_of_first_start());
    }
    // Checks that may need the user's help come first, because the builds take minutes.
    let toolchain = setup::for_build()?;
    build_app_and_servers(toolchain, options.servers)?;

    let launcher = Launcher::new(options)?;
    let mut servers = Vec::new();
    let fusionauth_url = match &options.fusionauth_url {
        Some(url) => url.clone(),
        None => {
            servers.push(console::step("fusionauth-emulator: start", |_| launcher.emulator())?);
            format!("http://127.0.0.1:{}", options.emulator_port())
        }
    };
    servers.insert(0, console::step("development-world: start", |_| launcher.development_world(&fusionauth_url))?);
    println!("ready ({})\n{}", console::seconds(started.elapsed()), summary(options));
    if let Some(key_hash) = &launcher.key_hash {
        println!("{}", how_to_trust(options, key_hash));
    }
    Ok(servers)
}

/// The first start compiles the standard library, the app, the servers and the tools of the build. On a fast and on a slow machine, this
/// took 10 and 21 minutes of processor time. Some of its steps need each other's result.
fn time_of_first_start() -> String {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let (least, most) = ((10 / processors).max(4), (21_usize.div_ceil(processors)).max(8));
    format!("the first start takes {least} to {most} minutes on {processors} processors, a later one some seconds")
}

/// Starts the servers, with their data in one folder.
struct Launcher<'a> {
    options: &'a Options,
    folder: PathBuf,
    /// The recorder's salt. All processes of a run get the same salt, so that a token has the same fingerprint in each.
    salt: String,
    record: PathBuf,
    /// The hash of the key of the authority that has signed the sites' certificate. `None` over http.
    key_hash: Option<String>,
}

impl<'a> Launcher<'a> {
    fn new(options: &'a Options) -> anyhow::Result<Self> {
        let folder = project::target().join(data_folder_name(options));
        if options.is_fresh && folder.exists() {
            console::step(&format!("--fresh: remove {}", folder.display()), |_| Ok(fs_err::remove_dir_all(&folder)?))?;
        }
        // The databases hold private keys and sessions.
        make_private_folder(&folder)?;
        let mut random = [0; 16];
        std::io::Read::read_exact(&mut fs_err::File::open("/dev/urandom")?, &mut random)?;
        let record = match &options.record {
            Some(file) => file.clone(),
            None => {
                let file = folder.join("record.jsonl");
                // This run has another salt, so the fingerprints of an earlier run would not match.
                let _ = fs_err::remove_file(&file);
                file
            }
        };
        let key_hash = match options.scheme {
            Scheme::Http => None,
            Scheme::Https => {
                Some(console::step("development-certificates: the sites' certificate", |_| make_certificates(options.servers))?)
            }
        };
        let salt = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let launcher = Self { options, folder, salt, record, key_hash };
        launcher.write_kickstart()?;
        Ok(launcher)
    }

    /// Writes the kickstart file with the scheme of the sites. Deletes FusionAuth's database if the file has changed. Like FusionAuth, the
    /// emulator reads the file only into an empty database, so the change would otherwise silently have no effect.
    fn write_kickstart(&self) -> anyhow::Result<()> {
        let kickstart = in_scheme(self.options.scheme, &project::read("shop/fusionauth/kickstart.json")?);
        let earlier = fs_err::read_to_string(self.kickstart()).unwrap_or_default();
        if earlier == kickstart {
            return Ok(());
        }
        if !earlier.is_empty() {
            console::warn("kickstart.json has changed: FusionAuth's accounts and sessions start over");
        }
        for ending in ["", "-wal", "-shm"] {
            let _ = fs_err::remove_file(self.folder.join(format!("{FUSIONAUTH_DATABASE}{ending}")));
        }
        Ok(fs_err::write(self.kickstart(), kickstart)?)
    }

    fn kickstart(&self) -> PathBuf {
        self.folder.join("kickstart.json")
    }

    fn emulator(&self) -> anyhow::Result<Server> {
        let mut command = project::command(project::program_of("fusionauth-emulator", self.options.servers));
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.options.emulator_port())).arg("--kickstart").arg(self.kickstart());
        command.arg("--database").arg(self.folder.join(FUSIONAUTH_DATABASE));
        command.env("STOREFRONT_PORT", self.options.port.to_string()).env("TRUNK_PORT", TRUNK_PORT.to_string());
        if self.options.scheme == Scheme::Https {
            // The emulator sends events to the Store.
            command.env("SSL_CERT_FILE", certificates().join("authority.pem"));
        }
        self.start("fusionauth-emulator", command)
    }

    fn development_world(&self, fusionauth_url: &str) -> anyhow::Result<Server> {
        let mut command = project::command(project::program_of("development-world", self.options.servers));
        command.arg("--config").arg(self.configuration(fusionauth_url)?);
        if std::env::var_os(API_KEY).is_none() {
            command.env(API_KEY, "development-only-api-key"); // the key in kickstart.json
        }
        self.start("development-world", command)
    }

    /// Writes the configuration of a server with the ten sites into the data folder. `storefront-server` accepts the same file.
    fn configuration(&self, fusionauth_url: &str) -> anyhow::Result<PathBuf> {
        let Options { scheme, port, auth_port, .. } = self.options;
        let database = format!("sqlite://{}", self.folder.join("storefront.sqlite").display());
        let mut settings = vec![
            ("listen", format!("127.0.0.1:{port}")),
            ("auth_listen", format!("127.0.0.1:{auth_port}")),
            ("dist", project::dist().display().to_string()),
            ("database_url", database),
            ("fusionauth_url", fusionauth_url.to_owned()),
        ];
        if *scheme == Scheme::Https {
            let file = |name: &str| certificates().join(name).display().to_string();
            settings.extend([("tls_certificate", file("certificate.pem")), ("tls_key", file("key.pem"))]);
        }
        let mut text = "# Written by `cargo xtask serve` at each start.\ndemo_data = true\nregister_verified = true\n".to_owned();
        text += &format!("demo_products = {}\n", self.options.demo_products);
        for (name, value) in settings {
            // A literal string of TOML has no escapes, so an apostrophe in a path would end it.
            text += &format!("{name} = '{value}'\n");
        }
        let file = self.folder.join("storefront.toml");
        let sites = sites(*scheme, *port, &project::development_sites(*auth_port)?);
        fs_err::write(&file, format!("{text}\n{sites}"))?;
        Ok(file)
    }

    fn start(&self, name: &'static str, mut command: std::process::Command) -> anyhow::Result<Server> {
        command.arg("--record").arg(&self.record).env("WIRE_RECORDER_SALT", &self.salt);
        let mut server = Server::start(name, &mut command, &self.folder.join(format!("{name}.log")))?;
        server.wait_for("listening on")?;
        Ok(server)
    }
}

/// Makes the certificate of the sites, or keeps the one that is there, so that a browser needs to trust its authority only once. Returns the
/// hash of the authority's key.
fn make_certificates(servers: NativeProfile) -> anyhow::Result<String> {
    let folder = certificates();
    make_private_folder(&folder)?;
    let mut program = project::command(project::program_of("development-certificates", servers));
    process::stdout_of(program.arg(&folder)).map(|it| it.trim().to_owned()).context("development-certificates failed")
}

/// Makes a folder, unless it is there, that other users of this machine cannot read.
fn make_private_folder(folder: &Path) -> anyhow::Result<()> {
    fs_err::create_dir_all(folder)?;
    Ok(fs_err::set_permissions(folder, Permissions::from_mode(0o700))?)
}

/// A text with the sites' URLs, which have the scheme http, in this scheme.
fn in_scheme(scheme: Scheme, text: &str) -> String {
    match scheme {
        Scheme::Http => text.to_owned(),
        Scheme::Https => ["store", "forums", "auth"]
            .iter()
            .fold(text.to_owned(), |text, host| text.replace(&format!("http://{host}."), &format!("https://{host}."))),
    }
}

/// The sites of `shop/deploy/development.toml` in this scheme. Over https, the sites whose backend sets the cookies offer device-bound sign-ins,
/// which need an origin with a fixed port.
fn sites(scheme: Scheme, port: u16, development: &str) -> String {
    let sites = in_scheme(scheme, development);
    match scheme {
        Scheme::Http => sites,
        Scheme::Https => {
            ["spa-backend", "webapp-jwt", "webapp-session"].iter().fold(sites.replace(":*", &format!(":{port}")), |sites, workflow| {
                let line = format!("workflow = \"{workflow}\"\n");
                sites.replace(&line, &format!("{line}device_binding = \"offered\"\n"))
            })
        }
    }
}

/// Builds both at the same time, because linking and optimising the app leaves a processor idle. If one build fails, this ends the other.
fn build_app_and_servers(toolchain: WasmToolchain, servers: NativeProfile) -> anyhow::Result<()> {
    let first_failure = OnceLock::new();
    let has_tools = OnceLock::new();
    let end_both_on_failure = |outcome: anyhow::Result<()>| {
        if let Err(error) = outcome {
            let _ = first_failure.set(error);
            process::stop_all();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let built = wasm_tools::build();
            let are_built = built.is_ok();
            end_both_on_failure(built);
            let _ = has_tools.set(are_built);
            if are_built {
                end_both_on_failure(console::step("servers: cargo build (the first time some minutes)", |progress| {
                    process::run(&mut project::build_programs_of(&e2e::PROGRAMS, servers), progress).map(drop)
                }));
            }
        });
        let wait_for_tools = || if *has_tools.wait() { Ok(()) } else { Err(anyhow!("wasm-bindgen was not built")) };
        end_both_on_failure(build::release_with(toolchain, build::When::Changed, wait_for_tools).map(drop));
    });
    first_failure.into_inner().map_or(Ok(()), Err)
}

/// The data folder depends on the scheme and the ports, so that two runs at the same time share nothing. FusionAuth's database also lists
/// allowed origins, which contain both.
fn data_folder_name(options: &Options) -> String {
    let world = if options.scheme == Scheme::Https { "world-https" } else { "world" };
    match (options.port, options.auth_port) {
        (PORT, AUTH_PORT) => world.to_owned(),
        (port, auth_port) => format!("{world}-{port}-{auth_port}"),
    }
}

/// The environment variable that storefront-server reads.
const API_KEY: &str = "FUSIONAUTH_API_KEY";
const PORT: u16 = 8080;
const AUTH_PORT: u16 = 9011;
const FUSIONAUTH_DATABASE: &str = "fusionauth.sqlite";
/// The port of `trunk serve`, as Trunk.toml has it.
const TRUNK_PORT: u16 = 8081;

/// The folder with the certificates of the sites over https.
fn certificates() -> PathBuf {
    project::target().join("https")
}

fn summary(options: &Options) -> String {
    let Options { port, auth_port, .. } = options;
    let scheme = options.scheme.name();
    let short = format!(
        "
  Begin here         {scheme}://localhost:{port}/ (which workflow is yours, accounts, mails, design)
  Store              {scheme}://store.spa-local-storage.localhost:{port}/
  Sign in as         shopper@example.com, password correct-horse-battery
  What happens       {scheme}://localhost:{port}/flows
  Ctrl-C stops everything."
    );
    if options.summary == Summary::Short {
        return format!("{short} --verbose prints all sites, accounts and logs.");
    }
    let servers = match options.servers {
        NativeProfile::Debug => "debug builds, several times slower than with --release",
        NativeProfile::Release => "release builds",
    };
    let sites = ["spa-local-storage", "spa-backend", "spa-shared-domain", "webapp-jwt", "webapp-session"].map(|workflow| {
        format!("  {workflow:<19}{scheme}://store.{workflow}.localhost:{port}/, {scheme}://forums.{workflow}.localhost:{port}/\n")
    });
    format!(
        "{short}

{}  FusionAuth         {scheme}://localhost:{auth_port}/, for browsers {scheme}://auth.<workflow>.localhost:{auth_port}/
  Other accounts     second@, unregistered@, change@, unverified@, twofactor@, locked@ and moderator@example.com, same password
  Servers            {servers}
  Logs               {}/*.log",
        sites.concat(),
        Path::new("target").join(data_folder_name(options)).display()
    )
}

/// How a browser trusts the sites' certificate, and how Chromium binds sign-ins to devices.
fn how_to_trust(options: &Options, key_hash: &str) -> String {
    let (folder, port) = (certificates(), options.port);
    let authority = folder.join("authority.pem");
    format!(
        "
  Certificate        A Chromium with its own profile trusts it, and binds sign-ins to the device with a key in memory:
                     chromium --user-data-dir={folder}/profile --ignore-certificate-errors-spki-list={key_hash} \\
                       --enable-features=DeviceBoundSessions,EnableBoundSessionCredentialsSoftwareKeysForManualTesting \\
                       https://localhost:{port}/
                     Other browsers: import {authority} as an authority. Nobody has its key, so it can sign nothing else.",
        folder = folder.display(),
        authority = authority.display(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_https_every_url_of_a_site_is_https_and_the_backends_offer_device_binding() -> anyhow::Result<()> {
        let development = project::development_sites(9011)?;
        assert_eq!(sites(Scheme::Http, 8080, &development), development);
        let https = sites(Scheme::Https, 8080, &development);
        assert!(!https.contains("http://") && !https.contains(":*"), "{https}");
        for (workflow, offers) in [("spa-backend", 2), ("webapp-jwt", 2), ("webapp-session", 2), ("spa-local-storage", 0)] {
            let line = format!("workflow = \"{workflow}\"\ndevice_binding = \"offered\"\n");
            assert_eq!(https.matches(&line).count(), offers, "{workflow}");
        }
        let kickstart = project::read("shop/fusionauth/kickstart.json")?;
        assert!(!in_scheme(Scheme::Https, &kickstart).contains("http://"));
        Ok(())
    }
}
