//! What the lines of a purchase must be like, and what they cost.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    billing::{self, BillingError, TaxRate, TaxedLine},
    money,
};
use entity::{
    CatalogStatus, CustomerId, OfferId, OrderAction, OrderId, PartnerId, ProductId,
    discount::LineDiscounts, offer, order, order_line, plan_instance::Charges, price, product,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::row::{self, NewRow};
use crate::{
    access,
    error::{Error, Outcome, Refusal, RefusalCode, Refusals},
    services::{
        billing::{plan_instance::plan_instance, quote::purchase},
        denials::Denied,
        discounts::{Buyer, Codes, reduced},
        seller::customer_taxes::CustomerTaxes,
        unit::Unit,
        validate,
    },
};

const MOST_LINES: usize = 100;

/// A line as a buyer asks for it.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub offer_id: OfferId,
    pub quantity: i32,
    /// The buyer's own id of the line; unique in the order (APX-14).
    pub client_line_id: Option<String>,
    /// PO number of the subscription that is bought; the order's where it is missing (APG-10).
    pub po_number: Option<String>,
    /// The day in the past on which it has begun (IFS-46); none: it begins when it is carried out.
    pub starts_on: Option<NaiveDate>,
    /// What is to be taken off it.
    pub discount_codes: Vec<String>,
}

/// The part of the catalogue that some lines are about.
struct Catalogue {
    offers: HashMap<OfferId, offer::Model>,
    products: HashMap<ProductId, product::Model>,
    prices: HashMap<OfferId, price::Model>,
}

/// The order for which something is bought.
#[derive(Clone, Copy)]
pub(crate) struct Buying<'a> {
    pub(crate) order_id: OrderId,
    pub(crate) order_created_at: DateTime<Utc>,
    pub(crate) customer_id: CustomerId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) currency: &'a str,
}

/// Checks lines against the catalogue as it is now and prices them in the order's currency.
///
/// Tells all that is wrong with all lines at once; fields are named `lines.<index>.<field>`.
pub(crate) async fn buy(
    unit: &Unit,
    order: Buying<'_>,
    lines: Vec<NewLine>,
) -> Outcome<Vec<order_line::Model>> {
    if lines.is_empty() || lines.len() > MOST_LINES {
        let message = format!("An order has 1 to {MOST_LINES} lines.");
        return Err(Refusal::of(RefusalCode::OrderEmpty, "lines", message).into());
    }
    let currency = order.currency;
    let offers = lines.iter().map(|line| line.offer_id);
    let catalogue = Catalogue::load(unit, offers, currency).await?;
    let mut denied = Denied::load(unit, order.customer_id, catalogue.offers.values()).await?;
    denied.check()?;
    let taxes = CustomerTaxes::load(unit, order.customer_id).await?;
    let buyer = Buyer { customer_id: order.customer_id, partner_id: order.partner_id, currency };
    let named = lines.iter().flat_map(|line| &line.discount_codes);
    let mut codes = Codes::load(unit, &taxes.seller, buyer, named).await?;
    let mut kind = None;
    let mut refusals = Refusals::default();
    let mut client_line_ids = HashSet::new();
    let mut priced = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        let field = |name: &str| format!("lines.{index}.{name}");
        let client_line_id = refusals
            .collect(validate::short_text(&field("clientLineId"), line.client_line_id))
            .flatten();
        if let Some(id) = &client_line_id
            && !client_line_ids.insert(id.clone())
        {
            refusals.push(Refusal::invalid(
                &field("clientLineId"),
                "Each line of an order has a client line id of its own.",
            ));
        }
        let po_number =
            refusals.collect(validate::po_number(&field("poNumber"), line.po_number)).flatten();
        let Some((offer, product, price)) =
            refusals.collect(catalogue.orderable(line.offer_id, currency, &field("offerId")))
        else {
            continue;
        };
        refusals.value(denied.check_offer(offer, &field("offerId")));
        refusals.value(denied.check_once(offer, &field("offerId")));
        let fits = refusals.collect(check_quantity(offer, line.quantity, &field("quantity")));
        let discounts =
            codes.of_line(offer, line.discount_codes, &field("discountCodes"), &mut refusals);
        let Some(full_amount) = refusals.collect(
            money::times(price.unit_amount, line.quantity)
                .map_err(|_| too_large(&field("quantity"))),
        ) else {
            continue;
        };
        let (net_amount, discount_amount) = reduced(&taxes.seller, full_amount, &discounts)?;
        refusals.collect(one_kind(&mut kind, price, &field("offerId")));
        let tax = taxes.of(price.tax_basis_points, price.tax_code_id, &field("offerId"));
        let Some(tax) = refusals.collect(tax) else { continue };
        let new = NewRow {
            order_id: order.order_id,
            order_created_at: order.order_created_at,
            line_number: i32::try_from(index).unwrap_or(i32::MAX) + 1,
            client_line_id,
            action: OrderAction::Buy,
            product_id: product.id,
            offer_id: offer.id,
            subscription_id: None,
            quantity: line.quantity,
            previous_quantity: None,
            po_number,
            unit_amount: price.unit_amount,
            tax,
            net_amount,
            provisioning: product.provisioning,
            plan_instance: Some(plan_instance(&taxes.seller.tenant, offer, price)),
            starts_on: line.starts_on,
            discounts: (!discounts.is_empty()).then_some(LineDiscounts(discounts)),
            discount_amount,
        };
        let mut row = row::pending(unit, new);
        if fits.is_some() {
            refusals.collect(quote(unit, &taxes, &mut row, &field("startsOn"))?);
        }
        priced.push(row);
    }
    refusals.done()?;
    Ok(priced)
}

/// Checks a draft's purchases again and gives them the prices, taxes and rounding of now; they keep these from here on
/// (APX-31).
pub(crate) async fn reprice(
    unit: &Unit,
    order: &mut order::Model,
    lines: &mut [order_line::Model],
) -> Outcome<()> {
    let currency = &order.currency;
    let offers = lines.iter().map(|line| line.offer_id);
    let catalogue = Catalogue::load(unit, offers, currency).await?;
    let mut denied = Denied::load(unit, order.customer_id, catalogue.offers.values()).await?;
    denied.check()?;
    let taxes = CustomerTaxes::load(unit, order.customer_id).await?;
    let buyer = Buyer { customer_id: order.customer_id, partner_id: order.partner_id, currency };
    let named = lines.iter().flat_map(codes_of);
    let mut codes = Codes::load(unit, &taxes.seller, buyer, named).await?;
    let mut kind = None;
    let mut refusals = Refusals::default();
    for (index, line) in lines.iter_mut().enumerate() {
        let field = |name: &str| format!("lines.{index}.{name}");
        let Some((offer, product, price)) =
            refusals.collect(catalogue.orderable(line.offer_id, currency, &field("offerId")))
        else {
            continue;
        };
        refusals.value(denied.check_offer(offer, &field("offerId")));
        refusals.value(denied.check_once(offer, &field("offerId")));
        let fits = refusals.collect(check_quantity(offer, line.quantity, &field("quantity")));
        let net_amount = refusals.collect(
            money::times(price.unit_amount, line.quantity)
                .map_err(|_| too_large(&field("quantity"))),
        );
        refusals.collect(one_kind(&mut kind, price, &field("offerId")));
        let tax = taxes.of(price.tax_basis_points, price.tax_code_id, &field("offerId"));
        if let Some(tax) = refusals.collect(tax) {
            line.tax_category = tax.category;
            line.tax_basis_points = tax.basis_points;
        }
        line.unit_amount = price.unit_amount;
        let named = codes_of(line).cloned().collect();
        let discounts = codes.of_line(offer, named, &field("discountCodes"), &mut refusals);
        (line.net_amount, line.discount_amount) =
            reduced(&taxes.seller, net_amount.unwrap_or_default(), &discounts)?;
        line.discounts = (!discounts.is_empty()).then_some(LineDiscounts(discounts));
        line.provisioning = product.provisioning;
        line.plan_instance = Some(plan_instance(&taxes.seller.tenant, offer, price));
        if fits.is_some() && net_amount.is_some() {
            refusals.collect(quote(unit, &taxes, line, &field("startsOn"))?);
        }
    }
    order.rounding_mode = taxes.seller.tenant.rounding_mode;
    order.tax_inclusive = include_tax(lines);
    refusals.done()
}

/// The codes that a line's buyer has given.
fn codes_of(line: &order_line::Model) -> impl Iterator<Item = &String> {
    line.discounts.iter().flat_map(|discounts| &discounts.0).map(|discount| &discount.code)
}

/// Says on a line what it would charge if it were carried out now. Refuses a beginning that is still to come, or longer ago
/// than the seller allows (IFS-46), than is charged at once, or than its tax code has rates for.
fn quote(
    unit: &Unit,
    taxes: &CustomerTaxes,
    line: &mut order_line::Model,
    field: &str,
) -> Outcome<Result<(), Refusal>> {
    let seller = &taxes.seller;
    if let Some(day) = line.starts_on {
        let days = (seller.day(unit.now)? - day).num_days();
        let most = seller.tenant.past_start_days;
        if days < 0 {
            let message = "A subscription begins when its line is carried out; `startAt` of the order says when that is.";
            return Ok(Err(Refusal::invalid(field, message)));
        }
        if days > most.into() {
            let message = format!("A purchase may begin {most} days back at most.");
            return Ok(Err(Refusal::invalid(field, message)));
        }
    }
    let Some(instance) = &line.plan_instance else { return Ok(Ok(())) };
    let sold = (line.offer_id, instance);
    let discounts = line.discounts.as_ref().map_or(&[][..], |discounts| &discounts.0);
    line.charges = purchase(seller, sold, discounts, line.quantity, line.starts_on, unit.now)?;
    let Some(Charges(charges)) = &line.charges else {
        let message = "From that day on there are more billing periods than are charged at once.";
        return Ok(Err(Refusal::of(RefusalCode::BillingLimitExceeded, field, message)));
    };
    let codes = instance.steps.iter().flat_map(|step| &step.components);
    let codes = codes.filter_map(|component| component.tax_code_id);
    let due = codes.flat_map(|code| charges.iter().map(move |charge| (code, charge.due_on)));
    let missing = due.map(|(code, day)| taxes.on(day, 0, Some(code), field)).find_map(Result::err);
    Ok(missing.map_or(Ok(()), Err))
}

/// Refuses a price that has the tax in it where an earlier one has not, or the other way round: such an order has no figures
/// that its reader would find again.
fn one_kind(kind: &mut Option<bool>, price: &price::Model, field: &str) -> Result<(), Refusal> {
    if *kind.get_or_insert(price.tax_inclusive) == price.tax_inclusive {
        return Ok(());
    }
    let message = if price.tax_inclusive {
        "This price has the tax in it, and those of the lines before have not. Order it apart."
    } else {
        "This price has no tax in it, and those of the lines before have. Order it apart."
    };
    Err(Refusal::of(RefusalCode::MixedTaxInclusion, field, message))
}

/// Whether what is bought has the tax in its price.
pub(crate) fn include_tax(lines: &[order_line::Model]) -> bool {
    lines.iter().any(|line| line.plan_instance.as_ref().is_some_and(|sold| sold.tax_inclusive))
}

impl Catalogue {
    async fn load(
        unit: &Unit,
        offers: impl Iterator<Item = OfferId>,
        currency: &str,
    ) -> Outcome<Self> {
        let ids: HashSet<_> = offers.collect();
        let found = access::visible::<offer::Entity>(&unit.viewer)
            .filter(offer::Column::Id.is_in(ids))
            .find_also_related(product::Entity)
            .all(&unit.txn)
            .await?;
        let (mut offers, mut products) = (HashMap::new(), HashMap::new());
        for (offer, product) in found {
            products.extend(product.map(|product| (product.id, product)));
            offers.insert(offer.id, offer);
        }
        let prices = price::Entity::find()
            .filter(price::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(price::Column::OfferId.is_in(offers.keys().copied()))
            .filter(price::Column::Currency.eq(currency))
            .all(&unit.txn)
            .await?
            .into_iter()
            .map(|price| (price.offer_id, price))
            .collect();
        Ok(Self { offers, products, prices })
    }

    /// What it takes to buy an offer now.
    fn orderable(
        &self,
        id: OfferId,
        currency: &str,
        field: &str,
    ) -> Result<(&offer::Model, &product::Model, &price::Model), Refusal> {
        let not_found = || access::not_found::<offer::Entity>(field);
        let offer = self.offers.get(&id).ok_or_else(not_found)?;
        let product = self.products.get(&offer.product_id).ok_or_else(not_found)?;
        if [offer.status, product.status].contains(&CatalogStatus::Retired) {
            let message = format!("{} can no longer be bought.", offer.name);
            return Err(Refusal::of(RefusalCode::OfferNotOrderable, field, message));
        }
        let price = self.prices.get(&id).ok_or_else(|| {
            let message = format!("{} has no price in {currency}.", offer.name);
            Refusal::of(RefusalCode::PriceMissing, field, message)
        })?;
        Ok((offer, product, price))
    }
}

/// Refuses a quantity that the offer does not come in.
pub(crate) fn check_quantity(
    offer: &offer::Model,
    quantity: i32,
    field: &str,
) -> Result<(), Refusal> {
    let most = offer.max_quantity.unwrap_or(i32::MAX);
    if (offer.min_quantity..=most).contains(&quantity) {
        return Ok(());
    }
    let message = match offer.max_quantity {
        Some(most) => {
            format!("{} is sold in quantities of {} to {most}.", offer.name, offer.min_quantity)
        }
        None => format!("{} is sold in quantities of {} and more.", offer.name, offer.min_quantity),
    };
    Err(Refusal::of(RefusalCode::QuantityOutOfRange, field, message))
}

/// Puts the sums of its lines on an order, with its rounding.
pub(crate) fn sum_up(order: &mut order::Model, lines: &[order_line::Model]) -> Outcome<()> {
    let taxed = lines.iter().map(|line| TaxedLine {
        amount: line.net_amount,
        rate: TaxRate { category: line.tax_category, basis_points: line.tax_basis_points },
        includes_tax: order.tax_inclusive,
    });
    let taxed: Vec<_> = taxed.collect();
    let totals = billing::totals(&taxed, order.rounding_mode)
        .map_err(|_: BillingError| Error::from(too_large("lines")))?;
    order.net_amount = totals.net;
    order.tax_amount = totals.tax;
    order.gross_amount = totals.gross;
    Ok(())
}

fn too_large(field: &str) -> Refusal {
    Refusal::of(RefusalCode::AmountTooLarge, field, "The amount is too large.")
}
