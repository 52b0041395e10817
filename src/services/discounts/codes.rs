//! Whether a discount can be given to somebody who buys, and what it takes off.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    billing::{self, Exact},
    viewer::Scope,
};
use entity::{
    Billing, CatalogStatus, CustomerId, DiscountId, OfferId, PartnerId,
    discount::{self, DiscountTerms, LineDiscount},
    offer, subscription_discount,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::restriction::Restriction;
use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{billing::discounts::in_force, seller::Seller, unit::Unit, validate},
};

/// How many codes a line may have.
const MOST_OF_LINE: usize = 10;

/// Who buys, through whom, and in which currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buyer<'a> {
    pub(crate) customer_id: CustomerId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) currency: &'a str,
}

/// The discounts that a buyer has named by their codes.
pub(crate) struct Codes<'a> {
    buyer: Buyer<'a>,
    today: NaiveDate,
    /// Whether whoever asks is told why a code does not apply.
    is_told: bool,
    known: HashMap<String, Known>,
}

/// A discount, for whom it is, and how often the buyer has had it.
pub(super) struct Known {
    pub(super) discount: discount::Model,
    pub(super) restriction: Restriction,
    pub(super) had: i64,
}

impl<'a> Codes<'a> {
    /// The discounts with these codes, as they are now.
    pub(crate) async fn load(
        unit: &Unit,
        seller: &Seller,
        buyer: Buyer<'a>,
        codes: impl Iterator<Item = &String> + Send,
    ) -> Outcome<Self> {
        let codes: HashSet<_> =
            codes.filter_map(|code| validate::code("", code.clone()).ok()).collect();
        let mut known = HashMap::new();
        if !codes.is_empty() {
            let found = discount::Entity::find()
                .filter(discount::Column::TenantId.eq(unit.viewer.tenant_id))
                .filter(discount::Column::Code.is_in(codes))
                .all(&unit.txn)
                .await?;
            for one in with_what_belongs_to_them(unit, buyer.customer_id, found).await? {
                known.insert(one.discount.code.clone(), one);
            }
        }
        let is_told = unit.viewer.scope == Scope::Tenant;
        Ok(Self { buyer, today: seller.day(unit.now)?, is_told, known })
    }

    /// The discounts of a line that buys an offer. Refuses each code that does not apply with `DISCOUNT_NOT_APPLICABLE`; in
    /// words that are the same for all of them, unless the seller asks: whoever tries out codes learns of none that it may not
    /// use itself.
    pub(crate) fn of_line(
        &mut self,
        offer: &offer::Model,
        codes: Vec<String>,
        field: &str,
        refusals: &mut Refusals,
    ) -> Vec<LineDiscount> {
        if codes.len() > MOST_OF_LINE {
            let message = format!("A line has {MOST_OF_LINE} codes at most.");
            refusals.push(Refusal::invalid(field, message));
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut given = Vec::with_capacity(codes.len());
        for (index, code) in codes.into_iter().enumerate() {
            let field = format!("{field}.{index}");
            let Some(code) = refusals.collect(validate::code(&field, code)) else { continue };
            if !seen.insert(code.clone()) {
                refusals.push(Refusal::invalid(&field, "The line has this code already."));
                continue;
            }
            if let Some(one) = refusals.collect(self.give(offer, &code, &field)) {
                given.push(one);
            }
        }
        given
    }

    fn give(
        &mut self,
        offer: &offer::Model,
        code: &str,
        field: &str,
    ) -> Result<LineDiscount, Refusal> {
        let not_applicable = |why: &str| {
            let told = if self.is_told { why } else { "" };
            let message = format!("The code {code} does not apply here. {told}");
            Refusal::of(RefusalCode::DiscountNotApplicable, field, message.trim_end())
        };
        let Some(known) = self.known.get_mut(code) else {
            return Err(not_applicable("There is no discount with it."));
        };
        if let Some(why) = known.objection(self.buyer, offer, self.today) {
            return Err(not_applicable(why));
        }
        // Of two lines of an order, the second knows of the first.
        known.discount.redemptions = known.discount.redemptions.saturating_add(1);
        known.had += 1;
        Ok(LineDiscount {
            discount_id: known.discount.id,
            code: code.to_owned(),
            terms: known.terms(),
        })
    }
}

/// What belongs to some discounts and matters to a customer.
pub(super) async fn with_what_belongs_to_them(
    unit: &Unit,
    customer_id: CustomerId,
    discounts: Vec<discount::Model>,
) -> Outcome<Vec<Known>> {
    let ids: Vec<_> = discounts.iter().map(|discount| discount.id).collect();
    let mut restrictions = Restriction::load(unit, &ids).await?;
    let had = had(unit, customer_id, &discounts).await?;
    let known = discounts.into_iter().map(|discount| Known {
        restriction: restrictions.remove(&discount.id).unwrap_or_default(),
        had: had.get(&discount.id).copied().unwrap_or_default(),
        discount,
    });
    Ok(known.collect())
}

/// How often a customer has had those of some discounts of which it may not have any number.
async fn had(
    unit: &Unit,
    customer_id: CustomerId,
    discounts: &[discount::Model],
) -> Outcome<HashMap<DiscountId, i64>> {
    use subscription_discount::Column;
    let limited =
        discounts.iter().filter(|discount| discount.max_redemptions_per_customer.is_some());
    let limited: Vec<_> = limited.map(|discount| discount.id).collect();
    if limited.is_empty() {
        return Ok(HashMap::new());
    }
    let had: Vec<(DiscountId, i64)> = subscription_discount::Entity::find()
        .select_only()
        .column(Column::DiscountId)
        .column_as(Column::Id.count(), "had")
        .filter(Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(Column::DiscountId.is_in(limited))
        .filter(Column::CustomerId.eq(customer_id))
        .filter(Column::ReturnedAt.is_null())
        .group_by(Column::DiscountId)
        .into_tuple()
        .all(&unit.txn)
        .await?;
    Ok(had.into_iter().collect())
}

impl Known {
    /// Why the buyer cannot have it for an offer; none: it can.
    pub(super) fn objection(
        &self,
        buyer: Buyer<'_>,
        offer: &offer::Model,
        today: NaiveDate,
    ) -> Option<&'static str> {
        let Self { discount, restriction, .. } = self;
        let Restriction { offers, customers } = restriction;
        Some(if discount.status == CatalogStatus::Retired {
            "The discount is retired."
        } else if discount.valid_from.is_some_and(|from| today < from) {
            "The discount is not valid yet."
        } else if discount.valid_until.is_some_and(|until| until <= today) {
            "The discount is no longer valid."
        } else if !customers.is_empty() && !customers.contains(&buyer.customer_id) {
            "The discount is for other customers."
        } else if discount.partner_id.is_some_and(|partner| buyer.partner_id != Some(partner)) {
            "The discount is for what is sold through another partner."
        } else if !offers.is_empty() && !offers.contains(&offer.id) {
            "The discount is for other offers."
        } else if offers.is_empty() && offer.parent_offer_id.is_some() {
            "The discount does not name this add-on."
        } else if discount.currency.as_ref().is_some_and(|currency| currency != buyer.currency) {
            "The discount is an amount in another currency."
        } else if offer.billing == Billing::Usage {
            "What is charged by use has no price that a discount could be taken off."
        } else {
            return self.used_up();
        })
    }

    /// Why it cannot be given once more; none: it can.
    pub(super) fn used_up(&self) -> Option<&'static str> {
        let Self { discount, had, .. } = self;
        if discount.max_redemptions.is_some_and(|most| most <= discount.redemptions) {
            Some("The discount was given as often as it can be.")
        } else if discount.max_redemptions_per_customer.is_some_and(|most| i64::from(most) <= *had)
        {
            Some("The customer has had the discount as often as it may.")
        } else {
            None
        }
    }

    /// A copy of what is given.
    pub(super) fn terms(&self) -> DiscountTerms {
        let Self { discount, restriction, .. } = self;
        let offers: Vec<OfferId> = restriction.offers.iter().copied().collect();
        DiscountTerms {
            name: discount.name.clone(),
            kind: discount.kind,
            basis_points: discount.basis_points,
            amount: discount.amount,
            duration: discount.duration,
            periods: discount.periods,
            precedence: discount.precedence,
            offers: (!offers.is_empty()).then_some(offers),
        }
    }
}

/// What is left of the prices of what is sold, each for a whole period.
pub(crate) fn reduced(
    seller: &Seller,
    prices: &[i64],
    discounts: &[LineDiscount],
) -> Outcome<Vec<i64>> {
    let mut held: Vec<_> = discounts.iter().map(|discount| &discount.terms).collect();
    held.sort_by_key(|terms| terms.precedence);
    let held: Vec<_> = held.into_iter().map(|terms| in_force(terms, 1, None, None)).collect();
    let prices: Vec<_> = prices.iter().map(|price| Exact::from(*price)).collect();
    let rounded = |it: Exact| it.rounded(seller.terms.rounding);
    let left = billing::reduced(&prices, &held, Uuid::nil(), 1)
        .and_then(|left| left.into_iter().map(rounded).collect::<Result<_, _>>())
        .map_err(|error| anyhow::anyhow!("a discount gave no figure: {error:?}"))?;
    Ok(left)
}
