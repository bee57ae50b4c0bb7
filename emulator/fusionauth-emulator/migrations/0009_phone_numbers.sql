-- The phone number with which a user can sign in, in E.164 form.
ALTER TABLE users ADD COLUMN phone_number TEXT;

-- Before this migration, a number was any text. Texts without a country and later duplicates are removed.
UPDATE users SET document = json_set(document, '$.phoneNumber', replace(replace(replace(replace(replace(replace(
    document ->> '$.phoneNumber', ' ', ''), '-', ''), '.', ''), '/', ''), '(', ''), ')', ''))
WHERE document ->> '$.phoneNumber' NOT NULL;

UPDATE users SET document = json_remove(document, '$.phoneNumber')
WHERE document ->> '$.phoneNumber' NOT GLOB '+[1-9]*'
OR substr(document ->> '$.phoneNumber', 2) GLOB '*[^0-9]*'
OR EXISTS (
    SELECT 1 FROM users AS earlier
    WHERE earlier.tenant_id = users.tenant_id AND earlier.rowid < users.rowid
    AND earlier.document ->> '$.phoneNumber' = users.document ->> '$.phoneNumber'
);

UPDATE users SET phone_number = document ->> '$.phoneNumber';

CREATE UNIQUE INDEX users_phone_number ON users (tenant_id, phone_number);

DROP VIEW read_users;

CREATE VIEW read_users AS
SELECT
    id,
    tenant_id,
    email,
    username,
    phone_number,
    password_hash,
    json_set(document, '$.memberships', (
        SELECT json_group_array(json_remove(member.document, '$.userId')) FROM group_members AS member WHERE member.user_id = users.id
    )) AS document
FROM users;
