//! Verification of access tokens. The functions are pure: the key and the time are arguments.
//!
//! Algorithm, signature, issuer, audience and times are checked in this order. Expiry comes last, because the server renews only a token
//! that is valid except for its expiry. Nothing here fetches a key or stores a token.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fusionauth_api::{AccessToken, claims::Audience};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;

/// The maximum length of a token, in bytes. FusionAuth's tokens are below 1 KB; custom claims make them longer.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The claims that a token of this application must have.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The token's `iss`.
    pub issuer: String,
    /// The token's `aud`: this application's id.
    pub application_id: String,
    /// How far the clocks of FusionAuth and this server may differ, in seconds.
    pub leeway: u32,
}

/// The user that a verified token or a session belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// FusionAuth's user id (`sub`).
    pub user_id: String,
    /// The email address, if the token contains it.
    pub email: Option<String>,
    /// Whether FusionAuth says that the user has verified the email.
    #[serde(default)]
    pub email_status: EmailStatus,
    /// The sign-in that the token came from.
    #[serde(default)]
    pub sign_in: TokenSignIn,
    /// The names of the user's roles in this application.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// Whether a user has verified the email (`email_verified`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmailStatus {
    /// The user has verified it, or the credential does not say: a session id, or a token of an application with strict OAuth scopes.
    #[default]
    NotUnverified,
    /// The user has not verified it.
    Unverified,
}

/// The role of users who may hide the posts of others and close threads.
const MODERATOR: &str = "moderator";

impl Identity {
    /// A user without roles, and without claims about the sign-in.
    pub fn new(user_id: String, email: Option<String>) -> Self {
        Self { user_id, email, email_status: EmailStatus::default(), sign_in: TokenSignIn::default(), roles: Vec::new() }
    }

    /// Whether the user may hide the posts of others and close threads.
    pub fn is_moderator(&self) -> bool {
        self.roles.iter().any(|it| it == MODERATOR)
    }
}

/// The claims of an access token about its sign-in. All are `None` for a user who was identified by a session id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSignIn {
    /// FusionAuth's id of the session (`sid`), which is also the id of the refresh token.
    pub session: Option<String>,
    /// When the user signed in (`auth_time`), in seconds since 1970.
    pub at: Option<i64>,
    /// When the token itself was issued (`iat`), in seconds since 1970.
    #[serde(default)]
    pub issued_at: Option<i64>,
}

/// A token with a valid signature and valid claims, which may have expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The user.
    pub identity: Identity,
    /// Whether the token's `exp` has passed. A `Verifier` also sets this if the token has been revoked.
    pub expired: bool,
}

/// Why a token is refused. If there are several reasons, this is the first one found. Expiry is checked last, so `Expired` means that
/// everything else is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a JWT, or a claim that cannot be read.
    #[error("the access token is not a JWT that this server can read")]
    Malformed,
    /// Signed with another algorithm than RS256, such as `none` or HMAC.
    #[error("the access token is not signed with RS256")]
    Algorithm,
    /// FusionAuth publishes no such key.
    #[error("the access token is signed with an unknown key")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the access token's signature does not fit")]
    Signature,
    /// An identity token or another kind that must not give access to an API.
    #[error("the token is not an access token")]
    Kind,
    /// A token that FusionAuth gave out for another access token (`GET /api/jwt/issue`) and not for a sign-in.
    #[error("the access token was exchanged for another one")]
    Exchanged,
    /// A token of another issuer.
    #[error("the access token is from another issuer")]
    Issuer,
    /// A valid token of another application.
    #[error("the access token is for another application")]
    Audience,
    /// FusionAuth also signs in people who are not registered for the application (202). Their token has the right `aud`, but no
    /// `applicationId` (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>).
    #[error("the access token's user is not registered for this application")]
    Registration,
    /// The token's `nbf` is in the future.
    #[error("the access token is not valid yet")]
    NotYet,
    /// The token's `exp` has passed, and everything else is valid.
    #[error("the access token has expired")]
    Expired,
}

/// The id of the key that `token` claims to be signed with. Nothing is verified yet.
///
/// # Errors
/// [`TokenError::Malformed`], [`TokenError::Algorithm`], [`TokenError::Kind`], or [`TokenError::UnknownKey`] if the token names no key.
pub fn key_id(token: &str) -> Result<String, TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Malformed);
    }
    // The library cannot read the header of an unsigned token (`alg: none`), so such a token counts as malformed.
    let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(TokenError::Algorithm);
    }
    // RFC 7515 4.1.11: a server must refuse a token with a critical extension that it does not support. This server supports no extension.
    if header.crit.is_some() {
        return Err(TokenError::Malformed);
    }
    // The header `tty` of FusionAuth's tokens is `at` for access tokens, and something else for identity tokens. Older versions of
    // FusionAuth omit this header.
    match header.extras.get::<String>("tty") {
        Ok(Some(kind)) if kind != "at" => return Err(TokenError::Kind),
        Ok(_) => {}
        Err(_) => return Err(TokenError::Malformed),
    }
    header.kid.ok_or(TokenError::UnknownKey)
}

/// Verifies the signature with `key`, and compares the claims, except the times, with `expected`.
///
/// # Errors
/// The first [`TokenError`] found, but never [`TokenError::NotYet`] or [`TokenError::Expired`].
pub fn verify_signature(token: &str, key: &DecodingKey, expected: &Expected) -> Result<SignedClaims, TokenError> {
    // `signed_claims` turns off the library's own checks of claims, because the library reports expiry before other errors.
    validate(signed_claims::<TokenClaims>(token, key)?, expected)
}

/// The claims of any JWT that `key` has signed with RS256. Only the signature is verified.
///
/// # Errors
/// The first [`TokenError`] found.
pub fn signed_claims<T: DeserializeOwned>(token: &str, key: &DecodingKey) -> Result<T, TokenError> {
    let mut signature_only = Validation::new(Algorithm::RS256);
    signature_only.required_spec_claims.clear();
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    Ok(decode(token, key, &signature_only)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::Signature,
            _ => TokenError::Malformed,
        })?
        .claims)
}

/// Reads a token that FusionAuth has just sent to this server. The signature is not verified, because the token comes directly from
/// FusionAuth (OpenID Connect Core 3.1.3.7, 6). If this needed a key that could not be fetched now, a rotated refresh token would be lost.
/// Returns the user, and `exp` in milliseconds since 1970.
///
/// # Errors
/// The first [`TokenError`] found, but never [`TokenError::Signature`] or [`TokenError::Expired`].
pub fn decode_trusted(token: &AccessToken, expected: &Expected, now: f64) -> Result<(Identity, i64), TokenError> {
    let claims = validate(unverified_claims(token).ok_or(TokenError::Malformed)?, expected)?;
    claims.at(expected, now).map(|it| (it.identity, (claims.exp * 1000.0) as i64))
}

/// The claims of a token, of which nothing is verified.
pub(crate) fn unverified_claims<T: DeserializeOwned>(token: &AccessToken) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.payload_segment()?).ok()?).ok()
}

/// The claims that this server reads. It refuses a token without `iss`, `aud`, `applicationId`, `sub` or `exp`.
#[derive(Deserialize)]
struct TokenClaims {
    iss: Option<String>,
    #[serde(default)]
    aud: Audience,
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iat: Option<f64>,
    sid: Option<String>,
    auth_time: Option<f64>,
    #[serde(rename = "authenticationType")]
    authentication_type: Option<String>,
    email: Option<String>,
    email_verified: Option<bool>,
    /// Any JSON, because a lambda at FusionAuth may change this claim, and an unexpected value must not lock users out.
    roles: Option<serde_json::Value>,
    #[serde(rename = "applicationId")]
    application_id: Option<String>,
}

/// The `authenticationType` of a token that FusionAuth gave out for another access token
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>). Such a token is in no sign-in of this server: it may lack the
/// `sid`, and its `iat` is newer than the revocation of the token that it was exchanged for.
const EXCHANGED: &str = "JWT_SSO";

/// The claims of a token that has passed every check except that of its times.
pub struct SignedClaims {
    pub(super) identity: Identity,
    pub(super) exp: f64,
    pub(super) nbf: Option<f64>,
}

impl SignedClaims {
    /// Checks the times of the token at `now` (seconds since 1970).
    ///
    /// # Errors
    /// [`TokenError::NotYet`]. Expiry is no error here.
    pub fn at(&self, expected: &Expected, now: f64) -> Result<VerifiedToken, TokenError> {
        let leeway = f64::from(expected.leeway);
        if self.nbf.is_some_and(|nbf| now + leeway < nbf) {
            return Err(TokenError::NotYet);
        }
        // RFC 7519 4.1.4: a token must not be accepted "on or after" its `exp`.
        Ok(VerifiedToken { identity: self.identity.clone(), expired: now - leeway >= self.exp })
    }
}

fn validate(claims: TokenClaims, expected: &Expected) -> Result<SignedClaims, TokenError> {
    let (Some(exp), Some(user_id)) = (claims.exp, claims.sub.filter(|it| !it.is_empty())) else { return Err(TokenError::Malformed) };
    if claims.iss.as_deref() != Some(expected.issuer.as_str()) {
        return Err(TokenError::Issuer);
    }
    if !claims.aud.contains(&expected.application_id) {
        return Err(TokenError::Audience);
    }
    if claims.application_id.is_none_or(|it| !it.eq_ignore_ascii_case(&expected.application_id)) {
        return Err(TokenError::Registration);
    }
    if claims.authentication_type.as_deref() == Some(EXCHANGED) {
        return Err(TokenError::Exchanged);
    }
    let sign_in = TokenSignIn { session: claims.sid, at: claims.auth_time.map(|it| it as i64), issued_at: claims.iat.map(|it| it as i64) };
    let roles = claims.roles.as_ref().and_then(serde_json::Value::as_array).into_iter().flatten();
    let roles = roles.filter_map(|it| it.as_str().map(ToOwned::to_owned)).collect();
    let email_status = if claims.email_verified == Some(false) { EmailStatus::Unverified } else { EmailStatus::NotUnverified };
    Ok(SignedClaims { identity: Identity { user_id, email: claims.email, email_status, sign_in, roles }, exp, nbf: claims.nbf })
}

/// The text of an access token from a request, before its verification. `Debug` does not show the text.
pub struct BearerToken(pub(crate) String);

impl BearerToken {
    /// Wraps the token's text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(…)")
    }
}

/// The content of the `Authorization` header.
#[derive(Debug)]
pub(super) enum AuthorizationHeader {
    /// No such header.
    None,
    /// An access token.
    Bearer(BearerToken),
    /// Several headers, another scheme, or bytes that no token has.
    Unreadable,
}

/// Reads the credential of a request. It is not verified.
pub(super) fn authorization_header(headers: &HeaderMap) -> AuthorizationHeader {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => AuthorizationHeader::None,
        (Some(one), None) => match one.to_str().ok().and_then(|it| it.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => AuthorizationHeader::Bearer(BearerToken::new(token.trim())),
            _ => AuthorizationHeader::Unreadable,
        },
        (Some(_), Some(_)) => AuthorizationHeader::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(leeway: u32) -> Expected {
        Expected { issuer: "issuer".to_owned(), application_id: "store".to_owned(), leeway }
    }

    fn checked(json: &str, leeway: u32, now: f64) -> Result<Identity, TokenError> {
        let expected = expected(leeway);
        let token = validate(serde_json::from_str(json).unwrap(), &expected)?.at(&expected, now)?;
        if token.expired { Err(TokenError::Expired) } else { Ok(token.identity) }
    }

    #[test]
    fn claims_decide() {
        let good = Ok(Identity::new("u".to_owned(), None));
        for (claims, outcome) in [
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":101}"#, good.clone()),
            (r#"{"iss":"issuer","aud":["forums","STORE"],"applicationId":"store","sub":"u","exp":101,"nbf":100}"#, good),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":100}"#, Err(TokenError::Expired)),
            (
                r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":101,"authenticationType":"JWT_SSO","sid":"s"}"#,
                Err(TokenError::Exchanged),
            ),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":-1e300}"#, Err(TokenError::Expired)),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":200,"nbf":101}"#, Err(TokenError::NotYet)),
            (r#"{"iss":"issuer","aud":"forums","sub":"u","exp":1}"#, Err(TokenError::Audience)),
            (r#"{"iss":"issuer","aud":"store","sub":"u","exp":101}"#, Err(TokenError::Registration)),
            (r#"{"iss":"issuer","aud":"store","applicationId":"forums","sub":"u","exp":101}"#, Err(TokenError::Registration)),
            (r#"{"iss":"issuer","aud":[],"sub":"u","exp":101}"#, Err(TokenError::Audience)),
            (r#"{"iss":"issuer","sub":"u","exp":101}"#, Err(TokenError::Audience)),
            (r#"{"iss":"other","aud":"forums","sub":"u","exp":1}"#, Err(TokenError::Issuer)),
            (r#"{"aud":"store","applicationId":"store","sub":"u","exp":101}"#, Err(TokenError::Issuer)),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","exp":101}"#, Err(TokenError::Malformed)),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"","exp":101}"#, Err(TokenError::Malformed)),
            (r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u"}"#, Err(TokenError::Malformed)),
        ] {
            assert_eq!(checked(claims, 0, 100.0), outcome, "{claims}");
        }
    }

    #[test]
    fn only_a_list_that_names_the_role_makes_a_moderator() {
        for (roles, is_moderator) in [
            (r#"["user","moderator"]"#, true),
            (r#"["user"]"#, false),
            (r#"["Moderator", 1]"#, false),
            ("[]", false),
            ("null", false),
            (r#""moderator""#, false),
            (r#"{"moderator":true}"#, false),
        ] {
            let json = format!(r#"{{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":101,"roles":{roles}}}"#);
            assert_eq!(checked(&json, 0, 100.0).map(|it| it.is_moderator()), Ok(is_moderator), "{roles}");
        }
    }

    #[test]
    fn a_token_from_fusionauth_itself_is_read_whatever_its_age() {
        let read = |claims: &str| decode_trusted(&AccessToken::new(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims))), &expected(0), 100.0);
        let (identity, exp) = read(r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":50}"#).unwrap();
        assert_eq!((identity.user_id.as_str(), exp), ("u", 50_000));
        assert_eq!(read(r#"{"iss":"issuer","aud":"forums","sub":"u","exp":500}"#), Err(TokenError::Audience));
        assert_eq!(read(r#"{"iss":"other","aud":"store","applicationId":"store","sub":"u","exp":500}"#), Err(TokenError::Issuer));
        assert_eq!(read("no JSON"), Err(TokenError::Malformed));
    }

    #[test]
    fn leeway_moves_both_ends() {
        let json = r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"u","exp":100,"nbf":50}"#;
        assert!(checked(json, 10, 109.5).is_ok());
        assert_eq!(checked(json, 10, 110.0), Err(TokenError::Expired));
        assert!(checked(json, 10, 40.0).is_ok());
        assert_eq!(checked(json, 10, 39.5), Err(TokenError::NotYet));
    }
}
