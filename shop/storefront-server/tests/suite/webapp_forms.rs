//! The forms of the server-rendered pages: the answer to each form, the typed text that a page keeps, and the refused forms.

use crate::browse::{Page, hidden};
use crate::test_cluster::{PASSWORD, TestCluster, forged, forums, location, set_cookies, sign_in_by_form, store};
use crate::test_server::with_status;
use crate::webapp_steps::{WORKFLOWS, text, with_expired_credential};
use reqwest::{Method, StatusCode};
use test_support::issuer::SHOPPER;

#[tokio::test]
async fn every_outcome_of_a_login_has_its_page() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let store = store(workflow);
        for (login_id, password, status, words) in [
            ("shopper@example.com", "wrong", 403, "The email or password is not correct."),
            ("nobody@example.com", PASSWORD, 403, "The email or password is not correct."),
            ("", "", 422, "Enter your email address."),
            ("shopper@example.com", "", 422, "Enter your password."),
            ("unregistered@example.com", PASSWORD, 403, "Not registered yet"),
            ("unverified@example.com", PASSWORD, 403, "Confirm your email address"),
            ("locked@example.com", PASSWORD, 403, "This account is locked."),
        ] {
            let browser = cluster.browser();
            let fields = [("username", login_id), ("password", password), ("next", "/account")];
            let answer = browser.post_form(&store, "/login", &fields).await;
            assert_eq!(answer.status().as_u16(), status, "{login_id}");
            assert_eq!(set_cookies(&answer), [""; 0], "{login_id}");
            let page = text(answer).await.replace("<wbr>", "");
            assert!(page.contains(words), "{login_id}: {page}");
            assert!(login_id.is_empty() || page.contains(login_id), "the form keeps the typed email");
            assert!(!page.contains(PASSWORD) && !page.contains("value=\"wrong\""), "no page contains the password");
            if page.contains("id=\"login\"") {
                assert!(
                    page.contains("role=\"alert\"") && page.contains("name=\"next\" value=\"/account\"") && page.contains("<title>Error: ")
                );
            }
        }
    }
}

/// Checks that a form of this page has the email and the page to open.
fn assert_kept(page: &str, email: &str) {
    assert!(page.contains(&format!("value=\"{email}\"")) && page.contains("name=\"next\" value=\"/checkout\""), "{page}");
}

/// No URL contains the email, so the buttons between the forms send it.
#[tokio::test]
async fn the_typed_email_and_the_page_to_open_go_from_form_to_form() {
    const TYPED: &str = "typed@example.com";
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let page = text(browser.get(&store, "/login?next=%2Fcheckout").await).await;
        assert!(
            !page.contains("<a href=\"/forgot-password") && !page.contains("<a href=\"/register"),
            "a link would lose the email: {page}"
        );
        let fields = [("username", TYPED), ("password", "unsent"), ("next", "/checkout"), ("keep", "yes"), ("open", "yes")];
        for path in ["/forgot-password", "/login", "/register", "/login", "/login/passwordless", "/login"] {
            let answer = browser.post_form(&store, path, &fields).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let page = text(answer).await;
            assert!(!page.contains("role=\"alert\"") && !page.contains("unsent"), "{path} {page}");
            assert!(path == "/login" || page.contains("formaction=\"/login\" name=\"open\""), "{path} has a way back: {page}");
            assert_kept(&page, TYPED);
        }
        // The registration form calls the email `email`.
        let back = [("email", TYPED), ("password", ""), ("next", "/checkout"), ("open", "yes")];
        assert_kept(&text(browser.post_form(&store, "/login", &back).await).await, TYPED);
        let page = text(browser.post_form(&store, "/forgot-password", &[("username", TYPED), ("next", "/checkout")]).await).await;
        assert!(page.contains("Check your email"), "{page}");
        assert_kept(&page, TYPED);
    }
}

#[tokio::test]
async fn a_reset_during_the_checkout_leads_back_there() {
    for workflow in WORKFLOWS {
        let (cluster, store, browser) = TestCluster::with_browser_at(store(workflow)).await;
        browser.post_form(&store, "/forgot-password", &[("username", "shopper@example.com"), ("next", "/checkout")]).await;
        browser.get(&store, &crate::forgotten_password::mailed_path(&cluster, "shopper@example.com", &store).await).await;
        let answer = browser.post_form(&store, "/change-password", &[("password", "a-better-password")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/checkout"));
        assert_eq!(browser.cookie(&store, "storefront_after_reset"), None, "the next reset opens no page of this one");
    }
    let (cluster, store, browser) = TestCluster::with_browser_at(store("webapp-session")).await;
    browser.post_form(&store, "/forgot-password", &[("username", "shopper@example.com"), ("next", "//evil.test")]).await;
    browser.get(&store, &crate::forgotten_password::mailed_path(&cluster, "shopper@example.com", &store).await).await;
    let answer = browser.post_form(&store, "/change-password", &[("password", "a-better-password")]).await;
    assert_eq!(location(&answer), "/shopping-cart");
}

#[tokio::test]
async fn a_second_factor_is_a_second_form() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let fields = [("username", "twofactor@example.com"), ("password", PASSWORD), ("next", "/account")];
        let answer = browser.post_form(&store, "/login", &fields).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 0));
        let page = text(answer).await;
        let id = &*hidden(&page, "two_factor_id");
        let send = async |id: &str, code: &str| {
            browser.post_form(&store, "/login/code", &[("two_factor_id", id), ("code", code), ("next", "/account")]).await
        };
        for (code, status, words) in [("", 422, "Enter your code"), ("000000", 403, "That code is not correct.")] {
            let answer = send(id, code).await;
            assert_eq!(answer.status().as_u16(), status);
            let page = text(answer).await;
            assert!(page.contains(words) && page.contains(id), "the page shows the form again");
        }
        let late = text(send("unknown", "000000").await).await;
        assert!(late.contains("You ran out of time to enter the code.") && late.contains("name=\"password\""));
        let code = test_support::totp::now();
        let answer = send(id, &format!(" {} {} ", &code[..3], &code[3..])).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/account"));
        assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_page_that_is_not_there_shows_who_is_signed_in() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let signed_out = text(browser.get(&store, "/unknown?a=1").await).await;
        assert!(
            signed_out.contains("href=\"/login?next=%2Funknown%3Fa%3D1\""),
            "the sign-in leads back to the path with its query: {signed_out}"
        );
        sign_in_by_form(&browser, &store, "second@example.com").await;
        // A public page does not wait for FusionAuth's key. It shows the user after another request has fetched the key.
        assert_eq!(browser.get(&store, "/account").await.status(), StatusCode::OK);
        for path in ["/unknown", "/products/unknown", "/orders/unknown"] {
            let answer = browser.get(&store, path).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            let page = text(answer).await;
            assert!(page.contains("second@example.com") && page.contains("action=\"/logout\""), "{path}: {page}");
        }
    }
}

#[tokio::test]
async fn a_cart_is_changed_by_forms() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        sign_in_by_form(&browser, &store, "second@example.com").await;
        let shows_once = async |page: Page, path: &str, says: &str| {
            assert!(page.path == path && page.has(says), "{says}: {}", page.html);
            let page = browser.open(&store, path).await;
            assert!(!page.has(says), "the page shows the message once");
            page
        };
        let added = browser.press(&browser.open(&store, "/").await, "Add to cart: Enamel mug", &[]).await;
        let cart = browser.follow(&added, "See your cart").await;
        shows_once(added, "/", "Added Enamel mug.").await;
        let typed = [("Quantity of Enamel mug", "2")];
        let page = browser.press(&cart, "Increase quantity of Enamel mug", &typed).await;
        let page = shows_once(page, "/shopping-cart", "Changed the quantity of Enamel mug.").await;
        assert!(page.has("€44.70") && page.value("Quantity of Enamel mug") == "3", "{}", page.html);
        let page = browser.press(&page, "Remove Enamel mug", &[]).await;
        assert!(page.has("Removed Enamel mug.") && page.has("Your cart is empty"), "{}", page.html);
        let page = browser.press(&page, "Undo: put Enamel mug back", &[]).await;
        let page = shows_once(page, "/shopping-cart", "Enamel mug is back in your cart.").await;
        assert_eq!(page.value("Quantity of Enamel mug"), "3");
        browser.press(&page, "Remove Enamel mug", &[]).await;
    }
}

#[tokio::test]
async fn a_refused_quantity_stands_in_the_form_again() {
    let (_cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-jwt")).await;
    for (typed, status, words) in [
        ("0", 422, "Enter a whole number from 1 to 99."),
        ("100", 422, "Enter a whole number from 1 to 99."),
        ("", 422, "Enter a whole number from 1 to 99."),
        ("1.5", 422, "Enter a whole number from 1 to 99."),
        ("two", 422, "Enter a whole number from 1 to 99."),
        ("\"><b>", 422, "Enter a whole number from 1 to 99."),
        ("65", 409, "Only 64 left in stock."),
    ] {
        let answer = browser.post_form(&store, "/shopping-cart/lines/enamel-mug", &[("quantity", typed)]).await;
        assert_eq!(answer.status().as_u16(), status, "{typed}");
        let page = text(answer).await;
        assert!(page.contains(words) && !page.contains("<b>"));
        let kept = typed.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(page.contains(&format!("value=\"{kept}\" aria-invalid=\"true\"")), "{typed}: {page}");
    }
    let typed = [("quantity", "7"), ("step", "1")];
    assert_eq!(browser.post_form(&store, "/shopping-cart/lines/enamel-mug", &typed).await.status(), StatusCode::SEE_OTHER);
    let page = text(browser.get(&store, "/shopping-cart").await).await;
    assert!(page.contains("value=\"8\""), "the button for one more adds to the typed quantity: {page}");
    for path in ["/shopping-cart/lines/unknown", "/shopping-cart/lines/%00"] {
        let answer = browser.post_form(&store, path, &[("quantity", "1")]).await;
        assert!(text(with_status(StatusCode::NOT_FOUND, answer)).await.contains("We can't find that product."));
    }
    let answer = browser.post_form(&store, "/shopping-cart/lines", &[("product", "star-atlas")]).await;
    assert!(text(with_status(StatusCode::CONFLICT, answer)).await.contains("This product is sold out."));
}

#[tokio::test]
async fn posts_are_published_by_a_form_and_what_was_typed_is_never_lost() {
    for workflow in WORKFLOWS {
        let (cluster, forums, browser) = TestCluster::with_shopper_at(forums(workflow)).await;
        let answer = browser.post_form(&forums, "/posts", &[("body", "  <i>Hello</i>\r\nyou ")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/posts"));
        let form = browser.open(&forums, "/posts").await;
        assert!(form.has("Post published.") && form.has("&lt;i&gt;Hello&lt;/i&gt;\nyou"), "{}", form.html);

        let long = "ä".repeat(2_001);
        let answer = browser.post_form(&forums, "/posts", &[("body", &long)]).await;
        let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await;
        assert!(page.contains("up to 2000 characters") && page.contains(&long));

        // The session ends while the user writes a post.
        cluster.revoke_all(SHOPPER).await;
        browser.set_cookie(&forums, crate::webapp_steps::credential(workflow), "over");
        let page = browser.press(&form, "Publish", &[("Your post", "\"Half\" a thought")]).await;
        assert!(page.status == StatusCode::FORBIDDEN && page.has("We kept what you wrote"), "{}", page.html);
        let page = browser.press(&page, "Sign in", &[("Email", "shopper@example.com"), ("Password", PASSWORD)]).await;
        assert_eq!((page.path.as_str(), page.value("Your post").as_str()), ("/posts", "\"Half\" a thought"));
        let page = browser.press(&page, "Publish", &[]).await;
        assert!(page.has("Post published.") && page.value("Your post").is_empty(), "a published post deletes the draft: {}", page.html);
        let draft = "ä".repeat(5_000);
        let fields = [("username", "shopper@example.com"), ("password", PASSWORD), ("draft", &draft)];
        browser.post_form(&forums, "/login", &fields).await;
        assert!(
            text(browser.get(&forums, "/posts").await).await.contains(&draft),
            "the server keeps the whole draft, even if it is too long for a post"
        );
    }
}

#[tokio::test]
async fn signing_out_ends_in_the_login_page() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let store = store(workflow);
        let browser = with_expired_credential(&cluster, workflow).await;
        let answer = browser.post_form(&store, "/logout", &[]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login"));
        assert_eq!(browser.cookie_names(&store), ["storefront_flash"]);
        assert!(text(browser.get(&store, "/login").await).await.contains("You are signed out."));
        assert_eq!(browser.get(&store, "/logout").await.status(), StatusCode::METHOD_NOT_ALLOWED, "a link signs nobody out");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_change_nothing() {
    for workflow in WORKFLOWS {
        let (cluster, store, forums) = (TestCluster::start().await, store(workflow), forums(workflow));
        let browser = cluster.signed_in(&store, "shopper@example.com").await;
        sign_in_by_form(&browser, &forums, "shopper@example.com").await;
        let fields =
            [("quantity", "9"), ("product", "hammock"), ("body", "forged"), ("username", "second@example.com"), ("password", PASSWORD)];
        let cart = text(browser.get(&store, "/shopping-cart").await).await;
        let posts = text(browser.get(&forums, "/posts").await).await;
        let sibling = format!("http://{forums}:8080");
        for (site, origin) in [
            (Some("cross-site"), Some("https://evil.example")),
            (Some("same-site"), Some(sibling.as_str())),
            (None, Some("https://evil.example")),
            (None, Some("null")),
            (Some("cross-site"), None),
        ] {
            for (host, path) in [
                (&store, "/login"),
                (&store, "/login/code"),
                (&store, "/logout"),
                (&store, "/shopping-cart/lines"),
                (&store, "/shopping-cart/lines/enamel-mug"),
                (&store, "/shopping-cart/lines/enamel-mug/remove"),
                (&forums, "/posts"),
                (&forums, "/logout"),
            ] {
                if host == &forums && origin == Some(sibling.as_str()) {
                    continue; // the origin is the Forums' own
                }
                let answer = forged(browser.form(host, path, &fields), site, origin).await;
                assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{site:?} {origin:?} {path}");
                assert_eq!(set_cookies(&answer), [""; 0]);
                assert!(text(answer).await.contains("we changed nothing"), "the answer is a page");
            }
        }
        assert_eq!(text(browser.get(&store, "/shopping-cart").await).await, cart);
        assert_eq!(without_keys(&text(browser.get(&forums, "/posts").await).await), without_keys(&posts));
    }
}

/// A page without the random keys of its forms.
fn without_keys(page: &str) -> String {
    let mut parts = page.split("name=\"idempotency_key\" value=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('"').map_or(part, |(_, rest)| rest))
}

#[tokio::test]
async fn pages_have_the_built_stylesheet_and_strict_headers() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-jwt"));
    cluster.write_file(
        "index.html",
        "<link rel=\"stylesheet\" href=\"/main-0123456789abcdef.css\"/><svg class=\"sprite\"><symbol id=\"i-mark\"/></svg>",
    );
    cluster.write_file("main-0123456789abcdef.css", "body{}");
    let browser = cluster.browser();
    let page = browser.get(&store, "/").await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'") && policy.contains("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert_eq!(
        (page.headers()["x-frame-options"].to_str().unwrap(), page.headers()["cache-control"].to_str().unwrap()),
        ("DENY", "no-store")
    );
    let html = text(page).await;
    assert!(html.contains("href=\"/main-0123456789abcdef.css\"") && html.contains("<svg class=\"sprite\">"));
    assert!(html.contains("<link rel=\"apple-touch-icon\" href=\"/apple-touch-icon.png\">"), "{html}");
    assert!(html.contains(&format!("<meta property=\"og:image\" content=\"http://{store}:8080/apple-touch-icon.png\">")), "{html}");
    let style = browser.get(&store, "/main-0123456789abcdef.css").await;
    assert_eq!(style.headers()["cache-control"], "public, max-age=31536000, immutable");
    for (method, path, status) in [
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/missing.css", 404),
        (Method::PUT, "/shopping-cart", 405),
        (Method::GET, "/api/user", 404),
        (Method::GET, "/api/load-shopping-cart", 404),
    ] {
        let answer = browser.request(method, &store, path).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let html = answer.headers()["content-type"].to_str().unwrap().starts_with("text/html");
        assert_eq!(html, !path.starts_with("/api/") && !path.contains('.'), "{path}");
    }
    for (path, to) in [
        ("/cart", "/shopping-cart"),
        ("/cart/?a=1", "/shopping-cart?a=1"),
        ("/products/enamel-mug/", "/products/enamel-mug"),
        ("/nowhere//", "/nowhere"),
    ] {
        let answer = browser.get(&store, path).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, to), "{path}");
    }
    for path in ["//evil.test/", "/nowhere"] {
        let answer = browser.get(&store, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path} leads to no other site");
        let page = text(answer).await;
        assert!(page.contains("<title>Error: Page not found · Fernhill</title>") && page.contains(">Page not found</h1>"), "{page}");
    }
}
