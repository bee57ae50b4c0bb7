//! The pages around a sign-in: registration, forgotten passwords, and what follows a refused sign-in.

mod forgotten_password;
mod register;
mod sign_in_steps;
