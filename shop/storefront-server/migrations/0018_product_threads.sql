-- The product that a thread is about, if it is about one. It refers to no row of `products`, because a product may leave the catalogue.
ALTER TABLE posts ADD COLUMN product TEXT;
CREATE INDEX threads_of_product ON posts (product, created_at, id) WHERE product IS NOT NULL;
ALTER TABLE drafts ADD COLUMN product TEXT;
