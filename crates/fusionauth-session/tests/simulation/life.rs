//! What people and machines do: open and close tabs, sign out and in, let laptops sleep, set clocks.

use crate::world::{Thing, World};
use fusionauth_session::{Event, SessionState};

impl World {
    pub(crate) fn open(&mut self, tab: usize) {
        let now = self.now;
        self.tabs[tab].open(self.plan.transport, now);
        let stored = self.stored(tab);
        self.tell(tab, Event::Started(stored));
        let (pause, load) = (self.chance.below(5_000), self.tabs[tab].load);
        self.at(pause, Thing::Want(tab, load));
    }

    fn close(&mut self, tab: usize) {
        self.tabs[tab].machine = None;
        self.waiting.retain(|it| it.tab != tab);
        if self.holder.take_if(|it| it.tab == tab).is_some() {
            self.at(1, Thing::SessionToken);
        }
    }

    /// One moment of life, and the next one after a while.
    pub(crate) fn life(&mut self) {
        if self.quiet {
            return;
        }
        let pause = 20_000 + self.chance.below(600_000);
        self.at(pause, Thing::Life);
        let tab = self.chance.below(self.plan.tabs as u64) as usize;
        let (what, plan) = (self.chance.below(12), self.plan);
        let Some(machine) = &self.tabs[tab].machine else { return self.open(tab) };
        let signed_in = matches!(machine.state(), SessionState::SignedIn { .. });
        let signed_out = matches!(machine.state(), SessionState::SignedOut(_));
        if signed_out && self.tabs[tab].asleep_until <= self.now {
            let user = if plan.signs { self.chance.below(2) as u8 } else { 0 };
            return self.sign_in(tab, user);
        }
        match what {
            0 if plan.signs && signed_in && self.tabs[tab].asleep_until <= self.now => self.tell(tab, Event::SignOutRequested),
            1 if plan.sleeps && plan.tabs > 1 => self.close(tab),
            2 if plan.sleeps => {
                let ms = self.chance.below(40_000);
                self.sleep(tab, ms);
            }
            // The lid is closed for a while, at times for a night.
            3 if plan.sleeps => {
                let ms = if self.chance.one_in(4) { 8 * 3_600_000 } else { self.chance.below(3_600_000) };
                (0..self.tabs.len()).for_each(|tab| self.sleep(tab, ms));
            }
            4 if plan.jumps => {
                self.jumped = true;
                self.clock_ms += [6, -6, 1, -1][self.chance.below(4) as usize] * 3_600_000;
            }
            5 => self.tell_if_awake(tab, Event::Hidden),
            6 => {
                let stored = self.stored(tab);
                self.tell_if_awake(tab, Event::Resumed(stored));
            }
            _ => {}
        }
    }

    fn tell_if_awake(&mut self, tab: usize, event: Event) {
        if self.tabs[tab].asleep_until <= self.now {
            self.tell(tab, event);
        }
    }

    fn sleep(&mut self, tab: usize, ms: u64) {
        let now = self.now;
        let it = &mut self.tabs[tab];
        if it.machine.is_none() || it.asleep_until > now {
            return;
        }
        it.asleep_until = now + ms;
        // Monotonic clocks stand still in some browsers.
        it.slept += ms;
        let load = it.load;
        self.at(ms, Thing::Wakes(tab, load));
    }
}
