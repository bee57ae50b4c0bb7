//! Journeys through real browsers against the real processes.
