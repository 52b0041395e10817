//! Whether a customer has had a trial of a product.

use std::collections::HashSet;

use entity::{
    CustomerId, OrderAction, OrderLineStatus, ProductId, SubscriptionStatus, customer, order_line,
    product, subscription,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// The products of which a customer has had, or waits for, a trial.
pub(crate) struct Trials(HashSet<ProductId>);

impl Trials {
    /// What the customer has had of some products.
    pub(crate) async fn load(
        unit: &Unit,
        customer_id: CustomerId,
        products: HashSet<ProductId>,
    ) -> Outcome<Self> {
        use OrderLineStatus::{Cancelled, Failed, Rejected};
        if products.is_empty() {
            return Ok(Self(HashSet::new()));
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
            .add(order_line::Column::Status.is_not_in([Failed, Rejected, Cancelled]));
        let had: Vec<ProductId> = order_line::Entity::find()
            .select_only()
            .column(order_line::Column::ProductId)
            .distinct()
            .inner_join(subscription::Entity)
            .filter(order_line::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(order_line::Column::ProductId.is_in(products))
            .filter(order_line::Column::HasTrial.eq(true))
            .filter(subscription::Column::CustomerId.eq(customer_id))
            .filter(Condition::any().add(bought).add(changed_to))
            .into_tuple()
            .all(&unit.txn)
            .await?;
        Ok(Self(had.into_iter().collect()))
    }

    /// Refuses a second trial of a product, with `TRIAL_ALREADY_HAD`. It has been had from here on.
    pub(crate) fn check(&mut self, product: &product::Model, field: &str) -> Result<(), Refusal> {
        if self.0.insert(product.id) {
            return Ok(());
        }
        let message = format!(
            "The customer has had a trial of {} before. Order the plan without it, with skipTrial.",
            product.name
        );
        Err(Refusal::of(RefusalCode::TrialAlreadyHad, field, message))
    }
}
