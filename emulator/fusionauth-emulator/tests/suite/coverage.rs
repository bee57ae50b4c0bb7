//! Checks that every operation of FusionAuth either works, or is stored only, or is answered 501. `docs/emulator-coverage.md` lists which. A
//! run with `UPDATE=1` rewrites that page, except for the table of documented answers. The tests of xtask check that table.

use crate::forms::{Line, operation_lines};
use crate::test_emulator::{API_KEY, SHOPPER, STORE, TENANT, TestEmulator, TestResponse};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const OPERATIONS: &str = include_str!("../../src/api/operations.txt");

/// The first version of the emulator. Until there is another, the page needs no column that says since which version an operation works.
const FIRST_VERSION: &str = "0.1.0";

/// The paths of resources that have no effect, as the emulator itself knows them.
const STORED_ONLY: &str = include_str!("../../src/api/stored_only.txt");

/// An id that nothing has.
const NOBODY: &str = "00000000-0000-4000-8000-00000000dead";

/// What the emulator does with an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Support {
    /// All documented forms work.
    Working,
    /// Documented forms are missing.
    InSomeForms,
    StoredOnly,
    NotImplemented,
}

/// What `forms.txt` says about an operation that works.
#[derive(Default)]
struct Forms {
    /// Whether the test `forms` or another test sends a form of the operation.
    is_tested: bool,
    missing: Vec<&'static str>,
}

/// The forms of an operation, such as `GET /api/user/{userId}`.
fn forms_of(operation: &str) -> Forms {
    let mut forms = Forms::default();
    for line in operation_lines() {
        match line {
            Line::Form(form) if form.is_of(operation) => forms.is_tested = true,
            Line::Elsewhere { module, operation: named } if named == operation => {
                let path = format!("{}/tests/suite/{module}.rs", env!("CARGO_MANIFEST_DIR"));
                let prefix = named.split_once(' ').unwrap().1.split('{').next().unwrap().trim_end_matches('/');
                assert!(fs::read_to_string(path).unwrap().contains(prefix), "{module} does not use {named}");
                forms.is_tested = true;
            }
            Line::Missing { operation: named, form } if named == operation => forms.missing.push(form),
            Line::Form(_) | Line::Elsewhere { .. } | Line::Missing { .. } => {}
        }
    }
    forms
}

/// The answer to a request for an operation, with `parameter` in place of each parameter of the path.
async fn probe(emulator: &TestEmulator, method: &str, path: &str, parameter: &str, headers: &[(&str, &str)]) -> TestResponse {
    let path: Vec<&str> = path.split('/').map(|it| if it.starts_with('{') { parameter } else { it }).collect();
    emulator.send(Method::from_bytes(method.as_bytes()).unwrap(), &path.join("/"), headers, Value::Null).await
}

#[tokio::test]
async fn an_operation_works_or_names_itself() {
    let emulator = TestEmulator::start().await;
    for operation in OPERATIONS.lines().filter(|it| !it.starts_with('#')) {
        let (method, path) = operation.split_once(' ').unwrap();
        if let Some((_, rest)) = path.split_once('{') {
            let answer = probe(&emulator, method, path, "", &[]).await;
            let parameter = rest.split_once('}').unwrap().0;
            let has_own_path = path.starts_with("/app/");
            let expected = (400, vec![(parameter.to_owned(), format!("[blank]{parameter}"))]);
            assert!(has_own_path || (answer.status, answer.codes()) == expected, "{operation}: {}", answer.text);
        }
        for (parameter, headers) in [(SHOPPER, &[][..]), ("no-uuid", &[]), (NOBODY, &[("authorization", API_KEY)])] {
            let answer = probe(&emulator, method, path, parameter, headers).await;
            if answer.status == 501 {
                assert_eq!(answer.codes(), [(String::new(), "[NotImplemented]".to_owned())], "{operation}");
                assert!(answer.text.contains(operation), "{operation}: {}", answer.text);
            }
            assert_ne!(answer.status, 405, "{operation}");
            // An empty 404 may only mean that the resource in the path is missing.
            assert!(answer.status != 404 || path.contains('{') || !answer.text.is_empty(), "{operation}");
        }
    }
    let answer = emulator.admin(Method::GET, "/api/user/recent-login", Value::Null).await;
    assert_eq!(answer.status, 501, "{}", answer.text);
}

/// The page's section about operations: how many operations of each kind there are, and a table with a row for each path.
async fn operations_table() -> String {
    let emulator = TestEmulator::start().await;
    let (mut text, mut rows, mut missing, mut counts) = (String::new(), String::new(), String::new(), Vec::new());
    let mut paths: Vec<(&str, Vec<(&str, Support)>)> = Vec::new();
    for line in OPERATIONS.lines() {
        if let Some(source) = line.strip_prefix("# ") {
            counts.push((source, [0; 4]));
            continue;
        }
        let (method, path) = line.split_once(' ').unwrap();
        let support = if probe(&emulator, method, path, SHOPPER, &[]).await.status == 501 {
            Support::NotImplemented
        } else if STORED_ONLY.lines().any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))) {
            Support::StoredOnly
        } else {
            let known = forms_of(line);
            assert!(known.is_tested, "forms.txt has no form of {line}");
            missing.extend(known.missing.iter().map(|it| format!("- `{line}`: {it}.\n")));
            if known.missing.is_empty() { Support::Working } else { Support::InSomeForms }
        };
        counts.last_mut().unwrap().1[support as usize] += 1;
        match paths.iter_mut().find(|(it, _)| *it == path) {
            Some((_, methods)) => methods.push((method, support)),
            None => paths.push((path, vec![(method, support)])),
        }
    }
    for (source, [working, partly, stored, lacking]) in counts {
        let all = working + partly + stored + lacking;
        text.push_str(&format!(
            "- {source}: of {all}, {working} work in all documented forms, {partly} in some, {stored} are stored only, {lacking} answer 501.\n"
        ));
    }
    paths.sort_by_key(|(path, _)| *path);
    for (path, methods) in paths {
        let of = |support| methods.iter().filter(|(_, it)| *it == support).map(|(method, _)| *method).collect::<Vec<_>>().join(" ");
        let cells = [Support::Working, Support::InSomeForms, Support::StoredOnly, Support::NotImplemented].map(of);
        let cells = ["", "some forms: ", "stored: ", "501: "].iter().zip(cells).filter(|(_, it)| !it.is_empty());
        let cells: Vec<_> = cells.map(|(kind, methods)| format!("{kind}{methods}")).collect();
        rows.push_str(&format!("| {path} | {} |\n", cells.join("; ")));
    }
    format!(
        "{text}\n| Path | Methods |\n|---|---|\n{rows}\n### Forms that are \
        missing\n\n{missing}\nThe test `forms` sends each form of \
        `forms.txt` with the name of no tenant, its own, another and an unknown one, with unknown and malformed ids, without its credential, \
        and with an API key that permits nothing else.\n"
    )
}

/// The values that a request sets a member of this kind to, one after the other.
fn values(kind: &str) -> Vec<Value> {
    match kind {
        "array" => vec![json!(["sample"])],
        "boolean" => vec![json!(true), json!(false)],
        "number" => vec![json!(7_919)],
        "object" => vec![json!({"sample": "sample"})],
        "text" => vec![json!("sample")],
        "uuid" => vec![json!(NOBODY)],
        _ => kind.strip_prefix("one of ").unwrap_or_else(|| panic!("{kind}")).split(' ').map(|it| json!(it)).collect(),
    }
}

/// The members of `members.txt` of which the emulator says that they have no effect, and those that it does not know.
async fn members() -> [BTreeSet<&'static str>; 2] {
    let emulator = TestEmulator::start().await;
    let (mut ignored, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for (number, line) in include_str!("members.txt").lines().filter(|it| !it.starts_with('#')).enumerate() {
        let (path, kind) = line.split_once(": ").unwrap();
        let names: Vec<&str> = path.split('.').collect();
        for value in values(kind) {
            let mut body = names[1..].iter().rev().fold(value, |inner, name| json!({ *name: inner }));
            let (method, path, member) = match names[0] {
                "Application" => (Method::PATCH, format!("/api/application/{STORE}"), "application"),
                "SystemConfiguration" => (Method::PATCH, "/api/system-configuration".to_owned(), "systemConfiguration"),
                "Tenant" => (Method::PATCH, format!("/api/tenant/{TENANT}"), "tenant"),
                "User" => (Method::PATCH, format!("/api/user/{SHOPPER}"), "user"),
                "UserAction" => (Method::POST, "/api/user-action".to_owned(), "userAction"),
                "UserRegistration" => (Method::PATCH, format!("/api/user/registration/{SHOPPER}/{STORE}"), "registration"),
                other => panic!("{other}"),
            };
            if member == "userAction" && body["name"].is_null() {
                body["name"] = json!(format!("action {number}"));
            }
            let answer = emulator.admin(method, &path, json!({ member: body })).await;
            assert!([200, 400].contains(&answer.status), "{line}: {} {}", answer.status, answer.text);
            let header = answer.header("x-emulator-ignored").unwrap_or_default();
            let own = names[1..].join(".");
            let is_own = |it: &str| it.split_once('.').is_some_and(|(_, it)| it == own || it.starts_with(&format!("{own}.")));
            if header.split(", ").any(is_own) {
                ignored.insert(line.split(':').next().unwrap());
            } else if answer.text.contains("unknown field") {
                unknown.insert(line.split(':').next().unwrap());
            }
            // The next member must not meet this one's value.
            let reset = names[1..].iter().rev().fold(Value::Null, |inner, name| json!({ *name: inner }));
            if ignored.contains(line.split(':').next().unwrap()) && member != "userAction" {
                emulator.admin(Method::PATCH, &path, json!({ member: reset })).await;
            }
        }
    }
    [ignored, unknown]
}

/// The paths, with a path that covers several of `all` in place of all of them.
fn shortened(paths: &BTreeSet<&'static str>, all: &[&'static str]) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut shown: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for path in paths {
        let (kind, member) = path.split_once('.').unwrap();
        let prefixes = path.match_indices('.').skip(1).map(|(at, _)| &path[..at]).chain([*path]);
        let covers =
            |prefix: &&str| all.iter().filter(|it| **it == *prefix || it.starts_with(&format!("{prefix}."))).all(|it| paths.contains(it));
        let shortest = prefixes.into_iter().find(covers).and_then(|it| it.split_once('.')).map_or(member, |it| it.1);
        shown.entry(kind).or_default().insert(shortest);
    }
    shown
}

/// The page's section about members without effect.
async fn members_list() -> String {
    let all: Vec<&str> =
        include_str!("members.txt").lines().filter_map(|it| Some(it.split_once(": ")?.0)).filter(|it| !it.starts_with('#')).collect();
    let [ignored, unknown] = members().await;
    let list = |paths: &BTreeSet<&'static str>| {
        let line =
            |(kind, members): (&str, BTreeSet<&str>)| format!("- **{kind}**: {}\n", members.into_iter().collect::<Vec<_>>().join(", "));
        shortened(paths, &all).into_iter().map(line).collect::<String>()
    };
    let mut text = "## Members without effect\n\nThe emulator stores and returns these members. A request that sets one has its name in the header `X-Emulator-Ignored` of the \
        answer, and in the log; `--strict` refuses it. The test sets each member of the public OpenAPI document (`members.txt`).\n\n".to_owned();
    text.push_str(&list(&ignored));
    assert!(unknown.is_empty(), "the emulator does not know {unknown:?}");
    text
}

#[tokio::test]
async fn the_page_lists_every_operation_and_the_members_without_effect() {
    assert_eq!(env!("CARGO_PKG_VERSION"), FIRST_VERSION, "the page must say since which version each operation works");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/emulator-coverage.md");
    let written = fs::read_to_string(&path).unwrap();
    let by_hand = written.find("## Documented answers and their tests").unwrap();
    let page = page(&operations_table().await, &members_list().await) + &written[by_hand..];
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(written == page, "docs/emulator-coverage.md is out of date: run this test with UPDATE=1");
}

/// The part of the page that this test writes.
fn page(operations: &str, members: &str) -> String {
    format!(
        "# What the emulator covers\n\nThe `coverage` test of `emulator/fusionauth-emulator` writes this page down to the documented answers, and fails if it is out of \
        date. All of it holds since version {FIRST_VERSION}, the emulator's first.\n\n## Operations\n\nIn the table, a method without a remark works in all documented forms. **Stored** means that an operation keeps and returns a resource that has no effect. An operation \
        that answers 501 names itself in the body.\n\n`POST /oauth2/token` works for the grants `authorization_code`, `refresh_token`, `client_credentials`, `password` and \
        `urn:ietf:params:oauth:grant-type:device_code`. It answers 501 for `implicit`, which FusionAuth advises against, and for token exchange.\n\n{operations}\n{members}\n"
    )
}
