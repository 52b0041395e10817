//! What the lines of a purchase must be like, and what they cost.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use domain::{
    billing::{self, BillingError, TaxCategory, TaxRate, TaxedLine, whole_price, without_usage},
    money,
};
use entity::{
    Billing, CatalogStatus, OfferId, OrderAction, PriceId, PriceModel, PriceScope, ProductId,
    Provisioning, SubscriptionId, customer,
    discount::{LineDiscount, LineDiscounts},
    offer, order, order_line,
    plan_instance::{Charge, Charges, LineComponent, LineComponents, PlanInstance, Timing},
    price, product, subscription,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    buying::Buying,
    parents::{self, Parents},
    row::{self, NewRow},
};
use crate::{
    access,
    error::{Error, Outcome, Refusal, RefusalCode, Refusals},
    services::{
        billing::{
            plan_instance::{plan_instance, price_model, unit_amount},
            quote::purchase,
        },
        denials::Denied,
        discounts::{Buyer, Codes, reduced},
        plans::{Plans, Selection, Trials, Wanted},
        prices::{
            asked::{Payer, asked as asked_prices},
            pricing_of,
        },
        seller::{Seller, customer_taxes::CustomerTaxes},
        unit::Unit,
        validate,
    },
};

const MOST_LINES: usize = 100;

/// A line as a buyer asks for it.
#[derive(Clone, Debug)]
pub struct NewLine {
    pub offer_id: OfferId,
    /// What it has of a plan of the offer; none: the offer by itself.
    pub plan: Option<Selection>,
    pub quantity: i32,
    /// Of an add-on: the subscription that it belongs to, or else the number of the line that buys that, from 1 on.
    pub parent_subscription_id: Option<SubscriptionId>,
    pub parent_line: Option<i32>,
    /// The buyer's own id of the line; unique in the order (APX-14).
    pub client_line_id: Option<String>,
    /// PO number of the subscription that is bought; the order's where it is missing (APG-10).
    pub po_number: Option<String>,
    /// The day in the past on which it has begun (IFS-46); none: it begins when it is carried out.
    pub starts_on: Option<NaiveDate>,
    /// What is to be taken off it.
    pub discount_codes: Vec<String>,
}

/// Checks lines against the catalogue as it is now and prices them in the order's currency.
///
/// Tells all that is wrong with all lines at once; fields are named `lines.<index>.<field>`.
pub(crate) async fn buy(
    unit: &Unit,
    order: Buying<'_>,
    customer: customer::Model,
    lines: Vec<NewLine>,
) -> Outcome<Vec<order_line::Model>> {
    if lines.is_empty() || lines.len() > MOST_LINES {
        let message = format!("An order has 1 to {MOST_LINES} lines.");
        return Err(Refusal::of(RefusalCode::OrderEmpty, "lines", message).into());
    }
    let asked: Vec<_> = lines.iter().map(|line| (line.offer_id, line.plan.clone())).collect();
    let codes = lines.iter().flat_map(|line| &line.discount_codes);
    let named = lines.iter().filter_map(|line| line.parent_subscription_id);
    let mut catalogue =
        Box::pin(Catalogue::load(unit, order, customer, &asked, codes, named)).await?;
    let count = lines.len();
    let mut wrong_lines = HashSet::new();
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
        if let Some(plan) = &line.plan {
            let field = field("plan.priceOverride");
            refusals.value(plan.check_who_says_price(&unit.viewer, &field));
        }
        if line.parent_line.is_some() && line.parent_subscription_id.is_some() {
            let message = "Give parentSubscriptionId or parentLine, not both.";
            refusals.push(Refusal::invalid(&field("parentLine"), message));
            continue;
        }
        let asked = Asked {
            plan: line.plan.as_ref(),
            quantity: line.quantity,
            codes: line.discount_codes,
            index,
        };
        let sold = catalogue.price(&mut refusals, line.offer_id, asked);
        let Some(sold) = sold else { continue };
        let sold = sold.less_discounts(&catalogue.taxes.seller)?;
        let new = NewRow {
            order_id: order.order_id,
            order_created_at: order.order_created_at,
            line_number: i32::try_from(index).unwrap_or(i32::MAX) + 1,
            client_line_id,
            action: OrderAction::Buy,
            product_id: sold.product_id,
            offer_id: line.offer_id,
            plan_id: line.plan.map(|plan| plan.plan_id),
            subscription_id: None,
            parent_subscription_id: line.parent_subscription_id,
            parent_line: line.parent_line,
            quantity: line.quantity,
            previous_quantity: None,
            po_number,
            unit_amount: sold.first.unit_amount,
            price_model: sold.first.price_model,
            price: sold.first.price,
            tax: sold.first.tax,
            net_amount: sold.first.amount,
            components: sold.first.components,
            has_trial: sold.has_trial,
            provisioning: sold.provisioning,
            plan_instance: Some(sold.plan_instance),
            starts_on: line.starts_on,
            discounts: (!sold.discounts.is_empty()).then_some(LineDiscounts(sold.discounts)),
            discount_amount: sold.first.discount_amount,
        };
        let row = row::pending(unit, new);
        if !sold.fits {
            wrong_lines.insert(row.line_number);
        }
        priced.push(row);
    }
    catalogue.quote(unit, (&mut priced, count), &wrong_lines, &mut refusals)?;
    refusals.done()?;
    Ok(priced)
}

/// Checks a draft's purchases again and gives them the prices, taxes and rounding of now; they keep these from here on
/// (APX-31).
pub(crate) async fn reprice(
    unit: &Unit,
    order: &mut order::Model,
    customer: customer::Model,
    lines: &mut [order_line::Model],
) -> Outcome<()> {
    let asked: Vec<_> = lines.iter().map(|line| (line.offer_id, selection(line))).collect();
    let codes = lines.iter().flat_map(codes_of);
    let named = lines.iter().filter_map(|line| line.parent_subscription_id);
    let loading = Catalogue::load(unit, Buying::of(order), customer, &asked, codes, named);
    let mut catalogue = Box::pin(loading).await?;
    let mut wrong_lines = HashSet::new();
    let mut refusals = Refusals::default();
    for (index, (line, (offer_id, plan))) in lines.iter_mut().zip(&asked).enumerate() {
        let codes = codes_of(line).cloned().collect();
        let asked = Asked { plan: plan.as_ref(), quantity: line.quantity, codes, index };
        let Some(sold) = catalogue.price(&mut refusals, *offer_id, asked) else {
            wrong_lines.insert(line.line_number);
            continue;
        };
        let sold = sold.less_discounts(&catalogue.taxes.seller)?;
        line.tax_category = sold.first.tax.category;
        line.tax_basis_points = sold.first.tax.basis_points;
        line.unit_amount = sold.first.unit_amount;
        line.price_model = sold.first.price_model;
        (line.price_id, line.price_scope) = sold.first.price.unzip();
        line.net_amount = sold.first.amount;
        line.components = sold.first.components;
        line.discount_amount = sold.first.discount_amount;
        line.discounts = (!sold.discounts.is_empty()).then_some(LineDiscounts(sold.discounts));
        line.has_trial = sold.has_trial;
        line.provisioning = sold.provisioning;
        line.plan_instance = Some(sold.plan_instance);
        if !sold.fits {
            wrong_lines.insert(line.line_number);
        }
    }
    let count = lines.len();
    catalogue.quote(unit, (&mut *lines, count), &wrong_lines, &mut refusals)?;
    order.rounding_mode = catalogue.taxes.seller.tenant.rounding_mode;
    order.tax_inclusive = include_tax(lines);
    refusals.done()
}

/// Refuses what an order has chosen of plans where they no longer allow it (IFS-17), and its add-ons where they can no longer
/// belong to what they do. Nothing is priced again.
pub(crate) async fn check_plans(unit: &Unit, order: &order::Model) -> Outcome<()> {
    let lines = order_line::Entity::find()
        .filter(order_line::Column::TenantId.eq(order.tenant_id))
        .filter(order_line::Column::OrderId.eq(order.id))
        .filter(
            Condition::any()
                .add(order_line::Column::PlanId.is_not_null())
                .add(order_line::Column::ParentSubscriptionId.is_not_null()),
        )
        .all(&unit.txn)
        .await?;
    if lines.is_empty() {
        return Ok(());
    }
    parents::check_submitted(unit, order, &lines).await?;
    let chosen: Vec<_> = lines.iter().map(selection).collect();
    // What is ordered is there for whoever approves it, also of a plan that is pinned to another's partner.
    let plans = Plans::load_all(unit, chosen.iter().flatten().map(|it| it.plan_id)).await?;
    let today = unit.today().await?;
    let mut refusals = Refusals::default();
    for (line, chosen) in lines.iter().zip(&chosen) {
        let Some(selection) = chosen else { continue };
        let wanted = Wanted {
            offer_id: line.offer_id,
            partner_id: order.partner_id,
            currency: &order.currency,
            today,
        };
        let checked =
            plans.choose(wanted, selection, &format!("lines.{}.plan", line.line_number - 1));
        refusals.extend(checked.err().unwrap_or_default());
    }
    refusals.done()
}

/// Says of add-ons that are bought together with what they belong to what that is, now that both have subscriptions.
pub(crate) fn belong(lines: &mut [order_line::Model], bought: &mut [subscription::Model]) {
    let of_line: HashMap<_, _> =
        lines.iter().map(|line| (line.line_number, line.subscription_id)).collect();
    for line in lines {
        let Some(number) = line.parent_line else { continue };
        line.parent_subscription_id = of_line.get(&number).copied().flatten();
        if let Some(own) = bought.iter_mut().find(|it| Some(it.id) == line.subscription_id) {
            own.parent_id = line.parent_subscription_id;
        }
    }
}

/// What a line has of a plan.
fn selection(line: &order_line::Model) -> Option<Selection> {
    let instance = line.plan_instance.as_ref()?;
    instance.selection.as_ref().map(Selection::from)
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
    anchor_on: Option<NaiveDate>,
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
            let message = match most {
                0 => "The seller lets nothing begin in the past. Leave this field out.".to_owned(),
                most => format!("A purchase may begin {most} days back at most."),
            };
            return Ok(Err(Refusal::invalid(field, message)));
        }
    }
    let Some(instance) = &line.plan_instance else { return Ok(Ok(())) };
    let sold = (line.offer_id, instance);
    let discounts = line.discounts.as_ref().map_or(&[][..], |discounts| &discounts.0);
    let (quantity, starts_on) = (line.quantity, line.starts_on);
    line.charges = purchase(seller, sold, discounts, quantity, starts_on, anchor_on, unit.now)?;
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
fn one_kind(kind: &mut Option<bool>, tax_inclusive: bool, field: &str) -> Result<(), Refusal> {
    if *kind.get_or_insert(tax_inclusive) == tax_inclusive {
        return Ok(());
    }
    let message = if tax_inclusive {
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

/// What a line asks for of an offer.
struct Asked<'a> {
    plan: Option<&'a Selection>,
    quantity: i32,
    /// What is to be taken off it.
    codes: Vec<String>,
    /// Counts from 0 within the order.
    index: usize,
}

/// What a line sells, as it is now.
struct Sold {
    product_id: ProductId,
    provisioning: Provisioning,
    first: FirstPeriod,
    /// What is taken off it.
    discounts: Vec<LineDiscount>,
    has_trial: bool,
    plan_instance: PlanInstance,
    /// Whether the offer comes in such a quantity.
    fits: bool,
}

/// The part of the catalogue that some lines are about, and what the customer may have of it.
struct Catalogue<'a> {
    order: Buying<'a>,
    offers: HashMap<OfferId, offer::Model>,
    products: HashMap<ProductId, product::Model>,
    prices: HashMap<OfferId, price::Model>,
    plans: Plans,
    denied: Denied,
    trials: Trials,
    codes: Codes<'a>,
    parents: Parents,
    taxes: CustomerTaxes,
    /// Whether the prices so far have the tax in them.
    kind: Option<bool>,
}

impl<'a> Catalogue<'a> {
    /// Loads what some lines ask for. Refused where the customer may order nothing.
    async fn load(
        unit: &Unit,
        order: Buying<'a>,
        customer: customer::Model,
        asked: &[(OfferId, Option<Selection>)],
        codes: impl Iterator<Item = &String> + Send,
        parents: impl Iterator<Item = SubscriptionId> + Send,
    ) -> Outcome<Self> {
        let ids: HashSet<_> = asked.iter().map(|(offer, _)| *offer).collect();
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
        let taxes = CustomerTaxes::for_customer(unit, customer).await?;
        let parents = Parents::load(unit, &taxes.seller, parents).await?;
        let Buying { customer_id, partner_id, agreement_id, currency, .. } = order;
        let payer = Payer::of(&taxes.customer, partner_id, agreement_id);
        let prices = asked_prices(unit, payer, alone(asked), currency, taxes.today()).await?;
        let denied = Denied::load(unit, order.customer_id, offers.values()).await?;
        denied.check()?;
        let buyer = Buyer { customer_id, partner_id, currency };
        let codes = Codes::load(unit, &taxes.seller, buyer, codes).await?;
        let chosen = || asked.iter().filter_map(|(offer, plan)| Some((offer, plan.as_ref()?)));
        let plans = Plans::load(unit, chosen().map(|(_, plan)| plan.plan_id)).await?;
        let tried = chosen().filter(|(_, plan)| plans.may_begin_with_trial(plan));
        let tried = tried.filter_map(|(offer, _)| offers.get(offer)).map(|offer| offer.product_id);
        let trials = Trials::load(unit, order.customer_id, tried.collect()).await?;
        Ok(Self {
            order,
            offers,
            products,
            prices,
            plans,
            denied,
            trials,
            codes,
            parents,
            taxes,
            kind: None,
        })
    }

    /// Checks what add-ons belong to, and says on each line what it would charge, but for those of which the offer does not come
    /// in such a quantity.
    fn quote(
        &self,
        unit: &Unit,
        (lines, count): (&mut [order_line::Model], usize),
        wrong_lines: &HashSet<i32>,
        refusals: &mut Refusals,
    ) -> Outcome<()> {
        let (order, today) = (self.order, self.taxes.today());
        let all = (&mut *lines, count);
        let anchors = self.parents.check(order, &self.offers, all, today, refusals)?;
        for line in lines.iter_mut().filter(|line| !wrong_lines.contains(&line.line_number)) {
            let field = format!("lines.{}.startsOn", line.line_number - 1);
            let anchor_on = anchors.get(&line.line_number).copied();
            refusals.collect(quote(unit, &self.taxes, line, anchor_on, &field)?);
        }
        Ok(())
    }

    /// What a line sells; none where something is refused.
    fn price(
        &mut self,
        refusals: &mut Refusals,
        offer_id: OfferId,
        asked: Asked<'_>,
    ) -> Option<Sold> {
        let field = |name: &str| format!("lines.{}.{name}", asked.index);
        let offered = orderable(&self.offers, &self.products, offer_id, &field("offerId"));
        let (offer, product) = refusals.collect(offered)?;
        refusals.value(self.denied.check_offer(offer, &field("offerId")));
        refusals.value(self.denied.check_once(offer, &field("offerId")));
        let fits = refusals.collect(check_bought(offer, asked.quantity, &field("quantity")));
        // What is wrong with a quantity is told once: a price is looked for that there is.
        let quantity = fits.map_or(offer.min_quantity, |()| asked.quantity);
        let (instance, first, has_trial) = match asked.plan {
            None => {
                let (instance, first) = self.sold_alone(refusals, offer, quantity, field)?;
                (instance, first, false)
            }
            Some(selection) => self.sold_as_plan(refusals, offer, selection, quantity, field)?,
        };
        if has_trial {
            refusals.value(self.trials.check(product, &field("plan.skipTrial")));
        }
        let priced = if asked.plan.is_some() { "plan.planId" } else { "offerId" };
        refusals.collect(one_kind(&mut self.kind, instance.tax_inclusive, &field(priced)));
        Some(Sold {
            product_id: product.id,
            provisioning: product.provisioning,
            first,
            discounts: self.codes.of_line(offer, asked.codes, &field("discountCodes"), refusals),
            has_trial,
            plan_instance: instance,
            fits: fits.is_some(),
        })
    }

    /// The offer by itself, at its price.
    fn sold_alone(
        &self,
        refusals: &mut Refusals,
        offer: &offer::Model,
        quantity: i32,
        field: impl Fn(&str) -> String,
    ) -> Option<(PlanInstance, FirstPeriod)> {
        let price = self.prices.get(&offer.id).ok_or_else(|| {
            let message = format!("{} has no price in {}.", offer.name, self.order.currency);
            Refusal::of(RefusalCode::PriceMissing, &field("offerId"), message)
        });
        let price = refusals.collect(price)?;
        let amount = match offer.billing {
            Billing::OneTime | Billing::Recurring => {
                whole_price(&pricing_of(price), quantity, self.taxes.seller.terms.rounding)
            }
            // Nobody knows how much will be used.
            Billing::Usage => Ok(0),
        };
        let amount = refusals.collect(amount.map_err(|_| too_large(&field("quantity"))));
        let tax = self.taxes.of(price.tax_basis_points, price.tax_code_id, &field("offerId"));
        let tax = refusals.collect(tax)?;
        let first = FirstPeriod {
            unit_amount: price.unit_amount,
            price_model: price.model,
            price: Some((price.id, price.scope)),
            amount: amount?,
            discount_amount: 0,
            tax,
            components: None,
        };
        Some((plan_instance(&self.taxes.seller.tenant, offer, price), first))
    }

    /// What is chosen of one of its plans, and whether that begins with a trial.
    fn sold_as_plan(
        &self,
        refusals: &mut Refusals,
        offer: &offer::Model,
        selection: &Selection,
        quantity: i32,
        field: impl Fn(&str) -> String,
    ) -> Option<(PlanInstance, FirstPeriod, bool)> {
        let wanted = Wanted {
            offer_id: offer.id,
            partner_id: self.order.partner_id,
            currency: self.order.currency,
            today: self.taxes.today(),
        };
        let chosen = match self.plans.choose(wanted, selection, &field("plan")) {
            Ok(chosen) => chosen,
            Err(refused) => {
                refusals.extend(refused);
                return None;
            }
        };
        let mut products = chosen.products().iter();
        refusals.collect(
            products.try_for_each(|id| self.denied.check_product(*id, &field("plan.productIds"))),
        );
        let sold = chosen.sold(&self.taxes.seller.tenant, offer, &field("plan.planId"));
        let instance = refusals.collect(sold)?;
        let first = FirstPeriod::of(&self.taxes, &instance, offer.product_id, quantity, &field);
        Some((instance, refusals.collect(first)?, chosen.has_trial()))
    }
}

impl Sold {
    /// The same with what discounts take off its first period.
    fn less_discounts(mut self, seller: &Seller) -> Outcome<Self> {
        if self.discounts.is_empty() {
            return Ok(self);
        }
        let first = &mut self.first;
        let full = first.amount;
        first.amount = match &mut first.components {
            None => reduced(seller, &[full], &self.discounts)?.into_iter().sum(),
            Some(LineComponents(components)) => {
                let prices: Vec<_> = components.iter().map(|it| it.amount).collect();
                let left = reduced(seller, &prices, &self.discounts)?;
                for (component, left) in components.iter_mut().zip(left) {
                    component.amount = left;
                }
                components.iter().map(|it| it.amount).sum()
            }
        };
        first.discount_amount = full - first.amount;
        Ok(self)
    }
}

/// What a line comes to in its first period.
struct FirstPeriod {
    unit_amount: i64,
    price_model: PriceModel,
    /// The price that is copied, and for whom it is.
    price: Option<(PriceId, PriceScope)>,
    amount: i64,
    /// How much less that is than without discounts.
    discount_amount: i64,
    /// Of several components, that of the first.
    tax: TaxRate,
    /// What each component comes to, of a plan.
    components: Option<LineComponents>,
}

impl FirstPeriod {
    /// What the components of a plan come to.
    fn of(
        taxes: &CustomerTaxes,
        instance: &PlanInstance,
        product_id: ProductId,
        quantity: i32,
        field: impl Fn(&str) -> String,
    ) -> Result<Self, Refusal> {
        let said = instance.selection.as_ref().and_then(|selection| selection.price_override);
        let of = if said.is_some() { "plan.priceOverride" } else { "quantity" };
        let too_large = || too_large(&field(of));
        let rounding = taxes.seller.terms.rounding;
        let step = instance.steps.first();
        let mut components = Vec::new();
        for sold in step.into_iter().flat_map(|step| &step.components) {
            let tax = taxes.of(sold.tax_basis_points, sold.tax_code_id, &field("plan.planId"))?;
            components.push(LineComponent {
                product_id: sold.product_id.unwrap_or(product_id),
                name: sold.name.clone(),
                timing: sold.timing,
                unit_amount: sold.pricing.unit_amount,
                amount: without_usage(sold, quantity, rounding).map_err(|_| too_large())?,
                tax_category: tax.category,
                tax_basis_points: tax.basis_points,
            });
        }
        let amount = money::sum(components.iter().map(|it| it.amount)).map_err(|_| too_large())?;
        let tax =
            components
                .first()
                .map_or(TaxRate { category: TaxCategory::Standard, basis_points: 0 }, |it| {
                    TaxRate { category: it.tax_category, basis_points: it.tax_basis_points }
                });
        Ok(Self {
            unit_amount: step.and_then(unit_amount).unwrap_or_default(),
            price_model: step.map_or(PriceModel::PerUnit, price_model),
            price: None,
            amount,
            discount_amount: 0,
            tax,
            components: Some(LineComponents(components)),
        })
    }
}

/// What the lines that a change charges come to for each component, and how that is taxed. Components are found in the first of
/// these instances that has them.
pub(crate) fn components_of(
    taxes: &CustomerTaxes,
    instances: &[&PlanInstance],
    product_id: ProductId,
    charges: &[Charge],
) -> Result<LineComponents, Refusal> {
    let all = || instances.iter().flat_map(|it| &it.steps).flat_map(|step| &step.components);
    let mut components: Vec<(Uuid, LineComponent)> = Vec::new();
    for charge in charges {
        let id = charge.component_id.unwrap_or_default();
        if let Some((_, known)) = components.iter_mut().find(|(other, _)| *other == id) {
            let amount = money::sum([known.amount, charge.amount]);
            known.amount = amount.map_err(|_| too_large("quantity"))?;
            continue;
        }
        // What was sold before both is taxed as the first of them is.
        let sold = all().find(|it| it.id == id).or_else(|| all().next());
        let code = sold.and_then(|it| it.tax_code_id);
        let tax = taxes.of(sold.map_or(0, |it| it.tax_basis_points), code, "id")?;
        let component = LineComponent {
            product_id: sold.and_then(|it| it.product_id).unwrap_or(product_id),
            name: sold.map_or_else(String::new, |it| it.name.clone()),
            timing: sold.map_or(Timing::Once, |it| it.timing),
            unit_amount: sold.map_or(0, |it| it.pricing.unit_amount),
            amount: charge.amount,
            tax_category: tax.category,
            tax_basis_points: tax.basis_points,
        };
        components.push((id, component));
    }
    Ok(LineComponents(components.into_iter().map(|(_, component)| component).collect()))
}

/// The offers that some lines ask for by themselves.
fn alone(asked: &[(OfferId, Option<Selection>)]) -> HashSet<OfferId> {
    let alone = asked.iter().filter(|(_, plan)| plan.is_none());
    alone.map(|(offer, _)| *offer).collect()
}

/// What it takes to buy an offer now.
fn orderable<'a>(
    offers: &'a HashMap<OfferId, offer::Model>,
    products: &'a HashMap<ProductId, product::Model>,
    id: OfferId,
    field: &str,
) -> Result<(&'a offer::Model, &'a product::Model), Refusal> {
    let not_found = || access::not_found::<offer::Entity>(field);
    let offer = offers.get(&id).ok_or_else(not_found)?;
    let product = products.get(&offer.product_id).ok_or_else(not_found)?;
    if [offer.status, product.status].contains(&CatalogStatus::Retired) {
        let message = format!("{} can no longer be bought.", offer.name);
        return Err(Refusal::of(RefusalCode::OfferNotOrderable, field, message));
    }
    Ok((offer, product))
}

/// Refuses a quantity that the offer does not come in.
pub(crate) fn check_quantity(
    offer: &offer::Model,
    quantity: i32,
    field: &str,
) -> Result<(), Refusal> {
    check_range(offer, offer.min_quantity, quantity, field)
}

/// Refuses a quantity that nobody can begin the offer with: one that it does not come in, or fewer units than it binds to.
pub(crate) fn check_bought(
    offer: &offer::Model,
    quantity: i32,
    field: &str,
) -> Result<(), Refusal> {
    let committed = offer.commitment.as_ref().and_then(|it| it.minimum_quantity).unwrap_or(0);
    check_range(offer, offer.min_quantity.max(committed), quantity, field)
}

fn check_range(
    offer: &offer::Model,
    least: i32,
    quantity: i32,
    field: &str,
) -> Result<(), Refusal> {
    let most = offer.max_quantity.unwrap_or(i32::MAX);
    if (least..=most).contains(&quantity) {
        return Ok(());
    }
    let message = match offer.max_quantity {
        Some(most) => format!("{} is sold in quantities of {least} to {most}.", offer.name),
        None => format!("{} is sold in quantities of {least} and more.", offer.name),
    };
    Err(Refusal::of(RefusalCode::QuantityOutOfRange, field, message))
}

/// Puts the sums of its lines on an order, with its rounding.
pub(crate) fn sum_up(order: &mut order::Model, lines: &[order_line::Model]) -> Outcome<()> {
    let taxed: Vec<_> = lines
        .iter()
        .flat_map(taxed)
        .map(|(amount, rate)| TaxedLine { amount, rate, includes_tax: order.tax_inclusive })
        .collect();
    let totals = billing::totals(&taxed, order.rounding_mode)
        .map_err(|_: BillingError| Error::from(too_large("lines")))?;
    order.net_amount = totals.net;
    order.tax_amount = totals.tax;
    order.gross_amount = totals.gross;
    Ok(())
}

/// What a line comes to, by how it is taxed: of a plan, what each component comes to.
fn taxed(line: &order_line::Model) -> Vec<(i64, TaxRate)> {
    let rate = |category, basis_points| TaxRate { category, basis_points };
    match &line.components {
        Some(LineComponents(components)) => components
            .iter()
            .map(|it| (it.amount, rate(it.tax_category, it.tax_basis_points)))
            .collect(),
        None => vec![(line.net_amount, rate(line.tax_category, line.tax_basis_points))],
    }
}

fn too_large(field: &str) -> Refusal {
    Refusal::of(RefusalCode::AmountTooLarge, field, "The amount is too large.")
}
