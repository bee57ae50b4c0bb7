//! The pictures on the page of a product. A radio button with a small picture chooses each, and CSS shows it, before the app has started, too.

use crate::{
    data::first_answer::HeldClicks,
    ui::components::{drawing, tile},
};
use leptos::prelude::*;
use storefront_api::{
    Product,
    pictures::{PictureKind, ProductPicture, pictures},
};
use storefront_messages::{picture_text, t};

#[component]
pub(super) fn Pictures(product: Product) -> impl IntoView {
    let tile = tile(&product.id);
    let svg = |picture: &ProductPicture, text: String| {
        // Texts, because the app has attributes of this type already.
        let uses = picture.drawings.iter().map(|it| {
            let [x, y, size] = [it.x, it.y, it.size].map(|it| it.to_string());
            view! { <use_ href=drawing(&it.drawing) x=x y=y width=size.clone() height=size/> }
        });
        let label = match &picture.kind {
            PictureKind::ToScale { label, .. } => Some(view! { <text x="128" y="188">{label.clone()}</text> }),
            PictureKind::Alone | PictureKind::InUse => None,
        };
        view! { <svg class=tile.clone() viewBox="0 0 200 200" role="img" aria-label=text>{uses.collect_view()}{label}</svg> }
    };
    let (pictures, held) = (pictures(&product), use_context::<HeldClicks>());
    let id = |at| format!("picture-{at}");
    let chosen = (0..pictures.len()).find(|at| held.is_some_and(|held| held.take(&id(*at)))).unwrap_or_default();
    let choice = |(at, picture): (usize, ProductPicture)| {
        let (id, text) = (id(at), picture_text(&picture.kind, &product.name));
        view! {
            <input type="radio" name="picture" id=id.clone() checked=at == chosen aria-label=text.clone()/>
            <label for=id aria-hidden="true">{svg(&picture, text.clone())}</label>
            {svg(&picture, text)}
        }
    };
    let choices = pictures.into_iter().enumerate().map(choice).collect_view();
    view! { <div class="pictures" role="group" aria-label=t!("Pictures")>{choices}</div> }
}
