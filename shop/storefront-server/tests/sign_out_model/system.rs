//! The state of the database, FusionAuth, two instances and one browser, and the effect of each action on it.

use crate::{Broken, Setup};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fusionauth_api::AccessToken;
use storefront_server::auth::family_rules::{
    self as rules, AnswerKind, Change, ClaimDecision, Family, FamilyEnd, PresentedAs, RenewalRecord, RenewalRequest, Settlement,
    SignOutScope, StoredResult,
};
use storefront_server::auth::verify::{Expected, decode_trusted};

const USER: &str = "user";
const LEASE_MS: i64 = 5_000;
/// The length of a lease and the wait before a take-over, together.
const TICK_MS: i64 = LEASE_MS + rules::TAKE_OVER_AFTER_MS;
const LONG_LIFE_MS: i64 = 1_000_000;

/// A refresh token, as the number of its rotations.
type Token = usize;
const TOKENS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SignOutKind {
    /// A sign-out in this browser, at either instance.
    This,
    /// A sign-out on another device, which ends every family of the user.
    EverywhereFromElsewhere,
    /// A change of the password, or a deletion of the user: FusionAuth revokes its refresh token, and then the server ends every family and
    /// every access token of the user.
    PasswordChanged,
    /// Like [`Self::PasswordChanged`], but an administrator acts at FusionAuth, and the server learns of it through a webhook.
    Webhook,
    /// Nobody signs out: a thief asks for a sign-out everywhere, with credentials of another sign-in of the user that has ended.
    EverywhereByThief,
    /// Like [`Self::Webhook`], but the sign-in began in the second of the event, and the times of tokens have whole seconds.
    WebhookOfTheSecond,
}

/// The credential that a renewal gives to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// The id of a session in the database, which ends with its family.
    Session,
    /// An access token, which outlives its family unless the server revokes the token.
    AccessToken,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A page load reads the renewal in the database, and claims it if possible.
    Claim(usize),
    /// FusionAuth handles the refresh of a page load.
    Refresh(usize),
    /// FusionAuth fails to handle the refresh of a page load.
    FailRefresh(usize),
    /// A page load writes FusionAuth's answer.
    Settle(usize),
    /// The browser gets the new cookies.
    Deliver(usize),
    SignOut,
    /// A thief sends credentials of a sign-in that has ended, and asks for a sign-out everywhere.
    ThiefSignsOut,
    /// FusionAuth revokes its refresh token before the server learns of it.
    RevokeAtFusionAuth,
    /// The server writes a sign-out that it has already reported.
    WriteSignOut,
    /// A worker asks FusionAuth for a revocation and gets the answer.
    Revoke(usize),
    /// A worker asks FusionAuth for a revocation and gets no answer.
    FailRevoke(usize),
    /// An instance dies with its page load.
    Crash(usize),
    /// A lease expires.
    Tick,
    /// A thief exchanges a stolen access token at FusionAuth for another one, which is newer and names no sign-in. FusionAuth does not know
    /// that the stolen one is revoked.
    Exchange,
    /// A thief exchanges a copied refresh token at FusionAuth for one of a new sign-in, and renews that one here.
    RenewForeign,
}

/// A page load with the refresh token that the browser held at the start. Each instance has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Load {
    Wants {
        waited: bool,
        lease_over_since: Option<i64>,
    },
    Asked {
        claim: String,
    },
    Answered {
        claim: String,
        answer: Given,
    },
    /// The answer with the new cookies is in flight to the browser.
    Leaves(Token, u8),
    Done,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Given {
    Renewed { token: Token, session: Option<u8> },
    Refused,
    Unavailable,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Revocation {
    token: Option<Token>,
    scope: SignOutScope,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct System {
    now: i64,
    // The database.
    family: Family,
    user_has_signed_out: bool,
    renewal: Option<RenewalRecord>,
    /// The refresh token and the session in the stored outcome of the renewal.
    stored: Option<(Token, u8)>,
    credential: Credential,
    /// The sessions or access tokens that the server accepts, unless `checks_first`.
    sessions: Vec<u8>,
    /// Whether the server asks FusionAuth about the refresh token before it accepts a session.
    checks_first: bool,
    /// The first refresh token whose access tokens are not revoked.
    issued_before: Token,
    revocations: Vec<Revocation>,
    // FusionAuth.
    current: Token,
    pub(crate) fusionauth_revoked: bool,
    // The instances.
    loads: [Load; 2],
    claims: u8,
    opened: u8,
    // The browser.
    browser_token: Token,
    pub(crate) browser_session: Option<u8>,
    pub(crate) browser_signed_out: bool,
    pub(crate) reported_signed_out: bool,
    sign_out_unwritten: bool,
    // What has happened.
    pub(crate) crashed: bool,
    pub(crate) faulty: bool,
    crashes: u8,
    ticks: u8,
    faults: u8,
    thefts: u8,
}

impl System {
    pub(crate) fn new(user_known: bool, credential: Credential) -> Self {
        let load = Load::Wants { waited: false, lease_over_since: None };
        Self {
            now: LONG_LIFE_MS,
            family: Family { user: user_known.then(|| USER.to_owned()), end: None },
            user_has_signed_out: false,
            renewal: None,
            stored: None,
            credential,
            sessions: vec![],
            checks_first: false,
            issued_before: 0,
            revocations: vec![],
            current: 0,
            fusionauth_revoked: false,
            loads: [load.clone(), load],
            claims: 0,
            opened: 0,
            browser_token: 0,
            browser_session: None,
            browser_signed_out: false,
            reported_signed_out: false,
            sign_out_unwritten: false,
            crashed: false,
            faulty: false,
            crashes: 0,
            ticks: 0,
            faults: 0,
            thefts: 0,
        }
    }

    /// Whether no request is in flight, and no revocation or sign-out is pending.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.loads.iter().all(|it| *it == Load::Done) && self.revocations.is_empty() && !self.sign_out_unwritten
    }

    /// Whether the server accepts a session or access token of the user.
    pub(crate) fn accepts_a_session(&self) -> bool {
        let is_refused_by_the_check = self.checks_first && self.fusionauth_revoked;
        !self.sessions.is_empty() && !is_refused_by_the_check
    }

    pub(crate) fn actions(&self, setup: &Setup, actions: &mut Vec<Action>) {
        for (load, state) in self.loads.iter().enumerate() {
            match state {
                Load::Wants { .. } => actions.push(Action::Claim(load)),
                Load::Asked { .. } => {
                    actions.push(Action::Refresh(load));
                    if self.faults < setup.faults {
                        actions.push(Action::FailRefresh(load));
                    }
                }
                Load::Answered { .. } => actions.push(Action::Settle(load)),
                Load::Leaves(..) => actions.push(Action::Deliver(load)),
                Load::Done => continue,
            }
            if self.crashes < setup.crashes {
                actions.push(Action::Crash(load));
            }
        }
        let begins_at_fusionauth =
            matches!(setup.sign_out, Some(SignOutKind::PasswordChanged | SignOutKind::Webhook | SignOutKind::WebhookOfTheSecond));
        if setup.sign_out == Some(SignOutKind::EverywhereByThief) {
            if self.thefts == 0 {
                actions.push(Action::ThiefSignsOut);
            }
        } else if begins_at_fusionauth && !self.fusionauth_revoked {
            actions.push(Action::RevokeAtFusionAuth);
        } else if setup.sign_out.is_some() && !self.reported_signed_out {
            actions.push(Action::SignOut);
        }
        if self.sign_out_unwritten {
            actions.push(Action::WriteSignOut);
        }
        for revocation in 0..self.revocations.len() {
            actions.push(Action::Revoke(revocation));
            if self.faults < setup.faults {
                actions.push(Action::FailRevoke(revocation));
            }
        }
        if self.ticks < setup.leases_end {
            actions.push(Action::Tick);
        }
        if self.thefts < setup.thefts {
            match self.credential {
                Credential::AccessToken => actions.push(Action::Exchange),
                Credential::Session => actions.push(Action::RenewForeign),
            }
        }
    }

    pub(crate) fn act(&mut self, setup: &Setup, action: Action) {
        match action {
            Action::Claim(load) => self.claim(setup, load),
            Action::Refresh(load) => self.refresh(setup, load),
            Action::FailRefresh(load) => {
                self.count_fault();
                self.answered(load, Given::Unavailable);
            }
            Action::Settle(load) => self.settle(setup, load),
            Action::Deliver(load) => {
                if let Load::Leaves(token, session) = self.loads[load]
                    && !self.reported_signed_out
                {
                    (self.browser_token, self.browser_session) = (token, Some(session));
                }
                self.loads[load] = Load::Done;
            }
            Action::RevokeAtFusionAuth => self.fusionauth_revoked = true,
            Action::SignOut if setup.broken == Some(Broken::ReportsBeforeItWrites) => {
                (self.reported_signed_out, self.sign_out_unwritten) = (true, true);
            }
            Action::SignOut | Action::WriteSignOut => {
                self.sign_out(setup);
                (self.reported_signed_out, self.sign_out_unwritten) = (true, false);
            }
            Action::ThiefSignsOut => {
                self.thefts += 1;
                self.sign_out(setup);
            }
            Action::Revoke(revocation) => {
                let revocation = self.revocations.remove(revocation);
                self.revoke(&revocation);
            }
            Action::FailRevoke(revocation) => {
                self.count_fault();
                if setup.broken == Some(Broken::AsksOnce) {
                    self.revocations.remove(revocation);
                }
            }
            Action::Crash(load) => {
                self.crashes += 1;
                self.crashed = true;
                self.loads[load] = Load::Done;
            }
            Action::Tick => {
                self.ticks += 1;
                self.now += TICK_MS;
            }
            Action::Exchange => {
                self.thefts += 1;
                if accepts_exchanged_tokens() || setup.broken == Some(Broken::AcceptsExchangedTokens) {
                    self.opened += 1;
                    self.sessions.push(self.opened);
                }
            }
            Action::RenewForeign => {
                self.thefts += 1;
                self.renew_foreign(setup);
            }
        }
    }

    /// The database does not know the refresh token, so the renewal has a family of its own.
    fn renew_foreign(&mut self, setup: &Setup) {
        let (family, claim) = (Family { user: None, end: None }, "claim of the thief");
        let claimed = RenewalRecord::Claimed { claim: claim.to_owned(), lease_until: self.now + LEASE_MS };
        let is_foreign = setup.broken != Some(Broken::AcceptsForeignSignIns);
        let answer = AnswerKind::Renewed { user: USER, sign_ins_ended_recently: self.user_has_signed_out, is_foreign };
        if rules::settle(&family, Some(&claimed), claim, answer).1.contains(&Change::Store) {
            self.opened += 1;
            self.sessions.push(self.opened);
        }
    }

    fn count_fault(&mut self) {
        self.faults += 1;
        self.faulty = true;
    }

    fn claim(&mut self, setup: &Setup, load: usize) {
        let Load::Wants { waited, lease_over_since } = self.loads[load] else { return };
        let request = RenewalRequest { user: None, waited, lease_over_since, now: self.now };
        let renewal = self.renewal.as_ref().filter(|it| {
            let claimed = matches!(it, RenewalRecord::Claimed { .. });
            !(claimed && setup.broken == Some(Broken::IgnoresClaims))
        });
        let (claim, changes) = rules::claim(&self.family, renewal, request);
        let id = format!("claim {}", self.claims);
        for change in changes {
            if change == Change::Claim {
                self.claims += 1;
                self.renewal = Some(RenewalRecord::Claimed { claim: id.clone(), lease_until: self.now + LEASE_MS });
                self.stored = None;
            }
        }
        self.loads[load] = match claim {
            ClaimDecision::Refresh => Load::Asked { claim: id },
            ClaimDecision::Wait { lease_over } => {
                let since = lease_over.then_some(lease_over_since.unwrap_or(self.now));
                Load::Wants { waited: true, lease_over_since: since }
            }
            ClaimDecision::Adopt => self.stored.map_or(Load::Done, |(token, session)| Load::Leaves(token, session)),
            ClaimDecision::Ended(end) => {
                self.browser_is_refused(end);
                Load::Done
            }
            ClaimDecision::AnotherUser | ClaimDecision::Follow | ClaimDecision::Unavailable => Load::Done,
        };
    }

    /// A refresh token is valid once; a second use revokes it.
    fn refresh(&mut self, setup: &Setup, load: usize) {
        let given = if self.fusionauth_revoked {
            Given::Refused
        } else if self.current == 0 && self.current + 1 < TOKENS {
            self.current += 1;
            let session = (setup.broken == Some(Broken::OpensTheSessionFirst)).then(|| self.open_session(setup, self.current));
            Given::Renewed { token: self.current, session }
        } else {
            self.fusionauth_revoked = true;
            Given::Refused
        };
        self.answered(load, given);
    }

    fn answered(&mut self, load: usize, answer: Given) {
        if let Load::Asked { claim } = self.loads[load].clone() {
            self.loads[load] = Load::Answered { claim, answer };
        }
    }

    fn settle(&mut self, setup: &Setup, load: usize) {
        let Load::Answered { claim, answer } = self.loads[load].clone() else { return };
        let mut family = self.family.clone();
        if setup.broken == Some(Broken::SettlesAfterTheEnd) {
            family.end = None;
        }
        let lately = setup.broken != Some(Broken::ForgetsTheUsersSignOut) && self.user_has_signed_out;
        let read = match answer {
            Given::Renewed { .. } => AnswerKind::Renewed { user: USER, sign_ins_ended_recently: lately, is_foreign: false },
            Given::Refused => AnswerKind::Refused,
            Given::Unavailable => AnswerKind::Unavailable,
        };
        let (settled, changes) = rules::settle(&family, self.renewal.as_ref(), &claim, read);
        for change in changes {
            match (change, answer) {
                (Change::Store, Given::Renewed { token, session }) => {
                    let session = session.unwrap_or_else(|| self.open_session(setup, token));
                    let (settled_at, good_until) = (self.now, self.now + LONG_LIFE_MS);
                    self.renewal = Some(RenewalRecord::Settled { result: StoredResult::Renewed, settled_at, good_until });
                    self.stored = Some((token, session));
                    self.family.user = Some(USER.to_owned());
                }
                (Change::Store, _) => {
                    self.renewal = Some(RenewalRecord::Settled { result: StoredResult::Unavailable, settled_at: self.now, good_until: 0 });
                }
                (Change::EndFamily(end), _) => self.end_family(end),
                (Change::Revoke(scope), Given::Renewed { token, .. }) if setup.broken != Some(Broken::ForgetsTheNewToken) => {
                    self.revocations.push(Revocation { token: Some(token), scope });
                }
                _ => {}
            }
        }
        self.loads[load] = match (settled, answer) {
            (Settlement::ByAnother, _) => Load::Wants { waited: true, lease_over_since: None },
            (Settlement::Ended(end), _) => {
                self.browser_is_refused(end);
                Load::Done
            }
            (Settlement::AsAnswered, Given::Refused) => {
                self.browser_is_refused(FamilyEnd::CookiesStillHeld);
                Load::Done
            }
            (Settlement::AsAnswered, _) => self.stored.map_or(Load::Done, |(token, session)| Load::Leaves(token, session)),
        };
    }

    fn sign_out(&mut self, setup: &Setup) {
        let (scope, token) = match setup.sign_out {
            Some(SignOutKind::PasswordChanged) => {
                if setup.broken != Some(Broken::LeavesItToFusionAuth) {
                    self.end_families_of_user();
                    self.revoke_access(setup);
                }
                return;
            }
            Some(SignOutKind::Webhook) => {
                // The server refuses tokens that FusionAuth issued before its event, even if FusionAuth's answer is still in flight.
                if setup.broken != Some(Broken::LeavesItToFusionAuth) {
                    self.end_known_family();
                    self.revoke_access(setup);
                }
                return;
            }
            Some(SignOutKind::WebhookOfTheSecond) => {
                // No time tells which sessions are older than the event, so none ends here.
                self.checks_first = setup.broken != Some(Broken::TrustsTheSecondOfAnEvent);
                return;
            }
            Some(SignOutKind::EverywhereFromElsewhere | SignOutKind::EverywhereByThief) => (SignOutScope::Everywhere, None),
            Some(SignOutKind::This) | None => (SignOutScope::This, Some(self.browser_token)),
        };
        let is_thief = setup.sign_out == Some(SignOutKind::EverywhereByThief) && setup.broken != Some(Broken::BelievesEndedSignIns);
        let presented = if is_thief { PresentedAs::Ended } else { PresentedAs::Valid };
        for change in rules::sign_out(scope, presented) {
            match change {
                // This ends the family of another device, or of the thief, which is not in the model.
                Change::EndFamily(_) if scope == SignOutScope::Everywhere => {}
                Change::EndFamily(end) if setup.broken == Some(Broken::EndsOneSession) => {
                    self.family.end = Some(end);
                    let own = self.browser_session;
                    self.sessions.retain(|it| Some(*it) != own);
                }
                Change::EndFamily(end) => self.end_family(end),
                Change::EndFamiliesOfUser => {
                    self.end_families_of_user();
                    self.revoke_access(setup);
                }
                Change::Revoke(scope) => self.revocations.push(Revocation { token, scope }),
                Change::RevokeStored => {
                    // The refresh token of the browser decrypts the outcome of its renewal.
                    let new = self.stored.filter(|_| token == Some(0) && setup.broken != Some(Broken::ForgetsStoredTokens));
                    self.revocations.extend(new.map(|(new, _)| Revocation { token: Some(new), scope: SignOutScope::This }));
                }
                Change::Claim | Change::Store | Change::KeepToken => {}
            }
        }
    }

    fn end_families_of_user(&mut self) {
        self.user_has_signed_out = true;
        self.end_known_family();
    }

    fn end_known_family(&mut self) {
        if self.family.user.is_some() && self.family.end.is_none() {
            self.end_family(FamilyEnd::CookiesStillHeld);
        }
    }

    fn revoke_access(&mut self, setup: &Setup) {
        if setup.broken != Some(Broken::KeepsAccessTokens) {
            self.issued_before = self.current + 1;
            self.sessions.clear();
        }
    }

    fn revoke(&mut self, revocation: &Revocation) {
        if revocation.scope == SignOutScope::Everywhere || revocation.token == Some(self.current) {
            self.fusionauth_revoked = true;
        }
    }

    fn end_family(&mut self, end: FamilyEnd) {
        self.family.end = Some(self.family.end.filter(|it| *it == FamilyEnd::CookiesReplaced).unwrap_or(end));
        if self.credential == Credential::Session {
            self.sessions.clear();
        }
        (self.renewal, self.stored) = (None, None);
    }

    fn open_session(&mut self, setup: &Setup, token: Token) -> u8 {
        self.opened += 1;
        if token >= self.issued_before || setup.broken == Some(Broken::DatesSessionsByTheirOpening) {
            self.sessions.push(self.opened);
        }
        self.opened
    }

    fn browser_is_refused(&mut self, end: FamilyEnd) {
        self.browser_signed_out |= end == FamilyEnd::CookiesStillHeld;
    }
}

/// Whether the server accepts an access token that FusionAuth has given out for another one, and that has no other defect.
fn accepts_exchanged_tokens() -> bool {
    let expected = Expected { issuer: "issuer".to_owned(), application_id: "store".to_owned(), leeway: 0 };
    let claims = r#"{"iss":"issuer","aud":"store","applicationId":"store","sub":"user","iat":99,"exp":200,"authenticationType":"JWT_SSO"}"#;
    decode_trusted(&AccessToken::new(format!("h.{}.s", URL_SAFE_NO_PAD.encode(claims))), &expected, 100.0).is_ok()
}
