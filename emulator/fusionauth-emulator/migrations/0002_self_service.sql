-- What must come along with an id (a code that was mailed), and what the id was made for.
ALTER TABLE one_time_ids ADD COLUMN code_hash TEXT;
ALTER TABLE one_time_ids ADD COLUMN code_expiry_instant INTEGER;
ALTER TABLE one_time_ids ADD COLUMN details TEXT NOT NULL DEFAULT '{}';

-- Hashes of passwords that were replaced, so that they are not chosen again.
CREATE TABLE previous_passwords (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    instant INTEGER NOT NULL
) STRICT;

-- Logins that failed one after the other.
CREATE TABLE failed_logins (
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    failures INTEGER NOT NULL,
    last_instant INTEGER NOT NULL
) STRICT;

-- Kinds of actions, such as "prevent login".
CREATE TABLE user_actions (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL
) STRICT;

-- Actions that were taken on somebody, until their expiry.
CREATE TABLE taken_actions (
    id TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_action_id TEXT NOT NULL REFERENCES user_actions (id) ON DELETE CASCADE,
    expiry_instant INTEGER NOT NULL,
    document TEXT NOT NULL
) STRICT;

CREATE INDEX taken_actions_user_id ON taken_actions (user_id);
