-- The search of the Forums on PostgreSQL, with the words of 0014_catalogue.sql. `migrations/sqlite` has the same for SQLite.

ALTER TABLE posts ADD COLUMN words tsvector GENERATED ALWAYS AS (words_of(title || ' ' || body)) STORED;
CREATE INDEX posts_by_words ON posts USING gin (words) WITH (fastupdate = off);
