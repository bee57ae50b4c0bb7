use anyhow::{Context, bail};
use sqlx::{Connection, Executor, PgConnection};
use std::path::Path;

/// How many backends there are, and where they keep their data. The same journeys pass in each.
pub(crate) enum Topology {
    /// One process with a SQLite file.
    Single,
    /// Two processes that share nothing but a PostgreSQL database, and a proxy before them that gives each request to the
    /// next one.
    Cluster {
        /// A server in which schemas may be made.
        postgresql: String,
    },
}

impl Topology {
    /// `E2E_TOPOLOGY`; a cluster's database server is in `TEST_DATABASE_URL`.
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

    /// How many processes answer for the Store and the Forums.
    pub(crate) const fn instances(&self) -> usize {
        match self {
            Self::Single => 1,
            Self::Cluster { .. } => 2,
        }
    }

    /// The address of an empty database of this world's own.
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
