//! Tests from recorded messages to diagrams and phases, in one binary, so that they are linked once.

mod drawing;
mod phases;
mod recording;
mod steps;
