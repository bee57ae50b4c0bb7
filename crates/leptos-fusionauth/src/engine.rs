//! The machine as the driver runs it: with the feature `trace` it remembers its last steps.

#[cfg(not(feature = "trace"))]
pub(crate) use fusionauth_session::Machine as Engine;
#[cfg(feature = "trace")]
pub(crate) use fusionauth_session::TracedMachine as Engine;
