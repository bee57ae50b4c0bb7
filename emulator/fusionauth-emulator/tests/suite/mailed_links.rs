//! The hosted pages behind the links in messages, and those that ask for such a message.

use crate::browser::{Browser, RETURN, redirected, request, start};
use crate::test_emulator::{API_KEY, PASSWORD, SHOPPER, STORE, TENANT, TestEmulator, TestResponse, claims};
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "shopper@example.com";
const NEW: &str = "a-new-password-1";

/// The texts of the messages about forgotten passwords.
async fn sent(emulator: &TestEmulator) -> Vec<String> {
    let mail = emulator.admin(Method::GET, "/emulator/mail?topic=forgotPassword", Value::Null).await.json();
    mail["messages"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap().to_owned()).collect()
}

/// The path to which the page's form posts.
fn action(page: &TestResponse) -> &str {
    page.text.split("action=\"").nth(1).and_then(|it| it.split('"').next()).unwrap_or_else(|| panic!("no form: {page:?}"))
}

/// The target of the page's link with this text.
fn link(page: &TestResponse, text: &str) -> String {
    let before = page.text.split_once(&format!("\">{text}</a>")).unwrap_or_else(|| panic!("no link {text}: {}", page.text)).0;
    before.rsplit_once("href=\"").unwrap().1.replace("&amp;", "&")
}

/// FusionAuth's own template writes the `state` into the link, so the change of a forgotten password ends with a code
/// (<https://fusionauth.io/docs/customize/email-and-messages/email-templates>).
#[tokio::test]
async fn a_forgotten_password_is_changed_and_the_sign_in_goes_on() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let text = "[#setting url_escaping_charset=\"UTF-8\"][#assign url = \"/password/change/${changePasswordId}?client_id=\
                ${(application.oauthConfiguration.clientId)!''}&tenantId=${user.tenantId}\" /][#list state!{} as key, value]\
                [#if key != \"tenantId\" && key != \"client_id\" && value??][#assign url = url + \"&\" + key?url + \"=\" + value?url/]\
                [/#if][/#list]${url}";
    let template = json!({"emailTemplate": {"name": "Forgot", "defaultSubject": "s", "defaultTextTemplate": text}});
    let template = emulator.admin(Method::POST, "/api/email/template", template).await.json()["emailTemplate"]["id"].clone();
    emulator.patch_store(json!({"emailConfiguration": {"forgotPasswordEmailTemplateId": template}})).await;

    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let page = browser.get(&link(&page, "Forgot your password?"), &[], "").await;
    let unknown = browser.submit(&page, &[("loginId", "nobody@example.com")]).await;
    assert!(sent(&emulator).await.is_empty());
    let known = browser.submit(&page, &[("loginId", EMAIL)]).await;
    assert_eq!(known.text, unknown.text, "no page tells whether an account exists");
    let url = sent(&emulator).await.remove(0);
    assert!(url.contains(&format!("client_id={STORE}&tenantId={TENANT}&")), "{url}");
    let form = browser.get(&url, &[], "").await;
    for (typed, error) in [
        ([("password", NEW), ("passwordConfirm", "other")], "The passwords are different."),
        ([("password", "short"), ("passwordConfirm", "short")], "at least 8 characters"),
    ] {
        let again = browser.submit(&form, &typed).await;
        assert!(again.text.contains(error) && !again.text.contains("value=\"short\""), "{}", again.text);
    }
    let done = redirected(&browser.submit(&form, &[("password", NEW), ("passwordConfirm", NEW)]).await);
    assert_eq!(done["state"], "a b&c");
    let tokens = browser.exchange(&done["code"], &[]).await;
    assert_eq!(claims(&tokens.member("access_token"))["authenticationType"], "ONE_TIME_PASSWORD");
    let used = browser.get(&url, &[], "").await;
    assert_eq!(used.status, 404);
    assert!(link(&used, "Send another link").starts_with("/password/forgot?client_id="));
}

#[tokio::test]
async fn a_required_change_leads_to_the_form() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let form = browser.submit(&page, &[("loginId", "change@example.com"), ("password", PASSWORD)]).await;
    let answer = redirected(&browser.submit(&form, &[("password", NEW), ("passwordConfirm", NEW)]).await);
    assert!(answer.contains_key("code"), "{answer:?}");
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    assert!(redirected(&browser.submit(&page, &[("loginId", "change@example.com"), ("password", NEW)]).await).contains_key("code"));
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_not_changed_by_a_link_alone() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    emulator.post("/api/user/forgot-password", json!({"loginId": "twofactor@example.com"})).await;
    let form = browser.get(&format!("/password/change/{}", emulator.mailed("changePasswordId").await), &[], "").await;
    assert!(form.text.contains("Your account has a second factor") && !form.text.contains("<form"), "{}", form.text);
    emulator.patch_tenant(json!({"emailConfiguration": {"forgotPasswordEmailTemplateId": null}})).await;
    let off = browser.submit(&browser.get("/password/forgot", &[], "").await, &[("loginId", EMAIL)]).await;
    assert!(off.text.contains("Ask an administrator"), "{}", off.text);
}

#[tokio::test]
async fn emails_and_registrations_are_verified_by_links() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    emulator.patch_store(json!({"verifyRegistration": true})).await;
    for (strategy, email) in [("ClickableLink", "link@example.com"), ("FormField", "code@example.com")] {
        emulator.patch_tenant(json!({"emailConfiguration": {"verificationStrategy": strategy}})).await;
        emulator.patch_store(json!({"verificationStrategy": strategy})).await;
        let body = json!({"user": {"email": email, "password": PASSWORD}, "registration": {"applicationId": STORE}});
        assert_eq!(emulator.admin(Method::POST, "/api/user/registration", body).await.status, 200);
        let mail = emulator.admin(Method::GET, &format!("/emulator/mail?to={email}"), Value::Null).await.json();
        for (index, (path, subject)) in [("/email/verify", "email"), ("/registration/verify", "registration")].into_iter().enumerate() {
            let values = &mail["messages"][index]["values"];
            let url = format!("{path}/{}", values["verificationId"].as_str().unwrap());
            let page = browser.get(&url, &[], "").await;
            let code = values["verificationOneTimeCode"].as_str().unwrap_or_default();
            assert_eq!(page.text.contains(".submit()"), code.is_empty(), "a browser sends a form at once if nothing is to be typed");
            if !code.is_empty() {
                let wrong = browser.submit(&page, &[("oneTimeCode", "wrong")]).await;
                assert!(wrong.text.contains("not the code that was sent"), "{}", wrong.text);
            }
            let typed = [("oneTimeCode", code)];
            let done = browser.submit(&page, if code.is_empty() { &[] } else { &typed }).await;
            assert!(done.text.contains(&format!("Your {subject} is verified.")), "{}", done.text);
            assert_eq!(browser.get(&url, &[], "").await.status, 404, "an id is used once");
        }
        let user = emulator.admin(Method::GET, &format!("/api/user?email={email}"), Value::Null).await.json()["user"].clone();
        assert_eq!((&user["verified"], &user["registrations"][0]["verified"]), (&json!(true), &json!(true)), "{email}");
    }
}

/// With the strategy `FormField`, the sign-in itself sends a code and shows the form for it.
#[tokio::test]
async fn a_sign_in_of_an_unverified_user_asks_for_the_code() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    emulator.patch_tenant(json!({"emailConfiguration": {"verificationStrategy": "FormField"}})).await;
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let form = browser.submit(&page, &[("loginId", "unverified@example.com"), ("password", PASSWORD)]).await;
    let code = emulator.mailed("verificationOneTimeCode").await;
    let verified = browser.submit(&form, &[("oneTimeCode", &code)]).await;
    assert!(verified.text.contains("Your email is verified."));
    let page = browser.get(&link(&verified, "Sign in"), &[], "").await;
    let typed = [("loginId", "unverified@example.com"), ("password", PASSWORD)];
    assert_eq!(redirected(&browser.submit(&page, &typed).await)["state"], "a b&c");
}

#[tokio::test]
async fn a_mailed_link_signs_in() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let page = browser.get("/oauth2/authorize", &request(&[]), "").await;
    let path = link(&page, "Sign in with a mailed link");
    for strategy in ["ClickableLink", "FormField"] {
        emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true, "emailLoginStrategy": strategy}})).await;
        let page = browser.get(&path, &[], "").await;
        let unknown = browser.submit(&page, &[("loginId", "nobody@example.com")]).await;
        let sent = browser.submit(&page, &[("loginId", EMAIL)]).await;
        let code = emulator.mailed("code").await;
        let url = format!("/oauth2/passwordless/{code}");
        let done = if strategy == "FormField" {
            assert_eq!(unknown.text.len(), sent.text.len(), "the pages differ in the code alone");
            let shown = async |page: &TestResponse| browser.get(action(page), &request(&[]), "").await;
            let (of_unknown, of_known) = (shown(&unknown).await, shown(&sent).await);
            assert_eq!((of_unknown.status, of_unknown.text.len()), (of_known.status, of_known.text.len()));
            let wrong = async |page: &TestResponse| browser.submit(page, &[("oneTimeCode", "wrong")]).await;
            let (of_unknown, of_known) = (wrong(&unknown).await, wrong(&sent).await);
            assert_eq!((of_unknown.status, of_unknown.text), (of_known.status, of_known.text));
            assert_eq!(shown(&unknown).await.text.len(), shown(&sent).await.text.len(), "the code is used up");
            let sent = browser.submit(&page, &[("loginId", EMAIL)]).await;
            let short = emulator.mailed("oneTimeCode").await;
            browser.submit(&sent, &[("oneTimeCode", &short)]).await
        } else {
            assert_eq!(unknown.text, sent.text);
            let page = browser.get(&url, &request(&[]), "").await;
            assert!(page.text.contains(".submit()"), "{}", page.text);
            let done = browser.submit(&page, &[]).await;
            assert_eq!(browser.get(&url, &request(&[]), "").await.status, 404, "a code is used once");
            assert_eq!(browser.post("/oauth2/passwordless/unknown", &request(&[])).await.status, 404);
            done
        };
        let tokens = browser.exchange(&redirected(&done)["code"], &[]).await;
        assert_eq!(claims(&tokens.member("access_token"))["authenticationType"], "PASSWORDLESS");
    }
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": false}})).await;
    assert_eq!(redirected(&browser.get("/oauth2/passwordless", &request(&[]), "").await)["error"], "unauthorized_client");
    let body = json!({"user": {"twoFactor": {"methods": [{"method": "authenticator", "secret": "SGVsbG8h3q2+7w=="}]}}});
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true, "emailLoginStrategy": "ClickableLink"}})).await;
    assert_eq!(emulator.admin(Method::PATCH, &format!("/api/user/{SHOPPER}"), body).await.status, 200);
    browser.post("/oauth2/passwordless", &[&request(&[])[..], &[("loginId", EMAIL)]].concat()).await;
    let url = format!("/oauth2/passwordless/{}", emulator.mailed("code").await);
    let asked = browser.submit(&browser.get(&url, &request(&[]), "").await, &[]).await;
    assert!(asked.text.contains("Enter the code of your second factor"), "{}", asked.text);
}

#[tokio::test]
async fn a_link_signs_in_to_its_own_application_and_tenant_alone() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let settings = json!({"application": {
        "name": "Other", "passwordlessConfiguration": {"enabled": true},
        "oauthConfiguration": {"authorizedRedirectURLs": [RETURN], "enabledGrants": ["authorization_code"]},
    }});
    emulator.patch_store(json!({"passwordlessConfiguration": {"enabled": true}})).await;
    let tenant = emulator.admin(Method::POST, "/api/tenant", json!({"tenant": {"name": "Other"}})).await.json()["tenant"]["id"].clone();
    for tenant in [TENANT, tenant.as_str().unwrap()] {
        let headers = [("authorization", API_KEY), ("x-fusionauth-tenantid", tenant)];
        let made = emulator.send(Method::POST, "/api/application", &headers, settings.clone()).await;
        let client = made.json()["application"]["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned();
        let other = request(&[("client_id", &client)]);
        browser.post("/oauth2/passwordless", &[&request(&[])[..], &[("loginId", EMAIL)]].concat()).await;
        let path = format!("/oauth2/passwordless/{}", emulator.mailed("code").await);
        assert_eq!((browser.get(&path, &other, "").await.status, browser.post(&path, &other).await.status), (404, 404), "{tenant}");
        assert!(redirected(&browser.post(&path, &request(&[])).await).contains_key("code"), "the code is not used up");
        emulator.post("/api/user/forgot-password", json!({"applicationId": STORE, "loginId": EMAIL})).await;
        let path = format!("/password/change/{}", emulator.mailed("changePasswordId").await);
        let changed = browser.post(&path, &[&other[..], &[("password", NEW), ("passwordConfirm", NEW)]].concat()).await;
        let is_own = tenant == TENANT;
        assert_eq!(changed.header("location").is_some(), is_own, "{tenant}: {changed:?}");
    }
}

/// A caller with an API key may choose any text as the id.
#[tokio::test]
async fn a_chosen_id_stays_in_its_path() {
    let emulator = start().await;
    let browser = Browser::new(&emulator);
    let body = json!({"changePasswordId": "a/b?c", "loginId": EMAIL});
    assert_eq!(emulator.admin(Method::POST, "/api/user/forgot-password", body).await.status, 200);
    let mail = emulator.send(Method::GET, "/emulator/mail", &[("accept", "text/html")], Value::Null).await;
    let form = browser.get(&link(&mail, "Change the password"), &[], "").await;
    assert_eq!(action(&form), "/password/change/a%2Fb%3Fc");
    assert_eq!(form.header("content-security-policy"), Some("base-uri 'none'; frame-ancestors 'none'; img-src 'none'"));
    assert_eq!(form.header("referrer-policy"), Some("same-origin"));
    let done = browser.submit(&form, &[("password", NEW), ("passwordConfirm", NEW)]).await;
    assert!(done.text.contains("Your password was changed"), "{}", done.text);
}
