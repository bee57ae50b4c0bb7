//! The questions about a product in the Forums, as the product page shows them: the newest threads, and the link to ask a question. The
//! page is public, so it names no author and quotes no text.

use crate::pages::components::{strong, text_with};
use crate::pages::format::time;
use maud::{Markup, html};
use storefront_api::Product;
use storefront_api::product_threads::SHOWN_THREADS;
use storefront_messages::{reply_count, t};

/// The view of the questions, with the URLs of the Forums.
pub(super) struct Questions<'a> {
    /// The origin of the Forums, if the Store has Forums.
    pub(super) forums: Option<&'a str>,
    /// The path of the Forums' list of threads, which has the form for a new thread.
    pub(super) list: &'static str,
}

impl Questions<'_> {
    /// The questions on the page. Empty if the Store has no Forums.
    pub(super) fn view(&self, product: &Product) -> Markup {
        let Some(forums) = self.forums else { return Markup::default() };
        let (id, name) = product.main_product();
        let about = format!("{forums}{}?product={id}", self.list);
        let has_more = product.threads.as_ref().is_some_and(|it| it.len() > SHOWN_THREADS);
        html! {
            section.questions {
                h2 { (t!("Questions and answers")) }
                @match product.threads.as_deref() {
                    // The questions could not be read. The link to ask one remains.
                    None => {},
                    Some([]) => p.quiet-text { (t!("No questions yet")) },
                    Some(newest) => ul {
                        @for it in newest.iter().take(SHOWN_THREADS) {
                            li {
                                a href={ (forums) "/posts/" (it.id) } dir="auto" {
                                    @if it.title.is_empty() { (t!("Untitled question")) } @else { (it.title) }
                                }
                                p.quiet-text { (reply_count(it.replies)) " · " (time(&it.created_at)) }
                            }
                        }
                    },
                }
                @if has_more { p { a href=(about) { (text_with(t!("All questions about {}"), &strong(name))) } } }
                p { a.button.quiet href=(about) { (t!("Ask an owner")) } }
            }
        }
    }
}
