//! What somebody is doing, told from the messages: a live conversation in phases.

use crate::names::CredentialKind;
use crate::{Applications, Exchange, Response};
use storefront_api::{App, WORKFLOWS, Workflow};
use wire_recorder::{Actor, Credential, SetCookie};

/// Exchanges that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// What happens.
    pub kind: PhaseKind,
    /// In which workflow; none if the hosts don't say.
    pub workflow: Option<Workflow>,
    /// At which application.
    pub app: Option<App>,
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
}

/// What happens in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhaseKind {
    /// A page is opened without a credential.
    Visit,
    /// A page is opened with a credential that is good.
    PageLoad,
    /// Somebody signs in.
    SignIn,
    /// A sign-in that gave no tokens: a mistake, a second factor, a missing registration.
    SignInUnfinished,
    /// Tokens are renewed.
    Renewal,
    /// A renewal is refused: the session is over.
    RenewalRefused,
    /// A renewal that nobody answered, or not to the point: nobody is signed out by it.
    RenewalFailed,
    /// A token of the other application came: another sign-in took the cookies over.
    Displaced,
    /// Something is changed: a cart, a post.
    Change,
    /// Somebody signs out.
    SignOut,
    /// A new account.
    Registration,
    /// Somebody with a stolen token, or what calls itself so.
    Attack,
}

impl PhaseKind {
    /// In words, for a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Visit => "Page opened, nobody signed in",
            Self::PageLoad => "Page opened by somebody signed in",
            Self::SignIn => "Signing in",
            Self::SignInUnfinished => "Sign-in not finished",
            Self::Renewal => "Renewal",
            Self::RenewalRefused => "Renewal refused: the session is over",
            Self::RenewalFailed => "Renewal failed for now",
            Self::Displaced => "Displaced by another sign-in",
            Self::Change => "Change",
            Self::SignOut => "Signing out",
            Self::Registration => "Registration",
            Self::Attack => "Attack",
        }
    }
}

/// Cuts a conversation into phases, in its order.
pub fn recognise(conversation: Vec<Exchange>, applications: &Applications) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for exchange in conversation {
        let (workflow, app) = (workflow(&exchange), app(&exchange));
        match phases.last_mut() {
            Some(phase) if phase.continues_with(&exchange, workflow, app) => {
                phase.workflow = phase.workflow.or(workflow);
                phase.app = phase.app.or(app);
                phase.exchanges.push(exchange);
            }
            Some(_) | None => phases.push(Phase { kind: PhaseKind::Visit, workflow, app, exchanges: vec![exchange] }),
        }
    }
    for phase in &mut phases {
        phase.kind = kind(&phase.exchanges, applications);
    }
    phases
}

impl Phase {
    fn continues_with(&self, exchange: &Exchange, workflow: Option<Workflow>, app: Option<App>) -> bool {
        let elsewhere = (workflow.is_some() && self.workflow.is_some() && workflow != self.workflow)
            || (app.is_some() && self.app.is_some() && app != self.app);
        let is_attack = self.exchanges.iter().any(|it| it.from == Actor::Attacker);
        match Activity::of(exchange) {
            Activity::Attack => is_attack && !elsewhere,
            _ if is_attack || elsewhere => false,
            Activity::Page => self.exchanges.last().is_some_and(redirects),
            Activity::Refresh => !self.exchanges.iter().any(has_data),
            Activity::Read | Activity::OfBackend => true,
            Activity::SignIn | Activity::SignOut | Activity::Register | Activity::Change => false,
        }
    }
}

/// What one exchange is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activity {
    Page,
    Read,
    Change,
    SignIn,
    SignOut,
    Register,
    Refresh,
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
            _ => Self::Change,
        }
    }
}

fn kind(exchanges: &[Exchange], applications: &Applications) -> PhaseKind {
    let has = |activity: Activity| exchanges.iter().any(|it| Activity::of(it) == activity);
    let refresh = exchanges.iter().flat_map(|it| std::iter::once(it).chain(&it.calls)).find(|it| is_refresh(it));
    if has(Activity::Attack) {
        PhaseKind::Attack
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
    } else if has(Activity::Change) {
        PhaseKind::Change
    } else if exchanges.iter().any(|it| it.credentials.iter().any(is_token)) {
        PhaseKind::PageLoad
    } else {
        PhaseKind::Visit
    }
}

fn is_refresh(exchange: &Exchange) -> bool {
    matches!(exchange.path.as_str(), "/api/jwt/refresh" | "/oauth2/token")
}

/// Whether a token of the other application is shown where it counts, or is what a refresh gives.
fn is_for_another(exchange: &Exchange, applications: &Applications) -> bool {
    let other = match app(exchange) {
        Some(App::Store) => &applications.forums,
        Some(App::Forums) => &applications.store,
        None => return false,
    };
    // At a refresh the JWT tells whose the refresh token beside it is: FusionAuth sets both at once.
    let counts = is_refresh(exchange) || (exchange.to != Actor::FusionAuth && !is_first_look(exchange));
    let gained = exchange.response.iter().flat_map(|response| &response.credentials);
    counts && exchange.credentials.iter().chain(gained).any(|credential| credential.audience.as_ref() == Some(other))
}

/// On the parent domain the other application's cookie comes along before anybody has signed in here.
fn is_first_look(exchange: &Exchange) -> bool {
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

/// Whether a page has got what it shows.
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
