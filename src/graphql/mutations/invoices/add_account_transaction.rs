//! `addAccountTransaction`.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{CustomerId, PartnerId};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::{apply, change},
        roles::{May, SELLERS},
        scalars::MinorUnits,
        types::{AccountTransaction, UserError, enums::AccountTransactionKind},
    },
    services::invoices::add_account_transaction::{AddAccountTransaction, add_account_transaction},
};

/// Input of `addAccountTransaction`.
#[derive(Debug, InputObject)]
pub struct AddAccountTransactionInput {
    /// The customer whose account it is.
    customer_id: Id<CustomerId>,
    /// The partner whose sales the account is about; null: the seller's own. Without it, that which the customer has now.
    partner_id: MaybeUndefined<Id<PartnerId>>,
    /// The currency, as ISO 4217 spells it.
    currency: String,
    /// What it is. `ALLOWANCE`, `PAYMENT` and `WRITE_OFF` add to the account, `CHARGE` and `REFUND` take off it.
    kind: AccountTransactionKind,
    /// How much, above zero.
    amount: MinorUnits,
    /// What is said about it; up to 1,000 characters.
    note: Option<String>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// Result of `addAccountTransaction`.
#[derive(Debug, SimpleObject)]
pub struct AddAccountTransactionPayload {
    /// What was entered; null if the request was refused.
    account_transaction: Option<AccountTransaction>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct AddAccountTransactionMutation;

#[Object]
impl AddAccountTransactionMutation {
    /// Enters something on a customer's account by hand. What is on it pays the next invoices that are issued.
    #[graphql(guard = "May(SELLERS)")]
    async fn add_account_transaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: AddAccountTransactionInput,
    ) -> Result<AddAccountTransactionPayload> {
        let command = AddAccountTransaction {
            customer_id: input.customer_id.0,
            partner_id: change(input.partner_id, |id| id.0),
            currency: input.currency,
            kind: input.kind.into(),
            amount: input.amount.0,
            note: input.note,
        };
        let (account_transaction, user_errors) =
            apply(ctx, input.idempotency_key, command, add_account_transaction).await?;
        Ok(AddAccountTransactionPayload { account_transaction, user_errors })
    }
}
