//! The rules for a renewal, a sign-in and a sign-out of a family of refresh tokens. They are pure: each function takes the records that one
//! database transaction has read and locked, and returns the changes that the same transaction writes.
//!
//! A *family* consists of everything that comes from one sign-in: the refresh token, its rotations, and the sessions opened with them. The
//! rules are here, apart from the SQL, because `tests/sign_out_model` checks them with two instances, a renewal, a sign-out, a
//! crash and a slow FusionAuth, in every order of their steps.
//!
//! - An ended family stays as a tombstone, so that a renewal with a late answer finds it ([`settle`]).
//! - The change that stores the outcome of a renewal also opens the session ([`Change::Store`]). So no session can outlive a sign-out that
//!   came before the outcome was stored.
//! - A refresh token from FusionAuth is either stored for the browser or passed to [`Change::Revoke`]; no rule drops it.
//! - A successful answer is stored even if another instance has taken over the claim, because FusionAuth may have rotated the refresh token
//!   already, and would then refuse the other instance.
//!
//! Nothing here reads a clock, a token or the database.

/// A family, in a row that the transaction has locked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    /// The user. None if the database had not seen the refresh token, and FusionAuth has not answered for it yet.
    pub user: Option<String>,
    /// Whether and how it ended.
    pub end: Option<FamilyEnd>,
}

/// How a family ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FamilyEnd {
    /// The browser that holds the cookies has signed out or signed in again, and that answer has replaced them. A late request with the old
    /// cookies must not delete the new ones.
    CookiesReplaced,
    /// Another device signed out everywhere, or FusionAuth refused the refresh token. The browser still holds the cookies.
    CookiesStillHeld,
}

/// The database's state of the renewal of one refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RenewalRecord {
    /// A request is calling FusionAuth.
    Claimed {
        /// The id that distinguishes this claim from later ones.
        claim: String,
        /// When another request may take over, in milliseconds since 1970.
        lease_until: i64,
    },
    /// FusionAuth has answered.
    Settled {
        /// The answer.
        result: StoredResult,
        /// When the answer was written.
        settled_at: i64,
        /// When the new credential expires.
        good_until: i64,
    },
}

/// FusionAuth's answer, without its tokens. A refusal is not stored: it ends the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoredResult {
    /// New tokens.
    Renewed,
    /// No definitive answer.
    Unavailable,
}

/// A request that needs a renewal.
#[derive(Clone, Copy, Debug)]
pub struct RenewalRequest<'a> {
    /// The user of its expired credential, if known.
    pub user: Option<&'a str>,
    /// Whether it has seen another request's claim before.
    pub waited: bool,
    /// When it first saw that this claim's lease had expired, in milliseconds since 1970.
    pub lease_over_since: Option<i64>,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// The next step of a request that needs a renewal. An answer is *definitive* if it says whether the refresh token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimDecision {
    /// Nothing: the family has ended.
    Ended(FamilyEnd),
    /// Nothing: the credential and the refresh token belong to two users.
    AnotherUser,
    /// Call FusionAuth. The claim is written.
    Refresh,
    /// Look again a little later: another request is calling FusionAuth.
    Wait {
        /// Whether the other request's lease has expired.
        lease_over: bool,
    },
    /// Adopt the stored outcome.
    Adopt,
    /// Renew the refresh token of the stored outcome, because the credential of that outcome has expired.
    Follow,
    /// Nothing: a moment ago FusionAuth gave another request no definitive answer.
    Unavailable,
}

/// FusionAuth's answer to the request that holds a claim.
#[derive(Clone, Copy, Debug)]
pub enum AnswerKind<'a> {
    /// New tokens for this user.
    Renewed {
        /// The user of the tokens.
        user: &'a str,
        /// Whether that user has signed out everywhere recently.
        signed_out_lately: bool,
    },
    /// The refresh token is expired, unknown or revoked.
    Refused,
    /// No definitive answer.
    Unavailable,
}

/// The outcome for the requests that wait for a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// FusionAuth's answer.
    AsAnswered,
    /// The family has ended.
    Ended(FamilyEnd),
    /// The outcome that another instance has stored or will store.
    ByAnother,
}

/// The changes that a transaction writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The claim, with a new lease.
    Claim,
    /// The outcome. If it holds new tokens, also the family's new refresh token and user, and a session.
    Store,
    /// The family's end. Its sessions and its stored outcomes are deleted.
    EndFamily(FamilyEnd),
    /// The end of every family of the user, and the time of the sign-out for renewals that learn their user only from FusionAuth's answer.
    EndFamiliesOfUser,
    /// A row in the outbox of [`revocations`](super::revocations): FusionAuth must revoke the refresh token, or all of its user's.
    Revoke(SignOutScope),
    /// The same for the new refresh token of a stored outcome that no browser has received yet.
    RevokeStored,
    /// A browser has adopted the stored outcome, so the stored revocation of its refresh token is cancelled.
    KeepToken,
}

/// The extent of a sign-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignOutScope {
    /// This sign-in.
    This,
    /// Every sign-in of the same user, on every device and in every application.
    Everywhere,
}

/// How long an outcome can be adopted, in milliseconds: by requests that were sent before the new cookies arrived, and by a
/// browser that never received them.
pub const ADOPTABLE_MS: i64 = 60_000;

/// After an answer that was not definitive, no request calls FusionAuth again for this time, in milliseconds.
const UNAVAILABLE_MS: i64 = 1_000;

/// How long a request watches an expired claim before it takes over, in milliseconds. The holder may be alive and about to write its
/// answer, and FusionAuth could take a second refresh for the use of a stolen token.
pub const TAKE_OVER_AFTER_MS: i64 = 300;

/// Decides the next step of a request that needs a renewal.
pub fn claim(family: &Family, renewal: Option<&RenewalRecord>, request: RenewalRequest<'_>) -> (ClaimDecision, Vec<Change>) {
    if let Some(end) = family.end {
        return (ClaimDecision::Ended(end), vec![]);
    }
    if let (Some(known), Some(asked)) = (&family.user, request.user)
        && known != asked
    {
        return (ClaimDecision::AnotherUser, vec![]);
    }
    let refresh = (ClaimDecision::Refresh, vec![Change::Claim]);
    match renewal {
        None => refresh,
        Some(RenewalRecord::Claimed { lease_until, .. }) if request.now < *lease_until => {
            (ClaimDecision::Wait { lease_over: false }, vec![])
        }
        Some(RenewalRecord::Claimed { .. }) => match request.lease_over_since {
            Some(since) if request.now - since >= TAKE_OVER_AFTER_MS => refresh,
            Some(_) | None => (ClaimDecision::Wait { lease_over: true }, vec![]),
        },
        Some(RenewalRecord::Settled { result, settled_at, good_until }) => {
            let age = request.now.saturating_sub(*settled_at);
            match result {
                _ if age >= ADOPTABLE_MS => refresh,
                // A request that waited for this outcome adopts it even if the new credential has expired already. Otherwise each waiting
                // request would renew again if credentials live very briefly.
                StoredResult::Renewed if request.waited || request.now < *good_until => (ClaimDecision::Adopt, vec![Change::KeepToken]),
                StoredResult::Renewed => (ClaimDecision::Follow, vec![Change::KeepToken]),
                StoredResult::Unavailable if !request.waited && age >= UNAVAILABLE_MS => refresh,
                StoredResult::Unavailable => (ClaimDecision::Unavailable, vec![]),
            }
        }
    }
}

/// Decides about FusionAuth's answer to the request that holds `claim`.
pub fn settle(family: &Family, renewal: Option<&RenewalRecord>, claim: &str, answer: AnswerKind<'_>) -> (Settlement, Vec<Change>) {
    if let AnswerKind::Renewed { user, signed_out_lately } = answer {
        let end = match (family.end, &family.user) {
            (Some(end), _) => Some(end),
            (None, Some(known)) => (known != user).then_some(FamilyEnd::CookiesStillHeld),
            // The database does not know when this sign-in began. It may be older than the sign-out, and FusionAuth may have answered
            // before it revoked the refresh token.
            (None, None) => signed_out_lately.then_some(FamilyEnd::CookiesStillHeld),
        };
        return match (end, renewal) {
            (Some(end), _) => (Settlement::Ended(end), vec![Change::EndFamily(end), Change::Revoke(SignOutScope::This)]),
            (None, Some(RenewalRecord::Settled { result: StoredResult::Renewed, .. })) => (Settlement::ByAnother, vec![]),
            (None, _) => (Settlement::AsAnswered, vec![Change::Store]),
        };
    }
    match (family.end, renewal, answer) {
        (Some(end), ..) => (Settlement::Ended(end), vec![]),
        (None, Some(RenewalRecord::Claimed { claim: current, .. }), _) if current != claim => (Settlement::ByAnother, vec![]),
        (None, Some(RenewalRecord::Settled { .. }), _) => (Settlement::ByAnother, vec![]),
        // Every session that was opened with the refresh token ends with it. FusionAuth must revoke the token too, because a thief may have
        // rotated it: FusionAuth then refuses the owner's token and still accepts the thief's.
        (None, _, AnswerKind::Refused) => {
            (Settlement::AsAnswered, vec![Change::EndFamily(FamilyEnd::CookiesStillHeld), Change::Revoke(SignOutScope::This)])
        }
        (None, ..) => (Settlement::AsAnswered, vec![Change::Store]),
    }
}

/// The changes of a sign-out. `user` is the user, if one of the browser's credentials names one, even an expired credential.
pub fn sign_out(scope: SignOutScope, user: Option<&str>) -> Vec<Change> {
    let everywhere = (scope == SignOutScope::Everywhere && user.is_some()).then_some(Change::EndFamiliesOfUser);
    // Stored outcomes come first: the family's end deletes them.
    [Change::RevokeStored, Change::EndFamily(FamilyEnd::CookiesReplaced)]
        .into_iter()
        .chain(everywhere)
        .chain([Change::Revoke(scope)])
        .collect()
}

/// Whether this server also signs in a user whom FusionAuth has just signed in.
///
/// Not if the user has signed out everywhere since the sign-in began, nor while FusionAuth has not yet answered such a sign-out, because
/// FusionAuth would revoke the new refresh token with the others.
pub fn may_sign_in(began_at: i64, signed_out_everywhere_at: Option<i64>, revocation_pending: bool) -> bool {
    !revocation_pending && signed_out_everywhere_at.is_none_or(|it| it < began_at)
}

/// When a revocation that FusionAuth has not answered is tried again, in milliseconds since 1970.
pub fn next_attempt(attempts: u32, now: i64) -> i64 {
    const FIRST_MS: i64 = 1_000;
    const LONGEST_MS: i64 = 300_000;
    now.saturating_add(FIRST_MS.saturating_mul(1 << attempts.min(20)).min(LONGEST_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALIVE: Family = Family { user: None, end: None };
    const FRESH: RenewalRequest<'static> = RenewalRequest { user: None, waited: false, lease_over_since: None, now: 100_000 };

    fn of(user: &str) -> Family {
        Family { user: Some(user.to_owned()), end: None }
    }

    fn settled(result: StoredResult, settled_at: i64, good_until: i64) -> RenewalRecord {
        RenewalRecord::Settled { result, settled_at, good_until }
    }

    #[test]
    fn a_tombstone_stops_a_renewal_before_fusionauth_is_asked() {
        for end in [FamilyEnd::CookiesReplaced, FamilyEnd::CookiesStillHeld] {
            let (claim, changes) = claim(&Family { end: Some(end), ..ALIVE }, None, FRESH);
            assert_eq!((claim, changes), (ClaimDecision::Ended(end), vec![]));
        }
    }

    #[test]
    fn another_users_credential_rotates_nothing() {
        let request = RenewalRequest { user: Some("mallory"), ..FRESH };
        assert_eq!(claim(&of("alice"), None, request), (ClaimDecision::AnotherUser, vec![]));
        assert_eq!(claim(&ALIVE, None, request).0, ClaimDecision::Refresh);
    }

    #[test]
    fn a_lease_that_is_over_is_watched_before_it_is_taken_over() {
        let pending = RenewalRecord::Claimed { claim: "c".to_owned(), lease_until: 99_000 };
        let at = |since, now| claim(&ALIVE, Some(&pending), RenewalRequest { lease_over_since: since, now, ..FRESH }).0;
        assert_eq!(at(None, 98_999), ClaimDecision::Wait { lease_over: false });
        assert_eq!(at(None, 100_000), ClaimDecision::Wait { lease_over: true });
        assert_eq!(at(Some(99_800), 100_000), ClaimDecision::Wait { lease_over: true });
        assert_eq!(at(Some(99_700), 100_000), ClaimDecision::Refresh);
    }

    #[test]
    fn outcomes_are_adopted_while_they_are_young() {
        for (renewal, waited, expected) in [
            (settled(StoredResult::Renewed, 99_000, 200_000), false, ClaimDecision::Adopt),
            (settled(StoredResult::Renewed, 99_000, 99_500), false, ClaimDecision::Follow),
            (settled(StoredResult::Renewed, 99_000, 99_500), true, ClaimDecision::Adopt),
            (settled(StoredResult::Renewed, 40_000, 200_000), false, ClaimDecision::Refresh),
            (settled(StoredResult::Unavailable, 99_500, 0), false, ClaimDecision::Unavailable),
            (settled(StoredResult::Unavailable, 99_000, 0), false, ClaimDecision::Refresh),
            (settled(StoredResult::Unavailable, 99_000, 0), true, ClaimDecision::Unavailable),
        ] {
            assert_eq!(claim(&ALIVE, Some(&renewal), RenewalRequest { waited, ..FRESH }).0, expected, "{renewal:?} {waited}");
        }
    }

    #[test]
    fn a_sign_in_waits_for_the_users_sign_out_everywhere() {
        assert!(may_sign_in(10, None, false));
        assert!(may_sign_in(10, Some(9), false));
        assert!(!may_sign_in(10, Some(10), false), "the sign-out may have come first");
        assert!(!may_sign_in(10, Some(9), true), "FusionAuth may yet revoke the new refresh token");
    }

    #[test]
    fn revocations_are_tried_again_ever_more_rarely() {
        let waits: Vec<i64> = [0, 1, 2, 8, 9, 1_000].map(|attempts| next_attempt(attempts, 7) - 7).to_vec();
        assert_eq!(waits, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }
}
