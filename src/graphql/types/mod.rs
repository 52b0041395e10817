//! One file per object: what each of its fields shows.

pub mod account_transaction;
pub mod activation_item;
pub mod agreement;
pub mod api_key;
pub mod approval;
pub mod approval_link;
pub mod approval_rule;
pub mod billing_run;
pub mod charge_line;
pub mod commitment;
pub mod consent;
pub mod customer;
pub mod denial;
pub mod discount;
pub mod discount_terms;
pub mod edition;
pub mod enums;
pub mod event;
pub mod invoice;
pub mod invoice_line;
pub mod invoice_tax;
pub mod license;
pub mod line_correction;
pub mod mail;
pub mod mail_recipient;
pub mod money;
pub mod offer;
pub mod order;
pub mod order_line;
pub mod order_line_attempt;
pub mod order_line_hold;
pub mod partner;
pub mod party;
pub mod payment;
pub mod payment_agreement;
pub mod plan;
pub mod plan_component;
pub mod plan_instance;
pub mod plan_step;
pub mod price;
pub mod price_tier;
pub mod product;
pub mod proration_policy;
pub mod scheduled_change;
pub mod subscription;
pub mod subscription_discount;
pub mod subscription_period;
pub mod tax_code;
pub mod tax_rate;
pub mod tenant;
pub mod usage_report;
pub mod user_error;
pub mod viewer;
pub mod webhook_delivery;
pub mod webhook_endpoint;

use std::{collections::HashSet, sync::LazyLock};

use async_graphql::{OutputType, resolver_utils::EnumType};
use domain::viewer::Scope;
use entity::WebhookEndpointId;

use super::{
    id::Id,
    read::{
        cells::Given,
        shape::{Shaped, Shown},
        table::{Cell, Made, Make, Need, Object as _, ObjectTable, Shows},
    },
};
use crate::access::may_name;

pub use self::{
    account_transaction::AccountTransaction,
    activation_item::ActivationItem,
    agreement::Agreement,
    api_key::ApiKey,
    approval::Approval,
    approval_link::ApprovalLink,
    approval_rule::ApprovalRule,
    billing_run::BillingRun,
    charge_line::ChargeLine,
    consent::Consent,
    customer::Customer,
    denial::Denial,
    discount::Discount,
    discount_terms::DiscountTerms,
    edition::Edition,
    event::Event,
    invoice::Invoice,
    invoice_line::InvoiceLine,
    invoice_tax::InvoiceTax,
    license::License,
    line_correction::LineCorrection,
    mail::Mail,
    mail_recipient::MailRecipient,
    money::{Money, TaxAmount, Totals},
    offer::Offer,
    order::Order,
    order_line::OrderLine,
    order_line_attempt::OrderLineAttempt,
    order_line_hold::OrderLineHold,
    partner::Partner,
    party::Party,
    payment::Payment,
    payment_agreement::PaymentAgreement,
    plan::Plan,
    plan_component::PlanComponent,
    plan_instance::{OrderLineComponent, PlanInstance},
    plan_step::PlanStep,
    price::Price,
    price_tier::PriceTier,
    product::Product,
    proration_policy::ProrationPolicy,
    scheduled_change::ScheduledChange,
    subscription::CustomerSubscription,
    subscription_discount::SubscriptionDiscount,
    subscription_period::SubscriptionPeriod,
    tax_code::TaxCode,
    tax_rate::TaxRate,
    tenant::Tenant,
    usage_report::UsageReport,
    user_error::UserError,
    viewer::Viewer,
    webhook_delivery::WebhookDelivery,
    webhook_endpoint::WebhookEndpoint,
};

/// Whether objects of this type, or pages of them, are read by plans.
pub fn is_read(ty: &str) -> bool {
    static READ: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let objects = TABLES.iter().map(|table| table().object);
        let pages = objects.clone().map(|object| format!("{object}Connection"));
        objects.map(str::to_owned).chain(pages).chain(["Node".to_owned()]).collect()
    });
    READ.contains(ty)
}

/// A field that is worked out from all items of a list.
pub struct Sum {
    pub object: &'static str,
    pub field: &'static str,
    pub item: &'static str,
}

/// The fields that are worked out from all items of a list, as the tables say.
pub fn sums() -> &'static [Sum] {
    static SUMS: LazyLock<Vec<Sum>> = LazyLock::new(|| {
        let mut sums = Vec::new();
        for table in TABLES.iter().map(|table| table()) {
            for field in &table.fields {
                let Shows::Made(made) = &field.shows else { continue };
                for need in made.ways().flat_map(|way| &way.needs) {
                    if let Need::Rows(relation, _) = need {
                        let item = (relation.table)().object;
                        sums.push(Sum { object: table.object, field: &field.name, item });
                    }
                }
            }
        }
        sums
    });
    &SUMS
}

/// The names of the fields that depend on who exactly asks, and not only on their rights, as the tables say.
pub fn personal_fields() -> &'static [&'static str] {
    static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let fields = TABLES.iter().flat_map(|table| &table().fields);
        let is_personal = |shows: &Shows| match shows {
            Shows::Made(made) => made.ways().any(|way| matches!(way.make, Make::ForSubject(_))),
            Shows::Column(_) | Shows::One(_) | Shows::Many(_) | Shows::Page(_) => false,
        };
        fields.filter(|field| is_personal(&field.shows)).map(|field| &*field.name).collect()
    });
    &FIELDS
}

/// The fields of input objects by which an answer depends on who exactly asks.
pub const PERSONAL_INPUTS: &[&str] = &["waitsForMe"];

/// The objects that show rows.
const TABLES: &[fn() -> &'static ObjectTable] = &[
    account_transaction::Table::table,
    agreement::Table::table,
    api_key::Table::table,
    approval::Table::table,
    approval_link::Table::table,
    approval_rule::Table::table,
    billing_run::Table::table,
    consent::Table::table,
    customer::Table::table,
    denial::Table::table,
    discount::Table::table,
    edition::Table::table,
    event::Table::table,
    invoice::Table::table,
    invoice_line::Table::table,
    invoice_tax::Table::table,
    license::Table::table,
    line_correction::Table::table,
    mail::Table::table,
    mail_recipient::Table::table,
    offer::Table::table,
    order::Table::table,
    order_line::Table::table,
    order_line_attempt::Table::table,
    order_line_hold::Table::table,
    partner::Table::table,
    payment::Table::table,
    plan::Table::table,
    plan_component::Table::table,
    plan_step::Table::table,
    payment_agreement::Table::table,
    price::Table::table,
    product::Table::table,
    scheduled_change::Table::table,
    subscription::Table::table,
    subscription_discount::Table::table,
    subscription_period::Table::table,
    tax_code::Table::table,
    tax_rate::Table::table,
    tenant::Table::table,
    usage_report::Table::table,
    webhook_delivery::Table::table,
    webhook_endpoint::Table::table,
];

/// What is worked out from cells and shown as a `T`.
fn made<T: OutputType>(
    needs: Vec<Need>,
    make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
) -> Shows {
    Shows::Made(Made::new::<T>(needs, make))
}

/// What is worked out from cells and who exactly asks, and shown as a `T`.
fn personal<T: OutputType>(
    needs: Vec<Need>,
    make: fn(&Given<'_, '_>, &str) -> anyhow::Result<Shown>,
) -> Shows {
    Shows::Made(Made::personal::<T>(needs, make))
}

/// What is worked out from cells and shown as a `T`: an `S`, or a list of them.
fn made_of<T: OutputType, S: Shaped>(
    needs: Vec<Need>,
    make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
) -> Shows {
    Shows::Made(Made::new::<T>(needs, make).with::<S>())
}

/// Words of an enum, as the API spells them.
fn words<T: EnumType>(words: impl IntoIterator<Item = T>) -> Shown {
    let spelled = |word| {
        let item = T::items().iter().find(|item| item.value == word);
        item.map_or_else(|| unreachable!("every word is spelled"), |item| Shown::Word(item.name))
    };
    Shown::List(words.into_iter().map(spelled).collect())
}

/// Who did something; null where they spoke for a partner that the caller may not see.
fn name(who: Cell, partner: Cell) -> Shows {
    made::<Option<String>>(vec![who.into(), partner.into()], |given| {
        let told = may_name(given.scope(), given.id(1)?);
        Ok(given.text(0)?.filter(|_| told).map(std::borrow::Cow::into_owned).into())
    })
}

/// The id of a webhook endpoint, for those who see all of the tenant; to others, null.
fn endpoint(id: Cell) -> Shows {
    made::<Option<Id<WebhookEndpointId>>>(vec![id.into()], |given| {
        let id = given.id::<WebhookEndpointId>(0)?;
        let told = id.filter(|_| *given.scope() == Scope::Tenant);
        Ok(told.map(|id| Id(id).to_string()).into())
    })
}

/// A text, for those who see all of the tenant; to others, null.
fn told_to_seller(text: Cell) -> Shows {
    made::<Option<String>>(vec![text.into()], |given| {
        let text = given.text(0)?.filter(|_| *given.scope() == Scope::Tenant);
        Ok(text.map(std::borrow::Cow::into_owned).into())
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use apollo_compiler::{Name, schema::ExtendedType};

    use crate::graphql::document_schema;

    #[test]
    fn what_may_be_done_depends_on_who_asks() {
        assert_eq!(super::personal_fields(), ["availableActions"]);
    }

    #[test]
    fn what_is_asked_for_oneself_is_personal_wherever_it_can_be_asked() {
        let asked: HashSet<_> = document_schema()
            .types
            .values()
            .filter_map(|ty| ty.as_input_object())
            .flat_map(|input| input.fields.keys().map(Name::as_str))
            .filter(|field| field.ends_with("Me"))
            .collect();
        assert_eq!(asked, super::PERSONAL_INPUTS.iter().copied().collect());
    }

    /// Who watches is not the one for whom a shared feed is executed.
    #[test]
    fn no_feed_leads_to_the_caller() {
        let schema = document_schema();
        let mut reached = HashSet::new();
        let mut next = vec!["Subscription"];
        while let Some(name) = next.pop() {
            if !reached.insert(name) {
                continue;
            }
            let possible = schema.types.keys().filter(|ty| schema.is_subtype(name, ty));
            next.extend(possible.map(Name::as_str));
            let ExtendedType::Object(object) = &schema.types[name] else { continue };
            next.extend(object.fields.values().map(|field| field.ty.inner_named_type().as_str()));
        }
        assert!(reached.contains("Order") && !reached.contains("Viewer"), "{reached:?}");
    }

    #[test]
    fn every_object_with_an_id_is_read_by_plans() {
        for (name, definition) in &document_schema().types {
            let ExtendedType::Object(object) = definition else { continue };
            assert!(!object.fields.contains_key("id") || super::is_read(name), "{name}");
        }
    }
}
