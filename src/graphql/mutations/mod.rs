//! One file per mutation: its input, its payload and the call of the use case.

pub mod agreements;
pub mod api_keys;
pub mod approval_rules;
pub mod billing_runs;
pub mod customers;
pub mod denials;
pub mod discounts;
pub mod editions;
pub mod invoices;
pub mod mail;
pub mod offers;
pub mod order_lines;
pub mod orders;
pub mod partners;
pub mod payment_agreements;
pub mod plans;
pub mod prices;
pub mod products;
pub mod subscriptions;
pub mod tax_codes;
pub mod tenants;
pub mod usage;
pub mod webhooks;

use async_graphql::{Context, InputObject, MaybeUndefined, MergedObject, Value};
use entity::plan_instance;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    context::{app, viewer},
    error::Result,
    read::{output::Found, table::Object},
    request::{IdempotencyHeader, RequestId, TraceId},
    types::{enums::Proration, user_error::UserError},
};
use crate::{
    error::Outcome,
    events::log::Trace,
    services::{
        change::Change,
        perform::{Idempotency, perform},
        unit::Unit,
    },
};

/// What can be changed. Every mutation answers with a payload whose `userErrors` say why nothing was changed; they are
/// empty exactly when the change is stored durably.
#[derive(Default, MergedObject)]
pub struct Mutation(OrderingMutations, CatalogMutations, SellerMutations);

// In groups, because each member lies one level deeper in the type than the one before, and rustc follows 128 levels.

/// What can be done with orders and with what comes of them.
#[derive(Default, MergedObject)]
pub struct OrderingMutations(
    orders::OrderMutations,
    order_lines::OrderLineMutations,
    subscriptions::SubscriptionMutations,
    invoices::InvoiceMutations,
    billing_runs::BillingRunMutations,
    payment_agreements::PaymentAgreementMutations,
    usage::UsageMutations,
);

/// What can be done with what is sold.
#[derive(Default, MergedObject)]
pub struct CatalogMutations(
    products::ProductMutations,
    offers::OfferMutations,
    plans::PlanMutations,
    editions::EditionMutations,
    tax_codes::TaxCodeMutations,
    prices::PriceMutations,
    discounts::DiscountMutations,
);

/// What can be done with the seller and with whom it deals.
#[derive(Default, MergedObject)]
pub struct SellerMutations(
    partners::PartnerMutations,
    approval_rules::ApprovalRuleMutations,
    customers::CustomerMutations,
    denials::DenialMutations,
    agreements::AgreementMutations,
    tenants::TenantMutations,
    api_keys::ApiKeyMutations,
    webhooks::WebhookMutations,
    mail::MailMutations,
);

/// Runs a use case for the caller: once per idempotency key, all of it or nothing.
///
/// The key is the input's own or else the header's. What the caller sent to the field, the key aside, is what makes a
/// request the same as an earlier one. A refusal comes back as user errors.
pub async fn run<C, T>(
    ctx: &Context<'_>,
    idempotency_key: Option<String>,
    command: C,
    use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<T> + Send,
) -> Result<std::result::Result<T, Vec<UserError>>>
where
    C: Send,
    T: Serialize + DeserializeOwned + Send,
{
    let key = idempotency_key
        .or_else(|| ctx.data_opt::<IdempotencyHeader>().map(|header| header.0.clone()));
    let idempotency = match key {
        Some(key) => Some(Idempotency { key, fingerprint: fingerprint(ctx)? }),
        None => None,
    };
    let trace = Trace {
        request_id: ctx.data_opt::<RequestId>().map(|id| id.0.clone()),
        trace_id: ctx.data_opt::<TraceId>().map(|id| id.0.clone()),
    };
    let viewer = viewer(ctx)?.clone();
    let outcome = perform(app(ctx), viewer, trace, idempotency, command, use_case).await;
    UserError::told(outcome)
}

/// Runs a use case and names the object that it was about, which is read after the commit; or says why nothing was
/// changed. For the two fields of a payload.
pub async fn apply<O: Object, C: Send>(
    ctx: &Context<'_>,
    idempotency_key: Option<String>,
    command: C,
    use_case: impl AsyncFnOnce(&Unit, C) -> Outcome<O::Id> + Send,
) -> Result<(Option<Found<O>>, Vec<UserError>)>
where
    O::Id: Serialize + DeserializeOwned + Send,
{
    Ok(match run(ctx, idempotency_key, command, use_case).await? {
        Ok(id) => (Some(Found::by_id(id)), Vec::new()),
        Err(user_errors) => (None, user_errors),
    })
}

/// What an input field of a differential update asks for.
pub fn change<I, T>(input: MaybeUndefined<I>, read: impl FnOnce(I) -> T) -> Change<T> {
    match input {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(read(value)),
    }
}

/// What is charged where a period is not used as it was billed. What is left out is `BY_DAY`.
#[derive(Debug, InputObject)]
pub struct ProrationPolicyInput {
    /// What is charged for the first period where it is shorter than those after it.
    #[graphql(default_with = "Proration::ByDay")]
    first_period: Proration,
    /// What is charged where a change makes the rest of a period dearer.
    #[graphql(default_with = "Proration::ByDay")]
    increase: Proration,
    /// What is credited where a change makes it cheaper.
    #[graphql(default_with = "Proration::ByDay")]
    decrease: Proration,
    /// What is credited when a period that was paid is cancelled.
    #[graphql(default_with = "Proration::ByDay")]
    paid_cancellation: Proration,
    /// What is charged when a period that was not paid is cancelled.
    #[graphql(default_with = "Proration::ByDay")]
    unpaid_cancellation: Proration,
}

impl From<ProrationPolicyInput> for plan_instance::ProrationPolicy {
    fn from(input: ProrationPolicyInput) -> Self {
        Self {
            first_period: input.first_period.into(),
            increase: input.increase.into(),
            decrease: input.decrease.into(),
            paid_cancellation: input.paid_cancellation.into(),
            unpaid_cancellation: input.unpaid_cancellation.into(),
        }
    }
}

/// A hash of the mutation and the input as it was sent: what is missing and what is null differ.
fn fingerprint(ctx: &Context<'_>) -> Result<String> {
    let arguments = ctx
        .field()
        .arguments()
        .map_err(|error| anyhow::anyhow!("an argument cannot be read again: {error}"))?;
    let mut hash = Sha256::new();
    hash.update(ctx.field().name());
    for (name, value) in arguments {
        let value = without_key(value).into_json().map_err(anyhow::Error::from)?;
        hash.update(format!("\n{name}:{value}"));
    }
    Ok(format!("{:x}", hash.finalize()))
}

fn without_key(mut input: Value) -> Value {
    if let Value::Object(fields) = &mut input {
        fields.shift_remove("idempotencyKey");
    }
    in_order(input)
}

/// The same value with the fields of every object in alphabetical order.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            fields.sort_unstable_keys();
            Value::Object(fields.into_iter().map(|(name, value)| (name, in_order(value))).collect())
        }
        Value::List(values) => Value::List(values.into_iter().map(in_order).collect()),
        leaf @ (Value::Null
        | Value::Number(_)
        | Value::String(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::Enum(_)) => leaf,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::value;

    use super::*;

    #[test]
    fn two_inputs_are_the_same_whatever_the_order_of_their_fields_and_their_key() {
        let one = without_key(value!({"b": {"y": 1, "x": null}, "a": [1], "idempotencyKey": "k"}));
        let other = without_key(value!({"a": [1], "b": {"x": null, "y": 1}}));
        assert_eq!(one.to_string(), other.to_string());
    }
}
