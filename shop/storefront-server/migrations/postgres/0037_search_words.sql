-- The words of posts and products on PostgreSQL, as `text.rs` makes them. `migrations/sqlite` has the same for SQLite.
--
-- The server writes the words of a row, with a space between two. NULL: they are not made yet, as after a change by another program. Until
-- then the index has the words of the old rules.

ALTER TABLE posts ADD COLUMN search_words TEXT;
ALTER TABLE posts ALTER COLUMN words DROP EXPRESSION;
CREATE INDEX posts_without_words ON posts (id) WHERE search_words IS NULL;

CREATE FUNCTION index_words_of_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.title, NEW.body) IS DISTINCT FROM (OLD.title, OLD.body)
        AND NEW.search_words IS NOT DISTINCT FROM OLD.search_words THEN
        NEW.search_words := NULL;
        NEW.words := NULL;
    END IF;
    IF NEW.search_words IS NOT NULL THEN
        NEW.words := array_to_tsvector(string_to_array(NEW.search_words, ' '));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER index_words_of_post BEFORE INSERT OR UPDATE OF title, body, search_words ON posts
    FOR EACH ROW EXECUTE FUNCTION index_words_of_post();

ALTER TABLE products ADD COLUMN search_words TEXT, ADD COLUMN search_name_words TEXT;
ALTER TABLE products ALTER COLUMN words DROP EXPRESSION, ALTER COLUMN name_words DROP EXPRESSION;
CREATE INDEX products_without_words ON products (id) WHERE search_words IS NULL AND main_product IS NULL;

CREATE FUNCTION index_words_of_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.search_words IS NOT DISTINCT FROM OLD.search_words THEN
        NEW.search_words := NULL;
        NEW.words := NULL;
        NEW.name_words := NULL;
    END IF;
    IF NEW.main_product IS NOT NULL THEN
        NEW.search_words := NULL;
        NEW.words := '';
        NEW.name_words := '';
    ELSIF NEW.search_words IS NOT NULL THEN
        NEW.words := array_to_tsvector(array_append(string_to_array(NEW.search_words, ' '), '@' || NEW.category));
        NEW.name_words := array_to_tsvector(string_to_array(NEW.search_name_words, ' '));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER index_words_of_product BEFORE INSERT OR UPDATE OF name, german_name, description, german_description, category, main_product,
    option_value, german_option_value, variant_values, search_words ON products
    FOR EACH ROW EXECUTE FUNCTION index_words_of_product();

DROP TRIGGER add_product_words ON products;
CREATE TRIGGER add_product_words AFTER UPDATE OF search_words ON products
    FOR EACH ROW WHEN (NEW.search_words IS NOT NULL) EXECUTE FUNCTION add_product_words();

DROP FUNCTION words_of(TEXT);
