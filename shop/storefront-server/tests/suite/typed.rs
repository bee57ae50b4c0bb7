//! What users type: emails with invisible characters, codes with separators and digits of other scripts, passwords in other normal forms.
//! The tables name every field of the server's forms and requests that takes one.

use crate::account_api::Shopper;
use crate::browse::hidden;
use crate::forgotten_password::{code_state, mailed_path, send_code_form, set_methods};
use crate::passkeys::made;
use crate::sql::orders::{MANY, stored_address, user};
use crate::sql::threads::ask;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, UNVERIFIED, sign_in_by_form, store};
use crate::test_server::{Host, TestServer, with_status};
use crate::webapp_steps::text;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use storefront_api::account::Passkeys;
use storefront_api::orders::Address;
use storefront_server::http::percent::encoded;
use storefront_server::typed::line;
use test_support::authenticator::Authenticator;
use unicode_normalization::UnicodeNormalization;

const USER: &str = "shopper@example.com";
const TWO_FACTOR: &str = "twofactor@example.com";
/// The same password in two normal forms.
const COMPOSED: &str = "gr\u{fc}ne-\u{c4}pfel-7";
const DECOMPOSED: &str = "gru\u{308}ne-A\u{308}pfel-7";

/// Every text that a person types into the product: the file of the struct that receives it, and the fields. `storefront_api::typed` and
/// `storefront_server::typed` bring each into its one form, and the tests below, in `contact` and in `guest_orders` send texts in other
/// forms to each field. The table of the app's own inputs is `typed_fields.rs` in the suite of xtask.
const FIELDS: [(&str, &str); 22] = [
    ("account/form.rs", "email code current_password password display_name"),
    ("contact/page.rs", "email full_name body"),
    ("forums/pages.rs", "title body"),
    ("forums/posts.rs", "q"),
    ("pages/sign_in_form.rs", "username"),
    ("sign_in/api.rs", "login_id code password"),
    ("sign_in/change_password_page.rs", "password"),
    ("sign_in/code_form.rs", "code"),
    ("sign_in/login_page.rs", "password"),
    ("sign_in/password_api.rs", "login_id"),
    ("sign_in/passwordless.rs", "one_time_code"),
    ("sign_in/passwordless_page.rs", "code"),
    ("sign_in/registration_page.rs", "email password display_name"),
    ("sign_in/verification_api.rs", "one_time_code"),
    ("sign_in/verification_page.rs", "code"),
    ("store/checkout_page.rs", "email full_name street street_extra city postal_code"),
    ("storefront-api/account.rs", "email login_id code current_password password name"),
    ("storefront-api/catalogue.rs", "search"),
    ("storefront-api/contact.rs", "email full_name body"),
    ("storefront-api/forums.rs", "title body"),
    ("storefront-api/lib.rs", "email login_id code password display_name first_name last_name"),
    ("storefront-api/orders.rs", "email full_name street street_extra city postal_code"),
];

/// Nobody types these: FusionAuth's long code, fields of answers, and rows of the database.
const OTHERS: [(&str, &str); 9] = [
    ("forums/posts.rs", "body title"),
    ("pages/sign_in_form.rs", "draft"),
    ("sign_in/passwordless.rs", "code"),
    ("store/notice.rs", "name"),
    ("store/repetition.rs", "name"),
    ("store/stored_orders.rs", "city full_name postal_code street street_extra"),
    ("storefront-api/lib.rs", "name title"),
    ("storefront-api/orders.rs", "name"),
    ("storefront-api/product_threads.rs", "name title"),
];

#[test]
fn every_field_has_a_row() {
    const TYPED: &str = "email username login_id code one_time_code password current_password display_name first_name last_name name \
                         full_name street street_extra postal_code city title body draft q search";
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for (folder, prefix) in [
        ("src/sign_in", "sign_in"),
        ("src/account", "account"),
        ("src/contact", "contact"),
        ("src/pages", "pages"),
        ("src/forums", "forums"),
        ("src/store", "store"),
        ("../storefront-api/src", "storefront-api"),
    ] {
        for file in std::fs::read_dir(server.join(folder)).unwrap().map(|it| it.unwrap().path()) {
            let name = file.file_name().unwrap().to_str().unwrap();
            for line in std::fs::read_to_string(&file).unwrap().lines() {
                let field = ["pub(crate) ", "pub(super) ", "pub "].iter().fold(line.trim(), |line, it| line.trim_start_matches(it));
                let Some((field, kind)) = field.split_once(": ") else { continue };
                if TYPED.split_whitespace().any(|it| it == field) && ["String,", "Option<String>,"].contains(&kind) {
                    found.insert(format!("{prefix}/{name} {field}"));
                }
            }
        }
    }
    let listed = FIELDS.iter().chain(&OTHERS).flat_map(|(file, fields)| fields.split(' ').map(move |field| format!("{file} {field}")));
    assert_eq!(found, listed.collect());
}

/// The email as a user may paste it: with white space and invisible characters around and in it.
pub(crate) fn pasted(email: &str) -> String {
    format!("\u{FEFF} \u{202C}{}\u{200E} \u{FEFF}", email.replace('@', "\u{200B}@\u{2060}").replace(".com", "\u{AD}.com"))
}

/// The newest code of this server.
async fn mailed_digits(cluster: &TestCluster, to: &str) -> String {
    let is_code = |it: &&str| it.len() == 6 && it.bytes().all(|it| it.is_ascii_digit());
    let code = |it: &Value| it["text"].as_str().unwrap().split_whitespace().find(is_code).map(ToOwned::to_owned);
    cluster.messages(to).await.iter().rev().find_map(code).unwrap()
}

async fn flags() -> TestCluster {
    TestCluster::start_with(
        &[
            "--register-verified",
            "--limit-messages=100/60",
            "--limit-codes=100/60",
            "--limit-password-links=100/60",
            "--limit-links-of-account=100/60",
        ],
        1,
    )
    .await
}

#[tokio::test]
async fn emails_on_the_pages() {
    let (cluster, host) = (flags().await, store("webapp-session"));
    let post = async |path: &str, fields: &[(&str, &str)]| {
        let browser = cluster.browser();
        browser.post_form(&host, path, fields).await.status()
    };
    let shopper = pasted(USER);
    assert_eq!(post("/login", &[("username", &shopper), ("password", PASSWORD)]).await, StatusCode::FOUND);
    let joining = pasted("unregistered@example.com");
    assert_eq!(post("/login/join", &[("username", &joining), ("password", PASSWORD)]).await, StatusCode::FOUND);
    for (path, email) in [("/login/passwordless", USER), ("/forgot-password", "second@example.com"), ("/verify-email/again", UNVERIFIED)] {
        let before = cluster.messages(email).await.len();
        assert_eq!(post(path, &[("username", &pasted(email))]).await, StatusCode::OK, "{path}");
        assert_eq!(cluster.messages(email).await.len(), before + 1, "{path}");
    }
    // Nobody knows this email, so no message shows it. The page does.
    let browser = cluster.browser();
    let page = text(browser.post_form(&host, "/verify-registration/again", &[("username", &pasted("nobody@example.com"))]).await).await;
    assert!(page.contains("value=\"nobody@example.com\""), "{page}");

    let new = pasted("new@example.com");
    let answer = browser.post_form(&host, "/register", &[("email", &new), ("password", PASSWORD), ("idempotency_key", "1")]).await;
    assert_eq!(answer.status(), StatusCode::FOUND, "the account has the email without invisible characters, and signs in");
    assert_eq!(post("/login", &[("username", "new@example.com"), ("password", PASSWORD)]).await, StatusCode::FOUND);

    sign_in_by_form(&browser, &host, USER).await;
    let fields = [("email", &*pasted("moved@example.com")), ("current_password", PASSWORD)];
    browser.post_form(&host, "/account/email", &fields).await;
    assert_eq!(cluster.messages("moved@example.com").await.len(), 1);
}

#[tokio::test]
async fn emails_in_the_api() {
    let (cluster, host) = (flags().await, store("spa-backend"));
    let browser = cluster.browser();
    let post = async |path: &str, body: Value| browser.post_json(&host, path, body).await.status();
    assert_eq!(post("/api/login", json!({"loginId": pasted(USER), "password": PASSWORD})).await, StatusCode::OK);
    assert_eq!(post("/api/join", json!({"loginId": pasted("unregistered@example.com"), "password": PASSWORD})).await, StatusCode::OK);
    for (path, member, email) in [
        ("/api/passwordless/start", "loginId", USER),
        ("/api/user/forgot-password", "loginId", "second@example.com"),
        ("/api/verification-message/email", "email", UNVERIFIED),
    ] {
        let before = cluster.messages(email).await.len();
        assert_eq!(post(path, json!({member: pasted(email)})).await, StatusCode::OK, "{path}");
        assert_eq!(cluster.messages(email).await.len(), before + 1, "{path}");
    }
    // The options of a user without a passkey name an invented one, which belongs to the email.
    let options = async |email: String| -> Value {
        browser.post_json(&host, "/api/passkeys/start", json!({"loginId": email})).await.json().await.unwrap()
    };
    assert_eq!(options(pasted(USER)).await["allowCredentials"], options(USER.to_owned()).await["allowCredentials"]);
    assert_eq!(post("/api/register", json!({"email": pasted("new@example.com"), "password": PASSWORD})).await, StatusCode::CREATED);
    assert_eq!(post("/api/login", json!({"loginId": "new@example.com", "password": PASSWORD})).await, StatusCode::OK);
    assert_eq!(post("/api/account/email", json!({"email": pasted("moved@example.com")})).await, StatusCode::OK);
    assert_eq!(cluster.messages("moved@example.com").await.len(), 1);
}

#[tokio::test]
async fn an_international_domain_is_one_email_in_unicode_and_in_ascii() {
    let (cluster, host) = (flags().await, store("spa-backend"));
    let browser = cluster.browser();
    let answer = browser.post_json(&host, "/api/register", json!({"email": "ann@m\u{fc}ller.example", "password": PASSWORD})).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["email"], json!("ann@xn--mller-kva.example"));
    for login_id in ["ann@m\u{fc}ller.example", "ann@xn--mller-kva.example", "ann@M\u{dc}LLER.example", "ann@mu\u{308}ller.example"] {
        let answer = browser.post_json(&host, "/api/login", json!({"loginId": login_id, "password": PASSWORD})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{login_id}");
    }
}

/// The ways to type a code of six digits.
fn typed_codes(code: &str) -> Vec<String> {
    let (first, last) = code.split_at(3);
    let digits = |zero: u32| code.chars().map(|it| char::from_u32(zero + it.to_digit(10).unwrap()).unwrap()).collect::<String>();
    vec![
        format!("{first}-{last}"),
        format!("{first}\u{2013}{last}"),
        format!("{first}\u{b7}{last}"),
        format!("\u{200E}{first}\u{2060} {last}\u{FEFF}"),
        digits(0xFF10),
        digits(0x660),
        digits(0x966),
    ]
}

#[tokio::test]
async fn codes_on_the_pages() {
    let (cluster, host) = (flags().await, store("webapp-session"));
    for at in 0..typed_codes("123456").len() {
        let browser = cluster.browser();
        let page = text(browser.post_form(&host, "/login", &[("username", TWO_FACTOR), ("password", PASSWORD)]).await).await;
        let code = &typed_codes(&test_support::totp::now())[at];
        let (status, page) = send_code_form(&browser, &host, "/login/code", &page, &[("code", code)]).await;
        assert_eq!(status, StatusCode::FOUND, "{code:?}: {page}");

        let page = text(browser.post_form(&host, "/login/passwordless", &[("username", USER)]).await).await;
        let login_code = &*hidden(&page, "login_code");
        let code = &typed_codes(&cluster.mailed(USER, "oneTimeCode").await)[at];
        let fields = [("login_code", login_code), ("code", code), ("username", USER)];
        let answer = browser.post_form(&host, "/login/passwordless/code", &fields).await;
        assert_eq!(answer.status(), StatusCode::FOUND, "{code:?} does not use up the code");
    }
}

#[tokio::test]
async fn codes_of_the_account_on_the_pages() {
    let (cluster, host) = (flags().await, store("webapp-session"));
    let browser = cluster.signed_in(&host, USER).await;
    browser.post_form(&host, "/account/email", &[("email", "moved@example.com"), ("current_password", PASSWORD)]).await;
    let code = typed_codes(&mailed_digits(&cluster, "moved@example.com").await).pop().unwrap();
    let answer = browser.post_form(&host, "/account/email/confirm", &[("code", &code)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(answer).await);

    let page = text(browser.get(&host, "/account/authenticator").await).await;
    let secret = &*hidden(&page, "secret");
    let code = typed_codes(&test_support::totp::of(secret)).pop().unwrap();
    let fields = [("secret", secret), ("code", &*code), ("current_password", PASSWORD)];
    let answer = browser.post_form(&host, "/account/authenticator", &fields).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", text(answer).await);
}

/// The code of a verification, which has letters. FusionAuth uses up the id by a few wrong codes.
#[tokio::test]
async fn codes_that_verify_an_email() {
    for workflow in ["webapp-session", "spa-backend"] {
        let (cluster, host) = (flags().await, store(workflow));
        cluster.set_email_configuration(json!({"verificationStrategy": "FormField"})).await;
        let browser = cluster.browser();
        let is_page = workflow == "webapp-session";
        let id = if is_page {
            let page = text(browser.post_form(&host, "/login", &[("username", UNVERIFIED), ("password", PASSWORD)]).await).await;
            hidden(&page, "verification_id")
        } else {
            let answer = browser.post_json(&host, "/api/login", json!({"loginId": UNVERIFIED, "password": PASSWORD})).await;
            answer.json::<Value>().await.unwrap()["emailVerificationId"].as_str().unwrap().to_owned()
        };
        let code = cluster.mailed(UNVERIFIED, "verificationOneTimeCode").await;
        let typed = format!("\u{200E}{}\u{2013}{} ", &code[..3], &code[3..]);
        let status = if is_page {
            browser.post_form(&host, "/verify-email", &[("verification_id", &id), ("code", &typed)]).await.status()
        } else {
            let body = json!({"verificationId": id, "oneTimeCode": typed});
            browser.post_json(&host, "/api/user/verify-email", body).await.status()
        };
        assert_eq!(status, if is_page { StatusCode::SEE_OTHER } else { StatusCode::OK }, "{typed:?}");
    }
}

#[tokio::test]
async fn a_recovery_code_may_be_typed_in_small_letters() {
    let (cluster, host) = (flags().await, store("webapp-session"));
    for typed in ["aaaa-bbbb", "AAAA\u{2013}BBBB ", "aaaa - bbbb\u{FEFF}"] {
        set_methods(&cluster, json!([{"method": "authenticator", "secret": "SGVsbG8h3q2+7w=="}])).await;
        let browser = cluster.browser();
        let page = text(browser.post_form(&host, "/login", &[("username", TWO_FACTOR), ("password", PASSWORD)]).await).await;
        let (status, page) = send_code_form(&browser, &host, "/login/code", &page, &[("code", typed)]).await;
        assert_eq!(status, StatusCode::FOUND, "{typed:?}: {page}");
    }
}

/// The link's code, in the server-rendered pages and in the API.
#[tokio::test]
async fn codes_of_a_reset_link() {
    let (cluster, host) = (flags().await, store("webapp-session"));
    let browser = cluster.browser();
    browser.post_form(&host, "/forgot-password", &[("username", TWO_FACTOR)]).await;
    let link = mailed_path(&cluster, TWO_FACTOR, &host).await;
    browser.get(&host, &link).await;
    let page = text(browser.get(&host, "/change-password").await).await;
    assert!(!code_state(&page).is_empty());
    let code = typed_codes(&test_support::totp::now()).pop().unwrap();
    let (status, page) = send_code_form(&browser, &host, "/change-password/code", &page, &[("code", &code)]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");

    let app = store("spa-backend");
    let id = link.rsplit('/').next().unwrap();
    let answer = browser.post_json(&app, "/api/password-link/second-factor", json!({"changePasswordId": id})).await;
    let started: Value = answer.json().await.unwrap();
    let body = json!({"twoFactorId": started["twoFactorId"], "code": typed_codes(&test_support::totp::now()).pop().unwrap()});
    let trusted: Value = with_status(StatusCode::OK, browser.post_json(&app, "/api/password-link/code", body).await).json().await.unwrap();
    let change = json!({"changePasswordId": trusted.get("changePasswordId").filter(|it| it.is_string()).unwrap_or(&json!(id)),
        "password": "a-better-password", "trustToken": trusted["trustToken"], "trustChallenge": started["trustChallenge"]});
    let changed = browser.post_json(&app, "/api/user/change-password", change).await;
    assert_eq!(changed.status(), StatusCode::OK, "{:?}", changed.text().await);
}

#[tokio::test]
async fn codes_in_the_api() {
    let (cluster, host) = (flags().await, store("spa-backend"));
    for at in 0..typed_codes("123456").len() {
        let browser = cluster.browser();
        let post = async |path: &str, body: Value| browser.post_json(&host, path, body).await;
        let answer = post("/api/login", json!({"loginId": TWO_FACTOR, "password": PASSWORD})).await;
        let started: Value = answer.json().await.unwrap();
        let code = &typed_codes(&test_support::totp::now())[at];
        let answer = post("/api/two-factor/login", json!({"twoFactorId": started["twoFactorId"], "code": code})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{code:?}");

        let started: Value = post("/api/passwordless/start", json!({"loginId": USER})).await.json().await.unwrap();
        let code = &typed_codes(&cluster.mailed(USER, "oneTimeCode").await)[at];
        let answer = post("/api/passwordless/login", json!({"code": started["code"], "oneTimeCode": code})).await;
        assert_eq!(answer.status(), StatusCode::OK, "{code:?}");
    }
    let shopper = Shopper::sign_in(&cluster, "spa-backend", USER).await;
    shopper.post("/api/account/email", json!({"email": "moved@example.com"})).await;
    let code = typed_codes(&mailed_digits(&cluster, "moved@example.com").await).pop().unwrap();
    assert_eq!(shopper.post("/api/account/email/confirm", json!({"code": code})).await.status(), StatusCode::OK);
    let secret: Value = shopper.post("/api/account/authenticator/secret", json!({})).await.json().await.unwrap();
    let code = typed_codes(&test_support::totp::of(secret["secret"].as_str().unwrap())).pop().unwrap();
    let sent = json!({"secret": secret["secret"], "code": code, "currentPassword": PASSWORD});
    let answer = shopper.post("/api/account/authenticator", sent).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", text(answer).await);
}

async fn signs_in(browser: &Browser, password: &str) -> bool {
    let body = json!({"loginId": "ann@example.com", "password": password});
    browser.post_json(&store("spa-backend"), "/api/login", body).await.status() == StatusCode::OK
}

/// FusionAuth compares passwords byte for byte, so the server sends all of them in one form.
#[tokio::test]
async fn a_password_has_one_form() {
    let cluster = flags().await;
    let (app, pages) = (store("spa-backend"), store("webapp-session"));
    let browser = cluster.browser();
    let answer = browser.post_json(&app, "/api/register", json!({"email": "ann@example.com", "password": DECOMPOSED})).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    for password in [COMPOSED, DECOMPOSED] {
        assert!(signs_in(&browser, password).await);
        let fields = [("username", "ann@example.com"), ("password", password)];
        for path in ["/login", "/login/join"] {
            assert_eq!(cluster.browser().post_form(&pages, path, &fields).await.status(), StatusCode::FOUND, "{path}");
        }
        let body = json!({"loginId": "ann@example.com", "password": password});
        assert_eq!(browser.post_json(&app, "/api/join", body).await.status(), StatusCode::OK);
    }
    // A change confirms the current password, and stores the new one.
    let replace = json!({"currentPassword": DECOMPOSED, "password": format!("{DECOMPOSED}-2")});
    assert_eq!(browser.post_json(&app, "/api/account/password", replace).await.status(), StatusCode::OK);
    assert!(signs_in(&browser, &format!("{COMPOSED}-2")).await);
    let user = cluster.browser();
    user.post_form(&pages, "/login", &[("username", "ann@example.com"), ("password", &format!("{COMPOSED}-2"))]).await;
    let fields = [("current_password", &*format!("{DECOMPOSED}-2")), ("password", &format!("{DECOMPOSED}-3"))];
    assert_eq!(user.post_form(&pages, "/account/password", &fields).await.status(), StatusCode::FOUND);
    assert!(signs_in(&browser, &format!("{COMPOSED}-3")).await);
    // A reset link.
    user.post_form(&pages, "/forgot-password", &[("username", "ann@example.com")]).await;
    user.get(&pages, &mailed_path(&cluster, "ann@example.com", &pages).await).await;
    assert_eq!(user.post_form(&pages, "/change-password", &[("password", &format!("{DECOMPOSED}-4"))]).await.status(), StatusCode::FOUND);
    assert!(signs_in(&browser, &format!("{COMPOSED}-4")).await);
    // The registration form signs in at once.
    let fields = [("email", "bob@example.com"), ("password", DECOMPOSED), ("idempotency_key", "2")];
    assert_eq!(cluster.browser().post_form(&pages, "/register", &fields).await.status(), StatusCode::FOUND);
    // The other forms that ask for the current password check it in the same place.
    let answer = user.post_form(&pages, "/account/delete", &[("current_password", &format!("{DECOMPOSED}-4"))]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", text(answer).await);
    assert!(!signs_in(&browser, &format!("{COMPOSED}-4")).await);
}

/// Texts as people paste them. `storefront_api::typed` has their forms.
const NASTY: [&str; 20] = [
    "\u{202A}Ann\u{202C}",
    "\u{2068}Ann\u{2069} Lee",
    "An\u{200B}n\u{2060}",
    "\u{FEFF}Ann",
    "So\u{AD}fie",
    "A\u{200D}nn",
    "a\0b\u{1B}[2J",
    "a\u{B}b\u{C}c\u{3}",
    "a\u{85}b\u{2028}c",
    "a\r\nb\rc",
    " \u{A0}a\t b ",
    "علی\u{200C}رضا",
    "ශ්\u{200D}රී",
    "👩\u{200D}👧 2",
    "Ann ❤\u{FE0F}",
    "1\u{FE0F}\u{20E3}",
    "ＡＢＣ oﬃce",
    "e\u{301}a",
    "'); DROP TABLE posts; --",
    "\" OR NEAR(*:&|!",
];

/// Titles, posts, replies and display names are stored in their one form, and a search takes any text.
#[tokio::test]
async fn posts_searches_and_display_names_have_one_form() {
    use storefront_api::typed::lines;
    use test_support::issuer::{SECOND, STORE, token};
    let server = TestServer::start_with(&["--limit-posts", "1000/60"]).await;
    for text in NASTY {
        let sent = json!({"title": text, "body": text});
        let post: Value = ask(&server, SECOND, Method::POST, "/api/posts").json(&sent).send().await.unwrap().json().await.unwrap();
        let stored = (line(text), lines(text).nfc().collect::<String>());
        assert_eq!((post["title"].as_str(), post["body"].as_str()), (Some(&*stored.0), Some(&*stored.1)), "{text:?}");
        let path = format!("/api/posts/{}/replies", post["id"].as_str().unwrap());
        let reply: Value =
            ask(&server, SECOND, Method::POST, &path).json(&json!({"body": text})).send().await.unwrap().json().await.unwrap();
        assert_eq!(reply["body"].as_str(), Some(&*stored.1), "{text:?}");
        for path in [format!("/api/load-posts?q={}", encoded(text)), format!("/api/load-posts?q={}&sort=activity", encoded(&stored.1))] {
            let found: Value = ask(&server, SECOND, Method::GET, &path).send().await.unwrap().json().await.unwrap();
            assert!(found.as_array().unwrap().iter().any(|it| it["id"] == post["id"]), "{text:?}: {path}");
        }
        let products = server.get(Host::Store, &format!("/api/products?q={}", encoded(text))).send().await.unwrap();
        assert_eq!(products.status(), StatusCode::OK, "{text:?}");
        let rename =
            server.ask(Method::PUT, Host::Store, "/api/user").bearer_auth(token(SECOND, STORE)).json(&json!({"displayName": text}));
        let answer = rename.send().await.unwrap();
        assert!([StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY].contains(&answer.status()), "{text:?}");
        if answer.status() == StatusCode::OK {
            let user: Value = answer.json().await.unwrap();
            assert_eq!(user["displayName"].as_str(), Some(&*line(&text.nfkc().collect::<String>())), "{text:?}");
        }
    }
}

/// The names of a person and of a passkey. Each name has two of the texts, because registrations take a second and are limited.
#[tokio::test]
async fn names_have_one_form() {
    let (cluster, host) = (flags().await, store("spa-backend"));
    let browser = cluster.browser();
    let names: Vec<String> = NASTY.chunks(2).map(|texts| texts.join(" ")).collect();
    for (number, name) in names.chunks(2).enumerate() {
        let email = format!("new{number}@example.com");
        let body = json!({"email": email, "password": PASSWORD, "firstName": name[0], "lastName": name[1]});
        assert_eq!(browser.post_json(&host, "/api/register", body).await.status(), StatusCode::CREATED, "{name:?}");
        let user: Value = cluster.admin(Method::GET, &format!("/api/user?email={email}"), Value::Null).await.json().await.unwrap();
        let stored = (user["user"]["firstName"].as_str(), user["user"]["lastName"].as_str());
        assert_eq!(stored, (Some(&*line(&name[0])), Some(&*line(&name[1]))));
    }
    let shopper = Shopper::confirmed(&cluster, "spa-backend", USER).await;
    for name in &names {
        let mut authenticator = Authenticator::new(&format!("http://{host}:8080"), &host);
        let options: Value = shopper.post("/api/account/passkeys/start", json!({"name": name})).await.json().await.unwrap();
        let made = shopper.post("/api/account/passkeys", made(&mut authenticator, &options)).await;
        assert_eq!(made.status(), StatusCode::OK, "{name:?}");
    }
    let passkeys: Passkeys = shopper.get("/api/account/passkeys").await.json().await.unwrap();
    let listed: BTreeSet<String> = passkeys.passkeys.into_iter().map(|it| it.name).collect();
    assert_eq!(listed, names.iter().map(|it| line(it)).collect());
}

#[tokio::test]
async fn postal_addresses_have_one_form() {
    let server = TestServer::start_with(&MANY).await;
    let country = || "DE".to_owned();
    for (number, text) in NASTY.into_iter().enumerate() {
        let [full_name, street, street_extra, city] = [(); 4].map(|()| text.to_owned());
        let typed = Address {
            full_name,
            street,
            street_extra,
            city,
            postal_code: "\u{202A}D\u{2013}\u{FF11}０１ 15".to_owned(),
            country: country(),
        };
        let [full_name, street, street_extra, city] = [(); 4].map(|()| line(text));
        let stored = Address { full_name, street, street_extra, city, postal_code: "10115".to_owned(), country: country() };
        assert_eq!(stored_address(&server, &user(number), typed).await, stored);
    }
}
