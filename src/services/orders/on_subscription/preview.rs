//! What a change would charge, and who would have to agree to it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::approval_rules::Level;
use entity::{OrderAction, SubscriptionId, plan_instance::Charges, subscription};

use super::{
    change::ChangeSubscription,
    order_for::{Ask, Changed, Previewed, preview, total},
    set_auto_renew::SetAutoRenew,
};
use crate::{
    error::{Outcome, Refusal},
    services::{
        billing::{bill::refuse_status, quote::renewals},
        seller::Seller,
        unit::Unit,
    },
};

/// A change that might be ordered.
#[derive(Clone, Debug)]
pub enum PreviewedChange {
    Change(ChangeSubscription),
    SetAutoRenew(SetAutoRenew),
    Suspend(Ask),
    Resume(Ask),
    Cancel(Ask),
}

/// What a change that is ordered now and carried out at once would charge, or the time that passes.
#[derive(Clone, Debug)]
pub struct Preview {
    pub currency: String,
    /// The moment for which it was worked out.
    pub as_of: DateTime<Utc>,
    /// Without tax.
    pub net_amount: i64,
    pub charges: Charges,
}

/// What a change that is ordered now would come to.
#[derive(Clone, Debug)]
pub struct ChangePreview {
    pub charged: Preview,
    /// The day on which it would take effect.
    pub takes_effect_on: NaiveDate,
    /// The answers that its order would need, by level, as far as the viewer may try them out.
    pub levels: Vec<Level>,
}

/// So many billing periods of a subscription, from the next one on.
#[derive(Clone, Copy, Debug)]
pub struct PreviewedRenewal {
    pub subscription_id: SubscriptionId,
    pub periods: i32,
}

/// The lines that a change would write, worked out as they are when it is carried out, and who would have to agree to its
/// order. Changes nothing. Refused as the change would be.
pub async fn preview_change(unit: &Unit, change: PreviewedChange) -> Outcome<ChangePreview> {
    let (ask, changed) = match change {
        PreviewedChange::Change(command) => {
            let changed = command.changed();
            (command.ask, changed)
        }
        PreviewedChange::SetAutoRenew(command) => {
            let changed = command.changed();
            (command.ask, changed)
        }
        PreviewedChange::Suspend(ask) => (ask, Changed::by(OrderAction::Suspend)),
        PreviewedChange::Resume(ask) => (ask, Changed::by(OrderAction::Resume)),
        PreviewedChange::Cancel(ask) => (ask, Changed::by(OrderAction::Cancel)),
    };
    preview_as(unit, ask, changed).await
}

/// The same for what was made of it.
pub(super) async fn preview_as(unit: &Unit, ask: Ask, changed: Changed) -> Outcome<ChangePreview> {
    let Previewed { order, line, takes_effect_on, levels } = preview(unit, ask, changed).await?;
    Ok(ChangePreview {
        charged: Preview {
            currency: order.currency,
            as_of: unit.now,
            net_amount: line.net_amount,
            charges: line.charges.unwrap_or(Charges(Vec::new())),
        },
        takes_effect_on,
        levels,
    })
}

/// What the next periods will charge, and what is due before them, if nothing happens but what is scheduled. Changes
/// nothing. Refused with `SUBSCRIPTION_NOT_FOUND`, with `SUBSCRIPTION_NOT_MODIFIABLE` where the subscription has not begun or
/// has ended, and with `AMOUNT_TOO_LARGE`.
pub async fn preview_renewal(unit: &Unit, command: PreviewedRenewal) -> Outcome<Preview> {
    const MOST_PERIODS: i32 = 36;
    let id = command.subscription_id;
    let subscription = unit.require::<subscription::Entity>(id, "subscriptionId").await??;
    let periods = match usize::try_from(command.periods) {
        Ok(periods @ 1..) if command.periods <= MOST_PERIODS => periods,
        _ => {
            let message = format!("Ask for 1 to {MOST_PERIODS} periods.");
            return Err(Refusal::invalid("periods", message).into());
        }
    };
    if subscription.activated_at.is_none() || subscription.ended_at.is_some() {
        return Err(refuse_status(&subscription).at("subscriptionId").into());
    }
    let seller = Seller::load(unit).await?;
    let charges = renewals(unit, &seller, &subscription, periods).await?;
    Ok(Preview {
        net_amount: total(&charges).map_err(|refusal| refusal.at("subscriptionId"))?,
        currency: subscription.currency,
        as_of: unit.now,
        charges,
    })
}
