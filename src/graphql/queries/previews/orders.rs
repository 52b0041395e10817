//! What an order will come to and charge.

use async_graphql::{Context, Object, SimpleObject};
use domain::{approval_rules::Level, viewer::Viewer};
use entity::{order, order_line, plan_instance::Charges};

use crate::{
    access::may_see_rules_of,
    graphql::{
        context::{app, viewer},
        error::Result,
        mutations::orders::create::CreateOrderInput,
        roles::{BUYERS, May},
        types::{
            ChargeLine, DiscountTerms, Money, Offer, OrderLineComponent, Partner, Plan, UserError,
            enums::PriceModel, order_line::alike,
        },
    },
    services::{
        orders::create::{self, preview_order},
        perform::rehearse,
    },
};

/// What an order would come to.
#[derive(Debug, Default, SimpleObject)]
pub(in crate::graphql) struct OrderPreview {
    /// Its lines, in their order.
    lines: Vec<OrderLinePreview>,
    /// Without tax. Null if it would be refused, like the other sums.
    net: Option<Money>,
    /// The tax.
    tax: Option<Money>,
    /// With tax.
    gross: Option<Money>,
    /// What the `charges` of all lines come to: without tax, but where the prices have it in them. Null, too, where that is too
    /// large to be written.
    charges_total: Option<Money>,
    /// The answers that it would need if it were submitted now, by level; none, and it would be approved at once. Only the
    /// seller's people see what comes of those rules of the seller's that look at what the customer owes or has bought before:
    /// for others they are left out, so that nobody can try out what a customer owes, and an order may need the seller's answer
    /// where this does not say so.
    approvals: Vec<ApprovalPreview>,
    /// Why it would be refused; empty if it would not.
    user_errors: Vec<UserError>,
}

/// An answer that an order would need.
#[derive(Debug, SimpleObject)]
pub(in crate::graphql) struct ApprovalPreview {
    /// The partner that would have to answer. Null: the seller, or a partner that the caller may not see.
    partner: Option<Partner>,
    /// Whether the seller would have to answer, not a partner.
    by_seller: bool,
    /// What the rules are called that ask for it, in alphabetical order. Empty where the caller may not see them, and where a
    /// setting asks for every order.
    rules: Vec<String>,
    /// How many different people would have to say yes.
    approvers_needed: i32,
    /// After how many hours without this answer the order would be cancelled. Null: as the seller's settings say.
    lapse_after_hours: Option<i32>,
}

/// What a line of an order would come to.
#[derive(Debug, SimpleObject)]
pub(in crate::graphql) struct OrderLinePreview {
    /// The offer that would be bought.
    offer: Option<Offer>,
    /// The plan that it would be bought as. Null: by itself.
    plan: Option<Plan>,
    /// How many units.
    quantity: i32,
    /// What one unit alone costs for a period.
    unit_price: Money,
    /// How its units are priced: only with `PER_UNIT` do more of them cost `unitPrice` times their number.
    price_model: PriceModel,
    /// The tax rate in hundredths of a percent: 2500 is 25 %. Null where its components are not taxed alike.
    tax_basis_points: Option<i32>,
    /// What each component of the plan would come to. Empty where the offer is bought by itself.
    components: Vec<OrderLineComponent>,
    /// What is taken off it.
    discounts: Vec<DiscountTerms>,
    /// How much less `net` is than without discounts.
    discount: Money,
    /// What the whole first period comes to, less its discounts: without tax, but where the prices have it in them.
    net: Money,
    /// What the line would charge if it were carried out now: nothing where it is charged afterwards, and a share where the
    /// first period is shorter than those that follow.
    charges: Vec<ChargeLine>,
}

#[derive(Default)]
pub(super) struct OrderPreviewsQuery;

#[Object]
impl OrderPreviewsQuery {
    /// What `createOrder` would come to with this input, what it would charge, and who would have to agree to it, worked out by
    /// the same functions. Refused as the mutation would be; nothing is written, and no idempotency key is used up.
    #[graphql(guard = "May(BUYERS)")]
    async fn preview_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What might be asked for.")] input: CreateOrderInput,
    ) -> Result<OrderPreview> {
        let asked = rehearse(app(ctx), viewer(ctx)?.clone(), input.into(), preview_order);
        Ok(match UserError::told(Box::pin(asked).await)? {
            Ok(preview) => OrderPreview::of(preview, viewer(ctx)?),
            Err(user_errors) => OrderPreview { user_errors, ..OrderPreview::default() },
        })
    }
}

impl OrderPreview {
    fn of(preview: create::OrderPreview, viewer: &Viewer) -> Self {
        let create::OrderPreview { order, lines, levels } = preview;
        let money = |amount| Money::new(amount, &order.currency);
        let charges = lines.iter().filter_map(|line| line.charges.as_ref());
        let charges_total = i64::try_from(charges.map(Charges::total).sum::<i128>()).ok();
        Self {
            lines: lines.iter().map(|line| OrderLinePreview::of(&order, line)).collect(),
            net: Some(money(order.net_amount)),
            tax: Some(money(order.tax_amount)),
            gross: Some(money(order.gross_amount)),
            charges_total: charges_total.map(money),
            approvals: levels.into_iter().map(|it| ApprovalPreview::of(it, viewer)).collect(),
            user_errors: Vec::new(),
        }
    }
}

impl ApprovalPreview {
    pub(super) fn of(level: Level, viewer: &Viewer) -> Self {
        let told = may_see_rules_of(&viewer.scope, level.partner_id);
        Self {
            partner: level.partner_id.map(Partner::by_id),
            by_seller: level.partner_id.is_none(),
            rules: if told { level.rules } else { Vec::new() },
            approvers_needed: level.approvers_needed,
            lapse_after_hours: level.lapse_after_hours,
        }
    }
}

impl OrderLinePreview {
    fn of(order: &order::Model, line: &order_line::Model) -> Self {
        let charges = line.charges.iter().flat_map(|charges| &charges.0).cloned();
        let charge = |charge| ChargeLine { charge, currency: order.currency.clone() };
        let components = line.components.iter().flat_map(|components| &components.0).cloned();
        let component = |component| OrderLineComponent::new(component, &order.currency);
        let given = line.discounts.iter().flat_map(|discounts| &discounts.0);
        let terms = given.map(|discount| DiscountTerms {
            terms: discount.terms.clone(),
            currency: order.currency.clone(),
        });
        Self {
            offer: Some(Offer::by_id(line.offer_id)),
            plan: line.plan_id.map(Plan::by_id),
            quantity: line.quantity,
            unit_price: Money::new(line.unit_amount, &order.currency),
            price_model: line.price_model.into(),
            tax_basis_points: alike(line.components.as_ref()).then_some(line.tax_basis_points),
            components: components.map(component).collect(),
            discounts: terms.collect(),
            discount: Money::new(line.discount_amount, &order.currency),
            net: Money::new(line.net_amount, &order.currency),
            charges: charges.map(charge).collect(),
        }
    }
}
