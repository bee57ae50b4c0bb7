-- Answers to writes that a client may send again. `key_hash` is a hash of the client's key, and `request` is a fingerprint that only
-- a holder of the key can make, so that neither a key nor a password can be found here. `status` is 0 while the write is under way,
-- and then another request may take over after `lease_until`. Times are milliseconds since 1970.
CREATE TABLE idempotency_keys (
    owner       TEXT   NOT NULL,
    key_hash    TEXT   NOT NULL,
    request     TEXT   NOT NULL,
    claim       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL,
    status      BIGINT NOT NULL,
    answer      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (owner, key_hash)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
