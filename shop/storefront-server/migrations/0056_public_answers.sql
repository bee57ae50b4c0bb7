-- Whether the page of a product may show this reply to everybody. The form for a reply said so when the reply was written. Rows of earlier
-- versions have 0. The deletion of the author's account sets 0.
ALTER TABLE posts ADD COLUMN may_be_public BIGINT NOT NULL DEFAULT 0;
