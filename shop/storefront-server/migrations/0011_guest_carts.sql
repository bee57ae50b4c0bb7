-- The carts of visitors. Their lines are in cart_lines, under the same `owner` in place of a user's id. Times are in milliseconds since
-- 1970.
CREATE TABLE guest_carts (
    owner TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX guest_carts_expires_at ON guest_carts (expires_at);
