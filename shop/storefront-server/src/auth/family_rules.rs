//! The rules for a renewal, a sign-in and a sign-out of a family of refresh tokens. They are pure: each function takes the records that one
//! database transaction has read and locked, and returns the changes that the same transaction writes.
//!
//! A *family* consists of everything that comes from one sign-in: the refresh token, its rotations, and the sessions opened with them. The
//! rules are separate from the SQL, because `tests/sign_out_model` checks them with two instances, a renewal, a sign-out, a crash and a
//! slow FusionAuth, in every order of their steps.
//!
//! - An ended family stays in the database, so that a late answer to a renewal opens no session, and [`settle`] revokes the new refresh
//!   token.
//! - The change that stores the outcome of a renewal also opens the session ([`Change::Store`]). So a sign-out ends the outcome and the
//!   session together, and a renewal that is answered after the sign-out opens no session.
//! - A new refresh token from FusionAuth is stored for the browser or passed to [`Change::Revoke`]. It is dropped only if another instance
//!   has already stored new tokens.
//! - A successful answer is stored even if another instance has taken over the claim, because FusionAuth may have rotated the refresh token
//!   already. FusionAuth would then refuse the other instance's request.
//!
//! Nothing here reads a clock, a token or the database.

/// A family, in a row that the transaction has locked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    /// The user. None if the refresh token was unknown to the database, and FusionAuth's answer has not yet named its user.
    pub user: Option<String>,
    /// How the family has ended. None if it has not ended.
    pub end: Option<FamilyEnd>,
}

/// How a family ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FamilyEnd {
    /// The browser has signed out or signed in again, and the response has replaced its cookies. A late request with the old cookies must
    /// not delete the new ones.
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
        /// When the new access token or session expires.
        good_until: i64,
    },
}

/// FusionAuth's answer, without its tokens. A refusal is not stored, because it ends the family.
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
    /// The user of the request's expired access token or session, if known.
    pub user: Option<&'a str>,
    /// Whether this request has already waited for another request's claim.
    pub waited: bool,
    /// When this request first saw that the other request's lease had expired, in milliseconds since 1970.
    pub lease_over_since: Option<i64>,
    /// The current time, in milliseconds since 1970.
    pub now: i64,
}

/// The next step of a request that needs a renewal. An answer is *definitive* if it says whether the refresh token is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimDecision {
    /// Stop, because the family has ended.
    Ended(FamilyEnd),
    /// Stop, because the access token or session, and the refresh token, belong to different users.
    AnotherUser,
    /// Call FusionAuth, after the transaction has written [`Change::Claim`].
    Refresh,
    /// Look again a little later: another request is calling FusionAuth.
    Wait {
        /// Whether the other request's lease has expired.
        lease_over: bool,
    },
    /// Respond with the stored outcome.
    Adopt,
    /// Renew the refresh token of the stored outcome, because the access token or session of that outcome has expired.
    Follow,
    /// Stop, because FusionAuth has just given another request no definitive answer.
    Unavailable,
}

/// FusionAuth's answer to the request that holds a claim.
#[derive(Clone, Copy, Debug)]
pub enum AnswerKind<'a> {
    /// New tokens for this user.
    Renewed {
        /// The user of the tokens.
        user: &'a str,
        /// Whether all sign-ins of that user were ended in the last day, for example by a sign-out everywhere.
        sign_ins_ended_recently: bool,
        /// Whether no sign-in here has brought the refresh token, although the site accepts only such tokens.
        is_foreign: bool,
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

/// A change that a transaction writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// The claim, with a new lease.
    Claim,
    /// The outcome. If it holds new tokens, also the family's new refresh token and user, and a session.
    Store,
    /// The family's end. Its sessions and its stored outcomes are deleted.
    EndFamily(FamilyEnd),
    /// The end of every family of the user, and the time of the sign-out. Renewals that learn their user only from FusionAuth's answer need
    /// this time.
    EndFamiliesOfUser,
    /// A row in the outbox of [`revocations`](super::revocations): FusionAuth must revoke the refresh token, or all refresh tokens of its
    /// user.
    Revoke(SignOutScope),
    /// Rows in that outbox for the new refresh tokens in stored outcomes, because the browser may not have received these tokens yet.
    RevokeStored,
    /// The deletion of the stored revocation of an outcome's refresh token, because a browser gets that outcome.
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

/// How long requests can get a stored outcome, in milliseconds. Such requests were sent before the new cookies arrived, or by a browser
/// that never received them.
pub const ADOPTABLE_MS: i64 = 60_000;

/// After an answer that was not definitive, no request calls FusionAuth again for this time, in milliseconds.
const UNAVAILABLE_MS: i64 = 1_000;

/// How long a request watches an expired claim before it takes over, in milliseconds. The holder may be alive and about to write its
/// answer, and FusionAuth could treat a second refresh as the use of a stolen token.
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
                // A request that waited for this outcome gets it even if the new access token or session has expired already. Otherwise
                // each waiting request would renew again if these expire very soon.
                StoredResult::Renewed if request.waited || request.now < *good_until => (ClaimDecision::Adopt, vec![Change::KeepToken]),
                StoredResult::Renewed => (ClaimDecision::Follow, vec![Change::KeepToken]),
                StoredResult::Unavailable if !request.waited && age >= UNAVAILABLE_MS => refresh,
                StoredResult::Unavailable => (ClaimDecision::Unavailable, vec![]),
            }
        }
    }
}

/// Decides what to write after FusionAuth's answer to the request that holds `claim`.
pub fn settle(family: &Family, renewal: Option<&RenewalRecord>, claim: &str, answer: AnswerKind<'_>) -> (Settlement, Vec<Change>) {
    if let AnswerKind::Renewed { user, sign_ins_ended_recently, is_foreign } = answer {
        let end = match (family.end, &family.user) {
            (Some(end), _) => Some(end),
            // FusionAuth exchanges a copied refresh token for one of a new session, which no device and no sign-out here would end.
            (None, _) if is_foreign => Some(FamilyEnd::CookiesStillHeld),
            (None, Some(known)) => (known != user).then_some(FamilyEnd::CookiesStillHeld),
            // The database does not know when this sign-in began. The sign-in may be older than the sign-out everywhere, and FusionAuth may
            // have answered before it revoked the refresh token.
            (None, None) => sign_ins_ended_recently.then_some(FamilyEnd::CookiesStillHeld),
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
        // Every session of the refused refresh token ends. FusionAuth must also revoke the token, because a thief may have rotated it. In
        // that case FusionAuth refuses the owner's value and still accepts the thief's.
        (None, _, AnswerKind::Refused) => {
            (Settlement::AsAnswered, vec![Change::EndFamily(FamilyEnd::CookiesStillHeld), Change::Revoke(SignOutScope::This)])
        }
        (None, ..) => (Settlement::AsAnswered, vec![Change::Store]),
    }
}

/// What the credentials of a sign-out prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedAs {
    /// One of them is valid now: an access token, a session, or a refresh token of a sign-in that has not ended.
    Valid,
    /// All have expired, or belong to a sign-in that has ended. A thief may have copied them long ago.
    Ended,
    /// At most a refresh token that this server does not know. FusionAuth judges it.
    Unknown,
}

/// The changes of a sign-out. Credentials that are not valid now end their own sign-in at most.
pub fn sign_out(scope: SignOutScope, presented: PresentedAs) -> Vec<Change> {
    let scope = if presented == PresentedAs::Ended { SignOutScope::This } else { scope };
    let everywhere = (scope == SignOutScope::Everywhere && presented == PresentedAs::Valid).then_some(Change::EndFamiliesOfUser);
    // `RevokeStored` comes first, because `EndFamily` deletes the stored outcomes.
    [Change::RevokeStored, Change::EndFamily(FamilyEnd::CookiesReplaced)]
        .into_iter()
        .chain(everywhere)
        .chain([Change::Revoke(scope)])
        .collect()
}

/// Whether this server accepts a sign-in that FusionAuth has just accepted.
///
/// It refuses the sign-in if the user has signed out everywhere since the sign-in began. It also refuses while FusionAuth has not confirmed
/// a sign-out everywhere, because FusionAuth would revoke the new refresh token together with the older ones.
pub fn may_sign_in(began_at: i64, signed_out_everywhere_at: Option<i64>, revocation_pending: bool) -> bool {
    !revocation_pending && signed_out_everywhere_at.is_none_or(|it| it < began_at)
}

/// When to retry a revocation that FusionAuth has not confirmed, in milliseconds since 1970.
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
    fn an_ended_family_stops_a_renewal_before_fusionauth_is_asked() {
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
        assert!(!may_sign_in(10, Some(10), false), "a sign-in in the millisecond of the sign-out may have begun before it");
        assert!(!may_sign_in(10, Some(9), true), "FusionAuth may still revoke the new refresh token");
    }

    #[test]
    fn revocations_are_tried_again_ever_more_rarely() {
        let waits: Vec<i64> = [0, 1, 2, 8, 9, 1_000].map(|attempts| next_attempt(attempts, 7) - 7).to_vec();
        assert_eq!(waits, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }
}
