//! One file for each thing of the browser that a session stands on. What is promises and events is JavaScript (`browser.js`), which
//! `script` names.

pub(crate) mod clock;
#[cfg(feature = "trace")]
pub(crate) mod console_function;
pub(crate) mod lock_note;
pub(crate) mod locks;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod script;
pub(crate) mod storage;
