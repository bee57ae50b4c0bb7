-- What users have ordered, as it was when they ordered it: later prices and names change no order. `id` is random; `number` is what people
-- read and say. Times are in milliseconds since 1970. Whoever sends the goods sets `state` to 'shipped'. `confirmation_email` is empty if no
-- message confirms the order. When the user's account is deleted, `user_id`, the address and `confirmation_email` become empty.
CREATE TABLE orders (
    id                 TEXT   NOT NULL PRIMARY KEY,
    number             TEXT   NOT NULL UNIQUE,
    user_id            TEXT   NOT NULL,
    state              TEXT   NOT NULL CHECK (state IN ('placed', 'shipped', 'cancelled')),
    placed_at          BIGINT NOT NULL,
    currency           TEXT   NOT NULL,
    items              BIGINT NOT NULL CHECK (items > 0),
    delivery           TEXT   NOT NULL,
    delivery_price     BIGINT NOT NULL CHECK (delivery_price >= 0),
    total              BIGINT NOT NULL CHECK (total >= 0),
    full_name          TEXT   NOT NULL,
    street             TEXT   NOT NULL,
    street_extra       TEXT   NOT NULL,
    postal_code        TEXT   NOT NULL,
    city               TEXT   NOT NULL,
    country            TEXT   NOT NULL,
    confirmation_email TEXT   NOT NULL
);

CREATE INDEX orders_of_user ON orders (user_id, placed_at, id);

-- `product` refers to no row of `products`, because a product may leave the catalogue.
CREATE TABLE order_lines (
    order_id   TEXT   NOT NULL REFERENCES orders (id),
    position   BIGINT NOT NULL,
    product    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    unit_price BIGINT NOT NULL,
    quantity   BIGINT NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, product)
);

-- The orders whose confirmation FusionAuth is still to send. A row goes when FusionAuth has taken the message. Whoever tries moves `due_at`
-- forward first, so that of several instances one tries, and another if it dies.
CREATE TABLE order_confirmations (
    order_id    TEXT   NOT NULL PRIMARY KEY REFERENCES orders (id),
    application TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    attempts    BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE INDEX order_confirmations_by_due ON order_confirmations (application, due_at);

-- What a user has typed into the checkout and not yet ordered with, as JSON.
CREATE TABLE checkout_drafts (
    user_id  TEXT   NOT NULL PRIMARY KEY,
    body     TEXT   NOT NULL,
    saved_at BIGINT NOT NULL
);
