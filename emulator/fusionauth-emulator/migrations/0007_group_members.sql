-- Users who are members of a group. A membership ends with its group or its user.
CREATE TABLE group_members (
    id TEXT PRIMARY KEY NOT NULL,
    kind TEXT NOT NULL DEFAULT 'group' CHECK (kind = 'group'),
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    document TEXT NOT NULL,
    UNIQUE (group_id, user_id),
    FOREIGN KEY (kind, group_id) REFERENCES stored_resources (kind, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX group_members_user_id ON group_members (user_id);

-- Users as requests read them: the document with the user's memberships.
CREATE VIEW read_users AS
SELECT
    id,
    tenant_id,
    email,
    username,
    password_hash,
    json_set(document, '$.memberships', (
        SELECT json_group_array(json_remove(member.document, '$.userId')) FROM group_members AS member WHERE member.user_id = users.id
    )) AS document
FROM users;

-- Registrations as requests read them: the document with the roles of the application that the user's groups have.
CREATE VIEW read_registrations AS
SELECT
    user_id,
    application_id,
    json_set(document, '$.inheritedRoles', (
        SELECT json_group_array(DISTINCT role.value ->> 'name')
        FROM group_members AS member
        JOIN stored_resources AS owner ON owner.kind = 'group' AND owner.id = member.group_id
        JOIN applications ON applications.id = registrations.application_id
        JOIN json_each(applications.document, '$.roles') AS role
        JOIN json_each(owner.document, '$.roles."' || registrations.application_id || '"') AS granted
        WHERE member.user_id = registrations.user_id AND granted.value ->> 'id' = role.value ->> 'id'
    )) AS document
FROM registrations;
