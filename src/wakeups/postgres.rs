//! Hints by NOTIFY, on connections of their own: one sends, one receives.
//!
//! Never in a mutation's transaction: PostgreSQL lets transactions that notify commit only one after the other.

use std::{convert::Infallible, sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection,
    sqlx::{
        self, Executor,
        postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions},
    },
};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{BETWEEN_MESSAGES, Hint, Listener, REST_AFTER_FAILURE, Wakeups, message};

const CHANNEL: &str = "ordergate_wakeups";
const PATIENCE: Duration = Duration::from_secs(3);
/// A connection that was silent for so long is checked: a network may drop it without notice.
const SILENCE: Duration = Duration::from_secs(10);

/// The sender of hints to other nodes, and the receiver of theirs.
pub(super) fn run(
    database: &DatabaseConnection,
    node: Uuid,
    wakeups: Wakeups,
    own: Listener,
) -> (impl Future<Output = ()> + use<>, impl Future<Output = ()> + use<>) {
    let options = Arc::unwrap_or_clone(database.get_postgres_connection_pool().connect_options())
        .application_name("ordergate wake-ups")
        // A notification is not worth a disk flush.
        .options([("synchronous_commit", "off")]);
    (send(connection(options.clone()), node, own), receive(options, node, wakeups))
}

fn connection(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options)
}

async fn send(connection: PgPool, node: Uuid, mut own: Listener) {
    loop {
        let messages = message::encode(node, &own.gather().await);
        let sending =
            sqlx::query("SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message")
                .bind(CHANNEL)
                .bind(messages)
                .execute(&connection);
        // What is lost here, the others find by polling.
        match timeout(PATIENCE, sending).await {
            Ok(Ok(_)) => sleep(BETWEEN_MESSAGES).await,
            Ok(Err(error)) => {
                tracing::warn!(%error, "could not wake the other nodes");
                sleep(REST_AFTER_FAILURE).await;
            }
            Err(_) => tracing::warn!("could not wake the other nodes in time"),
        }
    }
}

async fn receive(options: PgConnectOptions, node: Uuid, wakeups: Wakeups) {
    loop {
        let Err(error) = receive_until_it_breaks(options.clone(), node, &wakeups).await;
        tracing::warn!(%error, "cannot hear the other nodes; polling goes on");
        sleep(REST_AFTER_FAILURE).await;
    }
}

async fn receive_until_it_breaks(
    options: PgConnectOptions,
    node: Uuid,
    wakeups: &Wakeups,
) -> Result<Infallible, sqlx::Error> {
    let mut listener = PgListener::connect_with(&connection(options)).await?;
    listener.listen(CHANNEL).await?;
    // Earlier hints were not received.
    wakeups.send_here(Hint::Anything);
    loop {
        match timeout(SILENCE, listener.try_recv()).await {
            Ok(Ok(Some(notification))) => {
                for hint in message::decode(node, notification.payload()) {
                    wakeups.send_here(hint);
                }
            }
            // The connection was lost, and there is another one.
            Ok(Ok(None)) => wakeups.send_here(Hint::Anything),
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                let answer = timeout(PATIENCE, listener.execute("SELECT 1")).await;
                answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
            }
        }
    }
}
