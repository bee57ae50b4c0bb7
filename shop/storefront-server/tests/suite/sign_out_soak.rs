//! Several users, each on two devices, renew and sign out concurrently and at random times, on two instances of the server. Each refresh
//! token is valid for one use. FusionAuth delays, fails or cuts off its answers to refreshes and revocations at random.
//!
//! A user who does not sign out must stay signed in. When FusionAuth cuts off the answer to a refresh, it has already rotated the refresh
//! token, and the only copy of the new token is lost. With a grace period (`gracePeriodInSeconds`, since 1.55.1), FusionAuth accepts the
//! old token again and returns the new token, so the user must still stay signed in. Without a grace period, which is the default, each
//! lost answer can sign one user out.
//!
//! `SIGN_OUT_ROUNDS=1000` sets the number of rounds; the default is low, so that the tests stay fast. `SIGN_OUT_SEED=…` repeats the random
//! choices of a failed run, but not the order of concurrent requests.

use crate::test_cluster::{Browser, HANG_GUARD, PASSWORD, TestCluster, attacker, set_cookies, store};
use crate::webapp_steps::text;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::AnyPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use test_support::issuer::STORE;
use uuid::Uuid;

const CART: &str = "/shopping-cart";

/// The number of concurrent users.
const USERS: usize = 12;

/// The random choices of one user, from a seeded SplitMix64.
struct Choices(AtomicU64);

impl Choices {
    /// A number below `n`.
    fn below(&self, n: u64) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_grace_period_nothing_outlives_a_sign_out_and_nobody_is_signed_out_otherwise() {
    Soak::run(60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_grace_period_nothing_outlives_a_sign_out_and_only_lost_answers_sign_out() {
    Soak::run(0).await;
}

struct Soak {
    cluster: TestCluster,
    db: AnyPool,
    store: String,
    grace_seconds: u64,
    rounds: usize,
    seed: u64,
    /// How many answers to refreshes the test has told FusionAuth to cut off.
    cut_refreshes: AtomicUsize,
    /// How many times a lost answer has signed a user out.
    lost: AtomicUsize,
    sign_outs: AtomicUsize,
}

/// The user's action on the first device while renewals are in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    StaysSignedIn,
    SignsOut,
    SignsOutEverywhere,
}

impl Soak {
    async fn run(grace_seconds: u64) {
        let given = |name: &str| std::env::var(name).ok().map(|it| it.parse::<u64>().unwrap_or_else(|_| panic!("{name} is not a number")));
        let rounds = usize::try_from(given("SIGN_OUT_ROUNDS").unwrap_or(40)).unwrap();
        let seed = given("SIGN_OUT_SEED").unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
        println!("SIGN_OUT_SEED={seed} makes the same choices again"); // shown when the test fails
        let cluster = TestCluster::start_with(&[], 2).await;
        cluster.one_time_use().await;
        let grace = json!({"refreshTokenOneTimeUseConfiguration": {"gracePeriodInSeconds": grace_seconds}});
        cluster.admin(Method::PATCH, &format!("/api/application/{STORE}"), json!({"application": {"jwtConfiguration": grace}})).await;
        let soak = Arc::new(Self {
            db: cluster.database().await,
            cluster,
            store: store("webapp-session"),
            grace_seconds,
            rounds,
            seed,
            cut_refreshes: 0.into(),
            lost: 0.into(),
            sign_outs: 0.into(),
        });
        let began = Instant::now();
        let mut users = tokio::task::JoinSet::new();
        for number in 0..USERS {
            users.spawn(Arc::clone(&soak).rounds_of_user(number));
        }
        while let Some(user) = users.join_next().await {
            user.unwrap();
        }
        let count = |it: &AtomicUsize| it.load(Ordering::SeqCst);
        println!(
            "{rounds} rounds in {} s: {} sign-outs, {} answers to refreshes lost, {} users signed out by that",
            began.elapsed().as_secs(),
            count(&soak.sign_outs),
            count(&soak.cut_refreshes),
            count(&soak.lost)
        );
        assert!(count(&soak.lost) <= count(&soak.cut_refreshes));
    }

    async fn rounds_of_user(self: Arc<Self>, number: usize) {
        let email = format!("user{number}@example.com");
        let user = json!({"email": email, "password": PASSWORD});
        let body = json!({"user": user, "registration": {"applicationId": STORE}, "skipVerification": true});
        let registered: Value = self.cluster.admin(Method::POST, "/api/user/registration", body).await.json().await.unwrap();
        let id = registered["user"]["id"].as_str().unwrap();
        // A user's rounds and choices must depend only on the seed and on the user's number, because the order in which the users make
        // their choices differs between runs.
        let choices = Choices(self.seed.wrapping_add(number as u64).into());
        for _ in (number..self.rounds).step_by(USERS) {
            self.round(id, &email, &choices).await;
        }
    }

    async fn round(&self, user: &str, email: &str, choices: &Choices) {
        let here = self.sign_in(email).await;
        let [token_here] = self.tokens_at_fusionauth(user).await.try_into().unwrap();
        let expired_at = storefront_server::clock::now_ms() - 1;
        sqlx::query("UPDATE sessions SET expires_at = $1 WHERE user_id = $2").bind(expired_at).bind(user).execute(&self.db).await.unwrap();
        let there = self.sign_in(email).await;
        let ending = [Ending::StaysSignedIn, Ending::SignsOut, Ending::SignsOut, Ending::SignsOutEverywhere][choices.below(4) as usize];
        self.inject_faults(ending, choices).await;

        let mut loads: Vec<_> = (0..3).map(|_| tokio::spawn(here.request(Method::GET, &self.store, CART).send())).collect();
        tokio::time::sleep(Duration::from_millis(choices.below(60))).await; // the random time of the sign-out
        if choices.below(3) == 0 {
            loads.pop().unwrap().abort(); // the browser hangs up
        }
        let mut handed_out = vec![here.cookie_header(&self.store)];
        if ending != Ending::StaysSignedIn {
            self.sign_out(&here, ending).await;
            assert!(
                self.sessions(user).await <= usize::from(ending == Ending::SignsOut),
                "the server has confirmed the sign-out, but a session is left"
            );
        }
        let mut statuses = vec![];
        for load in loads {
            let answer = load.await.unwrap().unwrap();
            statuses.push(answer.status());
            let kept = set_cookies(&answer).into_iter().filter(|it| !it.contains("Max-Age=0"));
            handed_out.push(kept.map(|it| it.split(';').next().unwrap()).collect::<Vec<_>>().join("; "));
        }
        if ending == Ending::StaysSignedIn {
            self.stays_signed_in(&here, &statuses).await;
            self.sign_out(&here, Ending::SignsOut).await;
        }
        self.until(|| async { self.revocations(user).await == 0 }, "revocations are still pending").await;
        for cookies in handed_out {
            assert_eq!(
                attacker(&here, &self.store, CART, &cookies).await.status(),
                StatusCode::FOUND,
                "{ending:?}: a session is still valid"
            );
        }
        let left = self.tokens_at_fusionauth(user).await;
        if ending == Ending::SignsOutEverywhere {
            assert_eq!((left.len(), self.sessions(user).await), (0, 0), "a refresh token or a session is still valid");
            assert_eq!(there.get(&self.store, CART).await.status(), StatusCode::FOUND);
        } else {
            assert!(!left.contains(&token_here), "{ending:?}: the refresh token is still valid");
            assert_eq!((left.len(), self.sessions(user).await), (1, 1), "{ending:?}: only the other device must be signed in");
            assert_eq!(there.get(&self.store, CART).await.status(), StatusCode::OK, "{ending:?}: the other device is signed out");
            self.sign_out(&there, Ending::SignsOut).await;
            self.until(|| async { self.tokens_at_fusionauth(user).await.is_empty() }, "a refresh token is still valid").await;
        }
    }

    /// Checks that a user who has not signed out gets the cart in the end. Without a grace period, the user may be signed out instead. The
    /// function counts these users in `lost`.
    async fn stays_signed_in(&self, browser: &Browser, statuses: &[StatusCode]) {
        let began = Instant::now();
        let mut status = StatusCode::SERVICE_UNAVAILABLE;
        while status == StatusCode::SERVICE_UNAVAILABLE && began.elapsed() < HANG_GUARD {
            status = browser.get(&self.store, CART).await.status();
            tokio::time::sleep(Duration::from_millis(50)).await; // after a failed refresh, the server sends no other one for a second
        }
        if status == StatusCode::FOUND && self.grace_seconds == 0 {
            self.lost.fetch_add(1, Ordering::SeqCst);
            return;
        }
        assert_eq!(status, StatusCode::OK, "the user was signed out, after {statuses:?}");
        assert!(statuses.iter().all(|it| [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE].contains(it)), "{statuses:?}");
    }

    async fn sign_in(&self, email: &str) -> Browser {
        let browser = self.cluster.browser();
        let signed_in = || async {
            let answer = browser.post_form(&self.store, "/login", &[("username", email), ("password", PASSWORD)]).await.status();
            assert!([StatusCode::FOUND, StatusCode::SERVICE_UNAVAILABLE].contains(&answer), "{answer}");
            answer == StatusCode::FOUND
        };
        self.until(signed_in, "nobody can sign in").await; // a sign-in fails while FusionAuth has not confirmed a sign-out everywhere
        browser
    }

    /// Repeats the sign-out until the server confirms it, like a user who reads that the server could not save the sign-out.
    async fn sign_out(&self, browser: &Browser, ending: Ending) {
        let everywhere = ending == Ending::SignsOutEverywhere;
        let fields: &[(&str, &str)] = if everywhere { &[("everywhere", "yes")] } else { &[] };
        let signed_out = || async {
            let status = browser.post_form(&self.store, "/logout", fields).await.status();
            assert!([StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE].contains(&status), "{status}");
            status == StatusCode::SEE_OTHER
        };
        self.until(signed_out, "nobody can sign out").await;
        assert!(text(browser.get(&self.store, "/login").await).await.contains("You are signed out"));
        self.sign_outs.fetch_add(1, Ordering::SeqCst);
    }

    /// Injects a random fault, or none, into the next refresh, and into the next revocation. Each of these requests may belong to another
    /// user.
    async fn inject_faults(&self, ending: Ending, choices: &Choices) {
        let milliseconds = 1 + choices.below(120);
        let fault = |method: &str, path: &str, what: Value| {
            let mut fault = json!({"method": method, "path": path, "times": 1});
            fault.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
            self.cluster.fault(fault)
        };
        let kinds = [
            json!({"delayRequestMilliseconds": milliseconds}),
            json!({"delayAnswerMilliseconds": milliseconds}),
            json!({"status": 502}),
            json!({"cut": "headers"}),
            json!({"cut": "body"}),
        ];
        if let Some(kind) = kinds.get(choices.below(7) as usize) {
            self.cut_refreshes.fetch_add(usize::from(kind.get("cut").is_some()), Ordering::SeqCst);
            fault("POST", "/api/jwt/refresh", kind.clone()).await;
        }
        let (method, path) = match ending {
            Ending::SignsOutEverywhere => ("DELETE", "/api/jwt/refresh"),
            Ending::StaysSignedIn | Ending::SignsOut if choices.below(4) == 0 => ("DELETE", "/api/jwt/refresh/*"),
            Ending::StaysSignedIn | Ending::SignsOut => ("POST", "/api/logout"),
        };
        if let Some(kind) = kinds.get(choices.below(7) as usize) {
            fault(method, path, kind.clone()).await;
        }
    }

    /// The ids of the user's refresh tokens that FusionAuth still accepts.
    async fn tokens_at_fusionauth(&self, user: &str) -> Vec<String> {
        let answer = self.cluster.admin(Method::GET, &format!("/api/jwt/refresh?userId={user}"), Value::Null).await;
        let body: Value = answer.json().await.unwrap();
        body["refreshTokens"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn sessions(&self, user: &str) -> usize {
        self.count("SELECT COUNT(*) FROM sessions WHERE user_id = $1", user).await
    }

    /// The number of revocations that the server has yet to complete. This leaves out the revocations of new refresh tokens that no browser
    /// has received (`renewal` is not empty). They are due only after a minute, because a request may still receive such a token from the
    /// database until then.
    async fn revocations(&self, user: &str) -> usize {
        self.count("SELECT COUNT(*) FROM revocations WHERE user_id = $1 AND renewal = ''", user).await
    }

    async fn count(&self, query: &'static str, user: &str) -> usize {
        let count: i64 = sqlx::query_scalar(query).bind(user).fetch_one(&self.db).await.unwrap();
        usize::try_from(count).unwrap()
    }

    async fn until<F: Future<Output = bool>>(&self, condition: impl Fn() -> F, otherwise: &str) {
        let reached = async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(25)).await; // neither the database nor FusionAuth announces the change
            }
        };
        tokio::time::timeout(HANG_GUARD, reached).await.unwrap_or_else(|_| panic!("{otherwise}"));
    }
}
