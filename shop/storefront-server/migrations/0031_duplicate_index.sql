-- Migration 24 has created another index on the same column.
DROP INDEX token_families_by_refresh_token;
