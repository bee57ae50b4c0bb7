-- What comes from one sign-in ends together. Nothing here opens anything: session ids and refresh tokens are kept as
-- hashes, new tokens sealed. Sessions from before have no family, so they end with this migration.

-- A sign-in: its refresh token, all rotations of it, and the sessions opened with them. `user_id` is empty while it is not
-- known; `ended` is empty, or says how the family ended. An ended family stays as a tombstone until `keep_until`.
CREATE TABLE token_families (
    id         TEXT   PRIMARY KEY,
    user_id    TEXT   NOT NULL,
    ended      TEXT   NOT NULL CHECK (ended IN ('', 'cookies-replaced', 'cookies-left')),
    keep_until BIGINT NOT NULL
);

CREATE INDEX token_families_by_user ON token_families (user_id);
CREATE INDEX token_families_by_age ON token_families (keep_until);

-- Which family a refresh token belongs to.
CREATE TABLE refresh_tokens (
    hash   TEXT PRIMARY KEY,
    family TEXT NOT NULL
);

CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family);

-- When a user last signed out everywhere; 0 is never. The row is also what a sign-in and such a sign-out lock.
CREATE TABLE user_sign_outs (
    user_id       TEXT   PRIMARY KEY,
    signed_out_at BIGINT NOT NULL
);

-- Who renews a refresh token, and what came of it. `token` is a hash; `settled_at` is 0 while FusionAuth is asked. Times
-- are milliseconds since 1970.
DROP TABLE renewals;
CREATE TABLE renewals (
    token       TEXT   PRIMARY KEY,
    family      TEXT   NOT NULL,
    claim       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL,
    settled_at  BIGINT NOT NULL,
    good_until  BIGINT NOT NULL,
    outcome     TEXT   NOT NULL
);

CREATE INDEX renewals_by_family ON renewals (family);
CREATE INDEX renewals_by_age ON renewals (lease_until);

-- `id` is a hash. `expires_at` slides with use and never passes `ends_at`.
DROP TABLE sessions;
CREATE TABLE sessions (
    id          TEXT   PRIMARY KEY,
    application TEXT   NOT NULL,
    family      TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    email       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL
);

CREATE INDEX sessions_by_family ON sessions (family);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_age ON sessions (expires_at);

-- What FusionAuth is still to revoke. `token` is sealed, or empty where every refresh token of `user_id` is meant;
-- `renewal` is the hash of the refresh token whose renewal nobody has taken, else empty. A row goes when FusionAuth has
-- answered. Whoever tries moves `due_at` forward first, so that of several instances one tries, and another if it dies.
CREATE TABLE revocations (
    id          TEXT   PRIMARY KEY,
    application TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    everywhere  BIGINT NOT NULL,
    token       TEXT   NOT NULL,
    renewal     TEXT   NOT NULL,
    attempts    BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE INDEX revocations_by_due ON revocations (application, due_at);
CREATE INDEX revocations_by_user ON revocations (user_id);
CREATE INDEX revocations_by_renewal ON revocations (renewal);

-- FusionAuth's public keys as last fetched, so that a restart does not depend on FusionAuth.
CREATE TABLE signing_keys (
    url        TEXT   PRIMARY KEY,
    keys       TEXT   NOT NULL,
    fetched_at BIGINT NOT NULL
);
