use super::html::{escaped, page, table};
use crate::http::Refusal;
use crate::instance::Instance;
use crate::model::User;
use crate::store;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

/// `GET /`: applications, accounts and settings, without any secret.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/", get(home))
}

async fn home(State(instance): State<Arc<Instance>>) -> Result<Response, Refusal> {
    let database = &instance.database;
    let applications = store::applications::all(database).await?;
    let mut accounts = Vec::new();
    for user in store::users::all(database).await? {
        let registered = store::registrations::of_user(database, user.id).await?;
        let names = registered.iter().filter_map(|it| applications.iter().find(|app| app.id == it.application_id));
        let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
        accounts.push(vec![
            user.email.clone().or(user.username.clone()).unwrap_or_default(),
            user.id.to_string(),
            names.join(", "),
            state(&user),
        ]);
    }
    let apps = applications.iter().map(|it| {
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
    let tenants = store::tenants::all(database).await?;
    let tenants = tenants.iter().map(|it| vec![it.name.clone(), it.id.to_string(), it.issuer.clone()]);
    let cors = store::system_configuration::get(database).await?.cors_configuration;
    let origins: String = cors.allowed_origins.iter().map(|it| format!("<li>{}</li>", escaped(it))).collect();
    let answers = serde_json::to_string_pretty(&instance.answers()).unwrap_or_default();
    let body = format!(
        "<h2>Tenants</h2>{}<h2>Applications</h2>{}<h2>Accounts</h2>{}<h2>Origins</h2><p>CORS is {}.</p><ul>{origins}</ul>\
         <h2>Answers that the documentation leaves open</h2><pre>{}</pre>\
         <form method=\"post\" action=\"/emulator/reset\"><button>Reset from kickstart</button></form>",
        table(&["Name", "Id", "Issuer"], tenants),
        table(&["Name", "Id", "Access token, refresh token", "Login API"], apps),
        table(&["Sign in as", "Id", "Registered for", "State"], accounts),
        if cors.enabled { "on" } else { "off" },
        escaped(&answers),
    );
    Ok(page(StatusCode::OK, "FusionAuth emulator", &body))
}

/// What is out of the ordinary.
fn state(user: &User) -> String {
    let states = [
        (!user.active, "locked"),
        (!user.verified, "not verified"),
        (user.password_change_required, "must change the password"),
        (!user.two_factor.methods.is_empty(), "second factor"),
        (user.expiry.is_some(), "expires"),
    ];
    states.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}
