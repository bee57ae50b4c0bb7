//! Requests without a sign-in, to the endpoints in the table of `docs/server.md`, which `anonymous_requests` sends.

use axum::http::Request;
use std::fs;

/// The tables to which a request without a sign-in can add rows.
pub(crate) const TABLES: [&str; 11] = [
    "cart_lines",
    "carts",
    "drafts",
    "guest_carts",
    "guest_orders",
    "idempotency_keys",
    "refresh_tokens",
    "revocations",
    "token_families",
    "unproven_emails",
    "users",
];

/// The endpoints in the table, as method and path.
pub(crate) fn endpoints() -> Vec<&'static str> {
    let document = include_str!("../../../../docs/server.md");
    let section = document.split("\n## ").find(|it| it.starts_with("Requests without a sign-in")).expect("docs/server.md has the section");
    let rows = section.lines().filter(|it| it.starts_with("| `")).filter_map(|row| row.split('|').nth(1));
    rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The anonymous memory of a process in KB: the part that no file backs, as Linux counts it.
pub(crate) fn memory_kb(process: u32) -> i64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|it| it.strip_prefix("RssAnon:")).expect("Linux 4.5 or later");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// A request to the endpoint. Its idempotency key contains `number`. Every other text that a limit or a row could use as a key contains
/// `value`.
pub(crate) fn request(base: &str, endpoint: &str, number: u32, value: &str) -> Request<String> {
    let (method, path) = endpoint.split_once(' ').expect("a method and a path");
    let is_api = path.starts_with("/api/");
    let pages = ["log", "change-p", "forgot", "verify", "register", "deliv", "ret", "priv", "cont", "guest-o"];
    let is_page = !is_api && (method == "POST" || pages.iter().any(|it| path[1..].starts_with(it)));
    let host = match path {
        _ if path.starts_with("/posts") => "forums.webapp-session",
        _ if is_page => "store.webapp-session",
        _ => "store.spa-backend",
    };
    let short = &value[..value.len().min(1_000)];
    let path_now = path.replace("{product}", "enamel-mug").replace("{id}", &format!("invented-{short}"));
    let request = Request::builder().method(method).uri(format!("{base}{path_now}"));
    let request = request.header("host", format!("{host}.localhost:8080")).header("sec-fetch-site", "same-origin");
    let request = match path {
        "/api/logout" | "/logout" => request.header("cookie", format!("storefront_refresh_token=invented-{short}")),
        "/api/device-key" | "/api/device-key/refresh" => {
            let id = &short[..short.len().min(100)];
            request.header("sec-secure-session-id", format!("invented-{id}")).header("secure-session-response", format!("invented-{short}"))
        }
        "/login/link" => request.header("cookie", format!("storefront_sign_in_link=invented-{short}.000000")),
        _ => request,
    };
    let request = match method {
        "GET" | "DELETE" => request.body(String::new()),
        _ if is_api => {
            let request = request.header("content-type", "application/json").header("idempotency-key", format!("key-{number}"));
            request.body(json(path).replace('#', value).replace("NUMBER", &number.to_string()))
        }
        _ => request.header("content-type", "application/x-www-form-urlencoded").body(
            "username=nobody-#%40example.com&login_code=invented-#&email=flood-#%40example.com&password=a-new-password&code=000000&two_factor_id=invented-#\
             &change_password_id=invented-#&verification_id=invented-#&product=enamel-mug&quantity=1&full_name=A&next=%2F&language=de&title=Title\
             &body=Text&draft=Text&idempotency_key=key-"
                .replace('#', value)
                + &number.to_string(),
        ),
    };
    request.expect("a valid request")
}

/// The body of a request to the API. `#` stands for the value.
fn json(path: &str) -> &'static str {
    match path {
        "/api/login" | "/api/join" => r#"{"loginId":"nobody-#@example.com","password":"wrong"}"#,
        "/api/two-factor/login" | "/api/password-link/code" => r#"{"twoFactorId":"invented-#","code":"000000"}"#,
        "/api/two-factor/send/{id}" => r#"{"methodId":"invented-#"}"#,
        "/api/register" => r#"{"email":"flood-#@example.com","password":"a-new-password"}"#,
        "/api/contact" => r#"{"fullName":"A","email":"flood-#@example.com","order":"","body":"Text NUMBER"}"#,
        "/api/guest-cart/lines" => r#"{"product":"enamel-mug","quantity":1}"#,
        "/api/guest-cart/lines/{product}" => r#"{"quantity":1}"#,
        "/api/guest-orders" => {
            r#"{"email":"flood-#@example.com","order":{"address":{"fullName":"A","street":"S","postalCode":"10115","city":"B","country":"DE"},"delivery":"standard","lines":[],"total":1}}"#
        }
        "/api/user/forgot-password" | "/api/passkeys/start" | "/api/passwordless/start" => r#"{"loginId":"nobody-#@example.com"}"#,
        "/api/passwordless/login" => r#"{"code":"invented-#","oneTimeCode":"000000"}"#,
        "/api/user/change-password" => r#"{"changePasswordId":"invented-#","password":"a-new-password"}"#,
        "/api/mailed-link" | "/api/not-me" => r#"{"verificationId":"invented-#"}"#,
        "/api/password-link/second-factor" => r#"{"changePasswordId":"invented-#"}"#,
        "/api/user/verify-email" | "/api/user/verify-registration" => r#"{"verificationId":"invented-#"}"#,
        "/api/verification-message/email" | "/api/verification-message/registration" => r#"{"email":"nobody-#@example.com"}"#,
        "/api/webauthn/login" => {
            r#"{"credential":{"id":"invented-#","rawId":"aW52ZW50ZWQ","type":"public-key","clientExtensionResults":{},"response":{"authenticatorData":"","clientDataJSON":"","signature":"","userHandle":""}}}"#
        }
        _ => "{}",
    }
}
