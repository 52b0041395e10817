//! What moved on a customer's account.

use entity::account_transaction;

use super::{Customer, Invoice, Payment, money::money};
use crate::{
    access,
    graphql::read::table::{cell, object, one},
};

object! {
    /// What moved on a customer's account. The balance of the account is the sum of all that moved.
    AccountTransaction of account_transaction(AccountTransactionId), seen as access::visible::<account_transaction::Entity>;

    /// The id of the transaction.
    id;
    /// The customer whose account it is. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, account_transaction.customer_id);
    /// What it was.
    kind;
    /// How much more the customer has afterwards; below zero: less.
    amount = money(cell!(account_transaction.amount), cell!(account_transaction.currency));
    /// The document from which it came, or which it paid. Null where somebody entered it by hand.
    invoice = one!(Invoice, account_transaction.invoice_id);
    /// The payment from which it came. Null: from none.
    payment = one!(Payment, account_transaction.payment_id);
    /// What the seller says about it.
    note;
    /// When it was entered.
    created_at;
}
