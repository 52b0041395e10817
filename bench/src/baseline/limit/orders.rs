//! Orders, from the cells of their rows to JSON.

/// The cells of a row, in the order in which they are selected. Whatever takes one writes it, after its `key`.
pub(super) trait Cells: Sized {
    /// A text, or null.
    fn text(&mut self, key: &str, json: &mut Vec<u8>);

    fn number(&mut self, key: &str, json: &mut Vec<u8>);

    fn id(&mut self, key: &str, prefix: &str, json: &mut Vec<u8>);

    /// The id and the name of an offer or a product.
    fn of_catalogue(&mut self, key: &str, prefix: &str, json: &mut Vec<u8>);

    /// The rows below this one.
    fn each(&mut self, key: &str, json: &mut Vec<u8>, row: fn(&mut Self, &mut Vec<u8>));
}

/// What [`crate::documents::ORDERS_PAGE`] asks of an order.
pub(super) fn order_of_a_page(order: &mut impl Cells, json: &mut Vec<u8>) {
    order.id(r#"{"id":"#, "order_", json);
    order.text(r#","number":"#, json);
    order.text(r#","status":"#, json);
    order.text(r#","currency":"#, json);
    order.text(r#","poNumber":"#, json);
    order.id(r#","customer":{"id":"#, "customer_", json);
    order.text(r#","name":"#, json);
    order.each(r#"},"lines":"#, json, |line, json| {
        line_of_a_page(line, json);
        json.push(b'}');
    });
    json.push(b'}');
}

fn line_of_a_page(line: &mut impl Cells, json: &mut Vec<u8>) {
    line.id(r#"{"id":"#, "line_", json);
    line.number(r#","lineNumber":"#, json);
    line.number(r#","quantity":"#, json);
    line.text(r#","status":"#, json);
    line.of_catalogue(r#","offer":"#, "offer_", json);
    line.of_catalogue(r#","product":"#, "product_", json);
}

/// What [`crate::documents::ORDER_BY_ID`] asks of an order.
pub(super) fn whole_order(order: &mut impl Cells, json: &mut Vec<u8>) {
    order.id(r#"{"id":"#, "order_", json);
    order.text(r#","number":"#, json);
    order.text(r#","status":"#, json);
    order.text(r#","currency":"#, json);
    order.text(r#","poNumber":"#, json);
    order.text(r#","placedBy":"#, json);
    order.number(r#","version":"#, json);
    order.id(r#","customer":{"id":"#, "customer_", json);
    order.text(r#","customerNumber":"#, json);
    order.text(r#","name":"#, json);
    order.text(r#"},"partner":{"partnerNumber":"#, json);
    order.text(r#","name":"#, json);
    order.text(r#"},"agreement":{"number":"#, json);
    order.text(r#","currency":"#, json);
    order.each(r#"},"lines":"#, json, |line, json| {
        line_of_a_page(line, json);
        line.text(r#","subscription":{"number":"#, json);
        line.text(r#","status":"#, json);
        json.extend(b"}}");
    });
    order.each(r#","approvals":"#, json, |approval, json| {
        approval.number(r#"{"level":"#, json);
        approval.text(r#","decision":"#, json);
        json.push(b'}');
    });
    order.number(r#","totals":{"net":{"minorUnits":""#, json);
    order.number(r#""},"gross":{"minorUnits":""#, json);
    order.each(r#""}},"licenses":"#, json, |license, json| {
        license.text(r#"{"licenseKey":"#, json);
        json.push(b'}');
    });
    order.each(r#","history":{"nodes":"#, json, |event, json| {
        event.number(r#"{"position":""#, json);
        event.text(r#"","kind":"#, json);
        event.text(r#","toStatus":"#, json);
        event.text(r#","actor":"#, json);
        json.push(b'}');
    });
    json.extend(b"}}");
}
