//! Texts of a message that may be written to a record: paths, hosts, origins, methods, and the names and attributes of cookies.
//!
//! A client can put anything into a path or a header, a token included. So a text is kept only if it has the shape that such texts have
//! here; any other text is replaced by a word in braces.

use axum::http::Method;

/// The path; each segment that is an id or looks random becomes `{id}`. The path must not have a query.
pub(crate) fn path(path: &str) -> String {
    path.split('/').map(|segment| if is_plain(segment) { segment } else { "{id}" }).collect::<Vec<_>>().join("/")
}

/// The `Host` header: name and port.
pub(crate) fn host(host: &str) -> String {
    if is_host(host) { host.to_owned() } else { "{other}".to_owned() }
}

/// The `Origin` header: `null` or scheme, name and port.
pub(crate) fn origin(origin: &str) -> String {
    let is_origin = origin == "null" || origin.split_once("://").is_some_and(|(scheme, host)| is_plain(scheme) && is_host(host));
    if is_origin { origin.to_owned() } else { "{other}".to_owned() }
}

/// The method, if it is one of HTTP's.
pub(crate) fn method(method: &Method) -> String {
    const KNOWN: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    if KNOWN.contains(method) { method.to_string() } else { "{other}".to_owned() }
}

/// A cookie's name.
pub(crate) fn cookie_name(name: &str) -> String {
    // The prefixes are the only part of a cookie's name here that has capital letters, which `is_plain` does not accept.
    let rest = name.strip_prefix("__Host-").or(name.strip_prefix("__Secure-")).unwrap_or(name);
    if is_plain(rest) && !rest.is_empty() { name.to_owned() } else { "{other}".to_owned() }
}

/// A cookie's attribute with its value, if RFC 6265bis has such an attribute and the value fits it.
pub(crate) fn attribute(attribute: &str) -> String {
    let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
    let known = match name.to_ascii_lowercase().as_str() {
        "httponly" | "secure" | "partitioned" => value.is_empty(),
        "max-age" => value.strip_prefix('-').unwrap_or(value).bytes().all(|it| it.is_ascii_digit()) && value.len() <= 12,
        "samesite" => ["strict", "lax", "none"].contains(&value.to_ascii_lowercase().as_str()),
        "domain" => is_host(value),
        "path" => value.split('/').all(is_plain),
        "expires" => value.len() <= 32 && value.bytes().all(|it| it.is_ascii_alphanumeric() || b" ,:-".contains(&it)),
        _ => false,
    };
    if known { attribute.to_owned() } else { "{other}".to_owned() }
}

pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
}

/// Whether the text consists of words, like `load-shopping-cart` or `storefront-8f3a2b1c9d0e4f5a_bg.wasm`: in lower case, separated by `-`,
/// `_` and `.`. A word has at most 24 letters, or 16 characters if it contains a digit. 16 is the length of the hash in a file's name.
/// Opaque tokens have capital letters or longer words.
fn is_plain(text: &str) -> bool {
    text.len() <= 64
        && !is_uuid(text)
        && text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-_.".contains(&it))
        && text.split(['-', '_', '.']).all(|run| run.len() <= if run.bytes().any(|it| it.is_ascii_digit()) { 16 } else { 24 })
}

/// Whether the text is a host name or an IP address, with or without a port. The colons of an IPv6 address are checked as dots, because
/// `is_plain` does not accept colons.
fn is_host(text: &str) -> bool {
    let (name, port) = text.rsplit_once(':').unwrap_or((text, "0"));
    let name = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).map_or_else(|| name.to_owned(), |it| it.replace(':', "."));
    !name.is_empty() && is_plain(&name) && port.len() <= 5 && port.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_words_and_lose_their_ids() {
        let cases = [
            ("/", "/"),
            ("/api/load-shopping-cart", "/api/load-shopping-cart"),
            ("/.well-known/jwks.json", "/.well-known/jwks.json"),
            ("/storefront-8f3a2b1c9d0e4f5a_bg.wasm", "/storefront-8f3a2b1c9d0e4f5a_bg.wasm"),
            ("/api/shopping-cart/lines/tea-2", "/api/shopping-cart/lines/tea-2"),
            ("/api/application/10000000-0000-0000-0000-000000000001", "/api/application/{id}"),
            ("/api/user/change-password/YkQY5Gsyo4RlfmDciBGRmvfj3RmatUqrbjoIZ19fmw4", "/api/user/change-password/{id}"),
            (&*format!("/guest-order/{}", "3f".repeat(32)), "/guest-order/{id}"),
            ("/a%20b", "/{id}"),
        ];
        for (given, kept) in cases {
            assert_eq!(path(given), kept);
        }
    }

    #[test]
    fn hosts_and_origins_are_names_with_ports() {
        for plain in ["store.spa-local-storage.localhost:8080", "127.0.0.1:1", "localhost", "[..1]:80"] {
            assert_eq!(host(plain), plain);
        }
        assert_eq!(host("[::1]:9011"), "[::1]:9011");
        for strange in ["a b", "user@host", "host:port", "", "Xq7Zk2"] {
            assert_eq!(host(strange), "{other}", "{strange}");
        }
        for plain in ["null", "http://forums.spa-local-storage.localhost:8080"] {
            assert_eq!(origin(plain), plain);
        }
        for strange in ["localhost", "http://a/b", "%", "", "http://"] {
            assert_eq!(origin(strange), "{other}", "{strange}");
        }
    }

    #[test]
    fn attributes_are_the_known_ones() {
        for known in ["HttpOnly", "Path=/", "Max-Age=2592000", "Max-Age=-1", "SameSite=Lax", "Secure", "Domain=spa-shared-domain.localhost"]
        {
            assert_eq!(attribute(known), known);
        }
        for other in ["HttpOnly=x", "Path=/Xq7Zk2", "Max-Age=x", "SameSite=x", "name=value", "", "Domain="] {
            assert_eq!(attribute(other), "{other}", "{other}");
        }
    }
}
