-- Nothing here opens anything: session ids and refresh tokens are kept as hashes, new tokens sealed with a key that only
-- a holder of the old refresh token can make.

-- Who refreshes a refresh token now, and what came of it. `token` and `successor` are hashes; `settled_at` is 0 while
-- somebody is at it. Times are milliseconds since 1970.
CREATE TABLE renewals (
    token       TEXT   PRIMARY KEY,
    claim       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL,
    settled_at  BIGINT NOT NULL,
    good_until  BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    successor   TEXT   NOT NULL,
    shopper     TEXT   NOT NULL
);

CREATE INDEX renewals_by_successor ON renewals (successor);
CREATE INDEX renewals_by_age ON renewals (lease_until);

-- `id` and `refresh_token` are hashes. `expires_at` slides with use and never passes `ends_at`.
CREATE TABLE sessions (
    id            TEXT   PRIMARY KEY,
    application   TEXT   NOT NULL,
    shopper       TEXT   NOT NULL,
    email         TEXT   NOT NULL,
    refresh_token TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL
);

CREATE INDEX sessions_by_shopper ON sessions (shopper);
CREATE INDEX sessions_by_age ON sessions (expires_at);

-- What somebody was writing when their session ended.
CREATE TABLE drafts (
    shopper  TEXT   PRIMARY KEY,
    body     TEXT   NOT NULL,
    saved_at BIGINT NOT NULL
);
