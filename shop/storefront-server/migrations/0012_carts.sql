-- What is known of a cart as a whole. `merged` says how the cart that the user had filled as a visitor was added to this one, until the
-- user has read it: 'whole', 'in part', or an empty text.
CREATE TABLE carts (
    user_id TEXT NOT NULL PRIMARY KEY,
    merged  TEXT NOT NULL
);

-- The price at which the user has put the product into the cart, or that the user has accepted since. NULL in lines from before this column:
-- the price of today.
ALTER TABLE cart_lines ADD COLUMN seen_price BIGINT;
