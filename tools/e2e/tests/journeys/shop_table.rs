//! Checks the tables in `docs/shop.md`. Each row has a requirement for the Store or the Forums, and the tests of that requirement. The
//! tables must have exactly the rows of [`ROWS`]. Each row must name existing tests, or contain "open" or "none" with a reason.

use crate::test_names::check_cells;

const TABLES: &str = include_str!("../../../../docs/shop.md");

/// The requirements in all tables, in the order of the rows.
const ROWS: [&str; 49] = [
    "Each state of the cart page is announced",
    "A change shows at once, one request at a time",
    "A removed line can be put back where it was",
    "A session that ends during a change",
    "The way back after a sign-in stays on the site",
    "The header shows who is signed in, and a sign-out reaches every tab",
    "Two tabs show the same cart",
    "Two devices: the later change wins",
    "Changed prices and stock are accepted, never silent",
    "Changes without a connection",
    "Waiting edits survive a reload, a closed tab and a closed browser",
    "Waiting edits are sent once, for their user alone, and undo nothing newer",
    "A visitor's cart",
    "Every write with every fault: nothing lost, nothing twice, no wrong total, no blank screen",
    "Repeated requests take effect once",
    "Search that corrects a typo",
    "Categories, order and stock in the URL",
    "More products load, and stay after the back button and a reload",
    "A page for each product",
    "Facts, quantity and related products on a product's page; a size is chosen there, never in a list",
    "On a phone, one button shows categories, order and stock",
    "Names, descriptions and facts in the reader's language",
    "Content before the app has loaded",
    "Unknown URLs are 404",
    "From product to order",
    "One order, whatever happens to the request",
    "The stock is never sold twice",
    "An order contains only what the user has seen",
    "Typed text is saved with the account",
    "The total and its button stay in the window on a phone; the days of arrival",
    "Confirmation by mail",
    "\"Order again\" puts an order into the cart, once for any number of clicks, tabs and requests, and names what is missing",
    "Orders on the account, cancelled while unsent",
    "Threads with titles and replies",
    "Links, quotes, and the way to the first unread reply",
    "The list comes first, the form for a new thread is behind a button",
    "Authors edit and delete their posts; a mark stays",
    "Links to a reply",
    "Marks of new posts",
    "More threads load, and stay after the back button",
    "Search",
    "Drafts survive a reload, a sign-out and a browser crash",
    "Empty list, relative times, avatars",
    "Moderators",
    "A product and its thread",
    "First screen of a phone",
    "Delivery, returns, privacy, contact",
    "Every component and state on one page",
    "The app is installed, and starts without a network",
];

#[test]
fn every_part_has_a_row() {
    assert_eq!(rows().map(|(name, _)| name).collect::<Vec<_>>(), ROWS);
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_are_none() {
    check_cells(rows());
}

/// The two cells of each row: the requirement, and the tests of that requirement.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = TABLES.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Part |"));
    lines.map(|line| line.trim_matches('|').split_once('|').expect("a row has two cells")).map(|(name, cell)| (name.trim(), cell.trim()))
}
