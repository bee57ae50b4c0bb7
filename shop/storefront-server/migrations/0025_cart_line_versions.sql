-- Another one after each write of a line. A new line begins with a random one.
ALTER TABLE cart_lines ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
