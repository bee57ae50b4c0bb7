//! Every order in which renewals on two instances, a sign-out, a crash, a lease that ends and a FusionAuth that is slow or
//! fails can meet. The decisions are those of `auth::family_rules`; this file stands for the database, for FusionAuth and
//! for what happens between them. Each broken version must be caught by the property that it breaks.
//!
//! FusionAuth is the strictest that its documentation allows: refresh tokens are good once, a second use revokes the session,
//! and a logout with a refresh token that was used already revokes nothing.

mod system;

use stateright::{Checker, HasDiscoveries, Model, Property};
use system::{Action, Credential, SignOutKind, System};

/// What may happen, and what is broken.
#[derive(Clone, Debug)]
struct Setup {
    sign_out: Option<SignOutKind>,
    credential: Credential,
    user_known: bool,
    crashes: u8,
    /// How often a lease may end while its holder lives.
    leases_end: u8,
    /// How often FusionAuth may fail, or its answer to a revocation get lost.
    faults: u8,
    broken: Option<Broken>,
}

/// What a careless version would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// Settles a claim without looking whether the family has ended.
    SettlesAfterTheEnd,
    /// Opens the session when FusionAuth answers, before the claim is settled.
    OpensTheSessionFirst,
    /// A sign-out deletes the session that the browser names, and no other of the family.
    EndsOneSession,
    /// Says that the user is signed out, and writes it afterwards.
    ReportsBeforeItWrites,
    /// Asks FusionAuth to revoke once, and stores nothing.
    AsksOnce,
    /// Forgets the new refresh token of a renewal that met a sign-out.
    ForgetsTheNewToken,
    /// Revokes what the browser presents, and not what has just been renewed for it.
    ForgetsStoredTokens,
    /// Does not look for a sign-out everywhere of a user whom FusionAuth's answer names first.
    ForgetsTheUsersSignOut,
    /// Changes a password, or hears of it by a webhook, and relies on FusionAuth to end the sessions.
    LeavesItToFusionAuth,
    /// Ends the families of a user, and leaves the access tokens that browsers and thieves hold.
    KeepsAccessTokens,
    /// Compares the time of a webhook's event with that at which a session was opened, and not with that at which its token was issued.
    DatesSessionsByTheirOpening,
    /// Asks FusionAuth although another request has claimed that.
    IgnoresClaims,
}

const BASE: Setup =
    Setup { sign_out: None, credential: Credential::Session, user_known: true, crashes: 0, leases_end: 0, faults: 0, broken: None };

/// After a sign-out was reported as done, nothing opens this site, and at the end FusionAuth's refresh token is dead.
const NO_SESSION: &str = "no session lives after the sign-out was reported";
const NO_TOKEN: &str = "no refresh token lives at the end of a sign-out";
/// Without a sign-out, a crash or a lost answer, a user who was signed in stays so.
const STAYS: &str = "nobody is signed out otherwise";

impl Model for Setup {
    type State = System;
    type Action = Action;

    fn init_states(&self) -> Vec<System> {
        vec![System::new(self.user_known, self.credential)]
    }

    fn actions(&self, system: &System, actions: &mut Vec<Action>) {
        system.actions(self, actions);
    }

    fn next_state(&self, system: &System, action: Action) -> Option<System> {
        let mut next = system.clone();
        next.act(self, action);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(NO_SESSION, |_: &Self, system: &System| !system.reported_signed_out || system.sessions.is_empty()),
            Property::always(NO_TOKEN, |_: &Self, system: &System| {
                !system.reported_signed_out || !system.is_at_rest() || system.crashed || system.fusionauth_revoked
            }),
            Property::always(STAYS, |setup: &Self, system: &System| {
                setup.sign_out.is_some() || setup.leases_end > 0 || system.crashed || system.faulty || !system.browser_signed_out
            }),
            Property::sometimes("the browser gets its new session", |_: &Self, system: &System| system.browser_session.is_some()),
        ]
    }
}

impl Setup {
    fn holds(self) {
        let checker = self.clone().checker().threads(2).spawn_bfs().join();
        assert!(checker.unique_state_count() > 15, "{self:?}: {} states", checker.unique_state_count());
        checker.assert_properties();
    }

    fn violates(self, property: &'static str) {
        let checker = self.clone().checker().finish_when(HasDiscoveries::AnyOf([property].into())).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{self:?} keeps the property: {property}");
    }
}

#[test]
fn two_instances_renew() {
    BASE.holds();
    Setup { crashes: 1, ..BASE }.holds();
    Setup { leases_end: 2, faults: 1, crashes: 1, ..BASE }.holds();
    Setup { user_known: false, leases_end: 2, ..BASE }.holds();
}

#[test]
fn a_sign_out_meets_renewals() {
    for kind in [SignOutKind::This, SignOutKind::EverywhereFromElsewhere, SignOutKind::PasswordChanged, SignOutKind::Webhook] {
        for user_known in [true, false] {
            let setup = Setup { sign_out: Some(kind), user_known, ..BASE };
            setup.clone().holds();
            Setup { faults: 2, ..setup.clone() }.holds();
            Setup { crashes: 1, faults: 1, ..setup.clone() }.holds();
            Setup { leases_end: 2, crashes: 1, faults: 1, ..setup }.holds();
        }
    }
}

/// A sign-out in this browser leaves access tokens until they expire. Whatever ends every sign-in of a user ends them, too.
#[test]
fn the_end_of_a_user_meets_access_tokens() {
    for kind in [SignOutKind::EverywhereFromElsewhere, SignOutKind::PasswordChanged, SignOutKind::Webhook] {
        for user_known in [true, false] {
            let setup = Setup { sign_out: Some(kind), credential: Credential::AccessToken, user_known, ..BASE };
            setup.clone().holds();
            Setup { leases_end: 2, crashes: 1, faults: 1, ..setup }.holds();
        }
    }
}

#[test]
fn broken_versions_are_caught() {
    let this = Setup { sign_out: Some(SignOutKind::This), ..BASE };
    let everywhere = Setup { sign_out: Some(SignOutKind::EverywhereFromElsewhere), ..BASE };
    let password_changed = Setup { sign_out: Some(SignOutKind::PasswordChanged), ..BASE };
    let webhook = Setup { sign_out: Some(SignOutKind::Webhook), ..BASE };
    let with_access_tokens = |setup: &Setup| Setup { credential: Credential::AccessToken, ..setup.clone() };
    for (broken, setup, property) in [
        (Broken::SettlesAfterTheEnd, this.clone(), NO_SESSION),
        (Broken::SettlesAfterTheEnd, everywhere.clone(), NO_SESSION),
        (Broken::OpensTheSessionFirst, this.clone(), NO_SESSION),
        (Broken::EndsOneSession, this.clone(), NO_SESSION),
        (Broken::ReportsBeforeItWrites, this.clone(), NO_SESSION),
        (Broken::AsksOnce, Setup { faults: 1, ..this.clone() }, NO_TOKEN),
        (Broken::ForgetsTheNewToken, this.clone(), NO_TOKEN),
        (Broken::ForgetsStoredTokens, this, NO_TOKEN),
        (Broken::KeepsAccessTokens, with_access_tokens(&everywhere), NO_SESSION),
        (Broken::KeepsAccessTokens, with_access_tokens(&password_changed), NO_SESSION),
        (Broken::LeavesItToFusionAuth, with_access_tokens(&password_changed), NO_SESSION),
        (Broken::LeavesItToFusionAuth, with_access_tokens(&webhook), NO_SESSION),
        (Broken::ForgetsTheUsersSignOut, Setup { user_known: false, ..everywhere }, NO_SESSION),
        (Broken::LeavesItToFusionAuth, password_changed, NO_SESSION),
        (Broken::LeavesItToFusionAuth, webhook.clone(), NO_SESSION),
        (Broken::DatesSessionsByTheirOpening, webhook, NO_SESSION),
        (Broken::IgnoresClaims, BASE, STAYS),
    ] {
        Setup { broken: Some(broken), ..setup }.violates(property);
    }
}
