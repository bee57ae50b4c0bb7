-- One schema for SQLite and PostgreSQL: TEXT and BIGINT only.

CREATE TABLE products (
    id          TEXT   PRIMARY KEY,
    position    BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    price       BIGINT NOT NULL CHECK (price >= 0),
    stock       BIGINT NOT NULL CHECK (stock >= 0)
);

-- `shopper` is FusionAuth's user id. Prices are not stored: a cart shows what the product costs now.
CREATE TABLE cart_lines (
    shopper  TEXT   NOT NULL,
    product  TEXT   NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    position BIGINT NOT NULL,
    PRIMARY KEY (shopper, product)
);

-- `created_at` is in microseconds since 1970, UTC.
CREATE TABLE posts (
    id         TEXT   PRIMARY KEY,
    author_id  TEXT   NOT NULL,
    author     TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX posts_newest_first ON posts (created_at, id);
