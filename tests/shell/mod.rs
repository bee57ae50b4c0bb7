//! What stands around the pages: navigation, and the end of a session.

mod navigation;
mod session_end;
