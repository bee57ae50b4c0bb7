//! FusionAuth's resources in the JSON form of its API (<https://fusionauth.io/docs/apis>).
//!
//! Members that have an effect in the emulator have specific types. Members that the emulator only stores and returns are `Value`s, so
//! that it accepts the whole configuration of a real instance. `http::body` ignores or refuses all other members.

mod action;
mod api_key;
mod application;
mod defaults;
mod login_id;
mod oauth;
mod password;
mod profile;
mod self_service;
mod stored;
mod system_configuration;
mod tenant;
mod user;
mod web_authn;

pub(crate) use action::{FailedAuthenticationConfiguration, TakenAction, UserAction};
pub(crate) use api_key::ApiKeyLimits;
pub(crate) use application::{Application, Role};
pub(crate) use defaults::{complete, drop_nulls};
pub(crate) use login_id::LoginIdType;
pub(crate) use oauth::{
    ClientAuthenticationPolicy, OauthConfiguration, ProofKeyForCodeExchangePolicy, ScopeHandlingPolicy, UnknownScopePolicy,
};
pub(crate) use password::{MaximumPasswordAge, MinimumPasswordAge, PasswordValidationRules};
pub(crate) use self_service::RegistrationConfiguration;
pub(crate) use stored::{short, without_effect};
pub(crate) use system_configuration::{CorsConfiguration, SystemConfiguration};
pub(crate) use tenant::{
    DEFAULT_SIGNING_KEY, JwtConfiguration, MultiFactorLoginPolicy, PhoneConfiguration, RefreshTokenExpirationPolicy,
    RefreshTokenUsagePolicy, Tenant, UnverifiedBehavior, UnverifiedOptions, VerificationStrategy,
};
pub(crate) use user::{Membership, Registration, TwoFactorMethod, User};
pub(crate) use web_authn::{
    ApplicationWebAuthnConfiguration, AttachmentPreference, Passkey, WebAuthnConfiguration, WebAuthnWorkflow, WebAuthnWorkflowConfiguration,
};
