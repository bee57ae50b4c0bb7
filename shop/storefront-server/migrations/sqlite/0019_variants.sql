-- Variants of a product on SQLite. `migrations/postgres` has the same for PostgreSQL.
--
-- A variant is a product of its own that names the main product of its family, which is itself no variant. All of them have a value of the one
-- option in which they differ, such as a colour, which only the main product names.

ALTER TABLE products ADD COLUMN main_product TEXT REFERENCES products (id) ON DELETE CASCADE;
ALTER TABLE products ADD COLUMN option_name TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN option_value TEXT NOT NULL DEFAULT '';
-- A colour such as `#23426b` that pages show beside the value.
ALTER TABLE products ADD COLUMN swatch TEXT NOT NULL DEFAULT '' CHECK (swatch = '' OR swatch LIKE '#______');
-- The values of a main product's variants, which triggers gather, because a search for "blue mug" has to find the family.
ALTER TABLE products ADD COLUMN variant_values TEXT NOT NULL DEFAULT '';

CREATE INDEX products_by_main_product ON products (main_product, position, id) WHERE main_product IS NOT NULL;

-- Lists show a family once.
DROP INDEX products_by_position;
DROP INDEX products_by_price;
DROP INDEX products_by_category_and_position;
DROP INDEX products_by_category_and_price;
CREATE INDEX products_by_position ON products (position, id) WHERE main_product IS NULL;
CREATE INDEX products_by_price ON products (price, id) WHERE main_product IS NULL;
CREATE INDEX products_by_category_and_position ON products (category, position, id) WHERE main_product IS NULL;
CREATE INDEX products_by_category_and_price ON products (category, price, id) WHERE main_product IS NULL;

CREATE TRIGGER gather_values_of_new_variant AFTER INSERT ON products WHEN new.main_product IS NOT NULL BEGIN
    UPDATE products SET variant_values =
        coalesce((SELECT group_concat(option_value, ' ') FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id = new.main_product;
END;
CREATE TRIGGER gather_values_of_changed_variant AFTER UPDATE OF main_product, option_value ON products BEGIN
    UPDATE products SET variant_values =
        coalesce((SELECT group_concat(option_value, ' ') FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id IN (old.main_product, new.main_product);
END;
CREATE TRIGGER gather_values_of_removed_variant AFTER DELETE ON products WHEN old.main_product IS NOT NULL BEGIN
    UPDATE products SET variant_values =
        coalesce((SELECT group_concat(option_value, ' ') FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id = old.main_product;
END;

-- The words of a family are those of its main product and the values of all its variants.
DROP TRIGGER index_new_product;
DROP TRIGGER index_changed_product;
CREATE TRIGGER index_new_product AFTER INSERT ON products BEGIN
    INSERT INTO product_numbers (product) VALUES (new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number, replace(new.name || ' ' || new.option_value || ' ' || new.variant_values, 'ß', 'ss'), replace(new.description, 'ß', 'ss')
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL;
END;
CREATE TRIGGER index_changed_product AFTER UPDATE OF id, name, description, main_product, option_value, variant_values ON products BEGIN
    UPDATE product_numbers SET product = new.id WHERE product = old.id;
    DELETE FROM product_search WHERE rowid = (SELECT number FROM product_numbers WHERE product = new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number, replace(new.name || ' ' || new.option_value || ' ' || new.variant_values, 'ß', 'ss'), replace(new.description, 'ß', 'ss')
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL;
END;
