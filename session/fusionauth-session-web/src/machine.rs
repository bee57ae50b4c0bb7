//! The machine as the driver runs it: with the feature `trace` it remembers its last steps.

#[cfg(not(feature = "trace"))]
pub(crate) use fusionauth_session::Machine as SessionMachine;
#[cfg(feature = "trace")]
pub(crate) use fusionauth_session::TracedMachine as SessionMachine;
