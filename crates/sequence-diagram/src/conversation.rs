//! From lines of a record to exchanges, in an order that is the same in every run.

use std::collections::HashMap;
use wire_recorder::{Actor, Credential, Message, SetCookie};

/// A request, what its receiver asked others for meanwhile, and the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Who asked.
    pub from: Actor,
    /// Who was asked.
    pub to: Actor,
    /// The `Host` header.
    pub host: String,
    /// The page's origin, if the browser named one.
    pub origin: Option<String>,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// Every credential that came along.
    pub credentials: Vec<Credential>,
    /// What the receiver asked others for before it answered.
    pub calls: Vec<Exchange>,
    /// The response, unless the connection died or it is still being made.
    pub response: Option<Response>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Every cookie that it set or deleted.
    pub cookies: Vec<SetCookie>,
    /// Every credential in its body.
    pub credentials: Vec<Credential>,
}

/// The exchanges of a record, in the order of their requests.
///
/// Left out: preflights, files of the app, public keys, health checks, what tests ask for themselves, and the inner hop
/// from the front before FusionAuth to FusionAuth. Independent requests of one page, which race, are ordered by address.
pub fn conversation(messages: &[Message]) -> Vec<Exchange> {
    let mut all: Vec<PendingExchange> = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for message in messages {
        match message {
            Message::Request { exchange, from, to, host, method, path, origin, credentials } => {
                let request = Exchange {
                    from: *from,
                    to: *to,
                    host: host.clone(),
                    origin: origin.clone(),
                    method: method.clone(),
                    path: path.clone(),
                    credentials: credentials.clone(),
                    calls: Vec::new(),
                    response: None,
                };
                let position = position_of(&request, &all);
                numbers.insert(exchange, all.len());
                all.push(PendingExchange { exchange: request, position, is_open: true });
            }
            Message::Response { exchange, status, cookies, credentials } => {
                // A response whose request came before the part of the record that was given is nobody's.
                if let Some(open) = numbers.get(exchange.as_str()).map(|number| &mut all[*number]) {
                    let response = Response { status: *status, cookies: cookies.clone(), credentials: credentials.clone() };
                    open.exchange.response = Some(response);
                    open.is_open = false;
                }
            }
        }
    }
    let mut exchanges = tree(all);
    settle_races(&mut exchanges);
    exchanges
}

struct PendingExchange {
    exchange: Exchange,
    position: Position,
    is_open: bool,
}

#[derive(Clone, Copy)]
enum Position {
    Top,
    /// Within the exchange with this number.
    Within(usize),
    Nowhere,
}

fn position_of(request: &Exchange, earlier: &[PendingExchange]) -> Position {
    if is_noise(request) || is_inner_hop(request, earlier) {
        return Position::Nowhere;
    }
    let causes = || earlier.iter().enumerate().rev().filter(|(_, open)| open.is_open && open.exchange.to == request.from);
    let drawn = || causes().filter(|(_, open)| !matches!(open.position, Position::Nowhere));
    let shares_a_token = |open: &PendingExchange| fingerprints(&open.exchange).any(|it| fingerprints(request).any(|other| it == other));
    match drawn().find(|(_, open)| shares_a_token(open)).or(drawn().next()) {
        Some((cause, _)) => Position::Within(cause),
        // What a test asks of a backend is not drawn, so neither is what the backend asks for it.
        None if causes().any(|(_, open)| open.exchange.from == Actor::Client) => Position::Nowhere,
        None => Position::Top,
    }
}

fn is_noise(request: &Exchange) -> bool {
    let name = request.path.rsplit('/').next().unwrap_or_default();
    request.method == "OPTIONS" || request.from == Actor::Client || name.contains('.') || name == "healthz"
}

/// The front passes a request on with FusionAuth's own name in `Host` and everything else as it came.
fn is_inner_hop(request: &Exchange, earlier: &[PendingExchange]) -> bool {
    let is_outer = |outer: &Exchange| {
        (outer.from, outer.to, &outer.method, &outer.path) == (request.from, request.to, &request.method, &request.path)
            && outer.host != request.host
    };
    request.to == Actor::FusionAuth && earlier.iter().any(|open| open.is_open && is_outer(&open.exchange))
}

fn fingerprints(exchange: &Exchange) -> impl Iterator<Item = &String> {
    exchange.credentials.iter().filter_map(|credential| credential.fingerprint.as_ref())
}

/// A cause stands before its calls: from the end, each exchange is whole when it is moved into its cause.
fn tree(mut all: Vec<PendingExchange>) -> Vec<Exchange> {
    let mut top = Vec::new();
    while let Some(PendingExchange { exchange, position, .. }) = all.pop() {
        match position {
            Position::Top => top.push(exchange),
            Position::Within(cause) => all[cause].exchange.calls.insert(0, exchange),
            Position::Nowhere => {}
        }
    }
    top.reverse();
    top
}

/// What a page asks for at once arrives in any order. Who is asked about the person comes first, the rest by address.
fn settle_races(exchanges: &mut [Exchange]) {
    for page in exchanges.chunk_by_mut(|one, next| is_read(one) && is_read(next) && have_the_same_senders(one, next)) {
        page.sort_by(|one, other| (one.path != "/api/user", &one.path).cmp(&(other.path != "/api/user", &other.path)));
    }
}

/// A request of a page that changes nothing, in the browser neither.
fn is_read(exchange: &Exchange) -> bool {
    let sets_cookies = exchange.response.as_ref().is_some_and(|response| !response.cookies.is_empty());
    exchange.from == Actor::Browser
        && exchange.method == "GET"
        && exchange.path.starts_with("/api/")
        && exchange.calls.is_empty()
        && !sets_cookies
}

fn have_the_same_senders(one: &Exchange, next: &Exchange) -> bool {
    one.host == next.host && fingerprints(one).eq(fingerprints(next))
}
