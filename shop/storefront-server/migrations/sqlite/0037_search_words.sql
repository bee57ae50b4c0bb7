-- The words of posts and products on SQLite, as `text.rs` makes them. `migrations/postgres` has the same for PostgreSQL.
--
-- The server writes the words of a row, with a space between two. NULL: they are not made yet, as after a change by another program. The
-- tokenizer `ascii` changes none of them: it splits at the spaces.

ALTER TABLE posts ADD COLUMN search_words TEXT;
CREATE INDEX posts_without_words ON posts (id) WHERE search_words IS NULL;

DROP TRIGGER index_new_post;
DROP TRIGGER index_changed_post;
DROP TABLE post_search;
CREATE VIRTUAL TABLE post_search USING fts5(words, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'ascii');

CREATE TRIGGER index_new_post AFTER INSERT ON posts BEGIN
    INSERT INTO post_numbers (post) VALUES (new.id);
    INSERT INTO post_search (rowid, words)
        SELECT number, new.search_words FROM post_numbers WHERE post = new.id AND new.search_words IS NOT NULL;
END;
CREATE TRIGGER index_changed_post AFTER UPDATE OF search_words ON posts BEGIN
    DELETE FROM post_search WHERE rowid = (SELECT number FROM post_numbers WHERE post = new.id);
    INSERT INTO post_search (rowid, words)
        SELECT number, new.search_words FROM post_numbers WHERE post = new.id AND new.search_words IS NOT NULL;
END;
CREATE TRIGGER forget_words_of_changed_post AFTER UPDATE OF title, body ON posts
    WHEN (new.title, new.body) IS NOT (old.title, old.body) AND new.search_words IS old.search_words BEGIN
    UPDATE posts SET search_words = NULL WHERE id = new.id;
END;

ALTER TABLE products ADD COLUMN search_words TEXT;
ALTER TABLE products ADD COLUMN search_name_words TEXT;
CREATE INDEX products_without_words ON products (id) WHERE search_words IS NULL AND main_product IS NULL;

DROP TRIGGER index_new_product;
DROP TRIGGER index_changed_product;
DROP TABLE product_words;
DROP TABLE product_search;
CREATE VIRTUAL TABLE product_search USING fts5(name, words, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'ascii');
-- Every word of the index with the number of products, to correct a slip in a query.
CREATE VIRTUAL TABLE product_words USING fts5vocab('product_search', 'row');

CREATE TRIGGER index_new_product AFTER INSERT ON products BEGIN
    INSERT INTO product_numbers (product) VALUES (new.id);
    INSERT INTO product_search (rowid, name, words) SELECT number, new.search_name_words, new.search_words
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL AND new.search_words IS NOT NULL;
END;
CREATE TRIGGER index_changed_product AFTER UPDATE OF search_words ON products BEGIN
    DELETE FROM product_search WHERE rowid = (SELECT number FROM product_numbers WHERE product = new.id);
    INSERT INTO product_search (rowid, name, words) SELECT number, new.search_name_words, new.search_words
        FROM product_numbers WHERE product = new.id AND new.main_product IS NULL AND new.search_words IS NOT NULL;
END;
CREATE TRIGGER forget_words_of_changed_product AFTER UPDATE OF name, german_name, description, german_description, category, main_product,
    option_value, german_option_value, variant_values ON products WHEN new.search_words IS old.search_words BEGIN
    UPDATE products SET search_words = NULL WHERE id = new.id;
END;
CREATE TRIGGER renumber_renamed_product AFTER UPDATE OF id ON products BEGIN
    UPDATE product_numbers SET product = new.id WHERE product = old.id;
END;
