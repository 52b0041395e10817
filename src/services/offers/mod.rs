//! What can be bought.

mod add_on;
mod commitment;
pub mod create;
mod terms;
pub mod update;

use entity::OfferId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};

/// Makes it found by these texts.
async fn index(unit: &Unit, id: OfferId, code: &str, name: &str) -> Result<(), DbErr> {
    search::index(&unit.txn, Kind::Offer, id.0, &[code, name]).await
}
