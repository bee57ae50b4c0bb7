//! The Forums: the list of threads with its pages and its search, and the page of a thread with replies, edits, deletions and moderation.

use crate::support::{
    LayoutShifts, Mounted, Styles, announced, answer, calls, click, count, find, focused, get, mount_app, network, path_and_query, pause,
    sign_in, sign_in_to, text, two_frames, wait_for,
};
use leptos::prelude::{document, window};
use storefront_api::App;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

const LIST: &str = "GET /api/load-posts";
const THREAD: &str = "GET /api/posts/t1";
const REPLY: &str = "POST /api/posts/t1/replies";
const SECOND: &str = r#"{"id":"r2","author":"Sam","body":"My reply","createdAt":"2026-11-20T10:00:00Z","own":true,"version":1,"avatar":2}"#;

fn post(id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","author":"Ines","body":"Text of {id}","createdAt":"2026-11-20T08:00:00Z","lastActivity":"2026-11-20T09:00:00Z","version":1{more}}}"#
    )
}

fn reply(id: &str, more: &str) -> String {
    format!(r#"{{"id":"{id}","author":"Tomasz","body":"Text of {id}","createdAt":"2026-11-20T09:00:00Z","version":1{more}}}"#)
}

fn thread(post_more: &str, replies: &[String], more: &str) -> String {
    format!(r#"{{"post":{},"replies":[{}]{more}}}"#, post("t1", post_more), replies.join(","))
}

/// Sets the value of a field and dispatches `input`, as typing does.
fn type_into(selector: &str, value: &str) {
    let field = find(selector).unwrap_or_else(|| panic!("there is no {selector}"));
    match field.dyn_ref::<HtmlTextAreaElement>() {
        Some(area) => area.set_value(value),
        None => field.unchecked_ref::<HtmlInputElement>().set_value(value),
    }
    field.dispatch_event(&Event::new("input").unwrap()).unwrap();
}

fn value(selector: &str) -> String {
    get::<HtmlTextAreaElement>(selector).value()
}

/// The first button that starts with this text.
fn button(text: &str) -> HtmlElement {
    let all = document().query_selector_all("main button").unwrap();
    let all = (0..all.length()).filter_map(|at| all.get(at)?.dyn_into::<HtmlElement>().ok());
    all.into_iter().find(|it| it.text_content().unwrap_or_default().starts_with(text)).unwrap_or_else(|| panic!("there is no {text}"))
}

fn has_button(text: &str) -> bool {
    let all = document().query_selector_all("main button").unwrap();
    (0..all.length()).filter_map(|at| all.get(at)).any(|it| it.text_content().unwrap_or_default().starts_with(text))
}

/// Opens the page of a thread. `answered` is the backend's answer to the request for the thread.
async fn open(answered: &str) -> (Mounted, String) {
    let (page, id) = mount_app(App::Forums, "/posts/t1");
    answer(THREAD, 200, answered);
    sign_in_to(&id, "shopper", "#post-t1").await;
    (page, id)
}

#[wasm_bindgen_test]
async fn links_and_quotes_of_a_post_are_elements() {
    let body = r"> Quoted\nSee https://a.example/x.\n\nBye";
    let long = reply("r1", "").replace("Text of r1", body);
    let _page = open(&thread("", &[long], r#","firstUnread":"r1""#)).await;
    let link = find("#post-r1 .body a").unwrap();
    assert_eq!(
        (link.get_attribute("href").as_deref(), link.get_attribute("rel").as_deref()),
        (Some("https://a.example/x"), Some("nofollow ugc"))
    );
    let content = |selector: &str| find(selector).and_then(|it| it.text_content()).unwrap_or_default();
    let (quote, rest) = (content("#post-r1 blockquote"), content("#post-r1 .body p"));
    assert_eq!((quote.as_str(), rest.as_str()), ("Quoted", "See https://a.example/x.\n\nBye"));
    let jump = find("main a[href='#post-r1']:not(.permalink)").unwrap();
    assert_eq!(jump.text_content().as_deref(), Some("Jump to the first unread reply"));
}

#[wasm_bindgen_test]
async fn a_list_shows_the_authors_own_words() {
    let (_page, id) = mount_app(App::Forums, "/");
    answer(LIST, 200, &format!("[{}]", post("a", r#","title":"Title""#).replace("Text of a", r"> Quoted\n\nMine")));
    sign_in(&id, "shopper").await;
    wait_for("list", || text(".post .body") == "Mine").await;
}

#[wasm_bindgen_test]
async fn the_form_for_a_new_thread_is_behind_a_button_until_it_has_text() {
    let (_page, id) = mount_app(App::Forums, "/");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    sign_in_to(&id, "shopper", "#thread-a").await;
    let is_open = || find(".write-box").is_some_and(|it| it.has_attribute("open"));
    assert!(!is_open(), "the list comes first");
    click(".write-box summary");
    assert!(is_open());
    type_into("#post", "A question");
    answer("POST /api/posts", 201, &post("b", r#","own":true"#));
    button("Publish").click();
    wait_for("new thread", || find("#thread-b").is_some() && !is_open()).await;
    click(".write-box summary");
    type_into("#post", "Another");
    type_into("#post", "");
    pause().await;
    assert!(is_open(), "an emptied form must not close under its author");
}

#[wasm_bindgen_test]
async fn the_list_shows_titles_or_first_words_and_what_is_new() {
    let (_page, id) = mount_app(App::Forums, "/");
    let long = post("b", "").replace("Text of b", &format!("{}end", "word ".repeat(30)));
    let all = [
        post("a", r#","title":"Which stone?","replies":2,"unread":true,"avatar":3"#),
        long,
        post("c", r#","deleted":"moderator","replies":1,"locked":true"#).replace("Text of c", ""),
    ];
    answer(LIST, 200, &format!("[{}]", all.join(",")));
    sign_in_to(&id, "shopper", "article").await;
    assert_eq!(text(".posts li:nth-child(1) h2"), "Which stone?");
    assert_eq!(text(".posts li:nth-child(1) .badge"), "New");
    assert!(text(".posts li:nth-child(1) .facts").starts_with("2 replies"));
    assert!(find(".posts li:nth-child(1) .avatar-3").is_some());
    let time = find(".posts li:nth-child(1) time").unwrap();
    assert_eq!(time.get_attribute("datetime").as_deref(), Some("2026-11-20T08:00:00Z"));
    assert!(time.get_attribute("title").unwrap().contains("2026") && !text(".posts time").is_empty());
    assert!(text(".posts li:nth-child(2) h2").starts_with("word word") && text(".posts li:nth-child(2) .body").ends_with("end"));
    assert_eq!(text(".posts li:nth-child(3) h2"), "Hidden by a moderator.");
    assert!(text(".posts li:nth-child(3) .facts").contains("Closed"));
    assert_eq!(count("GET"), 1, "{}", calls("GET"));
}

#[wasm_bindgen_test]
async fn more_threads_come_below_with_the_focus_on_the_first() {
    let (_page, id) = mount_app(App::Forums, "/");
    let first = format!("[{},{}]", post("a", ""), post("b", ""));
    network(&format!("answer('{LIST}', 200, '{first}', {{ Link: '</api/load-posts?after=2_b>; rel=\"next\"' }})"));
    sign_in(&id, "shopper").await;
    wait_for("list", || has_button("Show more")).await;
    // While the request is in flight, a second click must send nothing.
    network("hold('GET /api/load-posts?after=2_b')");
    let more = button("Show more");
    more.click();
    more.click();
    answer(LIST, 200, &format!("[{},{}]", post("b", ""), post("c", "")));
    network("release('GET /api/load-posts?after=2_b')");
    wait_for("more", || find("#thread-c").is_some()).await;
    pause().await;
    assert_eq!(document().query_selector_all(".posts li").unwrap().length(), 3, "the list must show each thread once");
    assert_eq!(focused().id(), "thread-b", "the first thread of the next page must have the focus");
    assert!(!has_button("Show more"));
    assert_eq!(count(LIST), 2);
}

#[wasm_bindgen_test]
async fn a_search_is_in_the_url_and_keeps_what_is_being_written() {
    let (_page, id) = mount_app(App::Forums, "/");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    sign_in_to(&id, "shopper", "article").await;
    type_into("#post", "Half a thought");
    type_into("#q", "whet stone");
    answer(LIST, 200, "[]");
    click(".find [type=submit]");
    wait_for("result", || text(".empty-state h2") == "Nothing found").await;
    assert_eq!(path_and_query(), "/?q=whet%20stone");
    assert_eq!((value("#post").as_str(), get::<HtmlInputElement>("#q").value().as_str()), ("Half a thought", "whet stone"));
    answer(LIST, 200, &format!("[{}]", post("b", "")));
    click(".order a:nth-child(2)");
    wait_for("order", || find("#thread-b").is_some()).await;
    assert_eq!(path_and_query(), "/?sort=activity&q=whet%20stone");
    assert_eq!(text(".order [aria-current]"), "Latest activity");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    click("nav a[href='/']");
    wait_for("list", || find("#thread-a").is_some()).await;
    assert_eq!(get::<HtmlInputElement>("#q").value(), "");
    assert_eq!(value("#post"), "Half a thought");
}

#[wasm_bindgen_test]
async fn a_step_back_from_a_search_leads_to_where_the_list_was_left() {
    let _styles = Styles::new(".posts { height: 9000px } .find { margin-top: 2000px }");
    let (_page, id) = mount_app(App::Forums, "/");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    sign_in_to(&id, "shopper", "#thread-a").await;
    let at = || window().scroll_y().unwrap().round();
    window().scroll_to_with_x_and_y(0.0, 1200.0);
    two_frames().await;
    type_into("#q", "whetstone");
    answer(LIST, 200, &format!("[{}]", post("b", "")));
    click(".find [type=submit]");
    wait_for("result", || find("#thread-b").is_some()).await;
    assert!(at() > 1900.0, "the results must be in the window");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    window().history().unwrap().back().unwrap();
    wait_for("list", || find("#thread-a").is_some()).await;
    two_frames().await;
    assert_eq!(at(), 1200.0);
}

#[wasm_bindgen_test]
async fn a_reply_that_fails_stays_typed_and_one_that_works_is_the_last() {
    let (_page, _) = open(&thread("", &[reply("r1", "")], "")).await;
    assert_eq!(text("main h2"), "1 reply");
    type_into("#post", "My reply");
    wait_for("title", || document().title() == "Text of t1 · Fernhill Forums").await;
    answer(REPLY, 409, r#"{"type":"/problems/thread-closed","title":"Thread closed","status":409,"detail":"This thread is closed."}"#);
    click(".write [type=submit]");
    wait_for("failure", || text(".write [role=alert]").contains("We couldn't publish your reply. This thread is closed.")).await;
    assert_eq!((value("#post").as_str(), document().title().as_str()), ("My reply", "Error: Text of t1 · Fernhill Forums"));
    wait_for("focus", || focused().text_content().as_deref() == Some("Try again")).await;
    assert!(find("#post[readonly]").is_some() && find(".write-end[hidden]").is_some(), "the form must not look as if it worked");
    answer(REPLY, 503, "");
    click(".write [role=alert] button");
    wait_for("failure", || text(".write [role=alert]").contains("Something went wrong on our side")).await;
    assert!(find("#post[readonly], .write-end[hidden]").is_none());
    answer(REPLY, 201, SECOND);
    click(".write [role=alert] button");
    wait_for("reply", || find("#post-r2").is_some()).await;
    assert_eq!(announced(), "Reply published.");
    wait_for("focus on the reply", || focused().id() == "post-r2").await;
    assert_eq!((value("#post").as_str(), text("main h2").as_str()), ("", "2 replies"));
    assert!(find("li:last-child #post-r2 .avatar-2").is_some() && has_button("Edit My reply"));
}

#[wasm_bindgen_test]
async fn a_post_that_fails_moves_nothing_on_the_page() {
    let _styles = Styles::new(concat!(
        include_str!("../../style/base.css"),
        include_str!("../../style/ui.css"),
        include_str!("../../style/cart.css"),
        include_str!("../../style/forums.css")
    ));
    let (_page, id) = mount_app(App::Forums, "/");
    answer(LIST, 200, &format!("[{}]", post("a", "")));
    sign_in_to(&id, "shopper", "article").await;
    let Some(shifts) = LayoutShifts::observe() else { return };
    type_into("#post", "Half a thought");
    pause().await;
    shifts.moved().await;
    answer("POST /api/posts", 503, "<html>");
    click(".write [type=submit]");
    wait_for("failure", || find(".write [role=alert] button").is_some()).await;
    assert_eq!(shifts.moved().await, "");
    let (form, message) = (get::<HtmlElement>(".write"), get::<HtmlElement>(".write [role=alert]"));
    assert!(message.offset_top() >= form.offset_height(), "the message must cover neither the text nor the button");
}

#[wasm_bindgen_test]
async fn an_edit_shows_a_newer_text_before_it_overwrites_it() {
    let (_page, _) = open(&thread(r#","own":true,"title":"Title""#, &[], "")).await;
    answer("GET /api/drafts/edit-t1", 200, "{}");
    button("Edit").click();
    wait_for("form", || find("#edit").is_some()).await;
    pause().await;
    assert_eq!(focused().id(), "edit");
    assert_eq!((value("#edit").as_str(), get::<HtmlInputElement>("#edit-title").value().as_str()), ("Text of t1", "Title"));
    type_into("#edit", "Mine");
    answer(
        "PUT /api/posts/t1",
        409,
        r#"{"type":"/problems/post-changed","title":"Post changed","status":409,"detail":"Edited elsewhere."}"#,
    );
    // The JSON has the member `version` twice, and the app reads the last one.
    let newer = thread(r#","own":true,"title":"Title","version":2"#, &[], "").replace("Text of t1", "Theirs");
    answer(THREAD, 200, &newer);
    click(".edit [type=submit]");
    wait_for("newer text", || text(".newer").contains("Theirs")).await;
    assert!(text(".edit [role=alert]").contains("We couldn't save your changes. Edited elsewhere."));
    assert_eq!(value("#edit"), "Mine");
    let saved = post("t1", r#","own":true,"edited":"2026-11-20T11:00:00Z""#)
        .replace("Text of t1", "Mine")
        .replace(r#""version":1"#, r#""version":3"#);
    answer("PUT /api/posts/t1", 200, &saved);
    click(".edit [type=submit]");
    wait_for("saved", || find("#edit").is_none()).await;
    assert_eq!(announced(), "Changes saved.");
    assert!(text("#post-t1 .body") == "Mine" && text("#post-t1 .edited").starts_with("edited"));
    pause().await;
    assert_eq!(focused().id(), "post-t1");
    let sent = calls("PUT /api/posts/t1");
    assert!(sent.lines().next().unwrap().contains(r#""version":1"#) && sent.lines().last().unwrap().contains(r#""version":2"#), "{sent}");
}

#[wasm_bindgen_test]
async fn a_deleted_post_leaves_a_mark_and_can_be_put_back() {
    let own = r#","own":true"#;
    let (_page, _) = open(&thread("", &[reply("r1", own), reply("r2", "")], "")).await;
    assert!(!has_button("Hide") && !has_button("Close this thread"), "a user who is not a moderator sees the buttons of moderators");
    answer("DELETE /api/posts/r1", 503, "");
    button("Delete").click();
    wait_for("failure", || text("#post-r1 [role=alert]").contains("We couldn't make that change.")).await;
    assert_eq!(text("#post-r1 .body"), "Text of r1");
    answer("DELETE /api/posts/r1", 200, &reply("r1", r#","own":true,"deleted":"author""#).replace("Text of r1", ""));
    let retry: HtmlElement = get("#post-r1 [role=alert] button");
    retry.focus().unwrap();
    retry.click();
    wait_for("mark", || text("#post-r1 .body") == "Deleted by the author.").await;
    assert_eq!(announced(), "Post deleted.");
    pause().await;
    assert_eq!(focused().id(), "post-r1");
    answer("POST /api/posts/r1/restore", 200, &reply("r1", own));
    button("Restore").click();
    wait_for("post", || text("#post-r1 .body") == "Text of r1").await;
    assert_eq!(announced(), "Post restored.");
}

#[wasm_bindgen_test]
async fn a_moderator_hides_posts_and_closes_the_thread() {
    let (_page, _) = open(&thread("", &[reply("r1", ""), reply("r2", r#","own":true"#)], r#","moderator":true"#)).await;
    assert!(text("#post-r2 .controls").starts_with("Edit"));
    type_into("#post", "Typed before");
    answer("PUT /api/posts/t1/lock", 200, &post("t1", r#","locked":true"#));
    button("Close this thread").click();
    wait_for("closed", || text(".card.write > .closed").starts_with("This thread is closed.")).await;
    assert!(find("#post[readonly]").is_some() && find(".write-end[hidden]").is_some(), "the form must not look as if it worked");
    assert_eq!((announced().as_str(), value("#post").as_str()), ("Thread closed.", "Typed before"));
    assert!(has_button("Reopen this thread"));
    assert!(text("#post-r2 .controls").starts_with("Delete"), "a closed thread must offer no edits");
    answer("DELETE /api/posts/r1", 200, &reply("r1", r#","deleted":"moderator""#));
    get::<HtmlElement>("#post-r1 .controls button").click();
    wait_for("hidden", || text("#post-r1 .body") == "Hidden by a moderator.").await;
    assert!(text("#post-r1 .controls").starts_with("Restore"));
}

#[wasm_bindgen_test]
async fn the_url_of_a_reply_leads_to_it_also_on_a_later_page() {
    let (_page, _) = open(&thread(r#","replies":2"#, &[reply("r1", "")], r#","next":"/api/posts/t1?after=1_r1""#)).await;
    answer(THREAD, 200, &thread("", &[reply("r2", "")], ""));
    window().location().set_hash("#post-r2").unwrap();
    wait_for("reply", || find("#post-r2[data-target]").is_some()).await;
    pause().await;
    assert_eq!(focused().id(), "post-r2");
    click("#post-r1 .permalink");
    wait_for("target", || find("#post-r1[data-target]").is_some()).await;
    assert_eq!(window().location().hash().unwrap(), "#post-r1");
    assert!(find("#post-r2[data-target]").is_none());
    window().history().unwrap().back().unwrap();
    wait_for("previous target", || find("#post-r2[data-target]").is_some()).await;

    answer(THREAD, 200, &thread("", &[reply("r1", ""), reply("r2", "")], ""));
    answer(LIST, 200, &format!("[{}]", post("t1", "")));
    click("nav a[href='/']");
    wait_for("list", || find("#thread-t1").is_some()).await;
    let link: HtmlElement = document().create_element("a").unwrap().unchecked_into();
    link.set_attribute("href", "/posts/t1#post-r1").unwrap();
    get::<HtmlElement>("main .forum").append_child(&link).unwrap();
    link.click();
    wait_for("reply", || find("#post-r1[data-target]").is_some() && window().location().hash().unwrap() == "#post-r1").await;
}

#[wasm_bindgen_test]
async fn a_draft_is_saved_after_a_pause_and_comes_back() {
    let (_page, _) = open(&thread("", &[], r#","draft":{"title":"","body":"From yesterday","savedAt":5}"#)).await;
    wait_for("draft", || value("#post") == "From yesterday").await;
    answer("PUT /api/drafts/t1", 200, r#"{"savedAt":9,"replaced":"From the phone"}"#);
    network("hurry(1000)");
    type_into("#post", "From today");
    wait_for("answer", || find(".newer").is_some()).await;
    assert!(text(".write").contains("Draft saved"));
    assert!(calls("PUT /api/drafts/t1").contains(r#""body":"From today","seen":5"#), "{}", calls("PUT"));
    assert!(text(".newer").contains("From the phone"), "the page must show the replaced draft");
    network("hurry(0)");
}

#[wasm_bindgen_test]
async fn a_draft_of_a_new_thread_is_read_only_where_there_is_one() {
    let (_page, id) = mount_app(App::Forums, "/");
    network(&format!("answer('{LIST}', 200, '[]', {{ 'storefront-draft': 'saved' }})"));
    answer("GET /api/drafts/new", 200, r#"{"title":"A title","body":"From yesterday","savedAt":5}"#);
    sign_in(&id, "shopper").await;
    wait_for("draft", || find("#post").is_some() && value("#post") == "From yesterday").await;
    assert_eq!(get::<HtmlInputElement>("#title").value(), "A title");
}

#[wasm_bindgen_test]
async fn a_thread_that_is_not_there_says_so() {
    let (_page, id) = mount_app(App::Forums, "/posts/t1");
    answer(THREAD, 404, r#"{"type":"/problems/post-unknown","title":"Unknown post","status":404,"detail":"We can't find that post."}"#);
    sign_in(&id, "shopper").await;
    wait_for("failure", || text(".empty-state").contains("We can't find that post.")).await;
    wait_for("heading", || text("h1") == "Unknown post").await;
}

#[wasm_bindgen_test]
async fn an_owner_is_asked_about_the_product_in_the_url_unless_its_box_is_cleared() {
    let (_page, id) = mount_app(App::Forums, "/?product=mug&sort=activity");
    network(&format!("answer('{LIST}', 200, '[]', {{ 'storefront-product': 'Enamel%20mug%20%C3%BC' }})"));
    sign_in_to(&id, "shopper", ".write .check:not([hidden])").await;
    assert_eq!((calls("GET"), text(".write .check").as_str()), (format!("{LIST}?product=mug&sort=activity"), "About: Enamel mug ü"));
    assert!(text(".about-product").starts_with("Posts about Enamel mug ü"));
    let order = find(".order a").unwrap().get_attribute("href").unwrap();
    assert_eq!(order, "/?product=mug", "the link that sorts the list by date must keep the product");
    let checkbox = || get::<HtmlInputElement>(".write [name=product]");
    assert!(checkbox().checked() && find(".write-box").unwrap().has_attribute("open"));
    checkbox().focus().unwrap();
    type_into("#post", "Does it chip?");
    pause().await;
    assert_eq!(focused().get_attribute("name").as_deref(), Some("product"), "typing must not rebuild the checkbox, which has the focus");

    // The Store does not sell the product any more. The page must show the reason and lose no input.
    let refusal = r#"{"type":"/problems/thread-product-unknown","title":"Unknown product","status":422,"detail":"The Store doesn't have this product. Publish your post without it."}"#;
    answer("POST /api/posts", 422, refusal);
    button("Publish").click();
    wait_for("refusal", || text(".write .line-error").contains("Publish your post without it.")).await;
    assert_eq!(value("#post"), "Does it chip?");
    assert_eq!(calls("POST /api/posts"), r#"POST /api/posts {"body":"Does it chip?","product":"mug"}"#);
    checkbox().click();
    answer("POST /api/posts", 201, &post("n1", r#","own":true"#));
    button("Publish").click();
    wait_for("publication", || announced() == "Post published.").await;
    assert_eq!(calls("POST /api/posts").lines().last(), Some(r#"POST /api/posts {"body":"Does it chip?"}"#));
    assert_eq!(value("#post"), "");
    let is_open = || find(".write-box").unwrap().has_attribute("open");
    assert!(!is_open(), "the form is empty, although the page still offers the product");
    assert!(find(".posts li").is_none(), "the list of the product's posts must not show a post without a product");
    wait_for("notice", || text(".banner.done").starts_with("Post published. Go to “Text of n1”")).await;
    assert!(find(".banner.done a[href='/posts/n1']").is_some());

    checkbox().click();
    type_into("#post", "Does it?");
    answer("POST /api/posts", 201, &post("n2", r#","own":true,"product":{"id":"mug","name":"Enamel mug"}"#));
    button("Publish").click();
    wait_for("the new thread", || find(".posts li").is_some() && focused().id() == "thread-n2").await;
    assert!(calls("POST /api/posts").ends_with(r#"{"body":"Does it?","product":"mug"}"#), "{}", calls("POST /api/posts"));
    assert!(text(".posts .facts").contains("About: Enamel mug"), "{}", text(".posts .facts"));
}

#[wasm_bindgen_test]
async fn an_unknown_product_in_the_url_says_so_and_what_is_typed_stays() {
    let (_page, id) = mount_app(App::Forums, "/?product=%3Cb%3E");
    answer(LIST, 200, "[]");
    sign_in(&id, "shopper").await;
    wait_for("message", || text(".line-error").starts_with("The Store doesn't have this product.")).await;
    assert!(find(".write .check[hidden]").is_some());
    assert!(text(".empty-state").contains("No posts about this product yet."), "{}", text(".empty-state"));
    type_into("#post", "All the same");
    click(".empty-state a");
    wait_for("all posts", || path_and_query() == "/" && find(".line-error").is_none()).await;
    assert_eq!(value("#post"), "All the same");
}

#[wasm_bindgen_test]
async fn a_draft_comes_back_with_its_product() {
    let (_page, id) = mount_app(App::Forums, "/");
    network(&format!("answer('{LIST}', 200, '[]', {{ 'storefront-draft': 'saved' }})"));
    let draft = r#"{"title":"","body":"Does it chip?","savedAt":5,"product":{"id":"mug","name":"Enamel mug"}}"#;
    answer("GET /api/drafts/new", 200, draft);
    answer("PUT /api/drafts/new", 200, r#"{"savedAt":6}"#);
    sign_in(&id, "shopper").await;
    wait_for("draft", || find(".write .check:not([hidden])").is_some() && value("#post") == "Does it chip?").await;
    network("hurry(1000)");
    click(".write [name=product]");
    wait_for("draft without the product", || count("PUT /api/drafts/new") == 1).await;
    assert!(!calls("PUT").contains("product"), "{}", calls("PUT"));
    click(".write [name=product]");
    wait_for("draft with the product", || count("PUT /api/drafts/new") == 2).await;
    assert!(calls("PUT").ends_with(r#""product":"mug"}"#), "{}", calls("PUT"));
    network("hurry(0)");
}

#[wasm_bindgen_test]
async fn a_thread_leads_back_to_its_product() {
    let own = r#","own":true"#;
    let (_page, _) = open(&thread(&format!(r#"{own},"product":{{"id":"mug","name":"Enamel mug"}}"#), &[reply("r1", own)], "")).await;
    let notice = "The first answer is also on the product's page, where everyone can read it.";
    let notices = || text("main main").matches(notice).count();
    assert_eq!(notices(), 1, "beside the form for a reply");
    for (post, expected) in [("t1", 1), ("r1", 2)] {
        answer(&format!("GET /api/drafts/edit-{post}"), 200, "{}");
        click(&format!("#post-{post} .controls button"));
        wait_for("form", || find(".edit").is_some()).await;
        assert_eq!(notices(), expected, "{post}");
        click(".edit button.quiet");
        wait_for("end of the edit", || find(".edit").is_none()).await;
    }
    assert_eq!(text(".about-product"), "About: Enamel mug");
    let href = find(".about-product a").unwrap().get_attribute("href").unwrap();
    assert!(href.starts_with("http") && href.ends_with("/products/mug"), "{href}");
}
