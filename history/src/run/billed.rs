//! What a seller has billed.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};

use super::api;
use crate::entry::{Charge, Document, Sums};

const DOCUMENTS: &str = "query($after: String) {
    invoices(first: 20, after: $after, orderBy: { field: CREATED_AT, direction: ASC }) {
        nodes {
            id number taxInclusive
            lines { subscription { id } chargeType periodStartsAt net { minorUnits } }
            taxes { net { minorUnits } tax { minorUnits } basisPoints }
            paidAmount { minorUnits } openAmount { minorUnits }
        }
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
    let number = text(&told["number"]);
    let sums = number.is_some().then(|| sums(told)).transpose()?;
    Ok(Document { id: id(told)?, number, lines, sums })
}

fn sums(told: &Value) -> anyhow::Result<Sums> {
    let items = |list: &str| told[list].as_array().cloned().context("no list");
    let tax = |group: &Value| {
        let rate = group["basisPoints"].as_i64().context("no rate")?;
        Ok((amount(&group["net"])?, amount(&group["tax"])?, rate))
    };
    Ok(Sums {
        tax_inclusive: told["taxInclusive"] == true,
        lines: items("lines")?
            .iter()
            .map(|line| amount(&line["net"]))
            .collect::<anyhow::Result<_>>()?,
        taxes: items("taxes")?.iter().map(tax).collect::<anyhow::Result<_>>()?,
        paid: amount(&told["paidAmount"])?,
        open: amount(&told["openAmount"])?,
    })
}

fn amount(money: &Value) -> anyhow::Result<i64> {
    Ok(money["minorUnits"].as_str().context("no amount")?.parse()?)
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
