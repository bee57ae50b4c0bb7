-- The translated texts of products on SQLite. `migrations/postgres` has the same for PostgreSQL.
--
-- `products` has the texts in the shop's first language. Pages show these texts in place of empty or missing ones.
CREATE TABLE product_texts (
    product      TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE ON UPDATE CASCADE,
    language     TEXT NOT NULL,
    name         TEXT NOT NULL DEFAULT '',
    description  TEXT NOT NULL DEFAULT '',
    option_value TEXT NOT NULL DEFAULT '',
    dimensions   TEXT NOT NULL DEFAULT '',
    material     TEXT NOT NULL DEFAULT '',
    care         TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (product, language)
);
INSERT INTO product_texts
    SELECT id, 'de', german_name, german_description, german_option_value, german_dimensions, german_material, german_care FROM products
    WHERE german_name || german_description || german_option_value || german_dimensions || german_material || german_care <> '';

DROP TRIGGER gather_values_of_new_variant;
DROP TRIGGER gather_values_of_changed_variant;
DROP TRIGGER gather_values_of_removed_variant;
DROP TRIGGER forget_words_of_changed_product;
ALTER TABLE products DROP COLUMN german_name;
ALTER TABLE products DROP COLUMN german_description;
ALTER TABLE products DROP COLUMN german_option_value;
ALTER TABLE products DROP COLUMN german_dimensions;
ALTER TABLE products DROP COLUMN german_material;
ALTER TABLE products DROP COLUMN german_care;
ALTER TABLE products DROP COLUMN variant_values;

-- The server makes a main product's words from the texts of its family in all languages, which are in several rows. It stores them only if
-- this version is the one that it has read, so each change of one of these texts increments it.
ALTER TABLE products ADD COLUMN texts_version BIGINT NOT NULL DEFAULT 0;

CREATE TRIGGER forget_words_of_new_variant AFTER INSERT ON products WHEN new.main_product IS NOT NULL BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1 WHERE id = new.main_product;
END;
CREATE TRIGGER forget_words_of_changed_product AFTER UPDATE OF name, description, category, main_product, option_value ON products BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1 WHERE id IN (new.id, old.main_product, new.main_product);
END;
CREATE TRIGGER forget_words_of_removed_variant AFTER DELETE ON products WHEN old.main_product IS NOT NULL BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1 WHERE id = old.main_product;
END;
CREATE TRIGGER forget_words_of_new_text AFTER INSERT ON product_texts BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1
        WHERE id = (SELECT coalesce(main_product, id) FROM products WHERE id = new.product);
END;
CREATE TRIGGER forget_words_of_changed_text AFTER UPDATE ON product_texts BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1
        WHERE id IN (SELECT coalesce(main_product, id) FROM products WHERE id IN (old.product, new.product));
END;
CREATE TRIGGER forget_words_of_removed_text AFTER DELETE ON product_texts BEGIN
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1
        WHERE id = (SELECT coalesce(main_product, id) FROM products WHERE id = old.product);
END;
