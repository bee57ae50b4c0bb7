//! The contact form: what reaches the shop and the sender, how often, and what nobody can make it send to others.

use crate::guest_orders::ordered_by_forms;
use crate::sql::repeated_writes::all_at_once;
use crate::test_cluster::{Browser, TestCluster, forums, location, store};
use crate::test_server::problem;
use crate::typed::pasted;
use crate::webapp_steps::WORKFLOWS;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const SHOP: &str = "help@shop.test";
const ADA: &str = "ada@example.com";
const SENT: &str = "We sent your message to our team. You'll hear from us by email within two working days.";
const TEXT: &str = "The <b>mug</b> leaks.\n.\nhttps://phishing.example/";

async fn cluster(flags: &[&str], instances: usize) -> TestCluster {
    TestCluster::start_with(&[&["--contact", SHOP, "--trusted-proxies=127.0.0.0/8"], flags].concat(), instances).await
}

fn message(name: &str, email: &str, order: &str, text: &str) -> Value {
    json!({"fullName": name, "email": email, "order": order, "body": text})
}

fn post(browser: &Browser, host: &str, message: &Value) -> RequestBuilder {
    browser.request(Method::POST, host, "/api/contact").json(message)
}

#[tokio::test]
async fn one_message_reaches_the_shop_and_a_receipt_without_typed_text_the_sender() {
    let cluster = cluster(&["--limit-contacts=2/36000", "--contact-language=fr"], 2).await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    let typed =
        message(" Ada\r\nBcc: victim@example.com\u{200B}", &pasted(ADA), " 7k2m-9qx4 ", &format!("\r\n{}\n", TEXT.replace('\n', "\r\n")));
    for answer in all_at_once((0..12).map(|_| post(&browser, &host, &typed))).await {
        assert_eq!(answer.status(), StatusCode::CREATED, "repeated requests use up no limit");
    }
    let to_shop = cluster.mail(SHOP).await;
    let [(subject, text)] = &*to_shop else { panic!("{to_shop:?}") };
    assert_eq!(subject, "Message au sujet de la commande 7K2M-9QX4", "a subject has no typed text but the order's number");
    let unchecked = "Ce message vient du formulaire de contact. Personne n’a vérifié le nom, l’e-mail ni le numéro de commande.";
    let typed = format!("Ada Bcc: victim@example.com, {ADA}\n{TEXT}");
    assert!(text.starts_with(&format!("{subject}\n\n{unchecked}\n\n{typed}\n\n-- \n")), "typed text comes last: {text}");
    let receipts = cluster.mail(ADA).await;
    let [(subject, text)] = &*receipts else { panic!("{receipts:?}") };
    assert_eq!(subject, "We got your message");
    assert!(text.contains("two working days") && text.contains("ignore this email"), "{text}");
    assert!(["Ada", "mug", "phishing", "7K2M"].iter().all(|it| !text.contains(it)), "the receipt has no text for a stranger: {text}");
    assert!(cluster.mail("victim@example.com").await.is_empty());

    for site in [store("spa-local-storage"), forums("spa-shared-domain")] {
        let answer = post(&browser, &site, &message("Ada", ADA, "", &site)).header("x-forwarded-for", "192.0.2.9").send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::CREATED, "{site}");
    }
    assert_eq!(cluster.mail(SHOP).await.last().unwrap().0, "Message du formulaire de contact");
}

#[tokio::test]
async fn an_invalid_message_is_refused_and_each_error_named() {
    let cluster = cluster(&["--limit-contacts=1/36000"], 1).await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    for (typed, fields) in [
        (message("", "", "", " \n "), &["fullName blank", "email blank", "body blank"][..]),
        (
            message(&"a".repeat(101), "nobody", "12", &"a".repeat(10_000)),
            &["fullName too-long", "email not-email", "order invalid", "body too-long"],
        ),
        (message("Ada", "ada@example.com\r\nBcc: victim@example.com", "", "Text"), &["email not-email"]),
        (message("Ada", "ada@example.com,victim@example.com", "", "Text"), &["email not-email"]),
        (message("Ada", ADA, "7K2M-9QX4\r\nBcc: victim@example.com", "Text"), &["order invalid"]),
        (message("Ada", ADA, "https://phishing.example", "Text"), &["order invalid"]),
    ] {
        let answer = post(&browser, &host, &typed).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        let document: Value = answer.json().await.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let named: Vec<String> =
            document["errors"].as_array().unwrap().iter().map(|it| text(&it["field"]) + " " + &text(&it["code"])).collect();
        assert_eq!(named, fields, "{typed}");
    }
    let longest = message(&"ä".repeat(100), ADA, "", &"ä".repeat(5_000));
    assert_eq!(post(&browser, &host, &longest).send().await.unwrap().status(), StatusCode::CREATED, "nothing was counted before");
    let refused = post(&browser, &host, &message("Ada", ADA, "", "More")).send().await.unwrap();
    assert_eq!((refused.status(), refused.headers().contains_key("retry-after")), (StatusCode::TOO_MANY_REQUESTS, true));
}

#[tokio::test]
async fn a_stranger_s_email_gets_few_receipts_and_its_owner_still_reaches_the_shop() {
    let cluster = cluster(&["--limit-guest-orders=2/36000"], 1).await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    for client in 0..5 {
        let email = if client % 2 == 0 { ADA.to_owned() } else { ADA.to_uppercase() };
        let request = post(&browser, &host, &message("Ada", &email, "", &client.to_string()));
        assert_eq!(request.header("x-forwarded-for", format!("192.0.2.{client}")).send().await.unwrap().status(), StatusCode::CREATED);
    }
    let receipts = cluster.mail(ADA).await.len() + cluster.mail(&ADA.to_uppercase()).await.len();
    assert_eq!((cluster.mail(SHOP).await.len(), receipts), (5, 2));
}

#[tokio::test]
async fn nothing_is_lost_while_fusionauth_sends_no_mail() {
    let cluster = cluster(&["--limit-contacts=1/36000"], 1).await;
    let (browser, host) = (cluster.browser(), store("spa-backend"));
    cluster.fault(json!({"path": "/api/email/send*", "status": 503})).await;
    let typed = message("Ada", ADA, "", TEXT);
    for _ in 0..2 {
        let answer = post(&browser, &host, &typed).send().await.unwrap();
        assert_eq!((answer.status(), answer.headers().contains_key("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, true));
        assert!(problem(answer).await.detail.unwrap().starts_with("We couldn't send your message."));
    }
    let host_of_page = store("webapp-session");
    let visitor = cluster.browser();
    let form = visitor.open(&host_of_page, "/contact").await;
    let again = visitor.press(&form, "Send message", &[("Your name", "Ada"), ("Email", ADA), ("Message", TEXT)]).await;
    assert_eq!((again.status, again.value("Full name").as_str()), (StatusCode::SERVICE_UNAVAILABLE, "Ada"));
    assert!(again.has("We couldn't send your message.") && again.has("The &lt;b&gt;mug&lt;/b&gt; leaks."), "{}", again.html);
    cluster.no_faults().await;
    for _ in 0..2 {
        assert_eq!(post(&browser, &host, &typed).send().await.unwrap().status(), StatusCode::CREATED, "failures are not counted");
    }
    assert_eq!((cluster.mail(SHOP).await.len(), cluster.mail(ADA).await.len()), (1, 1));
}

#[tokio::test]
async fn without_a_contact_there_is_neither_a_form_nor_a_link_to_it() {
    let (_cluster, host, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    let page = browser.open(&host, "/contact").await;
    assert!(page.status == StatusCode::OK && !page.has_button("Send message") && page.has("Start a thread in the Forums"), "{}", page.html);
    let order = ordered_by_forms(&browser, &host, ADA).await;
    for page in [browser.open(&host, "/returns").await, browser.open(&host, "/delivery").await, order] {
        assert!(page.links().iter().all(|it| it != "Write to us" && it != "Ask about this order"), "{}", page.html);
    }
    let answer = browser.post_form(&host, "/contact", &[("full_name", "Ada"), ("email", ADA), ("body", "Hello")]).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    let answer = post(&browser, &store("spa-backend"), &message("Ada", ADA, "", "Hello")).send().await.unwrap();
    assert_eq!((answer.status(), problem(answer).await.kind.as_str()), (StatusCode::BAD_GATEWAY, "/problems/email-unavailable"));
}

#[tokio::test]
async fn the_form_of_the_page() {
    for workflow in WORKFLOWS {
        let (cluster, host) = (cluster(&[], 1).await, store(workflow));
        let browser = cluster.browser();
        let order = ordered_by_forms(&browser, &host, ADA).await;
        let form = browser.follow(&order, "Ask about this order").await;
        let number = form.value("Order number (optional)");
        assert!(number.len() == 9 && order.has(&number), "{}", form.html);
        let bad = [("Your name", ""), ("Email", "nobody"), ("Message", "Hello\n<b>")];
        let refused = browser.press(&form, "Send message", &bad).await;
        assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.has("\nHello\n&lt;b&gt;</textarea>"), "{}", refused.html);
        assert!(refused.value("Email") == "nobody" && refused.has("href=\"#full-name\""), "{}", refused.html);
        let done = browser.press(&refused, "Send message", &[("Your name", "Ada"), ("Email", &pasted(ADA))]).await;
        assert!(done.path == "/contact" && done.has(SENT), "{}", done.html);
        assert_eq!(cluster.mail(SHOP).await, [cluster.mail(SHOP).await[0].clone()]);
        let (subject, text) = cluster.mail(SHOP).await.remove(0);
        assert!(subject.ends_with(&number) && text.contains(&format!("\n\nAda, {ADA}\nHello\n<b>\n\n")), "{subject} {text}");

        let link = format!("/contact?order={}", "%22%3E%3Cb%3E");
        assert_eq!(browser.open(&host, &link).await.value("Order number (optional)"), "", "only a number is filled in");
        for page in ["/returns", "/delivery"] {
            assert_eq!(browser.follow(&browser.open(&host, page).await, "Write to us").await.path, "/contact");
        }

        // A double click, and then the browser's Back button and another text.
        let user = cluster.signed_in(&host, "shopper@example.com").await;
        user.open(&host, "/shopping-cart").await; // public pages wait for no key of FusionAuth
        assert_eq!(user.open(&host, "/contact").await.value("Email"), "shopper@example.com");
        for text in ["Once", "Once", "Twice"] {
            let typed = [("full_name", "Ada"), ("email", ADA), ("body", text)];
            assert_eq!(location(&user.post_form(&host, "/contact", &typed).await), "/contact");
        }
        assert_eq!(cluster.mail(SHOP).await.len(), 3);
    }
}
