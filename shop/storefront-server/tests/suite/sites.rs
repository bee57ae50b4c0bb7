//! The list of sites: which host is which site, and which sites the configuration refuses.

use clap::Parser;
use storefront_api::{App, WORKFLOWS};
use storefront_server::config::Config;
use storefront_server::config::site::{FusionAuthCookies, Sites};

fn sites(flags: &[&str]) -> anyhow::Result<Sites> {
    Sites::of(&Config::try_parse_from([&["storefront-server"], flags].concat()).unwrap())
}

#[test]
fn the_host_names_the_site() {
    let sites = sites(&[]).unwrap();
    for (host, expected) in [
        ("store.spa-local-storage.localhost:8080", Some(App::Store)),
        ("forums.spa-local-storage.localhost", Some(App::Forums)),
        ("STORE.SPA-local-storage.LOCALHOST:1", Some(App::Store)),
        ("auth.spa-local-storage.localhost:8080", None),
        ("store.localhost:8080", None),
        ("store.unknown.localhost:8080", None),
        ("store.spa-local-storage.localhost.evil.example", None),
        ("store.spa-local-storage.example", None),
        ("a.store.spa-local-storage.localhost", None),
        ("localhost:8080", None),
        ("127.0.0.1:8080", None),
        ("[::1]:8080", None),
        ("", None),
    ] {
        assert_eq!(sites.application(host).map(|it| it.app), expected, "{host}");
    }
}

#[test]
fn every_workflow_has_its_sites_and_they_keep_the_port_that_the_browser_used() {
    let sites = sites(&["--auth-port", "9111"]).unwrap();
    for workflow in WORKFLOWS {
        let store = sites.find(App::Store, workflow).unwrap();
        let slug = workflow.slug();
        assert_eq!(store.origin(Some(8081)), format!("http://store.{slug}.localhost:8081"));
        assert_eq!(store.sibling_origin(Some(8081)), Some(format!("http://forums.{slug}.localhost:8081")));
        assert_eq!(store.origin(Some(80)), format!("http://store.{slug}.localhost"));
        assert_eq!(store.fusionauth_origin(), format!("http://auth.{slug}.localhost:9111"));
    }
}

const SHOP: &str = concat!(
    r#"origin = "https://shop.example.test", application = "store", workflow = "spa-shared-domain", application_id = "a", "#,
    r#"fusionauth_origin = "https://auth.example.test", sibling = "https://forum.example.test""#
);
const FORUM: &str = concat!(
    r#"origin = "https://forum.example.test", application = "forums", workflow = "spa-shared-domain", application_id = "b", "#,
    r#"fusionauth_origin = "https://auth.example.test", sibling = "https://shop.example.test""#
);
const AUTH: &str = r#"origin = "https://auth.example.test", application = "fusionauth", cookie_domain = "example.test""#;

const AUTH_OF_BACKENDS: &str = r#"origin = "https://auth.example.test", application = "fusionauth", fusionauth_cookies = "as-published""#;

const BOUND: &str = concat!(
    r#"origin = "https://x.test", application = "store", workflow = "webapp-jwt", application_id = "a", "#,
    r#"fusionauth_origin = "https://auth.x.test", device_binding = "required""#
);

#[test]
fn a_company_names_its_own_hosts() {
    let sites = sites(&["--site", SHOP, "--site", FORUM, "--site", AUTH]).unwrap();
    assert!(sites.application("store.spa-local-storage.localhost").is_none());
    let shop = sites.application("shop.example.test:8443").unwrap();
    let config = shop.spa_config(Some(8443), None);
    assert_eq!(config.sibling_url, "https://forum.example.test");
    assert_eq!(config.fusionauth_url, "https://auth.example.test");
    assert_eq!(shop.sibling_application_id(), Some("b"));
    assert_eq!(sites.fusionauth[0].cookie_domain.as_deref(), Some("example.test"));
}

#[test]
fn the_host_of_fusionauth_names_the_cookies() {
    let as_published = format!("{AUTH}, fusionauth_cookies = \"as-published\"");
    let per_application = format!("{AUTH}, fusionauth_cookies = \"per-application\"");
    for (auth, cookies, names) in [
        (AUTH, FusionAuthCookies::PerApplication, vec!["store.access_token", "access_token"]),
        (&per_application, FusionAuthCookies::PerApplication, vec!["store.access_token", "access_token"]),
        (&as_published, FusionAuthCookies::AsPublished, vec!["access_token"]),
    ] {
        let sites = sites(&["--site", SHOP, "--site", FORUM, "--site", auth]).unwrap();
        assert_eq!(sites.fusionauth[0].cookies, cookies, "{auth}");
        assert_eq!(sites.applications[0].fusionauth_cookies.names(App::Store, "access_token"), names, "{auth}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let same_application = FORUM.replace("\"b\"", "\"A\"");
    let other_workflow = BOUND.replace("webapp-jwt", "spa-local-storage");
    let (http, any_port) = (BOUND.replace("https://x", "http://x"), BOUND.replace("x.test", "x.test:*"));
    let other_domain = AUTH.replace("\"example.test\"", "\"ample.test\"");
    let no_domain = AUTH.replace(", cookie_domain = \"example.test\"", "");
    let second = SHOP.replace("https://shop.", "https://second.");
    let of_application_c = second.replace("\"a\"", "\"c\"");
    let forums_a = FORUM.replace("origin = \"https://forum.", "origin = \"https://club.").replace("\"b\"", "\"A\"");
    let forums_a = forums_a.replace("https://shop.", "https://second.");
    let (other_issuer, other_tenant) = (format!("{second}, issuer = \"x\""), format!("{second}, tenant_id = \"x\""));
    let other_fusionauth = format!("{second}, fusionauth_url = \"http://x\"");
    let local_storage = second.replace("spa-shared-domain", "spa-local-storage");
    let cookies_of_shop = format!("{SHOP}, fusionauth_cookies = \"as-published\"");
    let (http_auth, other_auth) = (SHOP.replace("https://auth", "http://auth"), SHOP.replace("auth.example.test", "auth.another.test"));
    let http_auth_of_backend = BOUND.replace("https://auth", "http://auth");
    let suffix = AUTH.replace("\"example.test\"", "\"test\"");
    let suffix_of_two = AUTH.replace("example.test", "co.uk").replace("auth.co.uk", "auth.shop.co.uk");
    for (tables, expected) in [
        (vec![SHOP], "no site has the origin https://forum.example.test"),
        (vec![SHOP, SHOP, FORUM], "two sites have the host shop.example.test"),
        (vec![SHOP, &same_application], "has the same `application_id`"),
        (vec![AUTH], "no site has the application"),
        (vec![SHOP, FORUM, &other_domain], "must be a parent of auth.example.test"),
        (vec![r#"origin = "https://x.test", application = "store""#], "`workflow` is missing"),
        (vec![r#"origin = "https://x.test", application = "store", workflow = "spa-backend""#], "`fusionauth_origin` is missing"),
        (vec![r#"origin = "https://x.test", application = "fusionauth", issuer = "i""#], "`issuer` belongs to"),
        (vec![BOUND], "needs `encryption_secret`"),
        (vec![SHOP, FORUM, &of_application_c, &forums_a], "the Store and the Forums have the same `application_id`"),
        (vec![SHOP, FORUM, &other_fusionauth], "two values of `fusionauth_url`"),
        (vec![SHOP, FORUM, &other_issuer], "two values of `issuer`"),
        (vec![SHOP, FORUM, &other_tenant], "two values of `tenant_id`"),
        (vec![&*http_auth, FORUM], "must begin with https"),
        (vec![&*http_auth_of_backend], "must begin with https"),
        (vec![&*other_auth, FORUM], "the registrable domain of the site"),
        (vec![SHOP, FORUM, &suffix], "is a public suffix"),
        (vec![SHOP, FORUM, &suffix_of_two], "is a public suffix"),
        (vec![SHOP, FORUM, &no_domain], "which needs it"),
        (vec![&*cookies_of_shop], "`fusionauth_cookies` belongs to a site with `application = \"fusionauth\"`"),
        (vec![AUTH_OF_BACKENDS], "`fusionauth_cookies` belongs to a host that apps in the browser call"),
        (vec![SHOP, FORUM, AUTH, &of_application_c], "set `fusionauth_cookies = \"as-published\"`"),
        (vec![SHOP, FORUM, AUTH, &local_storage], "needs a host without `cookie_domain`"),
        (vec![&*other_workflow], "needs the workflow"),
        (vec![&*http], "needs an https origin"),
        (vec![&*any_port], "needs an https origin"),
    ] {
        let flags: Vec<&str> = tables.iter().flat_map(|it| ["--site", it]).collect();
        let error = format!("{:#}", sites(&flags).unwrap_err());
        assert!(error.contains(expected), "{error}");
    }
    let error = sites(&["--site", BOUND, "--encryption-secret=31-characters-are-not-enough-ye"]).unwrap_err();
    assert_eq!(error.to_string(), "`encryption_secret` is shorter than 32 characters");
}

/// Compares the table in the section "Configure" with the sites that the configuration accepts, for each two values of `device_binding`.
#[test]
fn sites_of_one_application_differ_in_their_binding_as_documented() {
    let text = include_str!("../../../../docs/deploy.md");
    let rows = text.lines().skip_while(|it| !it.starts_with("| `device_binding` of two sites")).take_while(|it| it.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|it| it.trim().trim_matches('`').to_owned()).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    let site = |number: usize, workflow: &str, policy: &str| {
        format!(
            "--site=origin = \"https://site{number}.example.test\", application = \"store\", workflow = \"{workflow}\", application_id = \"a\", \
             fusionauth_origin = \"https://auth.example.test\", device_binding = \"{policy}\""
        )
    };
    let policies_of = |workflow: &str| if ["spa-local-storage", "spa-shared-domain"].contains(&workflow) { 1 } else { 3 };
    let mut combinations = 0;
    for one in WORKFLOWS.map(|it| it.slug()) {
        let row = rows.iter().find(|it| it[0] == one).unwrap_or_else(|| panic!("the table has no row {one}"));
        for (other, cell) in rows[0][1..].iter().zip(&row[1..]) {
            for policy in &["off", "offered", "required"][..policies_of(one)] {
                for other_policy in &["off", "offered", "required"][..policies_of(other)] {
                    let (first, second) = (site(1, one, policy), site(2, other, other_policy));
                    let is_accepted = sites(&[&first, &second, "--encryption-secret=0123456789abcdef0123456789abcdef"]).is_ok();
                    assert_eq!(is_accepted, cell == "any" || policy == other_policy, "{one} {policy}, {other} {other_policy}: {cell}");
                    combinations += 1;
                }
            }
        }
    }
    assert_eq!(combinations, (2 + 3 * 3) * (2 + 3 * 3));
}
