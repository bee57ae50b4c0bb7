//! Calls to FusionAuth about the account of a user who is signed in, as methods of the client [`FusionAuth`]. Most of them need the API
//! key.

use crate::auth::fusionauth::{FusionAuth, Unreachable, may_have_changed, refused};
use crate::auth::verify::Identity;
use crate::http::{client_address::ClientAddress, percent::encoded};
use crate::mail::{Mail, RenderedMail};
use crate::typed;
use fusionauth_api::account::{
    ChangeEmailOutcome, ChangeEmailRequest, MailAddress, MessageData, PasswordCheck, PasswordCheckRequest, RemoteSession,
    ReplacePasswordOutcome, ReplacePasswordRequest, SendMessageRequest, SessionsResponse, UserRecord, UserRecordResponse,
};
use fusionauth_api::login::LoginRequest;
use fusionauth_api::passkey::VerificationStrategy;
use reqwest::{Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use storefront_messages::Language;

/// FusionAuth's answer to the deletion of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserDeletion {
    /// The user does not exist, or no longer exists.
    Confirmed,
    /// FusionAuth has not deleted the user, for example because there is no API key that may do so.
    Refused,
    /// No definitive answer: the user may exist or not.
    Unconfirmed,
}

impl FusionAuth {
    /// Changes the password of a user who knows the current one.
    pub(super) async fn replace_password(&self, client: ClientAddress, login_id: &str, current: &str, new: &str) -> ReplacePasswordOutcome {
        if self.config.api_key.is_none() {
            tracing::error!("a password cannot be changed on the account page without --fusionauth-api-key");
            return ReplacePasswordOutcome::Unavailable { status: 401 }; // FusionAuth's answer to a request without a key
        }
        let application_id = &self.config.application_id;
        let (current_password, password) = (&*typed::password(current), &*typed::password(new));
        let body = ReplacePasswordRequest { login_id, current_password, password, application_id };
        let (status, errors) = self.post("/api/user/change-password").with_key().of(client).json(&body).status_and_json().await;
        ReplacePasswordOutcome::from_response(status, &errors)
    }

    /// Checks the password of this user without starting a session at FusionAuth.
    pub async fn check_password(&self, client: ClientAddress, user: &Identity, password: &str) -> PasswordCheck {
        let login_id = user.email.as_deref().unwrap_or_default();
        let password = &typed::password(password);
        let login = LoginRequest { login_id, password, application_id: &self.config.application_id };
        let request = self.post("/api/login").with_key().of(client).json(&PasswordCheckRequest { login, no_jwt: true });
        let Ok(answer) = request.send().await else {
            return PasswordCheck::Unavailable { status: 0 };
        };
        let check = PasswordCheck::from_status(answer.status().as_u16());
        if check != PasswordCheck::Right {
            return check;
        }
        // The email may belong to another user by now, and then FusionAuth has checked that user's password. So the ids are compared. A 203
        // or 242 names no user, and then the server looks the user up by email.
        let owner = match answer.json::<UserRecordResponse>().await {
            Ok(it) if !it.user.id.is_empty() => Ok(Some(it.user.id)),
            Ok(_) | Err(_) => self.user_with_email(login_id).await,
        };
        match owner {
            Ok(Some(owner)) if owner == user.user_id => PasswordCheck::Right,
            Ok(_) => PasswordCheck::Wrong,
            Err(Unreachable) => PasswordCheck::Unavailable { status: 0 },
        }
    }

    /// The sessions of a user, in every application.
    pub(crate) async fn sessions(&self, user_id: &str) -> Result<Vec<RemoteSession>, Unreachable> {
        let answer = self.data_of_user("/api/jwt/refresh", &format!("?userId={}", encoded(user_id))).await;
        answer.map(|SessionsResponse { refresh_tokens }| refresh_tokens)
    }

    /// FusionAuth's record of a user, as JSON. It holds neither the password nor the secrets of second factors.
    pub(crate) async fn user_record(&self, user_id: &str) -> Result<Value, Unreachable> {
        let answer = self.data_of_user("/api/user", &format!("/{}", encoded(user_id))).await;
        answer.map(|mut it: Value| it["user"].take())
    }

    /// The part of a user's record that the account page shows.
    pub(crate) async fn account_record(&self, user_id: &str) -> Result<UserRecord, Unreachable> {
        let answer = self.data_of_user("/api/user", &format!("/{}", encoded(user_id))).await;
        answer.map(|UserRecordResponse { user }| user)
    }

    /// The user with this email or user name. `None` if there is no such user.
    pub(crate) async fn user_with_login_id(&self, login_id: &str) -> Result<Option<UserRecord>, Unreachable> {
        self.find_user("loginId", login_id).await
    }

    /// The id of the user who has this email, if there is one.
    pub(crate) async fn user_with_email(&self, email: &str) -> Result<Option<String>, Unreachable> {
        Ok(self.find_user("email", email).await?.map(|it| it.id))
    }

    /// The user that a mailed reset link belongs to, found by the link's id. `None` if the link has expired.
    pub(super) async fn user_with_change_password_id(&self, id: &str) -> Result<Option<UserRecord>, Unreachable> {
        self.find_user("changePasswordId", id).await
    }

    /// The user that a mailed verification link belongs to, found by the link's id. `None` if the link has expired, or if the tenant mails
    /// codes in place of links: anybody can get the id that belongs to a code.
    pub(crate) async fn user_with_verification_link(&self, id: &str) -> Result<Option<UserRecord>, Unreachable> {
        match self.settings().await? {
            Some((_, tenant)) if tenant.email_configuration.verification_strategy == VerificationStrategy::ClickableLink => {
                self.find_user("verificationId", id).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Marks the email of a user as verified, unless the tenant verifies no emails.
    pub(crate) async fn mark_as_verified(&self, user_id: &str) -> Result<(), Unreachable> {
        let path = "/api/user/verify-email";
        match self.post(path).with_key().json(&json!({"userId": user_id})).send().await?.status() {
            StatusCode::OK | StatusCode::FORBIDDEN => Ok(()),
            status => Err(refused(path, status, "FusionAuth did not mark an email as verified; may the API key POST to this endpoint?")),
        }
    }

    async fn find_user(&self, parameter: &str, value: &str) -> Result<Option<UserRecord>, Unreachable> {
        let path = "/api/user";
        let answer = self.with_key(Method::GET, path, &format!("?{parameter}={}", encoded(value))).send().await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => match answer.json::<UserRecordResponse>().await {
                // Without an id, nobody's sign-ins would end after a change of the password.
                Ok(answer) if !answer.user.id.is_empty() => Ok(Some(answer.user)),
                Ok(_) | Err(_) => Err(Unreachable),
            },
            status => Err(refused(path, status, "FusionAuth did not look for a user; is there an API key that may GET this endpoint?")),
        }
    }

    /// Changes a user's email, and marks it as verified.
    pub async fn change_email(&self, user_id: &str, email: &str) -> ChangeEmailOutcome {
        let request = self.with_key(Method::PATCH, "/api/user", &format!("/{}", encoded(user_id)));
        let request = request.map(|it| it.header(header::CONTENT_TYPE, "application/merge-patch+json"));
        ChangeEmailOutcome::from_status(request.json(&ChangeEmailRequest::verified(email)).status().await)
    }

    /// Whether this server can send messages: the configuration names their template and an API key.
    pub(crate) fn sends_messages(&self) -> bool {
        self.config.message_template.is_some() && self.has_api_key()
    }

    /// Sends a message in this language to an email address, which need not belong to a user. FusionAuth writes the parts of the message
    /// into the template.
    pub(crate) async fn send_message(&self, language: Language, to: &str, mail: &Mail) -> Result<(), Unreachable> {
        let endpoint = "/api/email/send";
        let template = self.config.message_template.as_deref().ok_or(Unreachable)?;
        let RenderedMail { subject, html, text } = language.scope(|| mail.render(&self.config.footer));
        let request_data = MessageData { subject: &subject, html: &html, text: &text };
        let body = SendMessageRequest {
            application_id: &self.config.application_id,
            preferred_languages: [language.tag()],
            request_data,
            to_addresses: [MailAddress { address: to }],
        };
        match self.with_key(Method::POST, endpoint, &format!("/{}", encoded(template))).json(&body).send().await?.status() {
            status if status.is_success() => Ok(()),
            status => {
                let refusal = "FusionAuth sent no message; may the API key POST to this endpoint, and is --message-template right?";
                Err(refused(endpoint, status, refusal))
            }
        }
    }

    /// Permanently deletes a user and all of the user's data at FusionAuth.
    pub async fn delete_user(&self, user_id: &str) -> UserDeletion {
        let endpoint = "/api/user";
        match self.with_key(Method::DELETE, endpoint, &format!("/{}?hardDelete=true", encoded(user_id))).status().await {
            200 | 404 => UserDeletion::Confirmed,
            status if may_have_changed(status) => UserDeletion::Unconfirmed,
            status => {
                tracing::error!(status, endpoint, "FusionAuth did not delete a user; may the API key DELETE this endpoint?");
                UserDeletion::Refused
            }
        }
    }

    /// `rest` follows the endpoint in the URL; it contains a user's id and is never logged.
    async fn data_of_user<T: DeserializeOwned>(&self, endpoint: &'static str, rest: &str) -> Result<T, Unreachable> {
        let refusal = "FusionAuth did not return a user's data; is there an API key that may GET this endpoint?";
        self.with_key(Method::GET, endpoint, rest).expect_json(refusal).await
    }
}
