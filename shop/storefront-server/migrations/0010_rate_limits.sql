-- How far each limit is used up, where several instances count together: when its bucket is full again, in milliseconds since 1970. The key
-- is a hash of the limit's name and of whom it counts, because that is an e-mail address or a network address.
CREATE TABLE rate_limits (
    key TEXT NOT NULL PRIMARY KEY,
    full_at BIGINT NOT NULL
);
