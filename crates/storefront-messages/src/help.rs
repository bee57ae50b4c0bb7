//! The pages for customers: delivery, returns, privacy, contact.

use crate::texts;

/// One of these pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpPage {
    /// When things come, and what that costs.
    Delivery,
    /// How things go back.
    Returns,
    /// The data about a user: what is stored, where, and who sees it.
    Privacy,
    /// How to reach those who run the site.
    Contact,
}

impl HelpPage {
    /// All of them, in the order of their links.
    pub const ALL: [Self; 4] = [Self::Delivery, Self::Returns, Self::Privacy, Self::Contact];

    /// The page's name.
    pub fn title(self) -> &'static str {
        texts::help_title(self)
    }

    /// Its sections: heading and text. `contact` is the address of those who run the site, if they have one.
    pub fn sections(self, contact: Option<&str>) -> Vec<(&'static str, String)> {
        texts::help(self, contact)
    }
}
