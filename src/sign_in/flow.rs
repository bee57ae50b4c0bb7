//! How a sign-in goes on after each answer. Pure: what is shown for it is in the files beside this one.

use crate::takeover::{PASSWORD, USERNAME};
use leptos_fusionauth::{SignIn, TwoFactorMethod};

/// The id of the second factor's input.
pub const CODE: &str = "code";

/// Which form or page stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// E-mail and password.
    Password,
    /// The second factor's code.
    Code(Challenge),
    /// The password was right, but something else has to be done first.
    Stopped(Stop),
}

/// What FusionAuth wants a code for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// What to send with the code.
    pub two_factor_id: String,
    /// The ways to get a code.
    pub methods: Vec<TwoFactorMethod>,
}

/// What has to be done before this account can sign in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// 202.
    NotRegistered,
    /// 203, with FusionAuth's reason.
    PasswordChangeRequired(Option<String>),
    /// 212.
    EmailNotVerified,
    /// 213.
    RegistrationNotVerified,
}

/// Why the same form stands there again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was sent: these inputs are empty.
    Missing(Vec<Input>),
    /// Unknown user or wrong password; which of the two is not told.
    InvalidCredentials,
    /// Wrong code.
    InvalidCode,
    /// The code came too late.
    CodeExpired,
    /// Too many attempts, or the like.
    Prevented,
    /// The account has expired.
    AccountExpired,
    /// The account is locked.
    Locked,
    /// The site is set up wrongly; the shopper can do nothing about it.
    Misconfigured(Fault),
    /// FusionAuth answered, but not about the credentials.
    Unavailable,
    /// No answer.
    NoAnswer,
}

/// What is set up wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// FusionAuth wants an API key for this application.
    ApiKeyRequired,
    /// FusionAuth could not use the request.
    Invalid,
    /// The token is for another application.
    UnusableToken,
}

/// An input of the sign-in forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// E-mail.
    Username,
    /// Password.
    Password,
    /// Second factor's code.
    Code,
}

/// Where an answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Signed in.
    Done,
    /// The form that stands there stays.
    Stay(Refusal),
    /// Another one comes, perhaps with the reason.
    Go(Stage, Option<Refusal>),
}

/// Where `answer` leads. Every outcome has a place of its own.
pub fn next(answer: SignIn) -> Next {
    match answer {
        SignIn::SignedIn => Next::Done,
        SignIn::NotRegistered => Next::Go(Stage::Stopped(Stop::NotRegistered), None),
        SignIn::PasswordChangeRequired { reason, .. } => Next::Go(Stage::Stopped(Stop::PasswordChangeRequired(reason)), None),
        SignIn::EmailNotVerified => Next::Go(Stage::Stopped(Stop::EmailNotVerified), None),
        SignIn::RegistrationNotVerified => Next::Go(Stage::Stopped(Stop::RegistrationNotVerified), None),
        SignIn::TwoFactorRequired { two_factor_id, methods } => Next::Go(Stage::Code(Challenge { two_factor_id, methods }), None),
        SignIn::TwoFactorExpired => Next::Go(Stage::Password, Some(Refusal::CodeExpired)),
        SignIn::InvalidCredentials => Next::Stay(Refusal::InvalidCredentials),
        SignIn::InvalidCode => Next::Stay(Refusal::InvalidCode),
        SignIn::Prevented => Next::Stay(Refusal::Prevented),
        SignIn::AccountExpired => Next::Stay(Refusal::AccountExpired),
        SignIn::Locked => Next::Stay(Refusal::Locked),
        SignIn::ApiKeyRequired => Next::Stay(Refusal::Misconfigured(Fault::ApiKeyRequired)),
        SignIn::Invalid => Next::Stay(Refusal::Misconfigured(Fault::Invalid)),
        SignIn::UnusableToken => Next::Stay(Refusal::Misconfigured(Fault::UnusableToken)),
        SignIn::Unavailable { .. } => Next::Stay(Refusal::Unavailable),
        SignIn::NoAnswer => Next::Stay(Refusal::NoAnswer),
    }
}

/// The inputs of the password form that are empty. Nothing else is checked: any password may be right.
pub fn missing(username: &str, password: &str) -> Vec<Input> {
    let empty = [(Input::Username, username.trim().is_empty()), (Input::Password, password.is_empty())];
    empty.into_iter().filter_map(|(input, empty)| empty.then_some(input)).collect()
}

impl Input {
    /// The input's id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Username => USERNAME,
            Self::Password => PASSWORD,
            Self::Code => CODE,
        }
    }

    /// What to do when it is empty.
    pub fn missing(self) -> &'static str {
        match self {
            Self::Username => "Enter your email address",
            Self::Password => "Enter your password",
            Self::Code => "Enter your code",
        }
    }
}

impl Refusal {
    /// Whether sending the same once more may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable | Self::NoAnswer)
    }

    /// What happened, and what to do next. Empty for [`Refusal::Missing`]: each input has its own text.
    pub fn text(&self) -> (&'static str, &'static str) {
        match self {
            Self::Missing(_) => ("", ""),
            Self::InvalidCredentials => ("The email or password is not correct.", "Check both and try again."),
            Self::InvalidCode => ("That code is not correct.", "Codes change every 30 seconds. Enter the one that shows now."),
            Self::CodeExpired => ("The code came too late.", "Enter your password once more to get another try."),
            Self::Prevented => ("Sign-in is blocked for now.", "Wait a few minutes, then try again."),
            Self::AccountExpired => ("This account has expired.", "Contact us to have it opened again."),
            Self::Locked => ("This account is locked.", "Contact us to have it unlocked."),
            Self::Misconfigured(Fault::ApiKeyRequired) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: FusionAuth asks for an API key (401); switch off \
                 requireAuthentication in the application's login settings.",
            ),
            Self::Misconfigured(Fault::Invalid) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: FusionAuth could not use the request (400); check the \
                 application id.",
            ),
            Self::Misconfigured(Fault::UnusableToken) => (
                "Sign-in is not set up correctly on this site.",
                "It is not your email or password. For the site's developers: the access token is for another application.",
            ),
            Self::Unavailable => ("The sign-in service can't answer right now.", "Nothing was lost. Try again in a moment."),
            Self::NoAnswer => ("The sign-in service could not be reached.", "Nothing was lost. Check your connection and try again."),
        }
    }
}

impl Stage {
    /// The page's heading and title.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Password => "Sign in",
            Self::Code(_) => "Enter your code",
            Self::Stopped(stop) => stop.text().0,
        }
    }
}

impl Stop {
    /// The page's heading, what happened, and what to do next.
    pub fn text(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::NotRegistered => (
                "Not registered here",
                "Your email and password are correct, but this account is not registered for this site.",
                "Contact us to be added, or use another account.",
            ),
            Self::PasswordChangeRequired(reason) => ("Change your password", change_reason(reason.as_deref()), CHANGE_FIRST),
            Self::EmailNotVerified => (
                "Confirm your email address",
                "Your password is correct, but your email address is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
            Self::RegistrationNotVerified => (
                "Confirm your registration",
                "Your password is correct, but your registration for this site is not confirmed yet.",
                "Open the link in the message that we sent you, then sign in again.",
            ),
        }
    }
}

const CHANGE_FIRST: &str = "Use the link for a new password that we sent you, or contact us for one. Then sign in with the new password.";

fn change_reason(reason: Option<&str>) -> &'static str {
    match reason {
        Some("Breached") => "Your password was found in a known data breach, so it has to be changed before you can sign in.",
        Some("Expired") => "Your password is too old, so it has to be changed before you can sign in.",
        Some("Validation") => "Your password no longer meets the rules, so it has to be changed before you can sign in.",
        _ => "Your password has to be changed before you can sign in.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_answer() -> Vec<SignIn> {
        let change = |reason: Option<&str>| SignIn::PasswordChangeRequired { change_password_id: None, reason: reason.map(Into::into) };
        vec![
            SignIn::SignedIn,
            SignIn::NotRegistered,
            change(None),
            change(Some("Breached")),
            change(Some("Expired")),
            change(Some("Validation")),
            SignIn::EmailNotVerified,
            SignIn::RegistrationNotVerified,
            SignIn::TwoFactorRequired { two_factor_id: "id".into(), methods: vec![] },
            SignIn::InvalidCredentials,
            SignIn::InvalidCode,
            SignIn::TwoFactorExpired,
            SignIn::Prevented,
            SignIn::AccountExpired,
            SignIn::Locked,
            SignIn::ApiKeyRequired,
            SignIn::Invalid,
            SignIn::UnusableToken,
            SignIn::Unavailable { status: 503 },
            SignIn::NoAnswer,
        ]
    }

    #[test]
    fn no_answer_is_taken_for_another() {
        let all = every_answer();
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                let (one, other) = (next(one.clone()), next(other.clone()));
                assert_ne!(shown(&one), shown(&other), "{one:?} and {other:?} look the same");
            }
        }
    }

    #[test]
    fn only_signed_in_is_done() {
        for answer in every_answer() {
            assert_eq!(next(answer.clone()) == Next::Done, answer == SignIn::SignedIn, "{answer:?}");
        }
    }

    #[test]
    fn texts_blame_nobody_and_say_what_to_do() {
        for answer in every_answer() {
            let text = shown(&next(answer)).to_lowercase();
            for word in ["please", "sorry", "invalid", "oops", "forbidden"] {
                assert!(!text.contains(word), "{text:?} says {word:?}");
            }
        }
        assert!(Refusal::NoAnswer.is_retryable() && Refusal::Unavailable.is_retryable() && !Refusal::InvalidCredentials.is_retryable());
    }

    #[test]
    fn only_empty_inputs_are_refused_before_sending() {
        assert_eq!(missing("  ", ""), [Input::Username, Input::Password]);
        assert_eq!(missing("shopper@example.com", ""), [Input::Password]);
        assert_eq!(missing("", " "), [Input::Username]);
        assert_eq!(missing("shopper", " "), []);
    }

    /// All that a person sees of it.
    fn shown(next: &Next) -> String {
        match next {
            Next::Done => "signed in".into(),
            Next::Stay(refusal) => format!("{:?}", refusal.text()),
            Next::Go(Stage::Password, refusal) => format!("password {:?}", refusal.as_ref().map(Refusal::text)),
            Next::Go(Stage::Code(_), _) => "code".into(),
            Next::Go(Stage::Stopped(stop), _) => format!("{:?}", stop.text()),
        }
    }
}
