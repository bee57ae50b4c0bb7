//! The texts of products in the reader's language. `products` has the texts in the shop's first language, and `product_texts` has one row for
//! each other language of a product. Pages show the text of the first language in place of an empty or missing one.
//!
//! A response that contains such a text has `Vary` and `Content-Language`, because [`column`] asks for the language of the request.

use sqlx::AnyPool;
use std::sync::Arc;
use storefront_messages::Language;

/// The language of the texts in `products`.
const FIRST: Language = Language::English;

/// The SQL expression for one text of a row of `products`, such as `name`, in the current language.
pub(crate) fn column(text: &str) -> String {
    match Language::current() {
        FIRST => format!("products.{text}"),
        language => format!(
            "COALESCE(NULLIF((SELECT {text} FROM product_texts WHERE product = products.id AND language = '{}'), ''), products.{text})",
            language.tag()
        ),
    }
}

/// The SQL expression for one text of a row of `table`, which is `products` or an alias of it, in all languages, for searches.
pub(crate) fn in_all_languages(table: &str, text: &str) -> String {
    format!("{table}.{text} || COALESCE((SELECT string_agg(' ' || {text}, '') FROM product_texts WHERE product = {table}.id), '')")
}

/// The languages in which each product has a name, and a description if it has one in the first language. Pages offer no other language.
/// Other texts, such as sizes, may be the same in all languages.
pub(crate) async fn covered_languages(db: &AnyPool) -> sqlx::Result<Arc<[Language]>> {
    let mut covered = vec![FIRST];
    for language in Language::ALL.into_iter().filter(|it| *it != FIRST) {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM products WHERE NOT EXISTS (SELECT 1 FROM product_texts AS texts WHERE texts.product = products.id
                 AND texts.language = $1 AND texts.name <> '' AND (texts.description <> '' OR products.description = ''))",
        );
        let incomplete: i64 = query.bind(language.tag()).fetch_one(db).await?;
        if incomplete == 0 {
            covered.push(language);
        } else {
            tracing::warn!(language = language.tag(), incomplete, "this language is not offered, because products lack a text in it");
        }
    }
    Ok(covered.into())
}
