//! Generated products, for demonstrations and measurements of a large catalogue. The same number always gives the same product.

use crate::store::CURRENCY;
use storefront_api::{Product, Variant};

/// A kind of product: its drawing, category, usual price in cents, material, name and purpose.
struct Kind {
    /// The name of a drawing: the id of a product in `demo_data.json`, or a category.
    drawing: &'static str,
    category: &'static str,
    price: i64,
    materials: &'static [&'static str],
    noun: &'static str,
    purpose: &'static str,
}

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    Kind { drawing: "enamel-mug", category: "kitchen", price: 1_600, materials: &["enamel", "stoneware", "porcelain", "tin", "beechwood"], noun: "mug", purpose: "For tea on the step or coffee on the train" },
    Kind { drawing: "wool-blanket", category: "desk", price: 9_200, materials: &["lambswool", "merino", "alpaca", "cotton"], noun: "blanket", purpose: "For cold evenings over a long book" },
    Kind { drawing: "storm-lantern", category: "road", price: 5_600, materials: &["brass", "tin", "copper", "steel"], noun: "lantern", purpose: "For camps and cellars, and for power cuts" },
    Kind { drawing: "cast-iron-pan", category: "kitchen", price: 6_400, materials: &["cast-iron", "carbon-steel", "copper", "forged-iron"], noun: "pan", purpose: "For eggs, for chops and for whole dinners" },
    Kind { drawing: "star-atlas", category: "desk", price: 2_100, materials: &["cloth-bound", "leather-bound", "cork-bound", "paper-bound"], noun: "notebook", purpose: "For plans, sketches and what must not be forgotten" },
    Kind { drawing: "canvas-rucksack", category: "road", price: 13_500, materials: &["canvas", "leather", "waxed-cotton", "felt"], noun: "rucksack", purpose: "For a day in the hills or a week in town" },
    Kind { drawing: "linen-towel", category: "kitchen", price: 2_200, materials: &["linen", "half-linen", "cotton", "hemp"], noun: "tea towel", purpose: "For glasses without a streak" },
    Kind { drawing: "beeswax-candles", category: "desk", price: 1_900, materials: &["beeswax", "rapeseed-wax", "olive-wax"], noun: "candles", purpose: "For light to write by" },
    Kind { drawing: "pocket-knife", category: "road", price: 4_700, materials: &["olive-wood", "walnut", "horn", "steel"], noun: "pocket knife", purpose: "For bread, string and kindling" },
    Kind { drawing: "kitchen", category: "kitchen", price: 4_900, materials: &["stoneware", "porcelain", "cast-iron", "enamel"], noun: "teapot", purpose: "For four cups, and for the fifth" },
    Kind { drawing: "desk", category: "desk", price: 11_900, materials: &["brass", "steel", "oak", "bentwood"], noun: "desk lamp", purpose: "For work after dark without glare" },
    Kind { drawing: "birch-hatchet", category: "road", price: 7_800, materials: &["birch", "ash", "hickory"], noun: "hatchet", purpose: "For kindling and for tent pegs" },
    Kind { drawing: "field-thermos", category: "kitchen", price: 3_900, materials: &["steel", "titanium", "glass", "enamel"], noun: "flask", purpose: "For soup that is still hot at noon" },
    Kind { drawing: "desk", category: "desk", price: 3_400, materials: &["oak", "walnut", "cherry", "maple"], noun: "pen tray", purpose: "For pens, keys and the one good pencil" },
    Kind { drawing: "hammock", category: "road", price: 7_200, materials: &["cotton", "hemp", "linen", "silk"], noun: "hammock", purpose: "For two trees and an afternoon" },
    Kind { drawing: "kitchen", category: "kitchen", price: 4_200, materials: &["oak", "walnut", "cherry", "ash"], noun: "bread board", purpose: "For loaves, cheese and everything beside them" },
    Kind { drawing: "road", category: "road", price: 6_900, materials: &["brass", "steel", "titanium"], noun: "camp stove", purpose: "For a pot of water in four minutes" },
];

const STYLES: &[&str] = &[
    "Plain",
    "Speckled",
    "Moss-green",
    "Everyday",
    "Harbour",
    "Alpine",
    "Rust-red",
    "Small",
    "Orchard",
    "Workshop",
    "Fjord",
    "Sand-coloured",
    "Farmhouse",
    "Midnight",
    "Large",
    "Heath",
    "Sunday",
    "Slate-blue",
    "Travel",
    "Winter",
    "Broad",
    "Meadow",
    "Old-style",
    "Slim",
    "Summer",
];

const MAKERS: &[&str] = &["", " by Lindqvist", " by Aumüller", " by Brandt", " by Moreau", " by Kováč", " by Hartley", " by Rossi"];

const NOTES: &[&str] = &[
    "Made by four people in one workshop.",
    "Every part can be had on its own.",
    "It comes wrapped in paper.",
    "Better with every year of use.",
    "Tested for ten winters.",
    "The maker repairs it for life.",
    "Light enough to take along.",
];

/// The product with this number. Products with different numbers have different ids and names.
pub fn product(number: u32) -> Product {
    let kind = &KINDS[number as usize % KINDS.len()];
    let (rest, style) = next(number as usize / KINDS.len(), STYLES);
    let (rest, material) = next(rest, kind.materials);
    let (rest, maker) = next(rest, MAKERS);
    let series = if rest == 0 { String::new() } else { format!(" No. {}", rest + 1) };
    // Knuth's multiplicative hash: the price, the stock and the note look random.
    let lot = i64::from(number.wrapping_mul(2_654_435_761) >> 8);
    let Kind { drawing, category, price, noun, purpose, .. } = kind;
    Product {
        id: format!("{drawing}-{}", number + 1),
        name: format!("{style} {material} {noun}{maker}{series}"),
        description: format!("{purpose}. {}", NOTES[lot as usize % NOTES.len()]),
        price: price * (70 + lot % 90) / 1_000 * 10,
        currency: CURRENCY.to_owned(),
        stock: if lot % 12 == 0 { 0 } else { lot % 61 + 1 },
        category: (*category).to_owned(),
        option: String::new(),
        variants: Vec::new(),
        threads: None,
        details: None,
    }
}

/// The larger variant of the product with this number. Only every second blanket has one.
pub fn variant(number: u32) -> Option<Variant> {
    let main = product(number);
    let is_chosen = KINDS[number as usize % KINDS.len()].noun == "blanket" && (number as usize / KINDS.len()).is_multiple_of(2);
    is_chosen.then(|| Variant {
        id: format!("{}-220", main.id),
        value: LARGE.to_owned(),
        swatch: String::new(),
        name: format!("{}, {LARGE}", main.name),
        description: main.description,
        price: main.price * 13 / 100 * 10,
        stock: main.stock / 2,
    })
}

/// The size of a blanket that has a larger variant.
pub const USUAL: &str = "130 × 190 cm";
/// The size of the larger variant.
const LARGE: &str = "150 × 220 cm";

/// The rest of the number for other choices, and the element of `list` that `number` selects.
fn next<'a>(number: usize, list: &[&'a str]) -> (usize, &'a str) {
    (number / list.len(), list[number % list.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use storefront_api::catalogue::Category;

    #[test]
    fn a_hundred_thousand_products_differ_and_are_in_known_categories() {
        let products: Vec<Product> = (0..100_000).map(product).collect();
        let distinct = |text: fn(&Product) -> &str| products.iter().map(text).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(|it| &it.id), distinct(|it| &it.name)), (100_000, 100_000));
        for it in &products {
            assert!(Category::ALL.iter().any(|category| category.id() == it.category), "{it:?}");
            assert!(it.price > 0 && it.stock >= 0 && it.id.len() <= 64, "{it:?}");
        }
        let sold_out = products.iter().filter(|it| it.stock == 0).count();
        assert!((5_000..12_000).contains(&sold_out), "{sold_out}");
    }

    #[test]
    fn each_has_a_drawing() {
        let drawings = include_str!("../../../assets/products.svg");
        let scenes = Category::ALL.map(|it| format!("scene-{}", it.id()));
        let names = KINDS.iter().map(|it| it.drawing).chain(scenes.iter().map(String::as_str)).chain(["ground", "hand", "person"]);
        for name in names {
            assert!(drawings.contains(&format!("<symbol id=\"{name}\"")), "{name}");
        }
    }
}
