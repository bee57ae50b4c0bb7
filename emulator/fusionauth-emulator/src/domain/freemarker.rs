//! FreeMarker, as far as the templates that FusionAuth ships use it (<https://fusionauth.io/docs/customize/email-and-messages/email-templates>):
//! `assign`, `if`, `list`, `setting`, comments, and expressions with defaults and some built-ins. The rest is an error that names it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// How deep directives and expressions may be nested.
const DEEPEST: usize = 32;

/// How many members, built-ins and operators an expression may have.
const MOST_LINKS: usize = 256;

/// The longest text in bytes that a template may give or assign, because lists in lists multiply.
const LONGEST: usize = 1024 * 1024;

/// How many nodes and items of lists a template may render.
const MOST_STEPS: usize = 100_000;

/// The characters that `?url` leaves as they are.
const URL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*');

/// Why a template can't be filled.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// A value is missing, and there is no default.
    Missing(String),
    Syntax(String),
}

/// A template's text with the values of `data`. An error says what is wrong.
pub(crate) fn fill(template: &str, data: &Map<String, Value>) -> Result<String, String> {
    let mut renderer = Renderer { scope: data.clone(), filled: String::new(), steps: 0 };
    let filled = parse(template).and_then(|nodes| renderer.render(&nodes));
    match filled {
        Ok(()) => Ok(renderer.filled),
        Err(Fault::Missing(name)) => Err(format!("{name} has no value here, and no default.")),
        Err(Fault::Syntax(text)) => Err(format!("The emulator does not understand {text}.")),
    }
}

enum Node {
    Text(String),
    Print(Expression),
    Assign(String, Expression),
    /// The branches with their conditions; `else` has none.
    If(Vec<(Option<Expression>, Vec<Node>)>),
    /// A list, the names of its key and value or of its item, and the body.
    List(Expression, Vec<String>, Vec<Node>),
}

enum Expression {
    Literal(Value),
    /// A text with `${…}`.
    Text(Vec<Node>),
    Variable(String),
    Member(Box<Expression>, Box<Expression>),
    /// An expression in brackets, in which any value may be missing if a default follows.
    Bracket(Box<Expression>),
    Default(Box<Expression>, Option<Box<Expression>>),
    Exists(Box<Expression>),
    BuiltIn(Box<Expression>, String),
    Not(Box<Expression>),
    Binary(Box<Expression>, &'static str, Box<Expression>),
}

/// A tag such as `[#if x]`, or a part between tags.
enum Part<'a> {
    Text(&'a str),
    Print(&'a str),
    /// The name of the directive, and what follows it.
    Open(&'a str, &'a str),
    Close(&'a str),
}

fn syntax(text: &str) -> Fault {
    Fault::Syntax(text.trim().chars().take(80).collect())
}

fn parse(template: &str) -> Result<Vec<Node>, Fault> {
    let parts = parts(template)?;
    let (nodes, rest) = nodes(&parts, 0)?;
    match rest.first() {
        None => Ok(nodes),
        Some(Part::Open(name, _) | Part::Close(name)) => Err(syntax(&format!("[#{name}] here"))),
        Some(Part::Text(text) | Part::Print(text)) => Err(syntax(text)),
    }
}

fn parts<'t>(template: &'t str) -> Result<Vec<Part<'t>>, Fault> {
    let (mut parts, mut rest) = (Vec::new(), template);
    // Whether the current line has nothing but directives so far. A line with nothing else leaves no empty line.
    let mut is_bare = true;
    let mut trimmed = |before: &'t str, after: &'t str, is_directive: bool| {
        let start = before.rsplit('\n').next().unwrap_or_default();
        is_bare = start.trim().is_empty() && (is_bare || before.contains('\n')) && is_directive;
        match after.split_once('\n').filter(|(end, _)| is_bare && end.trim().is_empty()) {
            Some((_, after)) => (before.trim_end_matches([' ', '\t']), after),
            None => (before, after),
        }
    };
    let next_tag = |text: &str| {
        text.match_indices(['$', '[']).map(|it| it.0).find(|at| ["${", "[#", "[/#"].iter().any(|tag| text[*at..].starts_with(tag)))
    };
    while let Some(at) = next_tag(rest) {
        let (before, tag) = rest.split_at(at);
        if let Some(comment) = tag.strip_prefix("[#--") {
            let (_, after) = comment.split_once("--]").ok_or_else(|| syntax("a comment without an end"))?;
            let (before, after) = trimmed(before, after, true);
            parts.push(Part::Text(before));
            rest = after;
            continue;
        }
        let (opening, closing) = if tag.starts_with("${") { (2, '}') } else { (2, ']') };
        let inner = &tag[opening..];
        let end = end_of(inner, closing).ok_or_else(|| syntax(tag))?;
        let (inner, after) = (&inner[..end], &inner[end + 1..]);
        if closing == '}' {
            let (before, after) = trimmed(before, after, false);
            parts.extend([Part::Text(before), Part::Print(inner)]);
            rest = after;
            continue;
        }
        let (before, after) = trimmed(before, after, true);
        parts.push(Part::Text(before));
        parts.push(match inner.strip_prefix('#') {
            Some(name) if tag.starts_with("[/") => Part::Close(name.trim()),
            _ => {
                let inner = inner.trim_end_matches('/');
                let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
                Part::Open(name, arguments.trim())
            }
        });
        rest = after;
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}

/// Where an expression ends, at a `closing` outside of quotes and brackets.
fn end_of(text: &str, closing: char) -> Option<usize> {
    let (mut quote, mut depth, mut is_escaped) = (None, 0_usize, false);
    for (at, it) in text.char_indices() {
        match (quote, it) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), _) if open == it => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(it),
            (None, _) if it == closing && depth == 0 => return Some(at),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            (None, _) => {}
        }
    }
    None
}

/// The nodes up to the end of the enclosing directive, and the parts from there on.
fn nodes<'p, 'a>(mut parts: &'p [Part<'a>], depth: usize) -> Result<(Vec<Node>, &'p [Part<'a>]), Fault> {
    if depth > DEEPEST {
        return Err(syntax("so many nested directives"));
    }
    let mut nodes = Vec::new();
    while let Some((part, after)) = parts.split_first() {
        if matches!(part, Part::Open("else" | "elseif", _) | Part::Close(_)) {
            break;
        }
        parts = after;
        match part {
            Part::Text(text) => nodes.push(Node::Text((*text).to_owned())),
            Part::Print(text) => nodes.push(Node::Print(expression(text)?)),
            Part::Open("setting" | "ftl", _) => {}
            Part::Open("assign" | "local" | "global", arguments) => {
                let (name, value) = arguments.split_once('=').ok_or_else(|| syntax(arguments))?;
                nodes.push(Node::Assign(name.trim().to_owned(), expression(value)?));
            }
            Part::Open("if", condition) => {
                let mut branches = Vec::new();
                let mut condition = Some(expression(condition)?);
                loop {
                    let (body, rest) = self::nodes(parts, depth + 1)?;
                    branches.push((condition.take(), body));
                    let (end, rest) = rest.split_first().ok_or_else(|| syntax("[#if] without an end"))?;
                    parts = rest;
                    match end {
                        Part::Open("elseif", next) => condition = Some(expression(next)?),
                        Part::Open("else", _) => {}
                        Part::Close("if") => break,
                        _ => return Err(syntax("[#if] without an end")),
                    }
                }
                nodes.push(Node::If(branches));
            }
            Part::Open("list", arguments) => {
                let (list, names) = arguments.rsplit_once(" as ").ok_or_else(|| syntax(arguments))?;
                let (body, rest) = self::nodes(parts, depth + 1)?;
                let Some((Part::Close("list"), rest)) = rest.split_first() else { return Err(syntax("[#list] without an end")) };
                nodes.push(Node::List(expression(list)?, names.split(',').map(|it| it.trim().to_owned()).collect(), body));
                parts = rest;
            }
            Part::Open(name, _) | Part::Close(name) => return Err(syntax(&format!("[#{name}]"))),
        }
    }
    Ok((nodes, parts))
}

fn expression(text: &str) -> Result<Expression, Fault> {
    nested(text, 0)
}

/// An expression at this depth: a text in an expression may contain others.
fn nested(text: &str, depth: usize) -> Result<Expression, Fault> {
    let mut parser = Parser { rest: text.trim_start(), depth, links: 0 };
    let expression = parser.binary(0)?;
    if parser.rest.is_empty() { Ok(expression) } else { Err(syntax(text)) }
}

/// The operators by their precedence, the weakest first.
const OPERATORS: [&[&str]; 4] = [&["||"], &["&&"], &["==", "!="], &["+"]];

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
    links: usize,
}

impl<'a> Parser<'a> {
    fn takes(&mut self, token: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(token) else { return false };
        self.rest = rest.trim_start();
        true
    }

    fn name(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!name.is_empty()).then_some(name)
    }

    fn binary(&mut self, level: usize) -> Result<Expression, Fault> {
        let Some(operators) = OPERATORS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|it| self.takes(it)) {
            self.link()?;
            left = Expression::Binary(Box::new(left), operator, Box::new(self.binary(level + 1)?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(syntax("so many brackets"));
        }
        let expression = if self.takes("!") { Expression::Not(Box::new(self.unary()?)) } else { self.postfix()? };
        self.depth -= 1;
        Ok(expression)
    }

    fn postfix(&mut self) -> Result<Expression, Fault> {
        let mut expression = self.primary()?;
        loop {
            let of = Box::new(expression);
            expression = if self.takes("??") {
                Expression::Exists(of)
            } else if self.takes("?") {
                let name = self.name().ok_or_else(|| syntax("?"))?;
                Expression::BuiltIn(of, name.to_owned())
            } else if self.takes(".") {
                let name = self.name().ok_or_else(|| syntax("."))?;
                Expression::Member(of, Box::new(Expression::Literal(json!(name))))
            } else if self.takes("[") {
                let key = self.binary(0)?;
                self.expect("]")?;
                Expression::Member(of, Box::new(key))
            } else if !self.rest.starts_with("!=") && self.takes("!") {
                let has_default = self.rest.starts_with(|it: char| it.is_alphanumeric() || "\"'({_".contains(it));
                Expression::Default(of, has_default.then(|| self.binary(OPERATORS.len() - 1)).transpose()?.map(Box::new))
            } else {
                return Ok(*of);
            };
            self.link()?;
        }
    }

    /// Counts a link of a chain such as `a.b.c` or `a + b + c`, which becomes a tree as deep as the chain is long.
    fn link(&mut self) -> Result<(), Fault> {
        self.links += 1;
        if self.links > MOST_LINKS { Err(syntax("so long an expression")) } else { Ok(()) }
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        if let Some(quote) = ['"', '\''].into_iter().find(|it| self.rest.starts_with(*it)) {
            let inner = &self.rest[1..];
            let end = end_of_text(inner, quote).ok_or_else(|| syntax(self.rest))?;
            self.rest = inner[end + 1..].trim_start();
            let text = inner[..end].replace("\\\"", "\"").replace("\\'", "'").replace("\\\\", "\\");
            let mut nodes = Vec::new();
            for part in parts(&text)? {
                match part {
                    Part::Text(text) => nodes.push(Node::Text(text.to_owned())),
                    Part::Print(text) if self.depth < DEEPEST => nodes.push(Node::Print(nested(text, self.depth + 1)?)),
                    _ => return Err(syntax(&text)),
                }
            }
            return Ok(Expression::Text(nodes));
        }
        if self.takes("(") {
            let inner = self.binary(0)?;
            self.expect(")")?;
            return Ok(Expression::Bracket(Box::new(inner)));
        }
        if self.takes("{") {
            self.expect("}")?;
            return Ok(Expression::Literal(json!({})));
        }
        let name = self.name().ok_or_else(|| syntax(self.rest))?;
        Ok(match name {
            "true" | "false" => Expression::Literal(json!(name == "true")),
            _ => name.parse::<i64>().map_or_else(|_| Expression::Variable(name.to_owned()), |it| Expression::Literal(json!(it))),
        })
    }

    fn expect(&mut self, token: &str) -> Result<(), Fault> {
        if self.takes(token) { Ok(()) } else { Err(syntax(self.rest)) }
    }
}

/// Where a text ends, at a quote with an even number of backslashes before it.
fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let is_plain = |at: &usize| text[..*at].bytes().rev().take_while(|it| *it == b'\\').count().is_multiple_of(2);
    text.match_indices(quote).map(|(at, _)| at).find(is_plain)
}

struct Renderer {
    scope: Map<String, Value>,
    filled: String,
    steps: usize,
}

impl Renderer {
    fn render(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        for node in nodes {
            self.step()?;
            match node {
                Node::Text(text) => self.filled.push_str(text),
                Node::Print(expression) => {
                    let text = self.text(expression)?;
                    self.filled.push_str(&text);
                }
                Node::Assign(name, expression) => {
                    let value = self.value(expression)?;
                    self.scope.insert(name.clone(), value);
                }
                Node::If(branches) => {
                    for (condition, body) in branches {
                        if condition.as_ref().map_or(Ok(true), |it| self.holds(it))? {
                            self.render(body)?;
                            break;
                        }
                    }
                }
                Node::List(list, names, body) => self.list(list, names, body)?,
            }
            bounded(&self.filled)?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > MOST_STEPS { Err(syntax("so many steps")) } else { Ok(()) }
    }

    fn list(&mut self, list: &Expression, names: &[String], body: &[Node]) -> Result<(), Fault> {
        let rows: Vec<Vec<Value>> = match (self.value(list)?, names.len()) {
            (Value::Object(members), 2) => members.into_iter().map(|(name, value)| vec![json!(name), value]).collect(),
            (Value::Array(items), 1) => items.into_iter().map(|it| vec![it]).collect(),
            _ => return Err(syntax("this [#list]")),
        };
        let outer: Vec<Option<Value>> = names.iter().map(|name| self.scope.get(name).cloned()).collect();
        for row in rows {
            self.step()?;
            self.scope.extend(names.iter().cloned().zip(row));
            self.render(body)?;
        }
        for (name, value) in names.iter().zip(outer) {
            match value {
                Some(value) => self.scope.insert(name.clone(), value),
                None => self.scope.remove(name),
            };
        }
        Ok(())
    }

    /// The value, or null if only the last member or variable is missing.
    fn optional(&self, expression: &Expression) -> Result<Value, Fault> {
        Ok(match expression {
            Expression::Literal(value) => value.clone(),
            Expression::Text(nodes) => {
                let mut inner = Self { scope: self.scope.clone(), filled: String::new(), steps: 0 };
                inner.render(nodes)?;
                json!(inner.filled)
            }
            Expression::Variable(name) => self.scope.get(name).cloned().unwrap_or_default(),
            Expression::Member(of, key) => {
                let (of, key) = (self.value(of)?, self.value(key)?);
                match (&of, key) {
                    (Value::Object(members), Value::String(key)) => members.get(&key).cloned().unwrap_or_default(),
                    (Value::Array(items), Value::Number(index)) => {
                        index.as_u64().and_then(|it| items.get(usize::try_from(it).ok()?)).cloned().unwrap_or_default()
                    }
                    _ => return Err(syntax("a member of a value without members")),
                }
            }
            Expression::Bracket(inner) => self.optional(inner)?,
            Expression::Default(of, default) => match (self.lenient(of)?, default) {
                (Value::Null, Some(default)) => self.value(default)?,
                (Value::Null, None) => json!(""),
                (value, _) => value,
            },
            Expression::Exists(of) => json!(!self.lenient(of)?.is_null()),
            Expression::BuiltIn(of, name) => self.built_in(of, name)?,
            Expression::Not(of) => json!(!self.holds(of)?),
            Expression::Binary(left, "||", right) => json!(self.holds(left)? || self.holds(right)?),
            Expression::Binary(left, "&&", right) => json!(self.holds(left)? && self.holds(right)?),
            Expression::Binary(left, "+", right) => match (self.value(left)?, self.value(right)?) {
                (Value::Number(left), Value::Number(right)) => {
                    json!(left.as_i64().zip(right.as_i64()).map(|(left, right)| left.saturating_add(right)))
                }
                (left, right) => {
                    let text = format!("{}{}", printed(&left)?, printed(&right)?);
                    bounded(&text)?;
                    json!(text)
                }
            },
            Expression::Binary(left, operator, right) => json!((self.value(left)? == self.value(right)?) == (*operator == "==")),
        })
    }

    /// Like [`optional`](Self::optional), for an expression before a default. In brackets, everything may be missing.
    fn lenient(&self, expression: &Expression) -> Result<Value, Fault> {
        match self.optional(expression) {
            Err(Fault::Missing(_)) if matches!(expression, Expression::Bracket(_)) => Ok(Value::Null),
            result => result,
        }
    }

    fn value(&self, expression: &Expression) -> Result<Value, Fault> {
        let value = self.optional(expression)?;
        if value.is_null() { Err(Fault::Missing(described(expression))) } else { Ok(value) }
    }

    fn text(&self, expression: &Expression) -> Result<String, Fault> {
        printed(&self.value(expression)?)
    }

    fn holds(&self, expression: &Expression) -> Result<bool, Fault> {
        self.value(expression)?.as_bool().ok_or_else(|| syntax(&format!("{} as a condition", described(expression))))
    }

    fn built_in(&self, of: &Expression, name: &str) -> Result<Value, Fault> {
        if name == "has_content" {
            return Ok(json!(match self.lenient(of)? {
                Value::Null => false,
                Value::String(text) => !text.is_empty(),
                Value::Array(items) => !items.is_empty(),
                Value::Object(members) => !members.is_empty(),
                Value::Bool(_) | Value::Number(_) => true,
            }));
        }
        let value = self.value(of)?;
        let text = || printed(&value);
        Ok(match (name, &value) {
            ("c" | "string", Value::Bool(_) | Value::Number(_)) => json!(value.to_string()),
            ("size", Value::Array(items)) => json!(items.len()),
            ("size", Value::Object(members)) => json!(members.len()),
            ("string", _) => json!(text()?),
            ("html", _) => json!(escaped(&text()?)),
            ("url", _) => json!(utf8_percent_encode(&text()?, URL).to_string()),
            ("upper_case", _) => json!(text()?.to_uppercase()),
            ("lower_case", _) => json!(text()?.to_lowercase()),
            ("trim", _) => json!(text()?.trim()),
            ("length", _) => json!(text()?.chars().count()),
            _ => return Err(syntax(&format!("?{name}"))),
        })
    }
}

fn bounded(text: &str) -> Result<(), Fault> {
    if text.len() > LONGEST { Err(syntax("a text of more than a megabyte")) } else { Ok(()) }
}

fn printed(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(syntax("a value that is no text")),
    }
}

/// The text as FreeMarker's `?html` escapes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The expression in an error.
fn described(expression: &Expression) -> String {
    match expression {
        Expression::Variable(name) => name.clone(),
        Expression::Literal(Value::String(text)) => text.clone(),
        Expression::Member(of, key) => format!("{}.{}", described(of), described(key)),
        Expression::Bracket(of) | Expression::BuiltIn(of, _) => described(of),
        _ => "an expression".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String, String> {
        let data = json!({
            "application": {"data": {"sites": {"shop": "https://shop.test"}}, "name": "Shop"},
            "changePasswordId": "X&Y",
            "markup": "<a href=\"x\">&",
            "state": {"client_id": "c", "return to": "/a?b", "site": "shop"},
            "user": {"active": true, "email": "a@b.c", "languages": ["de", "en"], "visits": 1234},
        });
        fill(template, data.as_object().unwrap())
    }

    /// The forms of the templates in <https://github.com/FusionAuth/fusionauth-email-templates> and of the documentation.
    #[test]
    fn templates_are_filled() {
        for (template, expected) in [
            ("${(application.data.sites[state.site])!(\"https://default.test\")}/a", "https://shop.test/a"),
            ("${(application.data.sites[state.missing])!\"none\"}", "none"),
            ("${(user.firstName)!''}${user.firstName!}|${user.firstName!user.email}|${user.firstName!(user.email)}", "|a@b.c|a@b.c"),
            ("${markup}|${markup?html}|${changePasswordId?url}", "<a href=\"x\">&|&lt;a href=&quot;x&quot;&gt;&amp;|X%26Y"),
            ("[#if user.firstName??]Hi ${user.firstName}[#elseif user.active]Hi[#else]Bye[/#if]!", "Hi!"),
            ("[#if user.email == \"a@b.c\" && !(user.lastName?has_content)]yes[/#if]", "yes"),
            ("[#setting url_escaping_charset=\"UTF-8\"]\n[#-- a comment --]\na", "a"),
            ("a[#if user.active][/#if]\nb${user.email}[#if user.active][/#if]\nc", "a\nba@b.c\nc"),
            (
                "[#assign url = \"http://h/${changePasswordId}?t=${user.email}\" /]\n[#list state!{} as key, value][#if key != \"client_id\" && \
                 value??][#assign url = url + \"&\" + key?url + \"=\" + value?url/][/#if][/#list]\n<a href=\"${url}\">",
                "<a href=\"http://h/X&Y?t=a@b.c&return%20to=%2Fa%3Fb&site=shop\">",
            ),
            ("[#list user.languages as it]${it?upper_case} [/#list]${user.languages?size}", "DE EN 2"),
            ("[#list missing!{} as key, value]x[/#list]", ""),
            ("[#list user.languages as user]${user} [/#list]${user.email}", "de en a@b.c"),
            ("a $ b ] } [x] ${user.visits}", "a $ b ] } [x] 1234"),
            ("line\n  [#if user.active]\n  yes\n  [/#if]\nend", "line\n  yes\nend"),
        ] {
            assert_eq!(filled(template).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn what_is_not_understood_or_has_no_value_is_named() {
        for (template, named) in [
            ("${unknown}", "unknown"),
            ("${user.nothing}", "user.nothing"),
            ("${user.address.city!''}", "user.address"),
            ("${user.email", "${user.email"),
            ("${user.visits?datetime}", "?datetime"),
            ("[#macro x]", "[#macro]"),
            ("[#if user.active]", "[#if] without an end"),
            ("[/#if]", "[#if]"),
            ("[#else]", "[#else]"),
            ("${user.active}", "no text"),
            ("[#if user.email]x[/#if]", "user.email as a condition"),
            ("${a b}", "a b"),
            ("[#-- open", "comment"),
        ] {
            let error = filled(template).unwrap_err();
            assert!(error.contains(named), "{template}: {error}");
        }
        let many = |it: &str| it.repeat(10_000);
        for endless in [
            many("[#if user.active]"),
            format!("${{{}user.email{}}}", many("("), many(")")),
            format!("[#if {}user.active]a[/#if]", many("!")),
            format!("${{user{}}}", many(".email")),
            format!("${{user.email{}}}", many(" + user.email")),
            format!("${{user.email{}}}", many("?html")),
            format!("${{user.email{}}}", many("!")),
            format!("[#assign x = user.email/]{}", "[#assign x = x + x/]".repeat(40)),
            format!("{}{}", "[#list user.languages as it]".repeat(24), "[/#list]".repeat(24)),
        ] {
            let error = filled(&endless).unwrap_err();
            assert!(["so ", "a megabyte"].iter().any(|it| error.contains(it)), "{error}");
        }
    }
}
