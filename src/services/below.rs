//! What lies below a customer, an order, an order line, a subscription, an invoice, an offer, a tax code or a discount. Whoever
//! asks knows that the viewer may see that.

use domain::viewer::{self, Viewer};
use entity::{
    ApprovalId, CustomerId, DiscountId, InvoiceId, InvoiceLineId, OfferId, OrderId, OrderLineId,
    PlanId, PlanStepId, PriceScope, PriceStatus, SubscriptionId, TaxCodeId, approval,
    approval_link, consent, customer, denial, discount_customer, discount_offer, invoice,
    invoice_line, invoice_tax, license, line_correction, offer, order_line, order_line_attempt,
    order_line_hold, payment, plan_component, plan_step, price, subscription,
    subscription_discount, subscription_period, tax_rate,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Alias, Expr, Func, Order, Query},
};

use crate::{access, store::statement::is_exactly};

/// The lines of an order, in their order.
pub fn lines_of_order(viewer: &Viewer, id: OrderId) -> Select<order_line::Entity> {
    order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(order_line::Column::OrderId.eq(id))
        .order_by_asc(order_line::Column::LineNumber)
}

/// What is denied to a customer, newest first. The seller's people are told.
pub fn denials_of_customer(viewer: &Viewer, id: CustomerId) -> Select<denial::Entity> {
    access::visible::<denial::Entity>(viewer)
        .filter(denial::Column::CustomerId.eq(id))
        .order_by_desc(denial::Column::CreatedAt)
        .order_by_desc(denial::Column::Id)
}

/// The attempts at an order line, the first one first.
pub fn attempts_of_line(viewer: &Viewer, id: OrderLineId) -> Select<order_line_attempt::Entity> {
    order_line_attempt::Entity::find()
        .filter(order_line_attempt::Column::TenantId.eq(viewer.tenant_id))
        .filter(order_line_attempt::Column::OrderLineId.eq(id))
        .order_by_asc(order_line_attempt::Column::AttemptNumber)
}

/// What was asked about an order line, the first question first.
pub fn holds_of_line(viewer: &Viewer, id: OrderLineId) -> Select<order_line_hold::Entity> {
    order_line_hold::Entity::find()
        .filter(order_line_hold::Column::TenantId.eq(viewer.tenant_id))
        .filter(order_line_hold::Column::OrderLineId.eq(id))
        .order_by_asc(order_line_hold::Column::HoldNumber)
}

/// The answers that an order needs, by level.
pub fn approvals_of_order(viewer: &Viewer, id: OrderId) -> Select<approval::Entity> {
    approval::Entity::find()
        .filter(approval::Column::TenantId.eq(viewer.tenant_id))
        .filter(approval::Column::OrderId.eq(id))
        .order_by_asc(approval::Column::Level)
}

/// Who has said yes to the answers that an order needs, in no order.
pub fn consents_of_order(viewer: &Viewer, id: OrderId) -> Select<consent::Entity> {
    consent::Entity::find()
        .filter(consent::Column::TenantId.eq(viewer.tenant_id))
        .filter(consent::Column::OrderId.eq(id))
}

/// Who has said yes to an answer, the first one first.
pub fn consents_of_approval(viewer: &Viewer, id: ApprovalId) -> Select<consent::Entity> {
    consent::Entity::find()
        .filter(consent::Column::TenantId.eq(viewer.tenant_id))
        .filter(consent::Column::ApprovalId.eq(id))
        .order_by_asc(consent::Column::GivenAt)
        .order_by_asc(consent::Column::Id)
}

/// The links by which an order is answered, oldest first, as far as the viewer may see them.
pub fn links_of_order(viewer: &Viewer, id: OrderId) -> Select<approval_link::Entity> {
    access::visible::<approval_link::Entity>(viewer)
        .filter(approval_link::Column::OrderId.eq(id))
        .order_by_asc(approval_link::Column::CreatedAt)
        .order_by_asc(approval_link::Column::Id)
}

/// The subscriptions that the lines of an order act on, in the order of the lines, as far as the viewer may see them.
pub fn subscriptions_of_order(viewer: &Viewer, id: OrderId) -> Select<subscription::Entity> {
    use order_line::Column::{LineNumber, OrderId, SubscriptionId, TenantId};
    let line = |column| Expr::col((order_line::Entity, column));
    let own = Expr::col((subscription::Entity, subscription::Column::Id));
    let of_line = own.equals((order_line::Entity, SubscriptionId));
    let mut subscriptions = access::visible::<subscription::Entity>(viewer)
        .filter(line(TenantId).eq(viewer.tenant_id))
        .filter(line(OrderId).eq(id))
        .group_by(subscription::Column::Id)
        .order_by(LineNumber.min(), Order::Asc);
    QuerySelect::query(&mut subscriptions).inner_join(order_line::Entity, of_line);
    subscriptions
}

/// The licenses that were issued because of an order, oldest first, as far as the viewer may see them.
pub fn licenses_of_order(viewer: &Viewer, id: OrderId) -> Select<license::Entity> {
    oldest_first(access::visible(viewer).filter(license::Column::OrderId.eq(id)))
}

/// The line by which a line was to be cancelled; of several, the newest.
pub fn cancellation_of_line(viewer: &Viewer, id: OrderLineId) -> Select<order_line::Entity> {
    order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(viewer.tenant_id))
        .filter(order_line::Column::CancelsLineId.eq(id))
        .order_by_desc(order_line::Column::OrderCreatedAt)
        .order_by_desc(order_line::Column::Id)
        .limit(1)
}

/// The line of the same order that buys what an add-on's line belongs to.
pub fn parent_of_line(viewer: &Viewer, id: OrderLineId) -> Select<order_line::Entity> {
    use order_line::Column::{Id, LineNumber, OrderId, ParentLine, TenantId};
    let own = |column| {
        let lines = order_line::Entity::find()
            .select_only()
            .column(column)
            .filter(TenantId.eq(viewer.tenant_id))
            .filter(Id.eq(id));
        lines.into_query()
    };
    order_line::Entity::find()
        .filter(TenantId.eq(viewer.tenant_id))
        .filter(OrderId.in_subquery(own(OrderId)))
        .filter(LineNumber.in_subquery(own(ParentLine)))
}

/// The invoices that an order has to itself, oldest first, as far as the viewer may see them.
pub fn invoices_of_order(viewer: &Viewer, id: OrderId) -> Select<invoice::Entity> {
    access::visible::<invoice::Entity>(viewer)
        .filter(invoice::Column::OrderId.eq(id))
        .order_by_asc(invoice::Column::CreatedAt)
        .order_by_asc(invoice::Column::Id)
}

/// The license that was issued for a subscription, if the viewer may see it; of several, the oldest.
pub fn license_of_subscription(viewer: &Viewer, id: SubscriptionId) -> Select<license::Entity> {
    oldest_first(access::visible(viewer).filter(license::Column::SubscriptionId.eq(id))).limit(1)
}

/// Sorted by what no index has: SQLite would rather walk along all licenses by their age.
fn oldest_first(licenses: Select<license::Entity>) -> Select<license::Entity> {
    let created = Expr::col((license::Entity, license::Column::CreatedAt));
    licenses
        .order_by(Func::coalesce([created.clone(), created]), Order::Asc)
        .order_by_asc(license::Column::Id)
}

/// The periods of a subscription, oldest first.
pub fn periods_of_subscription(
    viewer: &Viewer,
    id: SubscriptionId,
) -> Select<subscription_period::Entity> {
    subscription_period::Entity::find()
        .filter(subscription_period::Column::TenantId.eq(viewer.tenant_id))
        .filter(subscription_period::Column::SubscriptionId.eq(id))
        .order_by_asc(subscription_period::Column::PeriodNumber)
}

/// The newest period of a subscription.
pub fn current_period_of_subscription(
    viewer: &Viewer,
    id: SubscriptionId,
) -> Select<subscription_period::Entity> {
    subscription_period::Entity::find()
        .filter(subscription_period::Column::TenantId.eq(viewer.tenant_id))
        .filter(subscription_period::Column::SubscriptionId.eq(id))
        .order_by_desc(subscription_period::Column::PeriodNumber)
        .limit(1)
}

/// The lines of an invoice, in their order, as far as the viewer may see what they are for.
pub fn lines_of_invoice(viewer: &Viewer, id: InvoiceId) -> Select<invoice_line::Entity> {
    access::visible_charges(viewer)
        .filter(invoice_line::Column::InvoiceId.eq(id))
        .order_by_asc(invoice_line::Column::LineNumber)
}

/// The rates of a tax code, the first day first.
pub fn rates_of_tax_code(viewer: &Viewer, id: TaxCodeId) -> Select<tax_rate::Entity> {
    tax_rate::Entity::find()
        .filter(tax_rate::Column::TenantId.eq(viewer.tenant_id))
        .filter(tax_rate::Column::TaxCodeId.eq(id))
        .order_by_asc(tax_rate::Column::ValidFrom)
}

/// The taxes of an invoice by category and rate. An invoice that is a draft, or that an older release has issued, has none.
pub fn taxes_of_invoice(viewer: &Viewer, id: InvoiceId) -> Select<invoice_tax::Entity> {
    invoice_tax::Entity::find()
        .filter(invoice_tax::Column::TenantId.eq(viewer.tenant_id))
        .filter(invoice_tax::Column::InvoiceId.eq(id))
        .order_by_asc(invoice_tax::Column::BasisPoints)
        .order_by_asc(invoice_tax::Column::Category)
}

/// The credit notes that take something back of an invoice, oldest first, as far as the viewer may see them.
pub fn credit_notes_of_invoice(viewer: &Viewer, id: InvoiceId) -> Select<invoice::Entity> {
    access::visible::<invoice::Entity>(viewer)
        .filter(invoice::Column::CorrectsInvoiceId.eq(id))
        .order_by_asc(invoice::Column::Id)
}

/// What was paid for an invoice, oldest first.
pub fn payments_of_invoice(viewer: &Viewer, id: InvoiceId) -> Select<payment::Entity> {
    access::visible::<payment::Entity>(viewer)
        .filter(payment::Column::InvoiceId.eq(id))
        .order_by_asc(payment::Column::CreatedAt)
        .order_by_asc(payment::Column::Id)
}

/// What a line takes back of others.
pub fn corrections_of_line(viewer: &Viewer, id: InvoiceLineId) -> Select<line_correction::Entity> {
    line_correction::Entity::find()
        .filter(line_correction::Column::TenantId.eq(viewer.tenant_id))
        .filter(line_correction::Column::LineId.eq(id))
        .order_by_asc(line_correction::Column::CorrectsLineId)
}

/// The steps of a plan, one after the other.
pub fn steps_of_plan(viewer: &Viewer, id: PlanId) -> Select<plan_step::Entity> {
    plan_step::Entity::find()
        .filter(plan_step::Column::TenantId.eq(viewer.tenant_id))
        .filter(plan_step::Column::PlanId.eq(id))
        .order_by_asc(plan_step::Column::StepNumber)
}

/// What is sold in a step of a plan, in the plan's order.
pub fn components_of_step(viewer: &Viewer, id: PlanStepId) -> Select<plan_component::Entity> {
    plan_component::Entity::find()
        .filter(plan_component::Column::TenantId.eq(viewer.tenant_id))
        .filter(plan_component::Column::PlanStepId.eq(id))
        .order_by_asc(plan_component::Column::ComponentNumber)
}

/// The prices of an offer that are asked of whoever views them now, by currency: of the seller's people, those of the list.
pub fn prices_of_offer(viewer: &Viewer, id: OfferId) -> Select<price::Entity> {
    use price::Column::{
        AgreementId, Currency, CustomerId, Id, PartnerId, Scope, Status, TenantId,
    };
    let in_force = access::visible::<price::Entity>(viewer)
        .filter(price::Column::OfferId.eq(id))
        .filter(Status.eq(PriceStatus::InForce))
        .order_by_asc(Currency)
        .order_by_asc(Id);
    let listed = is_exactly(Scope, PriceScope::List);
    let (partner, customer) = match &viewer.scope {
        viewer::Scope::Tenant => return in_force.filter(listed),
        viewer::Scope::Partner { own, .. } => (Some(*own), None),
        viewer::Scope::Customer { own, partner } => (*partner, Some(*own)),
    };
    let other = |column: price::Column| Expr::col((Alias::new("other"), column));
    let for_partner = || other(PartnerId).is_in(partner);
    let for_customer = || other(CustomerId).is_in(customer);
    let none_instead = |more_particular: Expr| {
        let others = Query::select()
            .expr(Expr::value(1))
            .from_as(price::Entity, Alias::new("other"))
            .and_where(other(TenantId).eq(viewer.tenant_id))
            .and_where(other(price::Column::OfferId).eq(id))
            .and_where(other(Currency).equals((price::Entity, Currency)))
            .and_where(other(Status).eq(PriceStatus::InForce.as_str()))
            .and_where(more_particular)
            .take();
        Expr::exists(others).not()
    };
    let listed = listed.and(none_instead(for_partner().or(for_customer())));
    let of_partner = PartnerId.is_in(partner).and(none_instead(for_customer()));
    let mut asked = Condition::any().add(listed).add(of_partner).add(CustomerId.is_in(customer));
    if customer.is_some() {
        // All of its own, or it would not see them.
        asked = asked.add(AgreementId.is_not_null());
    }
    in_force.filter(asked)
}

/// The offers that a discount is for, by their codes.
pub fn offers_of_discount(viewer: &Viewer, id: DiscountId) -> Select<offer::Entity> {
    let named = discount_offer::Entity::find()
        .select_only()
        .column(discount_offer::Column::OfferId)
        .filter(discount_offer::Column::TenantId.eq(viewer.tenant_id))
        .filter(discount_offer::Column::DiscountId.eq(id));
    access::visible::<offer::Entity>(viewer)
        .filter(offer::Column::Id.in_subquery(named.into_query()))
        .order_by_asc(offer::Column::Code)
}

/// The customers that a discount is for, by their numbers.
pub fn customers_of_discount(viewer: &Viewer, id: DiscountId) -> Select<customer::Entity> {
    let named = discount_customer::Entity::find()
        .select_only()
        .column(discount_customer::Column::CustomerId)
        .filter(discount_customer::Column::TenantId.eq(viewer.tenant_id))
        .filter(discount_customer::Column::DiscountId.eq(id));
    access::visible::<customer::Entity>(viewer)
        .filter(customer::Column::Id.in_subquery(named.into_query()))
        .order_by_asc(customer::Column::CustomerNumber)
}

/// The discounts that were given to a subscription, the first one first, but for those of which nothing came.
pub fn discounts_of_subscription(
    viewer: &Viewer,
    id: SubscriptionId,
) -> Select<subscription_discount::Entity> {
    subscription_discount::Entity::find()
        .filter(subscription_discount::Column::TenantId.eq(viewer.tenant_id))
        .filter(subscription_discount::Column::SubscriptionId.eq(id))
        .filter(subscription_discount::Column::ReturnedAt.is_null())
        .order_by_asc(subscription_discount::Column::CreatedAt)
        .order_by_asc(subscription_discount::Column::Id)
}
