//! The name of a browser, such as "Firefox on Windows", by which its user recognises it in the list of sessions.
//!
//! `User-Agent` is the browser's own claim. This module searches it for a few words, so the result is always one of the names below. A
//! wrong name misleads only the user who sent the header.

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use fusionauth_api::account::SessionDevice;
use std::convert::Infallible;
use storefront_messages::t;

/// The name of the browser that sends a request. Handlers get it as an extractor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceName(pub String);

/// Words of `User-Agent`, each with the name of its browser. The `User-Agent` of most browsers also contains the names of other browsers,
/// so the order matters: the first word of this list that is found counts.
const BROWSERS: [(&str, &str); 7] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
];

/// Words of `User-Agent`, each with the name of its operating system. The first word of this list that is found counts.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// Translates the text of a [`DeviceName`] into the reader's language. FusionAuth stores the text in English, because users may have chosen
/// another language when they look at their sessions than when they signed in.
pub fn shown(name: &str) -> String {
    match name.split_once(" on ") {
        Some((browser, system)) if is_one_of(browser, &BROWSERS) && is_one_of(system, &SYSTEMS) => t!("{} on {}", browser, system),
        _ if name == UNKNOWN => t!("Unknown browser").to_owned(),
        _ => name.to_owned(),
    }
}

/// The name of the browser of a session at FusionAuth, if the sign-in sent a name or a `User-Agent`.
pub fn of_session(device: &SessionDevice) -> Option<String> {
    let described = || device.description.as_deref().map(|user_agent| DeviceName::of(user_agent).0);
    device.name.clone().or_else(described).map(|name| shown(&name))
}

fn is_one_of(name: &str, names: &[(&str, &str)]) -> bool {
    names.iter().any(|(_, it)| *it == name)
}

const UNKNOWN: &str = "Unknown browser";

impl DeviceName {
    fn of(user_agent: &str) -> Self {
        let find = |names: &[(&str, &'static str)]| names.iter().find(|(word, _)| user_agent.contains(word)).map(|(_, name)| *name);
        let browser = if user_agent.contains("CriOS/") { Some("Chrome") } else { find(&BROWSERS) };
        Self(match (browser, find(&SYSTEMS)) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(name), None) | (None, Some(name)) => name.to_owned(),
            (None, None) => UNKNOWN.to_owned(),
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DeviceName {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts.headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefront_messages::Language;

    #[test]
    fn a_name_is_shown_in_the_readers_language() {
        let german = |name| Language::German.scope(|| shown(name));
        assert_eq!(
            (shown("Firefox on Windows"), german("Firefox on Windows")),
            ("Firefox on Windows".into(), "Firefox unter Windows".into())
        );
        assert_eq!(Language::French.scope(|| shown("Firefox on Windows")), "Firefox sur Windows");
        assert_eq!((german("Firefox"), german("Unknown browser")), ("Firefox".into(), "Unbekannter Browser".into()));
        assert_eq!(german("Till on the counter"), "Till on the counter", "a name that another program has given");
    }

    #[test]
    fn a_session_that_a_browser_has_begun_itself_is_known_by_its_user_agent() {
        let device = |name: Option<&str>, description: Option<&str>| {
            let (name, description) = (name.map(str::to_owned), description.map(str::to_owned));
            of_session(&SessionDevice { name, description, ..SessionDevice::default() })
        };
        assert_eq!(device(None, Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")).as_deref(), Some("Firefox on Linux"));
        assert_eq!(device(Some("Safari on iPhone"), Some("Firefox/140.0")).as_deref(), Some("Safari on iPhone"));
        assert_eq!((device(None, Some("<b>")).as_deref(), device(None, None)), (Some("Unknown browser"), None));
    }

    #[test]
    fn browsers_are_told_apart_though_they_call_themselves_by_each_others_names() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)";
        for (user_agent, name) in [
            (format!("{mac} Chrome/131.0.0.0 Safari/537.36"), "Chrome on macOS"),
            (format!("{mac} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0"), "Edge on macOS"),
            (format!("{mac} Version/18.1 Safari/605.1.15"), "Safari on macOS"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) CriOS/131.0 Mobile Safari/604.1".to_owned(), "Chrome on iPhone"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0".to_owned(), "Firefox on Windows"),
            ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36".to_owned(), "Chrome on Android"),
            ("curl/8.0".to_owned(), "Unknown browser"),
            ("<script>alert(1)</script>".to_owned(), "Unknown browser"),
        ] {
            assert_eq!(DeviceName::of(&user_agent).0, name, "{user_agent}");
        }
    }
}
