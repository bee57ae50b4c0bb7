//! Detects configuration errors when a user signs in. This module is separate from [`super::send`], so that builds that report no events do
//! not contain its asynchronous code.

use super::Driver;
use crate::{
    AccessToken, FetchError,
    browser::{
        clock,
        request::{self, Probe},
        script,
    },
    event::Misconfiguration,
    fusionauth::CallResponse,
    json,
};
use serde::{Deserialize, de::IgnoredAny};

/// The tokens in the answer to a sign-in. The id of the refresh token stands for it, because a proxy may have removed the token itself, which
/// must not enter the program's data.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    token: Option<AccessToken>,
    refresh_token_id: Option<IgnoredAny>,
}

impl Driver {
    /// The configuration errors that the answer to a sign-in reveals, besides those that its status names.
    pub(super) async fn misconfigurations(&self, answer: &Result<CallResponse, FetchError>) -> Vec<Misconfiguration> {
        let fusionauth = script::foreign_origin(&self.config.fusionauth_url);
        let mut found = Vec::new();
        let page = script::origin();
        if !fusionauth.is_empty() && are_of_different_sites(&page, &fusionauth) {
            found.push(Misconfiguration::OtherSite);
        }
        match answer {
            Ok(CallResponse { status: 200, body, .. }) => {
                // If both tokens are missing, that is no error, because a proxy may have removed them from the body.
                if let Ok(Tokens { token: Some(token), refresh_token_id }) = json::decode(body) {
                    if refresh_token_id.is_none() {
                        found.push(Misconfiguration::NoRefreshToken);
                    }
                    if is_issued_at_another_time(&token) {
                        found.push(Misconfiguration::ClockSkew);
                    }
                }
            }
            // CORS does not apply to the page's own origin, so there a failure comes from the network.
            Err(FetchError::Network) if !fusionauth.is_empty() => found.extend(self.unreadable_answer().await),
            _ => {}
        }
        found
    }

    /// Why no answer of FusionAuth could be read; `None` if FusionAuth does not answer at all.
    async fn unreadable_answer(&self) -> Option<Misconfiguration> {
        let url = self.config.fusionauth_url.clone() + "/api/status";
        if request::is_answered(&url, Probe::WithoutCookies).await && !request::is_answered(&url, Probe::WithCookies).await {
            return Some(Misconfiguration::CorsWithoutCredentials);
        }
        request::is_answered(&url, Probe::Opaque).await.then_some(Misconfiguration::AnswerUnreadable)
    }
}

/// The difference between two clocks from which a backend may reject each token, because access tokens often live this long.
const LARGEST_SKEW_MS: f64 = 300_000.0;

/// Whether the token was issued at a time that is far from this device's time.
fn is_issued_at_another_time(token: &AccessToken) -> bool {
    let issued = json::decode_payload::<fusionauth_api::claims::Claims>(token).ok().and_then(|it| it.iat);
    issued.is_some_and(|it| (it * 1_000.0 - clock::now().wall_ms as f64).abs() > LARGEST_SKEW_MS)
}

/// Whether two origins certainly belong to different sites. A site is a scheme and a registrable domain, which has at least two labels. If
/// the last two labels are equal, the sites may still differ (`a.co.uk` and `b.co.uk`), because only a browser has the list of public
/// suffixes.
fn are_of_different_sites(one: &str, other: &str) -> bool {
    let site = |origin: &str| {
        let (scheme, authority) = origin.split_once("://")?;
        // The colons of an IPv6 address are in brackets.
        let host = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(authority, |(host, _)| host);
        let is_address = host.ends_with(|it: char| it == ']' || it.is_ascii_digit());
        let end = host.rmatch_indices('.').nth(1).filter(|_| !is_address).map_or(host, |(at, _)| &host[at + 1..]);
        Some((scheme.to_owned(), end.to_owned()))
    };
    site(one) != site(other)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn sites_differ_by_scheme_or_by_registrable_domain() {
        for (one, other, expected) in [
            ("https://store.shop.test", "https://auth.shop.test", false),
            ("https://shop.test", "https://auth.shop.test:8443", false),
            ("http://store.shop.localhost:8080", "http://auth.shop.localhost:9011", false),
            ("http://127.0.0.1:8080", "http://127.0.0.1:9011", false),
            ("http://[::1]:8080", "http://[::1]", false),
            ("https://a.co.uk", "https://b.co.uk", false),
            ("https://shop.test", "https://auth.test", true),
            ("https://store.shop.test", "http://auth.shop.test", true),
            ("http://localhost:8080", "http://127.0.0.1:9011", true),
            ("http://localhost:8080", "http://auth.localhost:9011", true),
            ("http://store.localhost", "http://auth.localhost", true),
            ("http://10.0.0.1", "http://11.0.0.1", true),
            ("http://[::1]", "http://[::2]", true),
        ] {
            assert_eq!(are_of_different_sites(one, other), expected, "{one} {other}");
            assert_eq!(are_of_different_sites(other, one), expected, "{other} {one}");
        }
    }
}
