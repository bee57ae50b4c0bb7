//! The claims that a client reads from an access token, unverified, for its own convenience.
//!
//! A client has no key to verify the signature. It uses these values to decide when to renew and which name to show, never to decide what
//! a user may do (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/tokens>).

use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;

/// The claims of an access token that a client needs. All are optional, because an issuer may leave out any claim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's id.
    pub sub: Option<String>,
    /// The application ids that the token is for; FusionAuth sends a string, since 1.67 possibly an array.
    #[serde(default)]
    pub aud: Audience,
    /// Expiry, in seconds since 1970 by the issuer's clock.
    pub exp: Option<f64>,
    /// Time of issue, in seconds since 1970 by the issuer's clock.
    pub iat: Option<f64>,
    /// The user's email address.
    pub email: Option<String>,
}

impl Claims {
    /// How long the token lives, in milliseconds from its issue: `exp - iat`, zero if that is negative. The caller's clock does
    /// not matter. `None` if either claim is missing or not a finite number; the caller then learns of the expiry from a backend's 401.
    pub fn lifetime_ms(&self) -> Option<u64> {
        let seconds = self.exp? - self.iat?;
        // The maximum is longer than any session, and prevents overflow in later additions. The cast turns a negative number into 0.
        seconds.is_finite().then(|| (seconds.min(MAX_LIFETIME_SECONDS) * 1000.0) as u64)
    }
}

/// A thousand years: longer than any session, short enough that sums of milliseconds never overflow.
const MAX_LIFETIME_SECONDS: f64 = 1_000.0 * 366.0 * 86_400.0;

/// The `aud` claim: none, one or several application ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Audience(pub Vec<String>);

impl Audience {
    /// Whether the token is for this application.
    pub fn contains(&self, application_id: &str) -> bool {
        self.0.iter().any(|it| it.eq_ignore_ascii_case(application_id))
    }
}

impl<'de> Deserialize<'de> for Audience {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> de::Visitor<'de> for OneOrMany {
            type Value = Audience;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an application id or a list of them")
            }
            fn visit_str<E: de::Error>(self, one: &str) -> Result<Audience, E> {
                Ok(Audience(vec![one.to_owned()]))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Audience, E> {
                Ok(Audience::default())
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Audience, A::Error> {
                let mut many = Vec::new();
                while let Some(it) = seq.next_element()? {
                    many.push(it);
                }
                Ok(Audience(many))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audience_is_a_string_a_list_or_nothing() {
        let parse = |json| serde_json::from_str::<Claims>(json).map(|it| it.aud.0);
        assert_eq!(parse(r#"{"aud":"a"}"#).unwrap(), ["a"]);
        assert_eq!(parse(r#"{"aud":["a","b"]}"#).unwrap(), ["a", "b"]);
        assert_eq!(parse("{}").unwrap(), [""; 0]);
        assert!(parse(r#"{"aud":7}"#).is_err());
    }

    #[test]
    fn lifetime_is_exp_minus_iat_and_never_negative_or_huge() {
        let lifetime = |exp, iat| Claims { exp, iat, ..Claims::default() }.lifetime_ms();
        assert_eq!(lifetime(Some(1_300.0), Some(1_000.0)), Some(300_000));
        assert_eq!(lifetime(Some(1_000.0), Some(1_300.0)), Some(0));
        assert_eq!(lifetime(None, Some(1.0)), None);
        assert_eq!(lifetime(Some(1.0), None), None);
        assert_eq!(lifetime(Some(f64::NAN), Some(1.0)), None);
        assert_eq!(lifetime(Some(f64::INFINITY), Some(1.0)), None);
        assert_eq!(lifetime(Some(f64::MAX), Some(0.0)), Some((MAX_LIFETIME_SECONDS * 1000.0) as u64));
    }
}
