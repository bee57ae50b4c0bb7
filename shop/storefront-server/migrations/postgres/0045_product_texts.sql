-- The translated texts of products on PostgreSQL. `migrations/sqlite` has the same for SQLite.
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

DROP TRIGGER index_words_of_product ON products;
DROP TRIGGER gather_values_of_variant ON products;
DROP FUNCTION gather_values_of_variant();
DROP FUNCTION gather_variant_values(TEXT);
ALTER TABLE products
    DROP COLUMN german_name,
    DROP COLUMN german_description,
    DROP COLUMN german_option_value,
    DROP COLUMN german_dimensions,
    DROP COLUMN german_material,
    DROP COLUMN german_care,
    DROP COLUMN variant_values,
    -- The server makes a main product's words from the texts of its family in all languages, which are in several rows. It stores them only
    -- if this version is the one that it has read, so each change of one of these texts increments it.
    ADD COLUMN texts_version BIGINT NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION index_words_of_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.search_words IS NOT DISTINCT FROM OLD.search_words THEN
        NEW.search_words := NULL;
        NEW.texts_version := OLD.texts_version + 1;
    END IF;
    IF NEW.main_product IS NOT NULL THEN
        NEW.search_words := NULL;
        NEW.words := '';
        NEW.name_words := '';
    ELSIF NEW.search_words IS NULL THEN
        NEW.words := NULL;
        NEW.name_words := NULL;
    ELSE
        NEW.words := array_to_tsvector(array_append(string_to_array(NEW.search_words, ' '), '@' || NEW.category));
        NEW.name_words := array_to_tsvector(string_to_array(NEW.search_name_words, ' '));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER index_words_of_product
    BEFORE INSERT OR UPDATE OF name, description, category, main_product, option_value, search_words ON products
    FOR EACH ROW EXECUTE FUNCTION index_words_of_product();

-- Of two transactions that change texts of one family, the second waits here for the first.
CREATE FUNCTION forget_words(product TEXT) RETURNS void LANGUAGE sql AS $$
    UPDATE products SET search_words = NULL, texts_version = texts_version + 1 WHERE id = product
$$;
CREATE FUNCTION forget_words_of_family() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM forget_words(OLD.main_product);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM forget_words(NEW.main_product);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_words_of_family AFTER INSERT OR DELETE OR UPDATE OF main_product, option_value ON products
    FOR EACH ROW EXECUTE FUNCTION forget_words_of_family();
CREATE FUNCTION forget_words_of_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM forget_words(coalesce(main_product, id)) FROM products WHERE id = OLD.product;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM forget_words(coalesce(main_product, id)) FROM products WHERE id = NEW.product;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_words_of_text AFTER INSERT OR DELETE OR UPDATE ON product_texts
    FOR EACH ROW EXECUTE FUNCTION forget_words_of_text();
