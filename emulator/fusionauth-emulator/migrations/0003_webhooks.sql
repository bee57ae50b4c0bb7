-- Where events are sent to, as the documents that were posted.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL
) STRICT;
