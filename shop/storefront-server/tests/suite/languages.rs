//! The language of pages and problem documents: the reader's choice, or else the language of the browser, and never a mix of languages. Two
//! tests visit all server-rendered pages in each language, one test for each application, and look for text in another language.

use crate::account_api::notice;
use crate::anonymous_requests::routes;
use crate::browse::hidden;
use crate::forgotten_password::{code_state, mailed_path};
use crate::test_cluster::{Browser, PASSWORD, TestCluster, forged, forums, location, set_cookies, sign_in_by_form, store};
use crate::test_server::{Host, TestServer};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Mutex;
use storefront_messages::{Language, translated_texts, translation_of};
use test_support::issuer::{SHOPPER, STORE, token};

fn header<'a>(answer: &'a Response, name: &str) -> Vec<&'a str> {
    answer.headers().get_all(name).iter().map(|it| it.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_page_is_in_the_language_of_the_browser_or_in_the_chosen_one() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let store = store(workflow);
        for (accepted, chosen, tag, heading) in [
            (None, None, "en", "Products"),
            (Some("de-AT,de;q=0.9,en;q=0.8"), None, "de", "Produkte"),
            (Some("fr-CA"), None, "fr", "Produits"),
            (Some("it"), None, "en", "Products"),
            (Some("de"), Some("en"), "en", "Products"),
            (Some("en"), Some("de"), "de", "Produkte"),
            (Some("de"), Some("tlh"), "de", "Produkte"),
        ] {
            let browser = cluster.browser();
            if let Some(chosen) = chosen {
                browser.set_cookie(&store, "language", chosen);
            }
            let request = browser.request(Method::GET, &store, "/");
            let answer = browser.send(&store, request.header("accept-language", accepted.unwrap_or_default())).await;
            assert_eq!(header(&answer, "content-language"), [tag], "{accepted:?} {chosen:?}");
            assert_eq!(header(&answer, "vary"), ["accept-language, cookie"]);
            let page = text(answer).await;
            assert!(page.contains(&format!("<html lang=\"{tag}\">")) && page.contains(&format!(">{heading}</h1>")), "{page}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_text_has_no_language() {
    let (cluster, store) = (TestCluster::start().await, store("webapp-jwt"));
    cluster.write_file("main-0123456789abcdef.css", "body{}");
    let browser = cluster.browser();
    for path in ["/main-0123456789abcdef.css", "/robots.txt", "/livez"] {
        let answer = browser.get(&store, path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(header(&answer, "content-language").is_empty() && !header(&answer, "vary").concat().contains("language"), "{path}");
    }
}

#[tokio::test]
async fn products_are_in_the_readers_language_wherever_the_api_names_them() {
    let server = TestServer::start().await;
    let get = async |path: &str, tag: &str| {
        let request = server.ask(Method::GET, Host::Store, path).bearer_auth(token(SHOPPER, STORE)).header("accept-language", tag);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!((header(&answer, "content-language"), header(&answer, "vary").concat().contains("accept-language")), (vec![tag], true));
        answer.json::<Value>().await.unwrap()
    };
    for (tag, name, variant, description, material, related) in [
        ("en", "Enamel mug", "Blue", "Steel under blue", "Enamelled steel", "Cast-iron pan"),
        ("de", "Emaille-Becher", "Blau", "Stahl unter blauer", "Emaillierter Stahl", "Gusseisen-Pfanne"),
        ("fr", "Mug émaillé", "Bleu", "Acier sous un émail bleu", "Acier émaillé", "Poêle en fonte"),
    ] {
        let list = get("/api/products?category=kitchen", tag).await;
        assert_eq!((&list[0]["name"], &list[0]["variants"][1]["value"]), (&json!(name), &json!(variant)));
        let page = get("/api/products/enamel-mug-blue", tag).await;
        assert!(page["description"].as_str().unwrap().starts_with(description), "{page}");
        assert_eq!((&page["details"]["material"], &page["details"]["related"][0]["name"]), (&json!(material), &json!(related)));
        assert_eq!(get("/api/load-shopping-cart", tag).await["lines"][0]["name"], json!(name));
        assert_eq!(get("/api/checkout", tag).await["cart"]["lines"][0]["name"], json!(name));
    }
    // The words of all languages are found on every page, with the variant that they name.
    for (tag, words, id) in [
        ("de", "becher", "enamel-mug"),
        ("de", "BECHER blau", "enamel-mug-blue"),
        ("de", "mug blue", "enamel-mug-blue"),
        ("en", "weißer emaille", "enamel-mug"),
        ("de", "hangematte", "hammock"),
        ("de", "gipfel", "field-thermos"),
        ("en", "blanket", "wool-blanket"),
        ("fr", "mug émaillé vert", "enamel-mug-green"),
        ("de", "poele fonte", "cast-iron-pan"),
        ("en", "bouteille rouge", "field-thermos-red"),
        ("fr", "serviette", "linen-towel"),
    ] {
        let query = storefront_api::catalogue::ProductFilter { search: words.to_owned(), ..Default::default() }.to_query();
        assert_eq!(get(&format!("/api/products{query}"), tag).await[0]["id"], json!(id), "{words}");
    }
    // A text that nobody has translated stays as it is.
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("UPDATE product_texts SET name = '' WHERE product = 'enamel-mug'").execute(&db).await.unwrap();
    let page = get("/api/products/enamel-mug", "de").await;
    assert_eq!((&page["name"], &page["details"]["care"]), (&json!("Enamel mug"), &json!("Spülmaschinenfest. Nicht für die Mikrowelle.")));
}

#[tokio::test]
async fn a_language_that_the_catalogue_lacks_is_not_offered() {
    let server = TestServer::start().await;
    let db = storefront_server::database::open(&server.database_url).await.unwrap();
    for (change, languages) in [
        ("UPDATE product_texts SET care = '', option_value = ''", "en de fr"),
        ("UPDATE product_texts SET description = '' WHERE language = 'fr' AND product = 'enamel-mug-blue'", "en de"),
        ("DELETE FROM product_texts WHERE language = 'de' AND product = 'hammock'", "en"),
    ] {
        sqlx::query(change).execute(&db).await.unwrap();
        let server = server.another_instance().await;
        server.write_file("index.html", include_str!("../../../../index.html"));
        let offered: Vec<&str> = languages.split(' ').collect();
        for tag in Language::ALL.map(Language::tag) {
            let expected = if offered.contains(&tag) { tag } else { "en" };
            for (name, value) in [("accept-language", tag.to_owned()), ("cookie", format!("language={tag}"))] {
                let answer = server.get(Host::Store, "/api/products").header(name, value).send().await.unwrap();
                assert_eq!(header(&answer, "content-language"), [expected], "{name}: {tag}");
            }
        }
        let app = text(server.get(Host::Store, "/").send().await.unwrap()).await;
        assert!(app.contains(&format!(" data-languages=\"{languages}\"")), "{app}");
        let rendered = server.get(Host::Unknown, "/").header("host", "store.webapp-jwt.localhost").send().await.unwrap();
        let rendered = text(rendered).await;
        for language in Language::ALL {
            let button = format!(">{}</button>", language.name());
            assert_eq!(app.contains(&button), offered.contains(&language.tag()), "{button}");
            assert_eq!(rendered.contains(&button), offered[1..].contains(&language.tag()), "{button}: {rendered}");
        }
    }
    db.close().await;
}

#[tokio::test]
async fn a_problem_document_is_in_the_readers_language() {
    let server = TestServer::start().await;
    for (accepted, title, detail) in [
        ("de", "Nicht angemeldet", "Dafür musst du angemeldet sein."),
        ("fr", "Non connecté", "Vous devez d’abord vous connecter."),
        ("en", "Not signed in", "You need to sign in first."),
    ] {
        let request = server.get(Host::Store, "/api/load-shopping-cart").header("accept-language", accepted);
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status(), header(&answer, "content-language")), (StatusCode::UNAUTHORIZED, vec![accepted]));
        assert_eq!(header(&answer, "www-authenticate"), ["Bearer"]);
        let problem = crate::test_server::problem(answer).await;
        assert_eq!((problem.title.as_str(), problem.detail.as_deref()), (title, Some(detail)));
    }
}

#[tokio::test]
async fn the_choice_at_the_end_of_a_page_is_kept_and_leads_back() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let page = text(browser.get(&store, "/login?next=/account").await).await;
        let button = "<button class=\"quiet\" type=\"submit\" name=\"language\" value=\"de\" lang=\"de\">Deutsch</button>";
        assert!(page.contains(button) && hidden(&page, "back") == "/login?next=/account", "{page}");
        assert!(page.contains("lang=\"fr\">Français</button>") && !page.contains("lang=\"en\">English</button>"), "{page}");
        let other = cluster.browser();
        let german = other.press(&other.open(&store, "/login?next=/account").await, "Deutsch", &[]).await;
        assert!(german.path == "/login?next=/account" && german.has(">Anmelden</h1>"), "{} {}", german.path, german.html);
        let german = other.press(&german, "Anmelden", &[("E-Mail", "shopper@example.com"), ("Passwort", PASSWORD)]).await;
        assert_eq!(german.path, "/account");
        // The answer to a form leads back to the page with the form.
        let visitor = cluster.browser();
        let form = visitor.open(&store, "/login/passwordless?next=/account").await;
        let form = visitor.press(&form, "Send the code", &[("Email", "a@b.example")]).await;
        let wrong = visitor.press(&form, "Sign in", &[("Code", "000000")]).await;
        assert!(wrong.path == "/login/passwordless/code" && wrong.has("There is a problem"), "{} {}", wrong.path, wrong.html);
        assert!(wrong.has("href=\"/login\""), "the header's link has no path that only accepts forms: {}", wrong.html);
        let german = visitor.press(&wrong, "Deutsch", &[]).await;
        assert_eq!((german.path.as_str(), german.status), ("/login/passwordless?next=/account", StatusCode::OK));
        let cart = other.open(&store, "/shopping-cart").await;
        assert!(cart.has("Dein Warenkorb") && cart.has("173,30\u{a0}€"), "{}", cart.html);
        assert!(other.press(&cart, "English", &[]).await.has("€173.30"));
        let answer = browser.post_form(&store, "/language", &[("language", "de"), ("back", "/login?next=/account")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/login?next=/account"));
        assert_eq!(set_cookies(&answer), ["language=de; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax"]);
        let page = text(browser.get(&store, "/login?next=/account").await).await;
        assert!(page.contains(">Anmelden</h1>") && page.contains("lang=\"en\">English</button>"), "{page}");
        for back in ["", "//evil.test", "/\\evil.test", "https://evil.test/", "/logout", "/a/../b", "javascript:alert(1)", "/\r\nx: y"] {
            let answer = browser.post_form(&store, "/language", &[("language", "en"), ("back", back)]).await;
            assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/"), "{back:?}");
        }
        let answer = browser.post_form(&store, "/language", &[("language", "tlh"), ("back", "/")]).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::SEE_OTHER, 0), "there are no texts in this language");
        let answer = forged(browser.form(&store, "/language", &[("language", "de")]), Some("cross-site"), None).await;
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::FORBIDDEN, 0));
    }
}

#[tokio::test]
async fn messages_are_in_the_language_of_the_registration_if_fusionauth_has_it() {
    let cluster = TestCluster::start().await;
    for (accepted, languages, verify, choose) in [
        ("de-DE", json!(["de"]), "Bestätige deine E-Mail-Adresse", "Wähle ein neues Passwort"),
        ("fr-FR", json!(["fr"]), "Confirmez votre adresse e-mail", "Choisissez un nouveau mot de passe"),
        ("en-GB", json!(["en"]), "Confirm your email address", "Choose a new password"),
    ] {
        let (store, browser) = (store("webapp-jwt"), cluster.browser());
        let email = format!("{}@example.com", accepted.to_lowercase());
        let request = browser.form(&store, "/register", &[("email", &email), ("password", "a-new-password")]);
        assert_eq!(location(&browser.send(&store, request.header("accept-language", accepted)).await), "/login");
        let user: Value = cluster.admin(Method::GET, &format!("/api/user?email={email}"), Value::Null).await.json().await.unwrap();
        assert_eq!(user["user"]["preferredLanguages"], languages);
        assert_eq!(cluster.mail(&email).await.pop().unwrap().0, verify);
        let request = browser.form(&store, "/forgot-password", &[("username", &email)]);
        assert_eq!(browser.send(&store, request.header("accept-language", "fr")).await.status(), StatusCode::OK);
        assert_eq!(cluster.mail(&email).await.pop().unwrap().0, choose, "in the user's language, not in that of the request");
    }
}

#[tokio::test]
async fn a_message_about_another_address_is_in_the_language_of_the_page() {
    let (cluster, store, browser) = TestCluster::with_shopper_at(store("webapp-session")).await;
    browser.set_cookie(&store, "language", "de");
    let fields = [("email", "sam@new.example"), ("current_password", PASSWORD)];
    assert_eq!(location(&browser.post_form(&store, "/account/email", &fields).await), "/account/email");
    let (subject, text) = cluster.mail("sam@new.example").await.pop().unwrap();
    assert_eq!(subject, "Dein Code für deine neue E-Mail-Adresse");
    let code = text.split_whitespace().find(|it| it.len() == 6 && it.bytes().all(|it| it.is_ascii_digit())).unwrap();
    assert_eq!(location(&browser.post_form(&store, "/account/email/confirm", &[("code", code)]).await), "/account");
    notice(&cluster, "shopper@example.com", "Deine E-Mail-Adresse wurde geändert").await;
}

#[tokio::test]
async fn requests_of_two_languages_at_the_same_time_never_mix() {
    let (_cluster, store, browser) = TestCluster::with_browser_at(store("webapp-jwt")).await;
    let requests = (0..60).map(|number| {
        let (browser, store) = (browser.clone(), store.clone());
        let tag = if number % 2 == 0 { "de" } else { "en" };
        tokio::spawn(async move {
            let path = if number % 3 == 0 { "/shopping-cart/lines" } else { "/" };
            let request = match path {
                "/" => browser.request(Method::GET, &store, path),
                _ => browser.form(&store, path, &[("product", "star-atlas")]),
            };
            let page = text(request.header("accept-language", tag).send().await.unwrap()).await;
            let (own, other) = if tag == "de" { ("Ausverkauft", "Sold out") } else { ("Sold out", "Ausverkauft") };
            assert!(page.contains(&format!("lang=\"{tag}\">")) && page.contains(own) && !page.contains(other), "{tag}: {page}");
        })
    });
    for request in requests.collect::<Vec<_>>() {
        request.await.unwrap();
    }
}

/// A reader of a server-rendered site in a language other than English. Records each text that is in another language.
struct Reader {
    browser: Browser,
    host: String,
    language: Language,
    /// All texts in the language and the texts of the demo data, the longest first.
    known: Vec<String>,
    faults: Mutex<Vec<String>>,
}

impl Reader {
    fn new(cluster: &TestCluster, host: &str, language: Language) -> Self {
        let browser = cluster.browser();
        browser.set_cookie(host, "language", language.tag());
        let demo: Value = serde_json::from_str(include_str!("../../demo_data.json")).unwrap();
        let translated: Value = serde_json::from_str(include_str!("../../demo_data_translations.json")).unwrap();
        let families = demo["families"].as_array().unwrap().iter();
        let variants: Vec<&Value> = families.flat_map(|it| it["variants"].as_array().unwrap().iter().chain([it])).collect();
        let products = translated[language.tag()].as_array().unwrap().iter();
        let of_products = products.flat_map(|it| it.as_object().unwrap().values());
        // Sizes are the same in all languages.
        let of_variants = variants.iter().map(|it| &it["value"]).filter(|it| it.as_str().unwrap().ends_with("cm"));
        let of_posts = demo["posts"].as_array().unwrap().iter().flat_map(|it| [&it["title"], &it["body"]]);
        let of_replies = demo["posts"].as_array().unwrap().iter().filter_map(|it| it["replies"].as_array()).flatten().map(|it| &it["body"]);
        let of_posts = of_posts.chain(of_replies).filter(|it| *it != "");
        let names = demo["users"].as_array().unwrap().iter().map(|it| &it[1]);
        let data = of_products
            .chain(of_variants)
            .chain(of_posts)
            .chain(names)
            .map(|it| it.as_str().unwrap())
            .chain(["Fernhill", "Store", "Forums", "UTC"])
            .chain(Language::ALL.map(Language::name));
        let texts = translated_texts(language).flat_map(|it| it.split("{}")).map(str::trim);
        let mut known: Vec<String> = data.chain(texts).filter(|it| it.contains(char::is_alphabetic)).map(ToOwned::to_owned).collect();
        known.sort_by_key(|it| std::cmp::Reverse(it.len()));
        Self { browser, host: host.to_owned(), language, known, faults: Mutex::default() }
    }

    /// The reader's text for an English one.
    fn text(&self, english: &str) -> String {
        translation_of(self.language, english).unwrap_or_else(|| panic!("no translation of {english:?}"))
    }

    /// Reads a page, and then loads the page to which the server redirects after a choice of the language. Returns the markup of the first
    /// page.
    async fn read(&self, name: &str, answer: Response, status: u16) -> String {
        assert_eq!(answer.status().as_u16(), status, "{name}");
        assert_eq!(header(&answer, "content-language"), [self.language.tag()], "{name}");
        let page = text(answer).await;
        for found in texts(&page) {
            let mut rest = found.clone();
            for known in &self.known {
                rest = rest.replace(known, "\u{0}");
            }
            // Data needs no translation: emails, paths, numbers (also of orders), and the initial of an author.
            let is_number = |word: &str| word.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'-');
            let is_data = |word: &str| word.contains(['@', '/']) || word.starts_with(|it: char| it.is_ascii_digit()) || is_number(word);
            let unknown: Vec<&str> =
                rest.split(['\u{0}', ' ', '\n']).filter(|it| it.contains(char::is_alphabetic) && !is_data(it)).collect();
            if !unknown.is_empty() {
                self.faults.lock().unwrap().push(format!("{name}: {unknown:?} in {found:?}"));
            }
        }
        let back = hidden(&page, "back");
        let again = self.browser.request(Method::GET, &self.host, &back).send().await.unwrap();
        assert_ne!(again.status(), StatusCode::METHOD_NOT_ALLOWED, "a choice of the language on {name} redirects to {back}");
        page
    }

    fn assert_all_was_translated(&self) {
        let faults = self.faults.lock().unwrap();
        assert!(faults.is_empty(), "{:?}\n{}", self.language, faults.join("\n"));
    }

    async fn get(&self, path: &str, status: u16) -> String {
        self.read(path, self.browser.get(&self.host, path).await, status).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)], status: u16) -> String {
        self.read(&format!("POST {path} {fields:?}"), self.browser.post_form(&self.host, path, fields).await, status).await
    }

    /// Sends a form, follows the redirect in the answer, and reads the next page.
    async fn done(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.browser.post_form(&self.host, path, fields).await;
        assert!(answer.status().is_redirection(), "{path} {fields:?}: {}", answer.status());
        let to = location(&answer).to_owned();
        self.get(&to, 200).await
    }
}

/// The texts of a page: between its elements, and in the attributes that screen readers read out.
fn texts(page: &str) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    let mut skipped = false;
    for part in page.replace("<wbr>", "").split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        skipped = ["script", "style", "code"].iter().any(|it| tag.starts_with(it));
        for attribute in [" aria-label=\"", " title=\"", " alt=\"", " placeholder=\""] {
            texts.extend(tag.split_once(attribute).map(|(_, rest)| rest.split('"').next().unwrap().to_owned()));
        }
        if !skipped {
            texts.insert(text.to_owned());
        }
    }
    assert!(!skipped, "the page ends inside a script, a style or code");
    let plain = |it: String| it.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    texts.into_iter().map(plain).filter(|it| it.contains(char::is_alphabetic)).collect()
}

/// Reads each page whose path has no parameter.
async fn read_plain_pages(cluster: &TestCluster, reader: &Reader) {
    let paths = routes(cluster).await.into_iter().find(|it| it.0 == reader.host).unwrap().1;
    for path in paths.iter().filter(|it| !it.contains('{') && !it.starts_with("/api")) {
        let answer = reader.browser.get(&reader.host, path).await;
        let is_page = header(&answer, "content-type").first().is_some_and(|it| it.starts_with("text/html"));
        if is_page && answer.status() != StatusCode::METHOD_NOT_ALLOWED {
            let status = answer.status().as_u16();
            reader.read(path, answer, status).await;
        }
    }
}

async fn read_pages_of_visitors(reader: &Reader) {
    for path in ["/products/enamel-mug", "/products/birch-hatchet"] {
        reader.get(path, 200).await;
    }
    for path in ["/nowhere", "/products/unknown"] {
        reader.get(path, 404).await;
    }
    assert!(reader.get("/products/star-atlas", 200).await.contains(&reader.text("Sold out")));
    for (login_id, password, status) in [
        ("shopper@example.com", "wrong", 403),
        ("", "", 422),
        ("unregistered@example.com", PASSWORD, 403),
        ("unverified@example.com", PASSWORD, 403),
        ("locked@example.com", PASSWORD, 403),
        ("change@example.com", PASSWORD, 200),
    ] {
        reader.post("/login", &[("username", login_id), ("password", password), ("draft", "42")], status).await;
    }
    reader.post("/login/join", &[("username", "unregistered@example.com"), ("password", "")], 422).await;
    let page = reader.post("/login", &[("username", "twofactor@example.com"), ("password", PASSWORD)], 200).await;
    let state = code_state(&page);
    let state: Vec<(&str, &str)> = state.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for (code, status) in [("", 422), ("000000", 403)] {
        reader.post("/login/code", &[&*state, &[("code", code)]].concat(), status).await;
    }
    reader.post("/forgot-password", &[("username", "")], 422).await;
    reader.post("/forgot-password", &[("username", "shopper@example.com")], 200).await;
    reader.post("/verify-email/again", &[("username", "unverified@example.com")], 200).await;
    reader.post("/register", &[("password", "short"), ("display_name", "\u{202e}")], 422).await;
    reader.done("/register", &[("email", "new@example.com"), ("password", "a-new-password")]).await;
    reader.post("/register", &[("email", "late@example.com"), ("password", "short")], 422).await;
}

async fn read_pages_of_links(cluster: &TestCluster, reader: &Reader) {
    let link = mailed_path(cluster, "shopper@example.com", &reader.host).await;
    assert_eq!(location(&reader.browser.get(&reader.host, &link).await), "/change-password");
    reader.get("/change-password", 200).await;
    reader.post("/change-password", &[("password", "short")], 422).await;
    let answer = reader.browser.get(&reader.host, "/verify-email/unknown").await;
    assert_eq!(location(&answer), "/verify-email");
    reader.get("/verify-email", 200).await;
    reader.post("/verify-email", &[], 404).await;
    let id = cluster.mailed("unverified@example.com", "verificationId").await;
    reader.browser.get(&reader.host, &format!("/verify-email/{id}")).await;
    assert!(reader.get("/verify-email", 200).await.contains("unverified@<wbr>example<wbr>.com"), "the page says what was registered");
    assert_eq!(location(&reader.browser.get(&reader.host, "/login/link/long.000000").await), "/login/link");
    reader.get("/login/link", 200).await;
    reader.post("/login/link", &[], 404).await;
}

async fn read_pages_of_the_cart(reader: &Reader) {
    reader.post("/shopping-cart/lines", &[("product", "star-atlas")], 409).await;
    reader.done("/shopping-cart/lines", &[("product", "enamel-mug")]).await;
    reader.get("/shopping-cart", 200).await;
    let line = "/shopping-cart/lines/enamel-mug";
    reader.done(line, &[("quantity", "3")]).await;
    for (quantity, status) in [("0", 422), ("65", 409)] {
        reader.post(line, &[("quantity", quantity)], status).await;
    }
    reader.post("/shopping-cart/lines/unknown", &[("quantity", "1")], 404).await;
}

async fn read_pages_of_orders(cluster: &TestCluster, reader: &Reader) {
    assert!(reader.get("/orders", 200).await.contains(&reader.text("No orders yet")));
    reader.get("/checkout", 200).await;
    reader.post("/checkout", &[("country", "DE"), ("postal_code", "x"), ("street_extra", "\u{1b}")], 422).await;
    let address = [("full_name", "A"), ("street", "B"), ("postal_code", "1010"), ("city", "C"), ("country", "AT")];
    reader.post("/checkout", &address, 409).await;
    let page = reader.get("/checkout", 200).await;
    let [key, lines, total] = ["idempotency_key", "lines", "total_standard"].map(|name| hidden(&page, name));
    let seen = [("idempotency_key", &*key), ("lines", &*lines), ("total_standard", &*total)];
    let answer = reader.browser.post_form(&reader.host, "/checkout", &[&address[..], &seen].concat()).await;
    let order = location(&answer).to_owned();
    assert!(order.starts_with("/orders/"), "{order}");
    reader.get(&order, 200).await;
    reader.get("/orders", 200).await;
    reader.get("/checkout", 200).await;
    assert!(reader.done(&format!("{order}/repetition"), &[]).await.contains(&reader.text("Everything from this order is in your cart.")));
    cluster.until_count("order_confirmations", 0).await;
    let (subject, text) = cluster.mail("shopper@example.com").await.pop().unwrap();
    let thanks = reader.text("Thank you for your order.");
    assert!(subject.starts_with(&reader.text("Your order ")) && text.starts_with(&thanks), "{subject} {text}");
    let colon = if reader.language == Language::French { "\u{a0}: " } else { ": " };
    assert!(text.contains(&[&reader.text("Standard, 2 to 4 working days"), colon].concat()), "{text}");
    let cancellation = format!("{order}/cancellation");
    let db = cluster.database().await;
    sqlx::query("UPDATE orders SET state = 'shipped'").execute(&db).await.unwrap();
    assert!(reader.done(&cancellation, &[]).await.contains(&reader.text("We've already sent this order, so you can't cancel it.")));
    sqlx::query("UPDATE orders SET state = 'placed'").execute(&db).await.unwrap();
    reader.done(&cancellation, &[]).await;
    reader.get("/orders/unknown", 404).await;
}

async fn read_pages_of_the_account(reader: &Reader) {
    reader.post("/account/display-name", &[("display_name", "\u{202e}")], 422).await;
    reader.done("/account/display-name", &[("display_name", "Clara Weiss")]).await;
    reader.done("/account/sessions/end-others", &[]).await;
    reader.post("/account/password", &[("current_password", ""), ("password", "")], 422).await;
    reader.post("/account/password", &[("current_password", PASSWORD), ("password", "short")], 422).await;
    reader.post("/account/delete", &[("current_password", "wrong")], 422).await;
    let password = ("current_password", PASSWORD);
    reader.post("/account/email", &[("email", "nobody"), password], 422).await;
    reader.done("/account/email", &[("email", "sam@new.example"), password]).await;
    reader.post("/account/email/confirm", &[("code", "0")], 422).await;
    reader.post("/account/email/again", &[], 429).await;
    let page = reader.get("/account/authenticator", 200).await;
    let secret = &*hidden(&page, "secret");
    reader.post("/account/authenticator", &[("secret", secret), ("code", ""), password], 422).await;
    let answer = reader
        .browser
        .post_form(&reader.host, "/account/authenticator", &[("secret", secret), ("code", &test_support::totp::of(secret)), password])
        .await;
    assert!(
        text(answer).await.contains(&reader.text("Your recovery codes")),
        "the test does not read this page, because its codes are not words"
    );
    let page = reader.get("/account/authenticator", 200).await;
    let id = ("id", &*hidden(&page, "id"));
    reader.post("/account/authenticator/remove", &[id, ("code", "000000"), password], 422).await;
}

#[tokio::test]
async fn every_page_of_the_store_is_in_the_readers_language() {
    for language in Language::ALL.into_iter().skip(1) {
        let (cluster, host) = (TestCluster::start_with(&["--contact=help@shop.test"], 1).await, store("webapp-jwt"));
        let reader = Reader::new(&cluster, &host, language);
        read_plain_pages(&cluster, &reader).await;
        read_pages_of_visitors(&reader).await;
        read_pages_of_links(&cluster, &reader).await;
        read_pages_of_the_cart(&reader).await;
        sign_in_by_form(&reader.browser, &host, "shopper@example.com").await;
        read_plain_pages(&cluster, &reader).await;
        read_pages_of_the_cart(&reader).await;
        reader.done("/shopping-cart/lines/enamel-mug/remove", &[]).await;
        read_pages_of_orders(&cluster, &reader).await;
        read_pages_of_the_account(&reader).await;
        let answer = reader.browser.request(Method::PUT, &host, "/shopping-cart").send().await.unwrap();
        reader.read("PUT /shopping-cart", answer, 405).await;
        reader.done("/logout", &[]).await;
        reader.assert_all_was_translated();
    }
}

async fn read_pages_of_threads(cluster: &TestCluster, reader: &Reader, host: &str) {
    reader.get("/posts?q=42", 200).await;
    reader.get("/posts?q=4711", 200).await;
    let own: String = sqlx::query_scalar("SELECT id FROM posts WHERE body = '42'").fetch_one(&cluster.database().await).await.unwrap();
    let thread = format!("/posts/{own}");
    reader.get(&thread, 200).await;
    reader.get("/posts/4711", 404).await;
    reader.post(&format!("{thread}/replies"), &[("body", "")], 422).await;
    reader.done(&format!("{thread}/replies"), &[("body", "42")]).await;
    reader.post("/posts", &[("body", "42"), ("title", &"4".repeat(121))], 422).await;
    reader.get(&format!("{thread}/edit"), 200).await;
    reader.done(&format!("{thread}/edit"), &[("body", "43"), ("version", "1")]).await;
    reader.post(&format!("{thread}/edit"), &[("body", "44"), ("version", "1")], 409).await;
    reader.get(&thread, 200).await;
    reader.post(&format!("{thread}/lock"), &[("locked", "yes")], 403).await;
    reader.done(&format!("{thread}/delete"), &[]).await;
    reader.get(&thread, 200).await;
    reader.post(&format!("{thread}/replies"), &[("body", "42")], 409).await;
    reader.done(&format!("{thread}/restore"), &[]).await;
    reader.done("/logout", &[]).await;
    sign_in_by_form(&reader.browser, host, "moderator@example.com").await;
    reader.get(&thread, 200).await;
    reader.done(&format!("{thread}/lock"), &[("locked", "yes")]).await;
    reader.get(&thread, 200).await;
    reader.done(&format!("{thread}/lock"), &[]).await;
    reader.done(&format!("{thread}/delete"), &[]).await;
    reader.get(&thread, 200).await;
}

#[tokio::test]
async fn every_page_of_the_forums_is_in_the_readers_language() {
    for language in Language::ALL.into_iter().skip(1) {
        let (cluster, host) = (TestCluster::start_with(&["--contact=help@shop.test"], 1).await, forums("webapp-session"));
        let reader = Reader::new(&cluster, &host, language);
        read_plain_pages(&cluster, &reader).await;
        reader.post("/posts", &[("body", "42")], 403).await;
        sign_in_by_form(&reader.browser, &host, "shopper@example.com").await;
        read_plain_pages(&cluster, &reader).await;
        reader.post("/posts", &[("body", "")], 422).await;
        reader.post("/posts", &[("body", &"4".repeat(2_001))], 422).await;
        reader.done("/posts", &[("body", "42")]).await;
        read_pages_of_threads(&cluster, &reader, &host).await;
        let form = reader.browser.request(Method::POST, &host, "/posts").header("content-type", "text/plain").body("body=42");
        reader.read("a form of another type", form.send().await.unwrap(), 415).await;
        reader.done("/logout", &[("everywhere", "yes")]).await;
        reader.assert_all_was_translated();
    }
}
