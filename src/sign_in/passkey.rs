//! The backend's part of a sign-in with a passkey.

use crate::data::{call, call_with};
use crate::ui::form::TextField;
use leptos_fusionauth_forms::{PasskeySignIn, PasskeyUser};
use storefront_api::{account::StartPasskeySignIn, endpoints};

/// The calls of the sign-in, and the place of the last user's id.
pub(super) const PASSKEYS: PasskeySignIn = PasskeySignIn {
    are_on: || {
        Box::pin(async {
            call(endpoints::PASSKEY_SIGN_IN, &[]).send(None).await.map(|it| it.is_on).map_err(|why| why.in_form(&[TextField::USERNAME]))
        })
    },
    start: |user| {
        Box::pin(async move {
            let body = match user {
                PasskeyUser::LoginId(login_id) => StartPasskeySignIn { login_id: Some(login_id), user_id: None },
                PasskeyUser::Id(user_id) => StartPasskeySignIn { login_id: None, user_id: Some(user_id) },
            };
            match call_with(endpoints::START_PASSKEY_SIGN_IN, &[], &body).send_for_text(None).await {
                Err(why) if why.is_not_found() => Ok(None),
                answer => answer.map(Some).map_err(|why| why.in_form(&[TextField::USERNAME])),
            }
        })
    },
    storage_key: "storefront.passkey-user",
};
