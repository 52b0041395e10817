//! Whether a customer may order something.

use std::collections::HashSet;

use entity::{
    CustomerId, DenialKind, OfferId, OrderAction, OrderLineStatus, ProductId, SubscriptionStatus,
    customer, denial, offer, order_line, subscription,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{invoices::owed::owed, unit::Unit},
};

/// What a customer may not order now.
pub(crate) struct Denied {
    /// Why nothing at all.
    all: Option<Refusal>,
    products: HashSet<ProductId>,
    offers: HashSet<OfferId>,
    /// Of offers that are sold once to each customer: those that this one has had.
    had: HashSet<OfferId>,
}

impl Denied {
    /// What is denied to the customer, as far as it matters to some offers.
    pub(crate) async fn load(
        unit: &Unit,
        customer_id: CustomerId,
        wanted: impl Iterator<Item = &offer::Model>,
    ) -> Outcome<Self> {
        let denials = denial::Entity::find()
            .filter(denial::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(denial::Column::CustomerId.eq(customer_id))
            .all(&unit.txn)
            .await?;
        let mut all = None;
        for denial in &denials {
            let refusal = refusal_of_all(unit, denial).await?;
            // Whoever may order nothing at all is told that.
            if denial.kind == DenialKind::Ordering || all.is_none() {
                all = refusal.or(all);
            }
        }
        let once: Vec<_> = wanted.filter(|it| it.once_per_customer).map(|it| it.id).collect();
        Ok(Self {
            all,
            products: denials.iter().filter_map(|denial| denial.product_id).collect(),
            offers: denials.iter().filter_map(|denial| denial.offer_id).collect(),
            had: had(unit, customer_id, once).await?,
        })
    }

    /// Refuses any order, with `CUSTOMER_DENIED` or `BALANCE_LIMIT_EXCEEDED`.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        self.all.clone().map_or(Ok(()), Err)
    }

    /// Refuses an offer that the customer is not to have, with `OFFER_DENIED`.
    pub(crate) fn check_offer(&self, offer: &offer::Model, field: &str) -> Result<(), Refusal> {
        if self.offers.contains(&offer.id) || self.products.contains(&offer.product_id) {
            let message = format!("{} is not sold to this customer.", offer.name);
            return Err(Refusal::of(RefusalCode::OfferDenied, field, message));
        }
        Ok(())
    }

    /// Refuses a product of a plan that the customer is not to have, with `OFFER_DENIED`.
    pub(crate) fn check_product(&self, id: ProductId, field: &str) -> Result<(), Refusal> {
        if self.products.contains(&id) {
            let message = "One of these products is not sold to this customer.";
            return Err(Refusal::of(RefusalCode::OfferDenied, field, message));
        }
        Ok(())
    }

    /// Refuses to sell an offer a second time that is sold once, with `OFFER_ALREADY_BOUGHT`. It has been sold from here on.
    pub(crate) fn check_once(&mut self, offer: &offer::Model, field: &str) -> Result<(), Refusal> {
        if offer.once_per_customer && !self.had.insert(offer.id) {
            let message = format!("{} is sold to each customer once.", offer.name);
            return Err(Refusal::of(RefusalCode::OfferAlreadyBought, field, message));
        }
        Ok(())
    }
}

/// How any order is refused because of one denial; none: it denies less than that, or nothing now.
async fn refusal_of_all(unit: &Unit, denial: &denial::Model) -> Outcome<Option<Refusal>> {
    let (limit, currency) = match (denial.kind, denial.balance_limit, &denial.currency) {
        (DenialKind::Ordering, _, _) => {
            let message = "The customer may not order at present; the seller knows why.";
            return Ok(Some(Refusal::new(RefusalCode::CustomerDenied, message)));
        }
        (DenialKind::BalanceLimit, Some(limit), Some(currency)) => (limit, currency),
        (DenialKind::Product | DenialKind::Offer | DenialKind::BalanceLimit, _, _) => {
            return Ok(None);
        }
    };
    if owed(unit, denial.customer_id, currency).await? <= limit.into() {
        return Ok(None);
    }
    let message =
        format!("The customer owes more in {currency} than it may. Pay what is open first.");
    Ok(Some(Refusal::new(RefusalCode::BalanceLimitExceeded, message)))
}

/// Which of some offers the customer has bought or changed to, or waits for, whatever it has changed to since.
async fn had(
    unit: &Unit,
    customer_id: CustomerId,
    offers: Vec<OfferId>,
) -> Outcome<HashSet<OfferId>> {
    use OrderLineStatus::{Cancelled, Failed, Rejected};
    if offers.is_empty() {
        return Ok(HashSet::new());
    }
    // Of two orders that are placed at once, one knows of the other.
    unit.lock_related::<customer::Entity>(customer_id).await?;
    let bought = Condition::all().add(order_line::Column::Action.eq(OrderAction::Buy)).add(
        Condition::any()
            .add(subscription::Column::ActivatedAt.is_not_null())
            .add(subscription::Column::Status.eq(SubscriptionStatus::Pending)),
    );
    let changed_to = Condition::all()
        .add(order_line::Column::Action.eq(OrderAction::Change))
        .add(order_line::Column::PreviousOfferId.is_not_null())
        .add(order_line::Column::Status.is_not_in([Failed, Rejected, Cancelled]));
    let had: Vec<OfferId> = order_line::Entity::find()
        .select_only()
        .column(order_line::Column::OfferId)
        .distinct()
        .inner_join(subscription::Entity)
        .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(order_line::Column::OfferId.is_in(offers))
        .filter(subscription::Column::CustomerId.eq(customer_id))
        .filter(Condition::any().add(bought).add(changed_to))
        .into_tuple()
        .all(&unit.txn)
        .await?;
    Ok(had.into_iter().collect())
}
