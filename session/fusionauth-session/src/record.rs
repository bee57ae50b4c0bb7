//! The session record in local storage, and the epochs that order sign-ins and sign-outs over all tabs.

use crate::{SignOutReason, token::Now};
use fusionauth_api::{AccessToken, claims::Claims};
use serde::{Deserialize, Serialize};

/// The version of the [`SessionRecord`] format that this crate writes. It reads no other.
pub const RECORD_FORMAT: u32 = 1;

/// The one value in storage: a session, or the tombstone that an ended session leaves. It holds neither a profile nor a
/// refresh token.
///
/// This type has no `Debug`, because it may hold an access token.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionRecord {
    /// The version of the format, [`RECORD_FORMAT`].
    pub format: u32,
    /// The sign-in or sign-out that the record belongs to.
    pub epoch: Epoch,
    /// The session; `None` after its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<StoredSession>,
    /// Why the session ended; only in a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<SignOutReason>,
    /// Whether FusionAuth has not confirmed the sign-out yet. If so, the next page sends the logout again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logout_pending: bool,
    /// How long it takes until the refreshes of all tabs are back at their average rate, in milliseconds from
    /// `throttled_at`. It counts recent refreshes and the pause that FusionAuth requested.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttle_ms: u64,
    /// The time at which `throttle_ms` was measured, in milliseconds since 1970 by this browser's clock.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub throttled_at: u64,
}

fn is_zero(it: &u64) -> bool {
    *it == 0
}

/// Orders sign-ins and sign-outs over all tabs. The epoch with the higher number is newer. Two tabs that do not know of
/// each other's change may choose the same number; then every tab takes the epoch with the higher nonce. The first two
/// bits of the nonce hold the kind of change.
///
/// The number is the last known number plus one. If no number is known, it is the time in seconds, so a sign-in after the
/// site data was cleared is newer than every earlier session. If a number is known, the next number must not depend on the
/// clock. Then two tabs that do not know of each other's change choose the same number, and the kind of change decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch {
    /// Grows with each sign-in and sign-out.
    pub number: u32,
    /// The kind of change, and random bits.
    pub nonce: u32,
}

/// Why a new epoch began. Of two epochs with the same number, the kind with the higher value wins: a sign-out outranks a
/// sign-in that did not know of it, and a sign-in outranks the end of the session that it replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Because {
    Ended = 1,
    SignedIn = 2,
    SignedOut = 3,
}

/// The highest number that a clock may give, in the year 2093. A clock that is further ahead is wrong.
const LAST_SECOND: u64 = 3_900_000_000;
/// The end of the valid numbers. It leaves room for a hundred million sign-ins after `LAST_SECOND`.
const LAST_NUMBER: u32 = 4_000_000_000;

impl Epoch {
    /// The epoch that follows this one.
    pub(crate) fn next(self, because: Because, now: Now, chance: u32) -> Self {
        let seconds = (now.wall_ms / 1_000).min(LAST_SECOND) as u32;
        let number = if self.number == 0 { seconds.max(1) } else { self.number.saturating_add(1) };
        Self { number, nonce: (because as u32) << 30 | chance >> 2 }
    }

    /// Whether a tab can have chosen this epoch. A number at the end of the range of `u32` would have no successor, so a
    /// sign-out would not be newer than the session that it ends.
    pub(crate) fn is_possible(self) -> bool {
        self.number < LAST_NUMBER
    }
}

/// The progress of a session, for ordering alone. Tabs leave it for each other in IndexedDB, because a tab that gets the cross-tab lock
/// reads the previous holder's last write there. In local storage it may still read an older value. The version is not secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionVersion {
    /// The sign-in or sign-out.
    pub epoch: Epoch,
    /// The number of renewals in this epoch. In a tombstone it is 0 while a logout is pending, and 1 after that.
    pub generation: u32,
}

impl SessionRecord {
    /// The session version at the time when the record was written.
    pub fn version(&self) -> SessionVersion {
        let generation = self.session.as_ref().map_or(u32::from(!self.logout_pending), |it| it.generation);
        SessionVersion { epoch: self.epoch, generation }
    }
}

/// A session as it is stored.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredSession {
    /// The user's id, from the `sub` claim. A record without a token still names the user.
    pub sub: String,
    /// The number of renewals in this epoch.
    pub generation: u32,
    /// The access token, if it is in local storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<AccessToken>,
    /// When the token arrived, in milliseconds since 1970 by this browser's clock.
    pub received_at: u64,
}

/// The result of reading storage.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub enum Stored {
    /// Storage holds nothing, or nothing that this version of the crate understands.
    Nothing,
    /// A record, with the claims of its token if it holds a readable token.
    Record(SessionRecord, Option<Claims>),
    /// Storage cannot be read at all.
    Blocked,
}

impl Stored {
    /// Checks a record that was decoded from storage. A record of another format, or with an epoch that no tab can have chosen, counts
    /// as absent.
    pub fn from_record(record: SessionRecord, claims: Option<Claims>) -> Self {
        if record.format == RECORD_FORMAT && record.epoch.is_possible() { Self::Record(record, claims) } else { Self::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_epochs_with_one_number_what_happened_decides_before_chance() {
        let next = |because, chance| Epoch { number: 7, nonce: 0 }.next(because, Now::default(), chance);
        for (lower, higher) in [(Because::Ended, Because::SignedIn), (Because::SignedIn, Because::SignedOut)] {
            assert!(next(lower, u32::MAX) < next(higher, 0));
        }
        assert_ne!(next(Because::SignedIn, 4), next(Because::SignedIn, 8), "chance distinguishes two sign-ins");
    }

    #[test]
    fn the_clock_counts_where_nothing_is_known() {
        let next = |number, wall_ms| Epoch { number, nonce: 0 }.next(Because::SignedIn, Now { wall_ms, mono_ms: 0 }, 0).number;
        assert_eq!((next(0, 0), next(0, 1_790_000_000_999), next(7, 1_790_000_000_000)), (1, 1_790_000_000, 8));
        assert!(Epoch { number: next(0, u64::MAX), nonce: 0 }.is_possible());
    }

    #[test]
    fn numbers_below_the_last_one_are_possible() {
        let is_possible = |number| Epoch { number, nonce: 0 }.is_possible();
        assert_eq!((is_possible(LAST_NUMBER - 1), is_possible(LAST_NUMBER)), (true, false));
    }
}
