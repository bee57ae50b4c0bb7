//! Each input of the app for an email, a code or a password is read with a function of `leptos_fusionauth_forms::typed`, so that all forms
//! send such a text in one form. The server suite's `typed.rs` lists the fields of the server.

use crate::{read, sources};
use std::collections::BTreeSet;

/// The inputs: the file, the attributes of the input, and the function that reads it.
const FIELDS: [(&str, &str, &str); 19] = [
    ("session/leptos-fusionauth-forms/src/code_form.rs", "TextField::CODE", "second_factor_code"),
    ("session/leptos-fusionauth-forms/src/forgot_password.rs", "TextField::USERNAME", "email_in"),
    ("session/leptos-fusionauth-forms/src/join.rs", "TextField::PASSWORD", "password_in"),
    ("session/leptos-fusionauth-forms/src/join.rs", "TextField::USERNAME", "email_in"),
    ("session/leptos-fusionauth-forms/src/new_password.rs", "field", "password"),
    ("session/leptos-fusionauth-forms/src/password_form.rs", "TextField::PASSWORD", "password_in"),
    ("session/leptos-fusionauth-forms/src/password_form.rs", "TextField::USERNAME", "email_in"),
    ("session/leptos-fusionauth-forms/src/passwordless.rs", "TextField::CODE", "message_code"),
    ("session/leptos-fusionauth-forms/src/passwordless.rs", "TextField::USERNAME", "email_in"),
    ("session/leptos-fusionauth-forms/src/registration.rs", "TextField::EMAIL", "email"),
    ("session/leptos-fusionauth-forms/src/verification.rs", "TextField::CODE", "message_code"),
    ("session/leptos-fusionauth-forms/src/verification.rs", "TextField::USERNAME", "email_in"),
    ("src/account/authenticator.rs", "TextField::CODE", "second_factor_code"),
    ("src/account/current_password.rs", "CURRENT_PASSWORD", "password"),
    ("src/account/email_change.rs", "EMAIL", "email"),
    ("src/account/email_change.rs", "TextField::CODE", "message_code"),
    ("src/account/own_data.rs", "TextField::CODE", "second_factor_code"),
    ("src/account/password.rs", "TextField::CODE", "second_factor_code"),
    ("src/store/checkout/guest.rs", "TextField::EMAIL", "email_in"),
];

/// The inputs for other texts.
const OTHERS: [&str; 2] = ["DISPLAY_NAME", "NAME"];

/// The file and the attributes of each `TextInput` and `PasswordInput` below `folder`.
fn inputs(folder: &str) -> Vec<(String, String)> {
    let mut inputs = Vec::new();
    for (path, text) in sources(folder) {
        for rest in ["<TextInput field", "<PasswordInput field"].iter().flat_map(|tag| text.split(tag).skip(1)) {
            let field = rest.strip_prefix('=').map_or("field", |it| it.split_whitespace().next().unwrap_or_default());
            inputs.push((format!("{folder}/{}", path.display()), field.to_owned()));
        }
    }
    inputs
}

#[test]
fn each_input_is_read_in_its_one_form() {
    let folders = ["src/account", "src/sign_in", "src/store/checkout", "session/leptos-fusionauth-forms/src"];
    let mut inputs: BTreeSet<(String, String)> = folders.into_iter().flat_map(inputs).collect();
    inputs.retain(|(_, field)| !OTHERS.contains(&&**field));
    let listed = FIELDS.iter().map(|(file, field, _)| ((*file).to_owned(), (*field).to_owned())).collect();
    assert_eq!(inputs, listed);
    for (file, field, function) in FIELDS {
        assert!(read(file).contains(&format!("typed::{function}(")), "{file} reads {field} without typed::{function}");
    }
}
