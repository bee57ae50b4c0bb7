//! The texts that the single-page app and the server-rendered pages share.
//!
//! Each outcome has a code, which is a variant of an enum, and each code has a text. The texts are written in English inside [`t!`], in
//! this crate's enums and in the code of the pages. Each other language is one file, such as `de.rs`, which has a text for each English
//! text. A text that a file lacks does not compile.
//!
//! The app's linker keeps only the English texts that the app shows, in the part of the program that shows them. The app loads the texts of
//! another language only if the page is in that language.
//!
//! This crate never decides which outcome a request has, and it never formats dates.

#![warn(missing_docs)]

mod account;
mod cart;
mod catalogue;
mod de;
mod field;
mod fr;
mod help;
mod language;
#[cfg(not(target_arch = "wasm32"))]
mod lookup;
mod money;
mod order;
mod page;
mod passkey;
mod post;
mod product;
mod session;
#[cfg(test)]
mod static_page;
mod text;

pub use account::AccountError;
pub use cart::{CartMessage, item_count, items_after};
pub use catalogue::{category_name, option_name, product_count, sort_order_name, variant_count};
pub use field::FieldMessage;
pub use fusionauth_forms::{
    AfterRefusal, Blocked, ChangePasswordId, CodeChoice, CodeError, CodePlace, Message, Misconfiguration, PasskeySignInError,
    PasswordChangeReason, PasswordError, PasswordHint, PasswordlessError, SIGN_OUT_PENDING, SignInError, SignInField, Step, TwoFactorId,
    VerificationError, VerificationStep, around, broken_rule_text, contact, fill, line_parts, prevented,
};
pub use help::help_sections;
pub use language::Language;
#[cfg(not(target_arch = "wasm32"))]
pub use language::LanguageUse;
#[cfg(not(target_arch = "wasm32"))]
pub use lookup::{english_texts, text_where, translated_texts, translation_of};
pub use money::money;
#[cfg(not(target_arch = "wasm32"))]
pub use order::AddressMessage;
pub use order::{cart_costs, cart_delivery, country_name, delivery_name, order_next, order_state, order_steps, unconfirmed_email};
pub use page::page_title;
pub use passkey::{PasskeyError, PasskeyText};
pub use post::{PostMessage, product_answer, reply_count};
pub use product::{ProductMessage, picture_text};
pub use session::{SessionMessage, app_name, registered_on};
pub use text::{Storefront, Text, counted, has_texts_of_parts, texts, use_texts, use_texts_of_parts};
