use super::{application, tenant};
use crate::http::{ApiKey, JsonBody, Refusal, json};
use crate::instance::Instance;
use crate::model::{LoginIdType, TwoFactorMethod};
use crate::one_time;
use crate::opaque::Opaque;
use crate::store::{self, one_time_ids::Kind};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `POST /api/two-factor/start` (<https://fusionauth.io/docs/apis/two-factor>): asks somebody for a second factor outside a
/// login. With a `trustChallenge`, what completes it gives a trust token for one protected call.
pub(super) fn router() -> Router<Arc<Instance>> {
    Router::new().route("/api/two-factor/start", post(start))
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Body {
    application_id: Option<Uuid>,
    code: Option<String>,
    login_id: Option<String>,
    state: Option<Value>,
    trust_challenge: Option<String>,
    user_id: Option<Uuid>,
    #[serde(rename = "eventInfo")]
    _event_info: Option<Value>,
    login_id_types: Option<Vec<LoginIdType>>,
}

async fn start(
    _key: ApiKey,
    State(instance): State<Arc<Instance>>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<Body>,
) -> Result<Response, Refusal> {
    let application = match body.application_id {
        Some(id) => Some(application(&instance, id).await?),
        None => None,
    };
    let tenant = tenant(&instance, &headers, application.as_ref()).await?;
    let user = match (body.user_id, body.login_id.filter(|it| !it.is_empty())) {
        (Some(id), _) => store::users::by_id(&instance.database, id).await?,
        (None, Some(name)) => {
            store::users::by_login_id_of(&instance.database, tenant.id, &name, body.login_id_types.as_deref()).await?.map(|it| it.user)
        }
        (None, None) => return Err(Refusal::field("blank", "userId", "Name a user.")),
    };
    let user = user.ok_or(StatusCode::NOT_FOUND)?;
    let code = body.code.filter(|it| !it.is_empty()).map_or_else(|| one_time::code(&instance.random), Opaque::from_caller);
    let id = Opaque::new(&instance.random);
    let seconds = tenant.external_identifier_configuration.two_factor_id_time_to_live_in_seconds;
    let details = json!({"state": body.state, "trustChallenge": body.trust_challenge});
    one_time::keep(&instance, Kind::TwoFactor, &id, user.id, seconds, Some(&code), details).await?;
    let methods: Vec<Value> = user.two_factor.methods.iter().map(TwoFactorMethod::shown).collect();
    Ok(json(StatusCode::OK, &json!({"code": code.expose(), "methods": methods, "twoFactorId": id.expose()})))
}
