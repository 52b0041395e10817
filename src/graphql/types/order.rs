//! A container of actions on subscriptions. Once submitted, only its status changes.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object};
use entity::{OrderId, Role, order};
use futures_util::{future::try_join_all, try_join};

use super::{
    Agreement, Approval, Customer, CustomerSubscription, Event, License, OrderLine, Partner,
    Totals, enums::OrderStatus,
};
use crate::{
    access::may_name,
    domain::{
        approval::is_own,
        order_actions::{self, ApprovesFor, Asker, available},
        order_life::movers,
        pricing::Taxed,
    },
    graphql::{
        connection::{Listed, Selected, connections},
        context::viewer,
        error::Result,
        id::Id,
        in_place::InPlace,
        loaders::{
            Loaders,
            by_id::{
                AgreementById, CustomerById, OfferById, PartnerById, ProductById, SubscriptionById,
            },
            by_parent::{ApprovalsOfOrder, LicensesOfOrder, LinesOfOrder, subscriptions_of_page},
            load_list,
            together::Above,
        },
        scalars::{Time, int},
    },
    services::{lists::history::history_of_order, page::Page},
    viewer::{Scope, Viewer},
};

/// A container of actions on subscriptions. Once submitted, only its status changes.
#[derive(Clone, Debug)]
pub struct Order(pub Arc<order::Model>);

/// A container of actions on subscriptions. Once submitted, only its status changes.
#[Object]
impl Order {
    /// The id of the order.
    pub(crate) async fn id(&self) -> Id<OrderId> {
        Id(self.0.id)
    }

    /// What people call the order; unique in the tenant.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Where the order is in its life.
    async fn status(&self) -> OrderStatus {
        self.0.status.into()
    }

    /// The customer that the order is for. Null where the caller may not, or no longer, see the customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<InPlace<Customer>>> {
        Ok(Customer::visible(ctx, self.0.customer_id).await?.map(InPlace))
    }

    /// The partner of the customer when the order was created. Null where there was none, or where the caller may not see the partner.
    async fn partner(&self, ctx: &Context<'_>) -> Result<Option<InPlace<Partner>>> {
        Ok(Partner::visible_if_some(ctx, self.0.partner_id).await?.map(InPlace))
    }

    /// The agreement that the order was placed under. Null where there is none, or where the caller may not see it.
    async fn agreement(&self, ctx: &Context<'_>) -> Result<Option<InPlace<Agreement>>> {
        Ok(Agreement::visible_if_some(ctx, self.0.agreement_id).await?.map(InPlace))
    }

    /// The currency of its amounts, as ISO 4217 spells it.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The orderer's own reference.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// The purchase order number of the customer.
    async fn po_number(&self) -> Option<&str> {
        self.0.po_number.as_deref()
    }

    /// The approver's own reference.
    async fn external_reference(&self) -> Option<&str> {
        self.0.external_reference.as_deref()
    }

    /// When provisioning may begin. Null: as soon as the order is approved.
    async fn start_at(&self) -> Option<Time> {
        self.0.start_at.map(Time)
    }

    /// Who created the order: `user:` and the subject of a JWT, or `key:` and the prefix of an API key. Null where they
    /// spoke for a partner that the caller may not see.
    async fn placed_by(&self, ctx: &Context<'_>) -> Result<Option<&str>> {
        let told = may_name(viewer(ctx)?, self.0.placed_by_partner_id);
        Ok(told.then_some(self.0.placed_by.as_str()))
    }

    /// Why the order was rejected or cancelled.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The lines, in their order: one action on one subscription each.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<InPlace<OrderLine>>> {
        let lines = load_list(ctx, LinesOfOrder(self.0.id)).await?;
        let view = |line| InPlace(OrderLine::of_order(line, self.0.clone()));
        Ok(lines.iter().cloned().map(view).collect())
    }

    /// The answers that the order needs, by level. Empty before submission and where none is needed.
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Vec<InPlace<Approval>>> {
        let approvals = load_list(ctx, ApprovalsOfOrder(self.0.id)).await?;
        Ok(approvals.iter().cloned().map(Approval).map(InPlace).collect())
    }

    /// What the lines come to.
    async fn totals(&self, ctx: &Context<'_>) -> Result<InPlace<Totals>> {
        let lines = load_list(ctx, LinesOfOrder(self.0.id)).await?;
        let taxed = lines.iter().map(|line| Taxed {
            net_amount: line.net_amount,
            tax_basis_points: line.tax_basis_points,
        });
        Totals::of(&self.0.currency, taxed).map(InPlace)
    }

    /// The subscriptions that its lines act on, in the order of the lines. Empty before submission for purchases.
    async fn subscriptions(&self, ctx: &Context<'_>) -> Result<Vec<InPlace<CustomerSubscription>>> {
        let lines = load_list(ctx, LinesOfOrder(self.0.id)).await?;
        let mut ids: Vec<_> = lines.iter().filter_map(|line| line.subscription_id).collect();
        ids.dedup();
        let found =
            try_join_all(ids.into_iter().map(|id| CustomerSubscription::visible(ctx, id))).await?;
        Ok(found.into_iter().flatten().map(InPlace).collect())
    }

    /// The licenses that were issued because of the order, oldest first.
    async fn licenses(&self, ctx: &Context<'_>) -> Result<Vec<InPlace<License>>> {
        let licenses = load_list(ctx, LicensesOfOrder(self.0.id)).await?;
        Ok(licenses.iter().cloned().map(License::from).map(InPlace).collect())
    }

    /// What the caller may do to the order now.
    async fn available_actions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        let viewer = viewer(ctx)?;
        let approvals = load_list(ctx, ApprovalsOfOrder(self.0.id)).await?;
        let asker = Asker {
            movers: movers(viewer.role),
            is_own: is_own(&self.0, &viewer.subject),
            approves_for: approves_for(viewer),
        };
        let actions = available(self.0.status, &approvals, asker);
        Ok(actions.into_iter().map(Into::into).collect())
    }

    /// When it was submitted.
    async fn submitted_at(&self) -> Option<Time> {
        self.0.submitted_at.map(Time)
    }

    /// When the last approver said yes, or when it was clear that none was needed.
    async fn approved_at(&self) -> Option<Time> {
        self.0.approved_at.map(Time)
    }

    /// When it came to an end, whatever the end.
    async fn ended_at(&self) -> Option<Time> {
        self.0.ended_at.map(Time)
    }

    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    async fn version(&self) -> Result<i32> {
        int(self.0.version)
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> OrderLists {
        OrderLists(self.0.id)
    }
}

connections! { OrderLists(OrderId) {
    /// What happened to the order and because of it, oldest first.
    history: Event = |viewer, parent| history_of_order(viewer, parent);
} }

impl Listed for Order {
    type Entity = order::Entity;

    const READS_BELOW: bool = true;

    async fn read(
        loaders: &Loaders,
        orders: Above<'_, order::Entity>,
        selected: &Selected<'_>,
    ) -> Result<Page<order::Model>> {
        use order::Column::{AgreementId, CustomerId, Id, PartnerId};
        let has_any = |fields: &[&str]| fields.iter().any(|field| selected.has(field));
        let below = selected.below("lines");
        let mut together = loaders.together();
        let customers = together.add(selected.has("customer"), CustomerId);
        let partners = together.add(selected.has("partner"), PartnerId);
        let agreements = together.add(selected.has("agreement"), AgreementId);
        let lines = together.add(has_any(&["lines", "totals", "subscriptions"]), Id);
        let approvals = together.add(has_any(&["approvals", "availableActions"]), Id);
        let licenses = together.add(selected.has("licenses"), Id);
        let subscriptions = together.add_rows(
            below.has("subscription") || selected.has("subscriptions"),
            subscriptions_of_page,
        );

        let (page, found) = together.read(orders).await?;
        let rows = || page.rows.iter();
        found.keep(customers, rows().map(|order| CustomerById(order.customer_id)))?;
        found.keep(partners, rows().filter_map(|order| order.partner_id.map(PartnerById)))?;
        found.keep(agreements, rows().filter_map(|order| order.agreement_id.map(AgreementById)))?;
        found.keep(approvals, rows().map(|order| ApprovalsOfOrder(order.id)))?;
        found.keep(licenses, rows().map(|order| LicensesOfOrder(order.id)))?;
        let lines = found.keep(lines, rows().map(|order| LinesOfOrder(order.id)))?;
        let lines = || lines.values().flat_map(|lines| lines.iter());
        found.keep(
            subscriptions,
            lines().filter_map(|line| line.subscription_id.map(SubscriptionById)),
        )?;
        try_join!(
            loaders.prefetch(below.has("offer"), lines().map(|line| OfferById(line.offer_id))),
            loaders
                .prefetch(below.has("product"), lines().map(|line| ProductById(line.product_id))),
        )?;
        Ok(page)
    }
}

/// Something that the caller may do to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "order_actions::AvailableAction")]
pub enum AvailableAction {
    /// Change the draft.
    Update,
    /// Delete the draft.
    Delete,
    /// Submit the draft.
    Submit,
    /// Say yes.
    Approve,
    /// Say no.
    Reject,
    /// Call the order off.
    Cancel,
    /// Have the failed lines tried again.
    Retry,
}

/// Whose answers the viewer gives.
fn approves_for(viewer: &Viewer) -> ApprovesFor {
    match (&viewer.scope, viewer.role) {
        (Scope::Tenant, Role::Admin | Role::Approver) => ApprovesFor::Seller,
        (Scope::Partner { own, .. }, Role::Approver) => ApprovesFor::Partner(*own),
        (Scope::Tenant | Scope::Partner { .. } | Scope::Customer { .. }, _) => ApprovesFor::Nobody,
    }
}
