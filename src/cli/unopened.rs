//! Why a database could not be opened: a sentence that says what to do about it, and never a password.

use std::{fs::OpenOptions, io::ErrorKind, path::Path, time::Duration};

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{self, ConnectOptions, Connection, postgres::PgConnectOptions},
};
use tokio::time::timeout;
use url::Url;

use super::failure::Failure;
use crate::config::{DatabaseKind, DatabaseUrl};

const PATIENCE: Duration = Duration::from_secs(3);

/// Finds out what stands in the way. Where nothing is found, `error` says it.
pub(super) async fn why(url: &DatabaseUrl, kind: DatabaseKind, error: anyhow::Error) -> Failure {
    let reason = match kind {
        DatabaseKind::Sqlite => url.file().and_then(|file| of_file(file, &error)),
        DatabaseKind::Postgres => of_server(url).await,
    };
    match reason {
        Some(reason) => Failure::new(reason),
        None => error.context(format!("cannot use {url}")).into(),
    }
}

fn of_file(file: &str, error: &anyhow::Error) -> Option<String> {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
    let folder = path.parent()?;
    let (file, folder_name) = (path.display(), folder.display());
    if !folder.exists() {
        return Some(format!(
            "there is no folder {folder_name} for the database; make it, or name another file with --database-url"
        ));
    }
    if path.is_dir() {
        return Some(format!("{file} is a folder; name a file in it with --database-url"));
    }
    if path.exists() && denied(OpenOptions::new().read(true).write(true), &path) {
        return Some(format!("this user may not read and write {file}"));
    }
    // The low byte tells the kind; the rest, details of it.
    match sqlite_code(error)? & 0xff {
        5 | 6 => Some(format!("{file} is locked by another program; stop that one first")),
        8 => Some(format!("{file} or its folder can only be read, and has to be written to")),
        10 => Some(format!("the disk of {file} does not answer as it should")),
        11 => Some(format!("{file} is damaged; put a backup in its place")),
        13 => Some(format!("the disk of {file} is full")),
        14 => Some(format!("this user may not make the files of a database in {folder_name}")),
        26 => Some(format!("{file} is no SQLite database; name another file with --database-url")),
        _ => None,
    }
}

fn denied(how: &OpenOptions, path: &Path) -> bool {
    let kind = how.open(path).err().map(|error| error.kind());
    matches!(kind, Some(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds do not come from a database")]
fn sqlite_code(error: &anyhow::Error) -> Option<u32> {
    let error = error.chain().find_map(|cause| cause.downcast_ref::<DbErr>())?;
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error()?.code()?.parse().ok()
        }
        _ => None,
    }
}

/// A pool only says that it waited in vain, so one connection is tried by itself.
async fn of_server(url: &DatabaseUrl) -> Option<String> {
    let parsed = Url::parse(url.expose()).ok()?;
    let host = parsed.host_str()?;
    let port = parsed.port().unwrap_or(5432);
    let place = format!("{host}:{port}");
    let options: PgConnectOptions = match url.expose().parse() {
        Ok(options) => options,
        // What is wrong with an address may be its password.
        Err(_) => return Some(format!("the address {url} cannot be read")),
    };
    let (user, name) =
        (options.get_username().to_owned(), options.get_database().unwrap_or_default().to_owned());
    let error = match timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => {
            // Somebody may have put it right meanwhile; what was found first is told.
            drop(connection.close().await);
            return None;
        }
        Ok(Err(error)) => error,
        Err(_) => {
            return Some(format!(
                "PostgreSQL at {place} does not answer within {} s; is it there, and may this machine reach it?",
                PATIENCE.as_secs()
            ));
        }
    };
    Some(refused(&error, &place, host, &user, &name))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most kinds do not come from connecting")]
fn refused(error: &sqlx::Error, place: &str, host: &str, user: &str, name: &str) -> String {
    match error {
        sqlx::Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => format!(
                "nothing listens at {place}; start PostgreSQL there, or name another with --database-url"
            ),
            // What a name that cannot be found is told as has no kind of its own.
            _ if error.to_string().contains("lookup") => {
                format!("the host {host} of the database cannot be found")
            }
            _ => format!("PostgreSQL at {place} cannot be reached: {error}"),
        },
        sqlx::Error::Tls(error) => {
            format!("PostgreSQL at {place} cannot be reached over TLS: {error}")
        }
        sqlx::Error::Database(error) => match error.code().as_deref() {
            Some("28P01") => format!(
                "PostgreSQL at {place} does not let {user} in: the password is wrong, or there is no such user"
            ),
            Some("28000") => {
                format!("PostgreSQL at {place} does not let {user} in: {}", error.message())
            }
            Some("3D000") => format!(
                "there is no database {name} at {place}; make it with `createdb`, or name another with --database-url"
            ),
            Some("53300") => {
                format!("PostgreSQL at {place} has no connection left: {}", error.message())
            }
            Some("57P03") => {
                format!("PostgreSQL at {place} is starting or stopping; try again shortly")
            }
            _ => format!("PostgreSQL at {place} refuses: {}", error.message()),
        },
        _ => format!("PostgreSQL at {place} cannot be used: {error}"),
    }
}
