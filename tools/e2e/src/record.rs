//! The record of all messages between browsers, servers and FusionAuth, as journeys read it.

use crate::tls::{Scheme, without_prefix};
use crate::{Application, waits::poll};
use anyhow::{Context, bail, ensure};
use std::{collections::HashMap, fmt, path::PathBuf};
use wire_recorder::{Actor, Credential, Message, Place, SetCookie};

/// The messages in one deployment so far, from the file to which its processes append.
pub struct Record {
    pub(crate) path: PathBuf,
}

/// A position in a record: the number of exchanges before it.
#[derive(Clone, Copy, Debug)]
pub struct RecordPosition(usize);

/// A request, and its response if the receiver has sent one.
#[derive(Clone, Debug)]
pub struct RecordedExchange {
    /// The process that received the request and recorded it.
    pub process: String,
    /// The sender.
    pub from: Actor,
    /// The receiver.
    pub to: Actor,
    /// The `Host` header.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// Every credential in the request.
    pub credentials: Vec<Credential>,
    /// `None` if the connection was lost, or if there is no response yet.
    pub response: Option<RecordedResponse>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct RecordedResponse {
    /// The status.
    pub status: u16,
    /// Every cookie that the response sets or deletes.
    pub cookies: Vec<SetCookie>,
    /// Every credential in the response's body.
    pub credentials: Vec<Credential>,
}

impl Record {
    /// The file of the record.
    pub fn file(&self) -> &std::path::Path {
        &self.path
    }

    /// The position before the first exchange.
    pub const fn start(&self) -> RecordPosition {
        RecordPosition(0)
    }

    /// The end of the record at this moment, for [`Record::since`].
    pub fn mark(&self) -> anyhow::Result<RecordPosition> {
        Ok(RecordPosition(self.exchanges()?.len()))
    }

    /// Every exchange, in the order of the requests.
    pub fn exchanges(&self) -> anyhow::Result<Vec<RecordedExchange>> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| self.path.display().to_string()),
        };
        let mut exchanges = parse(&text, Scheme::of_browsers())?;
        exchanges.retain(|exchange| !exchange.is_inner_hop());
        Ok(exchanges)
    }

    /// Every exchange after `mark`.
    pub fn since(&self, mark: RecordPosition) -> anyhow::Result<Vec<RecordedExchange>> {
        Ok(self.exchanges()?.split_off(mark.0))
    }

    /// The requests of browsers and attackers to any API after `mark`, one line each, without preflights, pages and assets.
    pub fn calls(&self, mark: RecordPosition) -> anyhow::Result<Vec<String>> {
        Ok(self.since(mark)?.iter().filter(|exchange| exchange.is_call()).map(RecordedExchange::to_string).collect())
    }

    /// The exchanges after `mark` that a workflow's diagram shows, one line each: all but preflights, files, public keys, and the requests
    /// of the journey itself.
    pub fn steps(&self, mark: RecordPosition) -> anyhow::Result<Vec<String>> {
        Ok(self.since(mark)?.iter().filter(|exchange| exchange.is_step()).map(RecordedExchange::to_string).collect())
    }

    /// Waits for the first exchange after `mark` that has a response and matches. Journeys use this for messages that change
    /// nothing on the page.
    pub async fn wait_for(
        &self,
        mark: RecordPosition,
        what: &str,
        fits: impl Fn(&RecordedExchange) -> bool,
    ) -> anyhow::Result<RecordedExchange> {
        Ok(self.wait_for_number(mark, 1, what, fits).await?.swap_remove(0))
    }

    /// Waits until `number` exchanges after `mark` have a response and match, and returns them.
    pub async fn wait_for_number(
        &self,
        mark: RecordPosition,
        number: usize,
        what: &str,
        fits: impl Fn(&RecordedExchange) -> bool,
    ) -> anyhow::Result<Vec<RecordedExchange>> {
        let fitting = || {
            let mut exchanges = self.since(mark)?;
            exchanges.retain(|exchange| exchange.response.is_some() && fits(exchange));
            anyhow::Ok(exchanges)
        };
        match poll(async || Ok(Some(fitting()?).filter(|exchanges| exchanges.len() >= number))).await? {
            Some(exchanges) => Ok(exchanges),
            None => bail!("{} of {number} x {what}", fitting()?.len()),
        }
    }
}

/// Whether a page sends requests for this path when it is idle, so that every journey and diagram would have to expect them at any time.
pub fn is_sent_when_idle(path: &str) -> bool {
    path == storefront_api::endpoints::DELIVERIES.info.path
}

impl RecordedExchange {
    /// Whether a browser or an attacker sent this request to an API. Preflights do not count, nor do requests of an idle page.
    pub fn is_call(&self) -> bool {
        let counts = self.method != "OPTIONS" && !is_sent_when_idle(&self.path);
        matches!(self.from, Actor::Browser | Actor::Attacker) && self.path.starts_with("/api/") && counts
    }

    fn is_step(&self) -> bool {
        let is_file = self.path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        self.from != Actor::Client && self.method != "OPTIONS" && !is_file
    }

    /// Whether this is the second hop of a browser's request, from the auth proxy to FusionAuth. The record contains both hops.
    fn is_inner_hop(&self) -> bool {
        let asks_from_outside = matches!(self.from, Actor::Browser | Actor::Attacker);
        asks_from_outside && self.to == Actor::FusionAuth && self.host.starts_with("127.0.0.1:")
    }

    /// The status of the response, if there is one.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// The access token in the `Authorization` header.
    pub fn bearer(&self) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.place == Place::Authorization)
    }

    /// The cookie with this name in the request.
    pub fn cookie(&self, name: &str) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.place == Place::Cookie && credential.name == name)
    }
}

/// Writes one line, such as
/// `browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@store) [access_token refresh_token]`.
/// Cookies are in brackets, and credentials in bodies are in parentheses. An access token is followed by the application of its audience.
/// An expired access token in a header is also followed by `expired`.
impl fmt::Display for RecordedExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {} {} {}", name(self.from), name(self.to), self.method, self.path)?;
        write_credentials(f, &self.credentials)?;
        let Some(response) = &self.response else { return write!(f, " => none") };
        write!(f, " => {}", response.status)?;
        write_credentials(f, &response.credentials)?;
        let set = response.cookies.iter().map(|cookie| format!("{}{}", if cookie.deleted { "-" } else { "" }, cookie.name));
        write_list(f, '[', set.collect(), ']')
    }
}

fn write_credentials(f: &mut fmt::Formatter<'_>, credentials: &[Credential]) -> fmt::Result {
    let at = |place: Place| credentials.iter().filter(move |credential| credential.place == place);
    for credential in at(Place::Authorization) {
        let name = if credential.name == "bearer" { "Bearer" } else { &credential.name };
        let expired = if credential.expired == Some(true) { " expired" } else { "" };
        write!(f, " {name}{}{expired}", audience(credential))?;
    }
    write_list(f, '(', at(Place::Body).map(|credential| format!("{}{}", credential.name, audience(credential))).collect(), ')')?;
    write_list(f, '[', at(Place::Cookie).map(|credential| credential.name.clone()).collect(), ']')
}

fn write_list(f: &mut fmt::Formatter<'_>, open: char, mut names: Vec<String>, close: char) -> fmt::Result {
    names.sort();
    if names.is_empty() { Ok(()) } else { write!(f, " {open}{}{close}", names.join(" ")) }
}

fn audience(credential: &Credential) -> String {
    match credential.audience.as_deref() {
        None => String::new(),
        Some(id) => match Application::from_id(id) {
            Some(application) => format!("@{}", application.name()),
            None => format!("@{id}"),
        },
    }
}

fn name(actor: Actor) -> &'static str {
    match actor {
        Actor::Browser => "browser",
        Actor::Store => "store",
        Actor::Forums => "forums",
        Actor::FusionAuth => "fusionauth",
        Actor::Attacker => "attacker",
        Actor::Client => "client",
    }
}

fn parse(text: &str, scheme: Scheme) -> anyhow::Result<Vec<RecordedExchange>> {
    let mut exchanges: Vec<RecordedExchange> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // The loop skips an incomplete last line, because a process may still be writing it.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        match serde_json::from_str(line).with_context(|| format!("a record line can't be read: {line}"))? {
            Message::Request { exchange, from, to, host, method, path, mut credentials, .. } => {
                for cookie in credentials.iter_mut().filter(|it| it.place == Place::Cookie) {
                    cookie.name = without_prefix(&cookie.name).to_owned();
                }
                let process = exchange.split('-').next().unwrap_or_default().to_owned();
                places.insert(exchange, exchanges.len());
                exchanges.push(RecordedExchange { process, from, to, host, method, path, credentials, response: None });
            }
            Message::Response { exchange, status, cookies, credentials } => {
                let place = places.get(&exchange).context("a response without its request")?;
                let from = exchanges[*place].from;
                let cookies = cookies.into_iter().map(|it| without_tls(it, from, scheme)).collect::<Result<_, _>>()?;
                exchanges[*place].response = Some(RecordedResponse { status, cookies, credentials });
            }
        }
    }
    Ok(exchanges)
}

/// A set cookie in its form without TLS, so that the journeys are the same with both schemes. Over https, our cookies
/// have a prefix and `Secure`. A missing `Secure` is an error.
fn without_tls(mut cookie: SetCookie, to: Actor, scheme: Scheme) -> anyhow::Result<SetCookie> {
    let is_secure = cookie.attributes.iter().any(|it| it == "Secure");
    let is_right = cookie.deleted || to != Actor::Browser || is_secure == (scheme == Scheme::Https);
    ensure!(is_right, "{} is set with {:?}", cookie.name, cookie.attributes);
    cookie.attributes.retain(|it| it != "Secure");
    cookie.name = without_prefix(&cookie.name).to_owned();
    Ok(cookie)
}

#[cfg(test)]
mod tests {
    use super::{Scheme, parse};
    use wire_recorder::{Actor, Credential, Message, Place, SetCookie};

    fn credential(name: &str, place: Place, audience: Option<&str>, expired: Option<bool>) -> Credential {
        Credential { name: name.to_owned(), place, audience: audience.map(str::to_owned), expired, fingerprint: None }
    }

    #[test]
    fn an_exchange_reads_as_one_line() -> anyhow::Result<()> {
        let store = Some("10000000-0000-0000-0000-000000000001");
        let lines = [
            Message::Request {
                exchange: "a".to_owned(),
                from: Actor::Browser,
                to: Actor::FusionAuth,
                host: String::new(),
                method: "POST".to_owned(),
                path: "/api/jwt/refresh".to_owned(),
                origin: None,
                browser: None,
                credentials: vec![
                    credential("refresh_token", Place::Cookie, None, None),
                    credential("access_token", Place::Cookie, store, Some(true)),
                ],
            },
            Message::Request {
                exchange: "b".to_owned(),
                from: Actor::Browser,
                to: Actor::Store,
                host: String::new(),
                method: "GET".to_owned(),
                path: "/api/load-shopping-cart".to_owned(),
                origin: None,
                browser: None,
                credentials: vec![credential("bearer", Place::Authorization, store, Some(true))],
            },
            Message::Response {
                exchange: "a".to_owned(),
                status: 200,
                cookies: vec![SetCookie { name: "refresh_token".to_owned(), attributes: Vec::new(), deleted: true, fingerprint: None }],
                credentials: vec![credential("token", Place::Body, store, Some(false))],
            },
        ];
        let mut text = String::new();
        for line in &lines {
            text += &serde_json::to_string(line)?;
            text.push('\n');
        }
        text += r#"{"message":"resp"#;
        let read: Vec<String> = parse(&text, Scheme::Http)?.iter().map(ToString::to_string).collect();
        assert_eq!(
            read,
            [
                "browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (token@store) [-refresh_token]",
                "browser -> store GET /api/load-shopping-cart Bearer@store expired => none",
            ]
        );
        Ok(())
    }
}
