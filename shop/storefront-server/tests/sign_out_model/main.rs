//! Checks every order of renewals on two instances, a sign-out, a crash, an expired lease, and late or failed answers of FusionAuth.
//! `auth::family_rules` makes the decisions; `system` models the database, FusionAuth and the browser. Each broken version must violate the
//! property that it breaks. A family is everything from one sign-in. `account` checks who changes the credentials of an account.
//!
//! The model's FusionAuth is the strictest that its documentation allows: a refresh token is valid once, a second use revokes the session,
//! and a logout with a used refresh token revokes nothing.

mod account;
mod binding;
mod system;

use stateright::{Checker, HasDiscoveries, Model, Property};
use system::{Action, Credential, SignOutKind, System};

/// The events that may happen, and the defect of a broken version.
#[derive(Clone, Debug)]
struct Setup {
    sign_out: Option<SignOutKind>,
    credential: Credential,
    user_known: bool,
    crashes: u8,
    /// The number of times that a lease may expire while its holder lives.
    leases_end: u8,
    /// The number of requests to FusionAuth that may fail.
    faults: u8,
    /// The number of times that a thief may exchange a stolen token at FusionAuth.
    thefts: u8,
    broken: Option<Broken>,
}

/// The defect of a broken version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    /// Settles a claim without checking whether the family has ended.
    SettlesAfterTheEnd,
    /// Opens the session when FusionAuth answers, before it settles the claim.
    OpensTheSessionFirst,
    /// Deletes only the session that the browser names, and not the other sessions of the family.
    EndsOneSession,
    /// Reports a sign-out before it writes the sign-out.
    ReportsBeforeItWrites,
    /// Asks FusionAuth only once to revoke, and does not store the revocation.
    AsksOnce,
    /// Does not revoke the new refresh token of a renewal during a sign-out.
    ForgetsTheNewToken,
    /// Revokes the refresh token that the browser presents, but not the new token in a stored outcome.
    ForgetsStoredTokens,
    /// Does not check for a sign-out everywhere if FusionAuth's answer is the first to name the user.
    ForgetsTheUsersSignOut,
    /// Relies on FusionAuth to end the sessions after a change of the password or a webhook.
    LeavesItToFusionAuth,
    /// Ends the families of a user, but not the access tokens that browsers and thieves hold.
    KeepsAccessTokens,
    /// Compares the time of a webhook's event with the opening of a session, and not with the issue of its token.
    DatesSessionsByTheirOpening,
    /// Asks FusionAuth although another request has claimed the renewal.
    IgnoresClaims,
    /// Accepts an access token that FusionAuth has given out for another one.
    AcceptsExchangedTokens,
    /// Accepts a refresh token of a sign-in that this server has not begun.
    AcceptsForeignSignIns,
    /// Signs a user out everywhere for credentials of a sign-in that has ended.
    BelievesEndedSignIns,
    /// Accepts a session of the second of an event without asking FusionAuth.
    TrustsTheSecondOfAnEvent,
}

const BASE: Setup = Setup {
    sign_out: None,
    credential: Credential::Session,
    user_known: true,
    crashes: 0,
    leases_end: 0,
    faults: 0,
    thefts: 0,
    broken: None,
};

/// After the server has reported a sign-out, it accepts no session and no access token.
const NO_SESSION: &str = "no session lives after the sign-out was reported";
/// When nothing is pending after a sign-out, FusionAuth has revoked the refresh token, unless an instance crashed.
const NO_TOKEN: &str = "no refresh token lives at the end of a sign-out";
/// Without a sign-out, a crash, an expired lease or a failed request, a signed-in user stays signed in.
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
            Property::always(NO_SESSION, |_: &Self, system: &System| !system.reported_signed_out || !system.accepts_a_session()),
            Property::always(NO_TOKEN, |_: &Self, system: &System| {
                !system.reported_signed_out || !system.is_at_rest() || system.crashed || system.fusionauth_revoked
            }),
            Property::always(STAYS, |setup: &Self, system: &System| {
                setup.sign_out.is_some_and(|it| it != SignOutKind::EverywhereByThief)
                    || setup.leases_end > 0
                    || system.crashed
                    || system.faulty
                    || !system.browser_signed_out
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
    for kind in [
        SignOutKind::This,
        SignOutKind::EverywhereFromElsewhere,
        SignOutKind::PasswordChanged,
        SignOutKind::Webhook,
        SignOutKind::WebhookOfTheSecond,
    ] {
        for user_known in [true, false] {
            let setup = Setup { sign_out: Some(kind), user_known, ..BASE };
            setup.clone().holds();
            Setup { faults: 2, ..setup.clone() }.holds();
            Setup { thefts: 1, ..setup.clone() }.holds();
            Setup { crashes: 1, faults: 1, ..setup.clone() }.holds();
            Setup { leases_end: 2, crashes: 1, faults: 1, ..setup }.holds();
        }
    }
}

#[test]
fn a_thief_with_old_credentials_meets_renewals() {
    for credential in [Credential::Session, Credential::AccessToken] {
        for user_known in [true, false] {
            Setup { sign_out: Some(SignOutKind::EverywhereByThief), credential, user_known, ..BASE }.holds();
        }
    }
}

/// A sign-out in this browser leaves access tokens valid until they expire. The end of every sign-in of a user also ends access tokens.
#[test]
fn the_end_of_a_user_meets_access_tokens() {
    for kind in [SignOutKind::EverywhereFromElsewhere, SignOutKind::PasswordChanged, SignOutKind::Webhook] {
        for user_known in [true, false] {
            let setup = Setup { sign_out: Some(kind), credential: Credential::AccessToken, user_known, ..BASE };
            setup.clone().holds();
            Setup { thefts: 2, ..setup.clone() }.holds();
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
    let (stolen_webhook, stolen_this) = (webhook.clone(), this.clone());
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
        (Broken::DatesSessionsByTheirOpening, Setup { user_known: false, ..webhook }, NO_SESSION),
        (Broken::IgnoresClaims, BASE, STAYS),
        (Broken::AcceptsExchangedTokens, Setup { thefts: 1, ..with_access_tokens(&stolen_webhook) }, NO_SESSION),
        (Broken::AcceptsForeignSignIns, Setup { thefts: 1, ..stolen_this }, NO_SESSION),
        (Broken::BelievesEndedSignIns, Setup { sign_out: Some(SignOutKind::EverywhereByThief), ..BASE }, STAYS),
        (Broken::TrustsTheSecondOfAnEvent, Setup { sign_out: Some(SignOutKind::WebhookOfTheSecond), ..BASE }, NO_SESSION),
    ] {
        Setup { broken: Some(broken), ..setup }.violates(property);
    }
}
