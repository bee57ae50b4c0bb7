//! The program `fusionauth-emulator`: its output, its log, its flags and its exit codes.

use crate::emulator_process::{EmulatorProcess, program, storefront_program};
use crate::test_emulator::{API_KEY, PASSWORD, STORE, TestResponse, client, send};
use fusionauth_emulator::built_in;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Stdio;
use tempfile::TempDir;

#[tokio::test]
async fn it_says_where_it_listens_and_takes_ports_from_the_environment() {
    let emulator = EmulatorProcess::start(storefront_program().env("STOREFRONT_PORT", "4321"));
    let request = client().get(format!("{}/api/status", emulator.url)).header("origin", "http://store.spa-local-storage.localhost:4321");
    let answer = TestResponse::read(request.send().await.unwrap()).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(answer.header("access-control-allow-origin"), Some("http://store.spa-local-storage.localhost:4321"));
    let log = emulator.log_after_kill();
    assert!(log.contains("NEVER use it in production"), "{log}");
    assert!(!log.contains("ignored members"), "{log}");
    assert!(!log.contains(API_KEY) && !log.contains(PASSWORD), "{log}");
}

#[tokio::test]
async fn without_a_file_it_sets_up_an_application_and_says_how_to_use_it() {
    let mut emulator = EmulatorProcess::start(&mut program());
    let settings = emulator.paragraph();
    for part in [&*emulator.url, built_in::APPLICATION_ID, built_in::API_KEY, built_in::EMAIL, built_in::PASSWORD, built_in::ISSUER] {
        assert!(settings.contains(part), "{settings}\nlacks {part}");
    }
    let foreign = client().get(format!("{}/api/status", emulator.url)).header("origin", "http://localhost:1234");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let login =
        json!({"applicationId": built_in::APPLICATION_ID, "loginId": built_in::EMAIL, "password": built_in::PASSWORD, "unheardOf": 1});
    let login = client().post(format!("{}/api/login", emulator.url)).json(&login);
    assert_eq!(login.send().await.unwrap().status(), 200, "members that the emulator does not know must be ignored");
    let log = emulator.log_after_kill();
    assert!(log.contains("ignored members") && log.contains("unheardOf"), "{log}");
    assert!(log.contains("CORS refuses this request") && log.contains("http://localhost:1234"), "{log}");
    assert!(!log.contains(built_in::API_KEY) && !log.contains(built_in::PASSWORD), "{log}");
}

#[test]
fn init_writes_a_file_that_starts_and_overwrites_none() {
    let folder = TempDir::new().unwrap();
    let init = || program().arg("init").current_dir(folder.path()).output().unwrap();
    let first = init();
    assert!(first.status.success(), "{first:?}");
    let said = String::from_utf8(first.stdout).unwrap();
    for part in ["fusionauth-emulator --kickstart kickstart.json", built_in::APPLICATION_ID, built_in::EMAIL, built_in::PASSWORD] {
        assert!(said.contains(part), "{said}\nlacks {part}");
    }
    let file = folder.path().join("kickstart.json");
    EmulatorProcess::start(program().args(["--strict", "--kickstart"]).arg(&file));

    std::fs::write(&file, "mine").unwrap();
    let second = init();
    let words = String::from_utf8(second.stderr).unwrap();
    assert_eq!((second.status.code(), std::fs::read_to_string(&file).unwrap().as_str()), (Some(1), "mine"), "{words}");
    assert!(words.contains("kickstart.json was not written") && words.contains("exists"), "{words}");
}

#[test]
fn it_ends_when_its_standard_input_closes() {
    let emulator = EmulatorProcess::start(program().arg("--stop-with-stdin").stdin(Stdio::piped()));
    assert!(emulator.wait_after_closing_stdin().success());
}

#[test]
fn the_help_shows_two_examples() {
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    let (_, examples) = help.split_once("Examples:").unwrap();
    assert_eq!(examples.lines().filter(|it| it.starts_with("  fusionauth-emulator")).count(), 2, "{help}");
}

/// No log line of the emulator or its libraries, at any level, contains a password, token, id or key that gives access to an account.
#[tokio::test]
async fn no_log_holds_a_secret() {
    let emulator = EmulatorProcess::start(storefront_program().env("RUST_LOG", "trace"));
    let send = async |method: Method, path: &str, body: Value| send(&client(), method, &format!("{}{path}", emulator.url), &[], body).await;
    let post = async |path: &str, body: Value| send(Method::POST, path, body).await;
    let login = json!({"applicationId": STORE, "loginId": "shopper@example.com", "password": PASSWORD});
    let login = post("/api/login", login).await;
    let refreshed = post("/api/jwt/refresh", json!({"refreshToken": login.member("refreshToken")})).await;
    assert_eq!(refreshed.status, 200);
    let revoke = format!("/api/jwt/refresh?token={}", login.member("refreshToken"));
    assert_eq!(send(Method::DELETE, &revoke, json!({})).await.status, 401);
    post("/api/user/forgot-password", json!({"loginId": "shopper@example.com"})).await;
    let mail = send(Method::GET, "/emulator/mail", json!({})).await.json();
    let value = |index: usize, name: &str| mail["messages"][index]["values"][name].as_str().unwrap().to_owned();
    let (verification, change) = (value(0, "verificationId"), value(1, "changePasswordId"));
    assert_eq!(post(&format!("/api/user/verify-email/{verification}"), json!({})).await.status, 200);
    let changed = post(&format!("/api/user/change-password/{change}"), json!({"password": "another-good-password"})).await;
    let two_factor = json!({"applicationId": STORE, "loginId": "twofactor@example.com", "password": PASSWORD});
    let two_factor = post("/api/login", two_factor).await.member("twoFactorId");
    assert_eq!(post(&format!("/api/two-factor/send/{two_factor}"), json!({})).await.status, 400);
    let passwords = [PASSWORD.to_owned(), "another-good-password".to_owned()];
    let tokens = [login.member("token"), login.member("refreshToken"), refreshed.member("token"), changed.member("oneTimePassword")];
    let secrets = [passwords.to_vec(), tokens.to_vec(), vec![verification, change, two_factor, API_KEY.to_owned()]].concat();
    let log = emulator.log_after_kill();
    assert!(log.contains("NEVER use it in production"), "the log must have been captured");
    for (index, secret) in secrets.iter().enumerate() {
        let line = log.lines().find(|it| it.contains(secret));
        assert!(line.is_none(), "the log contains secret {index}, in a line of {:?}", line.and_then(|it| it.split_whitespace().nth(2)));
    }
}

/// Node.js and Java may resolve `localhost` to `::1` first (<https://nodejs.org/api/dns.html#dnssetdefaultresultorderorder>).
#[tokio::test]
async fn it_listens_on_both_addresses_of_localhost() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return; // This machine has no IPv6.
    }
    let emulator = EmulatorProcess::start(&mut program());
    let other = emulator.url.replace("127.0.0.1", "[::1]");
    for path in ["/api/status", "/"] {
        assert_eq!(client().get(format!("{other}{path}")).send().await.unwrap().status(), 200, "{path}");
    }
}

#[test]
fn health_tells_whether_the_emulator_answers() {
    let emulator = EmulatorProcess::start(&mut program());
    let address = emulator.url.trim_start_matches("http://").to_owned();
    let health = |address: &str| program().args(["health", address]).output().unwrap();
    let healthy = health(&address);
    assert_eq!((healthy.status.code(), healthy.stdout, healthy.stderr), (Some(0), vec![], vec![]));
    drop(emulator);
    let gone = health(&address);
    let words = String::from_utf8(gone.stderr).unwrap();
    assert_eq!(gone.status.code(), Some(1));
    assert!(words.contains(&format!("no answer from {address}")), "{words}");
}

#[test]
fn the_documentation_names_the_flags_that_there_are() {
    let flags = |text: &str| -> BTreeSet<String> {
        let words = text.split(|it: char| !it.is_ascii_lowercase() && it != '-');
        words.filter(|it| it.len() > 3 && it.starts_with("--")).map(str::to_owned).collect()
    };
    let help = program().arg("--help").output().unwrap();
    let mut known = flags(&String::from_utf8(help.stdout).unwrap());
    let documentation = include_str!("../../../../docs/emulator.md");
    let of_commands = documentation.lines().filter(|it| it.starts_with("| `--") || it.starts_with("cargo run"));
    let used = flags(&of_commands.collect::<String>());
    assert!(used.is_subset(&known), "{:?}", used.difference(&known));
    known.retain(|it| !["--help", "--version"].contains(&it.as_str()));
    let named = flags(documentation);
    assert!(known.is_subset(&named), "not documented: {:?}", known.difference(&named));
}

#[test]
fn mistakes_have_exit_codes_and_words() {
    let folder = TempDir::new().unwrap();
    let mistake = folder.path().join("kickstart.json");
    std::fs::write(&mistake, r#"{"apiKeys":[{"key":"k"}],"requests":[{"method":"POST","url":"/api/user","body":{"user":{"emial":"a"}}}]}"#)
        .unwrap();
    let twice = storefront_program().arg("--kickstart").arg(&mistake).output().unwrap();
    assert_eq!(twice.status.code(), Some(2), "a flag that is given twice must be an error");
    let refused = program().args(["--strict", "--listen", "127.0.0.1:0", "--kickstart"]).arg(&mistake).output().unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("request 1 (POST /api/user)") && words.contains("body.user.emial"), "{words}");
    let ineffective = folder.path().join("ineffective.json");
    let request =
        json!({"method": "PATCH", "url": "/api/system-configuration", "body": {"systemConfiguration": {"reportTimezone": "Asia/Tokyo"}}});
    std::fs::write(&ineffective, json!({"apiKeys": [{"key": "k"}], "requests": [request]}).to_string()).unwrap();
    let refused = program().args(["--strict", "--listen", "127.0.0.1:0", "--kickstart"]).arg(&ineffective).output().unwrap();
    let words = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{words}");
    assert!(words.contains("[withoutEffect]systemConfiguration.reportTimezone"), "{words}");

    let remote = program().args(["--listen", "0.0.0.0:0"]).output().unwrap();
    let words = String::from_utf8(remote.stderr).unwrap();
    assert_eq!(remote.status.code(), Some(1));
    assert!(words.contains("not a loopback address"), "{words}");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let busy = program().args(["--listen", &address]).output().unwrap();
    let words = String::from_utf8(busy.stderr).unwrap();
    assert_eq!(busy.status.code(), Some(1));
    assert!(words.contains(&format!("can't listen on {address}")), "{words}");
}

/// Every list costs as many statements for many users as for one.
#[cfg(unix)]
#[tokio::test]
async fn the_statements_of_a_list_do_not_grow_with_the_users() {
    const MANY: usize = 30;
    let lists =
        include_str!("../../src/api/operations.txt").lines().filter_map(|it| it.strip_prefix("GET ")).filter(|it| !it.contains('{'));
    let lists: Vec<&str> = lists.chain(["/api/user/search?queryString=*", "/api/user/search?queryString=email:user*", "/"]).collect();
    let statements = async |users: usize, paths: &[&str]| {
        let emulator = EmulatorProcess::start(program().env("RUST_LOG", "sqlx::query=debug"));
        let id = "40000000-0000-4000-8000-000000000001";
        let group = client().post(format!("{}/api/group/{id}", emulator.url)).json(&json!({"group": {"name": "All"}}));
        let users: Vec<_> = (0..users)
            .map(|it| {
                let registration = json!({"applicationId": built_in::APPLICATION_ID});
                json!({"email": format!("user{it}@example.com"), "memberships": [{"groupId": id}], "registrations": [registration]})
            })
            .collect();
        let import = client().post(format!("{}/api/user/import", emulator.url)).json(&json!({"users": users}));
        let lists = paths.iter().map(|it| client().get(format!("{}{it}", emulator.url)));
        for (index, request) in [group, import].into_iter().chain(lists).enumerate() {
            let status = request.header("authorization", built_in::API_KEY).send().await.unwrap().status();
            assert!(index > 1 || status == 200, "{status}");
        }
        emulator.signal("TERM");
        emulator.log_at_the_end().matches("summary").count()
    };
    let (few, many) = (statements(1, &[]).await, statements(MANY, &[]).await);
    assert!(many - few > MANY, "the log must show each statement: {few} {many}");
    let (of_one, of_many) = (statements(1, &lists).await - few, statements(MANY, &lists).await - many);
    // The events of the setup are delivered meanwhile, in batches that each read the webhooks.
    assert!(of_many < of_one + MANY / 2, "{of_one} {of_many}");
}

/// Runs the program as the image of `emulator/Containerfile` does, with the environment that `docker/fusionauth/docker-compose.yml` of
/// <https://github.com/FusionAuth/fusionauth-containers> gives FusionAuth's image.
#[tokio::test]
async fn the_image_starts_with_the_environment_of_fusionauth_s_compose_file() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("kickstart.json");
    let kickstart = json!({"apiKeys": [{"key": "k"}], "requests": [
        {"method": "POST", "url": format!("/api/application/{STORE}"), "body": {"application": {"name": "Own"}}}]});
    std::fs::write(&file, kickstart.to_string()).unwrap();
    let entry = include_str!("../../../Containerfile").lines().find_map(|it| it.strip_prefix("ENTRYPOINT ")).unwrap();
    let entry: Vec<String> = serde_json::from_str(entry).unwrap();
    assert_eq!(entry[..3], ["/fusionauth-emulator", "--listen", "0.0.0.0:9011"]);
    let mut command = program();
    // The test chooses a free port.
    command.args(&entry[3..]).env("FUSIONAUTH_APP_KICKSTART_FILE", &file);
    command.env("FUSIONAUTH_APP_HTTP_PORT", ""); // a compose file sets a variable that its own environment lacks
    let ignored = [
        ("DATABASE_PASSWORD", "a-secret"),
        ("DATABASE_ROOT_PASSWORD", "a-secret"),
        ("DATABASE_ROOT_USERNAME", "postgres"),
        ("DATABASE_URL", "jdbc:postgresql://db:5432/fusionauth"),
        ("DATABASE_USERNAME", "fusionauth"),
        ("FUSIONAUTH_APP_INSTALLATION_SOURCE", "fusionauth-containers"),
        ("FUSIONAUTH_APP_MEMORY", "512M"),
        ("FUSIONAUTH_APP_RUNTIME_MODE", "development"),
        ("FUSIONAUTH_APP_URL", "http://fusionauth:9011"),
        ("SEARCH_SERVERS", "http://search:9200"),
        ("SEARCH_TYPE", "elasticsearch"),
    ];
    command.envs(ignored);
    let emulator = EmulatorProcess::start(&mut command);
    let request = client().get(format!("{}/api/application/{STORE}", emulator.url)).header("authorization", "k");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let log = emulator.log_after_kill();
    let names = ignored.map(|(name, _)| name).join(", ");
    assert_eq!(log.lines().filter(|it| it.contains(&names)).count(), 1, "{log}");
    assert!(!log.contains("a-secret"), "{log}");
    assert!(!log.contains("FUSIONAUTH_APP_KICKSTART_FILE"), "{log}");

    // The port of the variable is taken, so the program says which one it wanted.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for (port, words) in [(port.as_str(), format!("can't listen on 127.0.0.1:{port}")), ("x", "FUSIONAUTH_APP_HTTP_PORT".to_owned())] {
        let refused = program().env("FUSIONAUTH_APP_HTTP_PORT", port).output().unwrap();
        let log = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(1) && log.contains(&words), "{log}");
    }
}
