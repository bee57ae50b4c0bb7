//! The configuration file: its settings, the flags that override them, the reports of mistakes, and that `--check` prints no secret.

use crate::browse::assert_has;
use crate::test_server::fresh_database;
use clap::Parser as _;
use std::ffi::OsString;
use std::path::Path;
use storefront_server::config::{self, Config};
use tempfile::TempDir;

const SITES: &str = r#"
[[site]]
origin = "https://shop.example.test"
application = "store"
workflow = "spa-local-storage"
application_id = "a"
fusionauth_origin = "https://auth.example.test"
sibling = "https://forum.example.test"

[[site]]
origin = "https://forum.example.test"
application = "forums"
workflow = "spa-local-storage"
application_id = "b"
fusionauth_origin = "https://auth.example.test"
sibling = "https://shop.example.test"
"#;

fn arguments(folder: &Path, text: &str, flags: &[&str]) -> Vec<OsString> {
    let file = folder.join("storefront.toml");
    std::fs::write(&file, text).unwrap();
    ["storefront-server".into(), "--config".into(), file.into_os_string()].into_iter().chain(flags.iter().map(Into::into)).collect()
}

fn load(text: &str, flags: &[&str]) -> Result<Config, String> {
    let folder = TempDir::new().unwrap();
    config::load(&arguments(folder.path(), text, flags)).map_err(|error| error.to_string())
}

#[test]
fn the_file_holds_every_setting_and_a_flag_wins_over_it() {
    let text = format!(
        "listen = \"127.0.0.1:8443\"\nclock_leeway = 5\ndemo_data = true\ntrusted_proxies = [\"10.0.0.0/8\", \"192.0.2.1\"]\n{SITES}"
    );
    let config = load(&text, &["--clock-leeway", "7"]).unwrap();
    assert_eq!((config.listen.port(), config.clock_leeway, config.demo_data), (8443, 7, true));
    assert_eq!(config.trusted_proxies.len(), 2);
    let sites = config.sites().unwrap();
    assert_eq!(sites.application("forum.example.test").unwrap().sibling_origin(None).unwrap(), "https://shop.example.test");
    assert!(!load("demo_data = false", &[]).unwrap().demo_data);
}

#[test]
fn a_mistake_names_its_line_and_what_is_expected() {
    for (text, line, expected) in [
        ("listen = \"localhost\"", "line 1", "invalid socket address"),
        ("\n\nlisen = \"127.0.0.1:80\"", "line 3", "there is no such setting"),
        ("app = \"shop\"", "line 1", "possible values: all, store, forums, auth"),
        ("request_timeout = 0", "line 1", "at least 1"),
        ("demo_data = \"yes\"", "line 1", "expected true or false"),
        ("issuer = 1.5", "line 1", "expected a text"),
        ("a = 1\nlisten = ", "line 2", ""),
        ("fusionauth_api_key = \"canary\"", "line 1", "FUSIONAUTH_API_KEY"),
        ("\n[[site]]\norigin = \"https://x.test\"\napplication = \"stor\"", "line 4", "expected one of `store`, `forums`, `fusionauth`"),
        ("\n[[site]]\norigin = \"https://x.test/path\"\napplication = \"store\"", "line 3", "expected an origin"),
        ("\n[[site]]\norigin = \"https://x.test\"\napplication = \"store\"\nhost = \"x\"", "line 5", "unknown field `host`"),
        ("\n[[site]]\norigin = \"https://x.test\"\napplication = \"store\"\napi_key = \"canary\"", "line 5", "a secret does not belong"),
        ("\n[[site]]\napplication = \"store\"", "line 2", "missing field `origin`"),
        ("check = true", "line 1", "there is no such setting"),
    ] {
        let error = load(text, &[]).unwrap_err();
        assert!(error.contains("storefront.toml") && error.contains(line) && error.contains(expected), "{text}: {error}");
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn a_secret_is_read_from_a_file_of_its_own() {
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "canary-key\n").unwrap();
    let text = format!("fusionauth_api_key = \"file:{}\"", key.display());
    let arguments = arguments(folder.path(), &text, &[]);
    assert_eq!(config::load::<Config>(&arguments).unwrap().fusionauth_api_key.unwrap().expose(), "canary-key");
    std::fs::remove_file(&key).unwrap();
    let error = config::load::<Config>(&arguments).unwrap_err().to_string();
    assert!(error.contains("cannot be read") && error.contains("line 1"), "{error}");
}

#[test]
fn check_prints_what_is_in_effect_and_no_secret() {
    let folder = TempDir::new().unwrap();
    let text = format!("clock_leeway = 5\n{SITES}");
    let flags = ["--fusionauth-api-key", "canary-key", "--database-url", "postgres://shop:canary-password@db/shop"];
    let arguments = arguments(folder.path(), &text, &flags);
    let printed = config::effective::describe::<Config>(&arguments).unwrap();
    let parts = [
        "clock_leeway = 5 # from the file",
        "fusionauth_api_key = \"not shown\" # from --fusionauth-api-key",
        "database_url = \"postgres://shop:not-shown@db/shop\" # from --database-url",
        "demo_data = false # from the default",
        "origin = \"https://forum.example.test\"",
    ];
    assert_has(&printed, &parts);
    assert!(!printed.contains("canary"), "{printed}");
    // Except for the secrets, the output is a valid configuration file.
    let again: String = printed.lines().filter(|it| !it.contains("not shown")).map(|it| format!("{it}\n")).collect();
    let (before, after) = (config::load::<Config>(&arguments).unwrap(), load(&again, &[]).unwrap());
    assert_eq!(before.sites().unwrap().applications.len(), after.sites().unwrap().applications.len());
    assert_eq!((before.clock_leeway, before.listen), (after.clock_leeway, after.listen));
}

#[test]
fn check_prints_no_secret_wherever_in_a_url_it_stands() {
    let printed = |flag: &str, url: &str| {
        let text = format!("{SITES}fusionauth_url = \"https://canary@auth.internal:9011/canary\"\n");
        let folder = TempDir::new().unwrap();
        let printed = config::effective::describe::<Config>(&arguments(folder.path(), &text, &[flag, url])).unwrap();
        assert!(!printed.contains("canary"), "{printed}");
        assert!(printed.contains("fusionauth_url = \"https://not-shown@auth.internal:9011/not-shown\""), "{printed}");
        printed
    };
    for (url, shown) in [
        ("postgres://shop@db/shop?password=canary&sslmode=require", "postgres://shop@db/shop?password=not-shown&sslmode=require"),
        ("postgres://shop@db/shop?canary", "postgres://shop@db/shop?not-shown"),
        ("postgres://db/shop?user=shop&host=%2Frun", "postgres://db/shop?user=not-shown&host=not-shown"),
        ("postgres://shop:can%61ry@db/shop#canary", "postgres://shop:not-shown@db/shop"),
        ("postgres://shop:a/canary@db/shop", "not shown"),
        ("postgres://shop:1/canary@db/shop", "not shown"),
        ("postgres://shop:1?canary@db/shop", "not shown"),
        ("postgres://shop:1#canary@db/shop", "not shown"),
        ("canary", "not shown"),
        ("sqlite://data/storefront.sqlite?mode=rwc", "sqlite://data/storefront.sqlite?mode=rwc"),
        ("sqlite::memory:", "sqlite::memory:"),
    ] {
        let printed = printed("--database-url", url);
        assert!(printed.contains(&format!("database_url = \"{shown}\" ")), "{url} {printed}");
    }
    for (url, shown) in [
        ("http://collector:4318/v1/traces", "http://collector:4318/v1/traces"),
        ("https://collector.test/v1/traces?token=canary", "https://collector.test/v1/traces?token=not-shown"),
        ("https://canary@collector.test/v1/traces", "https://not-shown@collector.test/v1/traces"),
        ("https://a:canary@collector.test/v1/traces", "https://not-shown:not-shown@collector.test/v1/traces"),
        ("https://collector.test/canary/v1/traces", "https://collector.test/not-shown"),
    ] {
        let printed = printed("--traces-url", url);
        assert!(printed.contains(&format!("traces_url = \"{shown}\" ")), "{url} {printed}");
    }
}

#[test]
fn the_example_for_a_deployment_is_right_with_the_settings_of_its_service() {
    let folder = TempDir::new().unwrap();
    for (name, secret) in [("database-url", "postgres://shop@db/shop"), ("fusionauth-api-key", "canary-key")] {
        std::fs::write(folder.path().join(name), secret).unwrap();
    }
    let example = include_str!("../../../deploy/storefront.toml");
    let service = include_str!("../../../deploy/storefront@.service").to_owned() + include_str!("../../../deploy/alone.conf");
    for line in service.lines().filter_map(|it| it.strip_prefix("Environment=")) {
        let line = line.replace("%d", folder.path().to_str().unwrap()).replace("%i", "8081");
        let (variable, value) = line.split_once('=').unwrap();
        let flag = format!("--{}", variable.trim_start_matches("STOREFRONT_").to_lowercase().replace('_', "-"));
        let config = load(example, &[&flag, value]).unwrap_or_else(|error| panic!("{line}: {error}"));
        let command = <Config as clap::CommandFactory>::command();
        let setting = command.get_arguments().find(|it| it.get_long() == flag.strip_prefix("--")).unwrap();
        assert_eq!(setting.get_env().and_then(|it| it.to_str()), Some(variable));
        let sites = config.sites().unwrap();
        assert_eq!((sites.applications.len(), sites.fusionauth.len()), (2, 1));
    }
}

#[tokio::test]
async fn an_operator_limits_the_connections_to_the_database() {
    let folder = TempDir::new().unwrap();
    let db = storefront_server::database::open_with(&fresh_database(folder.path()).await, 2).await.unwrap();
    let both = (db.acquire().await.unwrap(), db.acquire().await.unwrap());
    assert!(db.try_acquire().is_none());
    drop(both);
    let parsed = |number| Config::try_parse_from(["storefront-server", "--database-connections", number]);
    assert_eq!(parsed("7").unwrap().database_connections, 7);
    assert!(parsed("1").is_err(), "a purge needs two: one for its lock and one for its statements");
}
