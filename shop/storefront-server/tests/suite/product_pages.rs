//! The page of a product on the server-rendered sites and in the app, one product in the API, and the data for search engines.

use crate::browse::assert_has;
use crate::test_cluster::{TestCluster, forums, set_cookies, store};
use crate::test_server::{problem, with_status};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use storefront_api::orders::{Delivery, DeliveryOption};
use storefront_api::{Product, catalogue::ProductPage};

const SPAS: [&str; 3] = ["spa-local-storage", "spa-backend", "spa-shared-domain"];

#[tokio::test]
async fn a_product_has_a_page_with_a_title_and_data_for_search_engines() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let home = text(browser.get(&store, "/").await).await;
        assert!(home.contains("<h2><a href=\"/products/enamel-mug\">Enamel mug</a></h2>"), "{home}");
        let answer = browser.get(&store, "/products/enamel-mug").await;
        assert_eq!((answer.status(), set_cookies(&answer)), (StatusCode::OK, Vec::new()));
        let page = text(answer).await;
        let url = format!("http://{store}:8080/products/enamel-mug");
        let parts = [
            "<title>Enamel mug · Fernhill</title>",
            "<h1 tabindex=\"-1\">Enamel mug</h1>",
            "€14.90",
            "<p>Expected delivery: ",
            "64 in stock. You can return it within 30 days.",
            &format!("<link rel=\"canonical\" href=\"{url}\">"),
            "<meta name=\"description\" content=\"",
            "aria-label=\"Add to cart: Enamel mug\"",
            "<option value=\"10\">10</option></select>",
            "<dt>Dimensions</dt><dd>8 cm high, 350 ml</dd>",
            "<dt>Care</dt><dd>Dishwasher safe. Not for the microwave.</dd>",
        ];
        assert_has(&page, &parts);
        let data = page.split("<script type=\"application/ld+json\">").nth(1).and_then(|it| it.split("</script>").next()).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((&data["@type"], &data["offers"]["price"], &data["url"]), (&"Product".into(), &"14.90".into(), &url.into()));
        // The related products are those that follow in the category, without the product itself.
        let related: Vec<&str> = page.split("class=\"related\"").nth(1).unwrap().split("href=\"/products/").skip(1).collect();
        let related: Vec<&str> = related.into_iter().filter_map(|it| it.split('"').next()).collect();
        assert_eq!(related, ["cast-iron-pan", "field-thermos", "linen-towel"]);
        // The desk has too few other products in stock, so products of other categories follow.
        let blanket = text(browser.get(&store, "/products/wool-blanket").await).await;
        let related: Vec<&str> = blanket.split("class=\"related\"").nth(1).unwrap().split("href=\"/products/").skip(1).collect();
        let related: Vec<&str> = related.into_iter().filter_map(|it| it.split('"').next()).collect();
        assert_eq!(related, ["beeswax-candles", "enamel-mug", "storm-lantern"]);
        // No size is chosen in the list, so the product's page comes first.
        assert!(home.contains("href=\"/products/wool-blanket\" aria-label=\"Choose: Wool blanket\">Choose</a>"), "{home}");
        assert!(!home.contains("Add to cart: Wool blanket") && home.contains("Add to cart: Enamel mug"), "{home}");
        let sold_out = text(browser.get(&store, "/products/star-atlas").await).await;
        assert!(
            sold_out.contains("Sold out") && !sold_out.contains("Add to cart") && !sold_out.contains("Expected delivery"),
            "{sold_out}"
        );

        // After the form on this page, the server redirects back to the page.
        let add =
            async |product: &str| browser.post_form(&store, "/shopping-cart/lines", &[("product", product), ("page", "product")]).await;
        let product = browser.follow(&browser.open(&store, "/").await, "Enamel mug").await;
        let added = browser.press(&product, "Add to cart: Enamel mug", &[]).await;
        assert!(added.path == "/products/enamel-mug" && added.has("Added Enamel mug."), "{} {}", added.path, added.html);
        let three = [("product", "enamel-mug"), ("page", "product"), ("quantity", "3")];
        assert_eq!(browser.post_form(&store, "/shopping-cart/lines", &three).await.status(), StatusCode::SEE_OTHER);
        let cart = text(browser.get(&store, "/shopping-cart").await).await;
        assert_has(&cart, &["<h2><a href=\"/products/enamel-mug\">Enamel mug</a></h2>", ">White · €14.90 each<", "value=\"4\""]);
        let none = [("product", "enamel-mug"), ("page", "product"), ("quantity", "0")];
        assert_eq!(browser.post_form(&store, "/shopping-cart/lines", &none).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let refused = text(with_status(StatusCode::CONFLICT, add("star-atlas").await)).await;
        assert!(
            refused.contains("<h1 tabindex=\"-1\">Pocket star atlas</h1>")
                && refused.contains("<div class=\"card-error\" tabindex=\"-1\" autofocus><p role=\"alert\">"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn the_app_s_pages_of_products_come_with_their_content() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    for workflow in SPAS {
        let (store, browser) = (store(workflow), cluster.browser());
        let answer = browser.get(&store, "/").await;
        assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
        let home = text(answer).await;
        let parts = ["<title>Products · Fernhill</title>", "<h2><a href=\"/products/enamel-mug\">Enamel mug</a></h2>", "id=\"login\""];
        assert_has(&home, &parts);
        assert!(!home.contains("bone-block"), "the content replaces the grey placeholders");
        assert_eq!(
            (home.matches("aria-label=\"Main\"").count(), home.matches("<nav lang").count()),
            (1, 0),
            "only in the reader's language"
        );
        assert_eq!(home.matches("<main").count() - home.matches("<main hidden>").count(), 1, "one main is visible");
        let ProductPage { products, count, .. } = serde_json::from_str(&first_answer(&home)).unwrap();
        assert_eq!(count, 12);
        let of_the_api: Vec<Product> = browser.get(&store, "/api/products").await.json().await.unwrap();
        assert_eq!(products, of_the_api);

        let page = text(browser.get(&store, "/products/enamel-mug").await).await;
        let url = format!("http://{store}:8080/products/enamel-mug");
        let parts =
            ["<title>Enamel mug · Fernhill</title>", "€14.90", &format!("<link rel=\"canonical\" href=\"{url}\">"), "application/ld+json"];
        assert_has(&page, &parts);
        assert_eq!(page.matches("name=\"description\"").count(), 1);
        assert_eq!(serde_json::from_str::<Product>(&first_answer(&page)).unwrap().id, "enamel-mug");

        let found = text(browser.get(&store, "/?q=mug").await).await;
        assert!(found.contains("Enamel mug") && !found.contains("Wool blanket"), "{found}");
        assert!(found.contains("<meta name=\"robots\" content=\"noindex\">"), "{found}");

        for path in ["/cart", "/login", "/index.html"] {
            let answer = browser.get(&store, path).await;
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            assert!(answer.headers().get("content-language").is_none(), "{path}");
            let page = text(answer).await;
            assert!(!page.contains("first-answer"), "the server adds no content to {path}");
            for (tag, label) in [("en", "Main"), ("de", "Hauptmenü"), ("fr", "Menu principal")] {
                let links = format!("<nav lang=\"{tag}\" aria-label=\"{label}\"><a href=\"/\"");
                let (_, links) = page.split_once(&links).unwrap_or_else(|| panic!("{path} has no {links}: {page}"));
                let (links, _) = links.split_once("</nav>").unwrap();
                for href in ["/?q=", "/cart", &format!("http://{}:8080/", forums(workflow)), "/account"] {
                    assert!(links.contains(&format!("href=\"{href}\"")), "{path} has no link to {href}: {links}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_product_has_pictures_with_a_text_in_each_language() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    for workflow in ["webapp-jwt", "spa-local-storage"] {
        let (store, browser) = (store(workflow), cluster.browser());
        for (tag, texts) in [
            ("en", ["Pictures", "Enamel mug", "Enamel mug in use", "Size: 8 cm high, 350 ml"]),
            ("de", ["Bilder", "Emaille-Becher", "Emaille-Becher in Gebrauch", "Größe: 8 cm hoch, 350 ml"]),
            ("fr", ["Images", "Mug émaillé", "Mug émaillé en situation", "Taille\u{a0}: 8 cm de haut, 350 ml"]),
        ] {
            let request = browser.request(Method::GET, &store, "/products/enamel-mug").header("accept-language", tag);
            let page = text(browser.send(&store, request).await).await;
            let (_, pictures) = page.split_once("<div class=\"pictures\" role=\"group\" ").unwrap_or_else(|| panic!("{page}"));
            let (pictures, _) = pictures.split_once("</div>").unwrap();
            let labels = pictures.split("aria-label=\"").skip(1).map(|it| it.split('"').next().unwrap());
            let [group, alone, in_use, size] = texts;
            assert_eq!(labels.collect::<Vec<_>>(), [group, alone, alone, in_use, in_use, size, size]);
            assert_eq!((pictures.matches(" checked").count(), pictures.matches("type=\"radio\"").count()), (1, 3));
            assert!(pictures.contains("#scene-kitchen\"") && pictures.contains("#hand\"") && pictures.contains(">8\u{a0}cm</text>"));
        }
        let blanket = text(browser.get(&store, "/products/wool-blanket").await).await;
        assert_eq!(blanket.matches("type=\"radio\"").count(), 2, "without dimensions there is no size");
    }
}

#[tokio::test]
async fn the_content_works_before_the_app_has_started() {
    let cluster = TestCluster::start_with(&["--contact", "help@shop.test"], 1).await;
    // As in a release build, a script of the page names the drawings with their hash.
    let built = include_str!("../../../../index.html").replace("</head>", "<script>'/assets/products-0123abcd.svg#'</script></head>");
    cluster.write_file("index.html", &built);
    let browser = cluster.browser();
    for (path, forms) in [("/", "'self'"), ("/?q=mug", "'self'"), ("/products/enamel-mug", "'none'"), ("/login", "'none'")] {
        let answer = browser.get(&store("spa-local-storage"), path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains(&format!("form-action {forms};")), "{path}: {policy}");
        let page = text(answer).await;
        // Other ways for a browser that cannot run the program.
        let parts =
            ["href=\"http://store.webapp-jwt.localhost:8080/\"", "href=\"mailto:help@shop.test\"", "\"contact\":\"help@shop.test\""];
        assert_has(&page, &parts);
        if path == "/login" {
            continue;
        }
        let back = path.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D");
        let parts = [
            "class=\"to-search\" href=\"/?q=\"",
            "href=\"/cart\" class=\"to-cart\"",
            &format!("href=\"/login?next={back}\""),
            "type=\"button\" name=\"add\" value=\"Adding…\" data-product=\"enamel-mug\"",
            "\"/assets/products-0123abcd.svg#enamel-mug\"",
        ];
        assert_has(&page, &parts);
        assert!(!page.contains("/assets/products.svg"), "{path} has two URLs for one picture");
        let quantity = "<div class=\"buy\"><select name=\"quantity\" aria-label=\"Quantity\" disabled>";
        assert_eq!(page.contains(quantity), path == "/products/enamel-mug", "the button must not move when the app starts: {page}");
    }
}

#[tokio::test]
async fn a_browser_that_cannot_run_the_program_gets_no_links_to_pages_that_do_not_exist() {
    let cluster = TestCluster::start_with(
        &["--site", r#"origin = "https://shop.test", application = "store", workflow = "spa-backend", application_id = "a", fusionauth_origin = "https://a.test""#],
        1,
    )
    .await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    let page = text(cluster.browser().get("shop.test", "/login").await).await;
    assert!(page.contains("id=\"unsupported\"") && !page.contains("simple version") && !page.contains("mailto:"), "{page}");
}

fn first_answer(page: &str) -> String {
    let answer = page.split("<script type=\"application/json\" id=\"first-answer\">").nth(1).and_then(|it| it.split("</script>").next());
    answer.unwrap().to_owned()
}

#[tokio::test]
async fn a_browser_that_has_the_page_with_its_content_is_told_so_until_the_content_changes() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    let (store, browser) = (store("spa-local-storage"), cluster.browser());
    let etag = browser.get(&store, "/").await.headers()["etag"].to_str().unwrap().to_owned();
    let again = browser.send(&store, browser.request(Method::GET, &store, "/").header("if-none-match", &etag)).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    sqlx::query("UPDATE products SET stock = 1 WHERE id = 'enamel-mug'").execute(&cluster.database().await).await.unwrap();
    let changed = browser.send(&store, browser.request(Method::GET, &store, "/").header("if-none-match", &etag)).await;
    assert!(text(with_status(StatusCode::OK, changed)).await.contains("Only 1 left"));
}

#[tokio::test]
async fn the_app_comes_without_content_while_products_cannot_be_read() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    let (store, browser) = (store("spa-local-storage"), cluster.browser());
    sqlx::query("ALTER TABLE products RENAME TO unreadable").execute(&cluster.database().await).await.unwrap();
    for path in ["/", "/products/enamel-mug"] {
        let answer = browser.get(&store, path).await;
        assert!(answer.status().is_server_error(), "{path}: {}", answer.status());
        let page = text(answer).await;
        assert!(page.contains("<div id=\"app\"") && !page.contains("first-answer"), "{path}: {page}");
    }
}

#[tokio::test]
async fn a_page_with_content_is_compressed_as_the_browser_accepts() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    let (store, browser) = (store("spa-local-storage"), cluster.browser());
    for (accepted, coding) in [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("zstd", None)] {
        let answer = browser.send(&store, browser.request(Method::GET, &store, "/").header("accept-encoding", accepted)).await;
        assert_eq!(answer.headers().get("content-encoding").map(|it| it.to_str().unwrap()), coding, "{accepted}");
        let body = answer.bytes().await.unwrap();
        let page = match coding {
            Some("gzip") => {
                let mut page = String::new();
                std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&body[..]), &mut page).unwrap();
                page
            }
            Some(_) => {
                let mut page = Vec::new();
                brotli::BrotliDecompress(&mut &body[..], &mut page).unwrap();
                String::from_utf8(page).unwrap()
            }
            None => String::from_utf8(body.to_vec()).unwrap(),
        };
        assert!(page.contains("Enamel mug") && page.ends_with("</html>\n"), "{accepted}: {page}");
    }
}

#[tokio::test]
async fn an_unknown_product_or_page_is_404() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../index.html"));
    for workflow in WORKFLOWS.iter().chain(&SPAS) {
        for path in ["/products/unknown", "/products/%00", "/nowhere"] {
            let answer = cluster.browser().get(&store(workflow), path).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
            assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{path}");
        }
    }
}

#[tokio::test]
async fn one_product_is_public_in_the_api() {
    let cluster = TestCluster::start().await;
    for workflow in SPAS {
        let (store, browser) = (store(workflow), cluster.browser());
        let product: Product = browser.get(&store, "/api/products/enamel-mug").await.json().await.unwrap();
        assert_eq!((product.name.as_str(), product.price, product.stock), ("Enamel mug", 1_490, 64));
        let deliveries: Vec<DeliveryOption> = browser.get(&store, "/api/deliveries").await.json().await.unwrap();
        let free_from: Vec<_> = deliveries.iter().map(|it| (it.delivery, it.price, it.free_from)).collect();
        assert_eq!(free_from, [(Delivery::Standard, 490, Some(5_000)), (Delivery::Express, 990, None)]);
        assert_eq!(product.details.unwrap().expected, deliveries[0].expected);
        assert!(deliveries.iter().all(|it| it.expected.is_some()));
        let answer = browser.get(&store, "/api/products/unknown").await;
        assert_eq!(problem(with_status(StatusCode::NOT_FOUND, answer)).await.kind, "/problems/product-unknown");
    }
}

#[tokio::test]
async fn every_store_names_its_products_to_search_engines() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS.iter().chain(&SPAS) {
        let (store, browser) = (store(workflow), cluster.browser());
        let answer = browser.get(&store, "/sitemap.xml").await;
        assert_eq!((answer.status(), answer.headers()["content-type"].to_str().unwrap()), (StatusCode::OK, "application/xml"));
        let sitemap = answer.text().await.unwrap();
        assert_eq!(sitemap.matches("<loc>").count(), 17, "the start page, twelve products and four variants: {sitemap}");
        assert!(sitemap.contains(&format!("<loc>http://{store}:8080/products/star-atlas</loc>")), "{sitemap}");
        let robots = browser.get(&store, "/robots.txt").await.text().await.unwrap();
        assert!(
            robots.contains("Disallow: /account\n") && robots.ends_with(&format!("Sitemap: http://{store}:8080/sitemap.xml\n")),
            "{robots}"
        );
    }
}

#[tokio::test]
async fn many_requests_for_the_sitemap_read_the_products_once() {
    let (cluster, store, browser) = TestCluster::with_browser_at(store("spa-backend")).await;
    let sitemap = async || browser.get(&store, "/sitemap.xml").await.text().await.unwrap();
    let first = sitemap().await;
    let product = "INSERT INTO products (id, position, name, description, price, stock) VALUES ('new', 100, 'New', '', 100, 1)";
    sqlx::query(product).execute(&cluster.database().await).await.unwrap();
    assert_eq!(sitemap().await, first, "the server does not read the products again");
    let part = browser.get(&store, "/sitemap.xml?after=").await.text().await.unwrap();
    assert!(part.contains("/products/new</loc>"), "the database has the new product: {part}");
}

#[tokio::test]
async fn the_sitemap_has_a_limit_because_it_reads_all_products() {
    let cluster = TestCluster::start_with(&["--limit-sitemaps", "1/600"], 1).await;
    let (store, browser) = (store("spa-backend"), cluster.browser());
    assert_eq!(browser.get(&store, "/sitemap.xml").await.status(), StatusCode::OK);
    assert_eq!(browser.get(&store, "/sitemap.xml?after=x").await.status(), StatusCode::TOO_MANY_REQUESTS);
}
