//! The roles of the signed-in user, for display. The server decides what a user may do, because a user can make a browser show anything.

use crate::{Session, use_session};
use leptos::prelude::*;

/// The name of a role.
pub type Role = &'static str;

impl Session {
    /// As [`fusionauth_session_web::Session::has_role`]. Reactive code runs again when the roles may have changed: with each sign-in,
    /// sign-out and renewal, also in another tab.
    pub fn has_role(self, role: &str) -> bool {
        self.track_claims();
        (*self).has_role(role)
    }
}

/// Children that are shown only if the user has the role. `otherwise` is shown to other users.
pub(crate) fn with_role(role: Option<Role>, otherwise: Option<ViewFn>, children: ChildrenFn) -> ChildrenFn {
    let Some(role) = role else { return children };
    let session = use_session();
    // A memo, because a renewal with the same roles must not create the children again.
    let has_role = Memo::new(move |_| {
        crate::guard::unsubscribe_on_cleanup(session.state());
        crate::guard::unsubscribe_on_cleanup(session.token());
        session.has_role(role)
    });
    std::sync::Arc::new(move || {
        let (children, otherwise) = (children.clone(), otherwise.clone());
        let content = move || if has_role.get() { Some(children()) } else { otherwise.as_ref().map(ViewFn::run) };
        content.into_any()
    })
}
