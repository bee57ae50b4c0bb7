//! The members of JSON bodies that pass. What nobody can read passes nowhere.

use serde_json::{Map, Value};

/// The members of `value` that these paths name. A text, number or boolean passes only at the end of a path. A list passes with the named
/// members of its items. `None` if there are none.
pub(super) fn named(value: Value, paths: &[&str]) -> Option<Value> {
    match value {
        Value::Object(members) => Some(Value::Object(members.into_iter().filter_map(|(name, value)| below(name, value, paths)).collect())),
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(|it| named(it, paths)).collect())),
        Value::Null => None,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => paths.contains(&"").then_some(value),
    }
}

fn below(name: String, value: Value, paths: &[&str]) -> Option<(String, Value)> {
    let rest = |path: &&str| -> Option<usize> {
        let first = path.split('.').next().filter(|it| !it.is_empty() && (*it == name || *it == "*"))?;
        Some(path.len().min(first.len() + 1))
    };
    let paths: Vec<&str> = paths.iter().filter_map(|path| Some(&path[rest(path)?..])).collect();
    if paths.is_empty() { None } else { named(value, &paths).map(|it| (name, it)) }
}

/// The body of a request: its members that these paths name. `None` if one of them is neither a text nor a boolean, because FusionAuth may
/// read it as another value than this server.
pub(super) fn of_request(body: Value, paths: &[&str]) -> Option<Map<String, Value>> {
    fn is_plain(value: &Value) -> bool {
        match value {
            Value::String(_) | Value::Bool(_) => true,
            Value::Object(members) => members.values().all(is_plain),
            Value::Array(_) | Value::Null | Value::Number(_) => false,
        }
    }
    match named(body, paths)? {
        Value::Object(members) if members.values().all(is_plain) => Some(members),
        _ => None,
    }
}

/// Removes the members that hold a refresh token, or any token, at every depth, from an answer that the operator lets pass. Members named
/// `data` stay whole: they hold data that applications store about a user.
pub(super) fn remove_tokens(value: &mut Value, has_parent_domain: bool) {
    const REFRESH_TOKENS: &[&str] = &["refreshToken", "refresh_token", "refreshTokens"];
    const TOKENS: &[&str] = &["token", "refreshToken", "refreshTokenId", "access_token", "refresh_token", "id_token"];
    match value {
        Value::Object(members) => {
            let secret = if has_parent_domain { TOKENS } else { REFRESH_TOKENS };
            members.retain(|name, _| !secret.contains(&name.as_str()));
            members.iter_mut().filter(|(name, _)| *name != "data").for_each(|(_, it)| remove_tokens(it, has_parent_domain));
        }
        Value::Array(items) => items.iter_mut().for_each(|it| remove_tokens(it, has_parent_domain)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_named_members_pass_and_only_at_the_end_of_a_path() {
        let paths = ["token", "user.id", "methods.id", "fieldErrors.*.code"];
        for (body, expected) in [
            (json!({"token": "t", "user": {"id": "i", "email": "e"}, "refreshToken": "r"}), json!({"token": "t", "user": {"id": "i"}})),
            (json!({"token": {"id": "i"}, "user": "u"}), json!({"token": {}})),
            (json!({"token": ["t", {"refreshToken": "r"}], "user": [{"id": 1, "x": 2}]}), json!({"token": ["t", {}], "user": [{"id": 1}]})),
            (json!({"methods": [{"id": "m", "secret": "s"}, "x"]}), json!({"methods": [{"id": "m"}]})),
            (json!({"fieldErrors": {"a.b": [{"code": "c", "x": 1}]}}), json!({"fieldErrors": {"a.b": [{"code": "c"}]}})),
            (json!({"Token": "t", "user.id": "i", "": "e", "*": "s", "token ": 1, "user": null}), json!({})),
        ] {
            assert_eq!(named(body.clone(), &paths), Some(expected), "{body}");
        }
        assert_eq!(named(json!("text"), &paths), None);
    }

    #[test]
    fn a_request_has_only_texts_and_booleans() {
        let read = |body: Value| of_request(body, &["loginId", "credential.response.signature"]).map(Value::Object);
        assert_eq!(read(json!({"loginId": "l", "x": [1]})), Some(json!({"loginId": "l"})));
        assert_eq!(
            read(json!({"credential": {"response": {"signature": "s", "x": 1}}})),
            Some(json!({"credential": {"response": {"signature": "s"}}}))
        );
        assert_eq!(read(json!({"loginId": null})), Some(json!({})));
        for body in [json!({"loginId": 1}), json!({"loginId": ["l"]}), json!([{"loginId": "l"}]), json!("l"), json!(null)] {
            assert_eq!(read(body.clone()), None, "{body}");
        }
    }

    #[test]
    fn answers_that_the_operator_lets_pass_lose_their_tokens_and_nothing_else() {
        for (has_parent_domain, body, expected) in [
            (
                true,
                json!({"refreshToken": "r", "refreshTokenId": "i", "token": "t", "user": {"data": {"token": "of the user's own data"}}}),
                json!({"user": {"data": {"token": "of the user's own data"}}}),
            ),
            (
                false,
                json!({"token": "t", "registration": [{"refreshToken": "r"}], "refreshTokens": []}),
                json!({"token": "t", "registration": [{}]}),
            ),
        ] {
            let mut value = body;
            remove_tokens(&mut value, has_parent_domain);
            assert_eq!(value, expected);
        }
    }
}
