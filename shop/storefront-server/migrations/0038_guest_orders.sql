-- Orders without an account. `owner` stands in `orders.user_id`: it is a hash of the secret in the order's link. `origin` is the site
-- where the order was placed. The link ends at `expires_at`, in milliseconds since 1970.
CREATE TABLE guest_orders (
    owner      TEXT   NOT NULL PRIMARY KEY,
    origin     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX guest_orders_by_expiry ON guest_orders (expires_at);
