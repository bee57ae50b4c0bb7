//! The pages for customers: delivery, returns, privacy, contact.

use crate::{Storefront, t};
use storefront_api::pages::HelpPage;

/// The page's name.
pub fn help_title(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Delivery => t!("Delivery"),
        HelpPage::Returns => t!("Returns"),
        HelpPage::Privacy => t!("Privacy"),
        HelpPage::Contact => t!("Contact"),
    }
}

/// The page's sections: heading and text. `contact` is the team's email, if there is one.
pub fn help_sections(page: HelpPage, contact: Option<&str>) -> Vec<(&'static str, String)> {
    let sections: &[(&'static str, &'static str)] = match page {
        HelpPage::Delivery => &[
            (
                t!("Delivery time"),
                t!("We deliver everything in stock in 2 to 4 working days, or on the next working day if you choose express delivery."),
            ),
            (
                t!("Delivery cost"),
                t!("All prices include tax. Standard delivery costs €4.90 and is free from €50. Express delivery costs €9.90."),
            ),
            (t!("Countries"), t!("We deliver to Austria, Belgium, France, Germany, Luxembourg and the Netherlands.")),
            (t!("If something goes wrong"), t!("If your parcel is late or arrives damaged, tell us and we'll replace the contents.")),
        ],
        HelpPage::Returns => &[
            (t!("30 days"), t!("You can return anything unused within 30 days of delivery. You don't need a reason.")),
            (
                t!("How to return something"),
                t!(
                    "Tell us what you're returning and from which order, then send it back in any sturdy box. The page “Contact” says how you \
                         reach us."
                ),
            ),
            (t!("Your refund"), t!("We refund you the way you paid, within 14 days of hearing from you.")),
        ],
        HelpPage::Privacy => &[
            (
                t!("What we store"),
                t!("Your email, display name, cart, orders and posts. Only the sign-in service has your password, as a hash."),
            ),
            (
                t!("In this browser"),
                t!("Your sign-in, your language, a guest's cart for 30 days, and a guest's order until you close the browser. We set no \
                         cookies for anything else: no advertising and no tracking."),
            ),
            (t!("What others see"), t!("Others see your display name next to your posts. Nobody sees your email or what you buy.")),
            (
                t!("Your rights"),
                t!(
                    "On your account page, or on the page of a guest's order, you can download and delete what we store about you. We delete a \
                    guest's name, address and email 90 days after we send the order."
                ),
            ),
        ],
        HelpPage::Contact => {
            // Without an email, the Forums are the only way to ask.
            let (by_mail, about_order) = match contact {
                Some(email) => (
                    Some((t!("By email"), crate::contact::<Storefront>(email))),
                    t!("Include your order number so we don't have to ask for it."),
                ),
                None => (
                    None,
                    t!(
                        "Start a thread in the Forums, and include your order number. Everyone can read it, so leave out your name and address."
                    ),
                ),
            };
            let about_product = t!("Ask in the Forums. Many people there have used our products for years.");
            let others = [(t!("About an order"), about_order.to_owned()), (t!("About a product"), about_product.to_owned())];
            return by_mail.into_iter().chain(others).collect();
        }
    };
    sections.iter().map(|(heading, text)| (*heading, (*text).to_owned())).collect()
}
