-- FusionAuth's id of the refresh token, which every rotation keeps: a sign-out names it, because the text that the browser holds
-- may have been rotated by somebody else. Empty if FusionAuth has not told it. It opens nothing.
ALTER TABLE token_families ADD COLUMN refresh_token_id TEXT NOT NULL DEFAULT '';
ALTER TABLE revocations ADD COLUMN refresh_token_id TEXT NOT NULL DEFAULT '';
