//! The fastest statements that are known.
//!
//! Positions instead of keys, the columns that are asked for and no others. On SQLite, rows are ordered by a subquery:
//! an order within the aggregate sorts in a temporary tree. On PostgreSQL, each order is a row of its own: one array of
//! all of them takes three times as long.

pub(super) const SQLITE_PAGE: &str = r#"
SELECT
    (SELECT json_group_array(json_array(
        hex(id), number, status, currency, po_number, hex(customer_id), customer_name,
        (SELECT json_group_array(json_array(
                hex(id), line_number, quantity, status, hex(offer_id), offer_name, hex(product_id), product_name))
            FROM (SELECT line.id, line_number, quantity, line.status,
                    offer_id, offer.name AS offer_name, line.product_id, product.name AS product_name
                FROM order_line AS line
                JOIN offer ON offer.id = line.offer_id
                JOIN product ON product.id = line.product_id
                WHERE line.tenant_id = ?1 AND line.order_id = page.id ORDER BY line_number))
        ))
        FROM (SELECT "order".id, number, status, currency, po_number, customer_id, customer.name AS customer_name
            FROM "order" JOIN customer ON customer.id = customer_id
            WHERE "order".tenant_id = ?1 ORDER BY "order".created_at DESC, "order".id DESC LIMIT 20) AS page),
    EXISTS (SELECT 1 FROM "order" WHERE tenant_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET 20)
"#;

/// With a row more than the page has, if there is one. If customers were joined, all of them would be read, and the order
/// of the rows lost.
pub(super) const POSTGRES_PAGE: &str = r#"
SELECT ROW(
    id, number, status, currency, po_number,
    customer_id, (SELECT name FROM customer WHERE customer.id = customer_id),
    ARRAY(SELECT ROW(id, line_number, quantity, status, offer_id, product_id)
        FROM order_line WHERE tenant_id = $1 AND order_id = page.id ORDER BY line_number)
)
FROM (SELECT id, number, status, currency, po_number, customer_id
    FROM "order" WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 21) AS page
"#;

pub(super) const SQLITE_ORDER: &str = r#"
SELECT json_array(
    hex("order".id), "order".number, "order".status, "order".currency, po_number, placed_by, "order".version,
    hex(customer.id), customer_number, customer.name, partner_number, partner.name,
    agreement.number, agreement.currency,
    (SELECT json_group_array(json_array(
            hex(id), line_number, quantity, status, hex(offer_id), offer_name, hex(product_id), product_name,
            subscription_number, subscription_status))
        FROM (SELECT line.id, line_number, line.quantity, line.status,
                line.offer_id, offer.name AS offer_name, line.product_id, product.name AS product_name,
                subscription.number AS subscription_number, subscription.status AS subscription_status
            FROM order_line AS line
            JOIN offer ON offer.id = line.offer_id
            JOIN product ON product.id = line.product_id
            JOIN subscription ON subscription.id = line.subscription_id
            WHERE line.tenant_id = ?1 AND line.order_id = ?2 ORDER BY line_number)),
    (SELECT json_group_array(json_array(level, decision))
        FROM (SELECT level, decision FROM approval WHERE tenant_id = ?1 AND order_id = ?2 ORDER BY level)),
    net_amount, gross_amount,
    (SELECT json_group_array(json_array(license_key)) FROM license WHERE tenant_id = ?1 AND order_id = ?2),
    (SELECT json_group_array(json_array(position, kind, to_status, actor))
        FROM (SELECT position, kind, to_status, actor
            FROM event WHERE tenant_id = ?1 AND order_id = ?2 ORDER BY sequence))
)
FROM "order"
JOIN customer ON customer.id = "order".customer_id
JOIN partner ON partner.id = "order".partner_id
JOIN agreement ON agreement.id = "order".agreement_id
WHERE "order".tenant_id = ?1 AND "order".id = ?2
"#;

pub(super) const POSTGRES_ORDER: &str = r#"
SELECT ROW(
    "order".id, "order".number, "order".status, "order".currency, po_number, placed_by, "order".version,
    customer.id, customer_number, customer.name, partner_number, partner.name,
    agreement.number, agreement.currency,
    ARRAY(SELECT ROW(line.id, line_number, line.quantity, line.status, line.offer_id, line.product_id,
            subscription.number, subscription.status)
        FROM order_line AS line
        JOIN subscription ON subscription.id = line.subscription_id
        WHERE line.tenant_id = $1 AND line.order_id = $2 ORDER BY line_number),
    ARRAY(SELECT ROW(level, decision) FROM approval WHERE tenant_id = $1 AND order_id = $2 ORDER BY level),
    net_amount, gross_amount,
    ARRAY(SELECT ROW(license_key) FROM license WHERE tenant_id = $1 AND order_id = $2),
    ARRAY(SELECT ROW(position, kind, to_status, actor)
        FROM event WHERE tenant_id = $1 AND order_id = $2 ORDER BY sequence)
)
FROM "order"
JOIN customer ON customer.id = "order".customer_id
JOIN partner ON partner.id = "order".partner_id
JOIN agreement ON agreement.id = "order".agreement_id
WHERE "order".tenant_id = $1 AND "order".id = $2
"#;
