//! The built-in kickstart file, and the values in it that a client needs. All of them are public, so none of them is a secret.

/// The file: one tenant, one application, one signing key, one user and one API key. Variables with names that begin with `//` are its
/// comments, because JSON has no comments. `fusionauth-emulator init` writes this text.
pub const KICKSTART: &str = include_str!("built_in.json");

/// The tenant's id.
pub const TENANT_ID: &str = "a0000000-0000-4000-8000-000000000001";
/// The application's id.
pub const APPLICATION_ID: &str = "a0000000-0000-4000-8000-000000000002";
/// The issuer of the access tokens (`iss`).
pub const ISSUER: &str = "http://localhost:9011";
/// The API key, which may do everything.
pub const API_KEY: &str = "development-only-api-key";
/// The user's id.
pub const USER_ID: &str = "a0000000-0000-4000-8000-000000000004";
/// The user's email, to sign in with.
pub const EMAIL: &str = "user@example.com";
/// The user's password.
pub const PASSWORD: &str = "development-password";
/// The origins of pages that may call FusionAuth (CORS): the default ports of common development servers.
pub const ORIGINS: [&str; 4] = ["http://localhost:3000", "http://localhost:4200", "http://localhost:5173", "http://localhost:8000"];
