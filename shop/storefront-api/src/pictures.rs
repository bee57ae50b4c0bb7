//! The pictures on the page of a product, composed of the drawings in `assets/products.svg`. The app and the server draw them in the same way.

use crate::{Product, catalogue::Category};

/// A picture of 200 by 200 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductPicture {
    /// What the picture shows.
    pub kind: PictureKind,
    /// The drawings, the rearmost first.
    pub drawings: Vec<PlacedDrawing>,
}

/// What a picture shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// The product.
    Alone,
    /// The product where people use it.
    InUse,
    /// The product beside a hand or a person.
    ToScale {
        /// The dimensions of the product.
        dimensions: String,
        /// The first of these, which the picture contains.
        label: String,
    },
}

/// A drawing in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedDrawing {
    /// The id of a product, or the name of another drawing.
    pub drawing: String,
    /// The left edge.
    pub x: i64,
    /// The upper edge.
    pub y: i64,
    /// The width and the height.
    pub size: i64,
}

/// The height of the larger one of a product and the hand or person beside it.
const HEIGHT: i64 = 82;

/// The ground below both.
const GROUND: i64 = 164;

/// The pictures of a product.
pub fn pictures(product: &Product) -> Vec<ProductPicture> {
    let placed = |drawing: &str, x, y, size| PlacedDrawing { drawing: drawing.to_owned(), x, y, size };
    let mut pictures = vec![ProductPicture { kind: PictureKind::Alone, drawings: vec![placed(&product.id, 0, 0, 200)] }];
    if let Some(category) = Category::ALL.into_iter().find(|it| it.id() == product.category) {
        let scene = ["scene-", category.id()].concat();
        let drawings = vec![placed(&scene, 0, 0, 200), placed(&product.id, 42, 48, 130)];
        pictures.push(ProductPicture { kind: PictureKind::InUse, drawings });
    }
    if let Some((dimensions, centimetres)) = product.details.as_ref().and_then(|it| Some((&it.dimensions, centimetres(&it.dimensions)?))) {
        let (beside, its_centimetres) = if centimetres > 60 { ("person", 170) } else { ("hand", 18) };
        let height = |it: i64| HEIGHT * it / centimetres.max(its_centimetres);
        let its_height = height(its_centimetres);
        // A product fills 110 of the 200 units of its drawing, and stands at 164.
        let size = height(centimetres) * 200 / 110;
        let drawings = vec![
            placed("ground", 0, 0, 200),
            placed(beside, 32 - its_height / 2, GROUND - its_height, its_height),
            placed(&product.id, 128 - size / 2, GROUND - size * GROUND / 200, size),
        ];
        let kind = PictureKind::ToScale { dimensions: dimensions.clone(), label: format!("{centimetres}\u{a0}cm") };
        pictures.push(ProductPicture { kind, drawings });
    }
    pictures
}

/// The first number of dimensions that begin like `48 × 30 × 15 cm` or `8 cm`.
fn centimetres(dimensions: &str) -> Option<i64> {
    let (digits, rest) = dimensions.split_at(dimensions.find(|it: char| !it.is_ascii_digit())?);
    let rest = rest.trim_start();
    let is_length = rest.starts_with("cm") || rest.starts_with('×') && rest.contains("cm");
    digits.parse().ok().filter(|it| is_length && (1..=500).contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProductDetails;

    fn scale(dimensions: &str) -> Option<ProductPicture> {
        let details = Some(ProductDetails { dimensions: dimensions.to_owned(), ..ProductDetails::default() });
        let product = Product {
            id: "mug-2".to_owned(),
            name: "Mug".to_owned(),
            description: String::new(),
            price: 100,
            currency: "EUR".to_owned(),
            stock: 1,
            category: "kitchen".to_owned(),
            option: String::new(),
            variants: Vec::new(),
            threads: None,
            details,
        };
        let pictures = pictures(&product);
        assert_eq!((&pictures[0].kind, &pictures[1].kind), (&PictureKind::Alone, &PictureKind::InUse));
        pictures.into_iter().nth(2)
    }

    #[test]
    fn a_product_is_drawn_to_scale_inside_the_picture() {
        for (dimensions, beside, label) in [
            ("8 cm high, 350 ml", "hand", "8\u{a0}cm"),
            ("31 cm de haut, 0,75 litre", "hand", "31\u{a0}cm"),
            ("210 × 150 cm", "person", "210\u{a0}cm"),
        ] {
            let picture = scale(dimensions).unwrap();
            assert_eq!(picture.kind, PictureKind::ToScale { dimensions: dimensions.to_owned(), label: label.to_owned() });
            assert_eq!(picture.drawings[1].drawing, beside);
            assert!(picture.drawings.iter().all(|it| it.x >= -10 && it.y >= 0 && it.x + it.size <= 210), "{:?}", picture.drawings);
        }
        for dimensions in ["", "large", "350 ml", "350 ml, 8 cm high", "2.5 cm", "6 candles, 20 cm", "999 cm", "99999999999999999999 cm"] {
            assert_eq!(scale(dimensions), None, "{dimensions}");
        }
    }
}
