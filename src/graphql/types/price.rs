//! What one unit of an offer costs in one currency.

use async_graphql::{Context, Object};
use entity::{PriceId, price};

use super::{Money, Offer};
use crate::graphql::{error::Result, id::Id};

/// What one unit of an offer costs in one currency.
#[derive(Clone, Debug)]
pub struct Price(pub price::Model);

/// What one unit of an offer costs in one currency.
#[Object]
impl Price {
    /// The id of the price.
    pub(crate) async fn id(&self) -> Id<PriceId> {
        Id(self.0.id)
    }

    /// The currency, as ISO 4217 spells it.
    async fn currency(&self) -> &str {
        &self.0.currency
    }

    /// The net price of one unit and period.
    async fn unit_price(&self) -> Money {
        Money::new(self.0.unit_amount, &self.0.currency)
    }

    /// The tax rate in hundredths of a percent: 2500 is 25 %.
    async fn tax_basis_points(&self) -> i32 {
        self.0.tax_basis_points
    }

    /// The offer that has this price.
    async fn offer(&self, ctx: &Context<'_>) -> Result<Option<Offer>> {
        Offer::visible(ctx, self.0.offer_id).await
    }
}
