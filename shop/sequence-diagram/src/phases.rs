//! Splits a live conversation into phases (a sign-in, a page load, an attack) and says what happens in each.
//!
//! Messages do not say why they were sent, so this module infers it from their paths, statuses and credentials. Only the page `/flows` of
//! `development-world` uses it, for people who watch the messages.

use crate::names::CredentialKind;
use crate::{Applications, Exchange, Response};
use storefront_api::{App, WORKFLOWS, Workflow};
use wire_recorder::{Actor, Credential, SetCookie};

/// Exchanges that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// The effect of the exchanges.
    pub kind: PhaseKind,
    /// The workflow, if a host names it.
    pub workflow: Option<Workflow>,
    /// The application, if a receiver or an origin names it.
    pub app: Option<App>,
    /// The exchanges, in their order.
    pub exchanges: Vec<Exchange>,
}

/// The effect of the exchanges of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// A page is opened without a credential.
    Visit,
    /// A page is opened with a valid credential.
    PageLoad,
    /// A sign-in that gave tokens.
    SignIn,
    /// A sign-in that gave no tokens, for example because of a wrong password, a second factor or a missing registration.
    SignInUnfinished,
    /// Tokens are renewed.
    Renewal,
    /// A renewal is refused, which ends the session.
    RenewalRefused,
    /// A renewal without an answer, or with an error that does not end the session.
    RenewalFailed,
    /// The token belongs to the other application, because a sign-in there has replaced the cookies.
    Displaced,
    /// The browser proves that it holds the key of a device-bound sign-in, and gets a new bound cookie.
    DeviceProof,
    /// A cart or a post is changed.
    Change,
    /// A sign-out.
    SignOut,
    /// A new account.
    Registration,
    /// FusionAuth tells a backend what has happened, without a request of a browser before it.
    Event,
    /// Requests with stolen credentials: their `User-Agent` begins with `attacker`.
    Attack,
}

impl PhaseKind {
    /// The heading of such a phase.
    pub fn title(self) -> &'static str {
        match self {
            Self::Visit => "Page opened, nobody signed in",
            Self::PageLoad => "Page opened by somebody signed in",
            Self::SignIn => "Signing in",
            Self::SignInUnfinished => "Sign-in not finished",
            Self::Renewal => "Token renewed",
            Self::RenewalRefused => "Token renewal refused: the session is over",
            Self::RenewalFailed => "Token renewal failed for now",
            Self::Displaced => "Displaced by another sign-in",
            Self::DeviceProof => "Proof that this is still the same device",
            Self::Change => "Change",
            Self::SignOut => "Signing out",
            Self::Registration => "Registration",
            Self::Event => "Webhook of FusionAuth",
            Self::Attack => "Attack",
        }
    }
}

/// Splits a conversation into phases, in the order of their first exchanges. What one browser does divides no phase of another browser.
pub fn split_into_phases(conversation: Vec<Exchange>, applications: &Applications) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for exchange in conversation {
        let (workflow, app) = (workflow(&exchange), app(&exchange));
        match phases.iter_mut().rfind(|phase| !phase.is_of_another_browser(&exchange)) {
            Some(phase) if phase.continues_with(&exchange, workflow, app) => {
                phase.workflow = phase.workflow.or(workflow);
                phase.app = phase.app.or(app);
                phase.exchanges.push(exchange);
            }
            // The loop below replaces `kind` once all exchanges of the phase are known.
            Some(_) | None => phases.push(Phase { kind: PhaseKind::Visit, workflow, app, exchanges: vec![exchange] }),
        }
    }
    for phase in &mut phases {
        phase.kind = kind(&phase.exchanges, applications);
    }
    phases
}

impl Phase {
    /// The smallest number of its exchanges, which stays the same while the phase grows.
    pub fn number(&self) -> usize {
        self.exchanges.iter().map(|it| it.number).min().unwrap_or_default()
    }

    /// The exchange that gives the phase its kind, or the first.
    pub fn main_exchange(&self) -> Option<&Exchange> {
        let activity = match self.kind {
            PhaseKind::SignIn | PhaseKind::SignInUnfinished => Activity::SignIn,
            PhaseKind::SignOut => Activity::SignOut,
            PhaseKind::Registration => Activity::Register,
            PhaseKind::Change => Activity::Change,
            PhaseKind::DeviceProof => Activity::DeviceProof,
            PhaseKind::Renewal | PhaseKind::RenewalRefused | PhaseKind::RenewalFailed => {
                return with_calls(&self.exchanges).find(|it| is_refresh(it));
            }
            PhaseKind::Visit | PhaseKind::PageLoad | PhaseKind::Displaced | PhaseKind::Event | PhaseKind::Attack => {
                return self.exchanges.first();
            }
        };
        self.exchanges.iter().find(|it| Activity::of(it) == activity).or(self.exchanges.first())
    }

    /// The actors to which a password was sent, in that order.
    pub fn password_receivers(&self) -> Vec<Actor> {
        let sent = with_calls(&self.exchanges).filter(|it| it.credentials.iter().any(|credential| credential.name == "password"));
        sent.map(|it| it.to).collect()
    }

    fn is_of_another_browser(&self, exchange: &Exchange) -> bool {
        exchange.from == Actor::Browser
            && self.exchanges.iter().any(|it| it.from == Actor::Browser && have_different_browsers(it, exchange))
    }

    fn continues_with(&self, exchange: &Exchange, workflow: Option<Workflow>, app: Option<App>) -> bool {
        let elsewhere = (workflow.is_some() && self.workflow.is_some() && workflow != self.workflow)
            || (app.is_some() && self.app.is_some() && app != self.app)
            || self.exchanges.iter().any(|it| have_different_browsers(it, exchange));
        let is_attack = self.exchanges.iter().any(|it| it.from == Actor::Attacker);
        match Activity::of(exchange) {
            Activity::Attack => is_attack && !elsewhere,
            _ if is_attack || elsewhere => false,
            Activity::Page => self.exchanges.last().is_some_and(redirects),
            // A renewal before a page has its data belongs to the page load. A later renewal is a separate phase.
            Activity::Refresh => !self.exchanges.iter().any(has_data),
            Activity::Read if exchange.calls.iter().any(is_refresh) => !self.exchanges.iter().any(has_data),
            // The browser registers a key while the page after the sign-in loads.
            Activity::Read | Activity::OfBackend | Activity::DeviceKey => true,
            // The answer to a request without a proof is a challenge. The browser then sends the request again, with a proof.
            Activity::DeviceProof => self.exchanges.last().is_some_and(|it| Activity::of(it) == Activity::DeviceProof),
            Activity::SignIn | Activity::SignOut | Activity::Register | Activity::Change => false,
        }
    }
}

/// The effect of one exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activity {
    Page,
    Read,
    Change,
    SignIn,
    SignOut,
    Register,
    Refresh,
    DeviceKey,
    DeviceProof,
    Attack,
    OfBackend,
}

impl Activity {
    fn of(exchange: &Exchange) -> Self {
        match exchange.from {
            Actor::Attacker => return Self::Attack,
            Actor::Store | Actor::Forums | Actor::FusionAuth => return Self::OfBackend,
            Actor::Browser | Actor::Client => {}
        }
        let is_api = exchange.path.starts_with("/api/");
        match exchange.path.as_str() {
            _ if exchange.method == "GET" || exchange.method == "HEAD" => {
                if is_api {
                    Self::Read
                } else {
                    Self::Page
                }
            }
            "/api/login" | "/login" | "/api/two-factor/login" => Self::SignIn,
            "/api/logout" | "/logout" => Self::SignOut,
            "/api/register" | "/register" => Self::Register,
            "/api/jwt/refresh" => Self::Refresh,
            "/api/device-key" => Self::DeviceKey,
            "/api/device-key/refresh" => Self::DeviceProof,
            _ => Self::Change,
        }
    }
}

fn kind(exchanges: &[Exchange], applications: &Applications) -> PhaseKind {
    let has = |activity: Activity| exchanges.iter().any(|it| Activity::of(it) == activity);
    let refresh = with_calls(exchanges).find(|it| is_refresh(it));
    if has(Activity::Attack) {
        PhaseKind::Attack
    } else if exchanges.iter().all(|it| it.from == Actor::FusionAuth) {
        PhaseKind::Event
    } else if let Some(sign_in) = exchanges.iter().find(|it| Activity::of(it) == Activity::SignIn) {
        if sign_in.response.as_ref().is_some_and(gives_tokens) { PhaseKind::SignIn } else { PhaseKind::SignInUnfinished }
    } else if has(Activity::SignOut) {
        PhaseKind::SignOut
    } else if has(Activity::Register) {
        PhaseKind::Registration
    } else if exchanges.iter().any(|it| is_for_another(it, applications)) {
        PhaseKind::Displaced
    } else if let Some(refresh) = refresh {
        match refresh.response.as_ref() {
            Some(response) if response.status == 200 => PhaseKind::Renewal,
            Some(Response { status: 400 | 401 | 404, .. }) => PhaseKind::RenewalRefused,
            Some(_) | None => PhaseKind::RenewalFailed,
        }
    } else if has(Activity::DeviceProof) || has(Activity::DeviceKey) && exchanges.len() == 1 {
        PhaseKind::DeviceProof
    } else if has(Activity::Change) {
        PhaseKind::Change
    } else if exchanges.iter().any(|it| it.credentials.iter().any(is_token)) {
        PhaseKind::PageLoad
    } else {
        PhaseKind::Visit
    }
}

fn with_calls(exchanges: &[Exchange]) -> impl Iterator<Item = &Exchange> {
    exchanges.iter().flat_map(|it| std::iter::once(it).chain(&it.calls))
}

fn have_different_browsers(one: &Exchange, other: &Exchange) -> bool {
    one.browser.is_some() && other.browser.is_some() && one.browser != other.browser
}

fn is_refresh(exchange: &Exchange) -> bool {
    // With GET, a backend asks whether a refresh token is still valid.
    exchange.method == "POST" && matches!(exchange.path.as_str(), "/api/jwt/refresh" | "/oauth2/token")
}

/// Whether the exchange shows that a sign-in at the other application has replaced the cookies: a token of that application was sent to
/// this application's backend or with a refresh, or a refresh returned it.
fn is_for_another(exchange: &Exchange, applications: &Applications) -> bool {
    let other = match app(exchange) {
        Some(App::Store) => &applications.forums,
        Some(App::Forums) => &applications.store,
        None => return false,
    };
    // FusionAuth sets JWT and refresh token at once, so at a refresh the JWT names the application of the refresh token.
    let counts = is_refresh(exchange) || (exchange.to != Actor::FusionAuth && !is_sign_in_check(exchange));
    let gained = exchange.response.iter().flat_map(|response| &response.credentials);
    counts && exchange.credentials.iter().chain(gained).any(|credential| credential.audience.as_ref() == Some(other))
}

/// Whether the exchange opens a page or asks who is signed in. On the parent domain the browser sends the other application's cookies with
/// these requests, even if nobody has signed in to this application.
fn is_sign_in_check(exchange: &Exchange) -> bool {
    Activity::of(exchange) == Activity::Page || exchange.path == "/api/user"
}

fn is_token(credential: &Credential) -> bool {
    CredentialKind::of(&credential.name) != CredentialKind::Other
}

fn gives_tokens(response: &Response) -> bool {
    let sets = |cookie: &SetCookie| !cookie.deleted && CredentialKind::of(&cookie.name) != CredentialKind::Other;
    response.credentials.iter().any(is_token) || response.cookies.iter().any(sets)
}

fn redirects(exchange: &Exchange) -> bool {
    exchange.response.as_ref().is_some_and(|response| matches!(response.status, 301..=303 | 307 | 308))
}

/// Whether the page has received its data with this exchange.
fn has_data(exchange: &Exchange) -> bool {
    let is_good = exchange.response.as_ref().is_some_and(|response| response.status < 300);
    is_good && Activity::of(exchange) != Activity::Page && exchange.path != "/api/user" && exchange.credentials.iter().any(is_token)
}

fn workflow(exchange: &Exchange) -> Option<Workflow> {
    let name = host_name(&exchange.host);
    let (_, rest) = name.split_once('.')?;
    WORKFLOWS.into_iter().find(|workflow| rest.strip_suffix(".localhost") == Some(workflow.slug()))
}

fn app(exchange: &Exchange) -> Option<App> {
    match exchange.to {
        Actor::Store => Some(App::Store),
        Actor::Forums => Some(App::Forums),
        Actor::FusionAuth => {
            let name = host_name(exchange.origin.as_deref()?.split_once("://")?.1);
            match name.split_once('.')?.0 {
                "store" => Some(App::Store),
                "forums" => Some(App::Forums),
                _ => None,
            }
        }
        Actor::Browser | Actor::Attacker | Actor::Client => None,
    }
}

fn host_name(host: &str) -> &str {
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}
