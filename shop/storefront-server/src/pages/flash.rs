//! The message about the last sent form. The next page shows the message once.
//!
//! After a form has changed something, the server answers with a redirect, so the page that shows the result belongs to another request. A
//! cookie carries the message to that request. The cookie contains a code and never a text. Otherwise an attacker who can set a cookie
//! could put any text on a page.

use crate::auth::cookies::{CookieName, Cookies};
use crate::pages::{PageState, redirect_303};
use crate::secret::hash_secret;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use storefront_messages::{Language, text_where};

/// The result of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Flash {
    /// A text of the pages, as a hash of its English form.
    Text(String),
    /// A message that the application's own part of the pages shows (`Frame`).
    OfApp(serde_json::Value),
}

/// The lifetime of the cookie. The browser usually opens the next page at once, and a page that it opens later must not show an old
/// message.
const MAX_AGE_SECONDS: u64 = 60;

impl Flash {
    /// A message with this text: `Flash::text(|| t!("Post published."))`. The next page may be in another language.
    pub(crate) fn text(text: impl FnOnce() -> &'static str) -> Self {
        Self::Text(hash_of(Language::English.scope(text)))
    }

    /// Makes the next page show this message.
    pub(crate) fn set(&self, cookies: &Cookies) {
        cookies.set(CookieName::Flash, &self.encode(), MAX_AGE_SECONDS);
    }

    /// Redirects to the next page, which shows this message.
    pub(crate) fn redirect(&self, cookies: &Cookies, to: &str) -> Response {
        self.set(cookies);
        redirect_303(to)
    }

    /// Returns the message of the last form, and deletes it.
    pub(crate) fn take(cookies: &Cookies) -> Option<Self> {
        let flash = cookies.get(CookieName::Flash).and_then(Self::decode);
        cookies.delete(CookieName::Flash);
        flash
    }

    /// The message in base64, because a cookie must not contain quotes.
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::json!(self).to_string())
    }

    fn decode(cookie: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()
    }

    /// The message on the page. It is empty if there is no such text, or if the application does not know the message.
    pub(crate) async fn view(self, state: &PageState) -> sqlx::Result<Markup> {
        match (self, state.frame) {
            (Self::Text(hash), _) => {
                let text = text_where(|english| !english.contains("{}") && hash_of(english) == hash);
                Ok(text.map_or_else(Markup::default, |text| html! { p.reason role="status" { (text) } }))
            }
            (Self::OfApp(message), Some(frame)) => (frame.message)(&state.backend.db, message).await,
            (Self::OfApp(_), None) => Ok(Markup::default()),
        }
    }
}

fn hash_of(english: &str) -> String {
    hash_secret("flash", english)[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use storefront_messages::t;

    #[test]
    fn a_cookie_holds_every_message_and_no_text() {
        let german = Language::German.scope(|| Flash::text(|| t!("Post published.")));
        assert_eq!(german, Flash::text(|| t!("Post published.")));
        for flash in [german, Flash::OfApp(json!({"Removed": ["mug", 3]}))] {
            assert!(Cookies::can_hold(&flash.encode()) && !flash.encode().contains("Post"));
            assert_eq!(Flash::decode(&flash.encode()), Some(flash));
        }
        for text in ["", "<b>", "\"Hello\"", "{\"Hello\":\"Text\"}", "{\"Text\":[\"mug\"]}"] {
            assert_eq!(Flash::decode(text), None, "{text}");
            assert_eq!(Flash::decode(&URL_SAFE_NO_PAD.encode(text)), None, "{text}");
        }
    }
}
