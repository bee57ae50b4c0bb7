//! Members that the emulator stores and returns, and that have no effect. The type of such a member is [`Stored`], so that no list of them
//! can be out of date: whenever a document is written, the emulator names those that a request has set.

use super::defaults::default_of;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::cell::Cell;

thread_local! {
    /// Whether [`Stored`] serializes as [`MARK`].
    static MARKING: Cell<bool> = const { Cell::new(false) };
}

/// The text that marks a stored member. No request can have it in its place, because it replaces the member's own value.
const MARK: &str = "\u{1}stored";

/// The value of a member that has no effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stored(Value);

impl Serialize for Stored {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if MARKING.get() { serializer.serialize_str(MARK) } else { self.0.serialize(serializer) }
    }
}

/// The paths of the members without effect that have other values than FusionAuth's defaults, such as `Application.themeId`.
pub(crate) fn without_effect<T: Serialize>(resource: &T, values: &Value) -> Vec<String> {
    MARKING.set(true);
    let marked = serde_json::to_value(resource);
    MARKING.set(false);
    let kind = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
    let mut found = Vec::new();
    collect(&mut found, kind, &marked.unwrap_or_default(), values, &default_of(kind));
    found
}

fn collect(found: &mut Vec<String>, path: &str, marked: &Value, value: &Value, default: &Value) {
    match marked {
        Value::Object(members) => {
            for (name, marked) in members {
                collect(found, &format!("{path}.{name}"), marked, &value[name], &default[name]);
            }
        }
        Value::String(text) if text == MARK => differing(found, path, value, default),
        _ => {}
    }
}

/// The beginning of a member's name that a client has chosen.
pub(crate) fn short(name: &str) -> impl Iterator<Item = char> {
    name.chars().take(80)
}

/// The name of a member that a client has chosen, short and in characters that a header may have.
fn shown(name: &str) -> String {
    short(name).map(|it| if it.is_ascii_graphic() { it } else { '?' }).collect()
}

/// The paths at which the value is set, and is not the default one.
fn differing(found: &mut Vec<String>, path: &str, value: &Value, default: &Value) {
    match value {
        Value::Object(members) => {
            for (name, it) in members {
                differing(found, &format!("{path}.{}", shown(name)), it, &default[name]);
            }
        }
        Value::Null => {}
        Value::Bool(false) if *default != Value::Bool(true) => {}
        Value::String(text) if text.is_empty() => {}
        Value::Array(items) if items.is_empty() => {}
        value => found.extend((value != default).then(|| path.to_owned())),
    }
}
