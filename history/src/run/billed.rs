//! What a seller has billed.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};

use super::api;
use crate::entry::{Charge, Document};

const DOCUMENTS: &str = "query($after: String) {
    invoices(first: 20, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes { id number lines { subscription { id } chargeType periodStartsAt } }
        pageInfo { hasNextPage endCursor } } }";
const SUBSCRIPTIONS: &str = "query($after: String) {
    subscriptions(first: 100, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes { id activatedAt } pageInfo { hasNextPage endCursor } } }";

/// All documents with their lines, and the subscriptions that have begun.
pub(super) async fn read(
    client: &reqwest::Client,
    node: SocketAddr,
    key: &str,
) -> anyhow::Result<(Vec<Document>, Vec<String>)> {
    let documents = all(client, node, key, DOCUMENTS).await?;
    let documents = documents.iter().map(document).collect::<anyhow::Result<_>>()?;
    let subscriptions = all(client, node, key, SUBSCRIPTIONS).await?;
    let begun = subscriptions.iter().filter(|it| !it["activatedAt"].is_null());
    Ok((documents, begun.map(id).collect::<anyhow::Result<_>>()?))
}

fn document(told: &Value) -> anyhow::Result<Document> {
    let lines = told["lines"].as_array().context("no lines")?.iter().map(|line| {
        Ok(Charge {
            subscription: id(&line["subscription"])?,
            kind: text(&line["chargeType"]).context("a line for nothing")?,
            from: text(&line["periodStartsAt"]),
        })
    });
    let lines = lines.collect::<anyhow::Result<_>>()?;
    Ok(Document { id: id(told)?, number: text(&told["number"]), lines })
}

/// All nodes of a list.
async fn all(
    client: &reqwest::Client,
    node: SocketAddr,
    key: &str,
    query: &str,
) -> anyhow::Result<Vec<Value>> {
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let mut page = api::ask(client, node, key, query, json!({ "after": after })).await?;
        nodes.append(page["nodes"].as_array_mut().context("no page")?);
        if page["pageInfo"]["hasNextPage"] != true {
            return Ok(nodes);
        }
        after = page["pageInfo"]["endCursor"].take();
    }
}

fn id(object: &Value) -> anyhow::Result<String> {
    text(&object["id"]).context("something without an id")
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
