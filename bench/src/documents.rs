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

/// 20 customers with whom they buy from and what they bought last.
pub(crate) const CUSTOMERS_PAGE: &str = "{ customers(first: 20) {
    nodes {
        id customerNumber name version
        partner { partnerNumber name }
        orders(first: 3) { nodes {
            id number status
            lines { lineNumber quantity offer { name } product { name } }
        } }
    }
    pageInfo { hasNextPage endCursor }
} }";

/// 20 subscriptions with what is bought, by whom, and what they have led to.
pub(crate) const SUBSCRIPTIONS_PAGE: &str = "{ subscriptions(first: 20) {
    nodes {
        id number status quantity unitPrice { minorUnits currency } activatedAt
        product { id name } offer { id name billing }
        customer { id name partner { name } }
        agreement { number }
        license { licenseKey status edition { name } }
        periods { periodNumber startsAt endsAt quantity }
    }
    pageInfo { hasNextPage endCursor }
} }";

/// 20 invoices with their totals and what they charge for.
pub(crate) const INVOICES_PAGE: &str = "{ invoices(first: 20) {
    nodes {
        id number status currency issuedAt dueOn
        customer { id name }
        totals { net { minorUnits } tax { minorUnits } gross { minorUnits formatted } }
        lines {
            lineNumber description quantity net { minorUnits }
            subscription { number status product { name } }
        }
    }
    pageInfo { hasNextPage endCursor }
} }";

/// 20 licenses with what they are for and where they come from.
pub(crate) const LICENSES_PAGE: &str = "{ licenses(first: 20) {
    nodes {
        id licenseKey status userLimit startsAt
        product { id name } edition { name features }
        customer { id name }
        subscription { number status offer { name } }
    }
    pageInfo { hasNextPage endCursor }
} }";

/// Next to nothing, so that what every request costs is most of it.
pub(crate) const VIEWER: &str = "{ viewer { subject role tenant { name } } }";

/// A short page of orders with other names than any document with another number has.
pub(crate) fn renamed(number: u64) -> String {
    format!(
        "{{ orders(first: 5) {{ nodes {{
            a{number}: number status customer {{ name }} b{number}: lines {{ quantity offer {{ name }} }}
        }} }} }}"
    )
}

/// A short page of orders with other fields than any document with another number below 2¹⁶ has.
pub(crate) fn selected(number: u64) -> String {
    const OF_THE_ORDER: [&str; 9] = [
        "number",
        "status",
        "currency",
        "poNumber",
        "placedBy",
        "version",
        "createdAt",
        "updatedAt",
        "reference",
    ];
    const OF_ITS_CUSTOMER: [&str; 2] = ["name", "customerNumber"];
    const OF_ITS_LINES: [&str; 5] =
        ["lineNumber", "quantity", "status", "offer { name }", "action"];
    let mut bits = number;
    let mut choose = |fields: &[&str]| -> String {
        let mut chosen = String::from("id");
        for field in fields {
            if bits & 1 == 1 {
                chosen.push(' ');
                chosen.push_str(field);
            }
            bits >>= 1;
        }
        chosen
    };
    let (order, customer) = (choose(&OF_THE_ORDER), choose(&OF_ITS_CUSTOMER));
    let lines = choose(&OF_ITS_LINES);
    format!(
        "{{ orders(first: 5) {{ nodes {{ {order} customer {{ {customer} }} lines {{ {lines} }} }} }} }}"
    )
}

pub(crate) const CREATE_ORDER: &str = "mutation Create($input: CreateOrderInput!) {
    createOrder(input: $input) { order { id } userErrors { code message } }
}";

pub(crate) const APPROVE_ORDER: &str = "mutation Approve($input: ApproveOrderInput!) {
    approveOrder(input: $input) { order { id } userErrors { code message } }
}";

/// Answers with what a page of the order shows.
pub(crate) const UPDATE_ORDER: &str = "mutation Update($input: UpdateOrderInput!) {
    updateOrder(input: $input) {
        order {
            id number status currency poNumber version
            customer { id name }
            lines { id lineNumber quantity status offer { id name } product { id name } }
            totals { net { minorUnits } gross { minorUnits } }
        }
        userErrors { code message }
    }
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

/// The nested feed with a name of its own, so that it is worked out apart from those with another number.
pub(crate) fn nested_feed(number: usize) -> String {
    NESTED_FEED.replace("poNumber", &format!("poNumber{number}: poNumber"))
}

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

/// The same of one line, for a plan of eight components.
pub(crate) fn new_plan_order(turn: u64) -> Value {
    let mut order = new_order(turn);
    order["input"]["lines"] = json!([{
        "offerId": fill::offer(fill::OFFER_OF_PLAN), "quantity": 3, "plan": { "planId": fill::plan() },
    }]);
    order
}

/// An order of three lines that can still be changed.
pub(crate) fn new_draft(turn: u64) -> Value {
    let mut draft = new_order(turn);
    draft["input"]["submit"] = json!(false);
    draft
}

/// Gives a draft another PO number.
pub(crate) fn update(draft: &str, turn: u64) -> Value {
    json!({ "input": { "id": draft, "poNumber": format!("PO-{turn}") } })
}

pub(crate) fn approval(order: &str) -> Value {
    json!({ "input": { "id": order } })
}
