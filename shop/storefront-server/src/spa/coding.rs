//! The encodings of a response body: which one a client accepts, and the compression.

use axum::http::{HeaderMap, header};
use std::io;

/// The encoding of a response body.
#[derive(Clone, Copy)]
pub(super) enum Coding {
    /// Brotli.
    Brotli,
    /// gzip.
    Gzip,
    /// No compression.
    Identity,
}

impl Coding {
    /// The best encoding that the browser accepts.
    pub(super) fn accepted(request: &HeaderMap) -> Self {
        [Self::Brotli, Self::Gzip].into_iter().find(|it| it.name().is_some_and(|name| accepts(request, name))).unwrap_or(Self::Identity)
    }

    /// Its name in `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// Compresses a document that is sent only once. It is compressed less than a cached document, because more compression would take longer
/// than it saves.
pub(super) fn compressed_for_one(html: &str, coding: Coding) -> io::Result<Vec<u8>> {
    match coding {
        Coding::Brotli => brotli(html, 5),
        Coding::Gzip => gzip(html, flate2::Compression::default()),
        Coding::Identity => Ok(html.as_bytes().to_vec()),
    }
}

/// The best quality, for documents that are compressed once and sent often. In a debug build, which the tests start hundreds of times, this
/// quality would take half of the startup time.
pub(super) const QUALITY_TO_KEEP: i32 = if cfg!(debug_assertions) { 5 } else { 11 };

/// Compresses with Brotli.
pub(super) fn brotli(html: &str, quality: i32) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality, size_hint: html.len(), ..Default::default() };
    brotli::BrotliCompress(&mut html.as_bytes(), &mut out, &parameters)?;
    Ok(out)
}

/// Compresses with gzip.
pub(super) fn gzip(html: &str, level: flate2::Compression) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    io::Write::write_all(&mut encoder, html.as_bytes())?;
    encoder.finish()
}

fn accepts(headers: &HeaderMap, wanted: &str) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok()).flat_map(|it| it.split(',')).any(|it| {
        let (coding, parameters) = it.split_once(';').unwrap_or((it, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        coding.trim().eq_ignore_ascii_case(wanted) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_clients_that_accept_a_coding_get_it() {
        for (value, expected) in
            [("gzip, deflate, br", true), ("br;q=1.0", true), ("BR", true), ("br;q=0", false), ("gzip", false), ("", false), ("brx", false)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
            assert_eq!(accepts(&headers, "br"), expected, "{value}");
            assert_eq!(accepts(&headers, "gzip"), value.starts_with("gzip"), "{value}");
        }
    }
}
