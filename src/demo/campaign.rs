//! The made-up seller's campaign: a code that makes an offer cheaper for a while.

use entity::{DiscountDuration, OfferId};

use crate::{
    error::Outcome,
    services::{
        change::Change,
        discounts::{
            DiscountChanges,
            create::{CreateDiscount, create_discount},
        },
        unit::Unit,
    },
};

/// What buyers of the offer give.
const CODE: &str = "QUARRY-START";

/// A code, and the offer that it is for.
pub(super) struct Campaign {
    offer: OfferId,
}

impl Campaign {
    /// A fifth off an offer, for three periods.
    pub(super) async fn make(unit: &Unit, offer: OfferId) -> Outcome<Self> {
        let terms = DiscountChanges {
            name: Change::Set("A fifth off the first three months".to_owned()),
            basis_points: Change::Set(2_000),
            duration: Change::Set(DiscountDuration::Periods),
            periods: Change::Set(3),
            offer_ids: Change::Set(vec![offer]),
            ..DiscountChanges::default()
        };
        let command = CreateDiscount { code: CODE.to_owned(), currency: None, terms };
        create_discount(unit, command).await?;
        Ok(Self { offer })
    }

    /// The codes that a buyer of an offer gives.
    pub(super) fn codes(&self, offer: OfferId) -> Vec<String> {
        if offer == self.offer { vec![CODE.to_owned()] } else { Vec::new() }
    }
}
