//! A search finds each word as it stands in a text, in posts and in products, on both databases: the table has one answer for each search.

use crate::sql::threads::ask;
use crate::test_server::{Host, TestServer, fresh_database};
use reqwest::Method;
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, AssertSqlSafe};
use std::collections::BTreeSet;
use storefront_api::catalogue::ProductFilter;
use storefront_api::{Post, Product};
use storefront_server::{database, http::percent::encoded, store::listing};
use test_support::issuer::SECOND;

/// Texts, with the searches that find this text and no other one.
const TABLE: [(&str, &[&str]); 32] = [
    (
        "Ein GROẞER Kännchendeckel, 5 m² und öffnet – Straße",
        &["GROẞER", "groß", "GROSSER", "Kännchendeckel", "kannchendeckel", "m²", "m2", "STRASSE"],
    ),
    ("The oﬃce orders ＡＢＣ crates at İstanbul", &["oﬃce", "office", "ＡＢＣ", "abc", "İstanbul", "istanbul"]),
    ("Crème brûlée, Nguyễn Thị, e\u{301}toffe", &["brûlée", "brulee", "Nguyễn", "nguyen", "étoffe", "e\u{301}toffe", "creme thi"]),
    ("Стоит чайник под ёлкой, рядом ёлка", &["чайник", "ЧАЙНИК", "ёлка", "елка", "ёлкой"]),
    ("Добра їжа, п’ять яблук", &["їжа", "п’ять", "п\u{2BC}ять", "п'ять"]),
    ("Καλό τηγάνι, οι δρόμοι της Ελλάδας", &["τηγάνι", "ΤΗΓΆΝΙ", "τηγανι", "Ελλάδας", "ΕΛΛΑΔΑΣ", "της"]),
    ("Պղնձե թավա", &["թավա", "ԹԱՎԱ", "Պղնձե"]),
    ("ქართული ქვაბი", &["ქვაბი", "ქართული"]),
    ("שָׁלוֹם לַכֹּל, מַחֲבַת", &["שָׁלוֹם", "שלום", "מחבת"]),
    ("كتب أحمد عن المِقْلاة ١٢ مرة", &["أحمد", "احمد", "المِقْلاة", "المقلاة", "١٢", "كـتب"]),
    ("علی\u{200C}رضا می\u{200C}خواهد", &["علی\u{200C}رضا", "علیرضا", "می\u{200C}خواهد"]),
    ("ܡܰܠܟܳܐ ܛܒܐ", &["ܡܰܠܟܳܐ", "ܡܠܟܐ"]),
    ("यह किताब अच्छी है", &["किताब", "अच्छी"]),
    ("আমার কড়াই ভালো", &["কড়াই", "আমার"]),
    ("ਮੇਰੀ ਕੜਾਹੀ", &["ਕੜਾਹੀ"]),
    ("મારી તપેલી", &["તપેલી"]),
    ("என் வாணலி நல்லது", &["வாணலி", "நல்லது"]),
    ("నా పెనం", &["పెనం"]),
    ("ನನ್ನ ಬಾಣಲೆ", &["ಬಾಣಲೆ"]),
    ("എന്റെ ചീനച്ചട്ടി", &["ചീനച്ചട്ടി"]),
    ("ශ්\u{200D}රී ලංකාවේ තාච්චිය", &["ශ්\u{200D}රී", "තාච්චිය"]),
    ("ผมซื้อกระทะเหล็กใหม่", &["กระทะ", "เหล็ก", "ผม"]),
    ("ຂ້ອຍຊື້ໝໍ້ຂາງ", &["ໝໍ້ຂາງ", "ຊື້"]),
    ("ཁོག་མ་གསར་པ།", &["གསར་པ"]),
    ("ကျွန်တော်ဒယ်အိုးဝယ်တယ်", &["ဒယ်အိုး"]),
    ("ខ្ញុំទិញខ្ទះដែក", &["ខ្ទះ"]),
    ("አዲስ መጥበሻ", &["መጥበሻ", "አዲስ"]),
    ("좋은 무쇠팬을 샀어요", &["무쇠팬", "무쇠팬을", "샀어요", "팬"]),
    ("鉄のフライパンの手入れ方法とガイド", &["手入れ", "フライパン", "ガイド", "ｶﾞｲﾄﾞ", "方法", "鉄"]),
    ("我买了一个铸铁锅和茶壶", &["铸铁锅", "茶壶", "壶", "买"]),
    ("ᎠᏍᏆᎸᏗ ᎦᏅᎢ", &["ᎦᏅᎢ"]),
    ("Reparatur (Nr. 7/9): x_y@z – don’t", &["x_y@z", "don't", "7/9"]),
];

async fn insert(db: &AnyPool) {
    for (number, (text, _)) in TABLE.iter().enumerate() {
        let post = sqlx::query("INSERT INTO posts (id, author_id, title, body, created_at) VALUES ($1, 'a', 'Text', $2, 1)");
        post.bind(format!("{number}")).bind(*text).execute(db).await.unwrap();
        let product = sqlx::query(
            "INSERT INTO products (id, position, name, description, price, stock, category) VALUES ($1, 1, 'Text', $2, 100, 1, 'none')",
        );
        product.bind(format!("{number}")).bind(*text).execute(db).await.unwrap();
    }
}

/// The numbers of the posts and of the products that a search finds.
async fn found(server: &TestServer, words: &str) -> [BTreeSet<String>; 2] {
    let path = format!("/api/load-posts?q={}", encoded(words));
    let posts: Vec<Post> = ask(server, SECOND, Method::GET, &path).send().await.unwrap().json().await.unwrap();
    let filter = ProductFilter { search: words.to_owned(), ..ProductFilter::default() };
    let path = format!("/api/products{}", filter.to_query());
    let products: Vec<Product> = server.get(Host::Store, &path).send().await.unwrap().json().await.unwrap();
    [posts.into_iter().map(|it| it.id).collect(), products.into_iter().map(|it| it.id).collect()]
}

async fn each_search_finds_its_text(server: &TestServer) {
    let mut wrong = Vec::new();
    for (number, (_, searches)) in TABLE.iter().enumerate() {
        for words in *searches {
            let found = found(server, words).await;
            let expected = BTreeSet::from([number.to_string()]);
            if found != [expected.clone(), expected] {
                wrong.push(format!("{words}: {number}, but {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} searches: {wrong:#?}", wrong.len());
}

#[tokio::test]
async fn each_word_is_found_as_it_stands_in_a_post_and_in_a_product() {
    assert!(TABLE.iter().map(|it| it.1.len()).sum::<usize>() >= 60);
    let server = TestServer::start_with(&[]).await;
    let db = database::open(&server.database_url).await.unwrap();
    insert(&db).await;
    each_search_finds_its_text(&server).await;
    // A program that knows no words changes a text. The old words go at once.
    for table in ["posts SET body", "products SET description"] {
        let change = format!("UPDATE {table} = 'Ein Dreifuß' WHERE id = '0'");
        sqlx::query(AssertSqlSafe(change)).execute(&db).await.unwrap();
    }
    let expected = || BTreeSet::from(["0".to_owned()]);
    assert_eq!(found(&server, "dreifuss").await, [expected(), expected()]);
    assert_eq!(found(&server, "Kännchendeckel").await, [BTreeSet::new(), BTreeSet::new()]);
    db.close().await;
}

/// A database as it was before this migration.
async fn database_before(migration: i64, url: &str) -> AnyPool {
    sqlx::any::install_default_drivers();
    let old = AnyPool::connect(&format!("{url}{}", if url.starts_with("sqlite") { "?mode=rwc" } else { "" })).await.unwrap();
    let own: Migrator =
        if database::is_shared(&old) { sqlx_macros::migrate!("migrations/postgres") } else { sqlx_macros::migrate!("migrations/sqlite") };
    let migrations = sqlx_macros::migrate!().iter().chain(own.iter()).filter(|it| it.version < migration).cloned().collect();
    Migrator::with_migrations(migrations).run(&old).await.unwrap();
    old
}

#[tokio::test]
async fn german_texts_move_into_the_table_of_texts_and_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let url = fresh_database(folder.path()).await;
    let old = database_before(45, &url).await;
    for (id, main, texts) in [
        ("mug", None, ["Mug", "Becher", "Steel.", "Stahl.", "White", "Weiß", "Wash it.", "Spülen."]),
        ("mug-blue", Some("mug"), ["Blue mug", "", "Steel.", "", "Blue", "Blau", "", ""]),
        ("pan", None, ["Pan", "", "Iron.", "", "", "", "", ""]),
    ] {
        let insert = sqlx::query(
            "INSERT INTO products (id, position, price, stock, main_product, name, german_name, description, german_description, option_value,
                 german_option_value, care, german_care) VALUES ($1, 1, 100, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        texts.into_iter().fold(insert.bind(id).bind(main), |insert, text| insert.bind(text)).execute(&old).await.unwrap();
    }
    old.close().await;
    let db = database::open(&url).await.unwrap();
    let moved = "SELECT product, language, name, description, option_value, care FROM product_texts ORDER BY product";
    let moved: Vec<(String, String, String, String, String, String)> = sqlx::query_as(moved).fetch_all(&db).await.unwrap();
    let row = |texts: [&str; 6]| texts.map(ToOwned::to_owned).into();
    assert_eq!(moved, [row(["mug", "de", "Becher", "Stahl.", "Weiß", "Spülen."]), row(["mug-blue", "de", "", "", "Blau", ""])]);
    for (words, product) in [("becher blau", "mug-blue"), ("weiss stahl", "mug"), ("blue mug", "mug-blue"), ("iron", "pan")] {
        let filter = ProductFilter { search: words.to_owned(), ..ProductFilter::default() };
        let found = listing::list(&db, &filter, None).await.unwrap();
        assert_eq!(found.products.iter().map(|it| &*it.id).collect::<Vec<_>>(), [product], "{words}");
    }
    db.close().await;
}

#[tokio::test]
async fn rows_from_before_the_words_are_found_after_an_update_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let url = fresh_database(folder.path()).await;
    let old = database_before(37, &url).await;
    insert(&old).await;
    old.close().await;
    let db = database::open(&url).await.unwrap();
    storefront_server::search_words::fill(&db).await.unwrap();
    for table in ["posts", "products"] {
        let left = format!("SELECT COUNT(*) FROM {table} WHERE search_words IS NULL");
        assert_eq!(sqlx::query_scalar::<_, i64>(AssertSqlSafe(left)).fetch_one(&db).await.unwrap(), 0, "{table}");
    }
    db.close().await;
}

#[tokio::test]
async fn a_search_that_nothing_has_completely_looks_for_as_many_words_as_possible() {
    let server = TestServer::start().await;
    let filter = |search: &str| ProductFilter { search: search.to_owned(), ..ProductFilter::default() }.to_query();
    for (words, searched_for, product) in [
        ("something for coffee", Some("mug"), "enamel-mug"),
        ("enamel zeppelin mug", Some("enamel mug"), "enamel-mug"),
        ("outdoor", Some("road"), "canvas-rucksack"),
        ("Outdoors", Some("road"), "canvas-rucksack"),
        ("unterwegs", None, "canvas-rucksack"),
    ] {
        let answer = server.get(Host::Store, &format!("/api/products{}", filter(words))).send().await.unwrap();
        let header = answer.headers().get("searched-for").map(|it| it.to_str().unwrap().replace("%20", " "));
        let products: Vec<Product> = answer.json().await.unwrap();
        assert_eq!(header.as_deref(), searched_for, "{words}");
        assert!(products.iter().any(|it| it.id == product), "{words}: {:?}", products.iter().map(|it| &it.id).collect::<Vec<_>>());
    }
    for (words, searched_for) in [("storm zeppelin lantern", Some("storm%20lantern")), ("zeppelin airship", None)] {
        let path = format!("/api/load-posts?q={}", encoded(words));
        let answer = ask(&server, SECOND, Method::GET, &path).send().await.unwrap();
        let header = answer.headers().get("searched-for").map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(header.as_deref(), searched_for, "{words}");
        assert_eq!(answer.json::<Vec<Post>>().await.unwrap().is_empty(), searched_for.is_none(), "{words}");
    }
}
