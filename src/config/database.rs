//! Where everything is kept.

use std::fmt;

use clap::{Args, value_parser};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::MASK;

const MOST_CONNECTIONS: i64 = 1_000;

/// Where everything is kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Database")]
pub struct DatabaseSettings {
    /// Where everything is kept: `sqlite://FILE`, or `postgres://USER:PASSWORD@HOST:PORT/NAME`.
    #[arg(
        long,
        env = "ORDERGATE_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite://ordergate.db"
    )]
    pub database_url: DatabaseUrl,

    #[command(flatten)]
    pub pool: PoolSettings,
}

/// How many connections the database gets.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Database")]
pub struct PoolSettings {
    /// How many connections are open at most: on SQLite for reading only, because one writes for all, and beside those of
    /// short reads, one for each thread.
    #[arg(
        long,
        env = "ORDERGATE_DATABASE_CONNECTIONS",
        value_name = "NUMBER",
        default_value_t = 8,
        value_parser = value_parser!(u32).range(1..=MOST_CONNECTIONS)
    )]
    pub database_connections: u32,
}

/// The address of a database. Shown with its password masked.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

/// The kinds of database that Ordergate can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

impl DatabaseUrl {
    /// Which kind of database it is, or what is wrong with the address.
    pub fn kind(&self) -> anyhow::Result<DatabaseKind> {
        let url = self.0.expose_secret();
        if url.starts_with("sqlite:") {
            anyhow::ensure!(
                !url.contains(":memory:") && !url.contains("mode=memory"),
                "the database must be a file, because several connections share it; \
                 try sqlite://ordergate.db"
            );
            anyhow::ensure!(
                self.file().is_some_and(|file| !file.is_empty()),
                "the database's address names no file; try sqlite://ordergate.db"
            );
            return Ok(DatabaseKind::Sqlite);
        }
        let postgres = Url::parse(url)
            .is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql") && url.has_host());
        anyhow::ensure!(
            postgres,
            "the database's address must look like sqlite://FILE or \
             postgres://USER:PASSWORD@HOST:PORT/NAME"
        );
        Ok(DatabaseKind::Postgres)
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> Option<&str> {
        let rest = self.0.expose_secret().strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        Some(path.split_once('?').map_or(path, |(path, _)| path))
    }

    /// Where it is, for people: an SQLite file with its whole path, another address without its password.
    pub fn place(&self) -> String {
        match self.file().map(std::path::absolute) {
            Some(Ok(path)) => path.display().to_string(),
            Some(Err(_)) | None => self.to_string(),
        }
    }

    /// The address with its password: for connecting only.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self(SecretString::from(url))
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(SecretString::from(url))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.expose_secret();
        if text.starts_with("sqlite:") {
            return f.write_str(text);
        }
        f.write_str(&without_password(text))
    }
}

/// An address as it may be shown: its password masked.
pub(super) fn without_password(address: &str) -> String {
    // What cannot be read may hold a password anywhere.
    let Ok(mut url) = Url::parse(address) else { return MASK.to_owned() };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        let pairs: Vec<_> = url
            .query_pairs()
            .map(|(name, value)| {
                let secret = name.contains("password");
                (name.into_owned(), if secret { MASK.to_owned() } else { value.into_owned() })
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    url.into()
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_address_is_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite://ordergate.db", "sqlite://ordergate.db"),
            ("postgres://app:hunter2@db:5432/shop", "postgres://app:***@db:5432/shop"),
            (
                "postgres://db/shop?user=app&password=hunter2",
                "postgres://db/shop?user=app&password=***",
            ),
            ("postgres://app:hunter2@[nowhere", "***"),
        ] {
            let url = DatabaseUrl::from(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn only_files_and_postgresql_are_accepted() {
        let kind = |url: &str| DatabaseUrl::from(url).kind().ok();
        assert_eq!(kind("sqlite://data/ordergate.db?mode=rwc"), Some(DatabaseKind::Sqlite));
        assert_eq!(kind("postgresql://db/shop"), Some(DatabaseKind::Postgres));
        for wrong in ["sqlite::memory:", "sqlite://", "mysql://db/shop", "ordergate.db", ""] {
            assert_eq!(kind(wrong), None, "{wrong}");
        }
    }

    /// The refusal of an address must not repeat the password in it.
    #[test]
    fn a_wrong_address_is_refused_without_quoting_it() {
        let refusal = DatabaseUrl::from("mysql://app:hunter2@db/shop").kind().unwrap_err();
        assert!(!format!("{refusal:#}").contains("hunter2"));
    }
}
