-- The search of the Forums on SQLite. `migrations/postgres` has the same for PostgreSQL.

-- The index names posts by numbers. Those of SQLite's own rows would change with a VACUUM.
CREATE TABLE post_numbers (
    number INTEGER PRIMARY KEY,
    post   TEXT NOT NULL UNIQUE
);
CREATE VIRTUAL TABLE post_search USING fts5(
    title, body, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER index_new_post AFTER INSERT ON posts BEGIN
    INSERT INTO post_numbers (post) VALUES (new.id);
    INSERT INTO post_search (rowid, title, body)
        SELECT number, replace(new.title, 'ß', 'ss'), replace(new.body, 'ß', 'ss') FROM post_numbers WHERE post = new.id;
END;
CREATE TRIGGER index_changed_post AFTER UPDATE OF title, body ON posts BEGIN
    DELETE FROM post_search WHERE rowid = (SELECT number FROM post_numbers WHERE post = new.id);
    INSERT INTO post_search (rowid, title, body)
        SELECT number, replace(new.title, 'ß', 'ss'), replace(new.body, 'ß', 'ss') FROM post_numbers WHERE post = new.id;
END;
CREATE TRIGGER index_removed_post AFTER DELETE ON posts BEGIN
    DELETE FROM post_search WHERE rowid = (SELECT number FROM post_numbers WHERE post = old.id);
    DELETE FROM post_numbers WHERE post = old.id;
END;

INSERT INTO post_numbers (post) SELECT id FROM posts;
INSERT INTO post_search (rowid, title, body)
    SELECT number, replace(title, 'ß', 'ss'), replace(body, 'ß', 'ss') FROM post_numbers JOIN posts ON id = post;
