//! The cart's lines: what the shopper wants, and what the backend has.

pub mod line;
pub mod row;
