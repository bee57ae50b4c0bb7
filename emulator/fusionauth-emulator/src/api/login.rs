//! `POST /api/login` (<https://fusionauth.io/docs/apis/login>).

use crate::database::{self, one_time_ids::Purpose, refresh_tokens, users::StoredUser};
use crate::domain::sessions::{AuthenticationType, Session, Subject};
use crate::domain::users::{self, SignInRefusal};
use crate::domain::verification::Verification;
use crate::domain::{Refusal, all_of, events, one_time_ids, password_hash, password_rules, signing_keys, user_actions};
use crate::http::{Answer, Anyone, JsonBody, Routes, TenantHeader, cookies, credentials, json, status};
use crate::model::{
    Application, LoginIdType, MultiFactorLoginPolicy, Registration, Tenant, TwoFactorMethod, UnverifiedBehavior, User, VerificationStrategy,
};
use crate::state::{AppState, OpaqueToken, UnverifiedToken};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/api/login", post(login))
}

/// The documented members. Members with an underscore have no effect in the emulator. This type has no `Debug`, because it contains a
/// password.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    application_id: Option<Uuid>,
    login_id: Option<String>,
    meta_data: Option<Value>,
    #[serde(rename = "noJWT")]
    no_jwt: bool,
    one_time_password: Option<String>,
    password: Option<String>,
    two_factor_trust_id: Option<String>,
    _bot_detection_score: Option<Value>,
    _ip_address: Option<String>,
    login_id_types: Option<Vec<LoginIdType>>,
    _new_device: Option<bool>,
}

/// A login, from the request to the answer: where the user signs in, what the answer contains, and what the steps so far have shown. A
/// second factor interrupts a login; [`second_factor`] stores the facts that the second step needs.
pub(super) struct Login {
    pub(super) tenant: Tenant,
    pub(super) application: Option<Application>,
    pub(super) meta_data: Value,
    pub(super) output: Output,
    pub(super) accepted: Accepted,
    /// How the user authenticated in the first step.
    pub(super) authentication_type: AuthenticationType,
    /// Why the tenant's rules require a new password; `None` if they do not. The user's record may contain another reason.
    pub(super) change_reason: Option<String>,
    /// Data from the caller, which the answer returns.
    pub(super) state: Value,
    /// The id with which this browser can skip the second factor at the next login, if the user asked for that.
    pub(super) two_factor_trust_id: Option<String>,
    /// The trust token, which allows one call that needs the second factor, such as a password change.
    pub(super) trust_token: Option<String>,
}

impl Login {
    pub(super) const fn new(tenant: Tenant, application: Option<Application>, meta_data: Value, output: Output) -> Self {
        Self {
            tenant,
            application,
            meta_data,
            output,
            accepted: Accepted::Password,
            authentication_type: AuthenticationType::Password,
            change_reason: None,
            state: Value::Null,
            two_factor_trust_id: None,
            trust_token: None,
        }
    }

    pub(super) fn application_id(&self) -> Option<Uuid> {
        self.application.as_ref().map(|it| it.id)
    }
}

/// The tokens that the answer contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// An access token, and a refresh token if the application's logins issue refresh tokens.
    Tokens,
    /// An access token only.
    AccessToken,
    /// No token, for a caller that sets `noJWT` and for the OAuth sign-in page.
    None,
}

impl Output {
    /// The output that a request's `noJWT` asks for.
    pub(super) const fn unless(no_jwt: bool) -> Self {
        if no_jwt { Self::None } else { Self::Tokens }
    }
}

/// What the text that a user types as the password may be. Only the Login API accepts authentication tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    Password,
    PasswordOrToken,
}

/// A user who has signed in, for a caller that wants no tokens: an extension of the answer. This type has no `Debug`, because of the hash.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) user: Uuid,
    /// The hash of the password when the credentials were checked.
    pub(super) password_hash: Option<String>,
    pub(super) authentication_type: AuthenticationType,
}

async fn login(Anyone(emulator): Anyone, headers: HeaderMap, tenant: TenantHeader, JsonBody(body): JsonBody<Body>) -> Answer {
    let (application, tenant) = tenant.resolve(&emulator, body.application_id).await?;
    let needs_key =
        application.as_ref().map_or(tenant.login_configuration.require_authentication, |it| it.login_configuration.require_authentication);
    if needs_key && !credentials::has_api_key(&emulator, &headers).await? {
        return Err(StatusCode::UNAUTHORIZED.into());
    }
    let mut login = Login::new(tenant, application, body.meta_data.unwrap_or_default(), Output::unless(body.no_jwt));
    login.accepted = Accepted::PasswordOrToken;
    if let Some(token) = body.one_time_password.filter(|it| !it.is_empty()) {
        return with_one_time_password(&emulator, &headers, login, &OpaqueToken::from_request(token)).await;
    }
    let (login_id, password) = (body.login_id.unwrap_or_default(), body.password.unwrap_or_default());
    let checks = [("loginId", &login_id), ("password", &password)];
    all_of(checks.map(|(name, value)| if value.is_empty() { Err(Refusal::blank(name)) } else { Ok(()) }))?;
    let login_id = (login_id.as_str(), body.login_id_types.as_deref());
    with_password(&emulator, &headers, login, login_id, password, body.two_factor_trust_id).await
}

/// Checks the password of the user with the login id in the request, if there is such a user, and asks for the second factor or finishes
/// the login. `trust_id` skips the second factor; a cookie with such an id takes precedence.
pub(super) async fn with_password(
    emulator: &AppState,
    headers: &HeaderMap,
    mut login: Login,
    (login_id, types): (&str, Option<&[LoginIdType]>),
    password: String,
    trust_id: Option<String>,
) -> Answer {
    let stored = database::users::by_login_id(&emulator.database, login.tenant.id, login_id, types).await?;
    // The answer says that an account is locked even if the password is wrong (FusionAuth issue 2524).
    if stored.as_ref().is_some_and(|it| !it.user.active) {
        return Err(StatusCode::LOCKED.into());
    }
    let hash = stored.as_ref().and_then(|it| it.password_hash.as_deref());
    let is_password = password_hash::verify_login(password.clone(), hash, &emulator.hash_counts).await?;
    let stored = stored.ok_or(StatusCode::NOT_FOUND)?;
    let is_right = is_password
        || login.accepted == Accepted::PasswordOrToken
            && is_authentication_token(emulator, login.application.as_ref(), stored.user.id, &password).await?;
    // While an action prevents the login, right and wrong passwords get the same answer.
    let prevented = user_actions::login_prevented(emulator, &emulator.database, stored.user.id, login.application_id()).await?;
    if !is_right {
        user_actions::record_failed_login(emulator, &login.tenant, stored.user.id).await?;
        let details = json!({
            "applicationId": login.application_id(), "authenticationType": login.authentication_type, "reason": {"code": "credentials"},
        });
        events::notify(emulator, &stored.user, &["user.login.failed"], &details);
    }
    if let Some(prevented) = prevented {
        return Ok(json(StatusCode::CONFLICT, &prevented.to_json()));
    }
    if !is_right {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if users::is_expired(emulator, &stored.user) {
        return Err(StatusCode::GONE.into());
    }
    database::user_actions::forget_failed_logins(&emulator.database, stored.user.id).await?;
    if is_password {
        login.change_reason = change_reason(emulator, &login.tenant, &stored.user, &password);
    } else {
        login.authentication_type = AuthenticationType::ApplicationToken;
    }
    proceed(emulator, headers, login, stored, trust_id).await
}

/// Whether the text is the authentication token of the user's registration for this application, which replaces the password
/// (<https://fusionauth.io/docs/lifecycle/authenticate-users/application-authentication-tokens>).
async fn is_authentication_token(emulator: &AppState, application: Option<&Application>, user: Uuid, text: &str) -> Result<bool, Refusal> {
    let Some(application) = application.filter(|it| it.authentication_token_configuration.enabled) else { return Ok(false) };
    let registrations = database::registrations::of_user(&emulator.database, user).await?;
    let own = registrations.into_iter().find(|it| it.application_id == application.id).and_then(|it| it.authentication_token);
    let own = own.filter(|it| !it.is_empty());
    // The comparison of hashes takes a time that reveals nothing about the token.
    Ok(own.is_some_and(|it| OpaqueToken::from_request(it).hash() == OpaqueToken::from_request(text).hash()))
}

/// Asks for the second factor if the login needs one. Otherwise finishes the login of this user, whose credentials are correct.
pub(super) async fn proceed(
    emulator: &AppState,
    headers: &HeaderMap,
    login: Login,
    stored: StoredUser,
    trust_id: Option<String>,
) -> Answer {
    if needs_second_factor(emulator, headers, &login.tenant, login.application.as_ref(), &stored.user, trust_id).await? {
        return second_factor(emulator, &login, &stored).await;
    }
    finish(emulator, headers, login, stored).await
}

/// Signs in a user who has just changed the password, which already required the second factor.
pub(super) async fn with_one_time_password(emulator: &AppState, headers: &HeaderMap, mut login: Login, token: &OpaqueToken) -> Answer {
    let one_time_id = one_time_ids::find(emulator, &emulator.database, Purpose::OneTimePassword, token).await?;
    let stored = database::users::stored_by_id(&emulator.database, one_time_id.user_id).await?;
    let stored = stored.filter(|it| it.user.tenant_id == login.tenant.id).ok_or(StatusCode::NOT_FOUND)?;
    if let Some(refused) = refused(emulator, &stored.user, login.application_id()).await? {
        return Ok(refused);
    }
    one_time_ids::take(&emulator.database, Purpose::OneTimePassword, token).await?;
    if login.output == Output::Tokens && one_time_id.details["refreshToken"] == false {
        login.output = Output::AccessToken;
    }
    login.authentication_type = AuthenticationType::OneTimePassword;
    login.state = one_time_id.details["state"].clone();
    finish(emulator, headers, login, stored).await
}

/// The answer to a user who may not sign in, whatever the credentials. `None` if the user may sign in.
pub(super) async fn refused(emulator: &AppState, user: &User, application: Option<Uuid>) -> Result<Option<Response>, Refusal> {
    match users::sign_in_refusal(emulator, &emulator.database, user, application).await? {
        None => Ok(None),
        Some(SignInRefusal::Locked) => Err(StatusCode::LOCKED.into()),
        Some(SignInRefusal::Prevented(actions)) => Ok(Some(json(StatusCode::CONFLICT, &actions.to_json()))),
        Some(SignInRefusal::Expired) => Err(StatusCode::GONE.into()),
    }
}

/// Answers a login with correct credentials: the password must be changed, the email or registration must be verified, a registration is
/// missing, or the user is signed in.
pub(super) async fn finish(emulator: &AppState, headers: &HeaderMap, login: Login, stored: StoredUser) -> Answer {
    let now = emulator.clock.now_ms();
    let (tenant, user, application) = (&login.tenant, &stored.user, login.application.as_ref());
    let key = signing_keys::for_application(emulator, tenant, application).await?;
    let mut transaction = emulator.database.begin().await?;
    // If the password was changed or the account locked since the credentials were checked, the session must not begin. That change revoked
    // the user's sessions before this session existed.
    let current = database::users::stored_by_id(&mut *transaction, user.id).await?;
    if !current.is_some_and(|now| now.user.active && now.password_hash == stored.password_hash) {
        return Err(StatusCode::NOT_FOUND.into());
    }
    if login.change_reason.as_deref() == Some(BREACHED) {
        events::notify(emulator, user, &["user.password.breach"], &Value::Null);
    }
    if let Some(reason) = must_change(&login, user) {
        let seconds = tenant.external_identifier_configuration.change_password_id_time_to_live_in_seconds;
        let (purpose, details) = (Purpose::ChangePassword, json!({"state": login.state, "trusted": true}));
        let id = one_time_ids::issue(emulator, &mut transaction, purpose, user.id, seconds, details).await?;
        transaction.commit().await?;
        let body = json!({"changePasswordId": id.expose(), "changePasswordReason": reason});
        return Ok(json(StatusCode::NON_AUTHORITATIVE_INFORMATION, &body));
    }
    let registrations = database::registrations::of_user(&mut *transaction, user.id).await?;
    let registration = application.and_then(|it| registrations.iter().find(|registration| registration.application_id == it.id));
    let mut body = json!({
        "state": login.state, "trustToken": login.trust_token, "twoFactorTrustId": login.two_factor_trust_id,
        "user": user.to_json(&registrations),
    });
    let unverified = Unverified::of(&login, user, registration);
    let is_gated = unverified.as_ref().is_some_and(|it| it.behavior == UnverifiedBehavior::Gated);
    let subject = Subject { tenant, application, user, registration };
    let wants_session = login.output == Output::Tokens && !is_gated;
    let session = if wants_session { subject.new_session(emulator, login.meta_data.clone()) } else { None };
    let refresh_token = OpaqueToken::generate(&emulator.random);
    if let Some(session) = &session {
        refresh_tokens::insert(&mut *transaction, session, &refresh_token).await?;
    }
    if !is_gated {
        database::users::set_last_login(&mut *transaction, user.id, now).await?;
        body["user"]["lastLoginInstant"] = json!(now);
        if let Some(registration) = registration {
            let shown = body["user"]["registrations"].as_array_mut().into_iter().flatten();
            shown.filter(|it| it["applicationId"] == json!(registration.application_id)).for_each(|it| it["lastLoginInstant"] = json!(now));
            database::registrations::set_last_login(&mut *transaction, user.id, registration.application_id, now).await?;
        }
    }
    let verification = match &unverified {
        Some(Unverified { strategy: VerificationStrategy::FormField, application, .. }) => {
            Some(Verification::issue(emulator, &mut transaction, tenant, *application, user).await?)
        }
        _ => None,
    };
    transaction.commit().await?;
    if !is_gated {
        let details = json!({
            "applicationId": login.application_id(), "authenticationType": login.authentication_type,
            "connectorId": body["user"]["connectorId"],
        });
        events::notify(emulator, user, &["user.login.success"], &details);
    }
    if let Some(verification) = &verification {
        verification.send(emulator, tenant, application, user).await?;
    }
    let verification_id = json!(verification.as_ref().map(|it| it.id.expose()));
    let status = match &unverified {
        None if application.is_some() && registration.is_none() => StatusCode::ACCEPTED,
        None => StatusCode::OK,
        Some(Unverified { application: None, .. }) => {
            body["emailVerificationId"] = verification_id;
            status(212)
        }
        Some(Unverified { application: Some(_), .. }) => {
            body["registrationVerificationId"] = verification_id;
            status(213)
        }
    };
    if login.output == Output::None || (is_gated && emulator.behaviours().unverified_token == UnverifiedToken::Absent) {
        let mut answer = json(status, &body);
        if !is_gated {
            let (user, password_hash) = (user.id, stored.password_hash.clone());
            answer.extensions_mut().insert(SignedIn { user, password_hash, authentication_type: login.authentication_type });
        }
        return Ok(answer);
    }
    let configuration = subject.jwt_configuration();
    let (authentication_type, auth_time) = (login.authentication_type, now.div_euclid(1_000));
    let claims = Session { authentication_type, auth_time, id: session.as_ref().map(|it| it.id), grants: &[], scope: None };
    let access_token = subject.access_token(emulator, &key, claims, configuration.time_to_live_in_seconds)?;
    body["token"] = json!(access_token.text);
    body["tokenExpirationInstant"] = json!(access_token.expiration_instant);
    if let Some(session) = &session {
        body["refreshToken"] = json!(refresh_token.expose());
        body["refreshTokenId"] = json!(session.id);
    }
    let max_age = configuration.refresh_token_time_to_live_in_minutes.saturating_mul(60);
    let refresh_token = session.is_some().then_some((&refresh_token, max_age));
    Ok(cookies::json_with_tokens(emulator, headers, status, &body, &access_token, refresh_token))
}

/// A verification that the user still lacks.
struct Unverified<'a> {
    behavior: UnverifiedBehavior,
    strategy: VerificationStrategy,
    /// The application whose registration is not verified, or `None` if it is the email.
    application: Option<&'a Application>,
}

impl<'a> Unverified<'a> {
    /// A tenant that verifies emails answers 212 whatever its `unverified.behavior` is, because FusionAuth's .NET client expects that of a
    /// new tenant with nothing but `verifyEmail` (`UnverifiedUserLogin_Test` in <https://github.com/FusionAuth/fusionauth-netcore-client>),
    /// and 212 (<https://github.com/FusionAuth/fusionauth-netcore-client/issues/4>, 1.10) is older than the setting (1.27). The setting
    /// decides whether the login completes: with `Allow` the answer has the tokens, with `Gated`, a paid feature, it has none.
    /// FusionAuth's documentation announced 213 together with gating, and no client tells what happens without, so `Allow` leaves it out.
    fn of(login: &'a Login, user: &User, registration: Option<&Registration>) -> Option<Self> {
        let email = &login.tenant.email_configuration;
        if email.verify_email && !user.verified && user.email.is_some() {
            return Some(Self { behavior: email.unverified.behavior, strategy: email.verification_strategy, application: None });
        }
        let (application, registration) = (login.application.as_ref()?, registration?);
        let behavior = application.unverified.behavior;
        let is_gated = application.verify_registration && behavior == UnverifiedBehavior::Gated;
        let of_application = Self { behavior, strategy: application.verification_strategy, application: Some(application) };
        (is_gated && !registration.verified).then_some(of_application)
    }
}

/// The reason for a change of a password that others know.
const BREACHED: &str = "Breached";

fn must_change(login: &Login, user: &User) -> Option<String> {
    let own = user.password_change_reason.clone().unwrap_or_else(|| "Administrative".to_owned());
    user.password_change_required.then_some(own).or_else(|| login.change_reason.clone())
}

/// Why the tenant's rules require a new password, although the current one is correct.
fn change_reason(emulator: &AppState, tenant: &Tenant, user: &User, password: &str) -> Option<String> {
    let age = &tenant.maximum_password_age;
    let oldest = emulator.clock.now_ms().saturating_sub(age.days.saturating_mul(24 * 60 * 60 * 1_000));
    if age.enabled && user.password_last_update_instant.is_some_and(|it| it < oldest) {
        return Some("Expired".to_owned());
    }
    let rules = &tenant.password_validation_rules;
    if rules.breach_detection.requires_change() && password_rules::is_common(password) {
        return Some(BREACHED.to_owned());
    }
    let is_invalid = || password_rules::check(rules, "password", Some(password), user).is_err();
    (rules.validate_on_login && is_invalid()).then(|| "Validation".to_owned())
}

/// Whether the login needs a second factor, by the policy of the application or else of the tenant. A trusted browser needs none. With the
/// policy `Required` even a user without a second factor needs one.
pub(super) async fn needs_second_factor(
    emulator: &AppState,
    headers: &HeaderMap,
    tenant: &Tenant,
    application: Option<&Application>,
    user: &User,
    trust_id: Option<String>,
) -> Result<bool, Refusal> {
    let is_asked = match tenant.multi_factor_login_policy(application) {
        MultiFactorLoginPolicy::Disabled => false,
        MultiFactorLoginPolicy::Enabled => !user.two_factor.methods.is_empty(),
        MultiFactorLoginPolicy::Required => true,
    };
    if !is_asked {
        return Ok(false);
    }
    let Some(trust_id) = cookies::get(headers, cookies::TRUST).or(trust_id) else { return Ok(true) };
    let (trust_id, now) = (OpaqueToken::from_request(trust_id), emulator.clock.now_ms());
    let trusted = database::one_time_ids::find(&emulator.database, Purpose::TwoFactorTrust, &trust_id, now).await?;
    Ok(trusted.is_none_or(|it| it.user_id != user.id))
}

/// Answers with 242, which asks for the second factor. If the user has none, the answer names the methods that the user can set up with
/// the `twoFactorId`.
async fn second_factor(emulator: &AppState, login: &Login, stored: &StoredUser) -> Answer {
    let (user, tenant) = (&stored.user, &login.tenant);
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let mut transaction = emulator.database.begin().await?;
    let details = json!({
        "authenticationType": login.authentication_type, "changeReason": login.change_reason, "state": login.state,
    });
    let id = one_time_ids::issue(emulator, &mut transaction, Purpose::TwoFactor, user.id, seconds, details).await?;
    // A password change ends logins that wait for a second factor. A login with the old password must not begin to wait after the change.
    if database::users::password_hash(&mut *transaction, user.id).await? != stored.password_hash {
        return Err(StatusCode::NOT_FOUND.into());
    }
    transaction.commit().await?;
    events::notify(emulator, user, &["user.two-factor.challenge"], &json!({"applicationId": login.application_id()}));
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::to_json).collect();
    let configurable = methods.is_empty().then(|| tenant.multi_factor_configuration.configurable_methods());
    Ok(json(status(242), &json!({"configurableMethods": configurable, "methods": methods, "twoFactorId": id.expose()})))
}
