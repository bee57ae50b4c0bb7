#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
// Leptos' component macro adds a `pub` function beside each exported component.
#![allow(unreachable_pub)]

mod back;
mod backend;
mod blocked;
mod change_password;
mod code_form;
mod cool_down;
mod error;
mod field;
pub mod focus;
mod forgot_password;
mod heading;
mod join;
mod keep_signed_in;
mod new_password;
mod outcome;
pub mod page_scope;
mod passkey;
mod password_form;
mod passwordless;
mod progress;
mod registration;
mod sign_in;
mod sign_in_link;
mod sign_out_reason;
mod steps;
mod submit;
mod title;
mod translator;
pub mod typed;
mod verification;
pub mod webauthn;

pub use back::BackToSignIn;
pub use backend::BackendAnswer;
pub use change_password::{
    LinkCode, LinkSecondFactor, LinkTrust, OnPasswordChanged, PasswordChanged, RequiredPasswordForm, ResetPasswordPage,
};
pub use code_form::{CodeForm, SignInCodeForm};
pub use cool_down::CoolDown;
pub use error::{ErrorSummary, FieldError, FieldErrorMessage, FormError, FormErrorSignal, described_by, invalid, show_error};
pub use field::{AccountName, Field, PasswordInput, TextField, TextInput, Visibility};
pub use forgot_password::ForgotPasswordForm;
pub use fusionauth_forms::{
    AfterRefusal, ChangePasswordId, Classes, Design, English, French, German, PasskeySignInError, SIGN_OUT_PENDING, SignInError,
    SignInField, Step, Text, TwoFactorId,
};
pub use heading::{Heading, Named, breakable};
pub use join::Join;
pub use keep_signed_in::{KEEP, KeepSignedInBox, choice, kept};
pub use new_password::{NewPassword, NewPasswordInput, broken_rules};
pub use outcome::{Next, Stage, empty_fields, form_error, next};
pub use passkey::{PasskeyButton, PasskeySignIn, PasskeyUser};
pub use password_form::PasswordForm;
pub use passwordless::{PasswordlessButton, PasswordlessSignIn, StartPasswordless};
pub use progress::SignInProgress;
pub use registration::{NewAccount, Register, RegistrationForm};
pub use sign_in::SignIn;
pub use sign_in_link::SignInLink;
pub use sign_out_reason::explain;
pub use steps::SignInStep;
pub use submit::{RetryButton, SubmitButton, submit};
pub use title::FormTitle;
pub use translator::follow_translator;
pub use verification::{SendVerification, SignInVerification, VerificationLink, VerificationPage};
