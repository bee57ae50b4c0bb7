//! The pictures on the page of a product. A radio button with a small picture chooses each, and CSS shows it.

use crate::pages::components::DRAWINGS;
use maud::{Markup, html};
use storefront_api::pictures::{PictureKind, ProductPicture, pictures};
use storefront_api::{Product, catalogue};
use storefront_messages::{picture_text, t};

pub(super) fn view(product: &Product) -> Markup {
    let svg = |picture: &ProductPicture, alt: Option<&str>| {
        html! {
            svg class={ "picture tile-" (catalogue::tile(&product.id)) } viewBox="0 0 200 200" role=[alt.map(|_| "img")] aria-label=[alt]
                aria-hidden=[alt.is_none().then_some("true")] {
                @for it in &picture.drawings {
                    use href={ (DRAWINGS) "#" (catalogue::drawing(&it.drawing)) } x=(it.x) y=(it.y) width=(it.size) height=(it.size) {}
                }
                @if let PictureKind::ToScale { label, .. } = &picture.kind { text x="128" y="188" { (label) } }
            }
        }
    };
    html! {
        div.pictures role="group" aria-label=(t!("Pictures")) {
            @for (at, picture) in pictures(product).iter().enumerate() {
                @let (id, text) = (format!("picture-{at}"), picture_text(&picture.kind, &product.name));
                input type="radio" name="picture" id=(id) checked[at == 0] aria-label=(text);
                label for=(id) { (svg(picture, None)) }
                (svg(picture, Some(&text)))
            }
        }
    }
}
