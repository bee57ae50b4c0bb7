//! Tests of the development world over real HTTP.

mod certificates;
mod clock;
mod flows;
mod index;
mod long_cart;
mod record;
mod test_world;
