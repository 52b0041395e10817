//! The time limit of SQLite's statements.
//!
//! SQLite works on in its thread when nobody waits for the answer any more. It asks now and then whether to go on, but does
//! not say since when the statement runs. So whoever is given a connection first has it compare two words by an order of
//! ours, which looks at the clock in that very thread. Nobody waits for that comparison: it goes ahead of the statement.

use std::{
    cell::Cell,
    cmp::Ordering,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use sea_orm::{
    ConnectOptions,
    sqlx::{Connection, query},
};

/// The name of the order.
const ORDER: &str = "looks_at_the_clock";
const LOOK_AT_THE_CLOCK: &str = "SELECT 'a' < 'b' COLLATE looks_at_the_clock";
/// After how many steps of its machine SQLite asks whether to go on: less than a millisecond.
const STEPS: i32 = 50_000;

thread_local! {
    /// When the connection of this thread was given to somebody. Each connection has a thread of its own.
    static GIVEN_AT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Limits the time for which a connection is used at once, and keeps one in the middle of a transaction out of the
/// pool.
pub(super) fn set(options: &mut ConnectOptions, limit: Duration) {
    options
        .map_sqlx_sqlite_pool_opts(move |pool| {
            pool.after_connect(move |connection, _| {
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    handle.create_collation(ORDER, |_, _| {
                        GIVEN_AT.set(Some(Instant::now()));
                        Ordering::Less
                    })?;
                    handle.set_progress_handler(STEPS, move || {
                        // Whoever has a new connection is given it without having it look at the clock.
                        let now = Instant::now();
                        let given_at = GIVEN_AT.get().unwrap_or(now);
                        GIVEN_AT.set(Some(given_at));
                        now.duration_since(given_at) < limit
                    });
                    Ok(())
                })
            })
        })
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            if is_free {
                // Asked once, so that it is sent; the answer is not waited for.
                drop(query(LOOK_AT_THE_CLOCK).execute(connection).now_or_never());
            }
            Box::pin(async move { Ok(is_free) })
        });
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Database, DatabaseConnection};

    use super::*;
    use crate::store::took_too_long;

    async fn connect(limit: Duration) -> DatabaseConnection {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        set(&mut options, limit);
        Database::connect(options).await.unwrap()
    }

    fn count_to(number: u64) -> String {
        format!(
            "WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers \
             WHERE i < {number}) SELECT count(*) FROM numbers"
        )
    }

    #[tokio::test]
    async fn a_statement_that_takes_too_long_is_ended_and_the_connection_goes_on() {
        let connection = connect(Duration::from_millis(100)).await;
        for _ in 0..2 {
            let asked = Instant::now();
            let ended = connection.execute_unprepared(&count_to(1 << 40)).await.unwrap_err();
            assert!(took_too_long(&ended.into()));
            assert!(asked.elapsed() >= Duration::from_millis(100));
            connection.execute_unprepared("SELECT 1").await.unwrap();
        }
    }

    #[tokio::test]
    async fn each_use_of_a_connection_has_the_whole_time() {
        let connection = connect(Duration::from_millis(400)).await;
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(1) {
            // Some 20 ms, without optimization more.
            connection.execute_unprepared(&count_to(100_000)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_ended_too() {
        let connection = connect(Duration::from_millis(100)).await;
        let given_up = connection.execute_unprepared(&count_to(1 << 40)).now_or_never();
        assert!(given_up.is_none());
        // There is one connection, and it comes back when the statement has ended.
        connection.execute_unprepared("SELECT 1").await.unwrap();
    }
}
