//! Counts the password hashes that were computed. Tests compare the counts for two requests: requests with the same hashes take about
//! the same time, so the response time reveals nothing about the user.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of password hashes by their cost, such as `$argon2id$v=19$m=64,t=1,p=1`. Clones share the numbers.
#[derive(Clone, Default)]
pub(crate) struct HashCounts(Arc<Mutex<BTreeMap<String, u64>>>);

impl HashCounts {
    /// Counts one hash with this cost.
    pub(crate) fn add(&self, cost: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(cost.to_owned()).or_default() += 1;
    }

    pub(crate) fn by_cost(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
