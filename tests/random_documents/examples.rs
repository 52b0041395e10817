//! What documents ask with: ids, keys, words, moments, and cursors of real answers.

use std::{collections::BTreeMap, fmt::Write};

use chrono::TimeDelta;
use entity::{
    agreement, api_key, approval_link, approval_rule, billing_run, customer, denial, discount,
    edition, invoice, license, mail, mail_recipient, offer, order, order_line, partner,
    payment_agreement, plan, product, subscription, subscription_change, tax_code, tenant,
    usage_report, webhook_endpoint,
};
use serde_json::{Value, json};

use super::{
    dice::Dice,
    reference::{
        access::{Caller, Row},
        answer::{id, moment},
        lists::sort_name,
    },
    tables::Tables,
    world::World,
};
use crate::support::server::Server;

/// Examples for one caller.
pub(super) struct Examples {
    /// By the kind, which is what they begin with.
    ids: BTreeMap<&'static str, Ids>,
    /// By the argument, or the field of a filter, that they are for.
    texts: BTreeMap<&'static str, Vec<String>>,
    /// The names of customers that have gone to others: the caller sees what it sold them, and does not find it so.
    lost: Vec<String>,
    moments: Vec<String>,
    /// By how the list is sorted that gave them.
    cursors: BTreeMap<String, Vec<String>>,
}

#[derive(Default)]
struct Ids {
    seen: Vec<String>,
    /// What the caller does not see, in its own tenant and in others.
    hidden: Vec<String>,
}

impl Ids {
    fn of<R: Row>(tables: &Tables, caller: &Caller) -> (&'static str, Self) {
        let mut ids = Self::default();
        for row in R::rows(tables) {
            let list = if row.is_seen(caller, tables) { &mut ids.seen } else { &mut ids.hidden };
            list.push(id(R::PREFIX, row.id()));
        }
        ids.seen.sort();
        ids.hidden.sort();
        (R::PREFIX, ids)
    }
}

impl Examples {
    /// Cursors are those that the server gives the caller.
    pub(super) async fn of(world: &World, caller: &Caller, secret: &str) -> Self {
        let tables = &world.tables;
        macro_rules! ids {
            ($($table:ident),+ $(,)?) => {
                BTreeMap::from([$(Ids::of::<$table::Model>(tables, caller)),+])
            };
        }
        Self {
            ids: ids!(
                agreement,
                api_key,
                approval_link,
                approval_rule,
                billing_run,
                customer,
                denial,
                payment_agreement,
                discount,
                edition,
                invoice,
                license,
                mail,
                mail_recipient,
                offer,
                plan,
                order,
                order_line,
                partner,
                product,
                subscription,
                tax_code,
                subscription_change,
                tenant,
                usage_report,
                webhook_endpoint,
            ),
            texts: texts(tables),
            lost: lost(tables, caller),
            moments: moments(tables),
            cursors: cursors(&world.server, secret).await,
        }
    }

    /// An id of a kind: most often of something that the caller sees, and now and then what is no such id.
    pub(super) fn id(&self, dice: &mut Dice, kind: &str) -> String {
        let ids = &self.ids[kind];
        let found = match dice.below(100) {
            0..82 => dice.pick(&ids.seen),
            82..95 => dice.pick(&ids.hidden),
            95 => return "nonsense".to_owned(),
            96 => return id(kind, dice.uuid()).to_uppercase(),
            97 => return self.any_id(dice),
            _ => None,
        };
        found.cloned().unwrap_or_else(|| id(kind, dice.uuid()))
    }

    /// An id of any kind.
    pub(super) fn any_id(&self, dice: &mut Dice) -> String {
        let kinds: Vec<_> = self.ids.keys().chain([&"approval"]).copied().collect();
        match dice.pick(&kinds).copied() {
            Some(kind) if self.ids.contains_key(kind) => self.id(dice, kind),
            // An object that is not found by its id alone.
            Some(kind) => id(kind, dice.uuid()),
            None => unreachable!("there are kinds of ids"),
        }
    }

    /// A text that is looked for as a whole.
    pub(super) fn text(&self, dice: &mut Dice, name: &str) -> String {
        let text = dice.pick(&self.texts[name]).cloned().unwrap_or_default();
        match dice.below(100) {
            0..84 => text,
            84..92 => format!("  {text}\t"),
            92..95 => text.to_lowercase(),
            95..97 => " ".to_owned(),
            97..99 => "ZZ".to_owned(),
            _ => "x".repeat(201),
        }
    }

    /// Beginnings of one or two words, in one of many spellings.
    pub(super) fn words(&self, dice: &mut Dice) -> String {
        let lost = dice.pick(&self.lost).filter(|_| dice.one_in(3));
        let text = lost.or_else(|| dice.pick(&self.texts["text"])).unwrap();
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let mut beginnings = Vec::new();
        for _ in 0..=dice.below(2) {
            let word = dice.pick(&words).unwrap();
            let letters = 1 + dice.below(word.chars().count());
            beginnings.push(word.chars().take(letters).collect::<String>());
        }
        let beginnings = beginnings.join(" ");
        match dice.below(3) {
            0 => beginnings.to_uppercase(),
            1 => beginnings.replace('o', "ö").replace('e', "é"),
            _ => beginnings,
        }
    }

    pub(super) fn moment(&self, dice: &mut Dice) -> String {
        match dice.below(40) {
            0 => "2026-13-01T00:00:00Z".to_owned(),
            1 => "2026-02-01T12:00:00+02:00".to_owned(),
            _ => dice.pick(&self.moments).unwrap().clone(),
        }
    }

    /// A cursor of a list that is sorted so; rarely of another, or of none.
    pub(super) fn cursor(&self, dice: &mut Dice, sort: &str) -> String {
        let cursors = match dice.below(40) {
            0 => None,
            1 => self.cursors.values().next(),
            _ => self.cursors.get(sort),
        };
        let found = cursors.and_then(|cursors| dice.pick(cursors));
        found.cloned().unwrap_or_else(|| "nonsense".to_owned())
    }

    pub(super) fn has_cursors(&self, sort: &str) -> bool {
        self.cursors.get(sort).is_some_and(|cursors| !cursors.is_empty())
    }
}

fn texts(tables: &Tables) -> BTreeMap<&'static str, Vec<String>> {
    let Tables { agreement, customer, discount, invoice, license, offer, order, .. } = tables;
    let Tables { partner, payment_agreement, plan, product, subscription, .. } = tables;
    let mut texts = BTreeMap::<_, Vec<String>>::new();
    let mut add = |names: &[&'static str], text: Option<&String>| {
        for name in names {
            texts.entry(*name).or_default().extend(text.cloned());
        }
    };
    for row in order {
        add(&["number", "text"], Some(&row.number));
        add(&["reference", "text"], row.reference.as_ref());
        add(&["poNumber", "text"], row.po_number.as_ref());
    }
    for row in subscription {
        add(&["number", "text"], Some(&row.number));
    }
    for row in invoice {
        add(&["number", "text"], row.number.as_ref());
    }
    for row in plan {
        add(&["code", "text"], Some(&row.code));
        add(&["text"], Some(&row.name));
        add(&["currency"], Some(&row.currency));
    }
    for row in agreement {
        add(&["number", "text"], Some(&row.number));
    }
    for row in license {
        add(&["licenseKey", "text"], Some(&row.license_key));
    }
    for row in customer {
        add(&["customerNumber", "text"], Some(&row.customer_number));
        add(&["text"], Some(&row.name));
        add(&["text"], row.email.as_ref());
        add(&["country"], row.country.as_ref());
    }
    for row in payment_agreement {
        add(&["providerReference"], row.provider_reference.as_ref());
    }
    for row in partner {
        add(&["partnerNumber", "text"], Some(&row.partner_number));
        add(&["text"], Some(&row.name));
    }
    for row in product {
        add(&["code", "text"], Some(&row.code));
        add(&["text"], Some(&row.name));
        add(&["vendor", "text"], Some(&row.vendor));
    }
    for row in offer {
        add(&["code", "text"], Some(&row.code));
        add(&["text"], Some(&row.name));
    }
    for row in discount {
        add(&["code", "text"], Some(&row.code));
        add(&["text"], Some(&row.name));
    }
    for texts in texts.values_mut() {
        texts.sort();
    }
    texts
}

fn lost(tables: &Tables, caller: &Caller) -> Vec<String> {
    let is_lost = |customer: &&customer::Model| {
        let mut orders = tables.order.iter().filter(|order| order.customer_id == customer.id);
        !customer.is_seen(caller, tables) && orders.any(|order| order.is_seen(caller, tables))
    };
    tables.customer.iter().filter(is_lost).map(|customer| customer.name.clone()).collect()
}

/// When things happened, and a moment later.
fn moments(tables: &Tables) -> Vec<String> {
    let orders = tables.order.iter().flat_map(|row| [row.created_at, row.updated_at]);
    let customers = tables.customer.iter().flat_map(|row| [row.created_at, row.updated_at]);
    let offers = tables.offer.iter().map(|row| row.created_at);
    let licenses = tables.license.iter().filter_map(|row| row.expires_at);
    let mut times: Vec<_> = orders.chain(customers).chain(offers).chain(licenses).collect();
    times.sort_unstable();
    let later = |time| [time, time + TimeDelta::microseconds(1)];
    times.into_iter().flat_map(later).map(moment).collect()
}

/// The cursors of the first items of each list in each order.
async fn cursors(server: &Server, secret: &str) -> BTreeMap<String, Vec<String>> {
    let by_time = ["order", "subscription", "license", "invoice", "agreement"];
    let by_name = ["customer", "partner", "product", "offer", "plan", "discount"];
    let tables = by_time.iter().chain(&by_name);
    let mut found = BTreeMap::<_, Vec<String>>::new();
    let mut add = |sort: String, page: &Value| {
        let edges = page["edges"].as_array().unwrap().iter();
        let cursors = edges.map(|edge| edge["cursor"].as_str().unwrap().to_owned());
        found.entry(sort).or_default().extend(cursors);
    };
    for table in tables {
        let columns = ["created_at", "updated_at", "name"];
        let columns = if by_name.contains(table) { &columns[..] } else { &columns[..2] };
        let mut lists = String::new();
        for column in columns {
            for direction in ["ASC", "DESC"] {
                let field = column.to_uppercase();
                let order = format!("{{ field: {field}, direction: {direction} }}");
                let list = format!("{table}s(first: 12, orderBy: {order})");
                write!(lists, "{column}_{direction}: {list} {{ edges {{ cursor }} }} ").unwrap();
            }
        }
        let answer = server.post(secret, &format!("{{ {lists} }}"), json!({})).await;
        for column in columns {
            for direction in ["ASC", "DESC"] {
                let page = &answer["data"][format!("{column}_{direction}")];
                add(sort_name(table, column, direction == "DESC"), page);
            }
        }
    }
    let others = "{
        orderLines(first: 12) { edges { cursor } }
        oldestLines: orderLines(first: 12, orderBy: { field: ORDER_CREATED_AT, direction: ASC }) { edges { cursor } }
        editions(first: 12) { edges { cursor } }
        billingRuns(first: 12) { edges { cursor } }
        approvalRules(first: 12) { edges { cursor } }
        paymentAgreements(first: 12) { edges { cursor } }
        taxCodes(first: 12) { edges { cursor } }
        offers(first: 3) { nodes { allPrices(first: 3) { edges { cursor } } } }
        orders(first: 12) { nodes { history(first: 3) { edges { cursor } } } }
        subscriptions(first: 12) { nodes { invoiceLines(first: 3) { edges { cursor } }
            usage(first: 3) { edges { cursor } }
            scheduledChanges(first: 3) { edges { cursor } } } } }";
    let answer = server.post(secret, others, json!({})).await;
    add(sort_name("order_line", "order_created_at", true), &answer["data"]["orderLines"]);
    add(sort_name("order_line", "order_created_at", false), &answer["data"]["oldestLines"]);
    add(sort_name("edition", "created_at", true), &answer["data"]["editions"]);
    add(sort_name("billing_run", "created_at", true), &answer["data"]["billingRuns"]);
    add(sort_name("approval_rule", "created_at", true), &answer["data"]["approvalRules"]);
    let payments = &answer["data"]["paymentAgreements"];
    add(sort_name("payment_agreement", "created_at", true), payments);
    add(sort_name("taxcode", "created_at", true), &answer["data"]["taxCodes"]);
    // Not everybody may ask for these.
    let endpoints = "{ webhookEndpoints(first: 12) { edges { cursor }
        nodes { deliveries(first: 3) { edges { cursor } } } } }";
    let endpoints = server.post(secret, endpoints, json!({})).await;
    let endpoints = &endpoints["data"]["webhookEndpoints"];
    if endpoints.is_object() {
        add(sort_name("webhook_endpoint", "created_at", true), endpoints);
        for endpoint in endpoints["nodes"].as_array().unwrap() {
            add(sort_name("webhook_delivery", "created_at", true), &endpoint["deliveries"]);
        }
    }
    for offer in answer["data"]["offers"]["nodes"].as_array().unwrap() {
        add(sort_name("price", "created_at", true), &offer["allPrices"]);
    }
    for order in answer["data"]["orders"]["nodes"].as_array().unwrap() {
        add(sort_name("event", "sequence", false), &order["history"]);
    }
    for subscription in answer["data"]["subscriptions"]["nodes"].as_array().unwrap() {
        add(sort_name("invoice_line", "created_at", true), &subscription["invoiceLines"]);
        add(sort_name("usage_report", "created_at", true), &subscription["usage"]);
        let changes = &subscription["scheduledChanges"];
        add(sort_name("subscription_change", "change_number", true), changes);
    }
    found
}
