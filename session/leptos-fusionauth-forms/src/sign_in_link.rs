//! A link in an email that signs in: the form that it opens. The link contains FusionAuth's long code and the short one. The form signs in
//! only after a click, because some mail programs open links, and a link works once.

use crate::{
    back::BackToSignIn,
    error::{ErrorSummary, FormError},
    focus,
    heading::Heading,
    keep_signed_in::{KeepSignedInBox, kept},
    page_scope::PageScope,
    progress::SignInProgress,
    submit::{SubmitButton, submit},
};
use fusionauth_forms::{Design, Message, PasswordlessError, text_of};
use leptos::{html, prelude::*};
use leptos_fusionauth::{LoginFailure, use_session};

/// The codes of a link in an email, which sign in together. This type has no `Debug`, because it holds these codes.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInLink {
    /// FusionAuth's long code.
    pub code: String,
    /// The short code that belongs to it.
    pub one_time_code: String,
}

impl SignInLink {
    /// The start of the link's fragment. A fragment reaches no server, so no log contains the codes.
    pub const FRAGMENT: &str = "#sign-in=";

    /// Reads the fragment of a URL, such as `#sign-in=CODE.SHORT-CODE`. Returns `None` if the fragment is not that of a link.
    ///
    /// Remove the fragment from the address bar before the user can do anything else, for example with `history.replaceState`.
    pub fn from_fragment(fragment: &str) -> Option<Self> {
        let (code, one_time_code) = fragment.strip_prefix(Self::FRAGMENT)?.rsplit_once('.')?;
        Some(Self { code: code.to_owned(), one_time_code: one_time_code.to_owned() })
    }
}

/// The form with the button that signs in. If FusionAuth refuses the link, another button requests a new email.
#[component]
pub(crate) fn SignInLinkForm<D: Design>(
    /// The sign-in.
    progress: SignInProgress<D>,
    /// The codes.
    link: SignInLink,
    /// Shows the form that requests another email.
    close: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (session, scope, keep) = (use_session(), PageScope::current(), NodeRef::<html::Input>::new());
    let SignInProgress { error, busy, .. } = progress;
    let (link, is_refused) = (StoredValue::new(link), RwSignal::new(false));
    let send = move || {
        if is_refused.get_untracked() || !progress.begin() {
            return;
        }
        progress.keep.set_value(kept(keep));
        scope.spawn(async move {
            let SignInLink { code, one_time_code } = link.get_value();
            match progress.session(session).sign_in_passwordless(&code, Some(&one_time_code)).await {
                Err(LoginFailure::InvalidCredentials) => {
                    is_refused.set(true);
                    let Message { what, next } = PasswordlessError::LinkRefused.message::<D>();
                    progress.failed(FormError::Form(what.to_owned(), next));
                }
                answer => _ = progress.answered(answer),
            }
        });
    };
    let request_another = move |_| {
        error.set(None);
        close();
        focus::focus_after_render(focus::HEADING);
    };
    let content = move || {
        if is_refused.get() {
            let text = text_of!(D, "Request another email");
            view! { <button type="button" class=D::CLASSES.primary on:click=request_another>{text}</button> }.into_any()
        } else {
            view! {
                <p>{text_of!(D, "You opened the link from our email. Click the button to sign in.")}</p>
                <KeepSignedInBox design=D::default() input=keep/>
                <SubmitButton design=D::default() busy text=text_of!(D, "Sign in") busy_text=text_of!(D, "Signing in…")/>
            }
            .into_any()
        }
    };
    view! {
        <section class=D::CLASSES.section>
            <Heading text=text_of!(D, "Sign in")/>
            <form id="sign-in-link" method="post" novalidate="" on:submit=submit(send)>
                <ErrorSummary error retry=send/>
                {move || content()}
                <BackToSignIn progress/>
            </form>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_link_s_fragment_has_codes() {
        let link = SignInLink { code: "lo.ng-_".to_owned(), one_time_code: "123456".to_owned() };
        assert!(SignInLink::from_fragment("#sign-in=lo.ng-_.123456") == Some(link));
        for other in ["", "#", "#sign-in=", "#sign-in=long", "#post-1.2", "sign-in=long.123456"] {
            assert!(SignInLink::from_fragment(other).is_none(), "{other}");
        }
    }
}
