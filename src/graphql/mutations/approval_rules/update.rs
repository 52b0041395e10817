//! `updateApprovalRule`.

use std::convert::identity;

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{ApprovalRuleId, CustomerId, PartnerId, ProductId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{APPROVERS, May},
        scalars::MinorUnits,
        types::{ApprovalRule, UserError, enums::OrderAction},
    },
    services::approval_rules::{
        RuleTerms,
        update::{UpdateApprovalRule, update_approval_rule},
    },
};

/// What is to change about a rule. Whose answer it asks for never changes.
#[derive(Debug, InputObject)]
pub struct UpdateApprovalRuleInput {
    /// The rule.
    id: Id<ApprovalRuleId>,
    /// Refuse with `VERSION_CONFLICT` unless the rule has this version.
    expected_version: Option<i32>,
    /// What people call it: up to 200 characters.
    name: MaybeUndefined<String>,
    /// Whether it asks for anything.
    enabled: MaybeUndefined<bool>,
    /// The currency of `minimumAmount` and `creditLimit`, as ISO 4217 spells it. Goes with the last of them.
    currency: MaybeUndefined<String>,
    /// Orders that come to as much, with tax, in the minor unit of the currency: 1 or more.
    minimum_amount: MaybeUndefined<MinorUnits>,
    /// Orders with which the customer would owe more, in the minor unit of the currency: 0 or more. For the seller's answer only.
    credit_limit: MaybeUndefined<MinorUnits>,
    /// Orders with a line for this product.
    product_id: MaybeUndefined<Id<ProductId>>,
    /// Orders with a line for a product of this vendor, spelled as the product has it: up to 200 characters.
    vendor: MaybeUndefined<String>,
    /// Orders with a line that does this to its subscription.
    action: MaybeUndefined<OrderAction>,
    /// Orders of this customer.
    customer_id: MaybeUndefined<Id<CustomerId>>,
    /// Orders that go through this partner.
    partner_id: MaybeUndefined<Id<PartnerId>>,
    /// Orders of customers of which none has been approved before.
    first_order: MaybeUndefined<bool>,
    /// How many different people must say yes: 1 to 10. Whether there are as many who may answer, nobody knows.
    approvers_needed: MaybeUndefined<i32>,
    /// After how many hours without this answer the order is cancelled: 1 to 8784; null: as the seller's settings say.
    lapse_after_hours: MaybeUndefined<i32>,
    /// After how many hours, again and again, whoever must answer is reminded: 1 to 8784; null: never.
    remind_every_hours: MaybeUndefined<i32>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `updateApprovalRule`.
#[derive(Debug, SimpleObject)]
pub struct UpdateApprovalRulePayload {
    /// The rule as it is now; null if the request was refused.
    approval_rule: Option<ApprovalRule>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct UpdateApprovalRuleMutation;

#[Object]
impl UpdateApprovalRuleMutation {
    /// Changes a rule. A field that is left out keeps its value; null clears it. Orders that were submitted before need the
    /// answers that they needed.
    #[graphql(guard = "May(APPROVERS)")]
    async fn update_approval_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rule and its changes.")] input: UpdateApprovalRuleInput,
    ) -> Result<UpdateApprovalRulePayload> {
        let terms = RuleTerms {
            enabled: change(input.enabled, identity),
            currency: change(input.currency, identity),
            minimum_amount: change(input.minimum_amount, |amount| amount.0),
            credit_limit: change(input.credit_limit, |amount| amount.0),
            product_id: change(input.product_id, |id| id.0),
            vendor: change(input.vendor, identity),
            action: change(input.action, Into::into),
            customer_id: change(input.customer_id, |id| id.0),
            partner_id: change(input.partner_id, |id| id.0),
            first_order: change(input.first_order, identity),
            approvers_needed: change(input.approvers_needed, identity),
            lapse_after_hours: change(input.lapse_after_hours, identity),
            remind_every_hours: change(input.remind_every_hours, identity),
        };
        let command = UpdateApprovalRule {
            rule_id: input.id.0,
            expected_version: input.expected_version.map(i64::from),
            name: change(input.name, identity),
            terms,
        };
        let (approval_rule, user_errors) =
            apply(ctx, input.idempotency_key, command, update_approval_rule).await?;
        Ok(UpdateApprovalRulePayload { approval_rule, user_errors })
    }
}
