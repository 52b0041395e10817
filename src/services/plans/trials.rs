//! Whether a customer has had a trial of a product.

use std::collections::{HashMap, HashSet};

use domain::plan_choice::trial_steps;
use entity::{
    CustomerId, OrderAction, OrderLineStatus, ProductId, SubscriptionStatus, customer, order_line,
    plan_instance::PlanInstance, product, subscription,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::chosen::is_free;
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::unit::Unit,
};

/// The products of which a customer has no trial any more.
pub(crate) struct Trials(HashMap<ProductId, Taken>);

/// What has become of a trial.
#[derive(Clone, Copy)]
enum Taken {
    /// It has begun, and may be over.
    Had,
    /// An order for it is not carried out yet.
    Ordered,
    /// A line before has it.
    InThisOrder,
}

impl Trials {
    /// What the customer has had of some products.
    pub(crate) async fn load(
        unit: &Unit,
        customer_id: CustomerId,
        products: HashSet<ProductId>,
    ) -> Outcome<Self> {
        use OrderLineStatus::{Cancelled, Failed, Rejected};
        if products.is_empty() {
            return Ok(Self(HashMap::new()));
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
        let taken: Vec<(ProductId, OrderLineStatus)> = order_line::Entity::find()
            .select_only()
            .column(order_line::Column::ProductId)
            .column(order_line::Column::Status)
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
        let mut trials = HashMap::new();
        for (product, status) in taken {
            // A line that was taken back has begun one all the same.
            if matches!(status, OrderLineStatus::Completed | Cancelled) {
                trials.insert(product, Taken::Had);
            } else {
                trials.entry(product).or_insert(Taken::Ordered);
            }
        }
        Ok(Self(trials))
    }

    /// Refuses a second trial of a product, with `TRIAL_ALREADY_HAD`. It is taken from here on.
    pub(crate) fn check(&mut self, product: &product::Model, field: &str) -> Result<(), Refusal> {
        let name = &product.name;
        let why = match self.0.get(&product.id) {
            None => {
                self.0.insert(product.id, Taken::InThisOrder);
                return Ok(());
            }
            Some(Taken::Had) => format!("The customer has, or has had, its trial of {name}."),
            Some(Taken::Ordered) => {
                format!("The customer has ordered a trial of {name}, which has not begun.")
            }
            Some(Taken::InThisOrder) => {
                format!("Another line of this order has the trial of {name}.")
            }
        };
        let message = format!("{why} Order the plan without it, with skipTrial.");
        Err(Refusal::of(RefusalCode::TrialAlreadyHad, field, message))
    }
}

/// Whether a subscription is in the trial of what it was sold; its steps are counted from 1.
pub(crate) fn is_in_trial(sold: &PlanInstance, step: i32) -> bool {
    let trial = trial_steps(sold.steps.iter().map(|step| {
        let mut lasting = step.components.iter().filter(|it| it.timing.is_for_time());
        (lasting.all(|it| is_free(&it.pricing)), step.periods)
    }));
    usize::try_from(step).is_ok_and(|step| (1..=trial).contains(&step))
}
