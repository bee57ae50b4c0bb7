//! Checks the pages and states of the Forums in every window size, in the single-page app and on the server-rendered pages.

use super::{Gallery, open};
use crate::webapp::sign_in_to;
use e2e::{
    Journey, Role, Setup, Workflow,
    account::{MODERATOR, PASSWORD, SHOPPER},
    journey, journey_in,
};

/// Threads of the demo data: one with replies, the shopper's own, and one that is closed.
const THREAD: &str = "/posts/30000000-0000-0000-0000-000000000000";
const OWN: &str = "/posts/30000000-0000-0000-0000-000000000008";
const CLOSED: &str = "/posts/30000000-0000-0000-0000-000000000007";

#[tokio::test]
async fn pictures_of_threads() {
    journey(async |journey| {
        let Journey { deployment, browser } = journey;
        let (mut gallery, forums) = (Gallery::of(browser).await?, deployment.forums());
        browser.sign_in_at(forums, SHOPPER).await?;
        browser.wait_for_text("Star atlas sold out again").await?;
        gallery.add_form("forums-list", "main").await?;
        open(browser, forums, "/?q=flaxseed", "How do you season the cast-iron pan?").await?;
        gallery.add_form("forums-search", "main").await?;
        open(browser, forums, "/?q=zeppelin", "Nothing found").await?;
        gallery.add_form("forums-search-empty", "main").await?;
        open(browser, forums, THREAD, "Thin coats.").await?;
        gallery.add_form("forums-thread", "main").await?;
        browser.click(Role::Button, "Reply").await?;
        browser.alert().await?;
        gallery.add_form("forums-reply-empty", ".write").await?;
        open(browser, forums, CLOSED, "This thread is closed.").await?;
        gallery.add_form("forums-thread-closed", "main").await?;
        open(browser, forums, OWN, "Is the wool blanket fine to wash").await?;
        let of_own = browser.named(Role::Button, "Edit").await?;
        browser.click(Role::Button, &of_own).await?;
        browser.find(Role::Textbox, "Text").await?;
        gallery.add_form("forums-edit", "#post-30000000-0000-0000-0000-000000000008").await?;
        browser.fill("Text", "Is the blanket fine to wash?").await?;
        browser.click(Role::Button, "Save").await?;
        browser.wait_for_text("edited").await?;
        gallery.add_form("forums-edited", "#post-30000000-0000-0000-0000-000000000008").await?;
        let delete = browser.named(Role::Button, "Delete").await?;
        browser.click(Role::Button, &delete).await?;
        browser.wait_for_text("Deleted by the author.").await?;
        gallery.add_form("forums-deleted", "main").await?;
        // After a sign-in, the app returns to the page of the last sign-out. So the shopper signs out on the list of posts, and the
        // moderator gets that list.
        browser.click(Role::Link, "Posts").await?;
        browser.find(Role::Heading, "Posts").await?;
        browser.click(Role::Button, "Sign out").await?;
        browser.sign_in_form().await?.submit(MODERATOR, PASSWORD).await?;
        browser.find(Role::Heading, "Posts").await?;
        open(browser, forums, THREAD, "Thin coats.").await?;
        gallery.add_form("forums-moderator", "main").await?;
        gallery.end()
    })
    .await;
}

#[tokio::test]
async fn pictures_of_server_rendered_threads() {
    journey_in(Setup::of(Workflow::WebappJwt), async |journey| {
        let Journey { deployment, browser } = &*journey;
        let (mut gallery, forums) = (Gallery::of(browser).await?, deployment.forums());
        sign_in_to(browser, forums, SHOPPER, "/posts").await?;
        browser.wait_for_text("Star atlas sold out again").await?;
        gallery.add_form("server-rendered-forums-list", "main").await?;
        open(browser, forums, "/posts?q=flaxseed", "How do you season the cast-iron pan?").await?;
        gallery.add("server-rendered-forums-search").await?;
        open(browser, forums, "/posts?q=zeppelin", "Nothing found").await?;
        gallery.add("server-rendered-forums-search-empty").await?;
        open(browser, forums, THREAD, "Thin coats.").await?;
        gallery.add_form("server-rendered-forums-thread", "main").await?;
        open(browser, forums, CLOSED, "This thread is closed.").await?;
        gallery.add("server-rendered-forums-closed").await?;
        open(browser, forums, &format!("{OWN}/edit"), "Edit your post").await?;
        gallery.add_form("server-rendered-forums-edit", "main").await?;
        browser.tolerate("/edit", "422");
        browser.fill("Text", " ").await?;
        browser.click(Role::Button, "Save").await?;
        browser.alert().await?;
        gallery.add_form("server-rendered-forums-edit-refused", "main").await?;
        browser.fill("Text", "Is the blanket fine to wash?").await?;
        browser.click(Role::Button, "Save").await?;
        browser.wait_for_text("Changes saved.").await?;
        gallery.add("server-rendered-forums-edited").await?;
        let delete = browser.named(Role::Button, "Delete").await?;
        browser.click(Role::Button, &delete).await?;
        browser.wait_for_text("Post deleted.").await?;
        gallery.add_form("server-rendered-forums-deleted", "main").await?;
        browser.click(Role::Button, "Sign out").await?;
        sign_in_to(browser, forums, MODERATOR, "/posts").await?;
        open(browser, forums, THREAD, "Thin coats.").await?;
        gallery.add_form("server-rendered-forums-moderator", "main").await?;
        gallery.end()
    })
    .await;
}
