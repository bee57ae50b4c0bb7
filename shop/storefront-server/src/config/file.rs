//! The configuration file. Its values become the defaults of the flags, so that every setting is read, checked and explained in one place.

use crate::config::site::SiteTable;
use crate::secret;
use clap::{Arg, ArgAction, Command, Parser};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The flags of a program, with the values of the file in place of their defaults.
///
/// # Errors
/// A message for the operator, which names the line of an invalid setting.
pub(super) fn as_defaults<P: Parser>(path: &Path) -> Result<Command, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let at = |offset: usize| format!("line {}", text[..offset].matches('\n').count() + 1);
    let table = DeTable::parse(&text).map_err(|error| format!("{}: {}", at(error.span().map_or(0, |it| it.start)), error.message()))?;
    let mut command = P::command();
    for (key, value) in table.get_ref() {
        let (name, line) = (key.get_ref().as_ref(), at(key.span().start));
        let values = if name == "site" {
            sites(value).map_err(|(offset, error)| format!("{}: {error}", at(offset)))?
        } else {
            setting::<P>(name, value.get_ref()).map_err(|error| format!("{line}: `{name}`: {error}"))?
        };
        let id = if name == "site" { "sites".to_owned() } else { name.to_owned() };
        command = command.mut_arg(id, |arg| arg.default_values(values));
    }
    Ok(command)
}

/// The values of a setting in the file, after clap has accepted them for the flag of the setting.
fn setting<P: Parser>(name: &str, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let command = P::command();
    // The file cannot set these four flags. It lists the sites as `[[site]]` instead of `sites`. clap does not return `--help` here.
    let arg = command.get_arguments().find(|it| it.get_id() == name && !matches!(name, "config" | "check" | "static_site" | "sites"));
    let arg = arg.ok_or("there is no such setting; `--help` lists all settings: write `_` for `-`")?;
    let values = match value {
        DeValue::Array(values) => values.iter().map(|it| scalar(it.get_ref())).collect::<Result<_, _>>()?,
        value => vec![scalar(value)?],
    };
    if is_secret(arg) && values.iter().any(|it| !it.starts_with(secret::FILE)) {
        return Err(format!("a secret does not belong in this file; write `{}` and a path, or set {}", secret::FILE, variable(arg)));
    }
    let flag = format!("--{}", arg.get_long().unwrap_or(name));
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    if is_switch {
        return if matches!(value, DeValue::Boolean(_)) { Ok(values) } else { Err("expected true or false".to_owned()) };
    }
    let trial = values.iter().map(|it| format!("{flag}={it}"));
    match P::command().try_get_matches_from(std::iter::once("check".to_owned()).chain(trial)) {
        Ok(_) => Ok(values),
        Err(error) => Err(reason(&error.to_string())),
    }
}

/// clap's message about a value, without its hints about the command line.
fn reason(message: &str) -> String {
    let text = message.split("\n\nFor more information").next().unwrap_or(message);
    text.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => Ok(number.to_string()),
        DeValue::Boolean(is_on) => Ok(is_on.to_string()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err("expected a text, a whole number, true, false, or a list of them".to_owned())
        }
    }
}

/// Each `[[site]]`, as the text that the flag `--site` accepts.
///
/// # Errors
/// The position of the error, in bytes from the file's beginning, and its text.
fn sites(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, (usize, String)> {
    let DeValue::Array(tables) = value.get_ref() else { return Err((value.span().start, "write [[site]]".to_owned())) };
    let mut texts = Vec::new();
    for table in tables {
        let DeValue::Table(members) = table.get_ref() else { return Err((table.span().start, "write [[site]]".to_owned())) };
        let deserializer = toml::de::ValueDeserializer::from(table.clone());
        let fault = |error: toml::de::Error| (error.span().map_or(table.span().start, |it| it.start), error.message().to_owned());
        SiteTable::deserialize(deserializer).map_err(fault)?;
        let text = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| format!("{} = {}", name.get_ref(), of_site(value.get_ref()));
        texts.push(members.iter().map(text).collect::<Vec<_>>().join(", "));
    }
    Ok(texts)
}

/// A value of a `[[site]]` on one line. `SiteTable` accepts only texts, and lists of texts.
fn of_site(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::Array(values) => toml::Value::Array(values.iter().map(|it| of_site(it.get_ref())).collect()),
        value => toml::Value::String(scalar(value).unwrap_or_default()),
    }
}

/// Whether the value of a setting is always a secret. The database's URL is not, because only some such URLs contain a password.
pub(super) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set() && arg.get_id() != "database_url"
}

fn variable(arg: &Arg) -> String {
    arg.get_env().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}
