//! Scores every kind of response of the https sites by the published rules of Mozilla's HTTP Observatory
//! (<https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring>). Each response needs 100 points, which is the grade A+.
//!
//! The tests leave out FusionAuth's host, because FusionAuth writes its responses.

use crate::https::Https;
use crate::test_cluster::PASSWORD;
use reqwest::header::{HeaderMap, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};
use std::collections::BTreeMap;

/// The score of a response over https, and the points for each rule. Bonuses count only from 90 points on.
fn score(headers: &HeaderMap, body: &str) -> (i32, Vec<(&'static str, i32)>) {
    let results: Vec<_> = [
        content_security_policy(headers),
        cookies(headers),
        cross_origin_sharing(headers),
        referrer_policy(headers),
        strict_transport_security(headers),
        subresource_integrity(body),
        content_type_options(headers),
        frame_options(headers),
        cross_origin_resource_policy(headers),
    ]
    .into();
    let sum = |is_wanted: fn(i32) -> bool| results.iter().map(|(_, points)| *points).filter(|it| is_wanted(*it)).sum::<i32>();
    let with_penalties = 100 + sum(|it| it < 0);
    let bonus = if with_penalties >= 90 { sum(|it| it > 0) } else { 0 };
    (with_penalties + bonus, results)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|it| it.to_str().unwrap())
}

/// The directives of the Content-Security-Policy header, each with its sources.
fn directives(headers: &HeaderMap) -> Option<BTreeMap<&str, Vec<&str>>> {
    let policy = text(headers, "content-security-policy")?;
    let words = policy.split(';').map(|it| it.split_ascii_whitespace().collect::<Vec<_>>());
    Some(words.filter(|it| !it.is_empty()).map(|it| (it[0], it[1..].to_vec())).collect())
}

fn content_security_policy(headers: &HeaderMap) -> (&'static str, i32) {
    let Some(policy) = directives(headers) else { return ("csp-not-implemented", -25) };
    let default = policy.get("default-src").cloned().unwrap_or_else(|| vec!["*"]);
    let of = |name: &str| policy.get(name).cloned().unwrap_or_else(|| default.clone());
    let has = |sources: &[&str], bad: &[&str]| sources.iter().any(|it| bad.contains(it));
    let broad = ["*", "http:", "https:", "ftp:", "http://*", "https://*"];
    let (scripts, objects, styles) = (of("script-src"), of("object-src"), of("style-src"));
    if has(&scripts, &broad) || has(&scripts, &["'unsafe-inline'", "data:"]) || has(&objects, &broad) {
        return ("csp-implemented-with-unsafe-inline", -20);
    }
    if policy.values().flatten().any(|it| it.starts_with("http:") || it.starts_with("ws:")) {
        return ("csp-implemented-with-insecure-scheme", -20);
    }
    if has(&scripts, &["'unsafe-eval'"]) {
        return ("csp-implemented-with-unsafe-eval", -10);
    }
    if has(&styles, &broad) || has(&styles, &["'unsafe-inline'", "data:"]) {
        return ("csp-implemented-with-unsafe-inline-in-style-src-only", 0);
    }
    if default == ["'none'"] { ("csp-implemented-with-no-unsafe-default-src-none", 10) } else { ("csp-implemented-with-no-unsafe", 5) }
}

/// Treats every cookie as a session cookie, which is stricter than the published rules.
fn cookies(headers: &HeaderMap) -> (&'static str, i32) {
    let lines: Vec<String> = headers.get_all(SET_COOKIE).iter().map(|it| it.to_str().unwrap().to_ascii_lowercase()).collect();
    let all_have = |attribute: &str| lines.iter().all(|it| it.split("; ").any(|part| part == attribute));
    match lines.as_slice() {
        [] => ("cookies-not-found", 0),
        _ if !all_have("secure") => ("cookies-session-without-secure-flag-but-protected-by-hsts", -10),
        _ if !all_have("httponly") => ("cookies-session-without-httponly-flag", -30),
        _ if all_have("samesite=lax") || all_have("samesite=strict") => ("cookies-secure-with-httponly-sessions-and-samesite", 5),
        _ => ("cookies-secure-with-httponly-sessions", 0),
    }
}

fn cross_origin_sharing(headers: &HeaderMap) -> (&'static str, i32) {
    let with_credentials = headers.contains_key("access-control-allow-credentials");
    match text(headers, "access-control-allow-origin") {
        None => ("cross-origin-resource-sharing-not-implemented", 0),
        Some(_) if with_credentials => ("cross-origin-resource-sharing-implemented-with-universal-access", -50),
        Some(_) => ("cross-origin-resource-sharing-implemented", 0),
    }
}

fn referrer_policy(headers: &HeaderMap) -> (&'static str, i32) {
    match text(headers, "referrer-policy") {
        Some("no-referrer" | "same-origin" | "strict-origin" | "strict-origin-when-cross-origin") => ("referrer-policy-private", 5),
        Some(_) => ("referrer-policy-unsafe", -5),
        None => ("referrer-policy-not-implemented", 0),
    }
}

fn strict_transport_security(headers: &HeaderMap) -> (&'static str, i32) {
    let max_age = text(headers, "strict-transport-security").and_then(|it| it.split(';').find_map(|it| it.trim().strip_prefix("max-age=")));
    match max_age.map(str::parse::<u64>) {
        Some(Ok(15_552_000..)) => ("hsts-implemented-max-age-at-least-six-months", 0),
        Some(_) => ("hsts-implemented-max-age-less-than-six-months", -10),
        None => ("hsts-not-implemented", -20),
    }
}

fn subresource_integrity(body: &str) -> (&'static str, i32) {
    let foreign =
        body.split("<script").skip(1).filter_map(|it| it.split('>').next()).any(|it| it.contains("src=\"http") || it.contains("src=\"//"));
    if foreign {
        ("sri-not-implemented-and-external-scripts-loaded", -5)
    } else {
        ("sri-not-implemented-but-scripts-loaded-from-own-origin", 0)
    }
}

fn content_type_options(headers: &HeaderMap) -> (&'static str, i32) {
    if text(headers, "x-content-type-options") == Some("nosniff") { ("nosniff", 0) } else { ("x-content-type-options-not-implemented", -5) }
}

fn frame_options(headers: &HeaderMap) -> (&'static str, i32) {
    let ancestors = directives(headers).and_then(|it| it.get("frame-ancestors").cloned());
    match (ancestors.as_deref(), text(headers, "x-frame-options")) {
        (Some(["'none'" | "'self'"]), _) => ("x-frame-options-implemented-via-csp", 5),
        (_, Some("DENY" | "SAMEORIGIN")) => ("x-frame-options-sameorigin-or-deny", 0),
        _ => ("x-frame-options-not-implemented", -20),
    }
}

fn cross_origin_resource_policy(headers: &HeaderMap) -> (&'static str, i32) {
    match text(headers, "cross-origin-resource-policy") {
        Some("same-origin" | "same-site") => ("corp-implemented-with-same-origin", 10),
        Some(_) | None => ("corp-not-implemented", 0),
    }
}

async fn check(what: &str, status: StatusCode, response: Response) {
    assert_eq!(response.status(), status, "{what}");
    let headers = response.headers().clone();
    let (score, results) = score(&headers, &response.text().await.unwrap());
    assert!(score >= 100, "{what} has {score} points: {results:?}\n{headers:#?}");
}

#[tokio::test]
async fn every_kind_of_response_has_a_hundred_points_or_more() {
    let https = Https::start().await;
    https.write_file("app-0123456789abcdef.js", "1");
    https.write_file("picture.svg", "<svg/>");
    let client = https.client();
    for (what, host, method, path, status) in [
        ("the app", "shop.example.test", Method::GET, "/", 200),
        ("a URL in the app", "forum.example.test", Method::GET, "/account", 200),
        ("a script", "shop.example.test", Method::GET, "/app-0123456789abcdef.js", 200),
        ("a picture", "shop.example.test", Method::GET, "/picture.svg", 200),
        ("a file that is missing", "shop.example.test", Method::GET, "/missing.js", 404),
        ("a method that a page does not allow", "shop.example.test", Method::DELETE, "/", 405),
        ("data", "shop.example.test", Method::GET, "/api/products", 200),
        ("a problem", "shop.example.test", Method::GET, "/api/load-shopping-cart", 401),
        ("an endpoint that is missing", "shop.example.test", Method::GET, "/api/missing", 404),
        ("health", "shop.example.test", Method::GET, "/readyz", 200),
        ("a server-rendered page", "pages.example.test", Method::GET, "/login", 200),
        ("a page that needs a sign-in", "pages.example.test", Method::GET, "/shopping-cart", 302),
        ("a page that is missing", "pages.example.test", Method::GET, "/missing", 404),
    ] {
        let answer = client.request(method, https.url(host, path)).send().await.unwrap();
        check(what, StatusCode::from_u16(status).unwrap(), answer).await;
    }
    let page = client.get(https.url("shop.example.test", "/")).send().await.unwrap();
    let known = client.get(https.url("shop.example.test", "/")).header("if-none-match", &page.headers()["etag"]).send().await.unwrap();
    check("a page that has not changed", StatusCode::NOT_MODIFIED, known).await;
    let sign_in = client.post(https.url("pages.example.test", "/login")).header("sec-fetch-site", "same-origin");
    let sign_in = sign_in
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("username=shopper%40example.com&password={PASSWORD}"))
        .send()
        .await
        .unwrap();
    assert!(sign_in.headers().get_all(SET_COOKIE).iter().count() >= 2);
    check("a sign-in with its cookies", StatusCode::FOUND, sign_in).await;
}

#[test]
fn what_is_missing_or_unsafe_costs_points() {
    let with = |headers: &[(&'static str, &'static str)]| {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        score(&headers, "").0
    };
    assert_eq!(with(&[]), 100 - 25 - 20 - 5 - 20);
    let good = [("strict-transport-security", "max-age=15552000"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")];
    let and_policy = |policy| with(&[good.as_slice(), &[("content-security-policy", policy)]].concat());
    assert_eq!(and_policy("default-src 'none'"), 110);
    assert_eq!(and_policy("default-src 'self'; frame-ancestors 'none'"), 110);
    assert_eq!(and_policy("default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'"), 80, "no bonus below 90");
    assert_eq!(and_policy("default-src 'none'; img-src http://example.test"), 80);
    assert_eq!(
        with(
            &[good.as_slice(), &[("content-security-policy", "default-src 'none'"), ("set-cookie", "a=b; Secure; SameSite=Lax")]].concat()
        ),
        70
    );
}
