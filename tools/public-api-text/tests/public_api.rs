//! Tests that the public API of the session libraries equals the committed text, which a reviewer has seen.
//!
//! With `UPDATE_PUBLIC_API` set, the tests write the files instead of comparing them.

use public_api_text::{PublicApi, committed_file, difference, public_api};

#[test]
fn fusionauth_session_has_the_reviewed_api() -> anyhow::Result<()> {
    compare("fusionauth-session", "")
}

#[test]
fn fusionauth_session_web_has_the_reviewed_api() -> anyhow::Result<()> {
    compare("fusionauth-session-web", "events,fake,roles")
}

#[test]
fn leptos_fusionauth_has_the_reviewed_api() -> anyhow::Result<()> {
    compare("leptos-fusionauth", "fake,roles")
}

#[test]
fn a_difference_is_shown_line_by_line() {
    assert_eq!(difference("pub fn a()\npub fn b()\n", "pub fn a()\npub fn b(u8)\n").unwrap(), "@@ -2 +2 @@\n-pub fn b()\n+pub fn b(u8)\n");
    assert_eq!(difference("pub fn a()\n", "pub fn a()\n"), None);
}

fn compare(package: &str, features: &str) -> anyhow::Result<()> {
    let PublicApi::Text(now) = public_api(package, features)? else {
        println!("not compared: this compiler writes rustdoc's JSON in a version that public-api does not read");
        return Ok(());
    };
    let file = committed_file(package);
    if std::env::var_os("UPDATE_PUBLIC_API").is_some() {
        return Ok(std::fs::write(file, now)?);
    }
    if let Some(difference) = difference(&std::fs::read_to_string(&file)?, &now) {
        panic!("the public API of {package} changed:\n{difference}\nTo accept it: UPDATE_PUBLIC_API=1 cargo test -p public-api-text");
    }
    Ok(())
}
