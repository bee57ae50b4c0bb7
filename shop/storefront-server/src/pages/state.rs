//! The state that the server-rendered pages of one site share.

use crate::http::static_files::{Files, IndexCache};
use crate::pages::built_assets::BuiltAssets;
use crate::{auth::authenticator::Authenticator, state::Backend};
use axum::extract::FromRef;
use std::sync::Arc;

/// The state that the pages of one site share. Cloning is cheap.
#[derive(Clone, FromRef)]
pub struct PageState {
    /// The state that the pages share with the API.
    pub(crate) backend: Backend,
    #[from_ref(skip)]
    pub(super) files: Files,
    /// The assets of the current build. The cache has only one value, so its key is `()`.
    #[from_ref(skip)]
    assets: Arc<IndexCache<(), BuiltAssets>>,
}

impl PageState {
    /// The state for the pages of `backend`'s site.
    pub fn new(backend: Backend) -> Self {
        let files = Files::new(&backend.config.dist);
        let assets = Arc::new(IndexCache::new(&backend.config.dist));
        Self { backend, files, assets }
    }

    /// The assets of the current build. Without a build there are none.
    pub(super) async fn built_assets(&self) -> Arc<BuiltAssets> {
        self.assets.get((), |html| Ok(BuiltAssets::of(html))).await.unwrap_or_default()
    }
}

impl FromRef<PageState> for Arc<Authenticator> {
    fn from_ref(state: &PageState) -> Self {
        Arc::clone(&state.backend.authenticator)
    }
}
