//! `GET /`: a page with applications, accounts and settings. It never shows a secret.

use super::state::Control;
use crate::database;
use crate::http::Answer;
use crate::http::page::{page, table};
use crate::model::User;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use maud::html;
use std::sync::Arc;

pub(super) fn router() -> Router<Control> {
    Router::new().route("/", get(home))
}

async fn home(State(emulator): State<Arc<AppState>>) -> Answer {
    let pool = &emulator.database;
    let applications = database::applications::all(pool).await?;
    let mut accounts = Vec::new();
    for user in database::users::all_with_registrations(pool, None).await? {
        let (user, registrations) = user?;
        let names = registrations.iter().filter_map(|it| applications.iter().find(|app| app.id == it.application_id));
        let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
        let state = unusual_state(&user);
        accounts.push(vec![user.email.or(user.username).unwrap_or_default(), user.id.to_string(), names.join(", "), state]);
    }
    let applications = applications.iter().map(|it| {
        let jwt = &it.jwt_configuration;
        let tokens = if jwt.enabled {
            format!(
                "{} s, {} min, {:?}, {:?}",
                jwt.time_to_live_in_seconds,
                jwt.refresh_token_time_to_live_in_minutes,
                jwt.refresh_token_usage_policy,
                jwt.refresh_token_expiration_policy
            )
        } else {
            "the tenant's".to_owned()
        };
        let key = if it.login_configuration.require_authentication { "API key needed" } else { "open to browsers" };
        vec![it.name.clone(), it.id.to_string(), tokens, key.to_owned()]
    });
    let tenants = database::tenants::all(pool).await?;
    let tenants = tenants.iter().map(|it| vec![it.name.clone(), it.id.to_string(), it.issuer.clone()]);
    let cors = database::system_configuration::get(pool).await?.cors_configuration;
    let content = html! {
        h2 { "Tenants" } (table(&["Name", "Id", "Issuer"], tenants))
        h2 { "Applications" } (table(&["Name", "Id", "Access token, refresh token", "Login API"], applications))
        h2 { "Accounts" } (table(&["Sign in as", "Id", "Registered for", "State"], accounts))
        h2 { "Origins" }
        p { "CORS is " (if cors.enabled { "on" } else { "off" }) "." }
        ul { @for origin in &cors.allowed_origins { li { (origin) } } }
        h2 { "Behaviours that the documentation leaves open" }
        pre { (serde_json::to_string_pretty(&emulator.behaviours()).unwrap_or_default()) }
        form method="post" action="/emulator/reset" { button { "Reset from kickstart" } }
    };
    Ok(page(StatusCode::OK, "FusionAuth emulator", &content))
}

/// The unusual states of an account; empty for most accounts.
fn unusual_state(user: &User) -> String {
    let states = [
        (!user.active, "locked"),
        (!user.verified, "not verified"),
        (user.password_change_required, "must change the password"),
        (!user.two_factor.methods.is_empty(), "second factor"),
        (user.expiry.is_some(), "expires"),
    ];
    states.iter().filter(|(applies, _)| *applies).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}
