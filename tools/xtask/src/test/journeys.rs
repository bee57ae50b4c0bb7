//! Makes the release build, checks its size, and runs the journeys on it in a real Chromium. [`TIERS`] lists which journeys belong to the
//! core.

use super::browser;
use super::options::{Context, Suite};
use super::report::{Report, list_tests, run_exactly, run_tests};
use super::template;
use crate::postgresql::Database;
use crate::setup::Engine;
use crate::{build, e2e, project, setup, size};
use anyhow::ensure;

/// Makes the release build. Returns whether it is there.
pub(super) fn build(context: &Context, report: &mut Report) -> bool {
    let mut library = None;
    report.step(Suite::Journeys, "release build", |_| {
        let wait_for_tools = || {
            ensure!(context.has_wasm_tools.wait(), "the tools of the app's build were not built");
            Ok(())
        };
        library = Some(build::release_with(context.environment.toolchain, build::When::Changed, wait_for_tools)?);
        Ok(None)
    });
    if let (Some(library), None) = (library, context.filter()) {
        report.step(Suite::Journeys, "size", |_| {
            let report = size::SizeReport::of(&project::dist(), library)?;
            println!("\n{}", report.table);
            report.within_budget.map(|()| None)
        });
    }
    library.is_some() && report.step(Suite::Journeys, "axe-core", |_| setup::AXE_CORE.ensure().map(|()| None))
}

/// Runs the small groups of the core: the tests of the driver, and the journeys over https and on two servers. With a filter, runs nothing.
pub(super) fn run_small_groups_of_core(context: &Context, report: &mut Report) {
    if context.filter().is_some() || context.browser(Engine::Chromium).is_none() {
        return;
    }
    run_tests_of_driver(context, report);
    run(context, report, &Run { settings: HTTPS, ..Run::of("journeys over https, a few", |it| IN_CORE_OVER_HTTPS.contains(&it)) });
    run_only_https(context, report);
    run(
        context,
        report,
        &Run { servers: Servers::Cluster, settings: CORE, ..Run::of("journeys on two servers, a few", is_in_core_on_two_servers) },
    );
}

/// Runs the other journeys of the core. With a filter, runs all journeys that it matches, each in all of its workflows and window sizes.
pub(super) fn run_core(context: &Context, report: &mut Report) {
    if context.browser(Engine::Chromium).is_none() {
        report.not_run(Suite::Journeys, "journeys", Engine::Chromium.how_to_get());
        return;
    }
    if context.filter().is_some() {
        run_tests_of_driver(context, report);
        run(context, report, &Run { window: Window::Whole, ..Run::of("journeys", |it| !needs_https(it)) });
        run_only_https(context, report);
        run_diagrams(context, report);
        run_in_every_engine(context, report);
        return;
    }
    run(context, report, &Run { settings: CORE, ..Run::of("journeys", |it| tier_of(it) == Tier::Core && !needs_window(it)) });
    let name = "journeys in the whole browser";
    let is_chosen: Chosen = |it| tier_of(it) == Tier::Core && needs_window(it);
    run(context, report, &Run { settings: CORE, window: Window::Whole, ..Run::of(name, is_chosen) });
    run_diagrams(context, report);
}

fn run_tests_of_driver(context: &Context, report: &mut Report) {
    report.step(Suite::Journeys, "browser driver", |progress| {
        run_tests(&mut e2e::test_e2e_library(context.chromium()?, context.filter()), progress)
    });
}

pub(super) fn run_rest_of_sign_in(context: &Context, report: &mut Report) {
    run(context, report, &Run::of("journeys of sign-ins, the rest", |it| tier_of(it) == Tier::RestOfSignIn));
}

pub(super) fn run_rest_of_single_page(context: &Context, report: &mut Report) {
    run(context, report, &Run::of("journeys of the single-page app, the rest", |it| tier_of(it) == Tier::RestOfSinglePage));
}

pub(super) fn run_rest_of_use(context: &Context, report: &mut Report) {
    run(context, report, &Run::of("journeys of use, the rest", |it| tier_of(it) == Tier::RestOfUse));
}

pub(super) fn run_other_workflows(context: &Context, report: &mut Report) {
    let is_chosen = |it: &str| tier_of(it) == Tier::Core && loops_over_workflows(it);
    run(context, report, &Run { settings: REST, ..Run::of("journeys in their other workflows", is_chosen) });
}

pub(super) fn run_gallery(context: &Context, report: &mut Report) {
    let name = "every page in every window, light and dark";
    run(context, report, &Run { window: Window::Whole, ..Run::of(name, |it| it.starts_with(GALLERY)) });
}

pub(super) fn run_gallery_in_other_languages(context: &Context, report: &mut Report) {
    // The pages for developers are only in English.
    let is_chosen = |it: &str| it.starts_with(GALLERY) && !it.starts_with("gallery::developers");
    for language in e2e::other_languages().unwrap_or_default() {
        let name = format!("every page, language {language}");
        run(context, report, &Run { settings: &[("E2E_LANGUAGE", &language)], ..Run::of(&name, is_chosen) });
    }
}

pub(super) fn run_over_https(context: &Context, report: &mut Report) {
    run(context, report, &Run { settings: HTTPS, ..Run::of("journeys over https", |it| HTTPS_MODULES.contains(&module_of(it))) });
}

/// Runs the journeys of features that browsers support over https only.
fn run_only_https(context: &Context, report: &mut Report) {
    let name = "journeys that need https";
    run(context, report, &Run { settings: HTTPS, window: Window::Whole, ..Run::of(name, needs_https) });
}

pub(super) fn run_on_two_servers(context: &Context, report: &mut Report) {
    run(context, report, &Run { servers: Servers::Cluster, ..Run::of("journeys on two servers", runs_on_two_servers) });
}

/// Runs the published steps of every workflow, and compares the recorded messages with the diagrams in the documents.
fn run_diagrams(context: &Context, report: &mut Report) {
    let diagrams = Run { program: "diagrams", window: Window::Whole, ..Run::of("diagrams", |it| !needs_https(it)) };
    run(context, report, &diagrams);
    run(context, report, &Run { name: "diagrams over https", is_chosen: needs_https, settings: HTTPS, ..diagrams });
}

pub(super) fn run_in_every_engine(context: &Context, report: &mut Report) {
    browser::ensure_firefox(context, report);
    let engines = Run { program: "engines", window: Window::Whole, ..Run::of("journeys in every engine", |it| !needs_https(it)) };
    run(context, report, &engines);
    run(context, report, &Run { name: "journeys in every engine over https", is_chosen: needs_https, settings: HTTPS, ..engines });
}

/// Builds a project from the template, as its README says, and runs its journey.
pub(super) fn run_template(context: &Context, report: &mut Report) {
    let is_built = report.step(Suite::Journeys, "template: trunk build", |progress| {
        setup::TRUNK.ensure()?;
        template::build(context.environment.toolchain, progress).map(|()| None)
    });
    if is_built {
        run(context, report, &Run::of("journey of the template", |it| tier_of(it) == Tier::Template));
    }
}

/// Each journey belongs to the tier of the longest of these beginnings of its name, and otherwise to the core.
const TIERS: &[(&str, Tier)] = &[
    ("cart::", Tier::RestOfUse),
    ("device_binding::", Tier::OnlyHttps),
    ("first_content::", Tier::RestOfUse),
    ("keep_signed_in::", Tier::RestOfSignIn),
    ("keep_signed_in::a_sign_in_that_is_not_kept_ends_with_the_browser", Tier::Core),
    ("languages::", Tier::RestOfUse),
    ("orders::", Tier::RestOfUse),
    ("orders::without_script_a_product_becomes_an_order_by_keyboard_alone", Tier::Core),
    ("passkeys::", Tier::RestOfSinglePage),
    ("repeated_visits::", Tier::RestOfUse),
    ("requests::", Tier::RestOfUse),
    ("screen_reader::", Tier::RestOfUse),
    ("screen_reader::what_follows_a_second_factor_and_a_sign_out_is_told", Tier::Core),
    ("session_states::", Tier::RestOfUse),
    ("shared_session::", Tier::RestOfSinglePage),
    ("shared_session::five_tabs_", Tier::Core),
    ("shared_session::signing_out_during_a_refresh_", Tier::Core),
    ("template::", Tier::Template),
    ("webapp_forms::", Tier::RestOfSignIn),
    ("webapp_forms::signing_out_leaves_no_cookie_and_no_refresh_token", Tier::Core),
];

/// The part of the tests in which a journey runs on one server, over http and in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    /// Every run of the tests includes these journeys. Those that loop over workflows run only in the first workflow; a group runs the
    /// others.
    Core,
    RestOfSignIn,
    RestOfSinglePage,
    RestOfUse,
    Template,
    /// The core has these journeys, too, but runs them over https, because browsers support their features only there.
    OnlyHttps,
}

fn tier_of(journey: &str) -> Tier {
    let fitting = TIERS.iter().filter(|(beginning, _)| journey.starts_with(beginning));
    fitting.max_by_key(|(beginning, _)| beginning.len()).map_or(Tier::Core, |(_, tier)| *tier)
}

/// Whether a journey is about a feature that the server offers over https only.
fn needs_https(journey: &str) -> bool {
    tier_of(journey) == Tier::OnlyHttps
}

fn module_of(journey: &str) -> &str {
    journey.split_once("::").map_or(journey, |(module, _)| module)
}

/// The beginning of the names of journeys that open every page and state.
const GALLERY: &str = "gallery::";

/// Whether a journey needs more than Chromium's headless shell, which has no back/forward cache. The gallery needs the full browser, too,
/// because it shows what people see.
fn needs_window(journey: &str) -> bool {
    journey.starts_with(GALLERY) || journey.starts_with("tabs::")
}

const CORE: &[(&str, &str)] = &[("E2E_TIER", "core")];
const REST: &[(&str, &str)] = &[("E2E_TIER", "rest")];
const HTTPS: &[(&str, &str)] = &[("E2E_SCHEME", "https")];

/// Modules of journeys that also run over https, where the server speaks TLS and HTTP/2: sign-ins and renewals of each workflow, and the
/// app's sign-outs.
const HTTPS_MODULES: [&str; 4] = ["secrets", "sign_out", "theft", "webapp_csrf"];

const IN_CORE_OVER_HTTPS: [&str; 3] = [
    "secrets::no_secret_in_console_address_history_page_record_or_log",
    "sign_out::signing_out_reaches_fusionauth_and_every_tab",
    "theft::a_stolen_refresh_token_that_is_used_ends_for_the_thief_as_well_in_the_server_rendered_workflows",
];

/// Modules of journeys that also run on two servers, because they use what these must share: sign-ins, renewals, carts, orders and posts.
const TWO_SERVER_MODULES: [&str; 9] =
    ["cart", "guest_cart", "keep_signed_in", "orders", "sign_out", "spa_use", "theft", "topology", "webapp_forms"];

fn runs_on_two_servers(journey: &str) -> bool {
    TWO_SERVER_MODULES.contains(&module_of(journey))
}

/// Whether the core runs this journey on two servers.
fn is_in_core_on_two_servers(journey: &str) -> bool {
    ["spa_use", "theft", "topology"].contains(&module_of(journey))
        || tier_of(journey) == Tier::Core && ["guest_cart", "orders"].contains(&module_of(journey))
}

/// Whether a journey runs in several workflows, as its source shows. In the core it runs only in the first of them.
fn loops_over_workflows(journey: &str) -> bool {
    let Some((module, name)) = journey.rsplit_once("::") else { return false };
    let folder = project::root().join("tools/e2e/tests/journeys").join(module.replace("::", "/"));
    let files = [folder.with_extension("rs"), folder.join("mod.rs")];
    let source = files.iter().find_map(|file| fs_err::read_to_string(file).ok()).unwrap_or_default();
    let body = source.split_once(&format!("async fn {name}(")).map_or("", |(_, rest)| rest.split("#[tokio::test]").next().unwrap_or(rest));
    body.contains("in workflows_of(")
}

/// Whether a run includes the journey of this name.
type Chosen = fn(&str) -> bool;

struct Run<'a> {
    name: &'a str,
    program: &'a str,
    is_chosen: Chosen,
    /// Environment variables in addition to those of every run; see `tools/e2e/src/lib.rs`.
    settings: &'a [(&'a str, &'a str)],
    window: Window,
    servers: Servers,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Window {
    /// Chromium's headless shell, if it is installed.
    HeadlessShell,
    Whole,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Servers {
    One,
    /// Two that share a PostgreSQL database.
    Cluster,
}

impl<'a> Run<'a> {
    const fn of(name: &'a str, is_chosen: Chosen) -> Self {
        Self { name, program: "journeys", is_chosen, settings: &[], window: Window::HeadlessShell, servers: Servers::One }
    }
}

fn run(context: &Context, report: &mut Report, run: &Run) {
    if run.servers == Servers::Cluster && context.environment.postgresql.is_none() {
        report.not_run(Suite::Journeys, run.name, "PostgreSQL's programs were not found");
        return;
    }
    report.step(Suite::Journeys, run.name, |progress| {
        let chromium = context.chromium()?;
        let program = || e2e::test_command(run.program, chromium, context.browsers().installed());
        let mut tests = list_tests(&mut program(), progress)?;
        tests.retain(|test| (run.is_chosen)(test) && context.filter().is_none_or(|filter| test.contains(filter)));
        let mut cargo = program();
        if run.window == Window::HeadlessShell {
            e2e::in_headless_shell(&mut cargo, chromium);
        }
        cargo.envs(run.settings.iter().copied());
        let database = match (&context.environment.postgresql, run.servers) {
            (Some(programs), Servers::Cluster) => Some(Database::start(programs, progress)?),
            _ => None,
        };
        if let Some(database) = &database {
            cargo.env("E2E_TOPOLOGY", "cluster").env("TEST_DATABASE_URL", database.url());
        }
        run_exactly(&tests, &mut cargo, progress)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The names of all journeys, read from the sources.
    fn journeys(folder: &Path, prefix: &str) -> Vec<String> {
        let mut names = Vec::new();
        for entry in fs_err::read_dir(folder).expect("the folder is readable").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().trim_end_matches(".rs").to_owned());
            let module = if name == "mod" { prefix.to_owned() } else { format!("{prefix}{name}::") };
            if path.is_dir() {
                names.extend(journeys(&path, &module));
            } else if path.extension().is_some_and(|end| end == "rs") {
                let source = fs_err::read_to_string(&path).expect("the file is text");
                for attribute in ["#[tokio::test]\nasync fn ", "#[test]\nfn "] {
                    let tests = source.split(attribute).skip(1).filter_map(|rest| rest.split('(').next());
                    names.extend(tests.map(|test| format!("{module}{test}")));
                }
            }
        }
        names
    }

    fn all() -> Vec<String> {
        journeys(&project::root().join("tools/e2e/tests/journeys"), "")
    }

    #[test]
    fn each_beginning_is_that_of_a_journey() {
        let all = all();
        assert!(all.len() > 100, "{}", all.len());
        let beginnings: Vec<_> = TIERS.iter().map(|(beginning, _)| *beginning).collect();
        assert_eq!(beginnings.iter().collect::<BTreeSet<_>>().len(), beginnings.len(), "a beginning is listed twice");
        for beginning in beginnings {
            assert!(beginning.contains("::"), "{beginning} may be the beginning of another module's name");
            assert!(all.iter().any(|name| name.starts_with(beginning)), "no journey begins with {beginning}");
        }
    }

    #[test]
    fn every_name_in_a_list_is_that_of_a_journey() {
        let all = all();
        let modules: BTreeSet<&str> = all.iter().map(|name| module_of(name)).collect();
        for module in HTTPS_MODULES.iter().chain(&TWO_SERVER_MODULES) {
            assert!(modules.contains(module), "{module}");
        }
        for name in IN_CORE_OVER_HTTPS {
            assert!(all.iter().any(|it| it == name) && HTTPS_MODULES.contains(&module_of(name)), "{name}");
        }
        assert!(all.iter().filter(|name| is_in_core_on_two_servers(name)).all(|name| runs_on_two_servers(name)));
    }

    #[test]
    fn journeys_that_loop_over_workflows_are_found_in_the_sources() {
        let loops = all().into_iter().filter(|name| loops_over_workflows(name)).count();
        assert!(loops > 15, "{loops}");
        assert!(!loops_over_workflows("secrets::local_storage_holds_one_key_without_personal_data"));
    }
}
