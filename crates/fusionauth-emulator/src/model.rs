//! FusionAuth's resources as its API writes them (<https://fusionauth.io/docs/apis>).
//!
//! Members that have an effect here have a type. Members that the emulator only stores and gives back are `Value`, so that it accepts the
//! whole configuration of a real instance. Other members are ignored or refused, as `http::body` says.

mod action;
mod application;
mod defaults;
mod oauth;
mod password;
mod system_configuration;
mod tenant;
mod user;
mod web_authn;

pub(crate) use action::{FailedAuthenticationConfiguration, TakenAction, UserAction};
pub(crate) use application::{Application, Role};
pub(crate) use oauth::{ClientAuthenticationPolicy, OauthConfiguration, ProofKeyForCodeExchangePolicy};
pub(crate) use password::{MaximumPasswordAge, MinimumPasswordAge, PasswordValidationRules};
pub(crate) use system_configuration::{CorsConfiguration, SystemConfiguration};
pub(crate) use tenant::{
    JwtConfiguration, MultiFactorLoginPolicy, RefreshTokenExpirationPolicy, RefreshTokenUsagePolicy, Tenant, UnverifiedBehavior,
    UnverifiedOptions, VerificationStrategy,
};
pub(crate) use user::{LoginIdType, Registration, TwoFactorMethod, User};
pub(crate) use web_authn::{
    ApplicationWebAuthnConfiguration, AttachmentPreference, Passkey, WebAuthnConfiguration, WebAuthnWorkflow, WebAuthnWorkflowConfiguration,
};
