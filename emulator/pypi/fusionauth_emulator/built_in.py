"""What a client needs of the built-in kickstart. All of it is public, so none of it is a secret."""

APPLICATION_ID = "a0000000-0000-4000-8000-000000000002"
TENANT_ID = "a0000000-0000-4000-8000-000000000001"
USER_ID = "a0000000-0000-4000-8000-000000000004"
ISSUER = "http://localhost:9011"
API_KEY = "development-only-api-key"
EMAIL = "user@example.com"
PASSWORD = "development-password"
