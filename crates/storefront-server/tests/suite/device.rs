//! Clusters whose sites bind sign-ins to devices, and the part of a browser that registers a key and refreshes the bound cookie.

use crate::device_proofs::Key;
use crate::temp::TempFolder;
use crate::test_cluster::{API_KEY, Browser, TestCluster, sign_in_by_form, store};
use device_bound_sessions::{Session, UnixMillis};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use std::sync::{Arc, Mutex};

pub(crate) const WORKFLOWS: [&str; 3] = ["spa-backend", "webapp-jwt", "webapp-session"];
pub(crate) const BOUND_COOKIE: &str = "__Host-storefront_device_bound";

/// A path that needs a sign-in.
pub(crate) fn private_path(workflow: &str) -> &'static str {
    if workflow == "spa-backend" { "/api/load-shopping-cart" } else { "/shopping-cart" }
}

/// A file with the sites of development over https, as behind a proxy that speaks TLS, with this `device_binding`.
pub(crate) fn configuration(folder: &TempFolder, policy: &str) -> String {
    let sites = include_str!("../../../../deploy/development.toml").replace("AUTH_PORT", "9011");
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
    cluster_with_limit("100000/60", policy, instances).await
}

/// Starts instances with this `device_binding` and this `--limit-device-keys`.
pub(crate) async fn cluster_with_limit(limit: &str, policy: &str, instances: usize) -> TestCluster {
    let folder = TempFolder::new();
    TestCluster::start_with(&["--config", &configuration(&folder, policy), "--limit-device-keys", limit], instances).await
}

/// Starts another instance, with another `device_binding`, and returns a browser with the same cookies that asks only this instance.
pub(crate) async fn at_instance_with(policy: &str, cluster: &TestCluster, browser: &Browser) -> Browser {
    let folder = TempFolder::new();
    let file = configuration(&folder, policy);
    let (address, stop, _) = cluster.stoppable_instance_with(&["--config", &file, "--fusionauth-api-key", API_KEY]).await;
    std::mem::forget(stop); // the instance runs until the test ends
    browser.at(address)
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

    /// A request for a refresh, with this proof.
    pub(crate) fn refresh_request(&self, proof: Option<&str>) -> RequestBuilder {
        self.post("/api/device-key/refresh", proof).header("sec-secure-session-id", &self.id)
    }

    /// A request for a registration with this proof.
    pub(crate) fn registration_request(&self, proof: &str) -> RequestBuilder {
        self.post("/api/device-key", Some(proof))
    }

    /// The proof of the registration.
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
