//! The variables of a kickstart file: `#{name}`, `#{UUID()}`, `#{ENV.name}` and `@{file}`
//! (<https://fusionauth.io/docs/get-started/download-and-install/development/kickstart>).

use super::KickstartError;
use crate::state::Random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Component, Path};
use uuid::Uuid;

/// The values of `#{…}` and `@{…}`.
pub(super) struct Variables<'a> {
    named: BTreeMap<String, String>,
    environment: &'a BTreeMap<String, String>,
    random: &'a Random,
    /// The folder of the kickstart file, in which `@{file}` is looked up.
    folder: &'a Path,
}

impl<'a> Variables<'a> {
    /// The file's own variables may use `#{UUID()}` and `#{ENV.…}`. A variable has the same value wherever it stands.
    pub(super) fn new(
        named: BTreeMap<String, String>,
        environment: &'a BTreeMap<String, String>,
        random: &'a Random,
        folder: &'a Path,
    ) -> Result<Self, KickstartError> {
        let plain = Variables { named: BTreeMap::new(), environment, random, folder };
        let mut resolved = BTreeMap::new();
        for (name, value) in named {
            let value = plain.text(&format!("variables.{name}"), &value)?;
            resolved.insert(name, value);
        }
        Ok(Self { named: resolved, ..plain })
    }

    /// The id that the file gives the tenant, if it gives one.
    pub(super) fn default_tenant(&self) -> Result<Option<Uuid>, KickstartError> {
        let Some(id) = self.named.get("defaultTenantId") else { return Ok(None) };
        let malformed =
            |_| KickstartError::Malformed { field: "variables.defaultTenantId".to_owned(), expected: "expected a UUID.".to_owned() };
        id.parse().map(Some).map_err(malformed)
    }

    pub(super) fn define(&mut self, name: &str, value: Uuid) {
        self.named.insert(name.to_owned(), value.to_string());
    }

    /// The text with every `#{…}` replaced. A `#{…}` in a replacement stays as it is.
    pub(super) fn text(&self, field: &str, text: &str) -> Result<String, KickstartError> {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("#{") {
            let malformed = || KickstartError::Malformed { field: field.to_owned(), expected: "expected } after #{.".to_owned() };
            let (name, after) = after.split_once('}').ok_or_else(malformed)?;
            done.push_str(before);
            done.push_str(&self.replacement(field, name.trim())?);
            rest = after;
        }
        done.push_str(rest);
        Ok(done)
    }

    /// The value with every text in it replaced, also in the names of members.
    pub(super) fn value(&self, field: &str, value: &Value) -> Result<Value, KickstartError> {
        Ok(match value {
            Value::String(text) => Value::String(self.text(field, &self.embedded(field, text)?)?),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(index, it)| self.value(&format!("{field}[{index}]"), it));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(name, it)| {
                    let field = format!("{field}.{name}");
                    Ok((self.text(&field, name)?, self.value(&field, it)?))
                });
                Value::Object(members.collect::<Result<_, KickstartError>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// The text with every `@{file}` replaced by that file's content. Files must be in the kickstart file's folder or below.
    fn embedded(&self, field: &str, text: &str) -> Result<String, KickstartError> {
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("@{") {
            let malformed = || KickstartError::Malformed { field: field.to_owned(), expected: "expected } after @{.".to_owned() };
            let (name, after) = after.split_once('}').ok_or_else(malformed)?;
            let path = self.folder.join(name.trim());
            let inside = Path::new(name.trim()).components().all(|it| matches!(it, Component::Normal(_) | Component::CurDir));
            let outside = || std::io::Error::other("a file beside the kickstart file or below is expected");
            let read = if inside { std::fs::read_to_string(&path) } else { Err(outside()) };
            let content = read.map_err(|error| KickstartError::Embedded { field: field.to_owned(), path, error })?;
            done.push_str(before);
            done.push_str(&content);
            rest = after;
        }
        done.push_str(rest);
        Ok(done)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_kind_of_variable_is_replaced() {
        let random = Random::new(|bytes| bytes.fill(7));
        let environment = BTreeMap::from([("PORT".to_owned(), "8080".to_owned())]);
        let named = BTreeMap::from([("app".to_owned(), "A".to_owned()), ("url".to_owned(), "http://x:#{ENV.PORT}".to_owned())]);
        let mut variables = Variables::new(named, &environment, &random, Path::new(".")).unwrap();
        variables.define("FUSIONAUTH_TENANT_ID", Uuid::nil());
        let given = json!({"#{app}": ["#{url}/#{app}", 7, null, "#{UUID()}"], "t": "#{FUSIONAUTH_TENANT_ID}", "plain": "{} # }"});
        let expected = json!({
            "A": ["http://x:8080/A", 7, null, "07070707-0707-4707-8707-070707070707"],
            "t": "00000000-0000-0000-0000-000000000000",
            "plain": "{} # }",
        });
        assert_eq!(variables.value("body", &given).unwrap(), expected);
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
    }
}
