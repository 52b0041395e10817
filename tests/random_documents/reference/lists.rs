//! Lists: all rows that the caller sees and wants, sorted, and a page cut out of them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use entity::{
    InvoiceStatus, account_transaction, agreement, api_key, approval_rule, billing_run, customer,
    discount, edition, event, invoice, license, mail, mail_recipient, offer, order, order_line,
    partner, payment_agreement, plan, price, product, subscription, tax_code, webhook_endpoint,
};
use uuid::Uuid;

use super::{
    BAD_USER_INPUT, Failure, Reference, access::Party, access::Row, arguments::Arguments,
    objects::Object,
};

/// A page of a list.
#[derive(Clone)]
pub(super) struct Page<'a> {
    /// The type of what it holds.
    pub(super) of: &'static str,
    pub(super) items: Vec<Edge<'a>>,
    pub(super) has_previous: bool,
    pub(super) has_next: bool,
    pub(super) total: usize,
}

#[derive(Clone)]
pub(super) struct Edge<'a> {
    pub(super) cursor: String,
    pub(super) node: Object<'a>,
}

/// What a row is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

/// The place of a row in a list.
type Place = (Key, Uuid);

impl Key {
    fn time(time: DateTime<Utc>) -> Self {
        Self::Number(time.timestamp_micros())
    }
}

/// How a list is sorted.
#[derive(Clone, Copy)]
pub(super) struct Order<'o> {
    column: &'o str,
    descending: bool,
}

const NEWEST_FIRST: Order<'_> = Order { column: "created_at", descending: true };

impl<'o> Order<'o> {
    /// As the argument `orderBy` has it.
    fn of(arguments: &'o Arguments) -> Self {
        let wanted = arguments.object("orderBy");
        Self {
            column: match wanted.text("field") {
                Some("UPDATED_AT") => "updated_at",
                Some("NAME") => "name",
                _ => "created_at",
            },
            descending: wanted.text("direction") != Some("ASC"),
        }
    }
}

/// What cursors of a list begin with, so that none is taken for another list's.
pub(crate) fn sort_name(table: &str, column: &str, descending: bool) -> String {
    format!("{table} {column} {}", if descending { "down" } else { "up" })
}

/// A row that comes in lists.
pub(super) trait Listed: Row {
    const TABLE: &'static str;

    fn created_at(&self) -> DateTime<Utc>;
    fn updated_at(&self) -> DateTime<Utc>;
    fn name(&self) -> &str;
    fn object(&self) -> Object<'_>;
}

/// What has no name is never sorted by it.
macro_rules! listed {
    ($($table:ident as $object:ident, updated at $updated:ident, named $name:expr;)+) => {$(
        impl Listed for $table::Model {
            const TABLE: &'static str = stringify!($table);

            fn created_at(&self) -> DateTime<Utc> {
                self.created_at
            }

            fn updated_at(&self) -> DateTime<Utc> {
                self.$updated
            }

            fn name(&self) -> &str {
                let name: fn(&Self) -> &str = $name;
                name(self)
            }

            fn object(&self) -> Object<'_> {
                Object::$object(self)
            }
        }
    )+};
}

listed! {
    account_transaction as AccountTransaction, updated at created_at, named |_| "";
    agreement as Agreement, updated at updated_at, named |_| "";
    api_key as ApiKey, updated at created_at, named |_| "";
    approval_rule as ApprovalRule, updated at updated_at, named |_| "";
    billing_run as BillingRun, updated at updated_at, named |_| "";
    customer as Customer, updated at updated_at, named |row| &row.name;
    discount as Discount, updated at updated_at, named |row| &row.name;
    edition as Edition, updated at updated_at, named |_| "";
    invoice as Invoice, updated at updated_at, named |_| "";
    license as License, updated at updated_at, named |_| "";
    mail as Mail, updated at created_at, named |_| "";
    mail_recipient as MailRecipient, updated at updated_at, named |_| "";
    offer as Offer, updated at updated_at, named |row| &row.name;
    plan as Plan, updated at updated_at, named |row| &row.name;
    order as Order, updated at updated_at, named |_| "";
    payment_agreement as PaymentAgreement, updated at updated_at, named |_| "";
    partner as Partner, updated at updated_at, named |row| &row.name;
    price as Price, updated at created_at, named |_| "";
    product as Product, updated at updated_at, named |row| &row.name;
    subscription as Subscription, updated at updated_at, named |_| "";
    tax_code as TaxCode, updated at updated_at, named |_| "";
    webhook_endpoint as WebhookEndpoint, updated at updated_at, named |_| "";
}

/// In lists it has the age of its order.
impl Listed for order_line::Model {
    const TABLE: &'static str = "order_line";

    fn created_at(&self) -> DateTime<Utc> {
        self.order_created_at
    }

    fn updated_at(&self) -> DateTime<Utc> {
        self.order_created_at
    }

    fn name(&self) -> &'static str {
        ""
    }

    fn object(&self) -> Object<'_> {
        Object::OrderLine(self)
    }
}

impl<'a> Reference<'a> {
    /// The rows that the caller sees and wants, newest first.
    pub(super) fn newest_first<R: Listed>(
        &self,
        arguments: &Arguments,
        wants: impl Fn(&R) -> bool,
    ) -> Result<Page<'a>, Failure> {
        self.sorted(arguments, NEWEST_FIRST, wants)
    }

    /// The rows that the caller sees and wants, in the order that it wants.
    fn in_order<R: Listed>(
        &self,
        arguments: &Arguments,
        wants: impl Fn(&R) -> bool,
    ) -> Result<Page<'a>, Failure> {
        self.sorted(arguments, Order::of(arguments), wants)
    }

    fn sorted<R: Listed>(
        &self,
        arguments: &Arguments,
        order: Order<'_>,
        wants: impl Fn(&R) -> bool,
    ) -> Result<Page<'a>, Failure> {
        let rows = self.seen::<R>().filter(|row| wants(row)).map(|row| {
            let key = match order.column {
                "updated_at" => Key::time(row.updated_at()),
                "name" => Key::Text(row.name().to_owned()),
                _ => Key::time(row.created_at()),
            };
            ((key, row.id()), row.object())
        });
        let sort = sort_name(R::TABLE, order.column, order.descending);
        page(of::<R>(), &sort, rows.collect(), arguments)
    }

    pub(super) fn orders(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let product = filter.id("productId", "product")?;
        let offer = filter.id("offerId", "offer")?;
        let agreement = filter.id("agreementId", "agreement")?;
        let subscription = filter.id("subscriptionId", "subscription")?;
        let reference = code(filter.text("reference"))?;
        let po_number = code(filter.text("poNumber"))?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        let waits = filter.bool("waitsForMe");
        self.in_order::<order::Model>(arguments, |row| {
            let lines = self.tables.order_line.iter().filter(|line| line.order_id == row.id);
            among(statuses.as_ref(), row.status.as_str())
                && wanted(customer, row.customer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(agreement, row.agreement_id.map(|id| id.0))
                && product.is_none_or(|id| lines.clone().any(|line| line.product_id.0 == id))
                && offer.is_none_or(|id| lines.clone().any(|line| line.offer_id.0 == id))
                && subscription.is_none_or(|id| {
                    lines.clone().any(|line| line.subscription_id.is_some_and(|it| it.0 == id))
                })
                && waits.is_none_or(|waits| waits == self.waits_for_caller(row))
                && wanted(reference.as_deref(), row.reference.as_deref())
                && wanted(po_number.as_deref(), row.po_number.as_deref())
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.number), row.reference.as_ref(), row.po_number.as_ref()],
                    &self.texts_of_customer(row.customer_id.0),
                )
        })
    }

    pub(super) fn order_lines(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let (statuses, of_order) = (filter.texts("statusIn"), filter.texts("orderStatusIn"));
        let provisioning = filter.text("provisioning");
        let order = filter.id("orderId", "order")?;
        let product = filter.id("productId", "product")?;
        let vendor = line(filter.text("vendor"), 200)?;
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let (created, held) = (filter.range("orderCreatedAt")?, filter.range("heldSince")?);
        let wants = |row: &order_line::Model| {
            let its_order = self.tables.order.iter().find(|it| it.id == row.order_id).unwrap();
            let its_product = self.tables.product.iter().find(|it| it.id == row.product_id);
            among(statuses.as_ref(), row.status.as_str())
                && among(of_order.as_ref(), its_order.status.as_str())
                && wanted(provisioning, row.provisioning.as_str())
                && wanted(order, row.order_id.0)
                && wanted(product, row.product_id.0)
                && wanted(vendor.as_deref(), its_product.map(|it| it.vendor.as_str()))
                && wanted(customer, its_order.customer_id.0)
                && wanted(partner, its_order.partner_id.map(|id| id.0))
                && created.has(Some(row.order_created_at))
                && held.has(row.held_since)
        };
        let down = Order::of(arguments).descending;
        self.sorted(arguments, Order { column: "order_created_at", descending: down }, wants)
    }

    pub(super) fn subscriptions(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let product = filter.id("productId", "product")?;
        let offer = filter.id("offerId", "offer")?;
        let plan = filter.id("planId", "plan")?;
        let agreement = filter.id("agreementId", "agreement")?;
        let parent = filter.id("parentId", "subscription")?;
        let held = filter.bool("onBillingHold");
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<subscription::Model>(arguments, |row| {
            let is_held = row.billing_hold_reason.is_some();
            among(statuses.as_ref(), row.status.as_str())
                && wanted(customer, row.customer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(product, row.product_id.0)
                && wanted(offer, row.offer_id.0)
                && wanted(plan, row.plan_id.map(|id| id.0))
                && wanted(agreement, row.agreement_id.map(|id| id.0))
                && wanted(parent, row.parent_id.map(|id| id.0))
                && held.is_none_or(|held| held == is_held)
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.number)],
                    &self.texts_of_customer(row.customer_id.0),
                )
        })
    }

    pub(super) fn licenses(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let product = filter.id("productId", "product")?;
        let edition = filter.id("editionId", "edition")?;
        let expires = filter.range("expiresAt")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<license::Model>(arguments, |row| {
            among(statuses.as_ref(), row.status.as_str())
                && wanted(customer, row.customer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(product, row.product_id.0)
                && wanted(edition, row.edition_id.0)
                && expires.has(row.expires_at)
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.license_key)],
                    &self.texts_of_customer(row.customer_id.0),
                )
        })
    }

    pub(super) fn invoices(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let agreement = filter.id("agreementId", "agreement")?;
        let (kind, overdue) = (filter.text("kind"), filter.truth("overdue"));
        let (due_before, issued_from) = (filter.day("dueBefore")?, filter.day("issuedFrom")?);
        let issued_until = filter.day("issuedUntil")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<invoice::Model>(arguments, |row| {
            among(statuses.as_ref(), row.status.as_str())
                && wanted(kind, Some(row.kind.as_str()))
                && overdue.is_none_or(|overdue| overdue == is_overdue(row))
                && due_before.is_none_or(|day| row.due_on.is_some_and(|due_on| due_on < day))
                && issued_from.is_none_or(|day| row.issued_on.is_some_and(|it| it >= day))
                && issued_until.is_none_or(|day| row.issued_on.is_some_and(|it| it < day))
                && wanted(customer, row.customer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(agreement, row.agreement_id.map(|id| id.0))
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[row.number.as_ref()],
                    &self.texts_of_customer(row.customer_id.0),
                )
        })
    }

    pub(super) fn agreements(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let customer = filter.id("customerId", "customer")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<agreement::Model>(arguments, |row| {
            among(statuses.as_ref(), row.status.as_str())
                && wanted(customer, row.customer_id.0)
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.number)],
                    &self.texts_of_customer(row.customer_id.0),
                )
        })
    }

    pub(super) fn payment_agreements(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let (statuses, methods) = (filter.texts("statusIn"), filter.texts("methodIn"));
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let order = filter.id("orderId", "order")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<payment_agreement::Model>(arguments, |row| {
            among(statuses.as_ref(), row.status.as_str())
                && among(methods.as_ref(), row.method.as_str())
                && wanted(customer, row.customer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(order, row.order_id.map(|id| id.0))
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
        })
    }

    pub(super) fn customers(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let partner = filter.id("partnerId", "partner")?;
        let country = country(filter.text("country"))?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<customer::Model>(arguments, |row| {
            wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(country.as_deref(), row.country.as_deref())
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.name), Some(&row.customer_number), row.email.as_ref()],
                    &[],
                )
        })
    }

    pub(super) fn partners(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let parent = filter.id("parentId", "partner")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<partner::Model>(arguments, |row| {
            wanted(parent, row.parent_id.map(|id| id.0))
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.name), Some(&row.partner_number)],
                    &[],
                )
        })
    }

    pub(super) fn products(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let vendor = line(filter.text("vendor"), 200)?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<product::Model>(arguments, |row| {
            among(statuses.as_ref(), row.status.as_str())
                && wanted(vendor.as_deref(), row.vendor.as_str())
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(filter.text("text"), &texts_of_product(row), &[])
        })
    }

    pub(super) fn offers(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let billings = filter.texts("billingIn");
        let product = filter.id("productId", "product")?;
        let edition = filter.id("editionId", "edition")?;
        let parent = filter.id("parentOfferId", "offer")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<offer::Model>(arguments, |row| {
            let of = self.tables.product.iter().find(|product| product.id == row.product_id);
            among(statuses.as_ref(), row.status.as_str())
                && among(billings.as_ref(), row.billing.as_str())
                && wanted(product, row.product_id.0)
                && wanted(edition, row.edition_id.map(|id| id.0))
                && wanted(parent, row.parent_offer_id.map(|id| id.0))
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.name), Some(&row.code)],
                    &texts_of_product(of.unwrap()),
                )
        })
    }

    pub(super) fn plans(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let statuses = filter.texts("statusIn");
        let offer = filter.id("offerId", "offer")?;
        let partner = filter.id("partnerId", "partner")?;
        let currency = currency(filter.text("currency"))?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<plan::Model>(arguments, |row| {
            let of = self.tables.offer.iter().find(|offer| offer.id == row.offer_id).unwrap();
            among(statuses.as_ref(), row.status.as_str())
                && wanted(offer, row.offer_id.0)
                && wanted(partner, row.partner_id.map(|id| id.0))
                && wanted(currency.as_deref(), row.currency.as_str())
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(
                    filter.text("text"),
                    &[Some(&row.name), Some(&row.code)],
                    &[Some(&of.name), Some(&of.code)],
                )
        })
    }

    pub(super) fn discounts(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let (statuses, kinds) = (filter.texts("statusIn"), filter.texts("kindIn"));
        let offer = filter.id("offerId", "offer")?;
        let customer = filter.id("customerId", "customer")?;
        let partner = filter.id("partnerId", "partner")?;
        let (created, updated) = (filter.range("createdAt")?, filter.range("updatedAt")?);
        self.in_order::<discount::Model>(arguments, |row| {
            let mut offers = self.tables.discount_offer.iter();
            let mut customers = self.tables.discount_customer.iter();
            among(statuses.as_ref(), row.status.as_str())
                && among(kinds.as_ref(), row.kind.as_str())
                && offer.is_none_or(|id| {
                    offers.any(|it| it.discount_id == row.id && it.offer_id.0 == id)
                })
                && customer.is_none_or(|id| {
                    customers.any(|it| it.discount_id == row.id && it.customer_id.0 == id)
                })
                && wanted(partner, row.partner_id.map(|id| id.0))
                && created.has(Some(row.created_at))
                && updated.has(Some(row.updated_at))
                && self.is_found(filter.text("text"), &[Some(&row.name), Some(&row.code)], &[])
        })
    }

    pub(super) fn editions(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let product = arguments.id("productId", "product")?;
        self.newest_first(arguments, |row: &edition::Model| wanted(product, row.product_id.0))
    }

    pub(super) fn tax_codes(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.newest_first(arguments, |_: &tax_code::Model| true)
    }

    pub(super) fn api_keys(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.newest_first(arguments, |_: &api_key::Model| true)
    }

    pub(super) fn approval_rules(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.newest_first(arguments, |_: &approval_rule::Model| true)
    }

    pub(super) fn billing_runs(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.newest_first(arguments, |_: &billing_run::Model| true)
    }

    pub(super) fn webhook_endpoints(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.newest_first(arguments, |_: &webhook_endpoint::Model| true)
    }

    /// What was posted to an endpoint, newest first.
    pub(super) fn deliveries(
        &self,
        arguments: &Arguments,
        endpoint: &webhook_endpoint::Model,
    ) -> Result<Page<'a>, Failure> {
        let deliveries = self.tables.webhook_delivery.iter();
        let rows = deliveries
            .filter(|row| row.endpoint_id == endpoint.id)
            .map(|row| ((Key::time(row.created_at), row.id.0), Object::WebhookDelivery(row)));
        let sort = sort_name("webhook_delivery", "created_at", true);
        page("WebhookDelivery", &sort, rows.collect(), arguments)
    }

    pub(super) fn mail_recipients(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        self.keeps_mail()?;
        self.newest_first(arguments, |_: &mail_recipient::Model| true)
    }

    pub(super) fn mails(&self, arguments: &Arguments) -> Result<Page<'a>, Failure> {
        let filter = arguments.object("filter");
        let (statuses, kinds) = (filter.texts("statusIn"), filter.texts("kindIn"));
        let order = filter.id("orderId", "order")?;
        let created = filter.range("createdAt")?;
        self.keeps_mail()?;
        self.newest_first(arguments, |row: &mail::Model| {
            among(statuses.as_ref(), row.status.as_str())
                && among(kinds.as_ref(), row.kind.as_str())
                && wanted(order, row.order_id.map(|id| id.0))
                && created.has(Some(row.created_at))
        })
    }

    /// What happened to an order, oldest first, as far as the caller may see it.
    pub(super) fn history(
        &self,
        arguments: &Arguments,
        order: &order::Model,
    ) -> Result<Page<'a>, Failure> {
        let events = self.tables.event.iter();
        let events = events.filter(|it| it.order_id == Some(order.id) && self.caller.sees(it));
        let place = |event: &event::Model| (Key::Number(event.sequence), event.id.0);
        let rows = events.map(|event| (place(event), Object::Event(event))).collect();
        page("Event", &sort_name("event", "sequence", false), rows, arguments)
    }

    /// What has happened to a subscription, newest first.
    pub(super) fn scheduled_changes(
        &self,
        arguments: &Arguments,
        subscription: &subscription::Model,
    ) -> Result<Page<'a>, Failure> {
        let changes = self.tables.subscription_change.iter();
        let rows = changes.filter(|row| row.subscription_id == subscription.id).map(|row| {
            let place = (Key::Number(row.change_number.into()), row.id.0);
            (place, Object::ScheduledChange(row))
        });
        let sort = sort_name("subscription_change", "change_number", true);
        page("ScheduledChange", &sort, rows.collect(), arguments)
    }

    /// What was used of a subscription, the newest report first.
    pub(super) fn usage(
        &self,
        arguments: &Arguments,
        subscription: &subscription::Model,
    ) -> Result<Page<'a>, Failure> {
        let reports = self.tables.usage_report.iter();
        let rows = reports.filter(|row| row.subscription_id == subscription.id).map(|row| {
            let place = (Key::time(row.created_at), row.id.0);
            (place, Object::UsageReport(row))
        });
        page(
            "UsageReport",
            &sort_name("usage_report", "created_at", true),
            rows.collect(),
            arguments,
        )
    }

    /// What a subscription was charged, newest first.
    pub(super) fn charges(
        &self,
        arguments: &Arguments,
        subscription: &'a subscription::Model,
    ) -> Result<Page<'a>, Failure> {
        let lines = self.tables.invoice_line.iter();
        let rows = lines.filter(|line| line.subscription_id == Some(subscription.id)).map(|line| {
            let place = (Key::time(line.created_at), line.id.0);
            (place, Object::InvoiceLine { line, currency: &subscription.currency })
        });
        let sort = sort_name("invoice_line", "created_at", true);
        page("InvoiceLine", &sort, rows.collect(), arguments)
    }

    /// Whether each word of a text begins a word of the row's own texts, or of what it belongs to.
    fn is_found(
        &self,
        text: Option<&str>,
        own: &[Option<&String>],
        of_owner: &[Option<&String>],
    ) -> bool {
        let words = spelling::words(text.unwrap_or_default());
        let terms = |texts: &[Option<&String>]| {
            spelling::terms(texts.iter().flatten().map(|text| text.as_str()))
        };
        let (own, of_owner) = (terms(own), terms(of_owner));
        words.iter().all(|spellings| {
            spellings
                .iter()
                .any(|word| own.iter().chain(&of_owner).any(|term| term.starts_with(word.as_str())))
        })
    }

    /// By what a customer is found; by nothing, for a partner that no longer sees it.
    fn texts_of_customer(&self, id: Uuid) -> Vec<Option<&'a String>> {
        let customer = self.tables.customer.iter().find(|customer| customer.id.0 == id).unwrap();
        let is_hidden = match self.caller.party {
            Party::Partner { .. } => !customer.is_seen(self.caller, self.tables),
            Party::Seller | Party::Customer { .. } => false,
        };
        if is_hidden {
            return Vec::new();
        }
        vec![Some(&customer.name), Some(&customer.customer_number), customer.email.as_ref()]
    }
}

fn texts_of_product(product: &product::Model) -> [Option<&String>; 3] {
    [Some(&product.name), Some(&product.code), Some(&product.vendor)]
}

/// The name of the type of a row.
fn of<R: Listed>() -> &'static str {
    match R::TABLE {
        "agreement" => "Agreement",
        "api_key" => "ApiKey",
        "approval_rule" => "ApprovalRule",
        "billing_run" => "BillingRun",
        "customer" => "Customer",
        "discount" => "Discount",
        "edition" => "Edition",
        "account_transaction" => "AccountTransaction",
        "invoice" => "Invoice",
        "license" => "License",
        "mail" => "Mail",
        "mail_recipient" => "MailRecipient",
        "offer" => "Offer",
        "plan" => "Plan",
        "order" => "Order",
        "order_line" => "OrderLine",
        "partner" => "Partner",
        "price" => "Price",
        "payment_agreement" => "PaymentAgreement",
        "product" => "Product",
        "subscription" => "CustomerSubscription",
        "tax_code" => "TaxCode",
        "webhook_endpoint" => "WebhookEndpoint",
        other => panic!("{other} is no table with a list"),
    }
}

fn wanted<T: PartialEq + Copy>(wanted: Option<T>, found: impl Into<Option<T>>) -> bool {
    wanted.is_none() || wanted == found.into()
}

fn among(wanted: Option<&Vec<&str>>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.contains(&found))
}

/// What is looked for in a line of text: without blanks around it, and nothing where nothing is left.
fn line(text: Option<&str>, longest: usize) -> Result<Option<String>, Failure> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > longest) {
        return Err(BAD_USER_INPUT);
    }
    Ok(text.map(str::to_owned))
}

fn code(text: Option<&str>) -> Result<Option<String>, Failure> {
    line(text, 64)
}

/// The generator asks for two letters that are a country, in either case, or for such as are none.
fn country(text: Option<&str>) -> Result<Option<String>, Failure> {
    let text = line(text, 200)?.map(|text| text.to_ascii_uppercase());
    let is_none = |text: &String| text.len() != 2 || text == "ZZ";
    if text.as_ref().is_some_and(is_none) { Err(BAD_USER_INPUT) } else { Ok(text) }
}

/// What is asked for is a currency of some row's, in either case, or three letters that are none.
fn currency(text: Option<&str>) -> Result<Option<String>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim().to_ascii_uppercase();
    let is_known = ["EUR", "JPY", "BHD", "DKK", "SEK", "USD"].contains(&text.as_str());
    if is_known { Ok(Some(text)) } else { Err(BAD_USER_INPUT) }
}

/// Sorts rows and cuts the page out that the arguments ask for.
fn page<'a>(
    of: &'static str,
    sort: &str,
    mut rows: Vec<(Place, Object<'a>)>,
    arguments: &Arguments,
) -> Result<Page<'a>, Failure> {
    let (size, from_end) = match (arguments.int("first"), arguments.int("last")) {
        (Some(_), Some(_)) => return Err(BAD_USER_INPUT),
        (None, None) => (20, false),
        (Some(size), None) => (size, false),
        (None, Some(size)) => (size, true),
    };
    if !(1..=100).contains(&size) {
        return Err(BAD_USER_INPUT);
    }
    let size = usize::try_from(size).unwrap();
    let place = |name| match arguments.text(name) {
        Some(cursor) => read_cursor(sort, cursor).map(Some).ok_or(BAD_USER_INPUT),
        None => Ok(None),
    };
    let (after, before) = (place("after")?, place("before")?);

    let descending = sort.ends_with("down");
    let compare = |one: &Place, other: &Place| {
        if descending { other.cmp(one) } else { one.cmp(other) }
    };
    rows.sort_by(|(one, _), (other, _)| compare(one, other));
    let total = rows.len();
    rows.retain(|(place, _)| {
        after.as_ref().is_none_or(|after| compare(place, after).is_gt())
            && before.as_ref().is_none_or(|before| compare(place, before).is_lt())
    });
    let more = rows.len() > size;
    let skipped = if from_end { rows.len().saturating_sub(size) } else { 0 };
    let items = rows.into_iter().skip(skipped).take(size);
    let items = items.map(|(place, node)| Edge { cursor: write_cursor(sort, &place), node });
    let (has_previous, has_next) =
        if from_end { (more, before.is_some()) } else { (after.is_some(), more) };
    Ok(Page { of, items: items.collect(), has_previous, has_next, total })
}

fn write_cursor(sort: &str, (key, id): &Place) -> String {
    let key = match key {
        Key::Number(number) => number.to_string(),
        Key::Text(text) => text.clone(),
    };
    BASE64_URL_SAFE_NO_PAD.encode(format!("{sort}\n{}\n{key}", id.simple()))
}

fn read_cursor(sort: &str, cursor: &str) -> Option<Place> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (named, rest) = text.split_once('\n')?;
    let (id, key) = rest.split_once('\n')?;
    let by_name = sort.contains(" name ");
    let key = if by_name { Key::Text(key.to_owned()) } else { Key::Number(key.parse().ok()?) };
    (named == sort).then_some(())?;
    Some((key, id.parse().ok()?))
}

/// Whether the day by which it is to be paid is over, and something is open.
pub(super) fn is_overdue(row: &invoice::Model) -> bool {
    row.overdue_since.is_some() && row.status == InvoiceStatus::Issued
}
