//! Resellers and solution providers, one below the other.

pub mod create;
mod place;
pub mod update;

use entity::PartnerId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};

/// Makes it found by these texts.
async fn index(unit: &Unit, id: PartnerId, number: &str, name: &str) -> Result<(), DbErr> {
    search::index(&unit.txn, Kind::Partner, id.0, &[number, name]).await
}
