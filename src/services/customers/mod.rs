//! Who buys and uses.

pub mod create;
mod terms;
pub mod update;

use entity::CustomerId;
use sea_orm::DbErr;

use super::{
    search::{self, Kind},
    unit::Unit,
};

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
