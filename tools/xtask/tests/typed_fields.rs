//! Each input of the app for an email, a code or a password is read with a function of `leptos_fusionauth_forms::typed`, so that all forms
//! send such a text in one form. The server suite's `typed.rs` lists the fields of the server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The inputs: the file, the attributes of the input, and the function that reads it.
const FIELDS: [(&str, &str, &str); 18] = [
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
];

/// The inputs for other texts.
const OTHERS: [&str; 2] = ["DISPLAY_NAME", "NAME"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// Adds the file and the attributes of each `TextInput` and `PasswordInput` below `folder`.
fn find_inputs(folder: &Path, inputs: &mut BTreeSet<(String, String)>) {
    for path in fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()) {
        if path.is_dir() {
            find_inputs(&path, inputs);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(root()).unwrap().display().to_string();
            for tag in ["<TextInput field", "<PasswordInput field"] {
                for rest in text.split(tag).skip(1) {
                    let field = rest.strip_prefix('=').map_or("field", |it| it.split_whitespace().next().unwrap_or_default());
                    inputs.insert((file.clone(), field.to_owned()));
                }
            }
        }
    }
}

#[test]
fn each_input_is_read_in_its_one_form() {
    let mut inputs = BTreeSet::new();
    find_inputs(&root().join("src/account"), &mut inputs);
    find_inputs(&root().join("src/sign_in"), &mut inputs);
    find_inputs(&root().join("session/leptos-fusionauth-forms/src"), &mut inputs);
    inputs.retain(|(_, field)| !OTHERS.contains(&&**field));
    let listed: BTreeSet<(String, String)> = FIELDS.iter().map(|(file, field, _)| ((*file).to_owned(), (*field).to_owned())).collect();
    assert_eq!(inputs, listed);
    for (file, field, function) in FIELDS {
        let text = fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains(&format!("typed::{function}(")), "{file} reads {field} without typed::{function}");
    }
}
