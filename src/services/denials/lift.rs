//! Taking a denial back.

use entity::{DenialId, denial};
use sea_orm::EntityTrait;

use crate::{error::Outcome, services::unit::Unit};

#[derive(Clone, Copy, Debug)]
pub struct LiftDenial {
    pub denial_id: DenialId,
}

/// Lifts a denial: what it denied can be ordered from now on. Refused with `DENIAL_NOT_FOUND`.
pub async fn lift_denial(unit: &Unit, command: LiftDenial) -> Outcome<DenialId> {
    let denial = unit.lock::<denial::Entity>(command.denial_id).await?;
    denial::Entity::delete_by_id(denial.id).exec(&unit.txn).await?;
    Ok(denial.id)
}
