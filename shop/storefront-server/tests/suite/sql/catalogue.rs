//! The list of products: search, categories, sort orders and pages, in the API and on the server-rendered start page.

use crate::browse::assert_has;
use crate::test_cluster::{TestCluster, store};
use crate::test_server::{Host, TestServer, problem};
use crate::webapp_steps::{WORKFLOWS, text};
use reqwest::{Response, StatusCode};
use sqlx::AnyPool;
use std::collections::BTreeSet;
use storefront_api::{Product, catalogue::ProductFilter};
use storefront_server::{database, search_words};

const LIST: &str = "/api/products";

/// One page of the list, as the API returns it.
struct Page {
    products: Vec<Product>,
    count: i64,
    searched_for: Option<String>,
    next: Option<String>,
}

impl Page {
    async fn of(answer: Response) -> Self {
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
        let next = header("link").map(|it| it.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned());
        let (count, searched_for) = (header("product-count").unwrap().parse().unwrap(), header("searched-for"));
        Self { count, searched_for, next, products: answer.json().await.unwrap() }
    }

    fn ids(&self) -> Vec<&str> {
        self.products.iter().map(|it| it.id.as_str()).collect()
    }
}

async fn page(server: &TestServer, path: &str) -> Page {
    Page::of(server.get(Host::Store, path).send().await.unwrap()).await
}

async fn search(server: &TestServer, words: &str) -> Page {
    let filter = ProductFilter { search: words.to_owned(), ..ProductFilter::default() };
    page(server, &format!("{LIST}{}", filter.to_query())).await
}

/// All pages from `path` on.
async fn all(server: &TestServer, path: &str) -> Vec<Product> {
    let (mut products, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = page(server, &path).await;
        assert!(page.next.is_none() || page.products.len() == 24, "{path}: {}", page.products.len());
        products.extend(page.products);
        next = page.next;
    }
    products
}

/// A product for a test.
struct NewProduct<'a> {
    id: &'a str,
    position: i64,
    name: &'a str,
    description: &'a str,
}

async fn insert(db: &AnyPool, NewProduct { id, position, name, description }: NewProduct<'_>) {
    let insert = sqlx::query(
        "INSERT INTO products (id, position, name, description, price, stock, category) VALUES ($1, $2, $3, $4, 100, 1, 'desk')",
    );
    insert.bind(id).bind(position).bind(name).bind(description).execute(db).await.unwrap();
}

async fn execute(db: &AnyPool, statement: &'static str) {
    sqlx::query(statement).execute(db).await.unwrap();
}

#[tokio::test]
async fn without_a_query_the_list_is_an_array_in_the_order_of_the_catalogue() {
    let server = TestServer::start().await;
    let page = page(&server, LIST).await;
    assert_eq!((page.products.len(), page.count, page.next, page.searched_for), (12, 12, None, None));
    assert_eq!((page.products[0].id.as_str(), page.products[0].category.as_str()), ("enamel-mug", "kitchen"));
    assert_eq!(page.products[11].id, "star-atlas");
}

/// The id of the main product in the product's family, or the product's own id if it has no family.
fn main(product: &Product) -> &str {
    product.variants.first().map_or(&product.id, |it| &it.id)
}

#[tokio::test]
async fn the_pages_of_each_list_have_each_product_once_and_in_order() {
    let server = TestServer::start_with(&["--demo-data", "--demo-products", "300"]).await;
    let everything = all(&server, LIST).await;
    assert_eq!(everything.len(), 312);
    for filter in ["q=mug", "category=road", "available=1", "q=workshop&category=desk&available=1", ""] {
        for sort in ["", "&sort=price", "&sort=price-desc"] {
            let path = format!("{LIST}?{filter}{sort}");
            let products = all(&server, &path).await;
            let ids: BTreeSet<&str> = products.iter().map(main).collect();
            assert_eq!(ids.len(), products.len(), "{path}");
            assert_eq!(page(&server, &path).await.count, products.len() as i64, "{path}");
            let expected = everything.iter().filter(|it| {
                let text = format!("{} {}", it.name, it.description).to_lowercase();
                (!filter.contains("q=mug") || text.contains("mug"))
                    && (!filter.contains("workshop") || text.contains("workshop"))
                    && (!filter.contains("road") || it.category == "road")
                    && (!filter.contains("desk") || it.category == "desk")
                    && (!filter.contains("available") || it.stock > 0 || it.variants.iter().any(|it| it.stock > 0))
            });
            assert_eq!(ids, expected.map(main).collect(), "{path}");
            let prices: Vec<i64> = products.iter().map(|it| it.price).collect();
            match sort {
                "&sort=price" => assert!(prices.is_sorted(), "{path}: {prices:?}"),
                "&sort=price-desc" => assert!(prices.iter().rev().is_sorted(), "{path}: {prices:?}"),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn a_next_page_neither_repeats_nor_skips_when_products_come_and_go() {
    let server = TestServer::start_with(&["--demo-data", "--demo-products", "100"]).await;
    let db = database::open(&server.database_url).await.unwrap();
    for query in ["", "?q=mug", "?sort=price", "?sort=price-desc&category=road"] {
        let before = all(&server, &format!("{LIST}{query}")).await;
        let first = page(&server, &format!("{LIST}{query}")).await;
        let Some(next) = first.next.clone() else { continue };
        // The first page gains one product and loses another, and the product at the cursor is deleted.
        insert(&db, NewProduct { id: "aaa", position: -1, name: "New mug", description: "Beyond the cursor." }).await;
        for id in [first.ids()[3], first.ids()[23]] {
            sqlx::query("DELETE FROM products WHERE id = $1").bind(id).execute(&db).await.unwrap();
        }
        let rest: Vec<Product> = all(&server, &next).await.into_iter().filter(|it| it.id != "aaa").collect();
        assert_eq!(rest, before[24..], "{query}");
        execute(&db, "DELETE FROM products WHERE id = 'aaa'").await;
    }
    db.close().await;
}

#[tokio::test]
async fn a_search_forgives_case_diacritics_and_one_slip_in_a_word() {
    let server = TestServer::start_with(&["--demo-data", "--demo-products", "50"]).await;
    let db = database::open(&server.database_url).await.unwrap();
    let description = "Grüße aus der Straße, 26cm – “très” jolie.";
    insert(&db, NewProduct { id: "kaennchen", position: 1, name: "Kännchen für Kaffee", description }).await;
    for words in ["Kännchen", "KANNCHEN", "kännc", "strasse", "STRASSE", "straße kaffee", "tres", "kaffee-kännchen!", "26cm jolie"] {
        let found = search(&server, words).await;
        assert_eq!((found.ids(), found.searched_for.clone()), (vec!["kaennchen"], None), "{words}");
    }
    for (slip, meant) in
        [("enamal mug", "enamel mug"), ("enmael mug", "enamel mug"), ("enamell mug", "enamel mug"), ("eamel mug", "enamel mug")]
    {
        let found = search(&server, slip).await;
        assert_eq!((found.ids()[0], found.searched_for.as_deref()), ("enamel-mug", Some(meant.replace(' ', "%20").as_str())), "{slip}");
    }
    assert_eq!(search(&server, "kanchen").await.ids(), ["kaennchen"], "one letter is missing");
    for (words, part) in [("enimal mug", "mug"), ("enamel zeppelin", "enamel")] {
        let found = search(&server, words).await;
        assert_eq!((found.count > 0, found.searched_for.as_deref()), (true, Some(part)), "{words}");
    }
    for nothing in ["zeppelin", "mg"] {
        let found = search(&server, nothing).await;
        assert_eq!((found.count, found.searched_for), (0, None), "{nothing}");
    }
    // The URL of a corrected search's next page has the corrected words.
    let next = search(&server, "lightt").await.next;
    assert!(next.is_none_or(|it| it.contains("q=light&")));
    db.close().await;
}

#[tokio::test]
async fn a_search_for_a_synonym_finds_what_the_shop_calls_it() {
    let server = TestServer::start().await;
    for (word, meant, product) in [
        ("torch", "lantern", "storm-lantern"),
        ("lamp", "lantern", "storm-lantern"),
        ("Tasse", "becher", "enamel-mug"),
        ("Lampe", "sturmlaterne", "storm-lantern"),
        ("cup", "mug", "enamel-mug"),
        ("backpack", "rucksack", "canvas-rucksack"),
        ("bag", "rucksack", "canvas-rucksack"),
        ("axe", "hatchet", "birch-hatchet"),
        ("bottle", "flask", "field-thermos"),
        ("gift", "candles", "beeswax-candles"),
    ] {
        let found = search(&server, word).await;
        assert_eq!((found.ids().first().copied(), found.searched_for.as_deref()), (Some(product), Some(meant)), "{word}");
    }
    assert_eq!(search(&server, "camq").await.count, 0, "one letter of four is no typo");
}

#[tokio::test]
async fn products_with_the_words_in_their_name_come_first() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    insert(&db, NewProduct { id: "spoon", position: -5, name: "Spoon", description: "Fits the enamel mug." }).await;
    let found = search(&server, "enamel mug").await;
    assert_eq!(found.ids(), ["enamel-mug", "spoon"]);
    db.close().await;
}

#[tokio::test]
async fn the_index_follows_every_change_of_the_products() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    execute(&db, "UPDATE products SET name = 'Zinced bucket' WHERE id = 'hammock'").await;
    assert_eq!(search(&server, "zinced").await.ids(), ["hammock"]);
    assert_eq!(search(&server, "zicned").await.searched_for.as_deref(), Some("zinced"));
    assert_eq!(search(&server, "two-tree").await.count, 0);
    execute(&db, "UPDATE products SET id = 'bucket' WHERE id = 'hammock'").await;
    assert_eq!(search(&server, "zinced").await.ids(), ["bucket"]);
    execute(&db, "UPDATE products SET stock = stock - 1 WHERE id = 'bucket'").await;
    assert_eq!(search(&server, "zinced").await.ids(), ["bucket"]);
    execute(&db, "DELETE FROM products WHERE id = 'bucket'").await;
    for gone in ["zinced", "zicned"] {
        let found = search(&server, gone).await;
        assert_eq!((found.count, found.searched_for), (0, None), "{gone}");
    }
    db.close().await;
}

#[tokio::test]
async fn no_text_of_a_search_is_an_operator() {
    let server = TestServer::start().await;
    for text in [
        "\"",
        "*",
        "\"*",
        "NEAR(",
        "a' OR '1'='1",
        "mug\" OR \"pan",
        "mug) | (pan",
        "name : mug",
        "{name} : mug",
        "mug & !pan",
        "-",
        "''",
        "\\",
        ":*",
        "mug:*A",
        "\0",
    ] {
        let found = search(&server, text).await;
        assert!(found.products.len() < 12, "{text:?} found everything");
    }
    assert_eq!(search(&server, "mug\0").await.ids(), ["enamel-mug"], "a NUL ends a word");
    for both in ["mug OR pan", "mug AND NOT pan", "mug | pan"] {
        assert_eq!(search(&server, both).await.searched_for.map(|it| it.contains("mug") && it.contains("pan")), Some(false), "{both}");
    }
    assert_eq!(search(&server, "\u{1F600}").await.count, 0);
    assert_eq!(search(&server, "  ").await.count, 12, "a search for white space lists every product");
}

#[tokio::test]
async fn a_parameter_without_a_meaning_is_refused() {
    let server = TestServer::start().await;
    let long = format!("{LIST}?q={}", "x".repeat(10_000));
    for path in [
        &long,
        "/api/products?q=%ff",
        "/api/products?category=shoes",
        "/api/products?sort=up",
        "/api/products?available=no",
        "/api/products?after=1",
        "/api/products?after=9.1.a",
        "/api/products?after=2.x.a",
        "/api/products?after=2.1.%00",
    ] {
        let answer = server.get(Host::Store, path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(problem(answer).await.kind, "/problems/filter-unusable");
    }
    assert_eq!(page(&server, "/api/products?utm_source=mail&after=2.-9.").await.count, 12, "unknown parameters are ignored");
}

#[tokio::test]
async fn counting_ends_at_five_hundred_and_a_broad_search_has_all_its_pages() {
    let server = TestServer::start_with(&["--demo-products", "4000"]).await;
    let first = page(&server, "/api/products?q=made").await;
    assert_eq!(first.count, 501, "one description in seven has the word");
    let broad = page(&server, "/api/products?q=for").await;
    assert_eq!(broad.count, 501, "every description has the word");
    let second = page(&server, &broad.next.unwrap()).await;
    assert_eq!((second.products[0].id.as_str(), second.products.len()), (all_ids(&server).await[24].as_str(), 24));
}

#[tokio::test]
async fn a_frequent_word_is_listed_by_price_even_if_its_products_come_late() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    execute(
        &db,
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3200)
         INSERT INTO products (id, position, name, description, price, stock, category)
         SELECT 'piece-' || n, n, CASE WHEN n % 2 = 0 THEN 'Chair' ELSE 'Lampshade' END, 'Made by hand.',
                CASE WHEN n % 2 = 0 THEN 5000 ELSE 500 END + n * 7919 % 450 - n % 3, 1, 'desk' FROM numbers",
    )
    .await;
    search_words::fill(&db).await.unwrap();
    db.close().await;
    for (path, word) in [("q=lamp&sort=price-desc", "Lampshade"), ("q=chair+hand&sort=price&category=desk", "Chair")] {
        let products = all(&server, &format!("{LIST}?{path}")).await;
        assert!(products.len() == 1_600 && products.iter().all(|it| it.name == word), "{path}: {}", products.len());
        let mut keys: Vec<(i64, &str)> = products.iter().map(|it| (it.price, it.id.as_str())).collect();
        if word == "Lampshade" {
            keys.reverse();
        }
        assert!(keys.windows(2).all(|it| it[0] < it[1]), "{path}: {keys:?}");
    }
}

async fn all_ids(server: &TestServer) -> Vec<String> {
    let first = page(server, LIST).await;
    let second = page(server, &first.next.unwrap()).await;
    first.products.into_iter().chain(second.products).map(|it| it.id).collect()
}

#[tokio::test]
async fn the_server_rendered_list_is_searched_by_forms_and_links() {
    let cluster = TestCluster::start_with(&["--demo-products", "60"], 1).await;
    for workflow in WORKFLOWS {
        let (store, browser) = (store(workflow), cluster.browser());
        let home = text(browser.get(&store, "/").await).await;
        let origin = format!("http://{store}:8080");
        let parts = [
            "role=\"search\" method=\"get\" action=\"/\"",
            "72 products",
            "<a href=\"/\" aria-current=\"true\">All</a>",
            "<a href=\"/?category=road\">On the road</a>",
            "rel=\"next\" href=\"/?after=",
            &format!("<link rel=\"canonical\" href=\"{origin}/\">"),
        ];
        assert_has(&home, &parts);
        let second = browser.follow(&browser.open(&store, "/").await, "Next page").await;
        assert!(second.has("noindex") && !second.has("canonical") && !second.has("/products/enamel-mug\""), "{}", second.html);
        let third = browser.follow(&second, "Next page").await;
        assert!(!third.links().contains(&"Next page".to_owned()), "72 products have three pages: {}", third.html);
        let first = browser.follow(&third, "First page").await;
        assert!(first.path == "/" && first.has("/products/enamel-mug\""), "{}", first.html);

        let category = text(browser.get(&store, "/?category=road").await).await;
        assert!(category.contains("<title>On the road · Fernhill</title>"), "{category}");
        assert!(category.contains(&format!("<link rel=\"canonical\" href=\"{origin}/?category=road\">")), "{category}");

        let corrected = text(browser.get(&store, "/?q=enamal+mug&sort=price&available=1").await).await;
        let parts = [
            "Showing results for “enamel mug”.",
            "value=\"enamal mug\"",
            "<option value=\"price\" selected>",
            "checked",
            "noindex",
            "<title>Search: enamal mug · Fernhill</title>",
            "name=\"list\" value=\"?q=enamal+mug&amp;sort=price&amp;available=1\"",
        ];
        assert_has(&corrected, &parts);
        let form = browser.follow(&browser.open(&store, "/login").await, "Search").await;
        assert!(form.path == "/?q=" && form.has("type=\"search\"") && form.has(" autofocus>"), "the box has the focus: {}", form.html);
        let typed = [("Search products", "enamal mug"), ("Sort by", "price"), ("In stock only", "yes")];
        let found = browser.press(&form, "Search", &typed).await;
        assert!(found.has("Showing results for “enamel mug”."), "{}", found.html);
        let added = browser.press(&found, "Add to cart: Enamel mug", &[]).await;
        assert!(added.path == "/?q=enamal+mug&sort=price&available=1" && added.has("Added Enamel mug."), "{} {}", added.path, added.html);

        let nothing = text(browser.get(&store, "/?q=%3Cb%3Ezeppelin").await).await;
        assert!(nothing.contains("Nothing found for “&lt;b&gt;zeppelin”.") && nothing.contains("Clear search"), "{nothing}");
        let (_, empty) = nothing.split_once("empty-state").unwrap();
        assert!(empty.contains("<a href=\"/?category=kitchen\">"), "no result offers the categories: {empty}");
        for odd in ["/?category=shoes&sort=up&after=x", &format!("/?q={}", "x".repeat(10_000)), "/?q=%00&after=2.1.%00"] {
            assert_eq!(browser.get(&store, odd).await.status(), StatusCode::OK, "{odd}");
        }
    }
}

#[tokio::test]
async fn a_sitemap_of_more_than_fifty_thousand_addresses_has_parts() {
    let server = TestServer::start().await;
    let db = database::open(&server.database_url).await.unwrap();
    // The test turns off the triggers that fill the search index, because it searches for nothing.
    let triggers = if database::is_shared(&db) { "ALTER TABLE products DISABLE TRIGGER USER" } else { "DROP TRIGGER index_new_product" };
    execute(&db, triggers).await;
    // One statement for all products could last longer than the server's limit for a statement.
    for first in (1..=50_000).step_by(1_000) {
        let thousand = "INSERT INTO products (id, position, name, description, price, stock)
                        WITH RECURSIVE numbers (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1 + 999)
                        SELECT 'p-' || n, n, '', '', 1, 1 FROM numbers";
        sqlx::query(thousand).bind(first).execute(&db).await.unwrap();
    }
    db.close().await;
    let get = async |path: String| server.get(Host::Store, &path).send().await.unwrap().text().await.unwrap();
    let index = get("/sitemap.xml".to_owned()).await;
    let parts: Vec<&str> = index.split("<loc>").skip(1).filter_map(|it| it.split("</loc>").next()).collect();
    assert_eq!(parts.len(), 2, "{index}");
    let mut addresses = BTreeSet::new();
    for part in parts {
        let path = &part[part.find("/sitemap.xml").unwrap()..];
        let part = get(path.to_owned()).await;
        let count = addresses.len();
        addresses.extend(part.split("<loc>").skip(1).filter_map(|it| it.split("</loc>").next()).map(ToOwned::to_owned));
        assert!((1..=50_000).contains(&(addresses.len() - count)));
    }
    assert_eq!(addresses.len(), 50_000 + 16 + 1);
}
