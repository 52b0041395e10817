//! GraphQL over HTTP, as far as a run needs it.

use std::{sync::Once, time::Duration};

use anyhow::{Context, ensure};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A server that has not answered by then is given up for this attempt.
const PATIENCE: Duration = Duration::from_secs(6);

/// An HTTP client that goes through no proxy of the machine's.
pub(super) fn client() -> anyhow::Result<reqwest::Client> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Nothing here is encrypted, but the client wants to know how it would be.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    Ok(reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?)
}

/// Posts a document and gives the answer, if one came.
pub(super) async fn post(
    client: &reqwest::Client,
    address: std::net::SocketAddr,
    key: &str,
    query: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let answer = client
        .post(format!("http://{address}/graphql"))
        .bearer_auth(key)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await?;
    Ok(answer.json().await?)
}

/// The same where nothing may go wrong: gives the payload of the one field.
pub(super) async fn ask(
    client: &reqwest::Client,
    address: std::net::SocketAddr,
    key: &str,
    query: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let mut answer = post(client, address, key, query, variables).await?;
    ensure!(answer.get("errors").is_none(), "{answer}");
    let data = answer["data"].as_object_mut().context("an answer without data")?;
    let (_, payload) = std::mem::take(data).into_iter().next().context("an answer with nothing")?;
    let refused = payload.get("userErrors").and_then(Value::as_array);
    ensure!(refused.is_none_or(Vec::is_empty), "{payload}");
    Ok(payload)
}

/// A place in a log: what a cursor holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) epoch: String,
    pub(super) pos: i64,
}

impl Place {
    /// Looks into a cursor. Clients must not; a run has to, to say where its watchers were.
    pub(super) fn in_cursor(cursor: &str) -> anyhow::Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor)?;
        let (epoch, position) = bytes.split_at_checked(16).context("a cursor that is too short")?;
        let epoch = uuid::Uuid::from_slice(epoch)?.simple().to_string();
        Ok(Self { epoch, pos: i64::from_be_bytes(position.try_into()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_tells_where_it_is() {
        let mut bytes = vec![7; 16];
        bytes.extend(300_i64.to_be_bytes());
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let place = Place::in_cursor(&cursor).unwrap();
        assert_eq!(place, Place { epoch: "07".repeat(16), pos: 300 });
        assert!(Place::in_cursor("short").is_err());
    }
}
