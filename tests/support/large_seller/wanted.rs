//! What a list must have, found by a simple loop over all rows.

use chrono::{DateTime, Utc};
use domain::viewer::Scope;
use entity::{PartnerId, order, order_line};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LargeSeller, WholeOrder};

impl LargeSeller {
    /// The ids of the orders that a list has for a scope and a filter, sorted by `UPDATED_AT` or else `CREATED_AT`.
    pub(crate) fn wanted_orders(
        &self,
        scope: &Scope,
        filter: &Value,
        field: &str,
        down: bool,
    ) -> Vec<String> {
        let rows = self.orders.iter();
        let wants = |row: &WholeOrder| self.wants(scope, filter, row);
        let mut found: Vec<_> =
            rows.filter(|row| is_visible(scope, &row.order) && wants(row)).collect();
        let time = |row: &WholeOrder| match field {
            "UPDATED_AT" => row.order.updated_at,
            _ => row.order.created_at,
        };
        found.sort_by_key(|row| (time(row), row.order.id));
        if down {
            found.reverse();
        }
        found.into_iter().map(|row| id("order", row.order.id.0)).collect()
    }

    /// The ids of the order lines that a list has for a scope and a filter.
    pub(crate) fn wanted_lines(&self, scope: &Scope, filter: &Value, down: bool) -> Vec<String> {
        let is_visible = |row: &&WholeOrder| is_visible(scope, &row.order);
        let rows = self.orders.iter().filter(is_visible);
        let lines = rows.flat_map(|row| row.lines.iter().map(|line| (&row.order, line)));
        let mut found: Vec<_> =
            lines.filter(|(order, line)| self.wants_line(filter, order, line)).collect();
        found.sort_by_key(|(order, line)| (order.created_at, line.id));
        if down {
            found.reverse();
        }
        found.into_iter().map(|(_, line)| id("line", line.id.0)).collect()
    }

    fn wants_line(&self, filter: &Value, order: &order::Model, line: &order_line::Model) -> bool {
        let product = self.products.iter().find(|product| product.id == line.product_id).unwrap();
        filter.as_object().unwrap().iter().all(|(field, value)| match field.as_str() {
            "statusIn" => value.as_array().unwrap().contains(&json!(line.status)),
            "orderStatusIn" => value.as_array().unwrap().contains(&json!(order.status)),
            "provisioning" => *value == json!(line.provisioning),
            "orderId" => *value == id("order", order.id.0),
            "productId" => *value == id("product", line.product_id.0),
            "vendor" => *value == product.vendor,
            "customerId" => *value == id("customer", order.customer_id.0),
            "partnerId" => order.partner_id.is_some_and(|own| *value == id("partner", own.0)),
            "orderCreatedAt" => is_between(value, order.created_at),
            "heldSince" => line.held_since.is_some_and(|since| is_between(value, since)),
            _ => panic!("there is no filter {field}"),
        })
    }

    /// What the filter says, row by row.
    fn wants(&self, scope: &Scope, filter: &Value, row: &WholeOrder) -> bool {
        let order = &row.order;
        let customer =
            self.customers.iter().find(|customer| customer.id == order.customer_id).unwrap();
        let sees_customer = match scope {
            Scope::Tenant | Scope::Customer { .. } => true,
            Scope::Partner { partners, .. } => sold_by(partners, customer.partner_id),
        };
        filter.as_object().unwrap().iter().all(|(field, value)| {
            let text = || value.as_str().unwrap();
            let any_line = |is: &dyn Fn(&order_line::Model) -> String| {
                row.lines.iter().any(|line| is(line) == text())
            };
            match field.as_str() {
                "statusIn" => value.as_array().unwrap().contains(&json!(order.status)),
                "customerId" => id("customer", order.customer_id.0) == text(),
                "partnerId" => order.partner_id.is_some_and(|own| id("partner", own.0) == text()),
                "agreementId" => {
                    order.agreement_id.is_some_and(|own| id("agreement", own.0) == text())
                }
                "productId" => any_line(&|line| id("product", line.product_id.0)),
                "offerId" => any_line(&|line| id("offer", line.offer_id.0)),
                "subscriptionId" => any_line(&|line| {
                    line.subscription_id.map_or_else(String::new, |own| id("subscription", own.0))
                }),
                "reference" => order.reference.as_deref() == Some(text()),
                "poNumber" => order.po_number.as_deref() == Some(text()),
                "createdAt" => is_between(value, order.created_at),
                "updatedAt" => is_between(value, order.updated_at),
                "text" => {
                    let none = String::new();
                    matches(
                        text(),
                        [
                            &order.number,
                            order.reference.as_ref().unwrap_or(&none),
                            order.po_number.as_ref().unwrap_or(&none),
                            if sees_customer { &customer.name } else { &none },
                            if sees_customer { &customer.customer_number } else { &none },
                        ],
                    )
                }
                _ => panic!("there is no filter {field}"),
            }
        })
    }
}

fn is_visible(scope: &Scope, order: &order::Model) -> bool {
    match scope {
        Scope::Tenant => true,
        Scope::Partner { partners, .. } => sold_by(partners, order.partner_id),
        Scope::Customer { own, .. } => order.customer_id == *own,
    }
}

fn is_between(range: &Value, time: DateTime<Utc>) -> bool {
    let bound = |name| range[name].as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
    bound("from").is_none_or(|from| time >= from) && bound("until").is_none_or(|until| time < until)
}

fn sold_by(partners: &[PartnerId], partner: Option<PartnerId>) -> bool {
    partner.is_some_and(|partner| partners.contains(&partner))
}

/// The id as the API spells it.
pub(crate) fn id(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", id.simple())
}

/// Whether every word of a text begins a word of the texts.
pub(crate) fn matches<const N: usize>(text: &str, texts: [&String; N]) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let all: Vec<_> = texts
        .iter()
        .flat_map(|text| words(text).into_iter().chain([text.trim().to_lowercase()]))
        .filter(|word| !word.is_empty())
        .collect();
    let mut wanted = words(text);
    if wanted.is_empty() && !text.trim().is_empty() {
        wanted.push(text.trim().to_lowercase());
    }
    wanted.iter().all(|word| all.iter().any(|other| other.starts_with(word)))
}
