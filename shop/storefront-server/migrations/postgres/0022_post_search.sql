-- What keeps a search of the Forums short on PostgreSQL, also for a word that every post has. SQLite needs nothing of it.
--
-- Threads are cut into slices of 64, in the order in which they began. Beside each word of a post, a second index has the word together with
-- the slice of its thread. So the words of a few slices, such as those of the newest threads, are found without those of all others.

CREATE SEQUENCE thread_numbers MINVALUE 0 START 0;
ALTER TABLE posts ADD COLUMN slice BIGINT NOT NULL DEFAULT 0;
UPDATE posts SET slice = numbered.number / 64
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS number FROM posts WHERE thread IS NULL) AS numbered
    WHERE numbered.id = coalesce(posts.thread, posts.id);
SELECT setval('thread_numbers', (SELECT COUNT(*) FROM posts WHERE thread IS NULL));

-- Numbers that are given at once need not be in the order of time: the slice says where to look, and not what comes first.
CREATE FUNCTION set_slice_of_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.thread IS NULL THEN
        NEW.slice := nextval('thread_numbers') / 64;
    ELSE
        NEW.slice := coalesce((SELECT slice FROM posts WHERE id = NEW.thread), 0);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER set_slice_of_post BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION set_slice_of_post();

-- Each word as `17:word`. A word of more than a thousand bytes is in the index of all posts alone.
CREATE FUNCTION words_in_slice(slice BIGINT, words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT CAST(slice AS TEXT) || ':' || word FROM unnest(tsvector_to_array(words)) AS word WHERE octet_length(word) <= 1000
    ))
$$;
CREATE INDEX posts_by_words_in_slice ON posts USING gin (words_in_slice(slice, words)) WITH (fastupdate = off);

-- Of one post in 256: how many of these have a word says whether the posts with it are few.
CREATE INDEX posts_sample_by_words ON posts USING gin (words) WITH (fastupdate = off) WHERE hashtext(id) & 255 = 0;

-- With the slice, so that the slices of many threads are read from the index alone.
DROP INDEX threads_newest_first;
DROP INDEX threads_by_activity;
CREATE INDEX threads_newest_first ON posts (created_at, id) INCLUDE (slice) WHERE thread IS NULL;
CREATE INDEX threads_by_activity ON posts (last_activity, id) INCLUDE (slice) WHERE thread IS NULL;
