//! Joins the lines of a record to exchanges, and sorts these into an order that is the same in every run.
//!
//! A backend's own requests are put inside the request that caused them. A record does not say which request that is. The latest unanswered
//! request to that backend with the same token counts as the cause. If there is no such request, the latest unanswered request to that
//! backend does.

use std::collections::HashMap;
use wire_recorder::{Actor, Credential, Message, SetCookie};

/// A request, the requests that its receiver made because of it, and the response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The index of the request among the messages.
    pub number: usize,
    /// The sender.
    pub from: Actor,
    /// The receiver.
    pub to: Actor,
    /// The `Host` header.
    pub host: String,
    /// The `Origin` header, if there is one.
    pub origin: Option<String>,
    /// See [`Message::Request::browser`].
    pub browser: Option<String>,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// Every credential in the request.
    pub credentials: Vec<Credential>,
    /// The requests that the receiver sent before it answered.
    pub calls: Vec<Exchange>,
    /// `None` if the connection was lost, or if there is no response yet.
    pub response: Option<Response>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Every cookie that it sets or deletes.
    pub cookies: Vec<SetCookie>,
    /// Every credential in its body.
    pub credentials: Vec<Credential>,
}

/// The exchanges of a record, in the order of their requests.
///
/// The result leaves out preflights, files of the app, public keys, health checks, the requests of test code, and the second hop of a
/// request that the auth proxy forwards to FusionAuth. Requests that a page sends at the same time arrive in any order, so they are sorted
/// by path. FusionAuth sends webhook events at the same time as its responses, so they are placed after the exchange that caused them.
pub fn conversation(messages: &[Message]) -> Vec<Exchange> {
    let mut all: Vec<PendingExchange> = Vec::new();
    let mut indices: HashMap<&str, usize> = HashMap::new();
    for (number, message) in messages.iter().enumerate() {
        match message {
            Message::Request { exchange, from, to, host, method, path, origin, browser, credentials } => {
                let request = Exchange {
                    number,
                    from: *from,
                    to: *to,
                    host: host.clone(),
                    origin: origin.clone(),
                    browser: browser.clone(),
                    method: method.clone(),
                    path: path.clone(),
                    credentials: credentials.clone(),
                    calls: Vec::new(),
                    response: None,
                };
                let position = position_of(&request, &all);
                indices.insert(exchange, all.len());
                all.push(PendingExchange { exchange: request, position, is_open: true });
            }
            Message::Response { exchange, status, cookies, credentials } => {
                // `messages` may be a part of a record, which can begin between a request and its response.
                if let Some(open) = indices.get(exchange.as_str()).map(|index| &mut all[*index]) {
                    let response = Response { status: *status, cookies: cookies.clone(), credentials: credentials.clone() };
                    open.exchange.response = Some(response);
                    open.is_open = false;
                }
            }
        }
    }
    let mut exchanges = tree(all);
    sort_concurrent_reads(&mut exchanges);
    put_events_behind_their_cause(&mut exchanges);
    exchanges
}

struct PendingExchange {
    exchange: Exchange,
    position: Position,
    is_open: bool,
}

/// The place of an exchange in the result.
#[derive(Clone, Copy)]
enum Position {
    Top,
    /// Among the calls of the exchange with this index.
    Within(usize),
    /// The exchange is left out.
    Omitted,
}

fn position_of(request: &Exchange, earlier: &[PendingExchange]) -> Position {
    if is_noise(request) || is_inner_hop(request, earlier) {
        return Position::Omitted;
    }
    if request.from == Actor::FusionAuth {
        return Position::Top; // an event of a webhook
    }
    let causes = || earlier.iter().enumerate().rev().filter(|(_, open)| open.is_open && open.exchange.to == request.from);
    let kept = || causes().filter(|(_, open)| !matches!(open.position, Position::Omitted));
    let shares_a_token = |open: &PendingExchange| fingerprints(&open.exchange).any(|it| fingerprints(request).any(|other| it == other));
    match kept().find(|(_, open)| shares_a_token(open)).or(kept().next()) {
        Some((cause, _)) => Position::Within(cause),
        // A request of test code caused this one. That request is left out, so this one is, too.
        None if causes().any(|(_, open)| open.exchange.from == Actor::Client) => Position::Omitted,
        None => Position::Top,
    }
}

fn is_noise(request: &Exchange) -> bool {
    let name = request.path.rsplit('/').next().unwrap_or_default();
    request.method == "OPTIONS" || request.from == Actor::Client || name.contains('.') || name == "healthz"
}

/// Whether this request is the second hop of an earlier, unanswered request, which the auth proxy forwards to FusionAuth. Of the recorded
/// members, the proxy changes only the `Host` header.
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

/// Moves each exchange into the one that caused it. A cause comes before its calls, so the loop runs from the end: when it moves an
/// exchange, that exchange already holds its own calls.
fn tree(mut all: Vec<PendingExchange>) -> Vec<Exchange> {
    let mut top = Vec::new();
    while let Some(PendingExchange { exchange, position, .. }) = all.pop() {
        match position {
            Position::Top => top.push(exchange),
            Position::Within(cause) => all[cause].exchange.calls.insert(0, exchange),
            Position::Omitted => {}
        }
    }
    top.reverse();
    top
}

/// Moves each webhook event up, to directly behind the latest earlier exchange with a request to FusionAuth.
fn put_events_behind_their_cause(exchanges: &mut [Exchange]) {
    let asks_fusionauth = |it: &Exchange| it.to == Actor::FusionAuth || it.calls.iter().any(|call| call.to == Actor::FusionAuth);
    for event in 1..exchanges.len() {
        let mut at = event;
        while exchanges[at].from == Actor::FusionAuth
            && at > 0
            && !asks_fusionauth(&exchanges[at - 1])
            && exchanges[at - 1].from != Actor::FusionAuth
        {
            exchanges.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Sorts the reads that a page sends at the same time: `GET /api/user` first, the rest by path.
fn sort_concurrent_reads(exchanges: &mut [Exchange]) {
    for page in exchanges.chunk_by_mut(|one, next| is_read(one) && is_read(next) && have_the_same_senders(one, next)) {
        page.sort_by(|one, other| (one.path != "/api/user", &one.path).cmp(&(other.path != "/api/user", &other.path)));
    }
}

/// Whether a page sent this request and it changed nothing, neither at the server nor in the browser's cookies.
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
