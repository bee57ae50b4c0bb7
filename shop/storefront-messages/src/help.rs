//! The pages for customers: delivery, returns, privacy, contact.

use crate::text::{Text, translated};
use crate::{Storefront, t};
use storefront_api::{StoredData, pages::HelpPage};

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
        HelpPage::Privacy => {
            static STORED: [Text; StoredData::NAMES.len()] = translated(StoredData::NAMES);
            let stored: Vec<&str> = STORED.iter().map(Text::get).collect();
            let (last, first) = stored.split_last().unwrap_or((&"", &[]));
            let stored = t!("We store {} and {}. Only the sign-in service has your password, as a hash.", first.join(", "), last);
            let others = [
                (
                    t!("In this browser"),
                    t!(
                        "Your sign-in, your language, a guest's cart for 30 days, and a guest's order until you close the browser. We set no \
                        cookies for anything else: no advertising and no tracking."
                    ),
                ),
                (
                    t!("What others see"),
                    t!(
                        "Others see your display name next to your posts. Everyone sees the first answer to a question about a product, with the author's display name, on the product's page. Nobody sees your email or what you buy."
                    ),
                ),
                (
                    t!("Your rights"),
                    t!("On your account page, or on the page of a guest's order, you can download and delete what we store about you. We \
                        delete a guest's name, address and email 90 days after we send the order."),
                ),
            ];
            let others = others.map(|(heading, text)| (heading, text.to_owned()));
            return [(t!("What we store"), stored)].into_iter().chain(others).collect();
        }
        HelpPage::Contact => {
            // Without an email, the Forums are the only way to ask.
            let about_order = t!(
                "Start a thread in the Forums, and include your order number. Everyone can read it, so leave out your name and address."
            );
            let by_mail = contact.map(|email| (t!("By email"), crate::contact::<Storefront>(email)));
            let about_product = t!("Ask in the Forums. Many people there have used our products for years.");
            return vec![
                by_mail.unwrap_or_else(|| (t!("About an order"), about_order.to_owned())),
                (t!("About a product"), about_product.to_owned()),
            ];
        }
    };
    sections.iter().map(|(heading, text)| (*heading, (*text).to_owned())).collect()
}
