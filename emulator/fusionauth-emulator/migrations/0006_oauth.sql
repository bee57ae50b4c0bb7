-- A session without an application is a single sign-on session of the hosted pages. SQLite can't drop NOT NULL from a column, so the
-- table is copied.
CREATE TABLE copied_refresh_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    previous_hash TEXT,
    rotation_nonce BLOB,
    rotated_instant INTEGER,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    application_id TEXT REFERENCES applications (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    start_instant INTEGER NOT NULL,
    last_used_instant INTEGER NOT NULL,
    auth_time INTEGER NOT NULL,
    meta_data TEXT NOT NULL
) STRICT;

INSERT INTO copied_refresh_tokens (
    id, token_hash, previous_hash, rotation_nonce, rotated_instant, tenant_id, application_id, user_id, start_instant, last_used_instant,
    auth_time, meta_data
)
SELECT
    id, token_hash, previous_hash, rotation_nonce, rotated_instant, tenant_id, application_id, user_id, start_instant, last_used_instant,
    auth_time, meta_data
FROM refresh_tokens;
DROP TABLE refresh_tokens;
ALTER TABLE copied_refresh_tokens RENAME TO refresh_tokens;
CREATE INDEX refresh_tokens_previous_hash ON refresh_tokens (previous_hash);
CREATE INDEX refresh_tokens_user_id ON refresh_tokens (user_id);

-- Devices that wait for a user's approval (RFC 8628). A device has two codes, of which only the hashes are stored. `user_id` and
-- `auth_time` are those of the user who approved the device.
CREATE TABLE device_codes (
    device_hash TEXT PRIMARY KEY NOT NULL,
    user_hash TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope TEXT,
    device TEXT NOT NULL,
    expiry_instant INTEGER NOT NULL,
    interval_seconds INTEGER NOT NULL,
    last_poll_instant INTEGER,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    auth_time INTEGER
) STRICT;

CREATE INDEX device_codes_user_id ON device_codes (user_id);
