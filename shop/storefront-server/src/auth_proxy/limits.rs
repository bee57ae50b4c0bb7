//! The application's limits, for the requests that the app sends to FusionAuth.

use crate::auth::attempts::{AttemptLimits, CodeAnswer};
use crate::auth_proxy::endpoints::Limit;
use crate::http::client_address::ClientAddress;
use crate::http::problem::ApiResult;
use crate::http::rate_limit::{TooOften, address_key};
use axum::response::Response;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::{collections::HashMap, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

type Answer = ApiResult<Response>;

/// Awaits `call`, which sends a request to FusionAuth, if the limit allows it. `key` is the account, challenge or message by which the limit
/// counts.
pub(super) async fn counted(
    attempts: &AttemptLimits,
    client: ClientAddress,
    limit: Limit,
    key: &str,
    call: impl Future<Output = Answer>,
) -> Answer {
    match limit {
        Limit::None => {}
        Limit::Calls | Limit::CallsWith(_) => attempts.anonymous_calls.take_from(client).await?,
        Limit::PasswordLinks => attempts.password_link(client, key).await?,
        Limit::Messages => attempts.message(client, key).await?,
        Limit::Codes(_, wrong) => return attempts.code(client, key, async { (call.await, wrong) }).await?.0,
        Limit::Passwords => {
            let guess = attempts.password_guess(client, key).await?;
            let answer = call.await;
            let status = answer.as_ref().map_or(0, |it| it.status().as_u16());
            if status != WRONG_PASSWORD {
                guess.give_back().await;
            }
            if [SIGNED_IN, SECOND_FACTOR_REQUIRED].contains(&status) {
                attempts.know_client(client, key).await;
            }
            if status == SECOND_FACTOR_REQUIRED {
                attempts.challenge(key).await?;
            }
            return answer;
        }
    }
    call.await
}

const SIGNED_IN: u16 = 200;
const WRONG_PASSWORD: u16 = 404;
const SECOND_FACTOR_REQUIRED: u16 = 242;

impl CodeAnswer for (Answer, &[u16]) {
    fn is_wrong(&self) -> bool {
        self.0.as_ref().is_ok_and(|it| self.1.contains(&it.status().as_u16()))
    }
}

/// How many requests of one client FusionAuth answers at once. The users of one network share this number, and FusionAuth answers most
/// requests within milliseconds.
const MOST_AT_ONCE: usize = 32;

/// The requests of each client that FusionAuth is answering, so that slow answers to one client leave connections to the others.
#[derive(Default)]
pub(super) struct InFlight(Mutex<HashMap<String, Weak<Semaphore>>>);

impl InFlight {
    /// Begins a request, which ends when the result is dropped.
    pub(super) fn begin(&self, client: ClientAddress) -> Result<OwnedSemaphorePermit, TooOften> {
        let client = address_key(client);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, it| it.strong_count() > 0);
        let places = all.get(&client).and_then(Weak::upgrade).unwrap_or_else(|| Arc::new(Semaphore::new(MOST_AT_ONCE)));
        all.insert(client, Arc::downgrade(&places));
        places.try_acquire_owned().map_err(|_| TooOften { retry_after: Duration::ZERO })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_a_number_of_requests_at_once_and_each_client_its_own() {
        let (all, client) = (InFlight::default(), |text: &str| ClientAddress(Some(text.parse().unwrap())));
        let mut begun: Vec<_> = (0..MOST_AT_ONCE).map(|_| all.begin(client("192.0.2.1")).unwrap()).collect();
        assert!(all.begin(client("192.0.2.1")).is_err() && all.begin(client("192.0.2.2")).is_ok());
        begun.pop();
        assert!(all.begin(client("192.0.2.1")).is_ok());
        drop(begun);
        assert!(all.begin(client("192.0.2.3")).is_ok() && all.0.lock().unwrap().len() == 1, "only clients with requests have an entry");
    }
}
