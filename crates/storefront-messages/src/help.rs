//! The pages for customers: delivery, returns, privacy, contact.

use crate::texts;

/// One of these pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelpPage {
    /// Delivery times and costs.
    Delivery,
    /// How to return goods.
    Returns,
    /// The data about a user: what is stored, where, and who sees it.
    Privacy,
    /// How to reach the team.
    Contact,
}

impl HelpPage {
    /// All of them, in the order of their links.
    pub const ALL: [Self; 4] = [Self::Delivery, Self::Returns, Self::Privacy, Self::Contact];

    /// The page's name.
    pub fn title(self) -> &'static str {
        texts::help_title(self)
    }

    /// Its sections: heading and text. `contact` is the team's email, if there is one.
    pub fn sections(self, contact: Option<&str>) -> Vec<(&'static str, String)> {
        texts::help(self, contact)
    }
}
