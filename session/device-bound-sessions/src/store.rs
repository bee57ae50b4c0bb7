//! Where sessions are stored.

use crate::identifiers::{Challenge, SessionId};
use crate::session::Session;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The storage of sessions, such as a table of a database with one row for each session, which every instance of a server shares.
///
/// A row holds the id as its key, the open challenge, and the [`Session`], as JSON or in columns. It lives as long as the sign-in: delete
/// it in the transaction that ends the sign-in. An error means that nothing is known; the answer is then 503, which browsers survive.
pub trait SessionStore: Send + Sync {
    /// A failure of the storage.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Stores a new session. False if there is one with this id already; that one stays as it is.
    fn create(&self, session: &Session) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Finds a session. `None` ends the session in the browser, so a store that cannot know returns an error.
    fn find(&self, id: &SessionId) -> impl Future<Output = Result<Option<Session>, Self::Error>> + Send;

    /// Takes an open challenge: replaces the session of the same id, in one atomic step, if `taken` is still its open challenge. False if it
    /// is not, or if there is no such session; nothing has changed then. In SQL it is one `UPDATE … WHERE id = … AND challenge = …`.
    fn rotate(&self, taken: &Challenge, session: &Session) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Removes a session, if there is one. The next refresh ends it in the browser.
    fn remove(&self, id: &SessionId) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Sessions in the memory of one process, for tests and examples. A restart forgets them, and nothing else but `remove` does.
#[derive(Default)]
pub struct MemoryStore(Mutex<HashMap<SessionId, Session>>);

impl MemoryStore {
    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for MemoryStore {
    type Error = Infallible;

    async fn create(&self, session: &Session) -> Result<bool, Infallible> {
        let mut sessions = self.sessions();
        let is_new = !sessions.contains_key(&session.id);
        if is_new {
            sessions.insert(session.id.clone(), session.clone());
        }
        Ok(is_new)
    }

    async fn find(&self, id: &SessionId) -> Result<Option<Session>, Infallible> {
        Ok(self.sessions().get(id).cloned())
    }

    async fn rotate(&self, taken: &Challenge, session: &Session) -> Result<bool, Infallible> {
        let mut sessions = self.sessions();
        let stored = sessions.get_mut(&session.id).filter(|it| it.challenge.text == *taken);
        Ok(stored.map(|it| *it = session.clone()).is_some())
    }

    async fn remove(&self, id: &SessionId) -> Result<(), Infallible> {
        self.sessions().remove(id);
        Ok(())
    }
}
