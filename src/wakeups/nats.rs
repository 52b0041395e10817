//! Hints by way of a NATS server: plain publish and subscribe, because a hint may be lost.

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use futures_util::StreamExt;
use tokio::time::sleep;
use uuid::Uuid;

use super::{BETWEEN_MESSAGES, Hint, Listener, REST_AFTER_FAILURE, Wakeups, message};

const SUBJECT: &str = "ordergate.wakeups";

pub(super) async fn run(address: String, node: Uuid, wakeups: Wakeups, own: Listener) {
    let (client, subscriber) = loop {
        match connect(&address, wakeups.clone()).await {
            Ok(connected) => break connected,
            // The client itself waits for a server that is not there; this is about an address that cannot be right.
            Err(error) => {
                tracing::warn!(error, "cannot use NATS; polling goes on");
                sleep(REST_AFTER_FAILURE).await;
            }
        }
    };
    tokio::join!(send(client, node, own), receive(subscriber, node, wakeups));
}

async fn connect(
    address: &str,
    wakeups: Wakeups,
) -> Result<(Client, Subscriber), async_nats::Error> {
    let client = ConnectOptions::new()
        .name("ordergate")
        .retry_on_initial_connect()
        .event_callback(move |event| {
            let wakeups = wakeups.clone();
            async move {
                if matches!(event, Event::Connected) {
                    // Earlier hints were not received.
                    wakeups.send_here(Hint::Anything);
                }
            }
        })
        .connect(address)
        .await?;
    let subscriber = client.subscribe(SUBJECT).await?;
    Ok((client, subscriber))
}

async fn send(client: Client, node: Uuid, mut own: Listener) {
    loop {
        for message in message::encode(node, &own.gather().await) {
            // What is lost here, the others find by polling.
            if let Err(error) = client.publish(SUBJECT, message.into()).await {
                tracing::warn!(%error, "could not wake the other nodes");
            }
        }
        sleep(BETWEEN_MESSAGES).await;
    }
}

async fn receive(mut subscriber: Subscriber, node: Uuid, wakeups: Wakeups) {
    // The client subscribes again after each interruption.
    while let Some(message) = subscriber.next().await {
        for hint in message::decode(node, &String::from_utf8_lossy(&message.payload)) {
            wakeups.send_here(hint);
        }
    }
}
