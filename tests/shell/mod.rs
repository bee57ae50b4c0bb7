//! What stands around the pages: the contact form, navigation, and the end of a session.

mod contact;
mod navigation;
mod session_end;
