-- The German texts of products on PostgreSQL. `migrations/sqlite` has the same for SQLite. An empty text is not translated, and pages show
-- the other one.

ALTER TABLE products
    ADD COLUMN german_name TEXT NOT NULL DEFAULT '',
    ADD COLUMN german_description TEXT NOT NULL DEFAULT '',
    ADD COLUMN german_option_value TEXT NOT NULL DEFAULT '',
    ADD COLUMN german_dimensions TEXT NOT NULL DEFAULT '',
    ADD COLUMN german_material TEXT NOT NULL DEFAULT '',
    ADD COLUMN german_care TEXT NOT NULL DEFAULT '';

-- A search finds the words of both languages, whichever language the page has.
CREATE OR REPLACE FUNCTION gather_variant_values(family TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM products WHERE id = family FOR NO KEY UPDATE;
    UPDATE products SET variant_values = coalesce((
            SELECT string_agg(option_value || ' ' || german_option_value, ' ' ORDER BY position, id)
            FROM products AS variant WHERE variant.main_product = family
        ), '')
        WHERE id = family;
END $$;
DROP TRIGGER gather_values_of_variant ON products;
CREATE TRIGGER gather_values_of_variant AFTER INSERT OR DELETE OR UPDATE OF main_product, option_value, german_option_value ON products
    FOR EACH ROW EXECUTE FUNCTION gather_values_of_variant();

-- The indexes of the words, and their words at a price, go with the column.
ALTER TABLE products DROP COLUMN name_words, DROP COLUMN words;
ALTER TABLE products
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (
        CASE WHEN main_product IS NULL
            THEN words_of(name || ' ' || german_name || ' ' || option_value || ' ' || german_option_value || ' ' || variant_values)
            ELSE ''
        END
    ) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        CASE WHEN main_product IS NULL
            THEN words_of(name || ' ' || german_name || ' ' || option_value || ' ' || german_option_value || ' ' || variant_values
                    || ' ' || description || ' ' || german_description)
                || array_to_tsvector(ARRAY['@' || category])
            ELSE ''
        END
    ) STORED;
CREATE INDEX products_by_words ON products USING gin (words) WITH (fastupdate = off);
CREATE INDEX products_sample_by_words ON products USING gin (words) WITH (fastupdate = off) WHERE hashtext(id) & 15 = 0;
CREATE INDEX products_by_words_at_price ON products USING gin (words_at_price(price, words)) WITH (fastupdate = off)
    WHERE main_product IS NULL;

DROP TRIGGER add_product_words ON products;
CREATE TRIGGER add_product_words AFTER INSERT OR UPDATE OF name, german_name, description, german_description, main_product, option_value,
    german_option_value, variant_values ON products
    FOR EACH ROW EXECUTE FUNCTION add_product_words();
