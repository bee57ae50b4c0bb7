//! What each request about the account asks for, in addition to a valid credential. This is the one table: `password_check::confirm` reads
//! it, and `tests/suite/step_up.rs` sends every request with a copied access token alone.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepUp {
    /// Nothing: the change would not help a thief.
    Nothing,
    /// The answer to an earlier request that has begun the change, or a mailed code.
    FirstStep,
    /// The password, or the proof of a recent confirmation (`auth::confirmation_proof`).
    PasswordOrProof,
    /// The password, each time.
    Password,
}

impl StepUp {
    /// Whether a request without the password is accepted.
    pub fn accepts_no_password(self, has_proof: bool) -> bool {
        match self {
            Self::Nothing | Self::FirstStep => true,
            Self::PasswordOrProof => has_proof,
            Self::Password => false,
        }
    }
}

/// The requests that change something, by what they ask for. Those below `/api` are from the single-page app, the others from the
/// server-rendered pages of `webapp-jwt` and `webapp-session`. A form without script can't ask a second time, so it asks at once.
pub const TABLE: [(StepUp, &[&str]); 4] = [
    (
        StepUp::Password,
        &[
            "POST /api/account/password",
            "POST /api/account/delete",
            "POST /account/password",
            "POST /account/delete",
            "POST /account/email",
            "POST /account/authenticator",
            "POST /account/authenticator/remove",
            "POST /account/authenticator/recovery-codes",
        ],
    ),
    (
        StepUp::PasswordOrProof,
        &[
            "POST /api/account/email",
            "POST /api/account/authenticator",
            "POST /api/account/authenticator/{id}/remove",
            "POST /api/account/recovery-codes",
            "POST /api/account/passkeys/start",
            "POST /api/account/passkeys/{id}/remove",
        ],
    ),
    (StepUp::FirstStep, &["POST /api/account/email/confirm", "POST /api/account/passkeys", "POST /account/email/confirm"]),
    (
        StepUp::Nothing,
        &[
            "PUT /api/user",
            "POST /api/account/authenticator/secret",
            "POST /api/account/email/again",
            "DELETE /api/account/email",
            "DELETE /api/account/sessions/{id}",
            "POST /api/account/end-other-sessions",
            "POST /api/account/sign-out-everywhere",
            "POST /account/display-name",
            "POST /account/email/again",
            "POST /account/email/cancel",
            "POST /account/sessions/end",
            "POST /account/sessions/end-others",
        ],
    ),
];

/// What a request asks for, such as `POST /api/account/email`. A request without a row, and the form of any page, asks for the password.
pub fn step_up(request: &str) -> StepUp {
    TABLE.iter().find(|(_, requests)| requests.contains(&request)).map_or(StepUp::Password, |(asks, _)| *asks)
}
