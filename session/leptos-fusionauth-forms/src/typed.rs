//! Reads what a user has typed into an input. Every form reads its emails, codes and passwords with these functions.
//! `fusionauth_api::typed` says which form each gets, and why.

use fusionauth_api::typed;
pub use fusionauth_api::typed::{message_code, second_factor_code};
use js_sys::JsString;
use leptos::{html, prelude::*};
use web_sys::{HtmlInputElement, Url};

/// The email in this input.
pub fn email_in(input: &HtmlInputElement) -> String {
    typed::email(&input.value(), |domain| Url::new(&("http://".to_owned() + domain)).ok().map(|url| url.hostname()))
}

/// The password in this input, in Unicode's form NFC.
pub fn password_in(input: &HtmlInputElement) -> String {
    JsString::from(input.value()).normalize("NFC").into()
}

/// The email in the input of a form, or an empty text before the form is in the document.
pub fn email(input: NodeRef<html::Input>) -> String {
    input.get_untracked().map(|input| email_in(&input)).unwrap_or_default()
}

/// The password in the input of a form, in Unicode's form NFC, or an empty text before the form is in the document.
pub fn password(input: NodeRef<html::Input>) -> String {
    input.get_untracked().map(|input| password_in(&input)).unwrap_or_default()
}
