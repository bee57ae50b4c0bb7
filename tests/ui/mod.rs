//! Texts of money and dates, the choice of a language, and pages that a translator changes.

mod format;
mod language;
mod translator;
