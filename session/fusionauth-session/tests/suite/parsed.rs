//! Random bytes in place of a record, claims or an answer: the machine does not panic, and signs nobody in.

use fusionauth_api::{
    AccessToken,
    claims::Claims,
    refresh::{RefreshBody, RefreshOutcome, RefreshResponse},
};
use fusionauth_session::{
    CallerId, Config, Credential, Effect, Event, Machine, Now, SessionRecord, SessionState, Stored, TokenStorage, Tuning,
};
use proptest::prelude::*;

const NOW: Now = Now { wall_ms: 1_790_000_000_000, mono_ms: 10 };

fn machine(stored: Stored) -> Machine {
    let mut machine =
        Machine::new(Config { application_id: "app".into(), token_storage: TokenStorage::LocalStorage, tuning: Tuning::DEFAULT });
    machine.step(NOW, 7, Event::Started(stored));
    machine
}

/// Parses a stored record as the driver (`fusionauth-session-web`) does.
fn parse(bytes: &[u8]) -> Stored {
    let Ok(record) = serde_json::from_slice::<SessionRecord>(bytes) else { return Stored::Nothing };
    let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).and_then(claims);
    Stored::from_record(record, claims)
}

fn claims(token: &AccessToken) -> Option<Claims> {
    serde_json::from_str(token.payload_segment()?).ok()
}

/// Text that is nearly a record.
fn nearly() -> impl Strategy<Value = String> {
    let number =
        prop_oneof![Just("1".to_owned()), Just("0".to_owned()), Just("-1".to_owned()), Just("1e99".to_owned()), Just("null".to_owned())];
    let token = prop_oneof![Just("\"a.b.c\"".to_owned()), Just("7".to_owned()), "\"[a-z.]{0,9}\"".prop_map(|it| it)];
    (number.clone(), number.clone(), number.clone(), number, token, 0..4u8).prop_map(|(format, epoch, generation, received, token, cut)| {
        let whole = format!(
            r#"{{"format":{format},"epoch":{{"number":{epoch},"nonce":1}},"session":{{"sub":"u","generation":{generation},"token":{token},"receivedAt":{received}}}}}"#
        );
        whole[..whole.len() - usize::from(cut)].to_owned()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn bytes_in_storage_sign_nobody_in(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let machine = machine(parse(&bytes));
        prop_assert_eq!(machine.state(), &SessionState::SignedOut(None));
    }

    #[test]
    fn what_is_nearly_a_record_hands_out_no_token(text in nearly()) {
        let mut machine = machine(parse(text.as_bytes()));
        let shown = matches!(machine.state(), SessionState::SignedIn { .. });
        prop_assert!(!shown, "{}", text);
        let effects = machine.step(NOW, 7, Event::CredentialRequested(CallerId(1), parse(text.as_bytes())));
        let token = effects.iter().any(|it| matches!(it, Effect::Resolve(_, Ok(Credential::Token(_)))));
        prop_assert!(!token);
    }

    #[test]
    fn bytes_in_a_token_name_nobody(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let claims: Option<Claims> = serde_json::from_slice(&bytes).ok();
        prop_assert!(claims.is_none_or(|it| it.sub.is_none() && !it.aud.contains("app")));
    }

    #[test]
    fn bytes_in_an_answer_renew_nothing_and_end_nothing(status in any::<u16>(), bytes in prop::collection::vec(any::<u8>(), 1..80)) {
        let body = serde_json::from_slice::<RefreshResponse>(&bytes).map_or(RefreshBody::Other, RefreshBody::Json);
        let unavailable = matches!(RefreshOutcome::from_response(status, body), RefreshOutcome::Unavailable { .. });
        prop_assert!(unavailable);
    }
}
