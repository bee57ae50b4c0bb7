-- Categories and the search of the Store on SQLite. `migrations/postgres` has the same for PostgreSQL.

ALTER TABLE products ADD COLUMN category TEXT NOT NULL DEFAULT '';

CREATE INDEX products_by_position ON products (position, id);
CREATE INDEX products_by_price ON products (price, id);
CREATE INDEX products_by_category_and_position ON products (category, position, id);
CREATE INDEX products_by_category_and_price ON products (category, price, id);

-- The index names products by numbers. Those of SQLite's own rows would change with a VACUUM.
CREATE TABLE product_numbers (
    number  INTEGER PRIMARY KEY,
    product TEXT NOT NULL UNIQUE
);
CREATE VIRTUAL TABLE product_search USING fts5(
    name, description, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);
-- Every word of the index with the number of products, to correct a slip in a query.
CREATE VIRTUAL TABLE product_words USING fts5vocab('product_search', 'row');

CREATE TRIGGER index_new_product AFTER INSERT ON products BEGIN
    INSERT INTO product_numbers (product) VALUES (new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number, replace(new.name, 'ß', 'ss'), replace(new.description, 'ß', 'ss') FROM product_numbers WHERE product = new.id;
END;
CREATE TRIGGER index_changed_product AFTER UPDATE OF id, name, description ON products BEGIN
    UPDATE product_numbers SET product = new.id WHERE product = old.id;
    DELETE FROM product_search WHERE rowid = (SELECT number FROM product_numbers WHERE product = new.id);
    INSERT INTO product_search (rowid, name, description)
        SELECT number, replace(new.name, 'ß', 'ss'), replace(new.description, 'ß', 'ss') FROM product_numbers WHERE product = new.id;
END;
CREATE TRIGGER index_removed_product AFTER DELETE ON products BEGIN
    DELETE FROM product_search WHERE rowid = (SELECT number FROM product_numbers WHERE product = old.id);
    DELETE FROM product_numbers WHERE product = old.id;
END;

INSERT INTO product_numbers (product) SELECT id FROM products;
INSERT INTO product_search (rowid, name, description)
    SELECT number, replace(name, 'ß', 'ss'), replace(description, 'ß', 'ss') FROM product_numbers JOIN products ON id = product;
