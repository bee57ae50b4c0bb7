//! What exists for looking and learning only.

pub mod demo;
pub mod flows;
pub mod index;
