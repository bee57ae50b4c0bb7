//! From recorded messages to diagrams, and to what somebody is doing.

mod drawing;
mod phases;
mod recording;
mod steps;
