-- FusionAuth's user id is called `user_id` in every table.
ALTER TABLE cart_lines RENAME COLUMN shopper TO user_id;
ALTER TABLE drafts RENAME COLUMN shopper TO user_id;
