//! The number of backends, and the database that they use.

use anyhow::{Context, bail};
use sqlx::{Connection, Executor, PgConnection};
use std::path::Path;

/// The number of backends and their kind of database. The same journeys must pass in each topology.
pub(crate) enum Topology {
    /// One process with a SQLite file.
    Single,
    /// Two processes that share only a PostgreSQL database, behind a balancer that gives each request to the next process.
    Cluster {
        /// The URL of a database in which schemas may be created.
        postgresql: String,
    },
}

impl Topology {
    /// Reads `E2E_TOPOLOGY` and, for a cluster, `TEST_DATABASE_URL`.
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        match std::env::var("E2E_TOPOLOGY").as_deref() {
            Err(_) | Ok("single") => Ok(Self::Single),
            Ok("cluster") => {
                let postgresql = std::env::var("TEST_DATABASE_URL").context("E2E_TOPOLOGY=cluster needs TEST_DATABASE_URL")?;
                Ok(Self::Cluster { postgresql })
            }
            Ok(other) => bail!("E2E_TOPOLOGY is `single` or `cluster`, not `{other}`"),
        }
    }

    /// The number of processes that serve the Store and the Forums.
    pub(crate) const fn instances(&self) -> usize {
        match self {
            Self::Single => 1,
            Self::Cluster { .. } => 2,
        }
    }

    /// Creates an empty database for this deployment and returns its URL.
    pub(crate) async fn database(&self, folder: &Path) -> anyhow::Result<String> {
        let Self::Cluster { postgresql } = self else {
            return Ok(format!("sqlite://{}", folder.join("storefront.sqlite").display()));
        };
        let schema = format!("journey_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(postgresql).await.context("PostgreSQL cannot be reached")?;
        connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await?;
        connection.close().await?;
        let joint = if postgresql.contains('?') { '&' } else { '?' };
        Ok(format!("{postgresql}{joint}options[search_path]={schema}"))
    }
}
