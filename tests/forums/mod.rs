//! The Forums' threads.

mod threads;
