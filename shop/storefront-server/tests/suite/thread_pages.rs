//! The server-rendered page of a thread: replies, edits, deletions and moderation by plain forms.

use crate::browse::hidden;
use crate::test_cluster::{Browser, PASSWORD, TestCluster, forums, location, sign_in_by_form, store};
use crate::test_server::with_status;
use crate::webapp_steps::{WORKFLOWS, credential, text};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use test_support::issuer::SHOPPER;

/// An open thread of the demo data that another user started.
const DEMO_THREAD: &str = "/posts/30000000-0000-0000-0000-000000000000";

/// Publishes a post, and returns the path of its thread.
async fn publish(browser: &Browser, forums: &str, title: &str, body: &str) -> String {
    let answer = browser.post_form(forums, "/posts", &[("title", title), ("body", body)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = text(browser.get(forums, "/posts").await).await;
    let before = page.split(&format!(">{title}</a>")).next().unwrap();
    before.rsplit("href=\"").next().unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_thread_is_begun_answered_edited_and_deleted_by_forms() {
    for workflow in WORKFLOWS {
        let (_cluster, forums, browser) = TestCluster::with_shopper_at(forums(workflow)).await;
        let thread = publish(&browser, &forums, "A <b>title</b>".replace("<b>", "").replace("</b>", "").as_str(), "The text").await;
        assert!(thread.starts_with("/posts/"), "{thread}");
        let answer = browser.post_form(&forums, &format!("{thread}/replies"), &[("body", "  <i>A reply</i> ")]).await;
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, &*thread));
        let page = text(browser.get(&forums, &thread).await).await;
        assert!(page.contains("<h1 tabindex=\"-1\">A title</h1>") && page.contains("&lt;i&gt;A reply&lt;/i&gt;"), "{page}");
        assert!(page.contains("Post published.") && page.contains(">1 reply</h2>"), "{page}");
        assert!(!page.contains("Close this thread"), "this user is no moderator");

        // The server refuses an empty reply, and shows the form again with the reason.
        let answer = browser.post_form(&forums, &format!("{thread}/replies"), &[("body", " ")]).await;
        assert!(text(with_status(StatusCode::UNPROCESSABLE_ENTITY, answer)).await.contains("Write something first."));

        // The second of two edits of one version gets a page with both texts.
        let edit = format!("{thread}/edit");
        let page = text(browser.get(&forums, &edit).await).await;
        assert!(page.contains("name=\"version\" value=\"1\"") && page.contains("\nThe text</textarea>"), "{page}");
        let fields = [("title", "A title"), ("body", "Newer version"), ("version", "1")];
        let answer = browser.post_form(&forums, &edit, &fields).await;
        let anchor = format!("{thread}#post-{}", thread.trim_start_matches("/posts/"));
        assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, &*anchor));
        let answer = browser.post_form(&forums, &edit, &[("title", "A title"), ("body", "Mine, too late"), ("version", "1")]).await;
        let page = text(with_status(StatusCode::CONFLICT, answer)).await;
        assert!(page.contains("\nMine, too late</textarea>") && page.contains(">Newer version</p>"), "{page}");
        assert!(page.contains("name=\"version\" value=\"2\""), "the form has the newer version, so the user may save over it: {page}");
        let page = text(browser.get(&forums, &thread).await).await;
        assert!(page.contains("Newer version") && page.contains(">edited "), "{page}");

        browser.post_form(&forums, &format!("{thread}/delete"), &[]).await;
        let page = text(browser.get(&forums, &thread).await).await;
        assert!(page.contains("Deleted by the author.") && !page.contains("Newer version") && page.contains("A reply"), "{page}");
        assert!(page.contains("This thread is closed.") && page.contains("Restore"), "{page}");
        browser.post_form(&forums, &format!("{thread}/restore"), &[]).await;
        assert!(text(browser.get(&forums, &thread).await).await.contains("Newer version"));

        // The page has no controls for another user's posts, and the server rejects their forms.
        let page = text(browser.get(&forums, DEMO_THREAD).await).await;
        assert!(!page.contains("/edit\"") && !page.contains("/delete\""), "{page}");
        for action in ["edit", "delete", "lock"] {
            let answer = browser.post_form(&forums, &format!("{DEMO_THREAD}/{action}"), &[("body", "x"), ("version", "1")]).await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{action}");
        }
        assert_eq!(browser.get(&forums, "/posts/none").await.status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_post_shows_its_links_and_quotes_and_the_reader_finds_the_first_unread_reply() {
    let (cluster, forums) = (TestCluster::start().await, forums(WORKFLOWS[0]));
    let (author, reader) = (cluster.browser(), cluster.browser());
    sign_in_by_form(&author, &forums, "shopper@example.com").await;
    sign_in_by_form(&reader, &forums, "second@example.com").await;
    let thread = publish(&author, &forums, "Links", "Look (at http://a.example/<b>)").await;
    let page = text(reader.get(&forums, &thread).await).await;
    assert!(page.contains("Look (at <a href=\"http://a.example/\" rel=\"nofollow ugc\">http://a.example/</a>&lt;b&gt;)"), "{page}");
    assert!(!page.contains("first unread"), "the reader has read all: {page}");

    publish(&author, &forums, "Answer", "> Look\n\nMine").await;
    let list = text(reader.get(&forums, "/posts").await).await;
    assert!(list.contains("<p class=\"body\" dir=\"auto\">Mine</p>"), "a list shows the author's own words: {list}");

    let replies = format!("{thread}/replies");
    author.post_form(&forums, &replies, &[("body", "> Look\n>at\n\nNo \"javascript:alert(1)\"")]).await;
    author.post_form(&forums, &replies, &[("body", "Second")]).await;
    let page = text(reader.get(&forums, &thread).await).await;
    assert!(page.contains("<blockquote>Look\nat</blockquote><p>No &quot;javascript:alert(1)&quot;</p>"), "{page}");
    let first = page.split("<ol class=\"posts\">").nth(1).unwrap().split("id=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(page.contains(&format!("<a href=\"#{first}\">Jump to the first unread reply</a>")), "{page}");
    assert!(!text(reader.get(&forums, &thread).await).await.contains("first unread"), "the reader has read the replies");
    assert!(!text(author.get(&forums, &thread).await).await.contains("first unread"), "nobody needs to read their own replies");
}

#[tokio::test]
async fn a_link_to_a_reply_opens_the_reply_after_a_sign_in() {
    for workflow in WORKFLOWS {
        let (cluster, forums) = (TestCluster::start_with(&["--limit-posts", "100/60"], 1).await, forums(workflow));
        let author = cluster.signed_in(&forums, "shopper@example.com").await;
        let thread = publish(&author, &forums, "Long", "The text").await;
        for number in 0..51 {
            author.post_form(&forums, &format!("{thread}/replies"), &[("body", &format!("Reply {number}"))]).await;
        }
        for page in [thread.clone(), author.open(&forums, &thread).await.next_page()] {
            let page = author.open(&forums, &page).await;
            let link = page.html.rsplit("class=\"permalink\" href=\"").next().unwrap().split('"').next().unwrap();
            let visitor = cluster.browser();
            let form = visitor.open(&forums, link).await;
            assert!(form.path.starts_with("/login"), "{}", form.path);
            let opened = visitor.press(&form, "Sign in", &[("Email", "second@example.com"), ("Password", PASSWORD)]).await;
            let (url, fragment) = opened.path.split_once('#').unwrap();
            assert!(url.starts_with(&thread) && opened.has(&format!("id=\"{fragment}\"")), "{}: {}", opened.path, opened.html);
            // A copy of the URL in the address bar has a fragment, which the server does not see, also after a wrong password.
            let visitor = cluster.browser();
            let form = visitor.open(&forums, &opened.path).await;
            let form = visitor.press(&form, "Sign in", &[("Email", "second@example.com"), ("Password", "wrong")]).await;
            assert_eq!(visitor.press(&form, "Sign in", &[("Password", PASSWORD)]).await.path, opened.path);
        }
    }
}

#[tokio::test]
async fn a_moderator_hides_posts_and_closes_threads_as_long_as_the_session_says_so() {
    for workflow in WORKFLOWS {
        let (cluster, forums) = (TestCluster::start().await, forums(workflow));
        let browser = cluster.signed_in(&forums, "moderator@example.com").await;
        let page = text(browser.get(&forums, DEMO_THREAD).await).await;
        assert!(page.contains("Close this thread") && page.contains("/delete\"") && !page.contains("/edit\""), "{page}");
        browser.post_form(&forums, &format!("{DEMO_THREAD}/lock"), &[("locked", "yes")]).await;
        let page = text(browser.get(&forums, DEMO_THREAD).await).await;
        assert!(page.contains("Thread closed.") && page.contains("Reopen this thread") && !page.contains("Write a reply"), "{page}");
        let author = cluster.signed_in(&forums, "second@example.com").await;
        let page = text(author.get(&forums, DEMO_THREAD).await).await;
        assert!(page.contains("/delete\"") && !page.contains("/edit\""), "the author cannot edit in a closed thread: {page}");
        let late = browser.post_form(&forums, &format!("{DEMO_THREAD}/replies"), &[("body", "Typed before")]).await;
        let page = text(with_status(StatusCode::CONFLICT, late)).await;
        assert!(page.contains("readonly autofocus>\nTyped before</textarea>"), "the page keeps the typed text: {page}");
        assert!(!page.contains("/replies\""), "no form offers to send the text: {page}");
        browser.post_form(&forums, &format!("{DEMO_THREAD}/lock"), &[("locked", "")]).await;
        let reply = "30000000-0000-0000-0000-000000000001";
        browser.post_form(&forums, &format!("/posts/{reply}/delete"), &[]).await;
        let page = text(browser.get(&forums, DEMO_THREAD).await).await;
        assert!(page.contains("Hidden by a moderator.") && page.contains("Restore"), "{page}");
        let reader = cluster.signed_in(&forums, "shopper@example.com").await;
        let page = text(reader.get(&forums, DEMO_THREAD).await).await;
        assert!(page.contains("Hidden by a moderator.") && !page.contains("Restore"), "{page}");
    }
}

#[tokio::test]
async fn what_is_typed_when_the_session_ends_comes_back_to_its_thread() {
    for workflow in WORKFLOWS {
        let (cluster, forums, browser) = TestCluster::with_shopper_at(forums(workflow)).await;
        let own = publish(&browser, &forums, "Mine", "As it was").await;
        let signed_out = async || {
            cluster.revoke_all(SHOPPER).await;
            browser.set_cookie(&forums, credential(workflow), "over");
        };
        for (path, fields, page_after) in [
            (format!("{DEMO_THREAD}/replies"), vec![("body", "Half a reply")], DEMO_THREAD.to_owned()),
            (format!("{own}/edit"), vec![("title", "Mine"), ("body", "Half a reply"), ("version", "1")], format!("{own}/edit")),
        ] {
            signed_out().await;
            let page = text(with_status(StatusCode::FORBIDDEN, browser.post_form(&forums, &path, &fields).await)).await;
            let value = |name: &str| if page.contains(&format!("name=\"{name}\"")) { hidden(&page, name) } else { String::new() };
            let [next, thread, title] = ["next", "draft_thread", "draft_title"].map(value); // a reply has no title
            let fields = [
                ("username", "shopper@example.com"),
                ("password", PASSWORD),
                ("draft", "Half a reply"),
                ("draft_title", &title),
                ("draft_thread", &thread),
                ("next", &next),
            ];
            assert_eq!(location(&browser.post_form(&forums, "/login", &fields).await), page_after);
            let page = text(browser.get(&forums, &page_after).await).await;
            assert!(page.contains("\nHalf a reply</textarea>"), "{page}");
        }
        let page = text(browser.get(&forums, "/posts").await).await;
        assert!(!page.contains("Half a reply"), "the form for a new thread has no draft of another thread");
    }
}

#[tokio::test]
async fn the_list_is_searched_ordered_and_paged_by_links() {
    let flags = ["--limit-posts", "1000/60", "--limit-posts-by-address", "1000/60"];
    let (cluster, forums) = (TestCluster::start_with(&flags, 1).await, forums("webapp-session"));
    let browser = cluster.signed_in(&forums, "second@example.com").await;
    for number in 0..30 {
        browser.post_form(&forums, "/posts", &[("body", &format!("filler {number}"))]).await;
    }
    let page = text(browser.get(&forums, "/posts").await).await;
    assert!(page.contains("filler 29") && !page.contains("Star atlas"), "{page}");
    let next = page.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    let page = text(browser.get(&forums, &next.replace("&amp;", "&")).await).await;
    assert!(page.contains("Star atlas") && !page.contains("filler 29"), "{page}");
    let page = text(browser.get(&forums, "/posts?q=flaxseed").await).await;
    assert!(page.contains("cast-iron pan") && !page.contains("filler") && page.contains("value=\"flaxseed\""), "{page}");
    let page = text(browser.get(&forums, "/posts?q=%3Cscript%3E+nowhere").await).await;
    assert!(page.contains("Nothing found") && page.contains("value=\"&lt;script&gt; nowhere\""), "{page}");
    let page = text(browser.get(&forums, "/posts?sort=activity&q=lantern").await).await;
    assert!(page.contains("aria-current=\"true\">Latest activity</a>") && page.contains("storm lantern"), "{page}");
    assert_eq!(browser.get(&forums, "/posts?sort=none").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_of_a_thread_that_cannot_be_loses_no_sign_in() {
    let (cluster, forums) = (TestCluster::start().await, forums("webapp-session"));
    let fields = [("username", "shopper@example.com"), ("password", PASSWORD), ("draft", "Text"), ("draft_thread", "a\0b")];
    let browser = cluster.browser();
    assert_eq!(browser.post_form(&forums, "/login", &fields).await.status(), StatusCode::FOUND);
    let flash = URL_SAFE_NO_PAD.encode(r#"{"OfApp":{"Added":"a\u0000b"}}"#);
    for (host, page) in [(&forums, "/posts"), (&store("webapp-session"), "/")] {
        browser.set_cookie(host, "storefront_flash", &flash);
        assert_eq!(browser.get(host, page).await.status(), StatusCode::OK, "a message about an impossible product does not break the page");
    }
}
