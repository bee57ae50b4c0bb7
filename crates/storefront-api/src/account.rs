//! The account page: the JSON below `/api/account`. Times are RFC 3339, UTC.
//!
//! Types that hold a password, a code or a secret have no `Debug`.

use crate::App;
use serde::{Deserialize, Serialize};

/// For how many minutes after a sign-in sensitive changes do not ask for the password again.
pub const RECENT_SIGN_IN_MINUTES: i64 = 10;

/// The code of the problem document (`/problems/password-needed`) for a sensitive change without the password, if the sign-in is older than
/// [`RECENT_SIGN_IN_MINUTES`].
pub const PASSWORD_NEEDED: &str = "password-needed";

/// The response to a request that returns nothing but its success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// The response to `GET /api/account`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The email address, as FusionAuth knows it now.
    pub email: Option<String>,
    /// Whether this site can send the code that verifies a new email.
    pub can_change_email: bool,
    /// The new email that waits for its code, if the user has requested one.
    pub pending_email: Option<String>,
    /// When the account was created.
    pub made_at: Option<String>,
    /// Until when this browser stays signed in. `None` if FusionAuth does not know its session.
    pub signed_in_until: Option<String>,
    /// Where the user is signed in, in every application: this browser first, then the newest.
    pub sessions: Vec<AccountSession>,
    /// The authenticator apps of the account.
    pub authenticators: Vec<Authenticator>,
}

/// An authenticator app, as a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticator {
    /// The id, by which it is removed.
    pub id: String,
}

/// Body of `POST /api/account/password`. Every other session of the user ends; the browser signs in with the new password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplacePassword {
    /// The current password, byte for byte as typed.
    pub current_password: String,
    /// The new one.
    pub password: String,
}

/// Body of `POST /api/account/email`, which sends a code to the new email.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeAddress {
    /// The new email.
    pub email: String,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/email/confirm`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmAddress {
    /// The code from the message.
    pub code: String,
}

/// A sign-in of the user, on this device or another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountSession {
    /// The id, which can end the session and nothing else.
    pub id: String,
    /// The browser, such as "Firefox on Windows".
    pub device: Option<String>,
    /// The application, if it is one of ours.
    pub app: Option<App>,
    /// When the session began.
    pub signed_in_at: Option<String>,
    /// When it was last renewed.
    pub last_used_at: Option<String>,
    /// The client address that used it last, if FusionAuth reports it.
    pub address: Option<String>,
    /// Whether it is the session of the browser that sent the request.
    pub is_current: bool,
}

/// The response to `POST /api/account/sign-out-everywhere`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedOutEverywhere {
    /// Whether FusionAuth has confirmed the end of all sessions. Otherwise it is asked until it does.
    pub is_confirmed: bool,
}

/// Body of the requests for sensitive changes that contain only the password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// The current password. It may be left out if the sign-in is recent, except to delete the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// The response to `POST /api/account/authenticator/secret`: the secret for an authenticator app. It is not stored until a code confirms
/// it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthenticatorSecret {
    /// The secret in base32, for typing.
    pub secret: String,
    /// The `otpauth:` URL with the same secret, for a QR code.
    pub uri: String,
}

/// Body of `POST /api/account/authenticator`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AddAuthenticator {
    /// The secret of [`AuthenticatorSecret`].
    pub secret: String,
    /// The code that the app shows.
    pub code: String,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/authenticator/{id}/remove`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RemoveAuthenticator {
    /// The code that the app shows, or a recovery code, which removes every second factor of the account.
    pub code: String,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// The response to `GET /api/account/passkeys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Passkeys {
    /// Whether FusionAuth has passkeys switched on. If not, the pages do not mention them.
    pub are_on: bool,
    /// The user's passkeys.
    pub passkeys: Vec<Passkey>,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// The id, by which it is removed.
    pub id: String,
    /// The user's name for it.
    pub name: String,
    /// When it was created.
    pub made_at: Option<String>,
    /// When it was last used to sign in.
    pub last_used_at: Option<String>,
    /// The domain that it belongs to, if it can't be used on this site.
    pub other_site: Option<String>,
}

/// Body of `POST /api/account/passkeys/start`. The response is the options for the browser (`PublicKeyCredentialCreationOptionsJSON` of
/// WebAuthn).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPasskey {
    /// The user's name for the passkey.
    pub name: String,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/passkeys`: the members of WebAuthn's `RegistrationResponseJSON` that FusionAuth needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewPasskey {
    /// The id that the authenticator has chosen.
    pub id: String,
    /// The key, and the challenge that was signed.
    pub response: NewPasskeyResponse,
}

/// See [`NewPasskey`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewPasskeyResponse {
    /// The key.
    pub attestation_object: String,
    /// The client data, with the challenge.
    #[serde(rename = "clientDataJSON")]
    pub client_data_json: String,
    /// How the authenticator can be reached.
    #[serde(default)]
    pub transports: Vec<String>,
}

/// The response to `GET /api/passkeys`, which needs no sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    /// Whether FusionAuth lets people sign in with passkeys.
    pub is_on: bool,
}

/// Body of `POST /api/passkeys/start`: one of the two. The response is the options for the browser (`PublicKeyCredentialRequestOptionsJSON`
/// of WebAuthn).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPasskeySignIn {
    /// The email address that was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_id: Option<String>,
    /// The id of the user who has used a passkey in this browser before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// The response to `POST /api/account/authenticator` and to `POST /api/account/recovery-codes`: codes that each replace the authenticator
/// in one sign-in. They are shown once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// The codes.
    pub recovery_codes: Vec<String>,
}
