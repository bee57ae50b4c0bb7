//! The headers of the protocol: their names, the values that a server sends, and those that it reads.

use crate::identifiers::{Challenge, SessionId};
use crate::key::Algorithm;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The response header that asks the browser to register a key. Any response over https may have it.
pub const SECURE_SESSION_REGISTRATION: HeaderName = HeaderName::from_static("secure-session-registration");
/// The response header with the next challenge of a session.
pub const SECURE_SESSION_CHALLENGE: HeaderName = HeaderName::from_static("secure-session-challenge");
/// The request header with a proof.
pub const SECURE_SESSION_RESPONSE: HeaderName = HeaderName::from_static("secure-session-response");
/// The request header that names the session of a refresh. Scripts cannot set it.
pub const SEC_SECURE_SESSION_ID: HeaderName = HeaderName::from_static("sec-secure-session-id");

/// `Secure-Session-Registration`: the offer to register a key. It contains a challenge: send it to nobody but the user of the sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationHeader {
    /// The algorithms that the browser may choose from.
    pub algorithms: Vec<Algorithm>,
    /// The path of the registration.
    pub path: PathAndQuery,
    /// The challenge that the browser signs with the new key.
    pub challenge: Challenge,
    /// The text that the browser repeats in the proof.
    pub authorization: Option<SessionId>,
}

impl RegistrationHeader {
    /// The header's value.
    pub fn to_value(&self) -> HeaderValue {
        let algorithms: Vec<&str> = self.algorithms.iter().map(|it| it.name()).collect();
        // A structured field's text has two characters that are escaped.
        let path = self.path.as_str().replace('\\', "\\\\").replace('"', "\\\"");
        let challenge = self.challenge.as_str();
        let authorization = self.authorization.as_ref().map(|it| format!(";authorization=\"{}\"", it.as_str())).unwrap_or_default();
        sensitive(format!("({});path=\"{path}\";challenge=\"{challenge}\"{authorization}", algorithms.join(" ")))
    }
}

/// `Secure-Session-Challenge`: the challenge of a session's next proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChallengeHeader {
    /// The challenge.
    pub challenge: Challenge,
    /// The session. Without it browsers ignore the header.
    pub id: SessionId,
}

impl ChallengeHeader {
    /// The header's value.
    pub fn to_value(&self) -> HeaderValue {
        sensitive(format!("\"{}\";id=\"{}\"", self.challenge.as_str(), self.id.as_str()))
    }
}

fn sensitive(text: String) -> HeaderValue {
    let mut value = HeaderValue::try_from(text).expect("identifiers and paths are printable");
    value.set_sensitive(true);
    value
}

/// The session of a request for a refresh.
pub fn session_id(headers: &HeaderMap) -> Option<SessionId> {
    SessionId::try_from(text(headers, &SEC_SECURE_SESSION_ID)?.to_owned()).ok()
}

/// The text of a request header that occurs once. The quotes of a structured field may be missing, because Chromium sends none.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut lines = headers.get_all(name).into_iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    let text = line.to_str().ok()?.trim();
    Some(text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text))
}
