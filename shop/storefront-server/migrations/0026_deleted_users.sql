-- Users who were deleted here a moment ago. A request that was under way then may still write rows of theirs, which `purge` deletes. The time is
-- in milliseconds since 1970.
CREATE TABLE deleted_users (
    user_id    TEXT   NOT NULL PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);
