-- Which access tokens are refused before they expire: those of a session, of a user or of an application at FusionAuth that were issued
-- before a moment. FusionAuth's webhooks say so. Times are in milliseconds since 1970.
CREATE TABLE revoked_access (
    subject TEXT NOT NULL PRIMARY KEY,
    issued_before BIGINT NOT NULL,
    keep_until BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX revoked_access_received_at ON revoked_access (received_at);
