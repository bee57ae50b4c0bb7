//! What a user's second factors accept.

use crate::Random;
use crate::model::User;
use crate::totp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Whether one of the user's authenticator apps shows this code now.
pub(crate) fn shown_by_app(user: &User, code: &str, now_ms: i64) -> bool {
    let apps = user.two_factor.methods.iter().filter(|it| it.method == "authenticator");
    let mut secrets = apps.filter_map(|it| STANDARD.decode(it.secret.as_deref()?).ok());
    secrets.any(|secret| totp::accepts(&secret, code, now_ms.div_euclid(1_000)))
}

/// Ten codes, each good once, like `K7QX2-9MBTR`.
pub(crate) fn recovery_codes(random: &Random) -> Vec<String> {
    let code = |_| {
        let text = totp::base32(&random.bytes::<7>());
        format!("{}-{}", &text[..5], &text[5..10])
    };
    (0..10).map(code).collect()
}
