//! The account page: the JSON below `/api/account`. Times are RFC 3339, UTC.
//!
//! Types that hold a password, a code or a secret have no `Debug`.

use crate::App;
use serde::{Deserialize, Serialize};

/// The number of minutes after a confirmation with the password during which the same browser needs no password for sensitive changes.
pub const CONFIRMATION_MINUTES: i64 = 10;

/// The response to `GET /api/account`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The email that FusionAuth has for the user now.
    pub email: Option<String>,
    /// Whether this site can send the code that verifies a new email.
    pub can_change_email: bool,
    /// The new email that the user has requested, until its code confirms it.
    pub pending_email: Option<String>,
    /// When the account was created.
    pub made_at: Option<String>,
    /// When the sign-in of this browser expires. `None` if FusionAuth does not know its session.
    pub signed_in_until: Option<String>,
    /// The user's sessions in every application: first the session of this browser, then the others, the newest first.
    pub sessions: Vec<AccountSession>,
    /// The authenticator apps of the account.
    pub authenticators: Vec<Authenticator>,
    /// The lines of the postal address of the user's latest order, which the checkout suggests. Empty if there is no order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delivery_address: Vec<String>,
}

/// An authenticator app that serves as a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticator {
    /// The id in the URL of the request that removes it.
    pub id: String,
}

/// Body of `POST /api/account/password`. The server ends every other session of the user. The browser then signs in with the new password.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplacePassword {
    /// The current password, byte for byte as typed.
    pub current_password: String,
    /// The new password.
    pub password: String,
}

/// Body of `POST /api/account/email`, which sends a code to the new email.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeEmail {
    /// The new email.
    pub email: String,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/email/confirm`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEmail {
    /// The code from the email.
    pub code: String,
}

/// A session of the user, on this device or another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountSession {
    /// The id by which a request can end the session. It serves no other purpose.
    pub id: String,
    /// The browser, such as "Firefox on Windows".
    pub device: Option<String>,
    /// The application, if it is the Store or the Forums.
    pub app: Option<App>,
    /// When the session began.
    pub signed_in_at: Option<String>,
    /// When the session was last renewed.
    pub last_used_at: Option<String>,
    /// The client address that last used the session, if FusionAuth reports it.
    #[serde(rename = "address")]
    pub client_address: Option<String>,
    /// Whether the browser that sent the request has this session.
    pub is_current: bool,
    /// Whether the session works only on the device on which the user signed in.
    #[serde(default)]
    pub is_bound_to_device: bool,
}

/// The response to `POST /api/account/sign-out-everywhere`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedOutEverywhere {
    /// Whether FusionAuth has confirmed the end of all sessions. Otherwise the server retries until FusionAuth confirms it.
    pub is_confirmed: bool,
}

/// Body of those requests for a sensitive change that contain nothing but the password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// The current password. Requests may omit it for [`CONFIRMATION_MINUTES`] after a confirmation in this browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/delete`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DeleteAccount {
    /// The current password.
    pub current_password: String,
    /// A code of the user's authenticator app, or a recovery code. Empty if the user has no app.
    pub code: String,
}

/// The response to `POST /api/account/authenticator/secret`: the secret for an authenticator app. The server stores it only after a code
/// has confirmed it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AuthenticatorSecret {
    /// The secret in base32, for users who type it.
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
    /// Whether passkeys are enabled at FusionAuth. If not, the pages do not mention them.
    pub are_on: bool,
    /// Whether this browser may add a passkey now without the password.
    #[serde(default)]
    pub is_confirmed: bool,
    /// The user's passkeys.
    pub passkeys: Vec<Passkey>,
    /// What the page tells the browser about these passkeys. `None` if passkeys are off, or if FusionAuth's answer is incomplete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<AcceptedPasskeys>,
}

/// The user's passkeys as browsers know them: WebAuthn's `AllAcceptedCredentialsOptions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedPasskeys {
    /// The domain that this site's passkeys belong to.
    pub rp_id: String,
    /// The user's id as authenticators store it, in base64url.
    pub user_id: String,
    /// The ids that the authenticators chose, of all of the user's passkeys.
    pub all_accepted_credential_ids: Vec<String>,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Passkey {
    /// The id in the URL of the request that removes it.
    pub id: String,
    /// The name that the user gave it.
    pub name: String,
    /// When it was created.
    pub made_at: Option<String>,
    /// When it was last used to sign in.
    pub last_used_at: Option<String>,
    /// The domain that it belongs to, if that is not this site's, so that it can't be used here.
    pub other_site: Option<String>,
}

/// Body of `POST /api/account/passkeys/start`. The response contains the options for the browser (`PublicKeyCredentialCreationOptionsJSON`
/// of WebAuthn).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPasskey {
    /// The name that the user gives the passkey. Without it, the passkey gets the name of the browser, such as "Firefox on Windows".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// See [`Confirmation::current_password`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Body of `POST /api/account/passkeys`: the members of WebAuthn's `RegistrationResponseJSON` that FusionAuth needs.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewPasskey {
    /// The id that the authenticator has chosen.
    pub id: String,
    /// The key, and the client data with the challenge.
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
    /// The transports that reach the authenticator, such as `usb` or `internal`.
    #[serde(default)]
    pub transports: Vec<String>,
}

/// The response to `GET /api/passkeys`, which needs no sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasskeySignIn {
    /// Whether FusionAuth lets users sign in with passkeys.
    pub is_on: bool,
}

/// Body of `POST /api/passkeys/start`, with one of the two members. The response contains the options for the browser
/// (`PublicKeyCredentialRequestOptionsJSON` of WebAuthn).
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartPasskeySignIn {
    /// The email or user name that the user has typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_id: Option<String>,
    /// The id of the user who last signed in with a passkey in this browser.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

/// The response to `POST /api/account/authenticator` and to `POST /api/account/recovery-codes`: recovery codes. Each code replaces the
/// authenticator in one sign-in. The server returns the codes only once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryCodes {
    /// The codes.
    pub recovery_codes: Vec<String>,
}
