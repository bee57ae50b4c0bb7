//! The pages around a sign-in: registration, forgotten passwords, and the steps after a rejected sign-in.

mod forgotten_password;
mod register;
mod sign_in_steps;
