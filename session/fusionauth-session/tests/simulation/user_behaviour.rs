//! Users act at random times: they open and close tabs, sign out and in, let the computer sleep, and set its clock.

use crate::state::{ScheduledEvent, Simulation};
use fusionauth_session::{Event, SessionState};

impl Simulation {
    pub(crate) fn open(&mut self, tab: usize) {
        let now = self.now;
        self.tabs[tab].open(self.plan.token_storage, now);
        let stored = self.stored(tab);
        self.step_machine(tab, Event::Started(stored));
        let (pause, load) = (self.random.below(5_000), self.tabs[tab].load);
        self.at(pause, ScheduledEvent::RequestCredential(tab, load));
    }

    fn close(&mut self, tab: usize) {
        self.tabs[tab].machine = None;
        self.waiting.retain(|it| it.tab != tab);
        if self.holder.take_if(|it| it.tab == tab).is_some() {
            self.at(1, ScheduledEvent::GrantLock);
        }
    }

    /// Performs one random action, and schedules the next.
    pub(crate) fn user_acts(&mut self) {
        if self.quiet {
            return;
        }
        let pause = 20_000 + self.random.below(600_000);
        self.at(pause, ScheduledEvent::UserActs);
        let tab = self.random.below(self.plan.tabs as u64) as usize;
        let (what, plan) = (self.random.below(12), self.plan);
        let Some(machine) = &self.tabs[tab].machine else { return self.open(tab) };
        let signed_in = matches!(machine.state(), SessionState::SignedIn { .. });
        let signed_out = matches!(machine.state(), SessionState::SignedOut(_));
        if signed_out && self.tabs[tab].asleep_until <= self.now {
            let user = if plan.signs { self.random.below(2) as u8 } else { 0 };
            return self.sign_in(tab, user);
        }
        match what {
            0 if plan.signs && signed_in && self.tabs[tab].asleep_until <= self.now => self.step_machine(tab, Event::SignOutRequested),
            1 if plan.sleeps && plan.tabs > 1 => self.close(tab),
            2 if plan.sleeps => {
                let ms = self.random.below(40_000);
                self.sleep(tab, ms);
            }
            // The user closes the computer for a while, sometimes for a night, and all tabs sleep.
            3 if plan.sleeps => {
                let ms = if self.random.one_in(4) { 8 * 3_600_000 } else { self.random.below(3_600_000) };
                (0..self.tabs.len()).for_each(|tab| self.sleep(tab, ms));
            }
            4 if plan.jumps => {
                self.jumped = true;
                self.clock_ms += [6, -6, 1, -1][self.random.below(4) as usize] * 3_600_000;
            }
            5 => self.step_if_awake(tab, Event::Hidden),
            6 => {
                let stored = self.stored(tab);
                self.step_if_awake(tab, Event::Resumed(stored));
            }
            _ => {}
        }
    }

    fn step_if_awake(&mut self, tab: usize, event: Event) {
        if self.tabs[tab].asleep_until <= self.now {
            self.step_machine(tab, event);
        }
    }

    fn sleep(&mut self, tab: usize, ms: u64) {
        let now = self.now;
        let it = &mut self.tabs[tab];
        if it.machine.is_none() || it.asleep_until > now {
            return;
        }
        it.asleep_until = now + ms;
        // In some browsers the monotonic clock stops while the computer sleeps.
        it.slept += ms;
        let load = it.load;
        self.at(ms, ScheduledEvent::Wakes(tab, load));
    }
}
