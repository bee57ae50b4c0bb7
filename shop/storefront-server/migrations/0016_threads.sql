-- A post without `thread` begins a thread, every other is a reply in it. Of the columns below, a reply has `version`, `edited_at`,
-- `deleted_by` and `deleted_at`. Times are microseconds since 1970, UTC, as `created_at` is.
ALTER TABLE posts ADD COLUMN thread TEXT;
ALTER TABLE posts ADD COLUMN title TEXT NOT NULL DEFAULT '';
-- Counts the edits.
ALTER TABLE posts ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE posts ADD COLUMN edited_at BIGINT;
-- 'author', 'moderator', or an empty text. The text of a deleted post is kept for a day, so that it can be put back.
ALTER TABLE posts ADD COLUMN deleted_by TEXT NOT NULL DEFAULT '';
ALTER TABLE posts ADD COLUMN deleted_at BIGINT;
ALTER TABLE posts ADD COLUMN locked BIGINT NOT NULL DEFAULT 0;
-- Written in the transaction of each reply, so that a list of threads counts nothing.
ALTER TABLE posts ADD COLUMN replies BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN last_activity BIGINT NOT NULL DEFAULT 0;

UPDATE posts SET last_activity = created_at;

DROP INDEX posts_newest_first;
CREATE INDEX threads_newest_first ON posts (created_at, id) WHERE thread IS NULL;
CREATE INDEX threads_by_activity ON posts (last_activity, id) WHERE thread IS NULL;
CREATE INDEX replies_oldest_first ON posts (thread, created_at) WHERE thread IS NOT NULL;
CREATE INDEX posts_by_author ON posts (author_id);
CREATE INDEX posts_by_deletion ON posts (deleted_at) WHERE deleted_at IS NOT NULL;

-- Up to which post a user has read a thread: the time of that post.
CREATE TABLE thread_reads (
    user_id TEXT   NOT NULL,
    thread  TEXT   NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, thread)
);

CREATE INDEX thread_reads_by_age ON thread_reads (read_at);

-- One draft for each thread that a user writes in; 'new' stands for a thread that is yet to begin.
CREATE TABLE thread_drafts (
    user_id  TEXT   NOT NULL,
    thread   TEXT   NOT NULL,
    title    TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, thread)
);

INSERT INTO thread_drafts (user_id, thread, title, body, saved_at) SELECT user_id, 'new', '', body, saved_at FROM drafts;
DROP TABLE drafts;
ALTER TABLE thread_drafts RENAME TO drafts;
CREATE INDEX drafts_by_age ON drafts (saved_at);

-- The user's roles in the application, as the token said that the session was opened with: names in JSON.
ALTER TABLE sessions ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
