//! `--static-site`: with the files and snippets of a static site, nginx and Caddy send the same answers as this server. The tests run
//! Debian's programs, and skip a program that is not installed. With CI=true, `cargo xtask setup` installs both.

use crate::test_cluster::HANG_GUARD;
use crate::test_server::fresh_database;
use clap::Parser;
use reqwest::StatusCode;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use storefront_server::{config::Config, static_site};
use tempfile::TempDir;
use test_support::reserved_port::ReservedPort;
use tokio::process::{Child, Command};

const HOST: &str = "shop.example.test";

/// Paths, and whether each exists.
const PATHS: [(&str, bool); 9] = [
    ("/login", true),
    ("/change-password/of.nobody/", true),
    ("/index.html", true),
    ("/storefront-0123456789abcdef.js", true),
    ("/assets/hills-0123456789abcdef.svg", true),
    ("/favicon.svg", true),
    ("/boot.js", true),
    ("/manifest.json", true),
    ("/storefront-ffffffffffffffff.js", false),
];

const COMPARED: [&str; 11] = [
    "cache-control",
    "content-security-policy",
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "link",
    "permissions-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
];

/// A build of the app, the static sites made from it, and this server.
struct Sites {
    folder: TempDir,
    server: SocketAddr,
    written: Vec<PathBuf>,
}

impl Sites {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let dist = folder.path().join("dist");
        std::fs::create_dir_all(dist.join("assets")).unwrap();
        let index = include_str!("../../../../index.html").replace("<head>", "<head><style data-hash=\"sha256-abc=\">p{}</style>");
        for (name, content) in [
            ("index.html", index.as_str()),
            ("storefront-0123456789abcdef.js", "js"),
            ("storefront-0123456789abcdef.js.gz", "gzip js"),
            ("assets/hills-0123456789abcdef.svg", "<svg/>"),
            ("favicon.svg", "<svg/>"),
            ("boot.js", "boot"),
        ] {
            std::fs::write(dist.join(name), content).unwrap();
        }
        let site = |host: &str, other: &str, application: &str, id: &str| {
            format!(
                "--site=origin = \"https://{host}\", application = \"{application}\", workflow = \"spa-local-storage\", \
                 application_id = \"{id}\", fusionauth_origin = \"https://auth.example.test\", sibling = \"https://{other}\""
            )
        };
        let mut arguments = vec!["storefront-server".to_owned(), format!("--dist={}", dist.display())];
        arguments.push(format!("--database-url={}", fresh_database(folder.path()).await));
        arguments.extend([site(HOST, "forum.example.test", "store", "a"), site("forum.example.test", HOST, "forums", "b")]);
        let server = crate::bind([arguments.clone(), vec!["--listen=127.0.0.1:0".to_owned()]].concat()).await;
        let address = server.address().unwrap();
        tokio::spawn(server.run(std::future::pending()));
        arguments.push(format!("--listen={address}"));
        let written = static_site::write(&Config::try_parse_from(arguments).unwrap(), &folder.path().join("static")).unwrap();
        Self { folder, server: address, written }
    }

    /// Asks this server and the program on the port for each path, and compares the answers.
    async fn compare(&self, port: u16) {
        let ask = async |port: u16, path: &str| {
            let client = test_support::http_client_builder().resolve(HOST, ([127, 0, 0, 1], port).into()).build().unwrap();
            client.get(format!("http://{HOST}:{port}{path}")).header("accept-encoding", "gzip").send().await.unwrap()
        };
        for (path, is_there) in PATHS {
            let (ours, theirs) = (ask(self.server.port(), path).await, ask(port, path).await);
            assert_eq!((theirs.status(), theirs.status() == StatusCode::OK), (ours.status(), is_there), "{path}");
            for name in COMPARED.into_iter().filter(|_| is_there) {
                assert_eq!(theirs.headers().get(name), ours.headers().get(name), "{name} of {path}");
            }
            assert_eq!(theirs.headers().get("content-encoding"), ours.headers().get("content-encoding"), "{path}");
            assert_eq!(theirs.headers()["x-content-type-options"], "nosniff", "{path}");
            if !is_there {
                let cache = theirs.headers().get("cache-control").map(|it| it.to_str().unwrap());
                assert!(cache.is_none_or(|it| !it.contains("immutable")), "a later build may have {path}: {cache:?}");
            }
            if is_there {
                assert_eq!(theirs.bytes().await.unwrap(), ours.bytes().await.unwrap(), "{path}");
            }
        }
        for hidden in ["/_headers", "/_redirects", "/index.html.gz"] {
            assert_eq!(ask(port, hidden).await.status(), StatusCode::NOT_FOUND, "{hidden}");
        }
        let path = "/.well-known/change-password";
        let (ours, theirs) = (ask(self.server.port(), path).await, ask(port, path).await);
        assert_eq!((theirs.status(), &theirs.headers()["location"]), (StatusCode::FOUND, &ours.headers()["location"]));
        for name in COMPARED {
            assert_eq!(theirs.headers().get(name), ours.headers().get(name), "{name} of {path}");
        }
        assert_eq!(ask(port, "/api/products").await.status(), StatusCode::OK, "the program asks the backend");
        let link = ask(port, "/guest-order/of.nobody").await;
        assert_eq!((link.status(), &link.headers()["location"]), (StatusCode::SEE_OTHER, &"/guest-order".parse().unwrap()));
        assert_eq!(ask(port, "/api/missing.json").await.headers()["content-type"], "application/problem+json");
    }
}

/// Starts a program with this configuration in a folder, and waits until it listens on the port.
pub(crate) async fn serve_with(folder: &Path, program: &Path, arguments: &[&str], configuration: &str, port: u16) -> Child {
    let file = folder.join("configuration");
    std::fs::write(&file, configuration).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(&file).env("HOME", folder).current_dir(folder);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let began = Instant::now();
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(began.elapsed() < HANG_GUARD, "{} does not listen", program.display());
        tokio::time::sleep(Duration::from_millis(20)).await; // the program does not announce that it listens
    }
    child
}

/// Ends a program as an operator does. When this function returns, the program has written all of its log.
pub(crate) async fn stop(mut program: Child) {
    let id = program.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    program.wait().await.unwrap();
}

/// Starts nginx with these directives of its block `http`, which may write into the folder.
pub(crate) async fn serve_with_nginx(folder: &Path, nginx: &Path, http: &str, port: u16) -> Child {
    let name = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|it| format!("{it}_temp_path {name}/{it};")).concat();
    // A single process, because workers would outlive a master that the end of the test kills.
    let configuration = format!(
        "daemon off; master_process off; pid {name}/pid; error_log {name}/error.log; events {{}} \
         http {{ include /etc/nginx/mime.types; {temporary} {http} }}"
    );
    serve_with(folder, nginx, &["-e", "stderr", "-p", &name.to_string(), "-c"], &configuration, port).await
}

/// The path of a Debian program, or `None` if it is not installed. CI=true requires the program.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let found = ["/usr/sbin", "/usr/bin"].into_iter().map(|it| Path::new(it).join(name)).find(|it| it.is_file());
    assert!(found.is_some() || std::env::var("CI").as_deref() != Ok("true"), "{name} is required where CI=true: `cargo xtask setup`");
    found
}

#[tokio::test]
async fn nginx_sends_what_this_server_sends() {
    let Some(nginx) = installed("nginx") else { return };
    let (sites, reserved) = (Sites::start().await, ReservedPort::new().unwrap());
    let port = reserved.address.port();
    let (folder, site) = (sites.folder.path(), sites.written[0].display());
    let log = folder.join("access.log");
    let http =
        format!("access_log {}; server {{ listen 127.0.0.1:{port}; server_name {HOST}; include {site}/nginx.conf; }}", log.display());
    let _running = serve_with_nginx(folder, &nginx, &http, port).await;
    sites.compare(port).await;
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("/boot.js") && !log.contains("of.nobody"), "a mailed secret is in the log: {log}");
}

#[tokio::test]
async fn caddy_sends_what_this_server_sends() {
    let Some(caddy) = installed("caddy") else { return };
    let (sites, reserved) = (Sites::start().await, ReservedPort::new().unwrap());
    let port = reserved.address.port();
    let site = sites.written[0].display();
    let configuration = format!("{{\n\tadmin off\n\tauto_https off\n}}\nhttp://{HOST}:{port} {{\n\timport {site}/Caddyfile\n}}\n");
    let _running = serve_with(sites.folder.path(), &caddy, &["run", "--adapter", "caddyfile", "--config"], &configuration, port).await;
    sites.compare(port).await;
}

#[tokio::test]
async fn a_static_host_is_told_the_same_in_its_own_files() {
    let sites = Sites::start().await;
    assert_eq!(sites.written.len(), 2, "the Store and the Forums");
    let public = sites.written[1].join("public");
    let page = std::fs::read_to_string(public.join("index.html")).unwrap();
    assert!(page.contains("\"app\":\"forums\"") && page.contains("\"siblingUrl\":\"https://shop.example.test\""));
    let headers = std::fs::read_to_string(public.join("_headers")).unwrap();
    assert!(headers.starts_with("/*\n") && headers.contains("  strict-transport-security: max-age=63072000\n"));
    assert!(headers.contains("style-src 'self' 'sha256-abc='") && headers.contains("connect-src 'self' https://auth.example.test;"));
    assert!(headers.contains("\n/storefront-0123456789abcdef.js\n  cache-control: public, max-age=31536000, immutable\n"));
    let manifest: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(public.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["name"], &manifest["display"]), (&"Fernhill Forums".into(), &"standalone".into()));
    assert!(!headers.contains("/favicon.svg") && !headers.contains(".gz\n"));
    let server = format!("http://{}", sites.server);
    assert_eq!(
        std::fs::read_to_string(public.join("_redirects")).unwrap(),
        format!(
            "/.well-known/change-password /account?change=password 302\n/api/* {server}/api/:splat 200\n\
             /guest-order/* {server}/guest-order/:splat 200\n/* /index.html 200\n"
        )
    );
}
