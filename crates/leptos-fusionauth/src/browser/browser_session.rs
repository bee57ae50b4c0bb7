//! The mark of a browser session: a cookie that the browser forgets when it is closed. It says that a sign-in of this
//! application, which is to end then, still holds.

use crate::KeepSignedIn;
use js_sys::Reflect;
use leptos::prelude::document;

/// The cookie, on the page's own host. Scripts set and read it, so that it proves nothing to anybody but this page.
pub(crate) struct BrowserSession {
    name: String,
    attributes: &'static str,
}

impl BrowserSession {
    pub(crate) fn new(key: &str) -> Self {
        // No other host of the domain can set a cookie with this prefix. WebKit refuses it, and `Secure`, over plain http.
        // `early.js` makes the same name.
        let (prefix, attributes) = if of_document("URL").starts_with("https:") { ("__Host-", "; Secure") } else { ("", "") };
        Self { name: prefix.to_owned() + key + "=", attributes }
    }

    /// Whether the sign-ins of this browser session end with it.
    pub(crate) fn is_marked(&self) -> bool {
        of_document(COOKIE).contains(&self.name)
    }

    /// Sets or deletes the mark.
    pub(crate) fn mark(&self, keep: KeepSignedIn) {
        let life = if keep == KeepSignedIn::No { "" } else { "; Max-Age=0" };
        let line = self.name.clone() + "1; Path=/; SameSite=Lax" + self.attributes + life;
        let _ = Reflect::set(&document(), &COOKIE.into(), &line.into());
    }
}

const COOKIE: &str = "cookie";

/// A text of the document; empty where the browser refuses it. Read by its name, because each property that web-sys declares is glue.
fn of_document(name: &str) -> String {
    Reflect::get(&document(), &name.into()).ok().and_then(|it| it.as_string()).unwrap_or_default()
}
