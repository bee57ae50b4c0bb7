-- When FusionAuth was last asked whether a session's user is locked or deleted, in milliseconds since 1970.
ALTER TABLE sessions ADD COLUMN checked_at BIGINT NOT NULL DEFAULT 0;
-- When FusionAuth issued the access token that the session stands for, in seconds since 1970.
ALTER TABLE sessions ADD COLUMN issued_at BIGINT NOT NULL DEFAULT 0;
-- A webhook ends the family of a refresh token that it names by this id.
CREATE INDEX token_families_by_refresh_token_id ON token_families (refresh_token_id);
