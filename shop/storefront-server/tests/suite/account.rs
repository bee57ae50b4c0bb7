//! The account pages of the server-rendered workflows: a change of the password, the list of sessions, and the user's own data.

use crate::browse::hidden;
use crate::test_cluster::{Browser, NEW_PASSWORD, PASSWORD, TestCluster, forums, location, sign_in_by_form, store};
use crate::test_server::with_status;
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

const USER: &str = "shopper@example.com";
const USER_ID: &str = test_support::issuer::SHOPPER;

async fn signed_in(cluster: &TestCluster, host: &str) -> Browser {
    let browser = cluster.browser();
    assert_eq!(sign_in_by_form(&browser, host, USER).await.status(), StatusCode::FOUND);
    browser
}

async fn is_signed_in(browser: &Browser, host: &str) -> bool {
    browser.get(host, "/account").await.status() == StatusCode::OK
}

async fn change_password(browser: &Browser, host: &str, current: &str, new: &str) -> Response {
    browser.post_form(host, "/account/password", &[("current_password", current), ("password", new)]).await
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_and_keeps_this_one() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let (browser, other) = (signed_in(&cluster, &store).await, signed_in(&cluster, &store).await);
        let page = text(browser.get(&store, "/account/password").await).await;
        assert!(page.contains("At least 8 characters") && page.contains("autocomplete=\"current-password\""), "{page}");
        for (current, new, words) in [
            ("", NEW_PASSWORD, "Enter your password."),
            (PASSWORD, "", "Enter a password."),
            ("wrong-horse-battery", NEW_PASSWORD, "That is not your current password."),
            (PASSWORD, "short", "Choose a longer password."),
        ] {
            let answer = change_password(&browser, &store, current, new).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            let page = text(answer).await;
            assert!(page.contains(words) && !page.contains("value=\"short\""), "{page}");
        }
        assert!(is_signed_in(&other, &store).await);
        let form = browser.open(&store, "/.well-known/change-password").await;
        let page = browser.press(&form, "Change password", &[("Current password", PASSWORD), ("New password", NEW_PASSWORD)]).await;
        assert!(page.path == "/account" && page.has("Password changed"), "{} {}", page.path, page.html);
        if workflow == "webapp-session" {
            assert!(!is_signed_in(&other, &store).await);
        }
        cluster.expire_sessions().await;
        assert!(is_signed_in(&browser, &store).await, "the server renews the sign-in that the new password began");
    }
}

#[tokio::test]
async fn a_password_cannot_be_guessed_on_the_account_pages_either() {
    let (cluster, store) = (TestCluster::start_with(&["--limit-passwords", "2/600"], 1).await, store("webapp-jwt"));
    let browser = signed_in(&cluster, &store).await;
    for status in [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS] {
        assert_eq!(change_password(&browser, &store, "wrong-horse-battery", NEW_PASSWORD).await.status(), status);
    }
    let answer = browser.post_form(&store, "/account/delete", &[("current_password", PASSWORD)]).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key("retry-after"));
}

/// The ids in the forms that end a session.
pub(crate) fn ids(page: &str) -> Vec<String> {
    page.split("name=\"id\" value=\"").skip(1).map(|it| it.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others_at_once() {
    for workflow in WORKFLOWS {
        let cluster = TestCluster::start().await;
        let (store, forums) = (store(workflow), forums(workflow));
        let browser = signed_in(&cluster, &store).await;
        let page = text(browser.get(&store, "/account/sessions").await).await;
        assert!(page.contains("This device") && ids(&page).is_empty() && !page.contains("End all other"), "{page}");
        let (second, third) = (signed_in(&cluster, &store).await, signed_in(&cluster, &forums).await);
        let page = text(browser.get(&store, "/account/sessions").await).await;
        assert_eq!((page.matches("This device").count(), ids(&page).len()), (1, 2), "{page}");
        assert!(page.contains("Forums") && page.contains("End all other sessions") && page.contains("Last used"), "{page}");

        let own = ids(&text(second.get(&store, "/account/sessions").await).await);
        let theirs = ids(&page);
        let of_second = theirs.iter().find(|it| !own.contains(it)).unwrap();
        let answer = browser.post_form(&store, "/account/sessions/end", &[("id", of_second)]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/account/sessions"));
        assert!(!is_signed_in(&second, &store).await, "{workflow}: the session ends at once");
        cluster.expire_sessions().await;
        let page = text(browser.get(&store, "/account/sessions").await).await;
        assert!(page.contains("That session has ended.") && ids(&page).len() == 1, "{page}");

        let page = browser.follow(&browser.open(&store, "/account").await, "See where you are signed in").await;
        let page = browser.press(&page, "End all other sessions", &[]).await;
        assert!(page.has("You are now signed in only on this device.") && ids(&page.html).is_empty(), "{}", page.html);
        assert!(!is_signed_in(&third, &forums).await, "{workflow}");
        assert!(is_signed_in(&browser, &store).await);
    }
}

#[tokio::test]
async fn nobody_ends_the_session_of_another_user() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let (browser, victim) = (signed_in(&cluster, &store).await, cluster.browser());
    sign_in_by_form(&victim, &store, "second@example.com").await;
    let victims = "/api/jwt/refresh?userId=20000000-0000-0000-0000-000000000002";
    let sessions: Value = cluster.admin(Method::GET, victims, Value::Null).await.json().await.unwrap();
    let id = sessions["refreshTokens"][0]["id"].as_str().unwrap();
    browser.post_form(&store, "/account/sessions/end", &[("id", id)]).await;
    let after: Value = cluster.admin(Method::GET, victims, Value::Null).await.json().await.unwrap();
    assert_eq!(after["refreshTokens"].as_array().unwrap().len(), 1);
    assert!(is_signed_in(&victim, &store).await);
}

#[tokio::test]
async fn a_silent_fusionauth_is_told_and_ends_only_what_it_may_have_ended() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-session"));
    let browser = signed_in(&cluster, &store).await;
    cluster.fault(json!({"path": "/api/jwt/refresh", "status": 503})).await;
    let answer = browser.get(&store, "/account/sessions").await;
    assert!(text(with_status(StatusCode::SERVICE_UNAVAILABLE, answer)).await.contains("responding right now"));
    cluster.no_faults().await;
    for (status, stays) in [(429, true), (503, false)] {
        cluster.fault(json!({"path": "/api/user/change-password", "status": status, "times": 1})).await;
        assert_eq!(change_password(&browser, &store, PASSWORD, NEW_PASSWORD).await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(is_signed_in(&browser, &store).await, stays, "{status}: after a server error, the password may have changed");
    }
}

#[tokio::test]
async fn an_authenticator_is_added_and_removed() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = signed_in(&cluster, &store).await;
        let mut page = browser.follow(&browser.open(&store, "/account").await, "Authenticator app").await;
        let secret = hidden(&page.html, "secret");
        assert!(page.has("<svg class=\"qr-code\"") && page.has(&format!("secret={secret}")), "{}", page.html);
        for (password, code, words) in [("", "", "Enter your password."), (PASSWORD, "000000", "That code is not correct.")] {
            page = browser.press(&page, "Turn on", &[("Current password", password), ("Code", code)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            // The page shows the same secret, because an app may have scanned it.
            assert!(page.has(words) && page.has(&format!("value=\"{secret}\"")), "{}", page.html);
        }
        let page = browser.press(&page, "Turn on", &[("Current password", PASSWORD), ("Code", &test_support::totp::of(&secret))]).await;
        assert!(page.status == StatusCode::OK && page.has("Your recovery codes"), "{}", page.html);
        let page = page.html;
        let codes: Vec<&str> = page.split("<li>").skip(1).map(|it| it.split('<').next().unwrap()).filter(|it| it.len() == 11).collect();
        assert_eq!(codes.len(), 10, "{page}");

        let form = browser.open(&store, "/account/authenticator").await;
        let answer = browser.post_form(&store, "/account/authenticator/recovery-codes", &[("current_password", PASSWORD)]).await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let fresh = text(answer).await;
        assert!(!fresh.contains(codes[0]), "the page shows new codes");

        // A recovery code signs in.
        let other = cluster.browser();
        let page = other.press(&other.open(&store, "/login").await, "Sign in", &[("Email", USER), ("Password", PASSWORD)]).await;
        let recovery = fresh.split("<li>").skip(1).filter_map(|it| it.split('<').next()).find(|it| it.len() == 11).unwrap();
        assert_eq!(other.press(&page, "Check code", &[("Code", recovery)]).await.path, "/shopping-cart");

        let page =
            browser.press(&form, "Remove the app", &[("Current password", PASSWORD), ("Code", &test_support::totp::of(&secret))]).await;
        assert!(page.path == "/account" && page.has("App removed. You now sign in with just your password."), "{}", page.html);
        assert_eq!(location(&sign_in_by_form(&cluster.browser(), &store, USER).await), "/shopping-cart");
    }
}

#[tokio::test]
async fn the_users_own_data_is_handed_out_and_deleted() {
    for workflow in WORKFLOWS {
        let (cluster, store) = (TestCluster::start().await, store(workflow));
        let browser = signed_in(&cluster, &store).await;
        let answer = browser.get(&store, "/account/export").await;
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"account.json\"");
        let data: Value = answer.json().await.unwrap();
        assert_eq!((&data["account"]["email"], data["cart"].as_array().unwrap().len()), (&json!(USER), 3));
        assert!(!data.to_string().contains("\"secret\":\""));

        for (password, words) in [("", "Enter your password."), ("wrong-horse-battery", "That is not your current password.")] {
            let answer = browser.post_form(&store, "/account/delete", &[("current_password", password)]).await;
            assert!(text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await.contains(words));
        }
        let before: Value =
            cluster.admin(Method::GET, &format!("/api/jwt/refresh?userId={USER_ID}"), Value::Null).await.json().await.unwrap();
        assert_eq!(before["refreshTokens"].as_array().unwrap().len(), 1, "the check of the password starts no session");
        let account = browser.open(&store, "/account").await;
        assert!(account.links().contains(&"Download your data".to_owned()) && account.has("href=\"/account/export\""), "{}", account.html);
        let form = browser.follow(&account, "Delete your account").await;
        let page = browser.press(&form, "Delete my account", &[("Current password", PASSWORD)]).await;
        assert!(page.path == "/login" && page.has("Account deleted."), "{} {}", page.path, page.html);
        assert!(!is_signed_in(&browser, &store).await);
        assert_eq!(cluster.count(&format!("cart_lines WHERE user_id = '{USER_ID}'")).await, 0);
        let fields = [("username", USER), ("password", PASSWORD)];
        let answer = cluster.browser().post_form(&store, "/login", &fields).await;
        assert!(text(answer).await.contains("The email or password is not correct."));
    }
}

/// A password alone deletes no account that a second factor protects, on the page and in the API.
#[tokio::test]
async fn an_account_with_an_authenticator_app_is_deleted_with_a_code() {
    const USER: &str = "twofactor@example.com";
    for host in [store("webapp-session"), store("spa-backend")] {
        let cluster = TestCluster::start().await;
        let browser = cluster.browser();
        let is_page = host == store("webapp-session");
        if is_page {
            let page = text(browser.post_form(&host, "/login", &[("username", USER), ("password", PASSWORD)]).await).await;
            let code = test_support::totp::now();
            let (status, _) = crate::forgotten_password::send_code_form(&browser, &host, "/login/code", &page, &[("code", &code)]).await;
            assert_eq!(status, StatusCode::FOUND);
            assert!(text(browser.get(&host, "/account/delete").await).await.contains("autocomplete=\"one-time-code\""));
        } else {
            let answer = browser.post_json(&host, "/api/login", json!({"loginId": USER, "password": PASSWORD})).await;
            let started: Value = answer.json().await.unwrap();
            let body = json!({"twoFactorId": started["twoFactorId"], "code": test_support::totp::now()});
            assert_eq!(browser.post_json(&host, "/api/two-factor/login", body).await.status(), StatusCode::OK);
        }
        let delete = async |code: &str| match is_page {
            true => browser.post_form(&host, "/account/delete", &[("current_password", PASSWORD), ("code", code)]).await.status(),
            false => {
                let body = json!({"currentPassword": PASSWORD, "code": code});
                browser.post_json(&host, "/api/account/delete", body).await.status()
            }
        };
        for wrong in ["", "000000"] {
            assert_eq!(delete(wrong).await, StatusCode::UNPROCESSABLE_ENTITY, "{host} {wrong:?}");
        }
        assert_eq!(delete(&test_support::totp::now()).await, if is_page { StatusCode::SEE_OTHER } else { StatusCode::OK }, "{host}");
    }
}
