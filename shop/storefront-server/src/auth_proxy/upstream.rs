//! FusionAuth, as the proxy reaches it.

use crate::auth::error::Error as AuthError;
use crate::http::outgoing::client_for;
use crate::http::problem::{ApiResult, ProblemResponse};
use crate::http::traces;
use crate::http::{client_address::ClientAddress, error::Error as HttpError, host::port, origin::Scheme};
use axum::RequestExt;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::LengthLimitError;
use std::{error::Error as _, iter::successors, time::Duration};
use storefront_api::problems::ProblemCode;

/// How long FusionAuth may take for a response. This is longer than a browser waits, because the response may hold the only copy of a
/// rotated refresh token, which the proxy must not cut off.
pub(super) const TIMEOUT: Duration = Duration::from_secs(65);

/// The `Host` of a request that passes as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The browser's, for development.
    OfBrowser,
    /// FusionAuth's own, as its documentation asks of proxies.
    OfFusionAuth,
}

/// FusionAuth's URL, and the client for requests to it.
pub(super) struct Upstream {
    http: reqwest::Client,
    url: String,
    /// The scheme of the browser's request, unless a trusted proxy reports https.
    scheme: Scheme,
}

impl Upstream {
    pub(super) fn new(url: &str, scheme: Scheme) -> reqwest::Result<Self> {
        Ok(Self { http: client_for(url).timeout(TIMEOUT).build()?, url: url.to_owned(), scheme })
    }

    /// Sends a request with the headers that name the client, which the server has computed.
    pub(super) async fn send(&self, came: &Parts, path: &str, mut headers: HeaderMap, body: Option<reqwest::Body>) -> ApiResult<Response> {
        self.set_forwarding_headers(&mut headers, came);
        traces::inject(&mut headers);
        let request = self.http.request(came.method.clone(), format!("{}{path}", self.url)).headers(headers);
        let request = body.into_iter().fold(request, reqwest::RequestBuilder::body);
        let answer = request.send().await.map_err(|error| {
            if successors(error.source(), |it| (*it).source()).any(|it| it.is::<LengthLimitError>()) {
                return HttpError::BodyTooLong.into();
            }
            let error = error.without_url(); // the path may contain an id that gives access to an account
            tracing::warn!(error = &error as &dyn std::error::Error, "FusionAuth does not answer");
            unavailable(if error.is_timeout() { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::BAD_GATEWAY })
        })?;
        Ok(axum::http::Response::from(answer).map(Body::new))
    }

    /// Passes a request on with all its headers except those about one connection. The answer has the same.
    pub(super) async fn pass(&self, request: Request, host: Host) -> ApiResult<Response> {
        let (head, body) = request.with_limited_body().into_parts();
        let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
        // The proxy streams the body, because clients that have not signed in could fill the memory with long bodies.
        let body = (!body.is_end_stream()).then(|| reqwest::Body::wrap_stream(body.into_data_stream()));
        let mut headers = end_to_end(&head.headers);
        if host == Host::OfFusionAuth {
            headers.remove(header::HOST); // the client adds FusionAuth's
        }
        let mut answer = self.send(&head, path, headers, body).await?;
        *answer.headers_mut() = end_to_end(answer.headers());
        Ok(answer)
    }

    /// FusionAuth trusts these headers, so none of them comes from the client. FusionAuth reads the browser's host from `X-Forwarded-Host`.
    fn set_forwarding_headers(&self, headers: &mut HeaderMap, came: &Parts) {
        let client = came.extensions.get::<ClientAddress>().and_then(|it| it.0);
        let is_https = self.scheme == Scheme::Https || Scheme::of(&came.headers) == Scheme::Https;
        let own = [
            ("forwarded", None), // it has the same data in a format that FusionAuth does not read
            ("x-real-ip", None),
            ("x-forwarded-for", client.and_then(|it| HeaderValue::try_from(it.to_string()).ok())),
            ("x-forwarded-host", came.headers.get(header::HOST).cloned()),
            ("x-forwarded-port", port(&came.headers).map(HeaderValue::from)),
            ("x-forwarded-proto", Some(HeaderValue::from_static(if is_https { "https" } else { "http" }))),
        ];
        for (name, value) in own {
            headers.remove(name);
            headers.extend(value.map(|it| (HeaderName::from_static(name), it)));
        }
    }
}

/// FusionAuth gives no answer that the app could read.
pub(super) fn unavailable(status: StatusCode) -> ProblemResponse {
    ProblemResponse::new(ProblemCode::SignInServiceUnavailable, &AuthError::SignInUnavailable).with_status(status)
}

/// The headers without those that are about one connection (RFC 9110 7.6.1).
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    const HOP_BY_HOP: [&str; 8] =
        ["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"];
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(',').map(|name| name.trim().to_ascii_lowercase()))
        .collect();
    let kept = headers.iter().filter(|(name, _)| !HOP_BY_HOP.contains(&name.as_str()) && !named.iter().any(|it| it == name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_about_one_connection_are_not_forwarded() {
        let came = HeaderMap::from_iter(
            [
                ("host", "h"),
                ("connection", "keep-alive, X-Once"),
                ("x-once", "1"),
                ("te", "trailers"),
                ("cookie", "a=1"),
                ("x-forwarded-for", "1.2.3.4"),
            ]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
        let kept = end_to_end(&came);
        let mut names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["cookie", "host", "x-forwarded-for"]);
    }
}
