//! Compares the emulator's one-time refresh tokens with a small model. The test presents current and old tokens in random order, with
//! random pauses, and up to 64 times at once.

use crate::test_emulator::{TestEmulator, TestResponse};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// A model of a session, written from FusionAuth's documentation and not from the emulator's code. It has all tokens of the session, the
/// current token last, and the time of the last rotation.
struct Model {
    tokens: Vec<String>,
    rotated_ms: i64,
    grace_ms: i64,
    revokes_on_reuse: bool,
    alive: bool,
}

/// The answer that a presented token must get.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Rotation,
    Current,
    Refusal,
}

impl Model {
    fn present(&mut self, index: usize, now_ms: i64) -> Expected {
        let newest = self.tokens.len() - 1;
        if !self.alive {
            return Expected::Refusal;
        }
        if index == newest {
            self.rotated_ms = now_ms;
            return Expected::Rotation;
        }
        if index + 1 < newest {
            return Expected::Refusal;
        }
        if now_ms - self.rotated_ms < self.grace_ms {
            return Expected::Current;
        }
        self.alive = !self.revokes_on_reuse;
        Expected::Refusal
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Presents the token that was current `age` rotations ago, `times` times at once.
    Present {
        age: usize,
        times: usize,
    },
    Wait {
        seconds: i64,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => 2_usize..4], prop_oneof![3 => Just(1_usize), 1 => 2_usize..8, 1 => Just(64)])
            .prop_map(|(age, times)| Step::Present { age, times }),
        2 => (0_i64..15).prop_map(|seconds| Step::Wait { seconds }),
    ];
    prop::collection::vec(step, 1..12)
}

/// One emulator for all cases, because starting an emulator takes longer than a case.
static SHARED: LazyLock<(tokio::runtime::Runtime, TestEmulator)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let emulator = runtime.block_on(TestEmulator::start());
    (runtime, emulator)
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn rotation_follows_the_model(steps in steps(), grace in prop::sample::select(vec![0_i64, 5, 10]), revokes in any::<bool>()) {
        let (runtime, emulator) = &*SHARED;
        runtime.block_on(run(emulator, &steps, grace, revokes))?;
    }
}

async fn run(emulator: &TestEmulator, steps: &[Step], grace: i64, revokes_on_reuse: bool) -> Result<(), TestCaseError> {
    let one_time = json!({"refreshTokenUsagePolicy": "OneTimeUse", "refreshTokenOneTimeUseConfiguration": {"gracePeriodInSeconds": grace}});
    emulator.patch_jwt(one_time).await;
    emulator.patch_tenant(json!({"jwtConfiguration": {"refreshTokenRevocationPolicy": {"onOneTimeTokenReuse": revokes_on_reuse}}})).await;
    let first = emulator.login("shopper@example.com").await.member("refreshToken");
    let mut model = Model { tokens: vec![first], rotated_ms: 0, grace_ms: grace * 1_000, revokes_on_reuse, alive: true };
    for step in steps {
        match step {
            Step::Wait { seconds } => emulator.advance_seconds(*seconds),
            Step::Present { age, times } => {
                let index = model.tokens.len().saturating_sub(1 + age);
                let answers = present(emulator, &model.tokens[index], *times).await;
                check(&mut model, index, &answers, emulator.now_seconds() * 1_000)?;
            }
        }
    }
    Ok(())
}

/// Presents the token `times` times at once. Returns the token of each answer; `None` for a refusal.
async fn present(emulator: &TestEmulator, token: &str, times: usize) -> Vec<Option<String>> {
    let body = json!({"refreshToken": token, "timeToLiveInSeconds": 60}).to_string();
    let calls: Vec<_> = (0..times)
        .map(|_| {
            let request = emulator.client.post(format!("{}/api/jwt/refresh", emulator.url()));
            let request = request.header("content-type", "application/json").body(body.clone());
            tokio::spawn(async move { TestResponse::read(request.send().await.unwrap()).await })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        let answer = call.await.unwrap();
        assert!([200, 400].contains(&answer.status), "{}", answer.status);
        answers.push((answer.status == 200).then(|| answer.member("refreshToken")));
    }
    answers
}

/// Compares the answers with the model. The emulated clock does not advance, so any order of concurrent calls leads to the same set of
/// answers.
fn check(model: &mut Model, index: usize, answers: &[Option<String>], now_ms: i64) -> Result<(), TestCaseError> {
    let given: Vec<&String> = answers.iter().flatten().collect();
    let mut expected = Vec::new();
    for _ in answers {
        let one = model.present(index, now_ms);
        if one == Expected::Rotation {
            let new = given.iter().find(|it| !model.tokens.contains(it)).ok_or_else(|| TestCaseError::fail("no rotation"))?;
            model.tokens.push((*new).clone());
        }
        expected.push(one);
    }
    let succeed = expected.iter().filter(|it| **it != Expected::Refusal).count();
    prop_assert_eq!(given.len(), succeed, "{:?}", expected);
    let current = model.tokens.last().unwrap();
    prop_assert!(given.iter().all(|it| *it == current), "all successful answers must contain the current token");
    Ok(())
}
