//! The IP address of the client that sent a request. This server's rate limits use it, and the server passes it to FusionAuth, for the
//! login records and the limits on failed logins. Otherwise FusionAuth would see this server's address for all users.
//!
//! `X-Forwarded-…`, `Forwarded` and `X-Real-IP` headers are kept only if the connection comes from a configured proxy. From any other peer
//! they are removed before another part of the server sees them.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, request::Parts};
use axum::{middleware::Next, response::Response};
use ipnet::IpNet;
use std::net::{AddrParseError, IpAddr, SocketAddr};
use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

/// An IP address in its canonical form. Dual-stack listeners and proxies write the IPv4 address `192.0.2.1` as `::ffff:192.0.2.1`. Without
/// the conversion, all IPv4 clients would count as one IPv6 network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanonicalIp(IpAddr);

impl CanonicalIp {
    /// The address, which is never an IPv4 address mapped to IPv6.
    pub fn get(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for CanonicalIp {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl FromStr for CanonicalIp {
    type Err = AddrParseError;

    /// Reads an entry of `X-Forwarded-For`: some proxies add the client's port, and put brackets around IPv6.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(text);
        bare.parse().or_else(|_| text.parse().map(|it: SocketAddr| it.ip())).map(IpAddr::into)
    }
}

impl fmt::Display for CanonicalIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The IP address of the TCP peer.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub CanonicalIp);

/// The IP address of the client that sent a request, as the trusted proxies report it. `None` if the address is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub Option<CanonicalIp>);

/// The networks of the proxies in front of this server. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// Proxies in these networks are trusted.
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    fn contains(&self, CanonicalIp(address): CanonicalIp) -> bool {
        self.0.iter().any(|it| it.contains(&address))
    }

    /// The address of the peer. If the peer is a trusted proxy: the last address in `X-Forwarded-For` that is not that of a trusted proxy.
    /// A client can forge the addresses before that one.
    fn client(&self, headers: &HeaderMap, peer: Option<CanonicalIp>) -> ClientAddress {
        let forwarded_for = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(','));
        let forwarded_for: Vec<Option<CanonicalIp>> = forwarded_for.map(|it| it.trim().parse().ok()).collect();
        let mut client = peer;
        for address in forwarded_for.into_iter().rev() {
            match (client, address) {
                (Some(proxy), Some(address)) if self.contains(proxy) => client = Some(address),
                _ => break,
            }
        }
        ClientAddress(client)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(Self(None)))
    }
}

/// Middleware, around all others except `normalize_host`: adds the [`ClientAddress`] to the request, and removes the forwarding headers of
/// an untrusted peer.
pub async fn set_client_address(State(proxies): State<TrustedProxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<PeerAddress>().map(|it| it.0);
    if peer.is_none_or(|it| !proxies.contains(it)) {
        remove_forwarding_headers(request.headers_mut());
    }
    let client = proxies.client(request.headers(), peer);
    request.extensions_mut().insert(client);
    next.run(request).await
}

fn remove_forwarding_headers(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> = headers.keys().filter(|it| is_forwarding_header(it.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

fn is_forwarding_header(name: &str) -> bool {
    name.starts_with("x-forwarded-") || matches!(name, "forwarded" | "x-real-ip")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(value: &'static str, peer: &str) -> String {
        let proxies = TrustedProxies::new(&["127.0.0.0/8".parse().unwrap(), "10.1.0.0/16".parse().unwrap()]);
        let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), value.parse().unwrap())]);
        proxies.client(&headers, Some(peer.parse().unwrap())).0.unwrap().to_string()
    }

    #[test]
    fn forwarded_addresses_count_only_from_trusted_proxies() {
        assert_eq!(client("6.6.6.6, 192.0.2.7", "127.0.0.1"), "192.0.2.7");
        assert_eq!(client("2001:db8::1", "127.0.0.1"), "2001:db8::1");
        assert_eq!(client("6.6.6.6, 192.0.2.7, 10.1.2.3", "127.0.0.1"), "192.0.2.7", "two proxies in a row");
        assert_eq!(client("192.0.2.7, nonsense", "127.0.0.1"), "127.0.0.1");
        assert_eq!(client("192.0.2.7", "192.0.2.99"), "192.0.2.99");
        assert_eq!(client("192.0.2.7", "::ffff:127.0.0.1"), "192.0.2.7", "a dual-stack listener");
        assert_eq!(client("", "::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(client("::ffff:192.0.2.7, 10.1.2.3", "127.0.0.1"), "192.0.2.7", "a proxy with a dual-stack listener");
    }

    #[test]
    fn a_forwarded_address_may_have_a_port_and_brackets() {
        assert_eq!(client("192.0.2.7:4711", "127.0.0.1"), "192.0.2.7");
        assert_eq!(client("[2001:db8::1]:4711, 10.1.2.3:80", "127.0.0.1"), "2001:db8::1");
        assert_eq!(client("[2001:db8::1]", "127.0.0.1"), "2001:db8::1");
        assert_eq!(client("192.0.2.7:port", "127.0.0.1"), "127.0.0.1");
    }

    #[test]
    fn every_forwarding_header_is_removed() {
        let names = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-anything", "forwarded", "x-real-ip", "x-request-id", "host"];
        let mut headers = HeaderMap::from_iter(names.map(|it| (HeaderName::from_static(it), "v".parse().unwrap())));
        remove_forwarding_headers(&mut headers);
        let mut kept: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["host", "x-request-id"]);
    }
}
