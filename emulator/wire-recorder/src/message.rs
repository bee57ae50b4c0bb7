//! The lines of a record. The record is a file that tests and tools read, so these types are its format.
//!
//! No type here has a field that could hold a secret: a credential is a name, a place and a fingerprint.

use serde::{Deserialize, Serialize};

/// A participant of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// A shopper's browser.
    Browser,
    /// The Store's backend.
    Store,
    /// The Forums' backend.
    Forums,
    /// FusionAuth, real or emulated.
    FusionAuth,
    /// A client with stolen credentials. Its `User-Agent` begins with `attacker`.
    Attacker,
    /// Any other client, such as a test that prepares FusionAuth.
    Client,
}

/// One line of the record: a request, written when it arrives, or a response, written when it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Message {
    /// A request arrived.
    Request {
        /// The id that a request and its response share; unique over all processes of a run.
        exchange: String,
        /// The sender.
        from: Actor,
        /// The receiver.
        to: Actor,
        /// Host and port, from the `Host` header.
        host: String,
        /// The method.
        method: String,
        /// The path without its query; segments that look random are replaced by `{id}`.
        path: String,
        /// The `Origin` header, if there is one.
        origin: Option<String>,
        /// For a request of a browser, the fingerprint of its `User-Agent`, by which the requests of different browsers are told apart.
        #[serde(default)]
        browser: Option<String>,
        /// Every credential in the headers and in the body.
        credentials: Vec<Credential>,
    },
    /// The response to a request left.
    Response {
        /// The request's `exchange`.
        exchange: String,
        /// The status.
        status: u16,
        /// Every cookie that the response set or deleted.
        cookies: Vec<SetCookie>,
        /// Every credential in the body, and in the headers of Device Bound Session Credentials.
        credentials: Vec<Credential>,
    },
}

/// A credential in a message: its name, its place, and a fingerprint that distinguishes it from others. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// The name of the cookie, header or JSON member.
    pub name: String,
    /// The place of the credential in the message.
    pub place: Place,
    /// For a JWT, its unverified audience: the id of the application that it is for.
    pub audience: Option<String>,
    /// For a JWT, whether its `exp` was in the past when the message was recorded.
    pub expired: Option<bool>,
    /// Six hex digits of a hash that is salted once per run: equal digits mean equal tokens, and the token cannot be derived from them.
    /// Absent for passwords and codes, because these are short enough to be guessed from a fingerprint.
    pub fingerprint: Option<String>,
}

/// The place of a credential in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the `Cookie` header.
    Cookie,
    /// In the `Authorization` header.
    Authorization,
    /// In a JSON or form body.
    Body,
    /// In a header of Device Bound Session Credentials: the offer to register a key, a challenge, or the proof that answers it.
    DeviceBoundSession,
}

/// A `Set-Cookie` line without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// The attributes as sent, such as `HttpOnly`, `Path=/`, `SameSite=Lax`, in the order of the line.
    pub attributes: Vec<String>,
    /// Whether the line deletes the cookie (`Max-Age=0` or an empty value).
    pub deleted: bool,
    /// See [`Credential::fingerprint`].
    pub fingerprint: Option<String>,
}
