//! What `--check` prints: the settings in effect, as the text of a configuration file, each with where it comes from.

use crate::auth::secret::FILE;
use crate::config::file::{as_defaults, is_secret};
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Parser};
use std::{ffi::OsString, fmt::Write, path::PathBuf};

/// See [`describe`](super::describe).
pub(super) fn describe<P: Parser>(arguments: &[OsString]) -> Result<String, clap::Error> {
    let given = P::command().try_get_matches_from(arguments)?;
    let file = given.get_one::<PathBuf>("config");
    let command = file.and_then(|it| as_defaults::<P>(it).ok()).unwrap_or_else(P::command);
    let matches = command.clone().try_get_matches_from(arguments)?;
    let built_in = P::command();
    let (mut text, mut sites) = (String::new(), String::new());
    for arg in command.get_arguments().filter(|it| !matches!(it.get_id().as_str(), "help" | "version" | "config" | "check" | "static_site"))
    {
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
                let _ = writeln!(sites, "\n[[site]] # from {from}\n{}", site.replace(", ", "\n"));
            }
            continue;
        }
        let shown = match values.as_slice() {
            [one] if is_secret(arg) && !one.starts_with(FILE) => "\"not shown\"".to_owned(),
            [one] => toml_value(&without_password(one)),
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

/// A URL without the password in it.
fn without_password(text: &str) -> String {
    match reqwest::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("not-shown")) {
            Ok(()) => url.into(),
            Err(()) => "not shown".to_owned(),
        },
        _ => text.to_owned(),
    }
}
