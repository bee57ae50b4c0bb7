//! The variables of a kickstart file: `#{name}`, `#{UUID()}`, `#{ENV.name}`, `@{file}` for a text and `&{file}` for JSON
//! (<https://fusionauth.io/docs/get-started/download-and-install/development/kickstart>). A backslash before any of them makes it plain
//! text.

use super::{KickstartError, defaults};
use crate::state::Random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use uuid::Uuid;

/// The maximum depth of files that include files. It also stops a file that includes itself.
const DEEPEST_INCLUDE: usize = 8;

/// The values of `#{…}`, `@{…}` and `&{…}`.
pub(super) struct Variables<'a> {
    named: BTreeMap<String, String>,
    environment: &'a BTreeMap<String, String>,
    random: &'a Random,
    /// The folder of the kickstart file, in which files are looked up.
    folder: &'a Path,
}

impl<'a> Variables<'a> {
    /// Resolves the file's own variables. They may use each other, `#{UUID()}` and `#{ENV.name}`, but not files. Each variable is
    /// resolved once, so a variable with `#{UUID()}` has the same value everywhere.
    pub(super) fn new(
        named: BTreeMap<String, Value>,
        environment: &'a BTreeMap<String, String>,
        random: &'a Random,
        folder: &'a Path,
    ) -> Result<Self, KickstartError> {
        let mut variables = Variables { named: defaults::variables(), environment, random, folder };
        let mut pending = BTreeMap::new();
        for (name, value) in named {
            let text = match value {
                Value::String(text) => text,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => {
                    return Err(malformed(&format!("variables.{name}"), "expected a text."));
                }
            };
            pending.insert(name, text);
        }
        let pending = variables.resolve(pending, &[defaults::TENANT_ID])?;
        let tenant = variables.id("defaultTenantId")?.unwrap_or_else(|| random.uuid());
        variables.named.insert(defaults::TENANT_ID.to_owned(), tenant.to_string());
        if let Some(id) = variables.id("tenantManagerApplicationId")? {
            variables.named.extend(defaults::tenant_manager_ids().iter().map(|name| (name.clone(), id.to_string())));
        }
        match variables.resolve(pending, &[])?.into_keys().next() {
            Some(name) => Err(malformed(&format!("variables.{name}"), "this variable refers to itself.")),
            None => Ok(variables),
        }
    }

    /// Defines each variable of `pending` that uses only defined variables. Returns the rest, which use each other or variables of `later`.
    fn resolve(&mut self, mut pending: BTreeMap<String, String>, later: &[&str]) -> Result<BTreeMap<String, String>, KickstartError> {
        loop {
            let (names, before): (Vec<_>, _) = (pending.keys().cloned().collect(), pending.len());
            let mut postponed = BTreeMap::new();
            for (name, value) in pending {
                match self.text(&format!("variables.{name}"), &value) {
                    Ok(text) => _ = self.named.insert(name, text),
                    Err(KickstartError::Undefined { name: missing, .. }) if names.contains(&missing) || later.contains(&&*missing) => {
                        postponed.insert(name, value);
                    }
                    Err(error) => return Err(error),
                }
            }
            if postponed.len() == before {
                return Ok(postponed);
            }
            pending = postponed;
        }
    }

    /// The id in the variable `name`, if the file defines this variable.
    fn id(&self, name: &str) -> Result<Option<Uuid>, KickstartError> {
        let Some(id) = self.named.get(name) else { return Ok(None) };
        id.parse().map(Some).map_err(|_| malformed(&format!("variables.{name}"), "expected a UUID."))
    }

    /// The id of the tenant that exists before the first request of the file.
    pub(super) fn default_tenant(&self) -> Uuid {
        self.named.get(defaults::TENANT_ID).and_then(|it| it.parse().ok()).unwrap_or_default()
    }

    /// The text with every `#{…}` replaced. A `#{…}` inside a replacement is not replaced.
    pub(super) fn text(&self, field: &str, text: &str) -> Result<String, KickstartError> {
        replace(field, text, '#', |name| self.replacement(field, name))
    }

    /// The value with the variables in its texts and names of members replaced, and with every `&{file}` replaced by that file's JSON.
    pub(super) fn value(&self, field: &str, value: &Value) -> Result<Value, KickstartError> {
        self.value_at_depth(field, value, 0)
    }

    fn value_at_depth(&self, field: &str, value: &Value, depth: usize) -> Result<Value, KickstartError> {
        Ok(match value {
            Value::String(text) => match included_file(text) {
                Some(name) if depth < DEEPEST_INCLUDE => self.value_at_depth(field, &self.json(field, name)?, depth + 1)?,
                Some(_) => return Err(malformed(field, "the included files include each other in a loop.")),
                None => {
                    let text = replace(field, text, '@', |name| self.read(field, '@', name))?;
                    Value::String(self.text(field, &text)?)
                }
            },
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(index, it)| self.value_at_depth(&format!("{field}[{index}]"), it, depth));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, it)| {
                    let field = format!("{field}.{name}");
                    Ok((self.text(&field, name)?, self.value_at_depth(&field, it, depth)?))
                });
                Value::Object(members.collect::<Result<_, KickstartError>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// The value, or the JSON of the file if the value is `&{file}`.
    pub(super) fn included(&self, field: &str, value: &Value) -> Result<Value, KickstartError> {
        match value.as_str().and_then(included_file) {
            Some(name) => self.json(field, name),
            None => Ok(value.clone()),
        }
    }

    fn json(&self, field: &str, name: &str) -> Result<Value, KickstartError> {
        let text = self.read(field, '&', &self.text(field, name)?)?;
        serde_json::from_str(&text).map_err(|error| malformed(field, &format!("{name} is not JSON: {error}.")))
    }

    /// The content of a file, which must be in the kickstart file's folder or below.
    fn read(&self, field: &str, kind: char, name: &str) -> Result<String, KickstartError> {
        let path = self.folder.join(name);
        let is_inside = Path::new(name).components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir));
        let outside = || std::io::Error::other("expected a file in the kickstart file's folder or below it");
        let read = if is_inside { std::fs::read_to_string(&path) } else { Err(outside()) };
        let read = read.map(|text| text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned));
        read.map_err(|error| KickstartError::Embedded { field: field.to_owned(), kind, path: PathBuf::from(name), error })
    }

    fn replacement(&self, field: &str, name: &str) -> Result<String, KickstartError> {
        if name == "UUID()" {
            return Ok(self.random.uuid().to_string());
        }
        let (value, hint) = match name.strip_prefix("ENV.") {
            Some(name) => (self.environment.get(name), ": set this environment variable"),
            None => (self.named.get(name), ": add it to variables"),
        };
        value.cloned().ok_or_else(|| KickstartError::Undefined { field: field.to_owned(), name: name.to_owned(), hint })
    }
}

/// The text with every `#{name}` (if `sign` is `#`) or `@{name}` (if `sign` is `@`) replaced. If a backslash precedes it, only the
/// backslash is removed.
fn replace(
    field: &str,
    text: &str,
    sign: char,
    replacement: impl Fn(&str) -> Result<String, KickstartError>,
) -> Result<String, KickstartError> {
    let opening = format!("{sign}{{");
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&opening) {
        if let Some(before) = before.strip_suffix('\\') {
            done.push_str(before);
            done.push_str(&opening);
            rest = after;
            continue;
        }
        let (name, after) = after.split_once('}').ok_or_else(|| malformed(field, &format!("expected }} after {opening}.")))?;
        done.push_str(before);
        done.push_str(&replacement(name.trim())?);
        rest = after;
    }
    done.push_str(rest);
    Ok(done)
}

/// The name of the file in a value such as `&{name}`.
fn included_file(text: &str) -> Option<&str> {
    text.trim().strip_prefix("&{")?.strip_suffix('}').map(str::trim)
}

fn malformed(field: &str, expected: &str) -> KickstartError {
    KickstartError::Malformed { field: field.to_owned(), expected: expected.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_variable_is_replaced() {
        let random = Random::new(|bytes| bytes.fill(7));
        let environment = BTreeMap::from([("PORT".to_owned(), "8080".to_owned())]);
        let named = BTreeMap::from([
            ("app".to_owned(), json!("A")),
            ("url".to_owned(), json!("http://x:#{ENV.PORT}")),
            ("again".to_owned(), json!("#{url}/#{FUSIONAUTH_TENANT_ID}")),
            ("seven".to_owned(), json!(7)),
            ("defaultTenantId".to_owned(), json!("00000000-0000-0000-0000-000000000001")),
        ]);
        let variables = Variables::new(named, &environment, &random, Path::new(".")).unwrap();
        let given = json!({
            "#{app}": ["#{url}/#{app}", 7, null, "#{UUID()}"],
            "again": "#{again} #{seven}",
            "escaped": "\\#{app} \\@{file}",
            "plain": "{} # } ${x} & @",
        });
        let expected = json!({
            "A": ["http://x:8080/A", 7, null, "07070707-0707-4707-8707-070707070707"],
            "again": "http://x:8080/00000000-0000-0000-0000-000000000001 7",
            "escaped": "#{app} @{file}",
            "plain": "{} # } ${x} & @",
        });
        assert_eq!(variables.value("body", &given).unwrap(), expected);
        for name in ["FUSIONAUTH_APPLICATION_ID", "FUSIONAUTH_DEFAULT_SIGNING_KEY_ID", "FUSIONAUTH_LAMBDA[GoogleReconcile]_ID"] {
            assert!(variables.text("body", &format!("#{{{name}}}")).unwrap().parse::<Uuid>().is_ok(), "{name}");
        }
    }

    #[test]
    fn undefined_variables_are_named() {
        let (random, environment) = (Random::system(), BTreeMap::new());
        let variables = Variables::new(BTreeMap::new(), &environment, &random, Path::new(".")).unwrap();
        let cases = [
            ("#{nothing}", "kickstart: body.a: #{nothing} is not defined: add it to variables"),
            ("#{ENV.NOTHING}", "kickstart: body.a: #{ENV.NOTHING} is not defined: set this environment variable"),
            ("#{open", "kickstart: body.a: expected } after #{."),
        ];
        for (text, message) in cases {
            assert_eq!(variables.value("body", &json!({"a": text})).unwrap_err().to_string(), message);
        }
        let circle = BTreeMap::from([("a".to_owned(), json!("#{b}")), ("b".to_owned(), json!("#{a}"))]);
        let error = Variables::new(circle, &environment, &random, Path::new(".")).err().unwrap();
        assert_eq!(error.to_string(), "kickstart: variables.a: this variable refers to itself.");
    }
}
