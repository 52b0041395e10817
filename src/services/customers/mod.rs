//! Who buys and uses.

pub mod create;
pub mod update;

use entity::CustomerId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};
use crate::error::{Refusal, RefusalCode};

pub(super) fn not_found(field: &str) -> Refusal {
    Refusal::of(RefusalCode::CustomerNotFound, field, "There is no such customer.")
}

/// Makes it found by these texts.
async fn index(
    unit: &Unit,
    id: CustomerId,
    number: &str,
    name: &str,
    email: Option<&str>,
) -> Result<(), DbErr> {
    search::index(&unit.txn, Kind::Customer, id.0, &[number, name, email.unwrap_or_default()]).await
}
