-- What the page of a product says about it. The products of a family share the details of their main product. Empty: unknown.
ALTER TABLE products ADD COLUMN dimensions TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN material TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN care TEXT NOT NULL DEFAULT '';
