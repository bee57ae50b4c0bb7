//! How long a refresh token lives. The current settings apply, so a changed setting also affects tokens that were issued before.

use crate::database::refresh_tokens::RefreshToken;
use crate::model::{JwtConfiguration, RefreshTokenExpirationPolicy};

pub(crate) fn is_expired(token: &RefreshToken, configuration: &JwtConfiguration, now_ms: i64) -> bool {
    now_ms >= expiry_ms(token, configuration)
}

/// When the token expires, in milliseconds since 1970.
pub(crate) fn expiry_ms(token: &RefreshToken, configuration: &JwtConfiguration) -> i64 {
    let after = |start: i64, minutes: i64| start.saturating_add(minutes.saturating_mul(60_000));
    let life = configuration.refresh_token_time_to_live_in_minutes;
    let sliding = after(token.last_used_instant, life);
    match configuration.refresh_token_expiration_policy {
        RefreshTokenExpirationPolicy::Fixed => after(token.start_instant, life),
        RefreshTokenExpirationPolicy::SlidingWindow => sliding,
        RefreshTokenExpirationPolicy::SlidingWindowWithMaximumLifetime => {
            let maximum = configuration.refresh_token_sliding_window_configuration.maximum_time_to_live_in_minutes;
            sliding.min(after(token.start_instant, maximum))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    const MINUTE: i64 = 60_000;

    #[test]
    fn each_policy_counts_from_its_own_start() {
        let token = RefreshToken {
            id: Uuid::nil(),
            tenant_id: Uuid::nil(),
            application_id: None,
            user_id: Uuid::nil(),
            start_instant: 0,
            last_used_instant: 8 * MINUTE,
            auth_time: 0,
            meta_data: Value::Null,
        };
        for (policy, end) in [("Fixed", 10), ("SlidingWindow", 18), ("SlidingWindowWithMaximumLifetime", 15)] {
            let configuration: JwtConfiguration = serde_json::from_value(json!({
                "refreshTokenExpirationPolicy": policy,
                "refreshTokenSlidingWindowConfiguration": {"maximumTimeToLiveInMinutes": 15},
                "refreshTokenTimeToLiveInMinutes": 10,
            }))
            .unwrap();
            assert!(!is_expired(&token, &configuration, end * MINUTE - 1), "{policy}");
            assert!(is_expired(&token, &configuration, end * MINUTE), "{policy}");
        }
    }
}
