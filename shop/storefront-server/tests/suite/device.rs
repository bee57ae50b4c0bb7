//! Clusters whose sites bind sign-ins to devices, and the part of a browser that registers a key and refreshes the bound cookie.

use crate::test_cluster::{API_KEY, Browser, TestCluster, location, set_cookies, sign_in_by_form, store};
use crate::test_server::problem;
use device_bound_sessions::{Session, UnixMillis};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use test_support::device_proofs::{KEYS, Key};
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) const WORKFLOWS: [&str; 3] = ["spa-backend", "webapp-jwt", "webapp-session"];
pub(crate) const BOUND_COOKIE: &str = "__Host-storefront_device_bound";

/// A path that needs a sign-in.
pub(crate) fn private_path(workflow: &str) -> &'static str {
    if workflow == "spa-backend" { "/api/load-shopping-cart" } else { "/shopping-cart" }
}

/// A file with the sites of development over https, as behind a proxy that speaks TLS, with this `device_binding`.
pub(crate) fn configuration(folder: &TempDir, policy: &str) -> String {
    let sites = include_str!("../../../deploy/development.toml").replace("AUTH_PORT", "9011");
    let sites = sites.replace("http://", "https://").replace(":*", "");
    let sites = WORKFLOWS.iter().fold(sites, |it, workflow| {
        let line = format!("workflow = \"{workflow}\"\n");
        it.replace(&line, &format!("{line}device_binding = \"{policy}\"\n"))
    });
    let file = folder.path().join(format!("{policy}.toml"));
    std::fs::write(&file, sites).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Starts instances with this `device_binding`. Tests send more requests from one address than a deployment allows.
pub(crate) async fn cluster(policy: &str, instances: usize) -> TestCluster {
    cluster_with(&["--limit-device-keys", "100000/60"], policy, instances).await
}

/// Starts instances with this `device_binding` and these flags.
pub(crate) async fn cluster_with(flags: &[&str], policy: &str, instances: usize) -> TestCluster {
    let folder = TempDir::new().unwrap();
    TestCluster::start_with(&[&["--config", &configuration(&folder, policy)], flags].concat(), instances).await
}

/// Starts another instance, with another `device_binding`, and returns a browser with the same cookies that asks only this instance.
pub(crate) async fn at_instance_with(policy: &str, cluster: &TestCluster, browser: &Browser) -> Browser {
    let (address, stop, _) = stoppable_instance(policy, cluster).await;
    std::mem::forget(stop); // the instance runs until the test ends
    browser.at(address)
}

/// Starts another instance with this `device_binding`. The sender stops the instance, and the handle completes when the instance has
/// stopped.
pub(crate) async fn stoppable_instance(policy: &str, cluster: &TestCluster) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let folder = TempDir::new().unwrap();
    cluster.stoppable_instance_with(&["--config", &configuration(&folder, policy), "--fusionauth-api-key", API_KEY]).await
}

/// Signs in, and returns the answer, which may offer to register a key.
pub(crate) async fn sign_in(browser: &Browser, workflow: &str) -> Response {
    match workflow {
        "spa-backend" => browser.sign_in(&store(workflow), "shopper@example.com").await,
        _ => sign_in_by_form(browser, &store(workflow), "shopper@example.com").await,
    }
}

/// The part of a browser that holds the key of one sign-in.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) browser: Browser,
    pub(crate) host: String,
    pub(crate) id: String,
    pub(crate) key: &'static Key,
    pub(crate) challenge: Arc<Mutex<String>>,
}

/// The parameter of a header such as `(ES256);path="/x";challenge="y"`.
fn parameter(header: &str, name: &str) -> String {
    header.split(';').find_map(|it| it.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')).unwrap().to_owned()
}

impl Device {
    /// The device of the browser that has got this answer to its sign-in. It has not registered its key yet.
    pub(crate) fn offered(browser: &Browser, host: &str, answer: &Response, key: &'static Key) -> Self {
        let offer = answer.headers()["secure-session-registration"].to_str().unwrap();
        assert!(offer.starts_with("(ES256 RS256);path=\"/api/device-key\";"), "{offer}");
        let challenge = Arc::new(Mutex::new(parameter(offer, "challenge")));
        Self { browser: browser.clone(), host: host.to_owned(), id: parameter(offer, "authorization"), key, challenge }
    }

    /// Signs in and registers the key.
    pub(crate) async fn signed_in(cluster: &TestCluster, workflow: &str, key: &'static Key) -> Self {
        let browser = cluster.browser();
        let answer = sign_in(&browser, workflow).await;
        let device = Self::offered(&browser, &store(workflow), &answer, key);
        assert_eq!(device.register().await.status(), StatusCode::OK);
        device
    }

    fn post(&self, path: &str, proof: Option<&str>) -> RequestBuilder {
        let request = self.browser.request(Method::POST, &self.host, path).header("origin", format!("https://{}", self.host));
        proof.into_iter().fold(request, |it, proof| it.header("secure-session-response", proof))
    }

    /// The proof of a refresh for the challenge that the device has got last.
    pub(crate) fn proof(&self) -> String {
        self.key.refresh(&self.challenge.lock().unwrap())
    }

    pub(crate) fn refresh_request(&self, proof: Option<&str>) -> RequestBuilder {
        self.post("/api/device-key/refresh", proof).header("sec-secure-session-id", &self.id)
    }

    pub(crate) fn registration_request(&self, proof: &str) -> RequestBuilder {
        self.post("/api/device-key", Some(proof))
    }

    pub(crate) fn registration_proof(&self) -> String {
        self.key.registration(&self.challenge.lock().unwrap(), &self.id)
    }

    pub(crate) async fn register(&self) -> Response {
        let request = self.registration_request(&self.registration_proof());
        self.taken(self.browser.send(&self.host, request).await)
    }

    /// Refreshes the bound cookie.
    pub(crate) async fn refresh(&self) -> Response {
        let request = self.refresh_request(Some(&self.proof()));
        self.taken(self.browser.send(&self.host, request).await)
    }

    /// Keeps the challenge of an answer for the next proof.
    pub(crate) fn taken(&self, answer: Response) -> Response {
        if let Some(challenge) = answer.headers().get("secure-session-challenge") {
            *self.challenge.lock().unwrap() = challenge.to_str().unwrap().split('"').nth(1).unwrap().to_owned();
        }
        answer
    }

    /// The record of this device in the database.
    pub(crate) async fn record(&self, cluster: &TestCluster) -> Session {
        let query = sqlx::query_scalar("SELECT device_session FROM token_families WHERE id = $1");
        let record: String = query.bind(&self.id).fetch_one(&cluster.database().await).await.unwrap();
        serde_json::from_str(&record).unwrap()
    }

    /// Moves all times of the record back, as if `milliseconds` had passed. Cookies keep their ends.
    pub(crate) async fn let_time_pass(&self, cluster: &TestCluster, milliseconds: i64) {
        let mut record = self.record(cluster).await;
        record.challenge.expires_at.0 -= milliseconds;
        if let Some(device) = &mut record.device {
            device.registered_at.0 -= milliseconds;
            if let Some(previous) = &mut device.previous {
                previous.expires_at.0 -= milliseconds;
            }
        }
        let query = sqlx::query("UPDATE token_families SET device_session = $2 WHERE id = $1");
        let query = query.bind(&self.id).bind(serde_json::to_string(&record).unwrap());
        query.execute(&cluster.database().await).await.unwrap();
    }

    /// The value that the bound cookie had, and that has expired.
    pub(crate) async fn expired_cookie(&self, cluster: &TestCluster) -> String {
        let cookie_key = self.record(cluster).await.device.unwrap().cookie_key;
        cookie_key.issue(UnixMillis(storefront_server::clock::now_ms() - 1))
    }
}

/// Longer than a browser may take to register after the sign-in.
pub(crate) const A_MINUTE: i64 = 61_000;

/// A bound sign-in whose access token or session has expired, except for `webapp-session`, which needs the bound cookie at each request.
/// The registration was a minute ago.
pub(crate) async fn bound(cluster: &TestCluster, workflow: &str) -> Device {
    cluster.issue_stale();
    let device = Device::signed_in(cluster, workflow, &KEYS.p256).await;
    cluster.issue_fresh();
    device.let_time_pass(cluster, A_MINUTE).await;
    device
}

pub(crate) async fn assert_is_refused(answer: Response, workflow: &str, problem_kind: &str) {
    let cookies = set_cookies(&answer);
    assert!(cookies.iter().all(|it| it.contains("storefront_flash=")), "no cookie of the sign-in is set or deleted: {cookies:?}");
    if workflow == "spa-backend" {
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(problem(answer).await.kind, format!("/problems/{problem_kind}"));
    } else {
        assert_eq!((answer.status(), location(&answer)), (StatusCode::FOUND, "/login"));
    }
}

/// The `Cookie` header of a browser, without the bound cookie, and with this one in its place.
pub(crate) fn copied(browser: &Browser, host: &str, bound_cookie: Option<&str>) -> String {
    let all = browser.cookie_header(host);
    let others = all.split("; ").filter(|it| !it.starts_with(BOUND_COOKIE)).map(ToOwned::to_owned);
    others.chain(bound_cookie.map(|it| format!("{BOUND_COOKIE}={it}"))).collect::<Vec<_>>().join("; ")
}

/// Refreshes as a browser does after the end of the sign-in. The answer makes the browser forget its key.
pub(crate) async fn assert_has_ended(device: &Device) {
    for proof in [None, Some(device.proof())] {
        let answer = device.refresh_request(proof.as_deref()).send().await.unwrap();
        assert_eq!((answer.status(), set_cookies(&answer).len()), (StatusCode::OK, 0));
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({"continue": false}));
    }
}
