-- The application whose FusionAuth has not confirmed the deletion of the user yet; empty if it has.
ALTER TABLE deleted_users ADD COLUMN application TEXT NOT NULL DEFAULT '';
