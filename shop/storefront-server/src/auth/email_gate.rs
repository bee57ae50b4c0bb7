//! Whether the tenant refuses users who have not verified their email (`emailConfiguration.unverified.behavior`, `Gated`).
//!
//! FusionAuth answers such a sign-in with 212. Its documentation does not say whether that answer holds an access token, so the server also
//! refuses the token itself: anybody can send one to the API without the app.

use crate::auth::fusionauth::{FusionAuth, Unreachable};
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

/// How long the tenant's setting is used before the server reads it again.
const MAX_AGE: Duration = Duration::from_secs(60);

/// The last setting that was read, and when.
#[derive(Default)]
pub(super) struct EmailGate(Mutex<Option<(Instant, bool)>>);

impl EmailGate {
    /// Whether the tenant is gated. The server asks FusionAuth only for users with an unverified email, and once in a minute at most. Without
    /// an API key the setting cannot be read, and counts as not gated.
    ///
    /// # Errors
    /// FusionAuth does not answer, or the API key may not read the setting, and it was never read.
    pub(super) async fn is_gated(&self, fusionauth: &FusionAuth) -> Result<bool, Unreachable> {
        let mut last = self.0.lock().await;
        match *last {
            Some((read_at, is_gated)) if read_at.elapsed() < MAX_AGE => Ok(is_gated),
            known => match fusionauth.settings().await {
                Ok(Some((_, tenant))) => {
                    let is_gated = tenant.email_configuration.gates_unverified();
                    *last = Some((Instant::now(), is_gated));
                    Ok(is_gated)
                }
                Ok(None) if !fusionauth.has_api_key() => Ok(false),
                Ok(None) | Err(Unreachable) => known.map(|(_, is_gated)| is_gated).ok_or(Unreachable),
            },
        }
    }
}
