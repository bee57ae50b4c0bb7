//! Display names: a user chooses one at registration or on the account page. A name is unique and never derived from an email.

use crate::test_cluster::{TestCluster, forums, location, sign_in_by_form, store};
use crate::test_server::{Host, TestServer, with_status};
use crate::webapp_steps::text;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use storefront_api::{Post, User};
use test_support::issuer::{FORUMS, SECOND, SHOPPER, STORE, token};
use tokio::task::JoinSet;

const STRANGER: &str = "20000000-0000-0000-0000-0000000000aa";

async fn rename(server: &TestServer, user: &str, name: &str) -> Response {
    let request = server.ask(Method::PUT, Host::Store, "/api/user").bearer_auth(token(user, STORE));
    request.json(&json!({"displayName": name})).send().await.unwrap()
}

async fn user(server: &TestServer, id: &str) -> User {
    server.get(Host::Store, "/api/user").bearer_auth(token(id, STORE)).send().await.unwrap().json().await.unwrap()
}

async fn write(server: &TestServer, author: &str) -> Post {
    let request = server.ask(Method::POST, Host::Forums, "/api/posts").bearer_auth(token(author, FORUMS));
    request.json(&json!({"body": "Who am I?"})).send().await.unwrap().json().await.unwrap()
}

/// The field and the code of the only error in the answer.
async fn error(answer: Response) -> (String, String) {
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!((problem["type"].as_str(), problem["errors"].as_array().unwrap().len()), (Some("/problems/invalid"), 1), "{problem}");
    let part = |name: &str| problem["errors"][0][name].as_str().unwrap().to_owned();
    (part("field"), part("code"))
}

#[tokio::test]
async fn an_author_is_called_as_the_user_has_chosen_and_never_by_the_email() {
    let server = TestServer::start().await;
    let nameless = user(&server, STRANGER).await.display_name;
    assert!(nameless.starts_with("Shopper ") && nameless.len() == 12, "{nameless}");
    assert_eq!(write(&server, STRANGER).await.author, nameless);

    let renamed: User = with_status(StatusCode::OK, rename(&server, STRANGER, "  Zoë\u{a0} Ｑ ").await).json().await.unwrap();
    assert_eq!(renamed.display_name, "Zoë Q");
    assert_eq!(user(&server, STRANGER).await, renamed);

    let posts = server.get(Host::Forums, "/api/load-posts").bearer_auth(token(SHOPPER, FORUMS)).send().await.unwrap();
    let posts: Vec<Post> = posts.json().await.unwrap();
    assert_eq!(posts[0].author, "Zoë Q", "the new name replaces the former name on older posts");
}

#[tokio::test]
async fn nobody_takes_the_name_of_another() {
    let server = TestServer::start().await;
    for name in ["Emil Novak", "EMIL NOVAK", " ｅmil novak "] {
        assert_eq!(error(rename(&server, SHOPPER, name).await).await, ("displayName".to_owned(), "taken".to_owned()), "{name}");
    }
    assert_eq!(rename(&server, SECOND, "coco").await.status(), StatusCode::OK);
    let look_alike = "\u{441}\u{43e}\u{441}\u{43e}"; // looks like `coco`, but is in Cyrillic letters
    assert_eq!(error(rename(&server, SHOPPER, look_alike).await).await.1, "taken");
    assert_eq!(user(&server, SHOPPER).await.display_name, "Clara Weiss");
    assert_eq!(rename(&server, SECOND, "Coco").await.status(), StatusCode::OK, "a user may write their own name differently");
    for (name, code) in [("", "blank"), (&*"x".repeat(41), "too-long"), ("Shopper 4F2A", "invalid")] {
        assert_eq!(error(rename(&server, SHOPPER, name).await).await.1, code, "{name}");
    }
    let unsigned = server.ask(Method::PUT, Host::Store, "/api/user").json(&json!({"displayName": "Nobody"})).send().await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn concurrent_claims_have_one_winner() {
    let server = TestServer::start().await;
    let mut all = JoinSet::new();
    for number in 0..10 {
        let id = format!("20000000-0000-0000-0000-0000000001{number:02}");
        let request = server.ask(Method::PUT, Host::Store, "/api/user").bearer_auth(token(&id, STORE));
        all.spawn(request.json(&json!({"displayName": "Contested"})).send());
    }
    let statuses: Vec<StatusCode> = all.join_all().await.into_iter().map(|it| it.unwrap().status()).collect();
    assert_eq!(statuses.iter().filter(|it| **it == StatusCode::OK).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|it| **it == StatusCode::UNPROCESSABLE_ENTITY).count(), 9, "{statuses:?}");
}

/// Starts a stub of FusionAuth that gives the display name "Nell" to another user during each registration. Returns the stub's URL.
async fn serve_slow_registrations(database: sqlx::AnyPool) -> String {
    let registration = async move || {
        let insert =
            sqlx::query("INSERT INTO users (id, display_name, normalized_name) VALUES ('other', 'Nell', 'nell') ON CONFLICT DO NOTHING");
        insert.execute(&database).await.unwrap();
        axum::Json(json!({"user": {"id": STRANGER, "email": "nell@example.com"}}))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(registration)).await });
    url
}

#[tokio::test]
async fn a_name_that_was_taken_during_the_registration_is_reported() {
    for host in ["store.spa-backend.localhost", "store.webapp-session.localhost"] {
        let folder = tempfile::tempdir().unwrap();
        let database_url = crate::test_server::fresh_database(folder.path()).await;
        let database = storefront_server::database::open(&database_url).await.unwrap();
        let fusionauth = serve_slow_registrations(database).await;
        let address = crate::test_server::serve(folder.path(), &database_url, &fusionauth, &["--fusionauth-api-key", "key"]).await;
        let client = test_support::http_client();
        let post = |path: &str| client.post(format!("http://{address}{path}")).header("host", host);
        if host.contains("spa") {
            let body = json!({"email": "nell@example.com", "password": "a-new-password", "displayName": "Nell"});
            let answer = post("/api/register").json(&body).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED);
            assert!(answer.json::<User>().await.unwrap().display_name.starts_with("Shopper "));
        } else {
            let form = post("/register").header("content-type", "application/x-www-form-urlencoded");
            let answer = form.body("email=nell%40example.com&password=a-new-password&display_name=Nell").send().await.unwrap();
            assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login"));
            let flash = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
            let login = client.get(format!("http://{address}/login")).header("host", host).header("cookie", flash);
            assert!(login.send().await.unwrap().text().await.unwrap().contains("someone else just took that display name"));
        }
    }
}

#[tokio::test]
async fn a_name_is_chosen_at_registration_or_on_the_account_page() {
    let cluster = TestCluster::start_with(&["--register-verified"], 1).await;
    let (spa, store, forums) = (store("spa-backend"), store("webapp-session"), forums("webapp-session"));
    let browser = cluster.browser();
    let register = |email: &str, name: &str| json!({"email": email, "password": "a-new-password", "displayName": name});
    let answer = browser.post_json(&spa, "/api/register", register("nell@example.com", "Nell")).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.json::<User>().await.unwrap().display_name, "Nell");
    let response = browser.post_json(&spa, "/api/register", register("other@example.com", "NELL")).await;
    assert_eq!(error(response).await, ("displayName".to_owned(), "taken".to_owned()));

    let fields = [("email", "other@example.com"), ("password", "a-new-password"), ("display_name", "nell")];
    let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, browser.post_form(&store, "/register", &fields).await)).await;
    assert!(
        page.contains("Someone else has this display name.") && page.contains("value=\"nell\"") && page.contains("#display-name"),
        "{page}"
    );

    sign_in_by_form(&browser, &store, "second@example.com").await;
    let page = browser.press(&browser.open(&store, "/account").await, "Change display name", &[("Display name", "Nell")]).await;
    assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY && page.has("Someone else has this display name."), "{}", page.html);
    assert!(page.has("value=\"Nell\" aria-invalid=\"true\""), "{}", page.html);
    let page = browser.press(&page, "Change display name", &[("Display name", "  <i>Bo</i> ")]).await;
    assert!(page.path == "/account" && page.has("Display name changed."), "{} {}", page.path, page.html);
    assert!(page.has("<bdi>&lt;i&gt;Bo&lt;/i&gt;</bdi>") && page.value("Display name") == "<i>Bo</i>", "{}", page.html);

    sign_in_by_form(&browser, &forums, "second@example.com").await;
    browser.post_form(&forums, "/posts", &[("body", "By name")]).await;
    assert!(text(browser.get(&forums, "/posts").await).await.contains("<bdi>&lt;i&gt;Bo&lt;/i&gt;</bdi>"));
}
