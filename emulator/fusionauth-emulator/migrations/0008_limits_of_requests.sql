-- What an API key of the kickstart file permits, as the JSON that the file has.
ALTER TABLE api_keys ADD COLUMN document TEXT NOT NULL DEFAULT '{}';

-- Everything that belongs to a tenant: the id by which requests name the object (for a secret, the hash of it), and the tenant's id.
CREATE VIEW tenant_objects AS
SELECT id, tenant_id FROM users
UNION ALL SELECT id, tenant_id FROM applications
UNION ALL SELECT id, document ->> '$.tenantId' FROM stored_resources WHERE kind IN ('apiKey', 'entity', 'group')
UNION ALL SELECT id, tenant_id FROM refresh_tokens
UNION ALL SELECT token_hash, tenant_id FROM refresh_tokens
UNION ALL SELECT object.hash, users.tenant_id FROM one_time_ids AS object JOIN users ON users.id = object.user_id
UNION ALL SELECT object.id, users.tenant_id FROM passkeys AS object JOIN users ON users.id = object.user_id
UNION ALL SELECT object.id, users.tenant_id FROM group_members AS object JOIN users ON users.id = object.user_id
UNION ALL SELECT object.id, users.tenant_id FROM taken_actions AS object JOIN users ON users.id = object.user_id
UNION ALL SELECT object.id, users.tenant_id FROM stored_resources AS object
JOIN users ON object.kind = 'userConsent' AND users.id = object.document ->> '$.userId'
UNION ALL SELECT object.id, users.tenant_id FROM stored_resources AS object
JOIN users ON object.kind = 'family' AND users.id = object.document ->> '$.members[0].userId';
