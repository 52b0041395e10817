//! What sending to many sockets costs at least: a text from any of them goes to all of them, as it is.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_tungstenite::{
    accept_async_with_config,
    tungstenite::{Error, Message, Utf8Bytes, protocol::WebSocketConfig},
};

/// The default of 128 KiB for each socket would be most of what a socket takes.
const READ_BUFFER: usize = 1024;

pub(super) async fn serve(listen: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let texts = broadcast::Sender::new(1024);
    loop {
        let (stream, _) = listener.accept().await?;
        let texts = texts.clone();
        tokio::spawn(async move { drop(carry(stream, texts).await) });
    }
}

async fn carry(stream: TcpStream, texts: broadcast::Sender<Utf8Bytes>) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER).write_buffer_size(0);
    let mut socket = accept_async_with_config(stream, Some(config)).await?;
    let mut heard = texts.subscribe();
    loop {
        tokio::select! {
            text = heard.recv() => match text {
                Ok(text) => socket.send(Message::Text(text)).await?,
                Err(_) => return Ok(()),
            },
            message = socket.next() => match message.transpose()? {
                // Somebody listens: this socket does.
                Some(Message::Text(text)) => drop(texts.send(text)),
                Some(_) => {}
                None => return Ok(()),
            },
        }
    }
}
