-- The e-mail address that a user wants instead, until a code from a message to it has been entered. `code_hash` is empty if somebody else
-- has the address: no code fits then. Times are in milliseconds since 1970.
CREATE TABLE address_changes (
    user_id    TEXT NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL,
    code_hash  TEXT NOT NULL,
    attempts   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
