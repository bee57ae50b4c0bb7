//! Requests that a backend sends with its API key about users and their accounts: the list of sessions
//! (<https://fusionauth.io/docs/apis/jwt/retrieve-refresh-tokens>), the user's record, a change of the email, a check and a change of
//! the password (<https://fusionauth.io/docs/apis/users/change-password>), and a message to any email.

use crate::errors::Errors;
use crate::login::LoginRequest;
use crate::password::PasswordRule;
use serde::{Deserialize, Serialize};

/// The body of `GET /api/jwt/refresh?userId=`.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionsResponse {
    /// The sessions of the user, in every application.
    pub refresh_tokens: Vec<RemoteSession>,
}

/// A session at FusionAuth, that is, a refresh token. This type does not read the token's text, because the id is enough to end the
/// session, and nobody can sign in with an id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RemoteSession {
    /// The session's id. A rotation of the refresh token does not change it.
    pub id: String,
    /// The application that the user signed in to.
    pub application_id: Option<String>,
    /// When the session began, in milliseconds since 1970.
    pub insert_instant: i64,
    /// When the session was last renewed, in milliseconds since 1970.
    pub start_instant: i64,
    /// The description of the browser at the sign-in.
    pub meta_data: SessionMetaData,
}

/// See [`RemoteSession::meta_data`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct SessionMetaData {
    /// The browser.
    pub device: SessionDevice,
}

/// The browser of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SessionDevice {
    /// The browser's name, such as "Firefox on Windows".
    pub name: Option<String>,
    /// The browser's own description: the text of `User-Agent`, if `fusionauth-session-web` sent the sign-in.
    pub description: Option<String>,
    /// The client address that used the session last. Some versions of FusionAuth omit this member.
    pub last_accessed_address: Option<String>,
}

/// The body of `GET /api/user/{userId}`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct UserRecordResponse {
    /// The user.
    pub user: UserRecord,
}

/// The part of a user (<https://fusionauth.io/docs/apis/users>) that the account page shows, and that says what the user may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserRecord {
    /// The id.
    pub id: String,
    /// The email address.
    pub email: Option<String>,
    /// When the user was created, in milliseconds since 1970.
    pub insert_instant: i64,
    /// The second factors.
    pub two_factor: TwoFactorRecord,
    /// Whether the account is not locked.
    pub active: bool,
    /// When the account expires, in milliseconds since 1970.
    pub expiry: Option<i64>,
    /// The applications that the user is registered for.
    pub registrations: Vec<RegistrationRecord>,
    /// Whether the user has verified the email.
    pub verified: bool,
}

/// See [`UserRecord::registrations`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RegistrationRecord {
    /// The application's id.
    pub application_id: String,
    /// The user's roles in the application.
    pub roles: Vec<String>,
}

/// What a user may do in an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Use it with these roles.
    Registered {
        /// The user.
        user: UserRecord,
        /// The user's roles in the application.
        roles: Vec<String>,
    },
    /// Nothing, because the user is not registered for the application.
    NotRegistered,
    /// Nothing in any application: the account is locked, expired or deleted.
    Barred,
    /// Any other answer: nothing is known.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl UserStatus {
    /// Reads an answer to `GET /api/user/{userId}` that was sent at `now` (milliseconds since 1970).
    pub fn from_response(status: u16, UserRecordResponse { user }: UserRecordResponse, application_id: &str, now: i64) -> Self {
        match status {
            200 if user.id.is_empty() => Self::Unavailable { status },
            200 if !user.active || user.expiry.is_some_and(|it| it <= now) => Self::Barred,
            200 => match user.registrations.iter().find(|it| it.application_id.eq_ignore_ascii_case(application_id)) {
                Some(RegistrationRecord { roles, .. }) => Self::Registered { roles: roles.clone(), user },
                None => Self::NotRegistered,
            },
            404 => Self::Barred,
            status => Self::Unavailable { status },
        }
    }
}

/// See [`UserRecord::two_factor`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TwoFactorRecord {
    /// The user's second factors.
    pub methods: Vec<TwoFactorRecordMethod>,
}

/// One second factor of a user. This type does not read its secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct TwoFactorRecordMethod {
    /// The id, which a request to remove the method needs.
    pub id: String,
    /// `authenticator`, `email` or `sms`.
    pub method: String,
}

impl TwoFactorRecord {
    /// The authenticator apps.
    pub fn authenticators(&self) -> impl Iterator<Item = &TwoFactorRecordMethod> {
        self.methods.iter().filter(|it| it.method == "authenticator")
    }
}

/// The body of `PATCH /api/user/{userId}` (<https://fusionauth.io/docs/apis/users#update-a-user>) that changes the email address.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeEmailRequest<'a> {
    user: NewEmail<'a>,
    skip_verification: bool,
}

#[derive(Serialize)]
struct NewEmail<'a> {
    email: &'a str,
}

impl<'a> ChangeEmailRequest<'a> {
    /// A change to an email that the user has already verified, so FusionAuth need not verify the email again.
    pub fn verified(email: &'a str) -> Self {
        Self { user: NewEmail { email }, skip_verification: true }
    }
}

/// The result of [`ChangeEmailRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeEmailOutcome {
    /// 200.
    Changed,
    /// 400: another user has the email, or FusionAuth considers it invalid.
    Refused,
    /// Any other answer.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ChangeEmailOutcome {
    /// Reads an answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200 => Self::Changed,
            400 => Self::Refused,
            _ => Self::Unavailable { status },
        }
    }
}

/// The body of `POST /api/email/send/{emailTemplateId}` (<https://fusionauth.io/docs/apis/emails#send-an-email>). This type has no `Debug`,
/// because a text may contain a code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SendMessageRequest<'a> {
    /// The application.
    pub application_id: &'a str,
    /// The languages of the recipients, the most preferred first, such as `de`.
    pub preferred_languages: [&'a str; 1],
    /// The values of the template's variables.
    pub request_data: MessageData<'a>,
    /// The recipients, who need not be users.
    pub to_addresses: [MailAddress<'a>; 1],
}

/// See [`SendMessageRequest::request_data`].
#[derive(Serialize)]
pub struct MessageData<'a> {
    /// `${subject}`.
    pub subject: &'a str,
    /// `${html}`.
    pub html: &'a str,
    /// `${text}`.
    pub text: &'a str,
}

/// See [`SendMessageRequest::to_addresses`].
#[derive(Serialize)]
pub struct MailAddress<'a> {
    /// The email.
    pub address: &'a str,
}

/// The body of `POST /api/user/change-password` with the current password. This type has no `Debug`, because it contains passwords.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplacePasswordRequest<'a> {
    /// The user's email or user name.
    pub login_id: &'a str,
    /// The current password.
    pub current_password: &'a str,
    /// The new password.
    pub password: &'a str,
    /// The application.
    pub application_id: &'a str,
}

/// The result of [`ReplacePasswordRequest`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplacePasswordOutcome {
    /// 200: every session of the user has ended.
    Changed,
    /// 404, or 400 about `currentPassword`: the given password is not the current one.
    WrongPassword,
    /// 400: the new password breaks these rules of the tenant.
    Refused(Vec<PasswordRule>),
    /// 400 `[TrustTokenRequired]`: the user has a second factor and must pass it first.
    SecondFactorRequired,
    /// Any other answer.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl ReplacePasswordOutcome {
    /// Reads an answer.
    pub fn from_response(status: u16, errors: &Errors) -> Self {
        match status {
            200 => Self::Changed,
            404 => Self::WrongPassword,
            400 if crate::password::needs_trust(errors) => Self::SecondFactorRequired,
            400 if errors.field_errors.contains_key("currentPassword") => Self::WrongPassword,
            400 => match PasswordRule::broken(errors) {
                rules if rules.is_empty() => Self::Unavailable { status },
                rules => Self::Refused(rules),
            },
            _ => Self::Unavailable { status },
        }
    }
}

/// The body of `POST /api/login` that only checks a password: with `noJWT`, FusionAuth begins no session. This type has no `Debug`, because
/// it contains a password.
#[derive(Serialize)]
pub struct PasswordCheckRequest<'a> {
    /// The usual members of a login.
    #[serde(flatten)]
    pub login: LoginRequest<'a>,
    /// Always `true`.
    #[serde(rename = "noJWT")]
    pub no_jwt: bool,
}

/// The result of [`PasswordCheckRequest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordCheck {
    /// 200, or another status that follows a correct password: 202, 203, 212, 213, 242.
    Right,
    /// 404.
    Wrong,
    /// Any other answer: nothing is known about the password.
    Unavailable {
        /// The status of the answer; 0 if there was no answer.
        status: u16,
    },
}

impl PasswordCheck {
    /// Reads the status of an answer.
    pub fn from_status(status: u16) -> Self {
        match status {
            200 | 202 | 203 | 212 | 213 | 242 => Self::Right,
            404 => Self::Wrong,
            _ => Self::Unavailable { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_present_password_is_told_apart_from_a_bad_new_one() {
        let wrong = Errors::field("currentPassword", "[notEqual]currentPassword", "");
        let short = Errors::field("password", "[tooShort]password", "");
        let trust = Errors::general("[TrustTokenRequired]", "");
        for (status, errors, outcome) in [
            (200, Errors::default(), ReplacePasswordOutcome::Changed),
            (400, wrong, ReplacePasswordOutcome::WrongPassword),
            (404, Errors::default(), ReplacePasswordOutcome::WrongPassword),
            (400, short, ReplacePasswordOutcome::Refused(vec![PasswordRule::TooShort])),
            (400, trust, ReplacePasswordOutcome::SecondFactorRequired),
            (400, Errors::default(), ReplacePasswordOutcome::Unavailable { status: 400 }),
            (503, Errors::default(), ReplacePasswordOutcome::Unavailable { status: 503 }),
        ] {
            assert_eq!(ReplacePasswordOutcome::from_response(status, &errors), outcome);
        }
    }

    #[test]
    fn what_follows_a_right_password_says_that_it_is_right() {
        for status in 100..600 {
            let is_right = [200, 202, 203, 212, 213, 242].contains(&status);
            assert_eq!(PasswordCheck::from_status(status) == PasswordCheck::Right, is_right, "{status}");
        }
        assert_eq!(PasswordCheck::from_status(404), PasswordCheck::Wrong);
        assert_eq!(PasswordCheck::from_status(409), PasswordCheck::Unavailable { status: 409 });
    }

    #[test]
    fn only_a_record_or_its_absence_bars_a_user() {
        let roles = vec!["user".to_owned()];
        let registrations = vec![RegistrationRecord { application_id: "STORE".into(), roles: roles.clone() }];
        let user = UserRecord { id: "u".into(), active: true, registrations, ..UserRecord::default() };
        for (status, user, expected) in [
            (200, user.clone(), UserStatus::Registered { user: user.clone(), roles: roles.clone() }),
            (200, UserRecord { active: false, ..user.clone() }, UserStatus::Barred),
            (200, UserRecord { expiry: Some(5), ..user.clone() }, UserStatus::Barred),
            (200, UserRecord { registrations: vec![], ..user.clone() }, UserStatus::NotRegistered),
            (200, UserRecord::default(), UserStatus::Unavailable { status: 200 }),
            (404, UserRecord::default(), UserStatus::Barred),
            (401, user.clone(), UserStatus::Unavailable { status: 401 }),
            (0, user, UserStatus::Unavailable { status: 0 }),
        ] {
            assert_eq!(UserStatus::from_response(status, UserRecordResponse { user }, "store", 5), expected);
        }
    }

    #[test]
    fn a_session_is_read_without_its_token() {
        let body = r#"{"refreshTokens":[{"id":"i","token":"secret","insertInstant":1,"startInstant":2,"metaData":{"device":{"name":"Firefox","type":"BROWSER"}}},
            {"id":"j","metaData":{}}]}"#;
        let sessions = serde_json::from_str::<SessionsResponse>(body).unwrap().refresh_tokens;
        assert_eq!((sessions[0].id.as_str(), sessions[0].meta_data.device.name.as_deref()), ("i", Some("Firefox")));
        assert_eq!(sessions[1], RemoteSession { id: "j".into(), ..RemoteSession::default() });
        assert!(!format!("{sessions:?}").contains("secret"));
    }
}
