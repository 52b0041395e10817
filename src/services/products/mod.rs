//! What a seller offers, grouped.

pub mod create;
pub mod update;
pub mod webhook;

use entity::ProductId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};

/// Makes it found by these texts.
async fn index(
    unit: &Unit,
    id: ProductId,
    code: &str,
    name: &str,
    vendor: &str,
) -> Result<(), DbErr> {
    search::index(&unit.txn, Kind::Product, id.0, &[code, name, vendor]).await
}
