//! Tests that turn recorded messages into diagrams and phases. They share one binary, so that they are linked once.

mod drawing;
mod phases;
mod recording;
mod steps;
