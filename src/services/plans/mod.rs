//! Plans: offers that are sold as several products, step by step.

mod chosen;
pub mod create;
mod terms;
mod trials;
pub mod update;

pub use self::{
    chosen::Selection,
    terms::{ChoiceRule, NewComponent, NewStep, OverrideRule},
};
pub(crate) use self::{
    chosen::{Plans, Wanted},
    trials::{Trials, is_in_trial},
};

use entity::PlanId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};

/// Makes it found by these texts.
async fn index(unit: &Unit, id: PlanId, code: &str, name: &str) -> Result<(), DbErr> {
    search::index(&unit.txn, Kind::Plan, id.0, &[code, name]).await
}
