//! Who is at the other end, for FusionAuth's login records and its limits on failed logins: without it every shopper of a
//! backend would be one and the same address there.

use crate::{auth::cookies::Forwarded, state::Backend};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use std::{convert::Infallible, net::IpAddr};

/// The address of a connection's other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The address of whoever sent a request, if it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Client
where
    Backend: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().map(|it| it.0);
        Ok(Self::of(&parts.headers, peer, Backend::from_ref(state).config.forwarded()))
    }
}

impl Client {
    /// A trusted proxy's word is the last in the list: whatever stands before it a stranger may have written.
    fn of(headers: &HeaderMap, peer: Option<IpAddr>, forwarded: Forwarded) -> Self {
        let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|it| it.to_str().ok()?.rsplit(',').next());
        match forwarded {
            Forwarded::Trusted => Self(last.and_then(|it| it.trim().parse().ok()).or(peer)),
            Forwarded::Ignored => Self(peer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxys_own_word_counts() {
        let peer = Some(IpAddr::from([127, 0, 0, 1]));
        let of = |value: &'static str, forwarded| {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), value.parse().unwrap())]);
            Client::of(&headers, peer, forwarded).0.unwrap().to_string()
        };
        assert_eq!(of("6.6.6.6, 192.0.2.7", Forwarded::Trusted), "192.0.2.7");
        assert_eq!(of("2001:db8::1", Forwarded::Trusted), "2001:db8::1");
        assert_eq!(of("nonsense", Forwarded::Trusted), "127.0.0.1");
        assert_eq!(of("192.0.2.7", Forwarded::Ignored), "127.0.0.1");
        assert_eq!(Client::of(&HeaderMap::new(), None, Forwarded::Trusted), Client(None));
    }
}
