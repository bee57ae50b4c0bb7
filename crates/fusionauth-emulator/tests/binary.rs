//! The binary: what it prints, and its exit codes.

mod common;

use common::kickstart;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator"));
    command.args(["--listen", "127.0.0.1:0"]).arg("--kickstart").arg(kickstart());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finished(command: &mut Command) -> Output {
    command.output().unwrap()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_says_where_it_listens_and_takes_ports_from_the_environment() {
    let mut running = Running(command().env("STOREFRONT_PORT", "4321").spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let request = common::client().get(format!("{url}/api/status")).header("origin", "http://store.spa-local-storage.localhost:4321");
        common::TestResponse::read(request.send().await.unwrap()).await
    });
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://store.spa-local-storage.localhost:4321"));
    running.0.kill().unwrap();
    let mut log = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("NEVER use it in production"), "{log}");
    assert!(!log.contains(common::API_KEY) && !log.contains(common::PASSWORD), "{log}");
}

/// Whatever is logged at any level, by the emulator and by its libraries, holds nothing that opens an account.
#[test]
fn no_log_holds_a_secret() {
    let mut running = Running(command().env("RUST_LOG", "trace").spawn().unwrap());
    let mut stderr = running.0.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut log = Vec::new();
        stderr.read_to_end(&mut log).unwrap();
        String::from_utf8_lossy(&log).into_owned()
    });
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secrets = runtime.block_on(async {
        let send = async |method: reqwest::Method, path: &str, body: serde_json::Value| {
            let request = common::client().request(method, format!("{url}{path}")).header("content-type", "application/json");
            common::TestResponse::read(request.body(body.to_string()).send().await.unwrap()).await
        };
        let post = async |path: &str, body: serde_json::Value| send(reqwest::Method::POST, path, body).await;
        let login = json!({"applicationId": common::STORE, "loginId": "shopper@example.com", "password": common::PASSWORD});
        let login = post("/api/login", login).await;
        let refreshed = post("/api/jwt/refresh", json!({"refreshToken": login.member("refreshToken")})).await;
        assert_eq!(refreshed.status, 200);
        let revoke = format!("/api/jwt/refresh?token={}", login.member("refreshToken"));
        assert_eq!(send(reqwest::Method::DELETE, &revoke, json!({})).await.status, 401);
        post("/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
        let mail = send(reqwest::Method::GET, "/emulator/mail", json!({})).await.json();
        let value = |index: usize, name: &str| mail["messages"][index]["values"][name].as_str().unwrap().to_owned();
        let (verification, change) = (value(0, "verificationId"), value(1, "changePasswordId"));
        assert_eq!(post(&format!("/api/user/verify-email/{verification}"), json!({})).await.status, 200);
        let changed = post(&format!("/api/user/change-password/{change}"), json!({"password": "another-good-password"})).await;
        let two_factor = json!({"applicationId": common::STORE, "loginId": "twofactor@example.com", "password": common::PASSWORD});
        let two_factor = post("/api/login", two_factor).await.member("twoFactorId");
        assert_eq!(post(&format!("/api/two-factor/send/{two_factor}"), json!({})).await.status, 400);
        let passwords = [common::PASSWORD.to_owned(), "another-good-password".to_owned()];
        let tokens = [login.member("token"), login.member("refreshToken"), refreshed.member("token"), changed.member("oneTimePassword")];
        [passwords.to_vec(), tokens.to_vec(), vec![verification, change, two_factor, common::API_KEY.to_owned()]].concat()
    });
    running.0.kill().unwrap();
    let log = log.join().unwrap();
    assert!(log.contains("NEVER use it in production"), "the search finds what is there");
    for (index, secret) in secrets.iter().enumerate() {
        let line = log.lines().find(|it| it.contains(secret));
        assert!(line.is_none(), "secret {index} stands in a line of {:?}", line.and_then(|it| it.split_whitespace().nth(2)));
    }
}

#[test]
fn the_documentation_names_the_flags_that_there_are() {
    let flags = |text: &str| -> BTreeSet<String> {
        let words = text.split(|it: char| !it.is_ascii_lowercase() && it != '-');
        words.filter(|it| it.len() > 3 && it.starts_with("--")).map(str::to_owned).collect()
    };
    let help = finished(Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator")).arg("--help"));
    let mut known = flags(&String::from_utf8(help.stdout).unwrap());
    let documentation = include_str!("../../../docs/emulator.md");
    let of_commands = documentation.lines().filter(|it| it.starts_with("| `--") || it.starts_with("cargo run"));
    let used = flags(&of_commands.collect::<String>());
    assert!(used.is_subset(&known), "{:?}", used.difference(&known));
    known.retain(|it| !["--help", "--version"].contains(&it.as_str()));
    let named = flags(documentation);
    assert!(known.is_subset(&named), "not documented: {:?}", known.difference(&named));
}

#[test]
fn mistakes_have_exit_codes_and_words() {
    let mistake = std::env::temp_dir().join(format!("fusionauth-emulator-{}.json", uuid::Uuid::new_v4()));
    std::fs::write(&mistake, r#"{"apiKeys":[{"key":"k"}],"requests":[{"method":"POST","url":"/api/user","body":{"user":{"emial":"a"}}}]}"#)
        .unwrap();
    let kickstart = finished(command().arg("--kickstart").arg(&mistake));
    assert_eq!(kickstart.status.code(), Some(2), "given twice: a mistake in the command line");
    let kickstart = finished(
        Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator")).args(["--strict", "--listen", "127.0.0.1:0", "--kickstart"]).arg(&mistake),
    );
    std::fs::remove_file(mistake).unwrap();
    let words = String::from_utf8(kickstart.stderr).unwrap();
    assert_eq!(kickstart.status.code(), Some(2), "{words}");
    assert!(words.contains("request 1 (POST /api/user)") && words.contains("body.user.emial"), "{words}");

    let remote = finished(Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator")).args(["--listen", "0.0.0.0:0"]));
    let words = String::from_utf8(remote.stderr).unwrap();
    assert_eq!(remote.status.code(), Some(1));
    assert!(words.contains("no loopback address"), "{words}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let busy = finished(
        Command::new(env!("CARGO_BIN_EXE_fusionauth-emulator")).args(["--listen", &address, "--kickstart"]).arg(common::kickstart()),
    );
    let words = String::from_utf8(busy.stderr).unwrap();
    assert_eq!(busy.status.code(), Some(1));
    assert!(words.contains(&format!("can't listen on {address}")), "{words}");
}
