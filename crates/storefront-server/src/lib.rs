//! The Store and Forums backends, and the host of the SPA.
