-- Categories and the search of the Store on PostgreSQL. `migrations/sqlite` has the same for SQLite.
-- Neither an extension nor a collation of ICU is needed, because managed databases may lack them.

ALTER TABLE products ADD COLUMN category TEXT NOT NULL DEFAULT '';

CREATE INDEX products_by_position ON products (position, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE INDEX products_by_category_and_position ON products (category, position, id);
CREATE INDEX products_by_category_and_price ON products (category, price, id);

-- The words of a text as `store/search.rs` makes those of a query: without diacritics, in lower case, and cut at everything that is neither a
-- letter nor a digit.
CREATE FUNCTION words_of(content TEXT) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector('pg_catalog.simple', replace(lower(regexp_replace(regexp_replace(normalize(content, NFKD),
        '[\u0300-\u036f]', '', 'g'),
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f]+', ' ', 'g')), 'ß', 'ss'))
$$;

ALTER TABLE products
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (words_of(name)) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (words_of(name || ' ' || description)) STORED;

-- Products change rarely, so each change goes into the index at once, and no search has to look through a list of pending ones.
CREATE INDEX products_by_words ON products USING gin (words) WITH (fastupdate = off);

-- Every word that a product has or had, to correct a slip in a query. A word stays when its last product goes: a correction counts the products.
CREATE TABLE product_words (word TEXT COLLATE "C" PRIMARY KEY);
INSERT INTO product_words SELECT DISTINCT unnest(tsvector_to_array(words)) FROM products;

CREATE FUNCTION add_product_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO product_words SELECT unnest(tsvector_to_array(NEW.words)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER add_product_words AFTER INSERT OR UPDATE OF name, description ON products
    FOR EACH ROW EXECUTE FUNCTION add_product_words();
