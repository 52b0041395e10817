//! What is asked of the server.

use serde_json::{Value, json};

use crate::fill;

/// 20 orders with customer, lines, offers and products: about 14 kB.
pub(crate) const ORDERS_PAGE: &str = "query Orders($first: Int!) { orders(first: $first) {
    nodes {
        id number status currency poNumber
        customer { id name }
        lines { id lineNumber quantity status offer { id name } product { id name } }
    }
    pageInfo { hasNextPage }
} }";

/// One order with everything under it.
pub(crate) const ORDER_BY_ID: &str = "query Order($id: ID!) { order(id: $id) {
    id number status currency poNumber placedBy version
    customer { id customerNumber name }
    partner { partnerNumber name }
    agreement { number currency }
    lines {
        id lineNumber quantity status
        offer { id name } product { id name } subscription { number status }
    }
    approvals { level decision }
    totals { net { minorUnits } gross { minorUnits } }
    licenses { licenseKey }
    history { nodes { position kind toStatus actor } }
} }";

pub(crate) const CREATE_ORDER: &str = "mutation Create($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id } userErrors { code message } }
}";

pub(crate) const APPROVE_ORDER: &str = "mutation Approve($input: ApproveOrderInput!) {
    approveOrder(input: $input) { order { id } userErrors { code message } }
}";

/// The feed of every move of every order, as a list shows it.
pub(crate) const LEAN_FEED: &str = "subscription Moves($filter: OrderStatusChangedFilter) {
    orderStatusChanged(filter: $filter) { position from to order { number } }
}";

/// The same with what a page of an order shows.
pub(crate) const NESTED_FEED: &str = "subscription Moves($filter: OrderStatusChangedFilter) {
    orderStatusChanged(filter: $filter) { position from to order {
        id number status currency poNumber
        customer { id name }
        lines { id lineNumber quantity status offer { id name } product { id name } }
    } }
}";

/// A submitted order of three lines, for another customer each time. It is not provisioned before its far start date, so
/// that nothing happens to it by itself.
pub(crate) fn new_order(turn: u64) -> Value {
    let customer = turn % 2_000;
    let line =
        |index: u64| json!({ "offerId": fill::offer((turn + index * 7) % 36), "quantity": 3 });
    json!({ "input": {
        "customerId": fill::customer(customer),
        "agreementId": fill::agreement(customer),
        "poNumber": format!("PO-{turn}"),
        "startAt": "2099-01-01T00:00:00Z",
        "lines": [line(0), line(1), line(2)],
        "submit": true,
    } })
}

pub(crate) fn approval(order: &str) -> Value {
    json!({ "input": { "id": order } })
}
