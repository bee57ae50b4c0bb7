//! The methods of [`Session`] that sign in: one for each kind of credentials, and those for the next step.

#[cfg(feature = "fake")]
use crate::FakeCall;
use crate::{
    Session, SessionConfig,
    driver::Driver,
    fusionauth::{SignInInput, passkey_body, sign_in_body},
    json,
};
use fusionauth_api::{
    login::{LoginRequest, LoginStep, NextStep, OneTimePasswordLoginRequest, PasswordlessLoginRequest, TrustDevice, TwoFactorLoginRequest},
    password::OneTimePassword,
};
use fusionauth_session::LoginFailure;

impl Session {
    /// Signs in with a password. When this resolves to [`Ok`], [`Session::state`] has changed already.
    ///
    /// The login id and the password are sent byte for byte. They are kept only in memory, until FusionAuth has answered. FusionAuth also
    /// gets the browser's user agent as `metaData.device.description`, so that a list of the user's sessions can show it.
    pub async fn sign_in(self, login_id: &str, password: &str) -> Result<(), LoginFailure> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_in(FakeCall::SignIn { login_id: login_id.to_owned() });
        }
        self.attempt("/api/login", LoginStep::Password, &|config| {
            Some(sign_in_body(config, self.keep, &LoginRequest { login_id, password, application_id: &config.application_id }))
        })
        .await
    }

    /// Completes a sign-in that failed with [`LoginFailure::TwoFactorRequired`]. If the user trusts the device, FusionAuth sets a cookie
    /// for that, which no script can read.
    pub async fn complete_two_factor(self, two_factor_id: &str, code: &str, trust: TrustDevice) -> Result<(), LoginFailure> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_in(FakeCall::SecondFactor);
        }
        self.attempt("/api/two-factor/login", LoginStep::SecondFactor, &|config| {
            let application_id = &config.application_id;
            Some(sign_in_body(config, self.keep, &TwoFactorLoginRequest { two_factor_id, code, trust_computer: trust, application_id }))
        })
        .await
    }

    /// Signs in with the one-time password that FusionAuth returned for a password change.
    pub async fn sign_in_once(self, password: OneTimePassword) -> Result<(), LoginFailure> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_in(FakeCall::SignInOnce);
        }
        self.attempt("/api/login", LoginStep::Password, &|config| {
            let application_id = &config.application_id;
            Some(sign_in_body(config, self.keep, &OneTimePasswordLoginRequest { one_time_password: &password, application_id }))
        })
        .await
    }

    /// Signs in with a passkey. `assertion` is the result of `navigator.credentials.get` on this page, as JSON
    /// (`AuthenticationResponseJSON` of WebAuthn). A backend must have begun the ceremony with FusionAuth's `POST /api/webauthn/start`,
    /// which needs an API key. `relying_party` is the `rpId` of the ceremony's options, if they had one. If FusionAuth refuses the passkey,
    /// the result is [`LoginFailure::InvalidCredentials`].
    ///
    /// With [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend must answer `POST /api/webauthn/login` as
    /// FusionAuth does.
    pub async fn sign_in_with_passkey(self, assertion: &str, relying_party: Option<&str>) -> Result<(), LoginFailure> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_in(FakeCall::SignInWithPasskey);
        }
        self.attempt("/api/webauthn/login", LoginStep::Passkey, &|config| passkey_body(config, self.keep, assertion, relying_party)).await
    }

    /// Signs in without a password, by a code from FusionAuth's Passwordless API. A backend must have started the sign-in with
    /// `POST /api/passwordless/start`, which needs an API key.
    ///
    /// For a sign-in link, `code` comes from the link and `one_time_code` is `None`. If the user types a short code into a form, that is the
    /// `one_time_code`, and `code` is the code that the backend got from FusionAuth and gave to the page. If a code is wrong, has been used
    /// or has expired, the result is [`LoginFailure::InvalidCredentials`]; the user then needs a new message.
    ///
    /// With [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend must answer `POST /api/passwordless/login` as
    /// FusionAuth does.
    pub async fn sign_in_passwordless(self, code: &str, one_time_code: Option<&str>) -> Result<(), LoginFailure> {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.sign_in(FakeCall::SignInPasswordless);
        }
        self.attempt("/api/passwordless/login", LoginStep::Passwordless, &|config| {
            let application_id = &config.application_id;
            Some(sign_in_body(config, self.keep, &PasswordlessLoginRequest { code, one_time_code, application_id }))
        })
        .await
    }

    /// Signs in with a body in FusionAuth's own JSON, for code in JavaScript, which writes JSON in fewer bytes. FusionAuth refuses a body with
    /// a member that it does not know. A fake does not support this method.
    pub async fn sign_in_with_json(self, step: LoginStep, body: String) -> Result<(), LoginFailure> {
        let path = match step {
            LoginStep::Password => "/api/login",
            LoginStep::SecondFactor => "/api/two-factor/login",
            LoginStep::Passkey => "/api/webauthn/login",
            LoginStep::Passwordless => "/api/passwordless/login",
        };
        let driver = self.driver().ok_or(LoginFailure::NoAnswer)?;
        driver.sign_in(SignInInput { path, step, body, keep: self.keep }).await
    }

    /// The data for the next step, such as the methods to get a code. It comes from the last answer to a sign-in that failed.
    pub fn next_step(self) -> NextStep {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.next_step();
        }
        self.driver().and_then(|it| json::decode(&it.last_refusal()).ok()).unwrap_or_default()
    }

    /// As [`Session::next_step`], as FusionAuth's own JSON, for code in JavaScript. It may hold members that [`NextStep`] lacks, tokens
    /// among them, so read only the members of the next step.
    pub fn next_step_json(self) -> String {
        self.driver().map_or_else(String::new, Driver::last_refusal)
    }

    /// Asks FusionAuth to send a code, by a method such as email, for a sign-in that failed with [`LoginFailure::TwoFactorRequired`].
    /// Earlier codes become invalid. An authenticator app creates its codes itself.
    ///
    /// With [`TokenStorage::BackendCookies`](crate::TokenStorage::BackendCookies) the backend must answer
    /// `POST /api/two-factor/send/{two_factor_id}` as FusionAuth does.
    pub async fn send_two_factor_code(self, two_factor_id: &str, method_id: &str) -> SendCodeOutcome {
        #[cfg(feature = "fake")]
        if let Some(fake) = self.fake {
            return fake.send_code(method_id);
        }
        let Some(driver) = self.driver() else { return SendCodeOutcome::NoAnswer };
        match driver.send_two_factor_code(two_factor_id, method_id).await {
            Ok(200) => SendCodeOutcome::Sent,
            Ok(404) => SendCodeOutcome::TwoFactorExpired,
            Ok(status) => SendCodeOutcome::Unavailable { status },
            Err(_) => SendCodeOutcome::NoAnswer,
        }
    }

    /// `body` is a function, because it uses APIs of the browser, which a server does not have. If it returns `None`, nothing is sent.
    async fn attempt(
        self,
        path: &'static str,
        step: LoginStep,
        body: &dyn Fn(&SessionConfig) -> Option<String>,
    ) -> Result<(), LoginFailure> {
        let driver = self.driver().ok_or(LoginFailure::NoAnswer)?;
        let body = body(driver.config()).ok_or(LoginFailure::Invalid)?;
        driver.sign_in(SignInInput { path, step, body, keep: self.keep }).await
    }
}

/// The result of requesting a code for the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendCodeOutcome {
    /// FusionAuth has sent the code.
    Sent,
    /// The two-factor id has expired. Start again with the password.
    TwoFactorExpired,
    /// FusionAuth did not send it, for instance because it does not know the method (400).
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// FusionAuth could not be reached, or did not answer in time.
    NoAnswer,
}
