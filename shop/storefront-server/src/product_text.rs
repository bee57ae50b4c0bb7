//! The texts of products in the reader's language. `products` has two columns for each text: `name` and `german_name`. An empty text is not
//! translated; other languages than German have no columns, so pages in these show the English texts.
//!
//! A response that contains such a text has `Vary` and `Content-Language`, because [`column`] asks for the language of the request.

use storefront_messages::Language;

/// The SQL expression for one text of a row of `products`, such as `name`, in the current language.
pub(crate) fn column(text: &str) -> String {
    match Language::current() {
        Language::German => format!("COALESCE(NULLIF(german_{text}, ''), {text})"),
        _ => text.to_owned(),
    }
}
