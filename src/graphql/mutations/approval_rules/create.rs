//! `createApprovalRule`.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{CustomerId, PartnerId, ProductId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{APPROVERS, May},
        scalars::MinorUnits,
        types::{ApprovalRule, UserError, enums::OrderAction},
    },
    services::{
        approval_rules::{
            RuleTerms,
            create::{CreateApprovalRule, create_approval_rule},
        },
        change::Change,
    },
};

/// A rule that is to be. It asks where all conditions hold that are given; without one, for every order.
#[derive(Debug, InputObject)]
pub struct CreateApprovalRuleInput {
    /// What people call it: up to 200 characters.
    name: String,
    /// Whether it asks for anything.
    #[graphql(default = true)]
    enabled: bool,
    /// The partner that must answer. Without it, the partner that the caller speaks for, or else the seller.
    approver_partner_id: Option<Id<PartnerId>>,
    /// The currency of `minimumAmount` and `creditLimit`, as ISO 4217 spells it.
    currency: Option<String>,
    /// Orders that come to as much, with tax, in the minor unit of the currency: 1 or more. An order in another currency does not.
    minimum_amount: Option<MinorUnits>,
    /// Orders with which the customer would owe more, in the minor unit of the currency: 0 or more. For the seller's answer only.
    credit_limit: Option<MinorUnits>,
    /// Orders with a line for this product. One line must meet all conditions on lines: product, vendor and action.
    product_id: Option<Id<ProductId>>,
    /// Orders with a line for a product of this vendor, spelled as the product has it: up to 200 characters.
    vendor: Option<String>,
    /// Orders with a line that does this to its subscription.
    action: Option<OrderAction>,
    /// Orders of this customer.
    customer_id: Option<Id<CustomerId>>,
    /// Orders that go through this partner.
    partner_id: Option<Id<PartnerId>>,
    /// Orders of customers of which none has been approved before.
    #[graphql(default)]
    first_order: bool,
    /// How many different people must say yes: 1 to 10. Whether there are as many who may answer, nobody knows.
    #[graphql(default = 1)]
    approvers_needed: i32,
    /// After how many hours without this answer the order is cancelled: 1 to 8784. Without it, as the seller's settings say.
    lapse_after_hours: Option<i32>,
    /// After how many hours, again and again, whoever must answer is reminded: 1 to 8784. Without it, never.
    remind_every_hours: Option<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `createApprovalRule`.
#[derive(Debug, SimpleObject)]
pub struct CreateApprovalRulePayload {
    /// The new rule; null if the request was refused.
    approval_rule: Option<ApprovalRule>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CreateApprovalRuleMutation;

#[Object]
impl CreateApprovalRuleMutation {
    /// Makes a rule that says when an order needs whose answer. It holds for what is submitted from then on. Approvers make
    /// rules for the answer that they give themselves, administrators any.
    #[graphql(guard = "May(APPROVERS)")]
    async fn create_approval_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the rule is to be.")] input: CreateApprovalRuleInput,
    ) -> Result<CreateApprovalRulePayload> {
        let terms = RuleTerms {
            enabled: Change::Set(input.enabled),
            currency: said(input.currency),
            minimum_amount: said(input.minimum_amount.map(|amount| amount.0)),
            credit_limit: said(input.credit_limit.map(|amount| amount.0)),
            product_id: said(input.product_id.map(|id| id.0)),
            vendor: said(input.vendor),
            action: said(input.action.map(Into::into)),
            customer_id: said(input.customer_id.map(|id| id.0)),
            partner_id: said(input.partner_id.map(|id| id.0)),
            first_order: Change::Set(input.first_order),
            approvers_needed: Change::Set(input.approvers_needed),
            lapse_after_hours: said(input.lapse_after_hours),
            remind_every_hours: said(input.remind_every_hours),
        };
        let command = CreateApprovalRule {
            name: input.name,
            approver_partner_id: input.approver_partner_id.map(|id| id.0),
            terms,
        };
        let (approval_rule, user_errors) =
            apply(ctx, input.idempotency_key, command, create_approval_rule).await?;
        Ok(CreateApprovalRulePayload { approval_rule, user_errors })
    }
}

/// What is said of something that is nothing yet.
fn said<T>(value: Option<T>) -> Change<T> {
    value.map_or(Change::Keep, Change::Set)
}
