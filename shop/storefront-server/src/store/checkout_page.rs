//! The server-rendered page `/checkout`: postal address, delivery, the cart, and the button that places the order. A guest first gets a form
//! for the email, with which the guest continues or signs in.
//!
//! The form contains the lines and totals that the page has shown, one total for each delivery; the stylesheet shows the total of the
//! selected delivery. A rejected form is shown again with the typed text, which the server also saves as the user's draft. The server stores
//! nothing of a guest's form.

use crate::auth::error::Error as AuthError;
use crate::http::idempotency::IdempotencyKey;
use crate::http::problem::{ProblemResponse, field_error};
use crate::pages::PageState;
use crate::pages::components::{empty_state, heading, strong, text_with};
use crate::pages::form::{Field, FieldKind, Form, member_summary, summary};
use crate::pages::format::money;
use crate::pages::layout::{Page, PageResult};
use crate::pages::page_request::{PageRequest, Sender, UserPageRequest};
use crate::pages::sign_in_form::FormState;
use crate::pages::{flash::Flash, redirect_302, redirect_303, return_to::login_path};
use crate::sign_in::registration::email_error;
use crate::store::order_links::{self, LinkSecret};
use crate::store::orders::{GuestRequest, place_guest_order, place_order};
use crate::store::{checkout, delivery, error::Error, guest_cart, guest_orders, orders_page, shopper::Shopper};
use crate::typed;
use crate::user_request::CurrentUser;
use crate::users::guest::Guest;
use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::orders::{
    Address, COUNTRIES, Checkout, CheckoutForm, Delivery, EmailState, OrderState, OrderSummary, PlaceGuestOrder, PlaceOrder, ReviewedLine,
};
use storefront_api::{Cart, MemberError, problems::ProblemCode};
use storefront_messages::{SessionMessage, country_name, delivery_name, item_count, t, unconfirmed_email};

pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/checkout", get(show).post(send))
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Fields {
    full_name: String,
    street: String,
    street_extra: String,
    postal_code: String,
    city: String,
    country: String,
    delivery: Delivery,
    /// The lines that the page has shown, as JSON.
    lines: String,
    /// The totals that the page has shown.
    total_standard: i64,
    total_express: i64,
    idempotency_key: String,
    /// The guest's email.
    #[serde(deserialize_with = "typed::deserialize_email")]
    email: String,
    /// Not empty in the form that asks a guest only for the email.
    as_guest: String,
}

impl Fields {
    fn form(&self) -> CheckoutForm {
        let Self { full_name, street, street_extra, postal_code, city, country, delivery, .. } = self.clone();
        CheckoutForm { address: Address { full_name, street, street_extra, postal_code, city, country }, delivery }
    }

    fn order(&self) -> PlaceOrder {
        let total = match self.delivery {
            Delivery::Standard => self.total_standard,
            Delivery::Express => self.total_express,
        };
        let CheckoutForm { address, delivery } = self.form();
        PlaceOrder { address, delivery, lines: serde_json::from_str(&self.lines).unwrap_or_default(), total }
    }
}

/// Why the page is shown again.
#[derive(Default)]
struct Refused {
    status: StatusCode,
    text: String,
    errors: Vec<MemberError>,
}

async fn show(request: PageRequest, shopper: Shopper) -> PageResult {
    let refused = Refused::default();
    match shopper {
        Shopper { identity: Some(user), .. } => {
            let request = request.of(user);
            request.show(page(&checkout::of_user(&request).await?, None, &refused)).await
        }
        Shopper { owner, .. } => {
            if order_links::key_of(&request.backend).is_ok() {
                let checkout = guest_orders::checkout_of(&request.backend, &request.cookies).await?;
                if checkout.latest_order.is_some() {
                    return Ok(redirect_303(order_links::PATH));
                }
                if owner.is_some() {
                    let is_empty = checkout.cart.lines.is_empty();
                    return request.show(if is_empty { page(&checkout, None, &refused) } else { email_page("", &refused) }).await;
                }
            }
            Flash::text(|| SessionMessage::SignInFirst.text()).set(&request.cookies);
            Ok(redirect_302(&login_path(request.backend.site.app, "/checkout")))
        }
    }
}

/// The form for a guest's email. Both buttons send it, so that the sign-in form contains the email, too.
fn email_page(email: &str, refused: &Refused) -> Page {
    let content = html! {
        p.lead { (t!("Order as a guest, or sign in to use your saved address.")) }
        form #checkout-email method="post" action="/checkout" novalidate {
            (error_summary(refused))
            (FormState { next: "/checkout".to_owned(), ..FormState::begin() }.hidden_inputs())
            (Field::of("email", t!("Email"), FieldKind::Email, Some(email), &refused.errors).view_as_only_field())
            button.primary.wide type="submit" name="as_guest" value="yes" { (t!("Continue as a guest")) }
            button.quiet.wide type="submit" formaction="/login" name="open" value="yes" { (t!("Sign in")) }
        }
        a.button.quiet.wide href="/shopping-cart" { (t!("Back to the cart")) }
    };
    Page::narrow(t!("Checkout"), refused.status, content)
}

async fn send(request: PageRequest, user: Sender, Form(fields): Form<Fields>) -> PageResult {
    let request = match user {
        Ok(CurrentUser(user)) => request.of(user),
        Err(AuthError::CredentialMissing) if is_guest(&request, &fields) => return send_as_guest(&request, &fields).await,
        Err(error) => {
            let draft = serde_json::json!(fields.form()).to_string();
            return request.sign_in_first(error, FormState { draft, next: "/checkout".to_owned(), ..FormState::begin() }).await;
        }
    };
    guest_cart::merge_into(&request.backend.db, &request.cookies, &request.user.user_id).await?;
    // The form with only an email was sent after a sign-in in another tab.
    if !fields.as_guest.is_empty() {
        return Ok(redirect_303("/checkout"));
    }
    let key = IdempotencyKey::from_form(fields.idempotency_key.clone());
    match place_order(&request, key, &fields.order()).await {
        Ok(response) if response.status() == StatusCode::CREATED => {
            Ok(orders_page::thanks().redirect(&request.cookies, &format!("/orders/{}", response.json::<OrderSummary>()?.id)))
        }
        Ok(response) => Ok(response.into_response()),
        Err(problem) => show_again(&request, &fields, &problem).await,
    }
}

/// Whether a visitor can order, or has ordered, as a guest. The form of a user, whose session may have ended, has no email.
fn is_guest(PageRequest { backend, cookies, .. }: &PageRequest, fields: &Fields) -> bool {
    let has_ordered = LinkSecret::of(cookies).is_some() && !fields.email.is_empty();
    order_links::key_of(backend).is_ok() && (Guest::of(cookies).is_some() || has_ordered)
}

async fn send_as_guest(request: &PageRequest, fields: &Fields) -> PageResult {
    let PageRequest { backend, client, cookies, layout } = request;
    if !fields.as_guest.is_empty() {
        let errors: Vec<_> = email_error(&fields.email).map(|it| field_error("email", it)).into_iter().collect();
        if !errors.is_empty() {
            let refused = Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors, ..Refused::default() };
            return request.show(email_page(&fields.email, &refused)).await;
        }
        let checkout = guest_orders::checkout_of(backend, cookies).await?;
        if checkout.latest_order.is_some() {
            return Ok(redirect_303(order_links::PATH));
        }
        return request.show(page(&checkout, Some(&fields.email), &Refused::default())).await;
    }
    let key = IdempotencyKey::from_form(fields.idempotency_key.clone());
    let wanted = PlaceGuestOrder { email: fields.email.clone(), order: fields.order() };
    match place_guest_order(&GuestRequest { backend, client: *client, cookies, origin: layout.origin() }, key, &wanted).await {
        Ok(response) if response.status() == StatusCode::CREATED => Ok(orders_page::thanks().redirect(cookies, order_links::PATH)),
        Ok(response) => Ok(response.into_response()),
        Err(problem) => {
            let checkout = guest_orders::checkout_of(backend, cookies).await?;
            if checkout.latest_order.is_some() {
                let text = Flash::text(|| t!("We received your order when you first sent it, without your later changes."));
                return Ok(text.redirect(cookies, order_links::PATH));
            }
            let checkout = Checkout { form: fields.form(), ..checkout };
            let refused = refused(&checkout, &problem);
            let page = page(&checkout, Some(&fields.email), &refused);
            request.show(Page { retry_after: problem.retry_after_seconds(), ..page }).await
        }
    }
}

/// The page with the current cart, the typed text, and the reason why nothing was ordered.
async fn show_again(request: &UserPageRequest, fields: &Fields, problem: &ProblemResponse) -> PageResult {
    let form = fields.form();
    checkout::keep(&request.backend.db, &request.user.user_id, &form).await?;
    let checkout = Checkout { form, ..checkout::of_user(request).await? };
    let page = page(&checkout, None, &refused(&checkout, problem));
    request.show(Page { retry_after: problem.retry_after_seconds(), ..page }).await
}

fn refused(checkout: &Checkout, problem: &ProblemResponse) -> Refused {
    let is_key_used = problem.code() == ProblemCode::IdempotencyKeyReused;
    Refused {
        status: if is_key_used { StatusCode::CONFLICT } else { problem.status() },
        text: match problem.problem().detail {
            // Another tab has ordered with the same key.
            _ if is_key_used => Error::CheckoutChanged.to_string(),
            // The notice above the lines describes the change.
            _ if problem.code() == ProblemCode::CheckoutChanged && checkout.cart.notice.is_some() => String::new(),
            detail => detail.unwrap_or_default(),
        },
        errors: problem.fields().to_vec(),
    }
}

/// `email` is a guest's.
fn page(checkout: &Checkout, email: Option<&str>, refused: &Refused) -> Page {
    let content = if checkout.cart.lines.is_empty() { empty(checkout, refused) } else { form(checkout, email, refused) };
    let main = html! { div.page { (heading(t!("Checkout"))) (content) } };
    Page::new(t!("Checkout"), refused.status, main)
}

/// The page without anything to order. A shopper who has just ordered in another tab, or who got no response to the order, finds the order
/// here.
fn empty(checkout: &Checkout, refused: &Refused) -> Markup {
    html! {
        (notice(&checkout.cart, refused))
        @if let Some(order) = checkout.latest_order.as_ref().filter(|it| it.state == OrderState::Placed) {
            div.offer role="status" {
                p { (text_with(t!("We've received your order {}."), &html! { strong { (order.number) } })) }
                a.button.quiet href={ "/orders/" (order.id) } { (t!("See the order")) }
            }
        }
        (empty_state(t!("Your cart is empty"), t!("Items you add will appear here."),
            html! { a.button.primary href="/" { (t!("See all products")) } }))
    }
}

fn form(checkout: &Checkout, email: Option<&str>, refused: &Refused) -> Markup {
    let Checkout { cart, form: CheckoutForm { address, delivery }, .. } = checkout;
    let field = |member, label, kind, value| Field::of(member, label, kind, Some(value), &refused.errors).view();
    html! {
        form #checkout.checkout method="post" action="/checkout" novalidate {
            input type="hidden" name="idempotency_key" value=(checkout.key);
            input type="hidden" name="lines" value=(reviewed(checkout));
            @for option in &checkout.deliveries {
                input type="hidden" name={ "total_" (delivery::id(option.delivery)) } value=(cart.total.saturating_add(option.price));
            }
            (error_summary(refused))
            @if let Some(email) = email {
                section.card {
                    (field("email", t!("Email"), FieldKind::Email, email))
                    p.quiet-text { (t!("We'll email you the order's link.")) }
                }
            }
            section.card {
                h2 { (t!("Delivery address")) }
                (field("fullName", t!("Full name"), FieldKind::FullName, &address.full_name))
                (field("street", t!("Street and house number"), FieldKind::Street, &address.street))
                (field("streetExtra", t!("Address line 2 (optional)"), FieldKind::StreetExtra, &address.street_extra))
                (field("postalCode", t!("Postal code"), FieldKind::PostalCode, &address.postal_code))
                (field("city", t!("City"), FieldKind::City, &address.city))
                (country(&address.country, &refused.errors))
            }
            fieldset.card.deliveries {
                legend { h2 { (t!("Delivery")) } }
                @for option in &checkout.deliveries {
                    label.check {
                        input id=(delivery::id(option.delivery)) type="radio" name="delivery" value=(delivery::id(option.delivery)) checked[option.delivery == *delivery];
                        span { (delivery_name(option.delivery)) }
                        strong { (delivery::price_text(option.price, &cart.currency)) }
                    }
                }
            }
            (review(checkout, refused))
        }
    }
}

fn error_summary(refused: &Refused) -> Markup {
    if !refused.errors.is_empty() || refused.text.is_empty() {
        return member_summary(&refused.errors);
    }
    summary(html! { p { strong { (refused.text) } } })
}

fn country(chosen: &str, errors: &[MemberError]) -> Markup {
    let error = errors.iter().find(|it| it.field == "country").map(|it| it.message.as_str());
    html! {
        div.field {
            label for="country" { (t!("Country")) }
            @if let Some(error) = error { p.field-error #country-error { span.hidden { (t!("Error: ")) } (error) } }
            select #country name="country" autocomplete="country" aria-required="true" aria-invalid=[error.map(|_| "true")]
                aria-describedby=[error.map(|_| "country-error")] {
                option value="" { (t!("Choose a country")) }
                @for code in COUNTRIES { option value=(code) selected[code == chosen] { (country_name(code)) } }
            }
        }
    }
}

/// The notice about differences between the user's cart and the lines below. Placing the order accepts these differences, because the order
/// contains exactly the lines below.
fn notice(cart: &Cart, refused: &Refused) -> Markup {
    let Some(notice) = &cart.notice else { return Markup::default() };
    match refused.status {
        StatusCode::CONFLICT => {
            html! { div.offer tabindex="-1" autofocus { p role="alert" { strong { (t!("You haven't placed your order yet.")) } " " (notice) } } }
        }
        _ => html! { div.offer role="status" { p { (notice) } } },
    }
}

fn review(checkout: &Checkout, refused: &Refused) -> Markup {
    let Checkout { cart, deliveries, .. } = checkout;
    let for_each = |amount: &dyn Fn(i64) -> String| {
        html! { @for it in deliveries { span class={ "with-" (delivery::id(it.delivery)) } { (amount(it.price)) } } }
    };
    let total = for_each(&|price| money(cart.total.saturating_add(price), &cart.currency));
    let count = cart.lines.iter().map(|it| it.quantity).sum();
    html! {
        div.checkout-end {
            section.card.total.review aria-labelledby="review" {
                h2 #review { (t!("Your order")) }
                (notice(cart, refused))
                ul.review-lines {
                    @for line in &cart.lines {
                        li {
                            span { (line.quantity) " × " bdi { (line.full_name()) } }
                            span { (money(line.unit_price.saturating_mul(line.quantity), &cart.currency)) }
                        }
                    }
                }
                p.sum.part { span { (item_count(count)) } span { (money(cart.total, &cart.currency)) } }
                p.sum.part { span { (t!("Delivery")) } span { (for_each(&|it| delivery::price_text(it, &cart.currency))) } }
                @for it in deliveries { @if let Some(missing) = checkout.missing_for_free(it.delivery) {
                    p class={ "quiet-text with-" (delivery::id(it.delivery)) } { (t!("Add {} for free delivery.", money(missing, &cart.currency))) }
                } }
                p.sum { span { (t!("Total")) } strong { (total) } }
                p.quiet-text { (t!("Prices include tax.")) " " (t!("You pay by invoice. You'll find it in the parcel.")) }
                @if let Some(email) = &checkout.confirmation_email {
                    p.quiet-text {
                        (text_with(t!("We'll send a confirmation to {}."), &strong(email)))
                        @if checkout.email_state == EmailState::Unconfirmed { " " (unconfirmed_email()) }
                    }
                }
            }
            div.place { button.primary.wide type="submit" { (t!("Place order")) " · " (total) } }
            a.button.quiet.wide href="/shopping-cart" { (t!("Back to the cart")) }
        }
    }
}

fn reviewed(checkout: &Checkout) -> String {
    let lines = checkout.cart.lines.iter();
    let lines = lines.map(|it| ReviewedLine { product: it.product.clone(), quantity: it.quantity, unit_price: it.unit_price });
    serde_json::json!(lines.collect::<Vec<_>>()).to_string()
}
