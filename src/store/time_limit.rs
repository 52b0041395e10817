//! The time limit of SQLite's statements.
//!
//! SQLite works on in its thread when nobody waits for the answer any more. It asks now and then whether to go on, but does
//! not say since when the statement runs. So whoever gives a connection back has it compare two words by an order of ours,
//! which looks at the clock in that very thread: what runs there next has begun since. Where that was too long ago, whoever
//! is given the connection has it look again. Nobody waits for the comparison: it goes ahead of a statement, or of the
//! driver's own check of what is given back, so that its thread need not be woken for it.
//!
//! A statement that takes long also lets other threads go first, again and again: otherwise a short request of somebody
//! else waits for as long as the scheduler leaves a thread alone, which is longer than it takes itself.

use std::{
    cell::Cell,
    cmp::Ordering,
    thread,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use sea_orm::{
    ConnectOptions,
    sqlx::{Connection, SqliteConnection, query},
};

/// The name of the order.
const ORDER: &str = "looks_at_the_clock";
const LOOK_AT_THE_CLOCK: &str = "SELECT 'a' < 'b' COLLATE looks_at_the_clock";
/// After how many steps of its machine SQLite asks whether to go on: far less than a millisecond, whatever they are.
const STEPS: i32 = 1_000;
/// How often it has asked when a statement begins to let others go first. Not how long it has run: what waits for a processor
/// must not give it away at once.
const LONG: u32 = 20;
/// How old the last look may be when a statement begins, which may take so much longer.
const OLDEST_LOOK: Duration = Duration::from_millis(250);

thread_local! {
    /// When the connection of this thread was last given back or given to somebody. Each connection has a thread of its own.
    static LOOKED_AT: Cell<Option<Instant>> = const { Cell::new(None) };
    /// How often SQLite has asked since.
    static ASKED: Cell<u32> = const { Cell::new(0) };
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
                        LOOKED_AT.set(Some(Instant::now()));
                        ASKED.set(0);
                        Ordering::Less
                    })?;
                    handle.set_progress_handler(STEPS, move || {
                        // Whoever has a new connection is given it without having it look at the clock.
                        let now = Instant::now();
                        let looked_at = LOOKED_AT.get().unwrap_or(now);
                        LOOKED_AT.set(Some(looked_at));
                        ASKED.set(ASKED.get().saturating_add(1));
                        if ASKED.get() > LONG {
                            thread::yield_now();
                        }
                        now.duration_since(looked_at) < limit + OLDEST_LOOK
                    });
                    Ok(())
                })
            })
            .after_release(|connection, _| {
                look_at_the_clock(connection);
                Box::pin(async { Ok(true) })
            })
        })
        .map_sqlx_sqlite_before_acquire(|connection, before| {
            let is_free = !connection.is_in_transaction();
            if is_free && before.idle_for > OLDEST_LOOK {
                look_at_the_clock(connection);
            }
            Box::pin(async move { Ok(is_free) })
        });
}

fn look_at_the_clock(connection: &mut SqliteConnection) {
    // Asked once, so that it is sent; the answer is not waited for.
    drop(query(LOOK_AT_THE_CLOCK).execute(connection).now_or_never());
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
        while asked.elapsed() < Duration::from_secs(2) {
            // Some 20 ms, without optimization more.
            connection.execute_unprepared(&count_to(100_000)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_use_after_a_pause_has_the_whole_time() {
        let connection = connect(Duration::from_millis(100)).await;
        for pause in [0, 200, 300, 600] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
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
