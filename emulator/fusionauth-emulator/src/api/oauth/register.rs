//! `/oauth2/register`: the page on which users register themselves, if the application's `registrationConfiguration` allows it. The rules are
//! those of the registration API. Afterwards the user is signed in as on the sign-in page. A user who is signed in already goes on to
//! `/oauth2/authorize` (<https://fusionauth.io/docs/apis/hosted-backend>).

use super::completion::{finish, login_of, outcome, sign_in_page, sso_of};
use super::form::FormBody;
use super::pages;
use super::request::{AuthorizationRequest, Parameters, RequestError, redirect};
use super::sso;
use crate::api::login::{self, Login};
use crate::database;
use crate::domain::registrations::NewRegistration;
use crate::domain::sessions::AuthenticationType;
use crate::domain::{Refusal, all_of};
use crate::http::{Answer, Anyone, Query, Routes};
use crate::model::{LoginIdType, User};
use crate::state::AppState;
use axum::http::HeaderMap;
use axum::routing::get;
use fusionauth_api::errors::Errors;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/register", get(show).post(register))
}

/// This type has no `Debug`, because the fields contain a password.
#[derive(Deserialize)]
struct Form {
    #[serde(flatten)]
    parameters: Parameters,
    /// The user's input, by FusionAuth's names such as `user.email`.
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

async fn show(Anyone(emulator): Anyone, headers: HeaderMap, Query(parameters): Query<Parameters>) -> Answer<RequestError> {
    let request = AuthorizationRequest::check(&emulator, &headers, parameters).await?;
    let is_signed_in = sso::find(&emulator, &headers, &request.tenant).await?.is_some();
    if is_signed_in || request.is_silent() || !request.application.registration_configuration.enabled {
        return Ok(redirect(&request.url_of("/oauth2/authorize")));
    }
    Ok(pages::register(&request, &BTreeMap::new(), &Errors::default()))
}

async fn register(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Form>) -> Answer<RequestError> {
    let Form { parameters, fields } = form;
    let request = AuthorizationRequest::check(&emulator, &headers, parameters).await?;
    if request.is_silent() || !request.application.registration_configuration.enabled {
        return Ok(redirect(&request.url_of("/oauth2/authorize")));
    }
    let user = match create(&emulator, &request, &fields).await {
        Ok(user) => user,
        Err(Refusal::Errors(errors)) => return Ok(pages::register(&request, &fields, &errors)),
        Err(other) => return Err(other.into()),
    };
    let Some(stored) = database::users::stored_by_id(&emulator.database, user).await? else { return sign_in_page(&request, "", None) };
    let login = Login { authentication_type: AuthenticationType::Registration, ..login_of(&request) };
    let answer = login::finish(&emulator, &headers, login, stored).await;
    let sso = sso_of(fields.get(pages::REMEMBER).map(String::as_str).unwrap_or_default());
    finish(&emulator, &headers, &request, outcome(answer).await?, sso).await
}

/// Creates the user and the registration.
async fn create(emulator: &AppState, request: &AuthorizationRequest, fields: &BTreeMap<String, String>) -> Result<Uuid, Refusal> {
    let user = Some(user_of(request, fields)?);
    let mut new = NewRegistration::by_user(&request.tenant, &request.application, emulator.random.uuid(), user);
    let configuration = &request.application.registration_configuration;
    let mut checks = vec![new.check(emulator)];
    let required = configuration.fields().into_iter().filter(|it| it.is_required).map(|it| format!("user.{}", it.member));
    checks.extend(required.filter(|it| text(fields, it).is_none()).map(|it| Err(Refusal::blank(&it))));
    if configuration.confirm_password && fields.get("passwordConfirm") != fields.get("user.password") {
        checks.push(Err(Refusal::field("doNotMatch", "passwordConfirm", "The passwords are different.")));
    }
    all_of(checks)?;
    Ok(new.create(emulator).await?.user.id)
}

/// The user in the form. Fields that the page does not have are ignored, because otherwise anybody could set any member of a user.
fn user_of(request: &AuthorizationRequest, fields: &BTreeMap<String, String>) -> Result<User, Refusal> {
    let configuration = &request.application.registration_configuration;
    let login_id = match configuration.login_id_type {
        LoginIdType::Username => "username",
        LoginIdType::Email | LoginIdType::PhoneNumber => "email",
    };
    let mut members = Map::new();
    for member in [login_id].into_iter().chain(configuration.fields().iter().map(|it| it.member)) {
        if let Some(text) = text(fields, &format!("user.{member}")) {
            let value =
                if member == "preferredLanguages" { text.split(',').map(|it| json!(it.trim())).collect::<Value>() } else { json!(text) };
            members.insert(member.to_owned(), value);
        }
    }
    members.insert("password".to_owned(), json!(fields.get("user.password")));
    serde_json::from_value(Value::Object(members)).map_err(|_| Errors::general("[invalidForm]", "The form can't be read.").into())
}

/// The value of a field without blanks around it; `None` if nothing is left.
fn text<'a>(fields: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    fields.get(name).map(|it| it.trim()).filter(|it| !it.is_empty())
}
