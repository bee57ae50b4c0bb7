//! Origins as browsers write them: scheme, host and port. In the configuration, each site and FusionAuth have an origin.

use crate::http::error::Error;
use crate::http::host::without_port;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::{fmt, net::IpAddr, str::FromStr};
use tower_http::csrf::{CsrfLayer, ProtectionError};

/// Rejects writes from foreign pages, because a browser adds cookies to the requests of such pages, too.
pub(crate) fn same_origin() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(|_| Error::CrossOrigin.into_response())
}

/// The origin at which browsers reach a site or FusionAuth, such as `https://shop.example.com`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: Port,
}

/// The scheme of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without TLS, which is for development.
    Http,
    /// With TLS, which this server or a proxy in front of it terminates.
    Https,
}

impl Scheme {
    /// The scheme that the browser used, as a proxy reports it. `set_client_address` has already removed the header of an untrusted peer.
    pub fn of(headers: &HeaderMap) -> Self {
        let says_https = headers.get("x-forwarded-proto").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"https"));
        if says_https { Self::Https } else { Self::Http }
    }

    /// The scheme's default port, which browsers leave out.
    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    /// The scheme's default port, which browsers leave out.
    Default,
    Number(u16),
    /// Written `*`: the port that the browser used. In development `trunk serve` listens on another port than this server.
    AsRequested,
}

impl Origin {
    /// The host's name, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether `host`, which may contain a port, is the host of this origin.
    pub fn is_of_host(&self, host: &str) -> bool {
        without_port(host).eq_ignore_ascii_case(&self.host)
    }

    /// Whether this is the origin that a browser writes as `text`.
    pub fn is_written(&self, text: &str) -> bool {
        self.text(origin_port(text)) == text
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether browsers count both origins as one site: only then does the page of one send `SameSite` cookies to the other.
    pub fn is_same_site(&self, other: &Self) -> bool {
        let domain = registrable_domain(&self.host);
        self.scheme == other.scheme && (self.host == other.host || domain.is_some() && domain == registrable_domain(&other.host))
    }

    /// Whether the port is the one that the browser used, so that this is not one origin but many.
    pub fn has_port_as_requested(&self) -> bool {
        self.port == Port::AsRequested
    }

    /// The origin's text. `requested` is the port that the browser used, if the `Host` header contains one.
    pub fn text(&self, requested: Option<u16>) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        let port = match self.port {
            Port::Default => None,
            Port::Number(port) => Some(port),
            Port::AsRequested => requested,
        };
        match port.filter(|it| *it != self.scheme.port()) {
            None => format!("{scheme}://{}", self.host),
            Some(port) => format!("{scheme}://{}:{port}", self.host),
        }
    }
}

/// The port of an origin; `None` for the scheme's default port.
pub fn origin_port(origin: &str) -> Option<u16> {
    origin.rsplit_once(':')?.1.parse().ok()
}

/// The part of a host's name that somebody has registered, such as `example.co.uk`. None for a public suffix and for an IP address.
pub fn registrable_domain(host: &str) -> Option<&str> {
    if host.parse::<IpAddr>().is_ok() { None } else { psl::domain_str(host) }
}

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected an origin such as https://shop.example.com: a scheme and a host, perhaps a port, and no path";
        let (scheme, rest) = match text.split_once("://") {
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(("http", rest)) => (Scheme::Http, rest),
            _ => return Err(EXPECTED),
        };
        let (host, port) = match rest.rsplit_once(':') {
            None => (rest, Port::Default),
            Some((host, "*")) => (host, Port::AsRequested),
            Some((host, port)) => match port.parse().map_err(|_| EXPECTED)? {
                port if port == scheme.port() => (host, Port::Default),
                port => (host, Port::Number(port)),
            },
        };
        // The host becomes a part of headers, so it may contain only characters of host names.
        let is_host = !host.is_empty() && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'));
        if is_host { Ok(Self { scheme, host: host.to_ascii_lowercase(), port }) } else { Err(EXPECTED) }
    }
}

impl TryFrom<String> for Origin {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(None))?;
        if self.port == Port::AsRequested { f.write_str(":*") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_and_written() {
        for (text, port, expected) in [
            ("https://Shop.example.com", Some(8443), "https://shop.example.com"),
            ("https://shop.example.com:443", None, "https://shop.example.com"),
            ("https://shop.example.com:8443", None, "https://shop.example.com:8443"),
            ("http://store.localhost:*", Some(8081), "http://store.localhost:8081"),
            ("http://store.localhost:*", Some(80), "http://store.localhost"),
            ("http://store.localhost:*", None, "http://store.localhost"),
        ] {
            let origin: Origin = text.parse().unwrap();
            assert_eq!(origin.text(port), expected);
            assert!(origin.is_written(expected) && !origin.is_written(&format!("{expected}.evil.example")), "{text}");
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
    }

    #[test]
    fn one_site_is_one_scheme_and_one_registrable_domain() {
        for (one, other, is_same_site) in [
            ("https://shop.example.co.uk", "https://auth.example.co.uk:9011", true),
            ("https://example.com", "https://a.b.example.com", true),
            ("http://store.spa-backend.localhost:*", "http://auth.spa-backend.localhost:9011", true),
            ("http://localhost:8080", "http://localhost:9011", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:9011", true),
            ("http://127.0.0.1", "http://10.0.0.1", false),
            ("https://shop.co.uk", "https://auth.co.uk", false),
            ("https://shop.github.io", "https://auth.github.io", false),
            ("https://shop.example.com", "https://auth.example.org", false),
            ("http://shop.localhost", "http://auth.localhost", false),
            ("https://shop.example.com", "http://auth.example.com", false),
        ] {
            let [one_origin, other_origin] = [one, other].map(|it| it.parse::<Origin>().unwrap());
            assert_eq!(one_origin.is_same_site(&other_origin), is_same_site, "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in
            ["", "shop.example.com", "ftp://shop", "https://", "https://shop/", "https://shop/path", "https://a b", "https://u@shop"]
        {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
