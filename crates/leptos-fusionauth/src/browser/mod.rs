//! One module for each browser API that a session uses. Promises and event handlers are in `browser.js`, because each
//! of them would be a state machine in WebAssembly; `script` declares its functions.

pub(crate) mod clock;
#[cfg(feature = "trace")]
pub(crate) mod console_function;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod script;
pub(crate) mod storage;
