//! `/design`: every component of the pages in each of its states, with the stylesheets of the app. `/design/light` and `/design/dark` show
//! one colour scheme, regardless of what the browser prefers, and `/design/both` frames them side by side.
//!
//! The markup is a copy of the app's and of the server-rendered pages', because those pages show many states only with a session, a cart or
//! an error.

use crate::page::file;
use crate::workflow::id;
use axum::extract::Query;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing::get};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use storefront_server::http::security_headers::INDEX_POLICY;
use storefront_server::mail::{Footer, Mail};

/// The app's page, which links the stylesheets.
const PAGE: &str = include_str!("../../../index.html");

macro_rules! stylesheets {
    ($($name:literal),*) => { &[$(($name, include_str!(concat!("../../../style/", $name, ".css")))),*] };
}

/// The stylesheets, in the order in which the page links them, and the font of the headings, which the release build adds. A test compares
/// them with the page.
const STYLES: &[(&str, &str)] = stylesheets![
    "base",
    "ui",
    "shell",
    "sign_in",
    "landscape",
    "frame",
    "footer",
    "content",
    "cart",
    "account",
    "home",
    "store",
    "checkout",
    "forums",
    "help",
    "server_pages",
    "fonts",
    "preferences"
];

/// The rules of this page alone.
const OWN: &str = ".page > section > h2 { margin: 3rem 0 .25rem } .page > section > .quiet-text { margin: 0 0 1rem } \
                   .actions a[aria-current] { border-color: currentColor; font-weight: 700 } \
                   .mails { display: flex; flex-wrap: wrap; gap: 1rem } .mails iframe { flex: 1 1 20rem; height: 40rem; border: 1px solid var(--line) } \
                   .both { display: flex; flex-direction: column; height: 100vh } .both header { padding: .5rem 1rem } \
                   .both nav { display: flex; gap: 1rem; overflow-x: auto; padding-block: .5rem; white-space: nowrap } \
                   .both main { display: flex; flex-wrap: wrap; flex: 1; min-height: 0; max-width: none; margin: 0; padding: 0 } .both iframe { flex: 1 1 20rem; min-height: 50%; border: 0 }";

/// The policy of a mail, which has inline styles and needs nothing else.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

#[derive(Deserialize)]
struct Style {
    scheme: Option<Scheme>,
}

/// The section to show on `/design/both`.
#[derive(Deserialize)]
struct At {
    #[serde(default)]
    at: String,
}

/// A mail of the shop.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ShownMail {
    Order,
    Code,
}

/// The font of the headings, which only a release build contains.
const FONT: &str = "/assets/fraunces.woff2";

/// The routes. `dist` is the folder of the app's build.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(dist: &Path) -> Router<S> {
    let font: Arc<Path> = dist.join(FONT.trim_start_matches('/')).into();
    Router::new()
        .route("/design", get(async || framed(page(None))))
        .route("/design/both", get(async |Query(At { at }): Query<At>| framed(both(&at))))
        .route("/design/{scheme}", get(async |axum::extract::Path(scheme): axum::extract::Path<Scheme>| framed(page(Some(scheme)))))
        .route("/design/mails/{mail}", get(mail))
        .route("/design.css", get(async |Query(Style { scheme }): Query<Style>| file("text/css; charset=utf-8", style(scheme))))
        .route(FONT, get(async move || font_file(&font).await))
        .route("/assets/products.svg", get(async || file("image/svg+xml", include_str!("../../../assets/products.svg"))))
        .route("/assets/hills.svg", get(async || file("image/svg+xml", include_str!("../../../assets/hills.svg"))))
}

/// A page that may frame others of this host, and that they may frame.
fn framed(page: Markup) -> ([(HeaderName, String); 1], Html<String>) {
    let policy = INDEX_POLICY.replace("frame-ancestors 'none'", "frame-src 'self'; frame-ancestors 'self'");
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page.into_string()))
}

/// A mail in the layout of the shop's mails. It is a page of its own, because its policy differs from that of the page around it.
async fn mail(axum::extract::Path(shown): axum::extract::Path<ShownMail>, Query(Style { scheme }): Query<Style>) -> impl IntoResponse {
    let row = |name: &str, price: &str| (name.to_owned(), price.to_owned());
    let mail = match shown {
        ShownMail::Order => Mail::new("Your order 7F3K-29QX")
            .heading("Thank you for your order.")
            .text("We're packing your order. You can cancel it until we send it.")
            .link("See or cancel your order", "https://shop.example.com/orders/7F3K-29QX")
            .prices("Order 7F3K-29QX", vec![row("2 × Enamel mug", "€29.80"), row("Standard", "€4.90"), row("Total", "€34.70")])
            .text("Prices include tax.")
            .lines("Delivery address", ["Ada Lovelace", "Musterstraße 1", "10115 Berlin", "Germany"].map(str::to_owned).into()),
        ShownMail::Code => {
            Mail::new("Confirm your new email").text("Enter this code on your account page within ten minutes:").code("123456")
        }
    };
    let footer = Footer { contact: Some("help@example.com".to_owned()), seller: None };
    ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(in_scheme(mail.render(&footer).html, scheme)))
}

/// Without the font, the page uses the fallback, as the app does.
async fn font_file(font: &Path) -> Response {
    match tokio::fs::read(font).await {
        Ok(bytes) => file("font/woff2", bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn style(scheme: Option<Scheme>) -> String {
    in_scheme(STYLES.iter().map(|(_, text)| *text).chain([OWN]).collect(), scheme)
}

/// These rules. With a `scheme`, the rules of that colour scheme always apply.
fn in_scheme(rules: String, scheme: Option<Scheme>) -> String {
    let Some(scheme) = scheme else { return rules };
    let dark = if scheme == Scheme::Dark { "all" } else { "not all" };
    let rules = rules.replace("color-scheme: light dark;", &format!("color-scheme: {};", scheme.name()));
    rules.replace("(prefers-color-scheme: dark)", dark).replace("(prefers-color-scheme:dark)", dark)
}

/// The query that keeps a colour scheme.
fn query(scheme: Option<Scheme>) -> String {
    scheme.map_or_else(String::new, |scheme| format!("?scheme={}", scheme.name()))
}

fn head(scheme: Option<Scheme>) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { "Design · Fernhill" }
            link rel="stylesheet" href={ "/design.css" (query(scheme)) };
            link rel="icon" href="/favicon.svg" type="image/svg+xml";
        }
    }
}

/// The page in light and in dark, both at the section with the id `at`.
fn both(at: &str) -> Markup {
    let headings = sections(None).map(|(heading, ..)| (heading, id(heading)));
    let shown = headings.iter().find(|(_, id)| id == at).map(|(_, id)| format!("#{id}")).unwrap_or_default();
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(None))
            body.both {
                header {
                    h1 { "Light and dark" }
                    nav aria-label="Components" {
                        a href="/design" { "One page" }
                        @for (heading, id) in &headings {
                            a href={ "/design/both?at=" (id) } aria-current=[(id == at).then_some("true")] { (heading) }
                        }
                    }
                }
                main { @for (path, name) in [("/design/light", "Light"), ("/design/dark", "Dark")] { iframe title=(name) src={ (path) (shown) } {} } }
            }
        }
    }
}

fn page(scheme: Option<Scheme>) -> Markup {
    let sprite =
        PAGE.split_once("<svg class=\"sprite\"").and_then(|(_, rest)| rest.split_once("</svg>\n")).map_or("", |(sprite, _)| sprite);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(scheme))
            body {
                (PreEscaped(format!("<svg class=\"sprite\"{sprite}</svg>")))
                (site_header())
                main { div.page {
                    h1 { "Design" }
                    p.lead { "Every component in each of its states, with the stylesheets of the app." }
                    p.actions {
                        @for (href, name) in [("/design", "System"), ("/design/light", "Light"), ("/design/dark", "Dark"), ("/design/both", "Side by side")] {
                            a.button.quiet href=(href) target="_top" aria-current=[(href.strip_prefix("/design/") == scheme.map(Scheme::name)).then_some("page")] { (name) }
                        }
                    }
                    @for (heading, when, content) in sections(scheme) {
                        section id=(id(heading)) { h2 { (heading) } p.quiet-text { (when) } (content) }
                    }
                } }
                footer.site {
                    ul { li { a href="/design" { "Delivery" } } li { a href="/design" { "Returns" } } }
                    div { button.quiet type="button" lang="de" { "Deutsch" } button.quiet type="button" lang="fr" { "Français" } }
                }
            }
        }
    }
}

/// The heading of each section, when to use its components, and the components.
fn sections(scheme: Option<Scheme>) -> [(&'static str, &'static str, Markup); 18] {
    [
        ("First screen", "For a page that opens the shop: one sentence, one button.", first_screen()),
        ("Buttons", "One primary button for each form. Quiet for the rest, and danger for what cannot be undone.", buttons()),
        ("Fields", "The label stands above. An error stands at its field, and once more at the top.", fields()),
        ("Messages", "For what has just happened on this page.", messages()),
        ("Banners", "For what holds on every page: offline, a new version, a lost save.", banners()),
        ("Products", "For a choice between products. The whole card is the link.", products()),
        ("A product", "One picture, one price, one button.", product()),
        ("Cart", "A line for each product. An error stands at its line.", cart()),
        ("Checkout", "The total stands beside the button that costs money.", checkout()),
        ("An order", "The heading says the state, and not “Thank you” a second time.", order()),
        ("Questions", "No dialog covers the page. A question opens at its button, and each answer names what happens.", questions()),
        ("Badges", "For a number or a state of one word. Colour never says it alone.", badges()),
        ("Posts", "For a list of threads, the newest first.", posts()),
        ("A thread", "For what people wrote, with a quote, and the buttons of its author.", thread()),
        ("Cards", "For facts and rules of an account.", cards()),
        ("Mails", "What happened, one button, and the same link as text. A code stands alone, to be copied.", mails(scheme)),
        ("Empty and failed", "What is missing, why, and the next step.", empty()),
        ("Loading", "In the shape of what comes, after a moment, and never for what is known.", skeletons()),
    ]
}

fn icon(name: &str) -> Markup {
    html! { svg.icon aria-hidden="true" { use href={ "#i-" (name) } {} } }
}

fn picture(product: &str, tile: u8) -> Markup {
    html! { svg class={ "picture tile-" (tile) } viewBox="0 0 200 200" aria-hidden="true" { use href={ "/assets/products.svg#" (product) } {} } }
}

fn site_header() -> Markup {
    let link = |class: &str, name: &str, text: &str| html! { a class=(class) href="/design" { (icon(name)) span.label { (text) } } };
    html! {
        header.site { div.bar {
            a.brand href="/design" { (icon("mark")) "Fernhill" }
            nav aria-label="Main" {
                a.to-start href="/design" aria-current="page" { "Products" }
                (link("to-search", "search", "Search"))
                a.to-cart href="/design" { (icon("cart")) span.label { "Cart" } span.badge { "12" span.hidden { " items" } } }
                (link("to-account", "user", "Account"))
                (link("sibling", "chat", "Forums"))
            }
            div.who { span.me { bdi { "shopper@example.com" } } button.quiet type="button" { (icon("leave")) span.label { "Sign out" } } }
        } }
    }
}

fn first_screen() -> Markup {
    html! {
        div.hero {
            p.tagline { "Made to last." }
            p.lead { "Good things for the kitchen, the desk and the road." }
            a.button.primary href="/design" { "Browse the range" }
        }
    }
}

fn buttons() -> Markup {
    html! {
        p.actions {
            button.primary type="button" { "Primary" }
            button.primary type="button" aria-disabled="true" { "Waiting…" }
            button.quiet type="button" { "Quiet" }
            button.quiet type="button" aria-disabled="true" { "Quiet, waiting…" }
            button type="button" { "Plain" }
            a.button.primary href="/design" { "A link" }
            span.danger { button.primary type="button" { "Danger" } }
        }
    }
}

fn fields() -> Markup {
    html! {
        form.auth novalidate {
            div.summary { div { h2 { "There is a problem" } ul { li { a href="#email" { "Enter your email address." } } } } }
            div.field {
                label for="name" { "Name" }
                input #name type="text" value="Sam";
            }
            div.field {
                label for="email" { "Email" }
                p.field-error #email-error { "Enter your email address." }
                input #email type="email" aria-invalid="true" aria-describedby="email-error";
            }
            div.field {
                label for="password" { "Password" }
                div.joined { input #password type="password" value="correct"; button.reveal type="button" aria-label="Show password" { "Show" } }
                p.caps-lock { "Caps Lock is on." }
            }
            div.field { label for="code" { "Code" } input.code #code type="text" inputmode="numeric" value="123456"; }
            label.check { input type="checkbox" checked; "Keep me signed in" }
            div.field { label for="text" { "Text" } textarea #text rows="3" {} }
            button.primary.wide type="button" { "Sign in" }
        }
    }
}

fn messages() -> Markup {
    html! {
        p.reason { "Your session has ended. Sign in to pick up where you left off." }
        br;
        div.line-error { p { "We couldn't update Enamel mug." } button.quiet type="button" { "Try again" } }
        div.offer { p { "Enamel mug: only 1 left. We'll change the quantity in your cart to 1." } button.quiet type="button" { "OK" } }
    }
}

fn banners() -> Markup {
    html! {
        p.banner { (icon("cloud")) "You're offline. We'll send any changes when you're back online." }
        div.banner.done { p { "Password changed." } button.quiet type="button" { "Dismiss" } }
    }
}

/// The products of this page: id, name, and the number of the background colour (`--tile-4` in `content.css`).
const PRODUCTS: [(&str, &str, u8); 4] = [
    ("enamel-mug", "Enamel mug", 4),
    ("storm-lantern", "Storm lantern", 1),
    ("birch-hatchet", "Birch hatchet", 3),
    ("star-atlas", "Pocket star atlas", 0),
];

fn products() -> Markup {
    let notes = [
        html! {},
        html! { p.card-added { (icon("tick")) "Added. " a href="/design" { "See your cart" } } },
        html! { p.card-error { "Only 2 of Birch hatchet are left." } },
        html! {},
    ];
    html! {
        ul.products {
            @for ((number, (id, name, tile)), note) in PRODUCTS.iter().enumerate().zip(notes) {
                li.product.is-sold-out[number == 3] {
                    (picture(id, *tile))
                    h2 { a href="/design" { (name) } }
                    p.price { strong { "€14.90" } @if number == 2 { span.few { "Only 2 left" } } @if number == 0 { span.choices { "3 colours" } } }
                    p.about { "Steel under white enamel with a deep blue rim; goes from the shelf to the camp fire and back." }
                    @if number == 3 { p.sold-out { "Sold out" } } @else {
                        button.primary type="button" aria-label={ (if number == 1 { "Adding…" } else { "Add to cart" }) ": " (name) } aria-disabled=[(number == 1).then_some("true")] {
                            (if number == 1 { "Adding…" } else { "Add to cart" })
                        }
                    }
                    div.note { (note) }
                }
            }
        }
    }
}

fn product() -> Markup {
    html! {
        div.product-page {
            (picture("birch-hatchet", 3))
            div.product-facts {
                p.lead { "Hand-forged head of 600 grams on a birch haft." }
                p.price { strong { "€76.00" } span.few { "Only 2 left" } }
                div.variants role="group" aria-labelledby="option" {
                    p #option { "Colour" }
                    ul {
                        @for (value, colour, note) in [("Birch", "#d9b681", html! {}), ("Walnut", "#6d4527", html! { " " small { "€82.00" } }), ("Black", "#2b3033", html! { " " small.gone { "Sold out" } })] {
                            li { a href="/design" aria-current=[(value == "Birch").then_some("page")] {
                                svg.swatch viewBox="0 0 2 2" aria-hidden="true" { circle cx="1" cy="1" r="1" fill=(colour) {} }
                                span { (value) } (note)
                            } }
                        }
                    }
                }
                button.primary type="button" { "Add to cart" }
                p.quiet-text { "Prices include tax." }
            }
        }
    }
}

fn cart() -> Markup {
    html! {
        div.cart {
            ul.lines {
                @for (id, name, tile) in &PRODUCTS[..2] {
                    li.line {
                        (picture(id, *tile))
                        div.line-about { h2 { (name) } p.quiet-text { "€14.90 each" } }
                        div.stepper role="group" aria-label={ (name) ", quantity" } {
                            button type="button" aria-disabled="true" aria-label={ "Decrease quantity of " (name) } { "−" }
                            input type="number" value="1" aria-label={ "Quantity of " (name) };
                            button type="button" aria-label={ "Increase quantity of " (name) } { "+" }
                        }
                        p.line-total { "€14.90" }
                        button.remove type="button" aria-label={ "Remove " (name) } { (icon("bin")) "Remove" }
                    }
                }
                li.line-gone { p { "Removed " bdi { "Wool blanket" } "." } button.quiet type="button" { "Undo" } }
            }
            div.card.total {
                p { "2 items" }
                p.sum { span { "Total" } strong { "€29.80" } }
                p.quiet-text { "Prices include tax." }
                a.button.quiet.wide href="/design" { "Continue shopping" }
            }
        }
    }
}

fn checkout() -> Markup {
    html! {
        form.checkout novalidate {
            fieldset.card.deliveries {
                legend { h2 { "Delivery" } }
                label.check { input type="radio" name="delivery" checked; span { "Standard, 2 to 4 working days" } strong { "€4.90" } }
                label.check { input type="radio" name="delivery"; span { "Express, 1 working day" } strong { "€9.90" } }
            }
            div.checkout-end {
                section.card.total.review {
                    h2 { "Your order" }
                    ul.review-lines { @for (id, name, tile) in &PRODUCTS[..2] { li { (picture(id, *tile)) span { (name) } span { "€14.90" } } } }
                    p.sum.part { span { "Delivery" } span { "€4.90" } }
                    p.sum { span { "Total" } strong { "€34.70" } }
                }
                div.place { button.primary.wide type="button" { "Place order · €34.70" } }
            }
        }
    }
}

fn order() -> Markup {
    html! {
        article.card.total.review {
            h2 { "Being packed" }
            p.quiet-text { "Order 7F3K-29QX, November 20, 2026. It arrives by Wednesday, November 25." }
            ul.review-lines { @for (id, name, tile) in &PRODUCTS[..2] { li { (picture(id, *tile)) span { (name) } span { "€14.90" } } } }
            p.sum.part { span { "Delivery" } span { "€4.90" } }
            p.sum { span { "Total" } strong { "€34.70" } }
            p.actions { button.quiet type="button" { "Order again" } }
        }
    }
}

fn questions() -> Markup {
    html! {
        div.narrow.order {
            details.card open {
                summary { "Cancel this order…" }
                p { "We won't ship this order. You can't undo a cancellation, but you can order again." }
                button.quiet type="button" { "Cancel the order" }
            }
        }
        br;
        div.narrow.card.group {
            section.about {
                h3 { "Delete your account" }
                p { "You can't undo this." }
                form.write.danger novalidate {
                    div.field { label for="current-password" { "Current password" } input #current-password type="password"; }
                    button.primary.wide type="button" { "Delete my account" }
                    button.quiet.wide type="button" { "Keep my account" }
                }
            }
        }
    }
}

fn mails(scheme: Option<Scheme>) -> Markup {
    html! {
        div.mails {
            @for (name, title) in [("order", "Order"), ("code", "Code")] {
                iframe title={ "Mail: " (title) } src={ "/design/mails/" (name) (query(scheme)) } sandbox {}
            }
        }
    }
}

fn badges() -> Markup {
    html! {
        p.actions { span.badge { "12" } span.badge.new { "New" } span.order-state { "Being packed" } span.order-state.is-cancelled { "Cancelled" } }
    }
}

/// A post of a thread, with a quote.
fn thread() -> Markup {
    html! {
        div.narrow.forum {
            article.card.post {
                span.avatar.avatar-2 aria-hidden="true" { "T" }
                p.by { strong { "Tomasz Lis" } time datetime="2026-11-20T08:00:00Z" { "Nov 20, 2026, 8:00 AM" } span.edited { "edited" } }
                div.body { blockquote { "How do you all season the cast-iron pan?" } p { "Thin coats. Wipe the oil on, then wipe it off again." } }
                div.controls { button.quiet type="button" { "Edit" } button.quiet type="button" { "Delete" } }
            }
        }
    }
}

fn posts() -> Markup {
    html! {
        ul.posts {
            @for (author, body) in [("Ines Moreau", "How do you all season the cast-iron pan?"), ("Tomasz Lis", "Thin coats.\nWipe the oil on, then wipe it off again.")] {
                li { article.card.post {
                    span.avatar aria-hidden="true" { (author.chars().next().unwrap_or('?')) }
                    p.by { strong { (author) } time datetime="2026-11-20T08:00:00Z" { "Nov 20, 2026, 8:00 AM" } }
                    p.body { (body) }
                } }
            }
        }
    }
}

fn cards() -> Markup {
    html! {
        div.card {
            dl.facts { div { dt { "Email" } dd { "shopper@example.com" } } div { dt { "Code" } dd.code { "10000000-0000" } } }
            ul.rules { li.kept { "At least 8 characters" } li { "At least one digit" } }
        }
    }
}

fn empty() -> Markup {
    html! {
        div.empty-state { (icon("mark")) h2 { "Your cart is empty" } p { "Items you add will appear here." } a.button.primary href="/design" { "See all products" } }
        br;
        div.failure { (icon("cloud")) h2 { "We couldn't load this" } p { "We couldn't reach the server." } button.quiet type="button" { "Try again" } }
    }
}

fn skeletons() -> Markup {
    html! {
        div.skeleton.products { @for _ in 0..4 { div.bone {} } }
        br;
        div.skeleton.posts { div.bone {} }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stylesheets_are_those_that_the_page_links_in_their_order() {
        let linked: Vec<&str> = PAGE.split("rel=\"css\" href=\"style/").skip(1).filter_map(|rest| rest.split(".css").next()).collect();
        let names: Vec<&str> = STYLES.iter().map(|(name, _)| *name).filter(|name| *name != "fonts").collect();
        assert_eq!(names, linked);
    }

    #[tokio::test]
    async fn the_font_that_the_styles_name_is_served_if_the_build_has_it() {
        assert!(style(None).contains(&format!("url('{FONT}')")));
        let file = font_file(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).await;
        assert_eq!((file.status(), &file.headers()["content-type"]), (StatusCode::OK, &"font/woff2".parse().unwrap()));
        assert_eq!(font_file(Path::new("/none")).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_scheme_is_the_same_whatever_the_browser_prefers() {
        for scheme in [Scheme::Light, Scheme::Dark] {
            assert!(
                !style(Some(scheme)).contains("prefers-color-scheme")
                    && style(Some(scheme)).contains(&format!("color-scheme: {};", scheme.name()))
            );
        }
        assert!(style(None).contains("(prefers-color-scheme: dark)"));
        let mail = in_scheme(Mail::new("").render(&Footer::default()).html, Some(Scheme::Dark));
        assert!(mail.contains("@media all{") && !mail.contains("prefers-color-scheme"), "{mail}");
    }
}
