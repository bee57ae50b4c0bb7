-- The key of the device to which a sign-in is bound (Device Bound Session Credentials). The key is part of its family, so both end together.
-- `device_session` is the record of the crate `device-bound-sessions` as JSON, or empty if the browser was never offered a key. The record
-- holds a secret for the values of the bound cookie. These values open nothing without the cookies of the sign-in, which are stored as
-- hashes. `device_challenge` is the open challenge of that record, which each change of the record replaces.
ALTER TABLE token_families ADD COLUMN device_challenge TEXT NOT NULL DEFAULT '';
ALTER TABLE token_families ADD COLUMN device_session TEXT NOT NULL DEFAULT '';
