use crate::{
    Machine, Record, Settlement, Stored, User,
    machine::Live,
    refresh::Retry,
    token::{LiveToken, user_of},
};
use fusionauth_api::claims::Claims;

impl Machine {
    pub(crate) fn storage_changed(&mut self, stored: Stored) {
        let older = matches!(&stored, Stored::Record(record, _) if record.epoch < self.epoch);
        self.adopt(stored);
        // A tab that had not heard of the newest sign-in or sign-out wrote over it: write it again. Only the tab with the
        // newer epoch does this, so it ends.
        if older {
            self.store();
        }
    }

    /// Takes over what storage says, as far as it is newer than what this tab knows. What it read may be one version
    /// old: storage is not ordered by locks. So an older record proves nothing, and nor does an absent one.
    pub(crate) fn adopt(&mut self, stored: Stored) {
        match stored {
            Stored::Nothing => {}
            Stored::Blocked => self.storage_failed(),
            Stored::Record(record, claims) if record.epoch > self.epoch => self.adopt_epoch(record, claims),
            Stored::Record(record, claims) if record.epoch == self.epoch => self.adopt_generation(&record, claims),
            Stored::Record(..) => {}
        }
    }

    fn adopt_epoch(&mut self, record: Record, claims: Option<Claims>) {
        let live = record.session.as_ref().map(|stored| {
            let issued = stored.issued(claims);
            let user = issued.as_ref().and_then(|it| user_of(&it.claims, &self.config.application_id));
            let token = issued.filter(|_| user.is_some()).map(|it| LiveToken::adopted(it, stored.received_at, self.now));
            let user = user.unwrap_or_else(|| User { id: stored.sub.clone(), email: None });
            Live { user, generation: stored.generation, token }
        });
        let same_user = live.as_ref().map(|it| &it.user.id) == self.session.as_ref().map(|it| &it.user.id);
        if self.booted && !same_user {
            self.settle_all(&Settlement::SignedOut);
        }
        self.epoch = record.epoch;
        self.session = live;
        self.ended = record.ended;
        self.logout_pending = record.logout_pending;
        self.refresh_retry = Retry::default();
    }

    fn adopt_generation(&mut self, record: &Record, claims: Option<Claims>) {
        if self.logout_pending && self.session.is_none() {
            self.logout_pending = record.logout_pending;
        }
        let (Some(live), Some(stored)) = (&mut self.session, &record.session) else { return };
        if stored.generation <= live.generation || stored.sub != live.user.id {
            return;
        }
        let Some(issued) = stored.issued(claims).filter(|it| it.claims.aud.contains(&self.config.application_id)) else { return };
        live.generation = stored.generation;
        live.token = Some(LiveToken::adopted(issued, stored.received_at, self.now));
        self.refresh_retry.succeed();
        self.renew_behind = false;
    }
}
