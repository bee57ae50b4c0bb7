-- The users whom this server has registered in a tenant that verifies no emails, until a code from a message has proven the email. FusionAuth
-- counts every email of such a tenant as verified.
CREATE TABLE unproven_emails (
    user_id TEXT NOT NULL PRIMARY KEY
);
