//! What a customer holds after buying.

use anyhow::Context;
use chrono::{DateTime, Utc};
use entity::subscription;

use super::{
    Agreement, Customer, InvoiceLine, License, Offer, Order, Partner, Plan, Product,
    ScheduledChange, SubscriptionDiscount, SubscriptionPeriod, UsageReport, activation_item,
    commitment, made_of, money::money, plan_instance::plan_instance_now,
};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::{Shown, shape},
        table::{cell, first, many, object, one, page},
    },
    graphql::scalars::Time,
    services::{
        below,
        lists::{
            self, invoice_lines::invoice_lines_of_subscription, orders::OrderFilter,
            scheduled_changes::scheduled_changes_of_subscription, usage::usage_of_subscription,
        },
        page::Direction::Descending,
    },
};

object! {
    /// What a customer holds after buying.
    CustomerSubscription of subscription(SubscriptionId), seen as access::visible::<subscription::Entity>;

    /// The id of the subscription.
    id;
    /// What people call the subscription; unique in the tenant.
    number;
    /// Where it is in its life.
    status;
    /// The subscription that it is an add-on of. Null: it is none.
    parent = one!(CustomerSubscription, subscription.parent_id);
    /// Its add-ons, newest first; also those that have ended.
    add_ons = page!(CustomerSubscription, |viewer, parent| lists::subscriptions::subscriptions(viewer, &lists::subscriptions::SubscriptionFilter { parent: Some(parent), ..lists::subscriptions::SubscriptionFilter::default() }, lists::ByTime::Created, Descending));
    /// The customer that holds it. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, subscription.customer_id);
    /// The partner through which it was sold. Null where there was none, or where the caller may not see the partner.
    partner = one!(Partner, subscription.partner_id);
    /// The product that was bought.
    product = one!(Product, subscription.product_id);
    /// The offer that was bought.
    offer = one!(Offer, subscription.offer_id);
    /// The plan of which it has what it has. Null: it has the offer by itself, or the caller may not see the plan.
    plan = one!(Plan, subscription.plan_id);
    /// What is sold now, as it was when its order was submitted. Null where an earlier release sold it.
    plan_instance = plan_instance_now(
        cell!(subscription.plan_instance_now),
        cell!(subscription.plan_instance),
        cell!(subscription.currency),
    );
    /// The step that it is in of what is sold, from 1 on.
    step;
    /// How many more periods the step has after the one that runs. Null: it lasts.
    step_periods_left;
    /// The agreement under which it was bought. Never changes.
    agreement = one!(Agreement, subscription.agreement_id);
    /// The order that bought it.
    order = one!(Order, subscription.order_id);
    /// How many units the customer holds.
    quantity;
    /// What one unit alone costs for a period of the step that it is in; where it is charged by use alone, what one unit that is
    /// used does.
    unit_price = money(cell!(subscription.unit_amount), cell!(subscription.currency));
    /// How its units are priced: only with `PER_UNIT` do more of them cost `unitPrice` times their number.
    price_model;
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Of several components, that of the first; each of them has its own
    /// in `planInstance`.
    tax_basis_points;
    /// The purchase order number for its invoices.
    po_number;
    /// The reference that the approver of its order gave.
    external_reference;
    /// Why it is suspended or ended.
    reason;
    /// What the vendor returned last of it, for whoever bought it: links, keys and other fields.
    activation = activation_item::items(cell!(subscription.activation));
    /// The license that was issued for it. Null where there is none yet, or none at all.
    license = first!(License, below::license_of_subscription);
    /// Its periods, oldest first: stretches of time with one quantity and one price.
    periods = many!(SubscriptionPeriod, below::periods_of_subscription, subscription_id);
    /// The newest of its periods: the one that it is in, or was in when it ended. Null where it has not begun.
    current_period = first!(SubscriptionPeriod, below::current_period_of_subscription);
    /// The discounts that were given to it, the first one first; also those that hold no longer.
    discounts = many!(SubscriptionDiscount, below::discounts_of_subscription, subscription_id);
    /// Whether another period follows each.
    auto_renew;
    /// The day of the month on which its periods begin, or the last of a month that has no such day. Null where it is not
    /// charged by periods, or never was active.
    anchor_day;
    /// When there is something to charge, to end or to change next. Null: never.
    next_billing_at;
    /// The first day on which the customer no longer has it. Null where that is not known.
    ends_on;
    /// The term by which its customer is bound, as of when it was billed last. Null: by none.
    commitment = commitment::of_subscription(cell!(subscription.commitment), cell!(subscription.currency));
    /// Why it is not billed, until somebody releases it. Null: it is billed.
    billing_hold = made_of::<Option<BillingHold>, BillingHold>(
        vec![
            cell!(subscription.billing_hold_reason).into(),
            cell!(subscription.billing_held_since).into(),
        ],
        billing_hold,
    );
    /// When it was first active.
    activated_at;
    /// When it ended.
    ended_at;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The orders that act on it, newest first.
    orders = page!(Order, |viewer, parent| lists::orders::orders(viewer, &OrderFilter { subscription: Some(parent), ..OrderFilter::default() }, lists::ByTime::Created, Descending));
    /// What has happened to it since it was bought and what waits for its day, newest first: changes that took effect when
    /// they were ordered as well.
    scheduled_changes = page!(ScheduledChange, scheduled_changes_of_subscription);
    /// What was charged for it, newest first.
    invoice_lines = page!(InvoiceLine, invoice_lines_of_subscription);
    /// What was used of it, as it was reported, the newest report first.
    usage = page!(UsageReport, usage_of_subscription);
}

/// Why a subscription is not billed.
#[derive(Clone, Debug)]
pub struct BillingHold {
    reason: String,
    since: DateTime<Utc>,
}

shape! {
    /// Why a subscription is not billed.
    BillingHold;

    /// The reason, for a person.
    reason: String = |it| it.reason.clone().into();
    /// Since when.
    since: Time = |it| Shown::Time(it.since);
}

fn billing_hold(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let Some(reason) = given.text(0)? else { return Ok(Shown::Null) };
    let since = given.some_time(1)?.context("a billing hold without a beginning")?;
    Ok(Shown::object(BillingHold { reason: reason.into_owned(), since }))
}
