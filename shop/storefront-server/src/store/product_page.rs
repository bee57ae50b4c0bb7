//! The server-rendered page of one product, `/products/{product}`, with its data for search engines.

use crate::auth::verify::Identity;
use crate::pages::PageState;
use crate::pages::components::{heading, picture};
use crate::pages::format::money;
use crate::pages::layout::{Head, Page, PageResult};
use crate::pages::page_request::{PageRequest, Visitor};
use crate::store::cart::ProductId;
use crate::store::product_parts::{AddFrom, Questions, add_form, few_left, refusal, swatch};
use crate::store::{error::Error, guest_cart, product_pictures, products};
use axum::{Router, http::StatusCode, routing::get};
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};
use storefront_api::{Product, Variant};
use storefront_messages::{ProductMessage, option_name, t};

/// The page of a product.
pub(crate) fn router() -> Router<PageState> {
    Router::new().route("/products/{product}", get(page))
}

async fn page(request: PageRequest, Visitor(visitor): Visitor, ProductId(id): ProductId) -> PageResult {
    if let Some(identity) = &visitor {
        guest_cart::merge_into(&request.backend.db, &request.cookies, &identity.user_id).await?;
    }
    show(&request, visitor.as_ref(), &id, None).await
}

/// The path of a product's page.
pub(super) fn path(product: &str) -> String {
    ["/products/", product].concat()
}

/// The page of a product. `refused` says why the product could not be added to the cart.
pub(super) async fn show(request: &PageRequest, viewer: Option<&Identity>, id: &str, refused: Option<(StatusCode, String)>) -> PageResult {
    let product = products::find_for_page(&request.backend, id).await?.ok_or(Error::ProductUnknown)?;
    let questions = Questions { forums: request.layout.sibling_url(), list: "/posts" }.view(&product);
    let url = url(request.layout.origin(), &product.id);
    let head = Head { title: &product.name, content: head(&product, &url) };
    let (status, reason) = refused.map_or((StatusCode::OK, None), |(status, reason)| (status, Some(reason)));
    let main = main(&product, &add_form(&product, &AddFrom::ProductPage), reason.as_deref(), &questions);
    request.layout.show_with_head(viewer, &head, Page::new(t!("Product"), status, main)).await
}

/// The content of the page: `button` to buy the product unless it is sold out, and the questions about it. `refused` says why the product
/// could not be added to the cart.
pub(super) fn main(product: &Product, button: &Markup, refused: Option<&str>, questions: &Markup) -> Markup {
    html! {
        div.page.product-page {
            (heading(&product.name))
            (product_pictures::view(product))
            div.product-facts {
                p.lead { (product.description) }
                p.price {
                    strong { (money(product.price, &product.currency)) }
                    (few_left(product))
                }
                (choice(product))
                @if product.stock > 0 { (button) } @else { p.sold-out { (t!("Sold out")) } }
                @if let Some(reason) = refused { (refusal(reason)) }
                @if product.stock > 0 {
                    @if let Some(expected) = product.details.as_ref().and_then(|it| it.expected.as_ref()) { p { (expected) } }
                    p.quiet-text { (ProductMessage::Stock { left: product.stock }.text()) " " (ProductMessage::Returns.text()) }
                }
                p.quiet-text { (t!("Prices include tax.")) }
                (facts(product))
                p { a href="/" { (t!("All products")) } }
            }
            (questions)
            (related(product))
        }
    }
}

/// The dimensions, the material and the care.
fn facts(product: &Product) -> Markup {
    let Some(details) = &product.details else { return Markup::default() };
    let facts = [(t!("Dimensions"), &details.dimensions), (t!("Material"), &details.material), (t!("Care"), &details.care)];
    html! {
        @if facts.iter().any(|(_, value)| !value.is_empty()) {
            dl.facts { @for (name, value) in facts { @if !value.is_empty() { div { dt { (name) } dd { (value) } } } } }
        }
    }
}

fn related(product: &Product) -> Markup {
    let Some(details) = product.details.as_ref().filter(|it| !it.related.is_empty()) else { return Markup::default() };
    html! {
        section.related {
            h2 { (t!("You might also like")) }
            ul.products { @for it in &details.related {
                li.product {
                    (picture(&it.id))
                    h2 { a href={ "/products/" (it.id) } { (it.name) } }
                    p.price { strong { (money(it.price, &product.currency)) } }
                }
            } }
        }
    }
}

/// The links to the variants, each with its own URL.
fn choice(product: &Product) -> Markup {
    let Some(option) = option_name(&product.option) else { return Markup::default() };
    html! {
        div.variants role="group" aria-labelledby="option" {
            p #option { (option) }
            ul { @for it in &product.variants { li {
                a href={ "/products/" (it.id) } aria-current=[(it.id == product.id).then_some("page")] {
                    (swatch(it))
                    span { (it.value) }
                    @if it.stock <= 0 { " " small.gone { (t!("Sold out")) } }
                    @else if it.price != product.price { " " small { (money(it.price, &product.currency)) } }
                }
            } } }
        }
    }
}

/// The product's data for search engines and other sites.
pub(super) fn head(product: &Product, url: &str) -> Markup {
    html! {
        meta name="description" content=(product.description);
        link rel="canonical" href=(url);
        meta property="og:type" content="product";
        meta property="og:title" content=(product.name);
        meta property="og:description" content=(product.description);
        meta property="og:url" content=(url);
        // This element contains data, which no browser executes. `<` is escaped, so that no text can end the element.
        script type="application/ld+json" { (PreEscaped(structured_data(product, url).to_string().replace('<', "\\u003c"))) }
    }
}

/// The product's data for search engines (schema.org). A variant links to the other variants of its family.
fn structured_data(product: &Product, url: &str) -> Value {
    let mut data = offered(product, url);
    data["@context"] = json!("https://schema.org");
    let (Some(property), [main, ..]) = (option_property(&product.option), product.variants.as_slice()) else { return data };
    let url_of = |id: &str| [url.strip_suffix(product.id.as_str()).unwrap_or_default(), id].concat();
    let described = |it: &Variant| {
        let mut data = offered(&product.variant(&it.id)?, &url_of(&it.id));
        data[property] = json!(it.value);
        Some(data)
    };
    let (own, others): (Vec<&Variant>, Vec<&Variant>) = product.variants.iter().partition(|it| it.id == product.id);
    data[property] = json!(own.first().map(|it| &it.value));
    data["isVariantOf"] = json!({
        "@type": "ProductGroup",
        "name": main.name,
        "url": url_of(&main.id),
        "productGroupID": main.id,
        "variesBy": format!("https://schema.org/{property}"),
        "hasVariant": others.into_iter().filter_map(described).collect::<Vec<_>>(),
    });
    data
}

/// The schema.org property of an option.
fn option_property(option: &str) -> Option<&'static str> {
    match option {
        "colour" => Some("color"),
        "size" => Some("size"),
        _ => None,
    }
}

/// The product with its price.
fn offered(product: &Product, url: &str) -> Value {
    let availability = if product.stock > 0 { "InStock" } else { "OutOfStock" };
    json!({
        "@type": "Product",
        "name": product.name,
        "description": product.description,
        "sku": product.id,
        "url": url,
        "offers": {
            "@type": "Offer",
            // In integers, because floats round.
            "price": format!("{}.{:02}", product.price / 100, product.price % 100),
            "priceCurrency": product.currency,
            "availability": format!("https://schema.org/{availability}"),
            "url": url,
        },
    })
}

/// The canonical URL of a product's page.
pub(super) fn url(origin: &str, product: &str) -> String {
    format!("{origin}/products/{product}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_product_ends_an_element() {
        let product = Product {
            id: "mug".to_owned(),
            name: "</script><script>alert(1)</script>".to_owned(),
            description: "\"><b>".to_owned(),
            price: 1_405,
            currency: "EUR".to_owned(),
            stock: 0,
            category: "kitchen".to_owned(),
            option: String::new(),
            variants: Vec::new(),
            threads: None,
            details: None,
        };
        let head = head(&product, "https://shop.example/products/mug").into_string();
        assert_eq!(head.matches("<script").count(), 1, "{head}");
        assert!(!head.contains("<b>") && head.contains("\\u003c/script"), "{head}");
        let data = structured_data(&product, "https://shop.example/products/mug");
        assert_eq!((&data["offers"]["price"], &data["offers"]["availability"]), (&json!("14.05"), &json!("https://schema.org/OutOfStock")));
    }
}
