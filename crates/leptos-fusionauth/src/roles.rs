//! The roles of the signed-in user, for display. The server decides what a user may do, because a user can make a browser show anything.

use crate::{Session, use_session};
use leptos::prelude::*;
use serde::Deserialize;

/// The name of a role.
pub type Role = &'static str;

/// The part of the access token's claims that names the user's roles in this application.
#[derive(Deserialize)]
struct Roles {
    #[serde(default)]
    roles: Vec<String>,
}

impl Session {
    /// Whether the access token names this role. Use it for display only, such as a link to a page for moderators: the backend must check
    /// the role in each request.
    ///
    /// Reactive code runs again when the roles may have changed: with each sign-in, sign-out and renewal, also in another tab. The token
    /// names the roles of the time when it was issued, so a new role shows after the next renewal.
    ///
    /// False while nobody is signed in, while this tab has no token, and if the tokens are in cookies, because no script can read those. In
    /// that case ask the backend.
    pub fn has_role(self, role: &str) -> bool {
        self.claims::<Roles>().is_some_and(|it| it.roles.iter().any(|it| it == role))
    }
}

/// Children that are shown only if the user has the role. `otherwise` is shown to other users.
pub(crate) fn with_role(role: Option<Role>, otherwise: Option<ViewFn>, children: ChildrenFn) -> ChildrenFn {
    let Some(role) = role else { return children };
    let session = use_session();
    // A memo, because a renewal with the same roles must not create the children again.
    let has_role = Memo::new(move |_| {
        crate::guard::unsubscribe_on_cleanup(session.state());
        if let Some(version) = session.token_version() {
            crate::guard::unsubscribe_on_cleanup(version);
        }
        session.has_role(role)
    });
    std::sync::Arc::new(move || {
        let (children, otherwise) = (children.clone(), otherwise.clone());
        let content = move || if has_role.get() { Some(children()) } else { otherwise.as_ref().map(ViewFn::run) };
        content.into_any()
    })
}
