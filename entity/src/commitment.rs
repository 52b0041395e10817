//! To what customers are bound: as an offer says, as it was sold, and as it runs.

use sea_orm::{FromJsonQueryResult, prelude::Date};
use serde::{Deserialize, Serialize};

use crate::{CommitmentRenewal, SurchargePolicy};

/// To what an offer binds whoever buys it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct OfferCommitment {
    pub months: i32,
    /// The fewest units during a term; none: as many as there are when it begins.
    pub minimum_quantity: Option<i32>,
    pub surcharge: SurchargePolicy,
    /// Of what remains, where that is what leaving costs: 5000 is half of it.
    pub basis_points: Option<i32>,
    /// What leaving costs in each currency, where that is fixed.
    pub amounts: Vec<SurchargeAmount>,
    pub renewal: CommitmentRenewal,
}

/// An amount in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SurchargeAmount {
    pub currency: String,
    pub amount: i64,
}

/// The same as it was sold, in the currency of the price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoldCommitment {
    pub months: u32,
    pub minimum_quantity: Option<i32>,
    pub surcharge: SurchargePolicy,
    pub basis_points: Option<i32>,
    pub amount: Option<i64>,
    pub renewal: CommitmentRenewal,
}

/// The term by which a subscription is bound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct Commitment {
    pub starts_on: Date,
    pub ends_on: Date,
    /// The fewest units during the term.
    pub quantity: i64,
    pub surcharge: SurchargePolicy,
    pub basis_points: Option<i32>,
    pub amount: Option<i64>,
    pub renewal: CommitmentRenewal,
}
