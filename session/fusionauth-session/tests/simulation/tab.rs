//! A simulated tab: its machine, its clocks, and the callers that wait in it for a credential.

use crate::state::{APP, LIFETIME_MS};
use fusionauth_api::{
    AccessToken,
    claims::{Audience, Claims},
};
use fusionauth_session::{Config, Epoch, IssuedToken, Machine, Now, ResourceId, SessionRecord, SessionToken, Stored, TokenStorage, Tuning};
use std::collections::BTreeMap;

pub(crate) struct Tab {
    /// Counts page loads.
    pub(crate) load: u32,
    pub(crate) machine: Option<Machine>,
    pub(crate) opened: u64,
    /// How long the tab's monotonic clock was stopped.
    pub(crate) slept: u64,
    pub(crate) asleep_until: u64,
    pub(crate) timer: u64,
    pub(crate) waiting: BTreeMap<u32, Caller>,
    pub(crate) grant: Option<SessionToken>,
    pub(crate) asked: u32,
    pub(crate) epoch: Epoch,
}

/// A caller that waits for a credential.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) since: u64,
    pub(crate) resource: ResourceId,
    /// How often a backend has refused its request.
    pub(crate) refusals: u8,
}

impl Tab {
    pub(crate) fn closed() -> Self {
        Self {
            load: 0,
            machine: None,
            opened: 0,
            slept: 0,
            asleep_until: 0,
            timer: 0,
            waiting: BTreeMap::new(),
            grant: None,
            asked: 0,
            epoch: Epoch::default(),
        }
    }

    pub(crate) fn open(&mut self, token_storage: TokenStorage, now: u64) {
        let config = Config { application_id: APP.into(), token_storage, tuning: Tuning::DEFAULT };
        *self = Self { load: self.load + 1, machine: Some(Machine::new(config)), opened: now, ..Self::closed() };
    }

    pub(crate) fn now(&self, now: u64, clock_ms: i64) -> Now {
        Now { wall_ms: now.saturating_add_signed(clock_ms), mono_ms: (now - self.opened).saturating_sub(self.slept) }
    }

    pub(crate) fn is_live(&self, load: u32) -> bool {
        self.load == load && self.machine.is_some()
    }
}

/// An access token with its user and the virtual time of its receipt in its text.
pub(crate) fn issued(user: u8, received: u64) -> IssuedToken {
    let token = AccessToken::new(format!("secret.{user}.{received}"));
    IssuedToken { claims: claims_of(&token), token }
}

pub(crate) fn parts(token: &AccessToken) -> (u8, u64) {
    let mut parts = token.expose().split('.').skip(1).map(|it| it.parse::<u64>().unwrap());
    let mut next = || parts.next().unwrap();
    (next() as u8, next())
}

fn claims_of(token: &AccessToken) -> Claims {
    Claims {
        sub: Some(format!("user-{}", parts(token).0)),
        aud: Audience(vec![APP.to_owned()]),
        iat: Some(0.0),
        exp: Some(LIFETIME_MS as f64 / 1_000.0),
        email: None,
    }
}

pub(crate) fn read(record: &SessionRecord) -> Stored {
    let claims = record.session.as_ref().and_then(|it| it.token.as_ref()).map(claims_of);
    Stored::from_record(record.clone(), claims)
}
