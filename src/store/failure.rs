//! Failures of the database, for callers: whether to try again, and whether the outcome is known.

use std::{error::Error, fmt, io, sync::Arc};

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{
        self,
        postgres::{PgDatabaseError, PgSeverity},
        sqlite::SqliteError,
    },
};

/// Whether the database could not be reached, broke off, or cannot be written now. It may be tried again: nothing was
/// kept, unless [`outcome_is_unknown`].
pub fn is_unavailable(cause: &anyhow::Error) -> bool {
    cause.downcast_ref::<DbErr>().is_some_and(is_trouble)
}

/// Whether nobody knows if the change was stored: the database failed while it was storing it.
pub fn outcome_is_unknown(cause: &anyhow::Error) -> bool {
    let Some(sqlx::Error::Io(error)) = cause.downcast_ref::<DbErr>().and_then(driver) else {
        return false;
    };
    error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<Unknown>)
}

/// Whether the database ended a statement because it took longer than any may take.
pub fn took_too_long(cause: &anyhow::Error) -> bool {
    /// PostgreSQL's word for a statement that was canceled.
    const CANCELED: &str = "57014";
    let Some(sqlx::Error::Database(error)) = cause.downcast_ref::<DbErr>().and_then(driver) else {
        return false;
    };
    match sqlite_code(error.as_ref()) {
        Some(code) => code == sqlite::INTERRUPT,
        None => error.code().is_some_and(|code| code == CANCELED),
    }
}

/// Whether a statement was ended because what it was to answer is too long.
pub fn answers_too_much(cause: &anyhow::Error) -> bool {
    /// PostgreSQL's class of errors for what goes beyond a limit of its own.
    const PROGRAM_LIMIT: &str = "54";
    let Some(sqlx::Error::Database(error)) = cause.downcast_ref::<DbErr>().and_then(driver) else {
        return false;
    };
    match sqlite_code(error.as_ref()) {
        Some(code) => code == sqlite::TOO_BIG,
        None => error.code().is_some_and(|code| code.starts_with(PROGRAM_LIMIT)),
    }
}

/// SQLite's result codes, as far as they mean something to us.
mod sqlite {
    pub(super) const BUSY: u32 = 5;
    pub(super) const LOCKED: u32 = 6;
    pub(super) const NO_MEMORY: u32 = 7;
    pub(super) const READ_ONLY: u32 = 8;
    pub(super) const INTERRUPT: u32 = 9;
    pub(super) const IO_ERROR: u32 = 10;
    pub(super) const FULL: u32 = 13;
    pub(super) const CANNOT_OPEN: u32 = 14;
    pub(super) const PROTOCOL: u32 = 15;
    pub(super) const TOO_BIG: u32 = 18;
}

/// Whether the database, and not what it was asked for, is the reason of an error.
pub(super) fn is_trouble(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) {
        return true;
    }
    match driver(error) {
        Some(
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed,
        ) => true,
        Some(sqlx::Error::Database(error)) => match sqlite_code(error.as_ref()) {
            Some(code) => words(code).is_some(),
            None => error.code().is_some_and(|code| is_trouble_of_postgres(&code)),
        },
        _ => false,
    }
}

fn is_trouble_of_postgres(code: &str) -> bool {
    /// Classes of errors: connections (08), too few resources (53), intervention of an operator, such as a shutdown
    /// (57P), the system's own (58); and a transaction that stood still for too long, a server that only reads.
    const CODES: [&str; 6] = ["08", "53", "57P", "58", "25P03", "25006"];
    CODES.iter().any(|class| code.starts_with(class))
}

/// An error of the database as people who run it should read it.
pub(super) fn describe(error: &DbErr) -> String {
    if let Some(sqlx::Error::Io(inner)) = driver(error)
        && let Some(Unknown(because)) = inner.get_ref().and_then(|inner| inner.downcast_ref())
    {
        return because.clone();
    }
    if let Some(sqlx::Error::Database(inner)) = driver(error)
        && let Some(words) = sqlite_code(inner.as_ref()).and_then(words)
    {
        return format!("{words}: {inner}");
    }
    error.to_string()
}

fn words(code: u32) -> Option<&'static str> {
    match code {
        sqlite::BUSY | sqlite::LOCKED => Some("another process holds the lock of the database"),
        sqlite::NO_MEMORY => Some("there is no memory left"),
        sqlite::READ_ONLY => Some("the database cannot be written, only read"),
        sqlite::IO_ERROR => Some("the database's file cannot be read or written"),
        sqlite::FULL => Some("there is no room left for the database"),
        sqlite::CANNOT_OPEN => Some("a file of the database cannot be opened"),
        sqlite::PROTOCOL => Some("the database's locks do not work"),
        _ => None,
    }
}

/// The primary result code of an error of SQLite; none: the error is PostgreSQL's.
fn sqlite_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    let error = error.try_downcast_ref::<SqliteError>()?;
    let extended: u32 = sqlx::error::DatabaseError::code(error)?.parse().ok()?;
    Some(extended & 0xff)
}

/// The driver's message.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most kinds come from the library above the driver"
)]
fn driver(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// An error of COMMIT, for its caller: unless the database says that nothing was kept, the outcome is unknown.
pub(super) fn of_commit(error: DbErr) -> DbErr {
    if is_undone(&error) {
        return error;
    }
    let unknown = io::Error::other(Unknown(describe(&error)));
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(sqlx::Error::Io(unknown))))
}

/// Whether a failed COMMIT has certainly kept nothing.
fn is_undone(error: &DbErr) -> bool {
    let Some(sqlx::Error::Database(error)) = driver(error) else { return false };
    if let Some(code) = sqlite_code(error.as_ref()) {
        // A flush that failed may have come as far as the disk, and SQLite takes up what it finds there after a crash.
        return !matches!(code, sqlite::IO_ERROR | sqlite::NO_MEMORY | sqlite::INTERRUPT);
    }
    // What ends a connection may come after the commit; what ends a transaction comes instead of it. The last is a
    // session that was ended because it stood still, before it was asked to commit.
    error.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| {
        !matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
            || error.code() == "25P03"
    })
}

/// The error of a transaction that failed with others of its group. Nothing of it was kept.
pub(super) fn undone_with(cause: &DbErr) -> DbErr {
    if is_trouble(cause) {
        return cause.clone();
    }
    unavailable(format!("the transaction was undone together with another one: {cause}"))
}

/// An error that is taken for the database's own.
pub(super) fn unavailable(message: impl Into<String>) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(message.into()))
}

/// Nobody knows whether a change was stored, because of this.
#[derive(Debug)]
struct Unknown(String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody knows whether the change was stored: {}", self.0)
    }
}

impl Error for Unknown {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_can_be_told_from_what_is_not() {
        let broken = DbErr::Exec(RuntimeErr::SqlxError(Arc::new(sqlx::Error::WorkerCrashed)));
        assert!(!outcome_is_unknown(&broken.clone().into()));
        let error = anyhow::Error::from(of_commit(broken));
        assert!(outcome_is_unknown(&error) && is_unavailable(&error));
        assert!(!outcome_is_unknown(&unavailable("no").into()));
    }

    #[test]
    fn who_goes_down_with_others_may_try_again() {
        let cause = DbErr::RecordNotFound("event_log".to_owned());
        assert!(!is_unavailable(&cause.clone().into()));
        assert!(is_unavailable(&undone_with(&cause).into()));
    }
}
