//! One file for each thing of the browser that a session stands on. What is promises and events is JavaScript (`browser.js`), which
//! `script` names.

pub(crate) mod clock;
#[cfg(feature = "trace")]
pub(crate) mod hook;
pub(crate) mod locks;
pub(crate) mod ordering;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod script;
pub(crate) mod storage;
