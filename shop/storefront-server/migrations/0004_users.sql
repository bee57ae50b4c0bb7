-- What other people see of a user. `id` is FusionAuth's user id. A user who has chosen no name has no row.
-- `normalized_name` is the name without differences of case and form, so that two users never have names that look the same.
CREATE TABLE users (
    id              TEXT PRIMARY KEY,
    display_name    TEXT NOT NULL,
    normalized_name TEXT NOT NULL UNIQUE
);

-- A post shows what its author is called today: a name that its owner gave up must not stay on posts when somebody else takes it.
ALTER TABLE posts DROP COLUMN author;
