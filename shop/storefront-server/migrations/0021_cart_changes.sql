-- How often a cart was changed: every write of a user's cart adds one, in its transaction. Whoever follows a cart reads this number and not
-- its lines.
ALTER TABLE carts ADD COLUMN changes BIGINT NOT NULL DEFAULT 0;
