//! The proof that the person at the browser has recently entered the password, for sensitive changes of the account.
//!
//! The access token cannot be this proof: a thief who has copied the token would have the proof, too. So the proof is a cookie of its own.
//! No script can read it, no renewal repeats it, and it is valid for ten minutes.
//!
//! The cookie holds the time of the confirmation, encrypted for one user and one sign-in. So it proves nothing beside the access token of
//! another sign-in, and the server needs neither a table nor a purge for it. A sign-out deletes the cookie. Whatever ends the sign-in also
//! ends the proof, on every instance, even if a thief has copied it.
//!
//! Where this server has signed the user in, it has seen the password (or the passkey, or the mailed code). For the same ten minutes, the
//! cookie with the refresh token of that sign-in is the proof.

use crate::auth::authenticator::Authenticator;
use crate::auth::cookies::{CookieName, Cookies};
use crate::auth::revoked_access::IssuedTo;
use crate::auth::verify::Identity;
use crate::clock::now_ms;
use storefront_api::account::CONFIRMATION_MINUTES;

impl Authenticator {
    /// Sets the proof, because the request contained the user's password.
    pub(crate) fn prove_confirmation(&self, cookies: &Cookies, user: &Identity) {
        let confirmed_at = now_ms() / 1_000;
        if let Some(sealed) = sign_in_of(user).and_then(|it| self.config.revocations.key.seal(&it, &confirmed_at)) {
            cookies.set(CookieName::Confirmation, &sealed, CONFIRMATION_MINUTES.unsigned_abs() * 60);
        }
    }

    /// Whether the request has a valid proof for the user and the sign-in of its access token.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn has_confirmed(&self, cookies: &Cookies, user: &Identity) -> sqlx::Result<bool> {
        let session = user.sign_in.session.as_deref();
        let sealed = cookies.get(CookieName::Confirmation).zip(sign_in_of(user));
        let confirmed_at = match sealed.and_then(|(sealed, sign_in)| self.config.revocations.key.open(&sign_in, sealed)) {
            None if session.is_some() && self.current_session_id(cookies).await?.as_deref() == session => user.sign_in.at,
            proved_at => proved_at,
        };
        let Some(confirmed_at) = confirmed_at.filter(|it| is_recent(*it, now_ms() / 1_000)) else { return Ok(false) };
        let application = self.config.fusionauth.application_id();
        let proof = IssuedTo { user: &user.user_id, application, session, issued_at: Some(confirmed_at) };
        // Without webhooks, an access token outlives its sign-in by minutes, and the list of revoked access does not name it.
        let is_alive = match session {
            Some(id) => self.families.is_alive(id).await?,
            None => true,
        };
        Ok(is_alive && !self.config.revoked.includes(&proof))
    }
}

/// Whether a confirmation still counts. Both times are in seconds since 1970.
pub fn is_recent(confirmed_at: i64, now: i64) -> bool {
    now - confirmed_at <= CONFIRMATION_MINUTES * 60
}

/// The user and the sign-in that a proof is for. Older versions of FusionAuth name no session in their tokens, but the time of the sign-in.
fn sign_in_of(user: &Identity) -> Option<String> {
    let sign_in = user.sign_in.session.clone().or_else(|| user.sign_in.at.map(|it| it.to_string()))?;
    Some(format!("confirmation of {} {sign_in}", user.user_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_recent_for_ten_minutes() {
        for (seconds_ago, is_recent_then) in [(0, true), (600, true), (601, false)] {
            assert_eq!(is_recent(1_000_000_000 - seconds_ago, 1_000_000_000), is_recent_then, "{seconds_ago}");
        }
    }
}
