use crate::Application;
use anyhow::{Context, bail};
use std::{collections::HashMap, fmt, path::PathBuf, time::Duration};
use tokio::time::Instant;
use wire_recorder::{Actor, Credential, Message, Place, SetCookie};

/// How long a message may take to appear in the record.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What crossed the wire in one world so far: the file that its processes append to.
pub struct Record {
    pub(crate) path: PathBuf,
}

/// A point in a record: how many exchanges there were.
#[derive(Clone, Copy, Debug)]
pub struct Mark(usize);

/// A request and, once it has left, its response.
#[derive(Clone, Debug)]
pub struct RecordedExchange {
    /// The process that was asked, and wrote this down.
    pub process: String,
    /// Who asked.
    pub from: Actor,
    /// Who was asked.
    pub to: Actor,
    /// The `Host` header.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// The page's origin, if the browser named one.
    pub origin: Option<String>,
    /// Every credential that came along.
    pub credentials: Vec<Credential>,
    /// The response, unless the connection died or it is still being made.
    pub response: Option<RecordedResponse>,
}

/// A response.
#[derive(Clone, Debug)]
pub struct RecordedResponse {
    /// The status.
    pub status: u16,
    /// Every cookie that it set or deleted.
    pub cookies: Vec<SetCookie>,
    /// Every credential in its body.
    pub credentials: Vec<Credential>,
}

impl Record {
    /// The file.
    pub fn file(&self) -> &std::path::Path {
        &self.path
    }

    /// The beginning of the run.
    pub const fn start(&self) -> Mark {
        Mark(0)
    }

    /// Now: what follows can be read with [`Record::since`].
    pub fn mark(&self) -> anyhow::Result<Mark> {
        Ok(Mark(self.exchanges()?.len()))
    }

    /// Every exchange of the run in the order in which the requests arrived.
    pub fn exchanges(&self) -> anyhow::Result<Vec<RecordedExchange>> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error).with_context(|| self.path.display().to_string()),
        };
        let mut exchanges = parse(&text)?;
        exchanges.retain(|exchange| !exchange.is_inner_hop());
        Ok(exchanges)
    }

    /// Every exchange after `mark`.
    pub fn since(&self, mark: Mark) -> anyhow::Result<Vec<RecordedExchange>> {
        Ok(self.exchanges()?.split_off(mark.0))
    }

    /// What browsers and attackers asked of any API after `mark`, one line each; no preflights, pages or assets.
    pub fn calls(&self, mark: Mark) -> anyhow::Result<Vec<String>> {
        Ok(self.since(mark)?.iter().filter(|exchange| exchange.is_call()).map(RecordedExchange::to_string).collect())
    }

    /// What a workflow's drawing shows of what followed `mark`, one line each: every request but preflights, files, public
    /// keys and what the journey itself asked of FusionAuth.
    pub fn steps(&self, mark: Mark) -> anyhow::Result<Vec<String>> {
        Ok(self.since(mark)?.iter().filter(|exchange| exchange.is_step()).map(RecordedExchange::to_string).collect())
    }

    /// The first exchange after `mark` that is answered and fits. For messages that leave no trace on the page.
    pub async fn wait_for(&self, mark: Mark, what: &str, fits: impl Fn(&RecordedExchange) -> bool) -> anyhow::Result<RecordedExchange> {
        Ok(self.wait_for_number(mark, 1, what, fits).await?.swap_remove(0))
    }

    /// The exchanges after `mark` that are answered and fit, as soon as there are so many.
    pub async fn wait_for_number(
        &self,
        mark: Mark,
        number: usize,
        what: &str,
        fits: impl Fn(&RecordedExchange) -> bool,
    ) -> anyhow::Result<Vec<RecordedExchange>> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let mut found = self.since(mark)?;
            found.retain(|exchange| exchange.response.is_some() && fits(exchange));
            if found.len() >= number {
                return Ok(found);
            }
            if Instant::now() > deadline {
                bail!("{} of {number} x {what} within {} s", found.len(), TIMEOUT.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl RecordedExchange {
    /// Whether a person's browser or an attacker called an API, preflights aside.
    pub fn is_call(&self) -> bool {
        matches!(self.from, Actor::Browser | Actor::Attacker) && self.path.starts_with("/api/") && self.method != "OPTIONS"
    }

    fn is_step(&self) -> bool {
        let is_file = self.path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        self.from != Actor::Client && self.method != "OPTIONS" && !is_file
    }

    /// Whether the proxy before FusionAuth forwarded what it has recorded itself, as the browser asked it.
    fn is_inner_hop(&self) -> bool {
        let asks_from_outside = matches!(self.from, Actor::Browser | Actor::Attacker);
        asks_from_outside && self.to == Actor::FusionAuth && self.host.starts_with("127.0.0.1:")
    }

    /// The status, if it was answered.
    pub fn status(&self) -> Option<u16> {
        self.response.as_ref().map(|response| response.status)
    }

    /// The access token in the `Authorization` header.
    pub fn bearer(&self) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.place == Place::Authorization)
    }

    /// The cookie of that name in the request.
    pub fn cookie(&self, name: &str) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.place == Place::Cookie && credential.name == name)
    }

    /// The cookie of that name that the response set or deleted.
    pub fn set_cookie(&self, name: &str) -> Option<&SetCookie> {
        self.response.as_ref()?.cookies.iter().find(|cookie| cookie.name == name)
    }
}

/// Such as `browser -> fusionauth POST /api/jwt/refresh [access_token refresh_token] => 200 (refreshToken token@store) [access_token refresh_token]`:
/// cookies in brackets, credentials in bodies in parentheses, access tokens with the application that they open, and
/// `expired` with one in a header that is.
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

fn parse(text: &str) -> anyhow::Result<Vec<RecordedExchange>> {
    let mut exchanges: Vec<RecordedExchange> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    // A line without its end is still being written.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        match serde_json::from_str(line).with_context(|| format!("a record line can't be read: {line}"))? {
            Message::Request { exchange, from, to, host, method, path, origin, credentials } => {
                let process = exchange.split('-').next().unwrap_or_default().to_owned();
                places.insert(exchange, exchanges.len());
                exchanges.push(RecordedExchange { process, from, to, host, method, path, origin, credentials, response: None });
            }
            Message::Response { exchange, status, cookies, credentials } => {
                let place = places.get(&exchange).context("a response without its request")?;
                exchanges[*place].response = Some(RecordedResponse { status, cookies, credentials });
            }
        }
    }
    Ok(exchanges)
}

#[cfg(test)]
mod tests {
    use super::parse;
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
        let read: Vec<String> = parse(&text)?.iter().map(ToString::to_string).collect();
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
