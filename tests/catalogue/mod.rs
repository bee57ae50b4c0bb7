//! Search, categories and pages of the Store's list, and the variants of a product.

mod product_list;
mod variants;
