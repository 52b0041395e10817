//! How several nodes share one database.

use std::fmt;

use clap::Args;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{DatabaseKind, DatabaseUrl, database::without_password};
use crate::{store::Store, wakeups::Carrier};

/// How several nodes share one database.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Several nodes")]
pub struct NodeSettings {
    /// How nodes tell each other at once that something is new: by `postgres`, `nats://HOST:PORT`, or `none`. What is not
    /// told is found by polling. Without this, `postgres` on PostgreSQL and `none` on SQLite.
    #[arg(long, env = "ORDERGATE_WAKEUPS", hide_env_values = true, value_name = "LINE")]
    pub wakeups: Option<WakeupSetting>,

    /// A replica of the PostgreSQL database, which may be a little behind. Queries are answered from it, but for those
    /// that ask for `feedCursor` or come with the header `Ordergate-Freshness: latest`. Everything else is not.
    #[arg(long, env = "ORDERGATE_READ_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub read_database_url: Option<DatabaseUrl>,
}

impl NodeSettings {
    /// What tells the other nodes, or why it cannot be that.
    pub fn wakeups(&self, database: DatabaseKind) -> anyhow::Result<WakeupSetting> {
        let wakeups = match (&self.wakeups, database) {
            (Some(wakeups), _) => wakeups.clone(),
            (None, DatabaseKind::Postgres) => WakeupSetting::Postgres,
            (None, DatabaseKind::Sqlite) => WakeupSetting::None,
        };
        wakeups.check(database)?;
        Ok(wakeups)
    }

    /// The replica, or why it cannot be one.
    pub fn replica(&self, database: DatabaseKind) -> anyhow::Result<Option<&DatabaseUrl>> {
        let Some(url) = &self.read_database_url else { return Ok(None) };
        anyhow::ensure!(
            (database, url.kind()?) == (DatabaseKind::Postgres, DatabaseKind::Postgres),
            "--read-database-url names a replica of a PostgreSQL database; SQLite has none"
        );
        Ok(Some(url))
    }
}

/// What tells the other nodes that there is news. Shown with its password masked.
#[derive(Clone)]
pub enum WakeupSetting {
    None,
    Postgres,
    /// A NATS server, or something that is none of these, by what was written.
    Nats(SecretString),
}

impl WakeupSetting {
    fn check(&self, database: DatabaseKind) -> anyhow::Result<()> {
        if let Self::Nats(address) = self {
            let address = address.expose_secret();
            let is_one = Url::parse(address)
                .is_ok_and(|url| matches!(url.scheme(), "nats" | "tls") && url.has_host());
            anyhow::ensure!(
                is_one,
                "--wakeups must be postgres, none, or the address of a NATS server such as \
                 nats://HOST:4222"
            );
            anyhow::ensure!(
                cfg!(feature = "nats"),
                "this program was built without NATS; build it with --features nats, or use \
                 --wakeups postgres"
            );
        }
        anyhow::ensure!(
            database == DatabaseKind::Postgres || matches!(self, Self::None),
            "--wakeups {self} needs PostgreSQL: an SQLite database has one node, and nobody else \
             to wake"
        );
        Ok(())
    }

    /// The carrier of hints; none: there is one node only.
    pub fn carrier(&self, store: &Store) -> Option<Carrier> {
        match self {
            Self::None => None,
            Self::Postgres => Some(Carrier::Postgres(store.readers().clone())),
            #[cfg(feature = "nats")]
            Self::Nats(address) => Some(Carrier::Nats(address.expose_secret().to_owned())),
            #[cfg(not(feature = "nats"))]
            Self::Nats(_) => None,
        }
    }
}

// What is wrong with an address is said later, without repeating the password that may be in it.
impl From<String> for WakeupSetting {
    fn from(text: String) -> Self {
        match text.as_str() {
            "none" => Self::None,
            "postgres" => Self::Postgres,
            _ => Self::Nats(SecretString::from(text)),
        }
    }
}

impl fmt::Display for WakeupSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Postgres => f.write_str("postgres"),
            Self::Nats(address) => f.write_str(&without_password(address.expose_secret())),
        }
    }
}

impl fmt::Debug for WakeupSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(wakeups: Option<&str>) -> NodeSettings {
        let wakeups = wakeups.map(|text| WakeupSetting::from(text.to_owned()));
        NodeSettings { wakeups, read_database_url: None }
    }

    #[test]
    fn nodes_wake_each_other_by_postgresql_unless_told_otherwise() {
        let shown =
            |wakeups, database| settings(wakeups).wakeups(database).map(|it| it.to_string()).ok();
        let (postgres, sqlite) = (DatabaseKind::Postgres, DatabaseKind::Sqlite);
        assert_eq!(shown(None, postgres).as_deref(), Some("postgres"));
        assert_eq!(shown(Some("none"), postgres).as_deref(), Some("none"));
        assert_eq!(shown(None, sqlite).as_deref(), Some("none"));
        assert_eq!(shown(Some("postgres"), sqlite), None);
        assert_eq!(shown(Some("nats://broker"), sqlite), None);
        assert_eq!(shown(Some("redis://broker"), postgres), None);
        assert_eq!(shown(Some("nats://"), postgres), None);
        assert_eq!(shown(Some("nats://broker"), postgres).is_some(), cfg!(feature = "nats"));
    }

    #[test]
    fn the_password_of_a_nats_server_is_not_shown() {
        let wakeups = WakeupSetting::from("nats://app:hunter2@broker:4222".to_owned());
        assert_eq!(format!("{wakeups:?}"), "nats://app:***@broker:4222");
    }
}
