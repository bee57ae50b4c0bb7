//! The emulator's page for the code of a device. FusionAuth's applications redirect to it from their own page
//! (<https://fusionauth.io/docs/lifecycle/authenticate-users/oauth/#example-device-authorization-grant>). The sign-in that follows approves the
//! device.

use super::device::{known_client, pending};
use super::error::OauthError;
use super::form::FormBody;
use super::pages::{self, FormPage};
use super::request::{DEVICE_COMPLETE, redirect, with_query};
use crate::http::host::own_origin;
use crate::http::{Answer, Anyone, Query, Routes};
use crate::model::Application;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use maud::html;
use serde::Deserialize;

pub(super) fn router() -> Routes {
    Routes::new().route("/oauth2/device", get(show).post(enter)).route(DEVICE_COMPLETE, get(completed))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    client_id: Option<String>,
    error_description: Option<String>,
    user_code: Option<String>,
}

/// The page on which the user types the code.
async fn show(Anyone(emulator): Anyone, Query(parameters): Query<Parameters>) -> Answer<OauthError> {
    let application = known_client(&emulator, parameters.client_id).await?;
    Ok(code_page(&application, &parameters.user_code.unwrap_or_default(), None))
}

/// Continues with the sign-in, if the code is right.
async fn enter(Anyone(emulator): Anyone, headers: HeaderMap, FormBody(form): FormBody<Parameters>) -> Answer<OauthError> {
    let application = known_client(&emulator, form.client_id).await?;
    let code = form.user_code.unwrap_or_default();
    if pending(&emulator, &application, &code).await.is_err() {
        return Ok(code_page(
            &application,
            &code,
            Some("This code is wrong or has expired. Check the code, or start again on the device."),
        ));
    }
    let (client, tenant) = (application.id.to_string(), application.tenant_id.to_string());
    let redirect_uri = format!("{}{DEVICE_COMPLETE}", own_origin(&headers));
    let query = [
        ("client_id", client.as_str()),
        ("redirect_uri", &redirect_uri),
        ("response_type", "code"),
        ("tenantId", &tenant),
        ("user_code", &code),
    ];
    Ok(redirect(&with_query("/oauth2/authorize", query.into_iter())))
}

/// The last page, to which the sign-in redirects the browser.
async fn completed(Query(parameters): Query<Parameters>) -> Response {
    match parameters.error_description {
        Some(error) => pages::message("The device is not connected", &error),
        None => pages::message("The device is connected", "Return to your device."),
    }
}

fn code_page(application: &Application, user_code: &str, error: Option<&str>) -> Response {
    let parameters = [("client_id", application.id), ("tenantId", application.tenant_id)];
    let parameters = &parameters.map(|(name, id)| (name.to_owned(), id.to_string())).into();
    let content = html! {
        p { "Continue only if the device in front of you shows this code." }
        label { "Code" br; input name="user_code" value=(user_code) autocomplete="off" autocapitalize="characters" autofocus required; }
    };
    FormPage { title: "Connect a device", action: "/oauth2/device", parameters, error, content: Some(content), button: "Continue" }.render()
}
