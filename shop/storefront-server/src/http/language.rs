//! The language of a response: the one that the reader has chosen, or else the one that the browser prefers. The catalogue must have its
//! texts in that language (`product_text`).
//!
//! Texts find the language in a thread-local, which is set while the request's future is polled and restored after each poll. So requests
//! of other languages on the same thread, and the same request on another thread, never see a wrong language. A spawned task has no
//! language, so a task that creates texts must be wrapped in [`in_current_language`].

use crate::http::cookie_header;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::{middleware::Next, response::Response};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use storefront_messages::{Language, LanguageUse};

/// The cookie with the language that the reader has chosen. Its name needs no prefix `__Host-`, because another host that sets the cookie
/// can change only the language of texts.
pub const COOKIE: &str = "language";

/// Middleware: answers in the reader's language. A response with a text has `Content-Language`, and `Vary`, so that no cache sends it to
/// readers of another language.
pub async fn set_language(State(offered): State<Arc<[Language]>>, request: Request, next: Next) -> Response {
    let language = language_of(request.headers(), &offered);
    let (mut response, used) = in_language(language, next.run(request)).await;
    if used == LanguageUse::Asked {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.append(header::VARY, HeaderValue::from_static("accept-language, cookie"));
    }
    response
}

/// Runs a future in the language of the caller. A task that is spawned with the returned future creates texts in that language.
pub fn in_current_language<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let language = Language::current();
    async move { in_language(language, future).await.0 }
}

async fn in_language<F: Future>(language: Language, future: F) -> (F::Output, LanguageUse) {
    let mut future = pin!(future);
    let mut used = LanguageUse::None;
    let output = poll_fn(|context| {
        let (poll, of_this_poll) = language.observed_scope(|| future.as_mut().poll(context));
        if of_this_poll == LanguageUse::Asked {
            used = LanguageUse::Asked;
        }
        poll
    });
    let output = output.await;
    (output, used)
}

/// The cookie takes precedence over the browser's settings, which many people have never changed.
fn language_of(headers: &HeaderMap, offered: &[Language]) -> Language {
    let chosen = cookie_header::find(headers, COOKIE).and_then(Language::from_tag).filter(|it| offered.contains(it));
    chosen.unwrap_or_else(|| {
        let accepted: Vec<&str> = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|it| it.to_str().ok()).collect();
        Language::preferred(&accepted.join(","), offered)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefront_messages::t;
    use tokio::task::yield_now;

    #[test]
    fn a_choice_counts_more_than_the_browsers_settings() {
        let table = [
            (None, None, Language::English),
            (None, Some("de-AT, en;q=0.5"), Language::German),
            (Some("a=b; language=en"), Some("de"), Language::English),
            (Some("language=de"), Some("en"), Language::German),
            (Some("language=fr"), Some("de"), Language::French),
            (Some("language=tlh"), Some("de"), Language::German),
            (Some("language="), Some("de"), Language::German),
        ];
        for (cookie, accepted, expected) in table {
            let mut headers = HeaderMap::new();
            headers.extend(cookie.map(|it| (header::COOKIE, HeaderValue::from_static(it))));
            headers.extend(accepted.map(|it| (header::ACCEPT_LANGUAGE, HeaderValue::from_static(it))));
            assert_eq!(language_of(&headers, &Language::ALL), expected, "{cookie:?} {accepted:?}");
            let offered = Language::ALL.into_iter().filter(|it| *it != Language::French).collect::<Vec<_>>();
            let without_french = if expected == Language::French { Language::German } else { expected };
            assert_eq!(language_of(&headers, &offered), without_french, "{cookie:?} {accepted:?}");
        }
    }

    #[tokio::test]
    async fn tasks_of_two_languages_on_one_thread_never_mix() {
        let text = async || {
            let mut texts = Vec::new();
            for _ in 0..10 {
                texts.push(t!("Sign in"));
                yield_now().await;
            }
            texts.dedup();
            texts
        };
        let both = async { tokio::join!(in_language(Language::German, text()), in_language(Language::English, text())) };
        let ((german, _), (english, _)) = both.await;
        assert_eq!((german, english), (vec!["Anmelden"], vec!["Sign in"]));
        assert_eq!(Language::current(), Language::English);
    }

    #[tokio::test]
    async fn a_task_of_its_own_takes_the_language_along() {
        let spawned = async { tokio::spawn(in_current_language(async { t!("Sign in") })).await.unwrap() };
        assert_eq!(in_language(Language::German, spawned).await, ("Anmelden", LanguageUse::Asked));
        assert_eq!(in_language(Language::German, async {}).await.1, LanguageUse::None);
    }
}
