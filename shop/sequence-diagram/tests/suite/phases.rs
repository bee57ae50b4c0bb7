//! Hand-made conversations, split into phases.

use crate::recording::{FORUMS, Recording, applications, jwt, secret, session, set, token};
use sequence_diagram::{PhaseKind, conversation, split_into_phases};
use storefront_api::{App, Workflow};
use wire_recorder::{Actor, Credential, Message, Place};

fn kinds(messages: &[Message]) -> Vec<PhaseKind> {
    split_into_phases(conversation(messages), &applications()).iter().map(|phase| phase.kind).collect()
}

fn bearer(expired: bool) -> Vec<Credential> {
    vec![jwt("bearer", Place::Authorization, "a1", expired)]
}

/// A single-page app: a visit, a sign-in, a page load, a renewal during a page load, a failed renewal in the background, a change of the
/// cart, a sign-out.
#[test]
fn a_visit_to_the_single_page_app() {
    let mut recording = Recording::default();
    let (browser, store, fusionauth) = (Actor::Browser, Actor::Store, Actor::FusionAuth);
    recording.exchange(browser, store, "GET /", vec![], 200);
    recording.exchange(browser, store, "GET /api/products", vec![], 200);

    let login = recording.request(browser, fusionauth, "POST /api/login", vec![secret("password", Place::Body)]);
    recording.response(&login, 200, vec![set("refresh_token", "b2")], vec![jwt("token", Place::Body, "a1", false)]);
    recording.exchange(browser, store, "GET /api/load-shopping-cart", bearer(false), 200);

    recording.exchange(browser, store, "GET /cart", vec![], 200);
    recording.exchange(browser, store, "GET /api/load-shopping-cart", bearer(false), 200);

    recording.exchange(browser, store, "GET /cart", vec![], 200);
    recording.exchange(browser, fusionauth, "POST /api/jwt/refresh", vec![token("refresh_token", Place::Cookie, "b2")], 200);
    recording.exchange(browser, store, "GET /api/load-shopping-cart", bearer(false), 200);

    recording.exchange(browser, fusionauth, "POST /api/jwt/refresh", vec![token("refresh_token", Place::Cookie, "b2")], 503);

    recording.exchange(browser, store, "PUT /api/shopping-cart/lines/enamel-mug", bearer(false), 200);
    recording.exchange(browser, fusionauth, "POST /api/logout", vec![token("refresh_token", Place::Cookie, "b2")], 200);
    assert_eq!(
        kinds(&recording.messages),
        [
            PhaseKind::Visit,
            PhaseKind::SignIn,
            PhaseKind::PageLoad,
            PhaseKind::Renewal,
            PhaseKind::RenewalFailed,
            PhaseKind::Change,
            PhaseKind::SignOut
        ]
    );
}

/// A read during which the backend renews the tokens is a phase of its own, if the page had its data before.
#[test]
fn a_backend_renews_during_a_later_read() {
    let mut recording = Recording::default();
    let (browser, store) = (Actor::Browser, Actor::Store);
    let cookies = || vec![jwt("storefront_jwt", Place::Cookie, "a1", false)];
    recording.exchange(browser, store, "GET /api/load-shopping-cart", cookies(), 200);
    let read = recording.request(browser, store, "GET /api/load-shopping-cart", cookies());
    recording.exchange(store, Actor::FusionAuth, "POST /api/jwt/refresh", vec![], 200);
    recording.response(&read, 200, vec![], vec![]);
    let phases = split_into_phases(conversation(&recording.messages), &applications());
    let titles: Vec<_> =
        phases.iter().map(|phase| (phase.kind, phase.main_exchange().map(|it| (it.from, &*it.method, &*it.path)))).collect();
    assert_eq!(
        titles,
        [
            (PhaseKind::PageLoad, Some((browser, "GET", "/api/load-shopping-cart"))),
            (PhaseKind::Renewal, Some((store, "POST", "/api/jwt/refresh")))
        ]
    );
}

/// A backend that asks FusionAuth whether the refresh token is valid renews nothing, and a webhook alone is no visit.
#[test]
fn a_check_of_a_session_is_no_renewal() {
    let mut recording = Recording::default();
    let page = recording.request(Actor::Browser, Actor::Store, "GET /shopping-cart", vec![session("c1")]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "GET /api/jwt/refresh", vec![], 200);
    recording.response(&page, 200, vec![], vec![]);
    recording.exchange(Actor::FusionAuth, Actor::Forums, "POST /api/fusionauth/events", vec![], 204);
    assert_eq!(kinds(&recording.messages), [PhaseKind::PageLoad, PhaseKind::Event]);
}

/// Server-rendered pages: a page that the browser opens because of a redirect belongs to the phase of the redirect.
#[test]
fn a_visit_to_server_rendered_pages() {
    let mut recording = Recording::default();
    let (browser, store) = (Actor::Browser, Actor::Store);
    recording.exchange(browser, store, "GET /login", vec![], 200);

    recording.exchange(browser, store, "POST /login", vec![secret("password", Place::Body)], 401);

    let post = recording.request(browser, store, "POST /login", vec![secret("password", Place::Body)]);
    recording.exchange(store, Actor::FusionAuth, "POST /api/login", vec![secret("password", Place::Body)], 200);
    recording.response(&post, 302, vec![set("storefront_session", "d4")], vec![]);
    recording.exchange(browser, store, "GET /shopping-cart", vec![session("d4")], 200);

    let page = recording.request(browser, store, "GET /shopping-cart", vec![session("d4")]);
    recording.exchange(Actor::Store, Actor::FusionAuth, "POST /api/jwt/refresh", vec![], 400);
    recording.response(&page, 302, vec![], vec![]);
    recording.exchange(browser, store, "GET /login", vec![], 200);

    recording.exchange(Actor::Attacker, store, "GET /shopping-cart", vec![session("d4")], 302);
    recording.exchange(Actor::Attacker, store, "GET /shopping-cart", vec![session("d4")], 302);
    assert_eq!(
        kinds(&recording.messages),
        [PhaseKind::Visit, PhaseKind::SignInUnfinished, PhaseKind::SignIn, PhaseKind::RenewalRefused, PhaseKind::Attack]
    );
    let phases = split_into_phases(conversation(&recording.messages), &applications());
    assert_eq!(phases[2].password_receivers(), [store, Actor::FusionAuth]);
}

/// A device-bound sign-in: the browser registers a key while the page loads, and later refreshes the bound cookie before it opens a page.
#[test]
fn a_device_registers_a_key_and_proves_later_that_it_has_it() {
    let mut recording = Recording::default();
    let (browser, store) = (Actor::Browser, Actor::Store);
    let proof = || vec![session("d4"), secret("proof", Place::DeviceBoundSession)];
    let post = recording.request(browser, store, "POST /login", vec![secret("password", Place::Body)]);
    recording.response(&post, 302, vec![set("storefront_session", "d4")], vec![secret("offer of a key", Place::DeviceBoundSession)]);
    recording.exchange(browser, store, "GET /shopping-cart", vec![session("d4")], 200);
    recording.exchange(browser, store, "POST /api/device-key", proof(), 200);

    recording.exchange(browser, store, "POST /api/device-key/refresh", vec![session("d4")], 403);
    recording.exchange(browser, store, "POST /api/device-key/refresh", proof(), 200);

    recording.exchange(
        browser,
        store,
        "GET /shopping-cart",
        vec![session("d4"), token("storefront_device_bound", Place::Cookie, "f6")],
        200,
    );
    assert_eq!(kinds(&recording.messages), [PhaseKind::SignIn, PhaseKind::DeviceProof, PhaseKind::PageLoad]);
}

#[test]
fn a_token_of_the_other_application_displaces() {
    let mut recording = Recording::default();
    let of_the_forums = Credential { audience: Some(FORUMS.to_owned()), ..jwt("access_token", Place::Cookie, "c3", false) };
    recording.exchange(Actor::Browser, Actor::Store, "GET /cart", vec![of_the_forums.clone()], 200);
    recording.exchange(Actor::Browser, Actor::Store, "GET /api/load-shopping-cart", vec![of_the_forums], 401);
    assert_eq!(kinds(&recording.messages), [PhaseKind::Displaced]);
}

/// On the parent domain no response body names the application of the new token.
#[test]
fn a_refresh_with_the_other_application_s_cookies_displaces_and_a_sign_in_check_does_not() {
    let of_the_forums = || Credential { audience: Some(FORUMS.to_owned()), ..jwt("access_token", Place::Cookie, "c3", false) };
    let mut recording = Recording::default();
    recording.exchange(Actor::Browser, Actor::Store, "GET /", vec![of_the_forums()], 200);
    recording.exchange(Actor::Browser, Actor::Store, "GET /api/user", vec![of_the_forums()], 404);
    assert_eq!(kinds(&recording.messages), [PhaseKind::PageLoad]);
    let origin = "http://store.spa-shared-domain.localhost:8080";
    recording.exchange_from(origin, Actor::Browser, Actor::FusionAuth, "POST /api/jwt/refresh", vec![of_the_forums()], 200);
    assert_eq!(kinds(&recording.messages), [PhaseKind::Displaced]);
}

#[test]
fn phases_know_where_they_happen() {
    let mut recording = Recording::default();
    recording.exchange(Actor::Browser, Actor::Store, "GET /", vec![], 200);
    recording.exchange(Actor::Browser, Actor::Forums, "GET /posts", vec![], 302);
    recording.exchange(Actor::Browser, Actor::Forums, "GET /login", vec![], 200);
    let phases = split_into_phases(conversation(&recording.messages), &applications());
    let places: Vec<_> = phases.iter().map(|phase| (phase.workflow, phase.app, phase.exchanges.len())).collect();
    let workflow = Some(Workflow::WebappJwt);
    assert_eq!(places, [(workflow, Some(App::Store), 1), (workflow, Some(App::Forums), 2)]);
}
