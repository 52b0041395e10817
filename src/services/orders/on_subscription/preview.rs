//! What a change would charge.

use chrono::NaiveDate;
use entity::{OrderAction, plan_instance::Charges};

use super::{
    change::ChangeSubscription,
    order_for::{Ask, Changed, preview},
    set_auto_renew::SetAutoRenew,
};
use crate::{error::Outcome, services::unit::Unit};

/// A change that might be ordered.
#[derive(Clone, Debug)]
pub enum PreviewedChange {
    Change(ChangeSubscription),
    SetAutoRenew(SetAutoRenew),
    Suspend(Ask),
    Resume(Ask),
    Cancel(Ask),
}

/// What a change would charge if it were ordered now and carried out at once.
#[derive(Clone, Debug)]
pub struct Preview {
    pub currency: String,
    /// Without tax.
    pub net_amount: i64,
    pub charges: Charges,
    pub takes_effect_on: Option<NaiveDate>,
}

/// The lines that a change would write, worked out as they are when it is carried out. Changes nothing. Refused as the
/// change would be.
pub async fn preview_change(unit: &Unit, change: PreviewedChange) -> Outcome<Preview> {
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
    let (subscription, line) = preview(unit, ask, changed).await?;
    Ok(Preview {
        currency: subscription.currency,
        net_amount: line.net_amount,
        charges: line.charges.unwrap_or(Charges(Vec::new())),
        takes_effect_on: line.change_on,
    })
}
