//! Events, and their delivery to webhooks
//! (<https://fusionauth.io/docs/extend/events-and-webhooks/>).
//!
//! The emulator retries a delivery up to four times if the webhook does not answer 2xx. It signs the delivery if the webhook's settings ask
//! for that: a JWT in a header contains the SHA-256 of the body (<https://fusionauth.io/docs/extend/events-and-webhooks/signing>).

use super::{Refusal, signing_keys};
use crate::database::refresh_tokens::{self, RefreshToken, Selection};
use crate::database::{self, stored_resources};
use crate::model::{User, drop_nulls, short};
use crate::state::{AppState, request, sign_with_secret};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::{Map, Value, json};
use sqlx::{SqliteConnection, SqliteExecutor};
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinSet};
use uuid::Uuid;

/// The pause before each retry of a delivery.
const PAUSES: [Duration; 4] = [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(20)];

/// How long a webhook without timeouts of its own may take to answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How many events share one look at the webhooks, so that a busy emulator's queue stays short.
const BATCH: usize = 64;

const REFRESH_TOKEN_REVOKED: &str = "jwt.refresh-token.revoke";

/// Ends the selected sessions, and notifies the webhooks. The webhooks receive the event even if the caller's transaction is rolled back.
pub(crate) async fn revoke(emulator: &AppState, database: impl SqliteExecutor<'_>, selection: Selection) -> Result<(), Refusal> {
    let ended = refresh_tokens::delete(database, selection).await?;
    let Some(first) = ended.first() else { return Ok(()) };
    let details = match selection {
        Selection::One(_) => {
            json!({"applicationId": first.application_id, "refreshToken": to_json(first), "userId": first.user_id})
        }
        Selection::OfUser(user) => json!({"userId": user}),
        Selection::OfApplication(application) => json!({"applicationId": application}),
        Selection::OfUserAndApplication(user, application) => json!({"applicationId": application, "userId": user}),
    };
    of_tenant(emulator, first.tenant_id, &[REFRESH_TOKEN_REVOKED], &details);
    Ok(())
}

/// Notifies the webhooks of events of a user, who must still be in the database.
pub(crate) async fn of_user(emulator: &AppState, connection: &mut SqliteConnection, user: Uuid, kinds: &[&str]) -> Result<(), Refusal> {
    if let Some(user) = database::users::by_id(&mut *connection, user).await? {
        let registrations = database::registrations::of_user(connection, user.id).await?;
        of_tenant(emulator, user.tenant_id, kinds, &json!({"user": user.to_json(&registrations)}));
    }
    Ok(())
}

/// Notifies the webhooks that a user's email is verified.
pub(crate) fn of_verified_email(emulator: &AppState, user: &User) {
    notify(emulator, user, &["user.email.verified"], &Value::Null);
    notify(emulator, user, &["user.identity.verified"], &json!({"loginId": user.email, "loginIdType": "email"}));
}

/// Notifies the webhooks of events of this user, even if the caller's transaction is rolled back. `details` has further members of the
/// events.
pub(crate) fn notify(emulator: &AppState, user: &User, kinds: &[&str], details: &Value) {
    let mut details = details.clone();
    details["user"] = user.to_json(&[]);
    of_tenant(emulator, user.tenant_id, kinds, &details);
}

/// Notifies the webhooks that a resource of this kind, such as a group, has changed, and that the change is complete. `details` has the
/// resource.
pub(crate) fn of_resource(emulator: &AppState, kind: &str, resource: &Value, details: &Value) {
    let tenant = resource["tenantId"].as_str().and_then(|it| it.parse().ok()).unwrap_or_default();
    of_tenant(emulator, tenant, &[kind, &format!("{kind}.complete")], details);
}

/// Notifies the webhooks of events in this tenant. Members of `details` that are null are left out. The event names the object that it is
/// about.
pub(crate) fn of_tenant(emulator: &AppState, tenant: Uuid, kinds: &[&str], details: &Value) {
    let mut objects = ["user", "entity", "group", "refreshToken"].iter().map(|it| &details[it]["id"]).chain([&details["actioneeUserId"]]);
    let linked = objects.find(|it| !it.is_null());
    for kind in kinds {
        let (now, id) = (emulator.clock.now_ms(), emulator.random.uuid());
        let mut event = json!({
            "createInstant": now, "id": id, "info": request::info(), "linkedObjectId": linked, "tenantId": tenant, "type": kind,
        });
        for (name, value) in details.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            event[name] = value.clone();
        }
        queue(emulator, event);
    }
}

/// Refuses names that are no types of events. `at` is the path of these names in the request.
pub(crate) fn check_types<'a>(at: &str, mut names: impl Iterator<Item = &'a String>) -> Result<(), Refusal> {
    let is_type = |name: &String| include_str!("events.txt").lines().any(|it| it.split_once(':').is_some_and(|(it, _)| it == name));
    let unknown = names.find(|name| !is_type(name));
    let refused =
        |name: &String| Err(Refusal::field("invalid", at, &format!("FusionAuth has no event {}.", short(name).collect::<String>())));
    unknown.map_or(Ok(()), refused)
}

/// Notifies the webhooks that a kickstart has set up this instance.
pub(crate) fn of_kickstart(emulator: &AppState) {
    let instance = emulator.random.uuid();
    let (now, id) = (emulator.clock.now_ms(), emulator.random.uuid());
    queue(emulator, json!({"createInstant": now, "id": id, "instanceId": instance, "type": "kickstart.success"}));
}

/// Adds an event to the queue. The request does not wait for the delivery, as with FusionAuth's transaction type `None`.
fn queue(emulator: &AppState, event: Value) {
    let _ = emulator.events.send(event); // fails only while the emulator stops
}

/// A session as FusionAuth shows it, without its token.
pub(crate) fn to_json(session: &RefreshToken) -> Value {
    let mut meta_data = if session.meta_data.is_null() { json!({"device": {}}) } else { session.meta_data.clone() };
    // Only the emulator needs to know with which grant the session began. A client may have stored a value without members.
    meta_data.as_object_mut().map(|it| it.remove("grant"));
    if meta_data.is_object() && (meta_data["device"].is_null() || meta_data["device"].is_object()) {
        meta_data["device"]["lastAccessedInstant"] = json!(session.last_used_instant);
    }
    json!({
        "applicationId": session.application_id,
        "data": {},
        "id": session.id,
        "insertInstant": session.start_instant,
        "metaData": meta_data,
        "startInstant": session.last_used_instant,
        "tenantId": session.tenant_id,
        "userId": session.user_id,
    })
}

/// Delivers events until the future is dropped.
pub(crate) async fn deliver(emulator: Arc<AppState>, mut events: UnboundedReceiver<Value>) {
    // The client is created for the first delivery, because it reads the system's root certificates.
    let client = LazyLock::new(|| {
        let client = reqwest::Client::builder()
            .user_agent(concat!("fusionauth-emulator/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none());
        client.dns_resolver(Arc::new(Localhost)).build()
    });
    let (mut deliveries, mut batch) = (JoinSet::new(), Vec::new());
    while events.recv_many(&mut batch, BATCH).await > 0 {
        // The database has one connection, so this waits until the transactions that caused the events have ended.
        let webhooks = stored_resources::all(&emulator.database, "webhook").await.unwrap_or_else(|error| {
            tracing::error!(%error, "the webhooks can't be read, so they receive nothing");
            Vec::new()
        });
        for event in batch.drain(..) {
            match signed(&emulator, &webhooks, event).await {
                Ok(all) if all.is_empty() => {}
                Ok(all) => match &*client {
                    Ok(client) => all.into_iter().for_each(|it| drop(deliveries.spawn(it.send(client.clone())))),
                    Err(error) => tracing::error!(?error, "the HTTP client could not be created, so webhooks receive nothing"),
                },
                Err(error) => tracing::error!(?error, "an event cannot be delivered"),
            }
        }
        while deliveries.try_join_next().is_some() {}
    }
}

/// A request to one webhook.
struct Delivery {
    webhook: Value,
    signature: Option<String>,
    body: String,
}

/// The deliveries of an event, one for each webhook that has the event enabled.
async fn signed(emulator: &AppState, webhooks: &[Value], mut event: Value) -> Result<Vec<Delivery>, Refusal> {
    let kind = event["type"].as_str().unwrap_or_default().to_owned();
    let has_enabled = |it: &&Value| it["eventsEnabled"][&kind] == json!(true) && is_of_tenant(it, &event["tenantId"]);
    let webhooks: Vec<&Value> = webhooks.iter().filter(has_enabled).collect();
    if webhooks.is_empty() || !tenant_sends(emulator, &event, &kind).await? {
        return Ok(Vec::new());
    }
    if kind == REFRESH_TOKEN_REVOKED {
        event["applicationTimeToLiveInSeconds"] = token_lives(emulator, &event).await?;
        // An event about a whole application has no user.
        if !event["userId"].is_null() {
            event["user"] = json!({"id": event["userId"]});
        }
    }
    if kind.starts_with("user.") || kind == REFRESH_TOKEN_REVOKED {
        add_registrations(emulator, &mut event).await?;
    }
    drop_nulls(&mut event);
    let body = json!({ "event": event }).to_string();
    let claims = json!({"request_body_sha256": STANDARD.encode(digest(&SHA256, body.as_bytes()))});
    let mut deliveries = Vec::new();
    for webhook in webhooks {
        let configuration = &webhook["signatureConfiguration"];
        let signature = match configuration["signingKeyId"].as_str().and_then(|it| it.parse().ok()) {
            Some(id) if configuration["enabled"] == json!(true) => {
                let signature = match database::signing_keys::by_id(&emulator.database, id).await? {
                    Some(key) => Some(signing_keys::parse(emulator, key)?.sign(&claims, &[])?),
                    None => {
                        let key = stored_resources::by_id(&emulator.database, "key", id).await?.unwrap_or_default();
                        let text = |name: &str| key[name].as_str().unwrap_or_default();
                        sign_with_secret(text("algorithm"), text("kid"), text("secret"), &claims)
                    }
                };
                let is_missing = || Refusal::Internal("a webhook's event is not signed", "its key is missing".to_owned());
                Some(signature.ok_or_else(is_missing)?)
            }
            _ => None,
        };
        deliveries.push(Delivery { webhook: webhook.clone(), signature, body: body.clone() });
    }
    Ok(deliveries)
}

/// Whether the webhook receives events of this tenant. A webhook that is neither global nor has tenants receives nothing
/// (<https://fusionauth.io/docs/apis/webhooks>). The event of a kickstart has no tenant.
fn is_of_tenant(webhook: &Value, tenant: &Value) -> bool {
    let tenants = webhook["tenantIds"].as_array().map(Vec::as_slice).unwrap_or_default();
    webhook["global"] == json!(true) || tenants.contains(tenant) || (tenant.is_null() && !tenants.is_empty())
}

/// Whether the tenant's `eventConfiguration` has the event on. The emulator sends events that it does not name.
async fn tenant_sends(emulator: &AppState, event: &Value, kind: &str) -> Result<bool, Refusal> {
    let Some(id) = event["tenantId"].as_str().and_then(|it| it.parse().ok()) else { return Ok(true) };
    let tenant = database::tenants::by_id(&emulator.database, id).await?;
    let configuration = tenant.and_then(|it| it.event_configuration).unwrap_or_default();
    Ok(configuration["events"][kind]["enabled"] != json!(false))
}

/// Completes the users of an event with their registrations. A deleted user keeps those that the event has.
async fn add_registrations(emulator: &AppState, event: &mut Value) -> Result<(), Refusal> {
    for name in ["existing", "original", "user"] {
        let Some(id) = event[name]["id"].as_str().and_then(|it| it.parse().ok()) else { continue };
        let Some(user) = database::users::by_id(&emulator.database, id).await? else { continue };
        let registrations = database::registrations::of_user(&emulator.database, id).await?;
        let complete = user.to_json(&registrations);
        match event[name].as_object_mut() {
            Some(given) if given.len() > 1 => given.insert("registrations".to_owned(), complete["registrations"].clone()),
            _ => event.as_object_mut().and_then(|it| it.insert(name.to_owned(), complete)),
        };
    }
    Ok(())
}

/// The lifetime of access tokens by application: for the event's application, or for all if the event names none.
async fn token_lives(emulator: &AppState, event: &Value) -> Result<Value, Refusal> {
    let mut lives = Map::new();
    for application in database::applications::all(&emulator.database).await? {
        if event.get("applicationId").is_some_and(|it| *it != json!(application.id)) {
            continue;
        }
        let seconds = if application.jwt_configuration.enabled {
            application.jwt_configuration.time_to_live_in_seconds
        } else {
            let tenant = database::tenants::by_id(&emulator.database, application.tenant_id).await?;
            tenant.map_or(0, |it| it.jwt_configuration.time_to_live_in_seconds)
        };
        lives.insert(application.id.to_string(), json!(seconds));
    }
    Ok(Value::Object(lives))
}

impl Delivery {
    /// How long the webhook may take to accept the connection and to answer.
    fn timeout(&self) -> Duration {
        let milliseconds = |name: &str| self.webhook[name].as_u64();
        let both = milliseconds("connectTimeout").zip(milliseconds("readTimeout"));
        both.map_or(TIMEOUT, |(connect, read)| Duration::from_millis(connect.saturating_add(read)))
    }

    async fn send(self, client: reqwest::Client) {
        let mut pauses = PAUSES.into_iter();
        loop {
            let mut request = client.post(self.webhook["url"].as_str().unwrap_or_default()).timeout(self.timeout());
            request = request.header("content-type", "application/json").body(self.body.clone());
            for (name, value) in self.webhook["headers"].as_object().into_iter().flatten() {
                request = request.header(name, value.as_str().unwrap_or_default());
            }
            if let Some(name) = self.webhook["httpAuthenticationUsername"].as_str().filter(|it| !it.is_empty()) {
                request = request.basic_auth(name, self.webhook["httpAuthenticationPassword"].as_str());
            }
            if let Some(signature) = &self.signature {
                request = request.header("x-fusionauth-signature-jwt", signature);
            }
            let outcome = request.send().await.and_then(reqwest::Response::error_for_status);
            let (Err(error), Some(pause)) = (outcome.map_err(reqwest::Error::without_url), pauses.next()) else { return };
            tracing::debug!(%error, "a webhook did not accept an event");
            tokio::time::sleep(pause).await;
        }
    }
}

/// A DNS resolver that resolves names under `localhost` to this machine (RFC 6761), because not every system's resolver does so.
struct Localhost;

impl Resolve for Localhost {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if name.as_str() == "localhost" || name.as_str().ends_with(".localhost") {
                return Ok(Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0)))) as Addrs);
            }
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
