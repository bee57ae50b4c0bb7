//! Variants of a product: a list shows the family once, a search leads to the variant, and each variant has its own page and its
//! own line in the cart.

use crate::browse::assert_has;
use crate::test_cluster::{TestCluster, location, store};
use crate::test_server::{Host, TestServer};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::AnyPool;
use storefront_api::{Product, catalogue::ProductFilter};
use storefront_server::{database, demo_data};

async fn list(server: &TestServer, query: &str) -> Vec<Product> {
    server.get(Host::Store, &format!("/api/products{query}")).send().await.unwrap().json().await.unwrap()
}

/// The ids of the products that a search finds with all words, in a list with these additional parameters.
async fn found(server: &TestServer, words: &str, parameters: &str) -> Vec<String> {
    let query = ProductFilter { search: words.to_owned(), ..ProductFilter::default() }.to_query();
    let answer = server.get(Host::Store, &format!("/api/products{query}{parameters}")).send().await.unwrap();
    let searched_for = answer.headers().get("searched-for").map(|it| it.to_str().unwrap().split("%20").count());
    if searched_for.is_some_and(|number| number < words.split(' ').count()) {
        return Vec::new();
    }
    answer.json::<Vec<Product>>().await.unwrap().into_iter().map(|it| it.id).collect()
}

async fn execute(db: &AnyPool, statement: &'static str) {
    sqlx::query(statement).execute(db).await.unwrap();
}

#[tokio::test]
async fn a_list_shows_a_family_once_with_what_can_be_chosen() {
    let server = TestServer::start().await;
    let answer = server.get(Host::Store, "/api/products").send().await.unwrap();
    assert_eq!(answer.headers()["product-count"], "12");
    let products: Vec<Value> = answer.json().await.unwrap();
    assert_eq!(products.len(), 12);
    assert_eq!(
        (&products[0]["id"], &products[0]["name"], &products[0]["price"]),
        (&json!("enamel-mug"), &json!("Enamel mug"), &json!(1_490))
    );
    assert_eq!(products[0]["option"], "colour");
    let variants: Vec<(&str, &str, i64)> = products[0]["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap(), it["value"].as_str().unwrap(), it["stock"].as_i64().unwrap()))
        .collect();
    assert_eq!(variants, [("enamel-mug", "White", 64), ("enamel-mug-blue", "Blue", 23), ("enamel-mug-green", "Green", 0)]);
    assert!(products[0]["variants"][1].get("description").is_none(), "a list has no descriptions of variants");
    let lantern = products.iter().find(|it| it["id"] == "storm-lantern").unwrap();
    assert!(lantern.get("option").is_none() && lantern.get("variants").is_none(), "{lantern}");
}

#[tokio::test]
async fn each_variant_is_a_product_that_knows_its_family() {
    let server = TestServer::start().await;
    let one =
        async |id: &str| -> Product { server.get(Host::Store, &format!("/api/products/{id}")).send().await.unwrap().json().await.unwrap() };
    let (main, blue) = (one("enamel-mug").await, one("enamel-mug-blue").await);
    assert_eq!((blue.name.as_str(), blue.price, blue.stock, blue.category.as_str()), ("Enamel mug, blue", 1_490, 23, "kitchen"));
    assert_eq!((&blue.option, &blue.variants), (&main.option, &main.variants));
    // `Product::variant` converts one product of a family into another. The converted product keeps the threads, because threads are about
    // the family.
    assert_eq!((main.variant("enamel-mug-blue"), blue.variant("enamel-mug")), (Some(blue.clone()), Some(main)));
    assert_eq!(blue.variant("storm-lantern"), None);
    let blanket = one("wool-blanket-150-220").await;
    assert_eq!((blanket.price, blanket.option.as_str(), blanket.variants.len()), (11_900, "size", 2));
    let db = database::open(&server.database_url).await.unwrap();
    execute(&db, "DELETE FROM products WHERE id = 'wool-blanket-150-220'").await;
    let alone = one("wool-blanket").await;
    assert_eq!(
        (alone.option.as_str(), alone.variants.len()),
        ("", 0),
        "the family has only one product left, so there is nothing to choose"
    );
    db.close().await;
}

#[tokio::test]
async fn a_search_for_a_variant_finds_its_family_and_shows_the_variant() {
    let server = TestServer::start().await;
    for (words, parameters, expected) in [
        ("mug", "", "enamel-mug"),
        ("blue mug", "", "enamel-mug-blue"),
        ("mug BLU", "", "enamel-mug-blue"),
        ("mug greem", "", "enamel-mug-green"),
        ("green enamel", "", "enamel-mug-green"),
        ("white mug", "", "enamel-mug"),
        ("green mug", "&available=1", "enamel-mug"),
        ("blanket 150", "", "wool-blanket-150-220"),
        ("blanket 150", "&sort=price", "wool-blanket"),
        ("blue mug", "&sort=price-desc&category=kitchen", "enamel-mug-blue"),
    ] {
        assert_eq!(found(&server, words, parameters).await, [expected], "{words} {parameters}");
    }
    assert_eq!(found(&server, "blue green", "").await, ["enamel-mug-blue"], "both words belong to one family");
    assert!(found(&server, "red mug", "").await.is_empty());
    let blue = server.get(Host::Store, "/api/products?q=blue").send().await.unwrap();
    let count = blue.headers()["product-count"].to_str().unwrap().to_owned();
    assert_eq!(count, blue.json::<Vec<Value>>().await.unwrap().len().to_string());
}

#[tokio::test]
async fn a_family_is_in_stock_if_one_of_its_variants_is() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    let in_stock = async |parameters: &str| found(&server, "", &format!("?available=1{parameters}")).await;
    assert_eq!(in_stock("").await[0], "enamel-mug");
    let number = in_stock("").await.len();
    execute(&db, "UPDATE products SET stock = 0 WHERE id = 'enamel-mug'").await;
    for parameters in ["", "&sort=price", "&category=kitchen"] {
        assert!(in_stock(parameters).await.contains(&"enamel-mug-blue".to_owned()), "{parameters}");
    }
    assert_eq!(in_stock("").await.len(), number);
    assert_eq!(list(&server, "").await[0].id, "enamel-mug", "a list without a filter shows the main product");
    execute(&db, "UPDATE products SET stock = 0 WHERE id = 'enamel-mug-blue'").await;
    assert_eq!(in_stock("").await.len(), number - 1);
    db.close().await;
}

#[tokio::test]
async fn the_index_follows_every_change_of_a_variant() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    execute(&db, "UPDATE products SET option_value = 'Ochre' WHERE id = 'enamel-mug-blue'").await;
    assert_eq!(found(&server, "ochre", "").await, ["enamel-mug-blue"]);
    execute(&db, "UPDATE products SET option_value = 'Ivory' WHERE id = 'enamel-mug'").await;
    assert_eq!(found(&server, "ivory mug", "").await, ["enamel-mug"]);
    execute(&db, "UPDATE product_texts SET option_value = 'Marine' WHERE product = 'enamel-mug-green' AND language = 'fr'").await;
    assert_eq!(found(&server, "marine mug", "").await, ["enamel-mug-green"]);
    assert!(found(&server, "vert mug", "").await.is_empty());
    execute(&db, "INSERT INTO product_texts (product, language, name) VALUES ('enamel-mug', 'it', 'Tazza')").await;
    assert_eq!(found(&server, "tazza marine", "").await, ["enamel-mug-green"]);
    execute(&db, "UPDATE product_texts SET product = 'star-atlas' WHERE language = 'it'").await;
    assert!(found(&server, "tazza marine", "").await.is_empty());
    assert_eq!(found(&server, "tazza", "").await, ["star-atlas"]);
    execute(&db, "DELETE FROM product_texts WHERE language = 'it'").await;
    assert!(found(&server, "tazza", "").await.is_empty());
    execute(&db, "UPDATE products SET main_product = 'field-thermos' WHERE id = 'enamel-mug-blue'").await;
    assert!(found(&server, "ochre mug", "").await.is_empty());
    assert_eq!(found(&server, "ochre flask", "").await, ["enamel-mug-blue"]);
    // A search finds a product without a family by its own words.
    execute(&db, "UPDATE products SET main_product = NULL WHERE id = 'enamel-mug-blue'").await;
    assert_eq!(found(&server, "ochre mug", "").await, ["enamel-mug-blue"]);
    assert!(found(&server, "ochre flask", "").await.is_empty());
    execute(&db, "DELETE FROM products WHERE id = 'field-thermos-red'").await;
    assert!(found(&server, "red flask", "").await.is_empty());
    execute(&db, "DELETE FROM products WHERE id = 'enamel-mug'").await;
    assert!(found(&server, "green enamel", "").await.is_empty());
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM products WHERE id LIKE 'enamel-mug%'").fetch_one(&db).await.unwrap();
    assert_eq!(left, 1, "the deletion of a main product deletes its family");
    db.close().await;
}

#[tokio::test]
async fn variants_that_are_added_at_once_are_all_found() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    let insert = |number: u32| {
        let db = db.clone();
        tokio::spawn(async move {
            let insert = "INSERT INTO products (id, position, name, description, price, stock, main_product, option_value)
                          VALUES ($1, 9, 'Lantern', 'Of tin.', 100, 1, 'storm-lantern', $2)";
            sqlx::query(insert).bind(format!("lantern-{number}")).bind(format!("Shade{number}")).execute(&db).await.unwrap();
        })
    };
    for task in (0..12).map(insert).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for number in 0..12 {
        assert_eq!(found(&server, &format!("shade{number} lantern"), "").await.len(), 1, "{number}");
    }
    db.close().await;
}

#[tokio::test]
async fn two_instances_add_the_same_demo_products_once() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    let (one, other) = tokio::join!(demo_data::add_products(&db, 60), demo_data::add_products(&db, 60));
    one.unwrap();
    other.unwrap();
    assert_eq!(found(&server, "blanket 220", "").await.len(), 3, "one of the demo data and two generated ones");
    db.close().await;
}

/// The JSON-LD of a page.
fn structured_data(page: &str) -> Value {
    let data = page.split("<script type=\"application/ld+json\">").nth(1).and_then(|it| it.split("</script>").next());
    serde_json::from_str(data.unwrap()).unwrap()
}

#[tokio::test]
async fn a_variant_has_a_page_with_links_to_the_others_in_every_workflow() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../../index.html"));
    for workflow in WORKFLOWS.iter().chain(&["spa-local-storage", "spa-backend", "spa-shared-domain"]) {
        let (store, browser) = (store(workflow), cluster.browser());
        let home = text(browser.get(&store, "/").await).await;
        assert!(home.contains("r=\"1\" fill=\"#4c7a5c\"></circle></svg>3 colours</span>") && home.contains("2 sizes</span>"), "{home}");
        assert!(!home.contains("href=\"/products/enamel-mug-blue\""), "{home}");
        let found = text(browser.get(&store, "/?q=blue+mug").await).await;
        assert!(found.contains("<a href=\"/products/enamel-mug-blue\">Enamel mug, blue</a>") && found.contains("1 product<"), "{found}");

        let page = text(browser.get(&store, "/products/enamel-mug-blue").await).await;
        let url = format!("http://{store}:8080/products/enamel-mug-blue");
        let parts = [
            "<title>Enamel mug, blue · Fernhill</title>",
            "<h1 tabindex=\"-1\">Enamel mug, blue</h1>",
            "23 in stock.",
            "role=\"group\" aria-labelledby=\"option\"><p id=\"option\">Colour</p>",
            "<a href=\"/products/enamel-mug-blue\" aria-current=\"page\">",
            "<a href=\"/products/enamel-mug\">",
            "<span>Green</span> <small class=\"gone\">Sold out</small>",
            "<circle cx=\"1\" cy=\"1\" r=\"1\" fill=\"#3f6d9b\">",
            &format!("<link rel=\"canonical\" href=\"{url}\">"),
            &format!("<meta property=\"og:url\" content=\"{url}\">"),
            "<meta property=\"og:title\" content=\"Enamel mug, blue\">",
            "?product=enamel-mug\"",
        ];
        assert_has(&page, &parts);
        assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
        let data = structured_data(&page);
        assert_eq!((&data["@type"], &data["url"], &data["color"]), (&json!("Product"), &json!(url), &json!("Blue")));
        let group = &data["isVariantOf"];
        assert_eq!(
            (&group["@type"], &group["name"], &group["productGroupID"]),
            (&json!("ProductGroup"), &json!("Enamel mug"), &json!("enamel-mug"))
        );
        assert_eq!(group["variesBy"], "https://schema.org/color");
        let others: Vec<(&str, &str)> = group["hasVariant"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["color"].as_str().unwrap(), it["offers"]["availability"].as_str().unwrap()))
            .collect();
        assert_eq!(others, [("White", "https://schema.org/InStock"), ("Green", "https://schema.org/OutOfStock")]);
        assert_eq!(group["hasVariant"][1]["url"], format!("http://{store}:8080/products/enamel-mug-green"));

        let blanket = text(browser.get(&store, "/products/wool-blanket").await).await;
        assert!(
            blanket.contains("<p id=\"option\">Size</p>") && blanket.contains("<span>150 × 220 cm</span> <small>€119.00</small>"),
            "{blanket}"
        );
        let lantern = text(browser.get(&store, "/products/storm-lantern").await).await;
        assert!(!lantern.contains("class=\"variants\"") && structured_data(&lantern).get("isVariantOf").is_none(), "{lantern}");
        let german = browser.request(Method::GET, &store, "/products/enamel-mug-green").header("accept-language", "de");
        let german = text(browser.send(&store, german).await).await;
        assert!(german.contains("<p id=\"option\">Farbe</p>") && german.contains("<small class=\"gone\">Ausverkauft</small>"), "{german}");
    }
}

#[tokio::test]
async fn a_variant_is_a_line_of_the_cart_beside_its_main_product() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let home = browser.open(&store, "/").await;
        let white = browser.follow(&home, "Enamel mug").await;
        let choice = ["White", "Blue", "Green Sold out"].map(ToOwned::to_owned);
        assert!(white.links().windows(3).any(|it| it == choice), "{:?}", white.links());
        let blue = browser.follow(&white, "Blue").await;
        assert_eq!(blue.path, "/products/enamel-mug-blue");
        let added = browser.press(&blue, "Add to cart: Enamel mug, blue", &[]).await;
        assert!(added.path == blue.path && added.has("Added Enamel mug, blue."), "{}", added.html);
        let green = browser.follow(&blue, "Green Sold out").await;
        assert!(green.has("Sold out") && !green.has_button("Add to cart: Enamel mug, green"), "{}", green.html);
        for (product, list) in [("enamel-mug", ""), ("enamel-mug-blue", "?q=blue+mug"), ("wool-blanket-150-220", "")] {
            let added = browser.post_form(&store, "/shopping-cart/lines", &[("product", product), ("list", list)]).await;
            assert_eq!((added.status(), location(&added)), (StatusCode::SEE_OTHER, format!("/{list}").as_str()));
        }
        let cart = text(browser.get(&store, "/shopping-cart").await).await;
        let parts = [
            "<h2><a href=\"/products/enamel-mug\">Enamel mug</a></h2><p class=\"quiet-text\">White · €14.90 each</p>",
            "<h2><a href=\"/products/enamel-mug-blue\">Enamel mug, blue</a></h2><p class=\"quiet-text\">€14.90 each</p>",
            "<h2><a href=\"/products/wool-blanket-150-220\">Wool blanket, 150 × 220 cm</a></h2><p class=\"quiet-text\">€119.00 each</p>",
            "€163.70",
        ];
        assert_has(&cart, &parts);
        let refused = browser.post_form(&store, "/shopping-cart/lines", &[("product", "enamel-mug-green")]).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
    }
}
