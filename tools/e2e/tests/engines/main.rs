//! Journeys that run in each installed browser engine.

mod device_binding;
mod hurried_visitors;
