-- Passkeys: the document that the API shows, and the public key with its state, in the form of the library that verifies signatures.
CREATE TABLE passkeys (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    verifier TEXT NOT NULL
) STRICT;

CREATE INDEX passkeys_user_id ON passkeys (user_id);
