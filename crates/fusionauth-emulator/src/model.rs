//! FusionAuth's resources as its API writes them (<https://fusionauth.io/docs/apis>).
//!
//! What is acted on has a type. Members that the emulator only keeps and gives back are `Value`, so that a configuration
//! for a real instance is accepted whole while a misspelt member is refused, as FusionAuth does.

mod action;
mod application;
mod oauth;
mod password;
mod system_configuration;
mod tenant;
mod user;

pub(crate) use action::{FailedAuthenticationConfiguration, TakenAction, UserAction};
pub(crate) use application::Application;
pub(crate) use oauth::{ClientAuthenticationPolicy, OauthConfiguration};
pub(crate) use password::{MaximumPasswordAge, MinimumPasswordAge, PasswordValidationRules};
pub(crate) use system_configuration::{CorsConfiguration, SystemConfiguration};
pub(crate) use tenant::{
    JwtConfiguration, MultiFactorLoginPolicy, RefreshTokenExpirationPolicy, RefreshTokenUsagePolicy, Tenant, Unverified,
    UnverifiedBehavior, VerificationStrategy,
};
pub(crate) use user::{LoginIdType, Registration, TwoFactorMethod, User};
