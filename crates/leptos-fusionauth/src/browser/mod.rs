//! One file for each thing of the browser that a session stands on; nothing else in this crate names web-sys.

pub(crate) mod clock;
#[cfg(feature = "trace")]
pub(crate) mod hook;
pub(crate) mod locks;
pub(crate) mod ordering;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod script;
pub(crate) mod storage;
pub(crate) mod timer;
