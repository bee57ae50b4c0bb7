-- Resources are kept as FusionAuth's JSON documents; columns beside them hold what queries look for.
-- Instants are milliseconds since 1970. Secrets (API keys, refresh tokens, one-time ids) are kept as SHA-256 only.

-- One row once a kickstart has run to its end.
CREATE TABLE setup (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    instant INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    hash TEXT PRIMARY KEY NOT NULL
) STRICT;

CREATE TABLE signing_keys (
    id TEXT PRIMARY KEY NOT NULL,
    kid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    pkcs8 BLOB NOT NULL,
    insert_instant INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
    id TEXT PRIMARY KEY NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE applications (
    id TEXT PRIMARY KEY NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (tenant_id, name)
) STRICT;

-- One row.
CREATE TABLE system_configuration (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    document TEXT NOT NULL
) STRICT;

CREATE TABLE email_templates (
    id TEXT PRIMARY KEY NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    email TEXT,
    username TEXT,
    password_hash TEXT,
    document TEXT NOT NULL,
    UNIQUE (tenant_id, email),
    UNIQUE (tenant_id, username)
) STRICT;

CREATE TABLE registrations (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    PRIMARY KEY (user_id, application_id)
) STRICT;

-- `rotation_nonce` and the previous token together give the current one, so that a replay inside the grace period can be
-- answered with it although only its hash is here.
CREATE TABLE refresh_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    previous_hash TEXT,
    rotation_nonce BLOB,
    rotated_instant INTEGER,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    start_instant INTEGER NOT NULL,
    last_used_instant INTEGER NOT NULL,
    auth_time INTEGER NOT NULL,
    meta_data TEXT NOT NULL
) STRICT;

CREATE INDEX refresh_tokens_previous_hash ON refresh_tokens (previous_hash);
CREATE INDEX refresh_tokens_user_id ON refresh_tokens (user_id);

-- Two-factor ids, change-password ids and the like: what each is for is its `kind`.
CREATE TABLE one_time_ids (
    hash TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expiry_instant INTEGER NOT NULL
) STRICT;
