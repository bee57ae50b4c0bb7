-- Resources that have no effect, or whose effect is read from the document: as the documents that were posted. `owner` is the tenant,
-- application or entity type that a resource belongs to, or empty. Names are unique beside each other.
CREATE TABLE stored_resources (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    name TEXT,
    document TEXT NOT NULL,
    PRIMARY KEY (kind, id),
    UNIQUE (kind, owner, name)
) STRICT;

INSERT INTO stored_resources (kind, id, owner, document) SELECT 'emailTemplate', id, '', document FROM email_templates;
INSERT INTO stored_resources (kind, id, owner, document) SELECT 'webhook', id, '', document FROM webhooks;
DROP TABLE email_templates;
DROP TABLE webhooks;
