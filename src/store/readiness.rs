//! The readiness of a node.

use anyhow::Context;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::{Store, Writer, migrate};

/// Why a node cannot serve.
#[derive(Debug)]
pub enum Unready {
    /// The database does not answer.
    Database(anyhow::Error),
    /// It can be read, but not written; says why.
    Writing(String),
    /// It lacks so many migrations that this program knows.
    Migrations(usize),
}

impl Store {
    /// Ok when the database answers, can be written, and has every migration that this program knows. Takes no
    /// connection that callers could keep busy.
    pub async fn ready(&self) -> Result<(), Unready> {
        let pending = migrate::pending(&self.lookout).await.map_err(Unready::Database)?;
        if !pending.is_empty() {
            return Err(Unready::Migrations(pending.len()));
        }
        match &self.writer {
            Writer::Sqlite(commits) => match commits.trouble().await {
                Some(because) => Err(Unready::Writing(because)),
                None => Ok(()),
            },
            Writer::Postgres(..) => self.writable_postgres().await,
        }
    }

    async fn writable_postgres(&self) -> Result<(), Unready> {
        let statement =
            Statement::from_string(DatabaseBackend::Postgres, "SHOW transaction_read_only");
        let answer = async {
            let row = self.lookout.query_one_raw(statement).await?;
            let row = row.context("PostgreSQL does not answer SHOW")?;
            anyhow::Ok(row.try_get_by_index::<String>(0)?)
        };
        match answer.await.map_err(Unready::Database)?.as_str() {
            "off" => Ok(()),
            _ => Err(Unready::Writing("PostgreSQL only reads here, as a standby does".to_owned())),
        }
    }
}
