//! Tests of the app in languages other than English, in a real browser with a simulated network. They are a separate program, because the
//! app keeps its language for the life of the page.
#![cfg(target_arch = "wasm32")]

mod support;

use js_sys::eval;
use leptos::prelude::*;
use storefront::{
    sign_in::{SignInFlow, SignInProgress},
    ui::{
        format::{date_time, money},
        part,
    },
};
use storefront_api::App;
use storefront_messages::Language;
use support::static_page::{outline, put, static_form, translate};
use support::{Mounted, answer, click, find, mount_app, mount_part, network, pause, sign_in, sign_in_to, text, wait_for};
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Mounts the whole app at `path`, in this language.
async fn open(path: &str, language: Language) -> (Mounted, String) {
    assert!(part::use_language(language).await);
    mount_app(App::Store, path)
}

/// Waits until the page shows each of the texts.
async fn wait_for_texts(texts: &[&str]) {
    for wanted in texts {
        wait_for(wanted, || text("body").contains(wanted)).await;
    }
}

#[wasm_bindgen_test]
async fn the_sign_in_page() {
    let (_page, _) = open("/login", Language::German).await;
    wait_for_texts(&["Anmelden", "Ein Konto für Store und Forum.", "E-Mail", "Passwort vergessen?", "Neu hier? Konto erstellen"]).await;
    assert_eq!(leptos::prelude::document().title(), "Anmelden · Fernhill");
    click("#login [type=submit]");
    wait_for_texts(&["Es gibt ein Problem", "Gib deine E-Mail-Adresse ein.", "Gib dein Passwort ein."]).await;
    assert!(find("[aria-label='Passwort anzeigen']").is_some());
}

#[wasm_bindgen_test]
async fn the_cart_and_what_is_sent_for_it() {
    let (_page, id) = open("/cart", Language::German).await;
    network("cart({ mug: 2 })");
    sign_in(&id, "shopper").await;
    wait_for_texts(&["Dein Warenkorb", "Enamel mug", "2 Artikel", "Entfernen", "Alle Preise inklusive Steuer."]).await;
    assert_eq!(text(".total strong").replace('\u{a0}', " "), "29,80 €");
    assert_eq!(text(".line .quiet-text").replace('\u{a0}', " "), "14,90 € pro Stück");
    let languages = |calls: &str| network(&format!("languages('{calls}')")).as_string().unwrap();
    let read = languages("GET /api/load-shopping-cart");
    assert!(!read.is_empty() && read.lines().all(|language| language == "de"), "{read}");
    assert_eq!(languages("POST /api/login"), "", "the app must send FusionAuth no language, because its answers have no texts for users");
    click("[name=remove]");
    wait_for_texts(&["Enamel mug entfernt.", "Rückgängig"]).await;
}

#[wasm_bindgen_test]
async fn the_cart_that_the_page_shows_equals_that_of_the_app() {
    for (language, removing, none, moment) in
        [(Language::German, "Wird entfernt …", "0 Artikel", "Einen Moment …"), (Language::French, "Retrait…", "0 article", "Un instant…")]
    {
        let (_page, id) = open("/cart", language).await;
        network("cart({ mug: 1 })");
        sign_in_to(&id, "shopper", ".line").await;
        let places = ["#broken", "#app", "#shell"].map(put);
        eval(include_str!("../src/boot/early_cart.js")).unwrap();
        eval(&format!(
            "document.documentElement.lang = '{}';
            globalThis.fusionauthEarly = {{ user: () => 'shopper' }};
            earlyCart(network.cartAnswer(), 'shopper', 'application', true);
            delete globalThis.fusionauthEarly;",
            language.tag()
        ))
        .unwrap();
        let early = find("#early-cart").expect("a cart");
        assert_eq!(outline(&early.query_selector(".page").unwrap().unwrap()), outline(&find("main[data-test] .page").unwrap()));
        click("#early-cart [name=remove]");
        click("#early-cart .total .primary");
        let shown = ["[name=remove]", ".total p", ".total .primary"].map(|it| text(&format!("#early-cart {it}")));
        assert_eq!(shown, [removing, none, moment]);
        early.remove();
        places.into_iter().for_each(|place| place.remove());
    }
}

#[wasm_bindgen_test]
async fn the_account_page_with_texts_from_the_parts() {
    for (language, texts) in [
        (Language::German, ["Dein Konto", "Wie du angemeldet bist", "Namen ändern", "Wo du angemeldet bist", "Mein Konto löschen …"]),
        (Language::French, ["Votre compte", "Votre connexion", "Changer le pseudo", "Où vous êtes connecté", "Supprimer mon compte…"]),
    ] {
        let (_page, id) = open("/account", language).await;
        answer("GET /api/user", 200, r#"{"id":"shopper","email":"shopper@example.com","displayName":"Shopper"}"#);
        let account = r#"{"email":"shopper@example.com","canChangeEmail":true,"pendingEmail":null,"madeAt":null,"signedInUntil":null,"sessions":[],"authenticators":[]}"#;
        answer("GET /api/account", 200, account);
        answer("GET /api/account/passkeys", 200, r#"{"areOn":false,"passkeys":[]}"#);
        sign_in(&id, "shopper").await;
        wait_for_texts(&texts).await;
    }
}

#[wasm_bindgen_test]
async fn money_and_dates_are_written_as_in_the_language() {
    assert!(part::use_language(Language::French).await);
    assert_eq!(money(123_456, "EUR"), "1\u{202f}234,56\u{a0}€");
    assert!(part::use_language(Language::German).await);
    assert_eq!(money(123_456, "EUR"), "1.234,56\u{a0}€");
    assert!(date_time("2026-11-20T12:30:00Z").starts_with("20.11.2026"));
}

#[wasm_bindgen_test]
async fn the_static_form_equals_that_of_the_app() {
    for language in [Language::German, Language::French] {
        assert!(part::use_language(language).await);
        let _page = mount_part(App::Store, None, || view! { <SignInFlow progress=SignInProgress::new()/> }.into_any());
        pause().await;
        let form = static_form();
        translate(&form);
        assert_eq!(outline(&form), outline(&find(".auth").unwrap()));
    }
}
