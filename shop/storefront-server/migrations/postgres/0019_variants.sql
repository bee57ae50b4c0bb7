-- Variants of a product on PostgreSQL. `migrations/sqlite` has the same for SQLite.
--
-- A variant is a product of its own that names the main product of its family, which is itself no variant. All of them have a value of the one
-- option in which they differ, such as a colour, which only the main product names.

ALTER TABLE products
    ADD COLUMN main_product TEXT REFERENCES products (id) ON DELETE CASCADE,
    ADD COLUMN option_name TEXT NOT NULL DEFAULT '',
    ADD COLUMN option_value TEXT NOT NULL DEFAULT '',
    -- A colour such as `#23426b` that pages show beside the value.
    ADD COLUMN swatch TEXT NOT NULL DEFAULT '' CHECK (swatch = '' OR swatch LIKE '#______'),
    -- The values of a main product's variants, which a trigger gathers, because a search for "blue mug" has to find the family.
    ADD COLUMN variant_values TEXT NOT NULL DEFAULT '';

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

-- Of two variants that are added at once, the second waits for the first and reads it.
CREATE FUNCTION gather_variant_values(family TEXT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM products WHERE id = family FOR NO KEY UPDATE;
    UPDATE products SET variant_values =
        coalesce((SELECT string_agg(option_value, ' ' ORDER BY position, id) FROM products AS variant WHERE variant.main_product = family), '')
        WHERE id = family;
END $$;
CREATE FUNCTION gather_values_of_variant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.main_product IS NOT NULL THEN
        PERFORM gather_variant_values(OLD.main_product);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.main_product IS NOT NULL THEN
        PERFORM gather_variant_values(NEW.main_product);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gather_values_of_variant AFTER INSERT OR DELETE OR UPDATE OF main_product, option_value ON products
    FOR EACH ROW EXECUTE FUNCTION gather_values_of_variant();

-- The words of a family are those of its main product and the values of all its variants. A variant has none, so no search finds it by itself.
ALTER TABLE products DROP COLUMN name_words, DROP COLUMN words;
ALTER TABLE products
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (
        CASE WHEN main_product IS NULL THEN words_of(name || ' ' || option_value || ' ' || variant_values) ELSE '' END
    ) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (
        CASE WHEN main_product IS NULL THEN words_of(name || ' ' || option_value || ' ' || variant_values || ' ' || description) ELSE '' END
    ) STORED;
CREATE INDEX products_by_words ON products USING gin (words) WITH (fastupdate = off);

DROP TRIGGER add_product_words ON products;
CREATE TRIGGER add_product_words AFTER INSERT OR UPDATE OF name, description, main_product, option_value, variant_values ON products
    FOR EACH ROW EXECUTE FUNCTION add_product_words();
