-- An event from FusionAuth about a user or an application ends the older sign-ins. `first_issued_at` is when FusionAuth issued the first
-- access token of the sign-in, in seconds since 1970, by FusionAuth's clock. It is 0 until the next renewal of a sign-in from before this
-- migration. The application of such a sign-in stays unknown, so an event about one application does not end it.
ALTER TABLE token_families ADD COLUMN first_issued_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE token_families ADD COLUMN application_id TEXT NOT NULL DEFAULT '';
