//! The API of threads: replies, edits, deletions, moderation, search, read marks and drafts.

use crate::test_server::{Host, TestServer, problem, with_status};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use storefront_api::Post;
use storefront_api::forums::{DRAFT_HEADER, DeletedBy, Draft, DraftSaved, Thread};
use storefront_server::{database, search_words};
use test_support::issuer::{FORUMS, KEY, SECOND, SHOPPER, claims, token};
use tokio::task::JoinSet;

pub(crate) const MODERATOR: &str = "20000000-0000-0000-0000-000000000008";

/// A request of a user. The moderator's token has the role `moderator`.
pub(crate) fn ask(server: &TestServer, user: &str, method: Method, path: &str) -> RequestBuilder {
    let mut claims = claims(user, FORUMS);
    claims["roles"] = if user == MODERATOR { json!(["user", "moderator"]) } else { json!(["user"]) };
    server.ask(method, Host::Forums, path).bearer_auth(KEY.sign(&claims))
}

pub(crate) async fn send(server: &TestServer, user: &str, method: Method, path: &str, body: Value) -> Response {
    ask(server, user, method, path).json(&body).send().await.unwrap()
}

pub(crate) async fn publish(server: &TestServer, user: &str, body: Value) -> Post {
    with_status(StatusCode::CREATED, send(server, user, Method::POST, "/api/posts", body).await).json().await.unwrap()
}

async fn reply(server: &TestServer, user: &str, thread: &str, body: &str) -> Post {
    let answer = send(server, user, Method::POST, &format!("/api/posts/{thread}/replies"), json!({"body": body})).await;
    with_status(StatusCode::CREATED, answer).json().await.unwrap()
}

async fn open(server: &TestServer, user: &str, thread: &str) -> Thread {
    let answer = ask(server, user, Method::GET, &format!("/api/posts/{thread}")).send().await.unwrap();
    with_status(StatusCode::OK, answer).json().await.unwrap()
}

async fn list(server: &TestServer, user: &str, query: &str) -> Vec<Post> {
    let answer = ask(server, user, Method::GET, &format!("/api/load-posts{query}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{query}");
    answer.json().await.unwrap()
}

async fn listed(server: &TestServer, user: &str, id: &str) -> Post {
    list(server, user, "").await.into_iter().find(|it| it.id == id).unwrap()
}

/// The status and the kind of problem of a refusal.
async fn refusal(answer: Response) -> (u16, String) {
    let problem = problem(answer).await;
    (problem.status, problem.kind.trim_start_matches("/problems/").to_owned())
}

/// The URL of the next page in the header `Link` (RFC 8288).
fn next(answer: &Response) -> Option<String> {
    let link = answer.headers().get("link")?.to_str().unwrap();
    Some(link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned())
}

#[tokio::test]
async fn a_thread_has_a_title_and_its_replies_in_their_order() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"title": "  How  to\nsharpen? ", "body": "With what?"})).await;
    assert_eq!((post.title.as_deref(), &*post.body, post.own), (Some("How to sharpen?"), "With what?", true));
    for (user, body) in [(SECOND, "A stone."), (SHOPPER, "Which?"), (SECOND, "1000.")] {
        reply(&server, user, &post.id, body).await;
    }
    let thread = open(&server, SHOPPER, &post.id).await;
    assert_eq!(thread.replies.iter().map(|it| &*it.body).collect::<Vec<_>>(), ["A stone.", "Which?", "1000."]);
    assert_eq!(thread.replies.iter().map(|it| it.own).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!((thread.post.replies, thread.moderator, thread.next), (3, false, None));
    assert_eq!(thread.post.last_activity.as_ref(), Some(&thread.replies[2].created_at));
    assert_eq!(open(&server, SECOND, &thread.replies[1].id).await.post.id, post.id, "the id of a reply opens its thread");
    let listed = listed(&server, SECOND, &post.id).await;
    assert_eq!((listed.replies, listed.own), (3, false));
    assert!(list(&server, SECOND, "").await.iter().all(|it| it.body != "A stone."), "the list shows no replies");
    let of_nobody = [("/api/posts/none", 404), ("/api/posts/x%00y", 404), ("/api/posts/a?after=1", 404), ("/api/load-posts?after=x", 404)];
    for (path, status) in of_nobody {
        assert_eq!(ask(&server, SHOPPER, Method::GET, path).send().await.unwrap().status(), status, "{path}");
    }
    let answer = send(&server, SHOPPER, Method::POST, &format!("/api/posts/{}/replies", thread.replies[0].id), json!({"body": "x"})).await;
    assert_eq!(refusal(answer).await, (404, "post-unknown".to_owned()), "a reply has no replies");
}

#[tokio::test]
async fn texts_of_replies_and_titles_have_limits() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"title": "é".repeat(120), "body": "x"})).await;
    for (path, body, kind) in [
        ("/api/posts", json!({"title": "é".repeat(121), "body": "x"}), "title-too-long"),
        ("/api/posts", json!({"title": "only a title", "body": " "}), "post-empty"),
        (&format!("/api/posts/{}/replies", post.id), json!({"body": " "}), "post-empty"),
        (&format!("/api/posts/{}/replies", post.id), json!({"body": "x".repeat(2_001)}), "post-too-long"),
        (&format!("/api/posts/{}/replies", post.id), json!({"body": "x", "title": "y"}), "body-shape"),
    ] {
        let answer = send(&server, SHOPPER, Method::POST, path, body.clone()).await;
        assert_eq!(refusal(answer).await, (422, kind.to_owned()), "{body}");
    }
    assert_eq!(open(&server, SHOPPER, &post.id).await.post.replies, 0);
    let limited = TestServer::start_with(&["--demo-data", "--limit-posts", "2/600"]).await;
    let post = publish(&limited, SHOPPER, json!({"body": "one"})).await;
    reply(&limited, SHOPPER, &post.id, "two").await;
    let answer = send(&limited, SHOPPER, Method::POST, &format!("/api/posts/{}/replies", post.id), json!({"body": "three"})).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "replies and posts share one limit");
}

#[tokio::test]
async fn replies_at_once_over_two_instances_are_all_counted_and_the_same_key_replies_once() {
    let server = TestServer::start_with(&["--demo-data", "--limit-posts", "1000/60", "--limit-posts-by-address", "1000/60"]).await;
    let other = server.another_instance().await;
    let post = publish(&server, SHOPPER, json!({"body": "Who is there?"})).await;
    let path = format!("/api/posts/{}/replies", post.id);
    let mut all = JoinSet::new();
    for number in 0..24 {
        let (instance, user) = if number % 2 == 0 { (&server, SHOPPER) } else { (&other, SECOND) };
        // Sixteen requests have different keys. One user sends each of four more keys twice, once to each instance.
        let user = if number < 16 { user } else { SHOPPER };
        let key = if number < 16 { format!("key-{number}") } else { format!("key-of-all-{}", number / 2) };
        let request = ask(instance, user, Method::POST, &path).header("idempotency-key", key);
        let body = if number < 16 { format!("reply {number}") } else { format!("twice {}", number / 2) };
        all.spawn(request.json(&json!({"body": body})).send());
    }
    for answer in all.join_all().await {
        assert_eq!(answer.unwrap().status(), StatusCode::CREATED);
    }
    let thread = open(&server, SHOPPER, &post.id).await;
    assert_eq!(thread.post.replies, 20, "sixteen replies with different keys, and four that were sent twice");
    assert_eq!(thread.replies.len(), 20);
    assert_eq!(thread.replies.iter().map(|it| &it.body).collect::<HashSet<_>>().len(), 20);
    let times: BTreeSet<&String> = thread.replies.iter().map(|it| &it.created_at).collect();
    assert_eq!(times.len(), 20, "all times differ, because they order the replies");
    assert_eq!(thread.post.last_activity.as_ref(), Some(&thread.replies[19].created_at));
}

#[tokio::test]
async fn an_edit_never_overwrites_a_newer_one_that_its_author_has_not_seen() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"title": "Title", "body": "First"})).await;
    let path = format!("/api/posts/{}", post.id);
    let edit = async |user: &str, title: &str, body: &str, version: i64| {
        send(&server, user, Method::PUT, &path, json!({"title": title, "body": body, "version": version})).await
    };
    let edited: Post = edit(SHOPPER, "Title", "Second", post.version).await.json().await.unwrap();
    assert_eq!((&*edited.body, edited.version, edited.edited.is_some()), ("Second", post.version + 1, true));
    let repeated = edit(SHOPPER, "Title", "Second", post.version).await;
    assert_eq!(
        (repeated.status(), repeated.json::<Post>().await.unwrap()),
        (StatusCode::OK, edited.clone()),
        "a retry after a lost answer succeeds"
    );
    let late = edit(SHOPPER, "Title", "Third", post.version).await;
    assert_eq!(refusal(late).await, (409, "post-changed".to_owned()));
    assert_eq!(open(&server, SHOPPER, &post.id).await.post.body, "Second");
    assert_eq!(refusal(edit(SECOND, "Title", "Theirs", edited.version).await).await, (403, "post-of-another".to_owned()));
    assert_eq!(refusal(edit(MODERATOR, "Title", "Theirs", edited.version).await).await, (403, "post-of-another".to_owned()));
    assert_eq!(edit(SHOPPER, "", "Third", edited.version).await.json::<Post>().await.unwrap().title, None, "an edit can remove the title");

    // If two devices save at once, one of them gets a conflict.
    let version = open(&server, SHOPPER, &post.id).await.post.version;
    let (one, other) = tokio::join!(edit(SHOPPER, "", "From the phone", version), edit(SHOPPER, "", "From the desk", version));
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);

    let answer = reply(&server, SECOND, &post.id, "A reply").await;
    let path = format!("/api/posts/{}", answer.id);
    let edited = send(&server, SECOND, Method::PUT, &path, json!({"body": "A better reply", "version": answer.version})).await;
    assert_eq!(edited.json::<Post>().await.unwrap().body, "A better reply");
}

#[tokio::test]
async fn a_deleted_post_leaves_a_mark_and_can_be_put_back_by_the_user_who_deleted_it() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"title": "Title", "body": "Secret"})).await;
    let path = format!("/api/posts/{}", post.id);
    let restore = format!("{path}/restore");
    let send = async |user: &str, method: Method, path: &str| ask(&server, user, method, path).send().await.unwrap();
    assert_eq!(refusal(send(SECOND, Method::DELETE, &path).await).await, (403, "post-of-another".to_owned()));
    let answer = reply(&server, SECOND, &post.id, "A reply").await;

    for _ in 0..2 {
        let deleted: Post = send(SHOPPER, Method::DELETE, &path).await.json().await.unwrap();
        assert_eq!((deleted.deleted, &*deleted.body, deleted.title), (Some(DeletedBy::Author), "", None));
    }
    let thread = open(&server, SECOND, &post.id).await;
    assert_eq!((thread.post.deleted, thread.replies.len()), (Some(DeletedBy::Author), 1), "the replies stay");
    assert_eq!(listed(&server, SECOND, &post.id).await.body, "");
    assert!(list(&server, SECOND, "?q=Secret").await.is_empty(), "a search does not find the deleted text");
    let late = ask(&server, SECOND, Method::POST, &format!("{path}/replies")).json(&json!({"body": "x"})).send().await.unwrap();
    assert_eq!(refusal(late).await, (409, "thread-closed".to_owned()));
    let edit = ask(&server, SHOPPER, Method::PUT, &path).json(&json!({"body": "x", "version": post.version})).send().await.unwrap();
    assert_eq!(refusal(edit).await, (409, "post-deleted".to_owned()));
    assert_eq!(refusal(send(SECOND, Method::POST, &restore).await).await, (403, "post-of-another".to_owned()));
    let back: Post = send(SHOPPER, Method::POST, &restore).await.json().await.unwrap();
    assert_eq!((back.deleted, &*back.body, back.title.as_deref()), (None, "Secret", Some("Title")));

    // An author cannot restore a post that a moderator has hidden.
    let (path, restore) = (format!("/api/posts/{}", answer.id), format!("/api/posts/{}/restore", answer.id));
    let hidden: Post = send(MODERATOR, Method::DELETE, &path).await.json().await.unwrap();
    assert_eq!((hidden.deleted, &*hidden.body), (Some(DeletedBy::Moderator), ""));
    assert_eq!(refusal(send(SECOND, Method::POST, &restore).await).await, (409, "post-deleted".to_owned()));
    assert_eq!(send(MODERATOR, Method::POST, &restore).await.json::<Post>().await.unwrap().body, "A reply");

    // Nor can the author restore a post that the author deleted before a moderator hid it.
    send(SECOND, Method::DELETE, &path).await;
    let hidden: Post = send(MODERATOR, Method::DELETE, &path).await.json().await.unwrap();
    assert_eq!(hidden.deleted, Some(DeletedBy::Moderator));
    assert_eq!(refusal(send(SECOND, Method::POST, &restore).await).await, (409, "post-deleted".to_owned()));
    // A moderator restores only what moderators hid: the post stays deleted, until its author restores it.
    let shown: Post = send(MODERATOR, Method::POST, &restore).await.json().await.unwrap();
    assert_eq!((shown.deleted, &*shown.body), (Some(DeletedBy::Author), ""));
    assert_eq!(refusal(send(MODERATOR, Method::POST, &restore).await).await, (409, "post-deleted".to_owned()));
    assert_eq!(send(SECOND, Method::POST, &restore).await.json::<Post>().await.unwrap().body, "A reply");

    // A day after the deletion, a purge removes the text and keeps the mark.
    send(SECOND, Method::DELETE, &path).await;
    let database = storefront_server::database::open(&server.database_url).await.unwrap();
    sqlx::query("UPDATE posts SET deleted_at = 1 WHERE id = $1").bind(&answer.id).execute(&database).await.unwrap();
    storefront_server::purge::purge(&database, storefront_server::clock::now_ms(), std::time::Duration::ZERO).await;
    assert_eq!(refusal(send(SECOND, Method::POST, &restore).await).await, (409, "post-deleted".to_owned()));
    assert_eq!(open(&server, SHOPPER, &post.id).await.replies[0].deleted, Some(DeletedBy::Author));
    // A deleted thread without replies leaves the list.
    let lonely = publish(&server, SHOPPER, json!({"body": "Never mind"})).await;
    send(SHOPPER, Method::DELETE, &format!("/api/posts/{}", lonely.id)).await;
    assert!(list(&server, SHOPPER, "").await.iter().all(|it| it.id != lonely.id));
}

#[tokio::test]
async fn only_a_moderator_closes_a_thread() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"body": "Enough"})).await;
    let path = format!("/api/posts/{}/lock", post.id);
    for user in [SHOPPER, SECOND] {
        let answer = send(&server, user, Method::PUT, &path, json!({"locked": true})).await;
        assert_eq!(refusal(answer).await, (403, "moderators-only".to_owned()));
    }
    let closed: Post = send(&server, MODERATOR, Method::PUT, &path, json!({"locked": true})).await.json().await.unwrap();
    assert!(closed.locked && open(&server, MODERATOR, &post.id).await.moderator);
    for user in [SHOPPER, MODERATOR] {
        let answer = send(&server, user, Method::POST, &format!("/api/posts/{}/replies", post.id), json!({"body": "But"})).await;
        assert_eq!(refusal(answer).await, (409, "thread-closed".to_owned()));
    }
    assert_eq!(open(&server, SHOPPER, &post.id).await.post.replies, 0, "refused replies are not counted");
    let edited = json!({"body": "More", "version": post.version});
    let answer = send(&server, SHOPPER, Method::PUT, &format!("/api/posts/{}", post.id), edited).await;
    assert_eq!(refusal(answer).await, (409, "thread-closed".to_owned()));
    send(&server, MODERATOR, Method::PUT, &path, json!({"locked": false})).await;
    reply(&server, SECOND, &post.id, "At last").await;
    // The role comes from the token, so a token without the role makes the same user no moderator.
    let plain = server.ask(Method::PUT, Host::Forums, &path).bearer_auth(token(MODERATOR, FORUMS)).json(&json!({"locked": true}));
    assert_eq!(plain.send().await.unwrap().status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_of_a_list_neither_repeat_nor_skip_while_others_write() {
    let server = TestServer::start_with(&["--limit-posts", "1000/60", "--limit-posts-by-address", "1000/60"]).await;
    let mut published = Vec::new();
    for number in 0..65 {
        published.push(publish(&server, SHOPPER, json!({"body": format!("number {number}")})).await.id);
    }
    for (query, reversed) in [("", true), ("?sort=activity", false), ("?q=number", true)] {
        if !reversed {
            for id in &published[..40] {
                reply(&server, SECOND, id, "up").await;
            }
        }
        let (mut seen, mut address) = (Vec::new(), Some(format!("/api/load-posts{query}")));
        let mut pages = 0;
        while let Some(path) = address.take() {
            let answer = ask(&server, SHOPPER, Method::GET, &path).send().await.unwrap();
            address = next(&answer);
            seen.extend(answer.json::<Vec<Post>>().await.unwrap().into_iter().map(|it| it.id));
            pages += 1;
            publish(&server, SECOND, json!({"body": "in between"})).await;
        }
        seen.retain(|it| published.contains(it));
        assert_eq!(seen.len(), 65, "{query}");
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 65, "{query}");
        assert!(pages >= 3, "{query}");
        if reversed {
            assert!(seen.iter().eq(published.iter().rev()), "{query}");
        } else {
            assert_eq!(seen[0], published[39], "the thread with the last reply is the first");
        }
    }
    // The replies of a thread have pages, too, with the oldest reply first.
    let thread = &published[0];
    for number in 0..120 {
        reply(&server, SHOPPER, thread, &format!("reply {number}")).await;
    }
    let (mut bodies, mut address) = (Vec::new(), Some(format!("/api/posts/{thread}")));
    while let Some(path) = address.take() {
        let answer = ask(&server, SHOPPER, Method::GET, &path).send().await.unwrap();
        address = next(&answer);
        let page: Thread = answer.json().await.unwrap();
        assert_eq!(page.next, address);
        bodies.extend(page.replies.into_iter().map(|it| it.body));
    }
    let expected: Vec<String> = ["up".to_owned()].into_iter().chain((0..120).map(|it| format!("reply {it}"))).collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn words_are_found_in_titles_texts_and_replies_and_are_never_syntax() {
    let server = TestServer::start().await;
    let knife = publish(&server, SHOPPER, json!({"title": "Sharpening", "body": "Straße or café, 100% steel"})).await;
    let lamp = publish(&server, SECOND, json!({"body": "A lamp"})).await;
    reply(&server, SHOPPER, &lamp.id, "It smokes; use a zirconium wick").await;
    let found = async |query: &str| {
        let encoded = storefront_server::http::percent::encoded(query);
        let posts = list(&server, SECOND, &format!("?q={encoded}")).await;
        posts.into_iter().map(|it| it.id).filter(|it| *it == knife.id || *it == lamp.id).collect::<Vec<_>>()
    };
    let (knife, lamp) = (vec![knife.id.clone()], vec![lamp.id.clone()]);
    for (query, expected) in [
        ("sharpening", &knife),
        ("SHARP steel", &knife),
        ("strasse", &knife),
        ("CAFE\u{301}", &knife),
        ("zirconium", &lamp),
        ("lamp zirconium", &lamp),
        ("zirconi", &lamp),
        ("nothing-likes", &Vec::new()),
        ("\"", &Vec::new()),
        ("* NEAR( OR", &Vec::new()),
        ("'); DROP TABLE posts; --", &Vec::new()),
        ("lamp:* | !x & (", &lamp),
        ("\0lamp\0", &lamp),
        ("title:Sharpening", &knife),
        ("!!!", &Vec::new()),
    ] {
        assert_eq!(found(query).await, *expected, "{query:?}");
    }
    assert!(list(&server, SECOND, "?q=%20").await.len() > 2, "a search for white space lists the threads");
    // A search finds an edited text only by its new words.
    let edit = json!({"title": "Sharpening", "body": "Obsidian", "version": 1});
    send(&server, SHOPPER, Method::PUT, &format!("/api/posts/{}", knife[0]), edit).await;
    assert_eq!((found("obsidian").await, found("steel").await), (knife, Vec::new()));
}

#[tokio::test]
async fn a_search_finds_frequent_and_rare_words_wherever_they_are_in_a_long_list() {
    const THREADS: i64 = 8_000;
    let server = TestServer::start_with(&[]).await;
    let db = database::open(&server.database_url).await.unwrap();
    // Each group of ten threads has the same time. Most words are in replies.
    let numbers = format!("WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {THREADS})");
    for sql in [
        format!(
            "INSERT INTO posts (id, author_id, title, body, created_at, replies, last_activity)
             {numbers} SELECT 't-' || (10000 + n), 'a', 'Everywhere', '', n / 10 * 10, 1, (n * 7919) % {THREADS} / 10 * 10 FROM numbers"
        ),
        format!(
            "INSERT INTO posts (id, thread, author_id, body, created_at, last_activity)
             {numbers} SELECT 'r-' || n, 't-' || (10000 + n), 'a', 'everywhere'
                 || CASE WHEN n % 3 = 0 THEN ' often' ELSE '' END || CASE WHEN n % 16 = 0 THEN ' sometimes' ELSE '' END
                 || CASE WHEN n % 97 = 0 THEN ' seldom' ELSE '' END || CASE WHEN n <= 4500 THEN ' bygone' ELSE '' END
                 || CASE WHEN n <= 33 THEN ' first' ELSE '' END || CASE WHEN n = 5 THEN ' once' ELSE '' END, 1, 1 FROM numbers"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&db).await.unwrap();
    }
    search_words::fill(&db).await.unwrap();
    db.close().await;
    let has = |word: &str, n: i64| match word {
        "often" => n % 3 == 0,
        "sometimes" => n % 16 == 0,
        "seldom" => n % 97 == 0,
        "bygone" => n <= 4_500,
        "first" => n <= 33,
        "once" => n == 5,
        _ => true,
    };
    for words in ["often", "some", "seldom", "bygone", "first", "once", "seldom everywhere", "often some", "bygone seldom", "once seldom"] {
        for sort in ["", "&sort=activity"] {
            let meant = |word: &str| if word == "some" { "sometimes" } else { word }.to_owned();
            let mut expected: Vec<i64> = (1..=THREADS).filter(|n| words.split(' ').all(|word| has(&meant(word), *n))).collect();
            let at = |n: i64| if sort.is_empty() { n / 10 * 10 } else { n * 7_919 % THREADS / 10 * 10 };
            expected.sort_by_key(|n| std::cmp::Reverse((at(*n), *n)));
            let expected: Vec<String> = expected.into_iter().take(150).map(|n| format!("t-{}", 10_000 + n)).collect();
            let (mut found, mut address) = (Vec::new(), Some(format!("/api/load-posts?q={}{sort}", words.replace(' ', "+"))));
            while let Some(path) = address.take().filter(|_| found.len() < expected.len()) {
                let answer = ask(&server, SHOPPER, Method::GET, &path).send().await.unwrap();
                address = next(&answer);
                found.extend(answer.json::<Vec<Post>>().await.unwrap().into_iter().map(|it| it.id));
            }
            found.truncate(expected.len());
            assert_eq!(found, expected, "{words}{sort}");
        }
    }
}

#[tokio::test]
async fn a_thread_is_new_until_it_is_read() {
    let server = TestServer::start().await;
    let post = publish(&server, SHOPPER, json!({"body": "News"})).await;
    let is_new = async |user: &str| listed(&server, user, &post.id).await.unread;
    assert_eq!((is_new(SHOPPER).await, is_new(SECOND).await), (false, true), "the author has read the thread");
    open(&server, SECOND, &post.id).await;
    assert!(!is_new(SECOND).await);
    reply(&server, SHOPPER, &post.id, "More").await;
    assert_eq!((is_new(SHOPPER).await, is_new(SECOND).await), (false, true));
    // If a user replies without reading the earlier replies, the earlier replies stay marked as new.
    reply(&server, SECOND, &post.id, "Unread before").await;
    assert!(is_new(SECOND).await);
    let thread = open(&server, SECOND, &post.id).await;
    assert_eq!(thread.replies.iter().map(|it| it.unread).collect::<Vec<_>>(), [true, false]);
    assert!(!is_new(SECOND).await);
    assert_eq!(open(&server, SECOND, &post.id).await.replies.iter().filter(|it| it.unread).count(), 0);
}

#[tokio::test]
async fn a_draft_is_kept_for_each_thread_and_the_newest_wins() {
    let server = TestServer::start().await;
    let post = publish(&server, SECOND, json!({"body": "Anybody?"})).await;
    let has_draft = async |user: &str| {
        let answer = ask(&server, user, Method::GET, "/api/load-posts").send().await.unwrap();
        answer.headers().contains_key(DRAFT_HEADER)
    };
    let save = async |thread: &str, body: &str, seen: i64| {
        let draft = json!({"title": if body.trim().is_empty() { "" } else { "T" }, "body": body, "seen": seen});
        let answer = send(&server, SHOPPER, Method::PUT, &format!("/api/drafts/{thread}"), draft).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json::<DraftSaved>().await.unwrap()
    };
    let load = async |user: &str, thread: &str| {
        let answer = ask(&server, user, Method::GET, &format!("/api/drafts/{thread}")).send().await.unwrap();
        answer.json::<Draft>().await.unwrap()
    };
    assert!(!has_draft(SHOPPER).await);
    let first = save("new", "Half a thought", 0).await;
    assert_eq!(first.replaced, None);
    assert_eq!(
        load(SHOPPER, "new").await,
        Draft { title: "T".into(), body: "Half a thought".into(), saved_at: first.saved_at, product: None }
    );
    assert_eq!((has_draft(SHOPPER).await, has_draft(SECOND).await), (true, false));
    assert_eq!(load(SECOND, "new").await, Draft::default(), "another user does not see the draft");
    let second = save("new", "Half a thought and more", first.saved_at).await;
    assert!(second.replaced.is_none() && second.saved_at > first.saved_at);
    let other_device = save("new", "Something else", first.saved_at).await;
    assert_eq!(other_device.replaced.as_deref(), Some("Half a thought and more"));

    save(&post.id, "A reply\0", 0).await;
    assert_eq!(open(&server, SHOPPER, &post.id).await.draft.map(|it| it.body).as_deref(), Some("A reply"));
    assert_eq!(open(&server, SECOND, &post.id).await.draft, None);
    save("20000000-no-such-thread", "Nowhere", 0).await;
    assert_eq!(load(SHOPPER, "20000000-no-such-thread").await.saved_at, 0);
    reply(&server, SHOPPER, &post.id, "The reply").await;
    assert_eq!(open(&server, SHOPPER, &post.id).await.draft, None, "a published reply deletes its draft");
    assert_eq!(load(SHOPPER, "new").await.body, "Something else", "the other draft stays");
    publish(&server, SHOPPER, json!({"body": "Done"})).await;
    assert!(!has_draft(SHOPPER).await);
    save("new", "  ", 0).await;
    assert_eq!(load(SHOPPER, "new").await.saved_at, 0, "the server stores no empty draft");
}
