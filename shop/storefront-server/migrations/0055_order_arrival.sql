-- When the order arrived, in milliseconds since 1970. Only a shipped order has this time, and whoever follows the parcel sets it.
ALTER TABLE orders ADD COLUMN arrived_at BIGINT;
