use serde::{Deserialize, Serialize};

/// Who takes part in a conversation.
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
    /// Somebody with a stolen token: a client whose `User-Agent` begins with `attacker`.
    Attacker,
    /// Any other client, such as a test's own set-up calls.
    Client,
}

/// One line of the record: a request when it arrives, and its response when it leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Message {
    /// A request arrived.
    Request {
        /// Joins a request and its response; unique over all processes of a run.
        exchange: String,
        /// Who asked.
        from: Actor,
        /// Who was asked.
        to: Actor,
        /// The host and port that was asked, from the `Host` header.
        host: String,
        /// The method.
        method: String,
        /// The path without its query, ids of one-time things replaced by `{id}`.
        path: String,
        /// The page's origin, if the browser named one.
        origin: Option<String>,
        /// Every credential that came along.
        credentials: Vec<Credential>,
    },
    /// Its response left.
    Response {
        /// The request's `exchange`.
        exchange: String,
        /// The status.
        status: u16,
        /// Every cookie that it set or deleted.
        cookies: Vec<SetCookie>,
        /// Every credential in its body.
        credentials: Vec<Credential>,
    },
}

/// A credential that was seen: its name, where it stood, and enough of it to tell one from another. Never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// The name of the cookie, header or JSON member.
    pub name: String,
    /// Where it stood.
    pub place: Place,
    /// For a JWT, its unverified audience: which application it opens.
    pub audience: Option<String>,
    /// For a JWT, whether its `exp` lay in the past when it was recorded.
    pub expired: Option<bool>,
    /// Six hex digits of a hash salted once per run: the same digits mean the same token. No value can be found from them.
    /// Absent for passwords and codes, which are short enough to be guessed.
    pub fingerprint: Option<String>,
}

/// Where a credential stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the `Cookie` header.
    Cookie,
    /// In the `Authorization` header.
    Authorization,
    /// In a JSON or form body.
    Body,
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
    /// As [`Credential::fingerprint`].
    pub fingerprint: Option<String>,
}
