//! Tests of the Forums.

mod threads;
