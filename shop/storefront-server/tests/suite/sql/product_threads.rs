//! Threads about a product: the page of the product shows the newest threads to everybody, and the Forums name the product.

use crate::browse::assert_has;
use crate::sql::threads::{MODERATOR, ask, publish, send};
use crate::test_cluster::{Browser, PASSWORD, TestCluster, forums, location, store};
use crate::test_server::{Host, TestServer, problem, with_status};
use crate::webapp_steps::{WORKFLOWS, credential, text};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::AnyPool;
use storefront_api::forums::{Draft, Thread};
use storefront_api::product_threads::{MAX_ANSWER_CHARS, PRODUCT_NAME_HEADER, ThreadProduct, ThreadSummary};
use storefront_api::{Post, Product};
use storefront_server::database;
use test_support::issuer::{SECOND, SHOPPER};

async fn list(server: &TestServer, query: &str) -> (Vec<Post>, Option<String>, Option<String>) {
    let answer = ask(server, SHOPPER, Method::GET, &format!("/api/load-posts{query}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{query}");
    let header = |name: &str| answer.headers().get(name).map(|it| it.to_str().unwrap().to_owned());
    let (name, link) = (header(PRODUCT_NAME_HEADER), header("link"));
    (answer.json().await.unwrap(), name, link)
}

/// The threads of a product as its page reads them, without a sign-in.
async fn threads_of(server: &TestServer, product: &str) -> Vec<ThreadSummary> {
    let answer = server.get(Host::Store, &format!("/api/products/{product}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json::<Product>().await.unwrap().threads.unwrap()
}

fn titles(threads: &[ThreadSummary]) -> Vec<&str> {
    threads.iter().map(|it| &*it.title).collect()
}

async fn execute(db: &AnyPool, statement: &'static str) {
    sqlx::query(statement).execute(db).await.unwrap();
}

fn about(name: &str, id: &str) -> Option<ThreadProduct> {
    Some(ThreadProduct { id: id.to_owned(), name: name.to_owned() })
}

#[tokio::test]
async fn a_product_shows_its_newest_threads_with_their_first_answers_and_nothing_else() {
    let server = TestServer::start().await;
    assert_eq!(threads_of(&server, "enamel-mug").await, []);
    let mut ids = Vec::new();
    for title in ["Zeroth", "First", "Second", "", "Fourth"] {
        let body = json!({"title": title, "body": format!("Confidential words of {title}"), "product": "enamel-mug"});
        ids.push(publish(&server, SHOPPER, body).await.id);
    }
    let pan = publish(&server, SECOND, json!({"title": "Of the pan", "body": "Confidential", "product": "cast-iron-pan"})).await.id;
    let quotation = json!({"body": "> Confidential"});
    assert!(send(&server, MODERATOR, Method::POST, &format!("/api/posts/{pan}/replies"), quotation).await.status().is_success());
    assert_eq!(threads_of(&server, "cast-iron-pan").await.remove(0).answer, None, "a quotation is not the replier's own");
    let reply = async |user: &str, body: &str| {
        let answer = send(&server, user, Method::POST, &format!("/api/posts/{}/replies", ids[4]), json!({"body": body})).await;
        format!("/api/posts/{}", answer.json::<Post>().await.unwrap().id)
    };
    let first_answer = async || threads_of(&server, "enamel-mug").await.remove(0).answer;
    reply(SHOPPER, "Nobody?").await;
    let draft = json!({"title": "", "body": "Half a thought", "seen": 0});
    assert_eq!(send(&server, SECOND, Method::PUT, &format!("/api/drafts/{}", ids[4]), draft).await.status(), StatusCode::OK);
    assert_eq!(first_answer().await, None, "what the user adds who asks is no answer, and neither is a draft");
    // As an earlier version of the server inserts it.
    let db = database::open(&server.database_url).await.unwrap();
    let old = sqlx::query("INSERT INTO posts (id, thread, author_id, body, created_at) VALUES ('old', $1, $2, 'For members', 1)");
    old.bind(&ids[4]).bind(SECOND).execute(&db).await.unwrap();
    assert_eq!(first_answer().await, None, "the author of an old reply did not know that it would be public");
    let hidden = reply(MODERATOR, "> Nobody?\n\nIt does.").await;
    let long = reply(SECOND, &"word ".repeat(200)).await;
    reply(SECOND, "A late reply").await;

    let answer = server.get(Host::Store, "/api/products/enamel-mug").send().await.unwrap().text().await.unwrap();
    for secret in
        ["Confidential", "Nobody?", "word", "A late reply", "Half a thought", "Clara Weiss", "Second\",\"body", SHOPPER, SECOND, MODERATOR]
    {
        assert!(!answer.contains(secret), "{secret}: {answer}");
    }
    let shown = first_answer().await.unwrap();
    assert_eq!((&*shown.text, shown.author), ("It does.", "Mina".to_owned()));
    for (user, post) in [(MODERATOR, &hidden), (SECOND, &long)] {
        assert_eq!(ask(&server, user, Method::DELETE, post).send().await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(first_answer().await.unwrap().text, "A late reply", "a deleted answer is not shown");
    ask(&server, SECOND, Method::POST, &format!("{long}/restore")).send().await.unwrap();
    let text = first_answer().await.unwrap().text;
    assert_eq!((text.chars().count(), text.ends_with("word…")), (MAX_ANSWER_CHARS, true), "a long answer is shortened: {text}");

    let newest = threads_of(&server, "enamel-mug").await;
    assert_eq!(titles(&newest), ["Fourth", "", "Second", "First"], "the page shows three threads; the fourth shows that there are more");
    assert_eq!(newest.iter().map(|it| it.replies).collect::<Vec<_>>(), [4, 0, 0, 0]);
    assert_eq!(newest.iter().map(|it| &it.id).collect::<Vec<_>>(), [&ids[4], &ids[3], &ids[2], &ids[1]]);

    // The Store does not show a deleted or hidden thread, even with replies. It shows a restored thread again.
    assert_eq!(ask(&server, SHOPPER, Method::DELETE, &format!("/api/posts/{}", ids[4])).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask(&server, MODERATOR, Method::DELETE, &format!("/api/posts/{}", ids[1])).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(titles(&threads_of(&server, "enamel-mug").await), ["", "Second", "Zeroth"]);
    ask(&server, MODERATOR, Method::POST, &format!("/api/posts/{}/restore", ids[1])).send().await.unwrap();
    assert_eq!(titles(&threads_of(&server, "enamel-mug").await), ["", "Second", "First", "Zeroth"]);

    let products: Vec<Value> = server.get(Host::Store, "/api/products").send().await.unwrap().json().await.unwrap();
    assert!(products.iter().all(|it| it.get("threads").is_none()), "the list of products has no threads");
}

#[tokio::test]
async fn the_forums_name_the_product_and_narrow_the_list_to_it() {
    let server = TestServer::start_with(&["--demo-data", "--limit-posts", "1000/60", "--limit-posts-by-address", "1000/60"]).await;
    let post = publish(&server, SHOPPER, json!({"title": "Chips", "body": "Does it chip?", "product": "enamel-mug"})).await;
    assert_eq!(post.product, about("Enamel mug", "enamel-mug"));
    assert_eq!(publish(&server, SHOPPER, json!({"body": "Of nothing"})).await.product, None);
    let thread: Thread = ask(&server, SECOND, Method::GET, &format!("/api/posts/{}", post.id)).send().await.unwrap().json().await.unwrap();
    assert_eq!(thread.post.product, post.product);
    let (all, name, _) = list(&server, "").await;
    assert_eq!((&all[1].product, name), (&post.product, None));

    let (found, name, link) = list(&server, "?product=enamel-mug").await;
    assert_eq!((found.iter().map(|it| &it.id).collect::<Vec<_>>(), name.as_deref(), link), (vec![&post.id], Some("Enamel%20mug"), None));
    assert_eq!(list(&server, "?product=enamel-mug&q=chip").await.0.len(), 1);
    assert_eq!(list(&server, "?product=enamel-mug&q=lantern").await.0.len(), 0);
    assert_eq!(list(&server, "?product=storm-lantern&q=lantern&sort=activity").await.0.len(), 1);
    for unknown in ["no-such-mug", "Enamel", "x%00y", "%FF", "a%20b"] {
        let (found, name, _) = list(&server, &format!("?product={unknown}")).await;
        assert_eq!((found.len(), name), (0, None), "{unknown}");
    }
    for number in 0..30 {
        publish(&server, SECOND, json!({"body": format!("{number}"), "product": "enamel-mug"})).await;
    }
    let (found, _, link) = list(&server, "?product=enamel-mug").await;
    let link = link.unwrap();
    let next = link.strip_prefix("</api/load-posts").unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let (rest, _, end) = list(&server, next).await;
    assert_eq!((found.len(), rest.iter().map(|it| &it.id).collect::<Vec<_>>(), end), (30, vec![&post.id], None));

    // When a product is deleted from the catalogue, its threads stay.
    let db = database::open(&server.database_url).await.unwrap();
    execute(&db, "DELETE FROM products WHERE id = 'enamel-mug'").await;
    let thread: Thread = ask(&server, SECOND, Method::GET, &format!("/api/posts/{}", post.id)).send().await.unwrap().json().await.unwrap();
    assert_eq!((thread.post.product, &*thread.post.body), (None, "Does it chip?"));
}

#[tokio::test]
async fn a_thread_about_an_unknown_product_is_refused_and_nothing_is_lost() {
    let server = TestServer::start().await;
    let draft = json!({"title": "T", "body": "Half a thought", "seen": 0, "product": "enamel-mug"});
    assert_eq!(send(&server, SHOPPER, Method::PUT, "/api/drafts/new", draft).await.status(), StatusCode::OK);
    let before = list(&server, "").await.0.len();
    for unknown in ["no-such-mug", "Enamel mug", "x\0y", &"a".repeat(65)] {
        let answer = send(&server, SHOPPER, Method::POST, "/api/posts", json!({"body": "x", "product": unknown})).await;
        let problem = problem(answer).await;
        assert_eq!((problem.status, &*problem.kind), (422, "/problems/thread-product-unknown"), "{unknown:?}");
    }
    assert_eq!(list(&server, "").await.0.len(), before);
    let read = async || -> Draft { ask(&server, SHOPPER, Method::GET, "/api/drafts/new").send().await.unwrap().json().await.unwrap() };
    let draft = read().await;
    assert_eq!((&*draft.body, draft.product), ("Half a thought", about("Enamel mug", "enamel-mug")));
    // The server keeps a draft even if its product is unknown.
    for (product, kept) in [(json!("no-such-mug"), None), (json!("x\0"), None), (json!("hammock"), about("Two-tree hammock", "hammock"))] {
        let draft = json!({"title": "", "body": "More", "seen": 0, "product": product});
        assert_eq!(send(&server, SHOPPER, Method::PUT, "/api/drafts/new", draft).await.status(), StatusCode::OK);
        let draft = read().await;
        assert_eq!((&*draft.body, draft.product), ("More", kept));
    }
    publish(&server, SHOPPER, json!({"body": "x", "product": "hammock"})).await;
    assert_eq!(read().await, Draft::default());
}

#[tokio::test]
async fn a_product_is_shown_when_its_threads_cannot_be_read() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../../index.html"));
    execute(&cluster.database().await, "ALTER TABLE posts RENAME TO posts_away").await;
    let browser = cluster.browser();
    let product: Product = browser.get(&store("spa-backend"), "/api/products/enamel-mug").await.json().await.unwrap();
    assert_eq!((&*product.name, product.threads), ("Enamel mug", None));
    for workflow in ["spa-local-storage", "webapp-jwt"] {
        let answer = browser.get(&store(workflow), "/products/enamel-mug").await;
        assert_eq!(answer.status(), StatusCode::OK, "{workflow}");
        let page = text(answer).await;
        assert!(page.contains("€14.90") && page.contains("Ask an owner") && !page.contains("No questions yet"), "{page}");
    }
}

#[tokio::test]
async fn the_app_s_page_of_a_product_comes_with_its_questions() {
    let cluster = TestCluster::start().await;
    cluster.write_file("index.html", include_str!("../../../../../index.html"));
    for workflow in ["spa-local-storage", "spa-backend", "spa-shared-domain"] {
        let (store, forums) = (store(workflow), forums(workflow));
        let page = text(cluster.browser().get(&store, "/products/cast-iron-pan").await).await;
        let asked = format!("href=\"http://{forums}:8080/posts/30000000-0000-0000-0000-000000000000\"");
        let ask = format!("href=\"http://{forums}:8080/?product=cast-iron-pan\"");
        assert_has(&page, &[&asked, ">How do you season the cast-iron pan?</a>", "3 replies", &ask, ">Ask an owner</a>"]);
        assert!(!page.contains("glossy"), "the page contains no text of a question: {page}");
        let parts = [
            "<p class=\"answer\" dir=\"auto\">Thin coats.",
            "Answer by <strong><bdi>Emil Novak</bdi></strong>",
            "Only members see whole threads.",
        ];
        assert_has(&page, &parts);
        assert!(!page.contains("rather than olive"), "only the first answer is shown: {page}");
        let answer = page.split("id=\"first-answer\">").nth(1).and_then(|it| it.split("</script>").next()).unwrap();
        let product: Product = serde_json::from_str(answer).unwrap();
        assert_eq!(titles(&product.threads.unwrap()), ["How do you season the cast-iron pan?"]);
    }
    let privacy = text(cluster.browser().get(&store("webapp-jwt"), "/privacy").await).await;
    assert!(privacy.contains("Everyone sees the first answer") && privacy.contains("with the author's display name"), "{privacy}");
}

async fn product_page(browser: &Browser, workflow: &str, product: &str) -> String {
    text(browser.get(&store(workflow), &format!("/products/{product}")).await).await
}

#[tokio::test]
async fn an_owner_is_asked_without_a_script() {
    let cluster = TestCluster::start().await;
    for workflow in WORKFLOWS {
        let (forums, browser) = (forums(workflow), cluster.browser());
        let path = "/posts?product=enamel-mug";
        let product = browser.open(&store(workflow), "/products/enamel-mug").await;
        assert!(workflow != WORKFLOWS[0] || product.has("No questions yet"), "{}", product.html);
        let form = browser.follow(&product, "Ask an owner").await;
        assert_eq!(form.path, "/login?next=%2Fposts%3Fproduct%3Denamel-mug");
        let list = browser.press(&form, "Sign in", &[("Email", "second@example.com"), ("Password", PASSWORD)]).await;
        assert_eq!(list.path, path);
        let page = list.html.clone();
        let ticked = "name=\"product\" value=\"enamel-mug\" checked";
        assert!(page.contains(ticked) && page.contains("About: <strong><bdi>Enamel mug</bdi></strong>"), "{page}");
        assert!(page.contains("Posts about <strong><bdi>Enamel mug</bdi></strong>") && !page.contains("Star atlas"), "{page}");

        // A refused form keeps the product and the text.
        let refused = browser.post_form(&forums, "/posts", &[("title", "Chips?"), ("body", " "), ("product", "enamel-mug")]).await;
        let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, refused)).await;
        assert!(page.contains(ticked) && page.contains("value=\"Chips?\""), "{page}");
        let posted = browser.press(&list, "Publish", &[("Title (optional)", "Chips?"), ("Your post", "Does it?")]).await;
        assert!(posted.path == path && posted.has("Post published."), "{} {}", posted.path, posted.html);
        let thread = browser.follow(&posted, "Chips?").await;
        let product = browser.follow(&thread, "Enamel mug").await;
        assert!(product.path == "/products/enamel-mug" && product.has("Questions and answers"), "{}", product.html);
        assert!(!product.has("Does it?") && !product.has("All questions about"), "{}", product.html);
        let again = browser.follow(&product, "Chips?").await;
        assert!(again.path == thread.path && again.has("Does it?"), "{}", again.html);
        let notice = "The first answer is also on the product's page";
        assert!(again.has(notice), "{}", again.html);
        let replied = browser.press(&again, "Reply", &[("Write a reply", "It doesn't.")]).await;
        let edits: Vec<&str> = replied.html.split('"').filter(|it| it.starts_with("/posts/") && it.ends_with("/edit")).collect();
        let [question, answer] = edits[..] else { panic!("{edits:?}") };
        for (edit, is_answer) in [(question, false), (answer, true)] {
            assert_eq!(browser.open(&forums, edit).await.has(notice), is_answer, "{workflow} {edit}");
        }

        // With the box unticked, the post is about no product.
        let posted = browser.post_form(&forums, "/posts", &[("body", "Of nothing")]).await;
        assert_eq!(location(&posted), "/posts");
        assert!(!text(browser.get(&forums, path).await).await.contains("Of nothing"));
    }
    // Each workflow has asked one question.
    let browser = cluster.signed_in(&forums("webapp-jwt"), "second@example.com").await;
    for title in ["Third", ""] {
        browser.post_form(&forums("webapp-jwt"), "/posts", &[("title", title), ("body", "x"), ("product", "enamel-mug")]).await;
    }
    let page = product_page(&browser, "webapp-jwt", "enamel-mug").await;
    let all = format!("<a href=\"http://{}:8080/posts?product=enamel-mug\">All questions about", forums("webapp-jwt"));
    assert!(page.contains(&all) && page.contains("Untitled question"), "{page}");
}

#[tokio::test]
async fn an_unknown_product_in_the_url_or_the_form_says_so_without_a_script() {
    for workflow in WORKFLOWS {
        let (cluster, forums, browser) = TestCluster::with_shopper_at(forums(workflow)).await;
        for unknown in ["no-such-mug", "%3Cb%3E", "%00"] {
            let page = text(with_status(StatusCode::NOT_FOUND, browser.get(&forums, &format!("/posts?product={unknown}")).await)).await;
            assert!(page.contains("The Store doesn't have this product. Your post won't be linked to a product."), "{page}");
            assert!(page.contains("Write a post") && !page.contains("type=\"checkbox\"") && !page.contains("<b>"), "{page}");
        }
        // The product is deleted from the catalogue while a user writes a post about it.
        let fields = [("title", "Chips?"), ("body", "Does it chip?"), ("product", "enamel-mug")];
        execute(&cluster.database().await, "DELETE FROM products WHERE id = 'enamel-mug'").await;
        let page = text(with_status(StatusCode::UNPROCESSABLE_ENTITY, browser.post_form(&forums, "/posts", &fields).await)).await;
        assert!(page.contains("The Store doesn't have this product. Publish your post without it."), "{page}");
        assert!(page.contains("\nDoes it chip?</textarea>") && page.contains("value=\"Chips?\""), "{page}");
        assert!(!page.contains("aria-invalid"), "no field is invalid: {page}");
        let posted = browser.post_form(&forums, "/posts", &fields[..2]).await;
        assert_eq!((posted.status(), location(&posted)), (StatusCode::SEE_OTHER, "/posts"));
    }
}

#[tokio::test]
async fn a_product_survives_a_session_that_ends_while_somebody_writes() {
    for workflow in WORKFLOWS {
        let (cluster, forums, browser) = TestCluster::with_shopper_at(forums(workflow)).await;
        cluster.revoke_all(SHOPPER).await;
        browser.set_cookie(&forums, credential(workflow), "over");
        let answer = browser.post_form(&forums, "/posts", &[("body", "Does it chip?"), ("product", "enamel-mug")]).await;
        let page = text(with_status(StatusCode::FORBIDDEN, answer)).await;
        assert!(page.contains("name=\"next\" value=\"/posts?product=enamel-mug\""), "{page}");
        let fields = [
            ("username", "shopper@example.com"),
            ("password", PASSWORD),
            ("draft", "Does it chip?"),
            ("next", "/posts?product=enamel-mug"),
        ];
        assert_eq!(location(&browser.post_form(&forums, "/login", &fields).await), "/posts?product=enamel-mug");
        let page = text(browser.get(&forums, "/posts?product=enamel-mug").await).await;
        assert!(page.contains("\nDoes it chip?</textarea>") && page.contains("value=\"enamel-mug\" checked"), "{page}");
    }
}
