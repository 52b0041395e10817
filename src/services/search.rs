//! Finding things by their words.

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

/// The table that a word leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Order,
    Customer,
    Partner,
    Product,
    Offer,
}

/// Replaces the words of a subject.
pub async fn index(_: &impl ConnectionTrait, _: Kind, _: Uuid, _: &[&str]) -> Result<(), DbErr> {
    Ok(())
}
