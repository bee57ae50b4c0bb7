-- The German texts of products on SQLite. `migrations/postgres` has the same for PostgreSQL. An empty text is not translated, and pages show
-- the other one.

ALTER TABLE products ADD COLUMN german_name TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN german_description TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN german_option_value TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN german_dimensions TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN german_material TEXT NOT NULL DEFAULT '';
ALTER TABLE products ADD COLUMN german_care TEXT NOT NULL DEFAULT '';

-- A search finds the words of both languages, whichever language the page has.
DROP TRIGGER gather_values_of_new_variant;
DROP TRIGGER gather_values_of_changed_variant;
DROP TRIGGER gather_values_of_removed_variant;
CREATE TRIGGER gather_values_of_new_variant AFTER INSERT ON products WHEN new.main_product IS NOT NULL BEGIN
    UPDATE products SET variant_values = coalesce((SELECT group_concat(option_value || ' ' || german_option_value, ' ')
        FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id = new.main_product;
END;
CREATE TRIGGER gather_values_of_changed_variant AFTER UPDATE OF main_product, option_value, german_option_value ON products BEGIN
    UPDATE products SET variant_values = coalesce((SELECT group_concat(option_value || ' ' || german_option_value, ' ')
        FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id IN (old.main_product, new.main_product);
END;
CREATE TRIGGER gather_values_of_removed_variant AFTER DELETE ON products WHEN old.main_product IS NOT NULL BEGIN
    UPDATE products SET variant_values = coalesce((SELECT group_concat(option_value || ' ' || german_option_value, ' ')
        FROM products AS variant WHERE variant.main_product = products.id), '')
        WHERE id = old.main_product;
END;

DROP TRIGGER index_new_product;
DROP TRIGGER index_changed_product;
CREATE TRIGGER index_new_product AFTER INSERT ON products BEGIN
    INSERT INTO product_numbers (product) VALUES (new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number,
            replace(new.name || ' ' || new.german_name || ' ' || new.option_value || ' ' || new.german_option_value || ' ' || new.variant_values, 'ß', 'ss'),
            replace(new.description || ' ' || new.german_description, 'ß', 'ss')
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL;
END;
CREATE TRIGGER index_changed_product AFTER UPDATE OF id, name, german_name, description, german_description, main_product, option_value,
    german_option_value, variant_values ON products BEGIN
    UPDATE product_numbers SET product = new.id WHERE product = old.id;
    DELETE FROM product_search WHERE rowid = (SELECT number FROM product_numbers WHERE product = new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number,
            replace(new.name || ' ' || new.german_name || ' ' || new.option_value || ' ' || new.german_option_value || ' ' || new.variant_values, 'ß', 'ss'),
            replace(new.description || ' ' || new.german_description, 'ß', 'ss')
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL;
END;
