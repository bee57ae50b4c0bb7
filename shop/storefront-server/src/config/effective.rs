//! The output of `--check`: the settings in effect, as the text of a configuration file, each with its source.

use crate::config::file::{as_defaults, is_secret};
use crate::secret::FILE;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Parser};
use std::{collections::BTreeMap, ffi::OsString, fmt::Write, path::PathBuf};

/// Every setting of a program, with its value and the source of the value, as the text of a configuration file. It contains no secret.
///
/// # Errors
/// The same as those of [`load`](super::load).
pub fn describe<P: Parser>(arguments: &[OsString]) -> Result<String, clap::Error> {
    let given = P::command().try_get_matches_from(arguments)?;
    let file = given.get_one::<PathBuf>("config");
    let command = file.and_then(|it| as_defaults::<P>(it).ok()).unwrap_or_else(P::command);
    let matches = command.clone().try_get_matches_from(arguments)?;
    let built_in = P::command();
    let (mut text, mut sites) = (String::new(), String::new());
    for arg in command.get_arguments().filter(|it| !matches!(it.get_id().as_str(), "help" | "version" | "config" | "check" | "static_site"))
    {
        // `as_defaults` makes the file's values the defaults, so a default that differs from the built-in one is from the file.
        let in_file = built_in
            .get_arguments()
            .find(|it| it.get_id() == arg.get_id())
            .is_some_and(|it| it.get_default_values() != arg.get_default_values());
        let Some(values) = values(arg, &matches) else {
            let _ = writeln!(text, "# {} is not set", arg.get_id());
            continue;
        };
        let from = source(arg, &matches, in_file);
        if arg.get_id() == "sites" {
            for site in values {
                let _ = writeln!(sites, "\n[[site]] # from {from}");
                let table: BTreeMap<String, toml::Table> = toml::from_str(&format!("site = {{ {site} }}")).unwrap_or_default();
                for (name, value) in table.into_values().flatten() {
                    let value = match value {
                        toml::Value::String(url) if name == "fusionauth_url" => toml::Value::String(without_secrets(&url, false)),
                        value => value,
                    };
                    let _ = writeln!(sites, "{name} = {value}");
                }
            }
            continue;
        }
        let shown = match values.as_slice() {
            [one] if one.starts_with(FILE) => toml_value(one),
            [_] if is_secret(arg) => "\"not shown\"".to_owned(),
            [one] if arg.get_id().as_str().ends_with("_url") => toml_value(&without_secrets(one, arg.get_id() == "database_url")),
            [one] => toml_value(one),
            many => format!("[{}]", many.iter().map(|it| toml_value(it)).collect::<Vec<_>>().join(", ")),
        };
        let _ = writeln!(text, "{} = {shown} # from {from}", arg.get_id());
    }
    Ok(text + &sites)
}

fn values(arg: &Arg, matches: &ArgMatches) -> Option<Vec<String>> {
    let id = arg.get_id().as_str();
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return Some(vec![matches.get_flag(id).to_string()]);
    }
    Some(matches.get_raw(id)?.map(|it| it.to_string_lossy().into_owned()).collect())
}

fn source(arg: &Arg, matches: &ArgMatches, in_file: bool) -> String {
    match matches.value_source(arg.get_id().as_str()) {
        Some(ValueSource::CommandLine) => format!("--{}", arg.get_long().unwrap_or_default()),
        Some(ValueSource::EnvVariable) => arg.get_env().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default(),
        _ if in_file => "the file".to_owned(),
        _ => "the default".to_owned(),
    }
}

fn toml_value(text: &str) -> String {
    let is_plain = matches!(text, "true" | "false") || text.parse::<i64>().is_ok();
    if is_plain { text.to_owned() } else { toml::Value::String(text.to_owned()).to_string() }
}

/// A URL without parts that may be secret. In a database's URL the user and the path are not secret; in other URLs they may be tokens.
fn without_secrets(text: &str, is_database: bool) -> String {
    const NOT_SHOWN: &str = "not-shown";
    const PLAIN_PARAMETERS: [&str; 2] = ["mode", "sslmode"];
    let Ok(url) = reqwest::Url::parse(text) else { return "not shown".to_owned() };
    // An unescaped `/`, `?` or `#` in a password moves the rest of the password into another part of the URL.
    if [Some(url.path()), url.query(), url.fragment()].into_iter().flatten().any(|it| it.contains('@')) {
        return "not shown".to_owned();
    }
    let parameter = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if PLAIN_PARAMETERS.contains(&name) => pair.to_owned(),
        Some((name, _)) => format!("{name}={NOT_SHOWN}"),
        None => NOT_SHOWN.to_owned(),
    };
    let query = url.query().map(|it| it.split('&').map(parameter).collect::<Vec<_>>().join("&"));
    let mut shown = url.clone();
    shown.set_query(query.as_deref());
    shown.set_fragment(None);
    // An error means that the URL cannot have a user and a password, so there is nothing to hide.
    let _ = url.password().map(|_| shown.set_password(Some(NOT_SHOWN)));
    if !is_database && !url.username().is_empty() {
        let _ = shown.set_username(NOT_SHOWN);
    }
    if !is_database && !matches!(url.path(), "/" | "/v1/traces") {
        shown.set_path(NOT_SHOWN);
    }
    if shown == url { text.to_owned() } else { shown.into() }
}
