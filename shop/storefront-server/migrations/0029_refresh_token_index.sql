-- The server looks up a family by FusionAuth's id of its refresh token: at each event of a webhook, and when it gets a refresh token that it
-- does not know.
CREATE INDEX token_families_by_refresh_token ON token_families (refresh_token_id);
