//! Mutations of invoices, credit notes, payments and accounts.

pub mod add_account_transaction;
pub mod add_line;
pub mod charge_customer;
pub mod create_credit_note;
pub mod create_standalone_credit_note;
pub mod delete_credit_note;
mod free_line;
pub mod issue;
pub mod issue_credit_note;
pub mod record_payment;
pub mod reverse_payment;
pub mod update_credit_note;
pub mod update_standalone_credit_note;

use async_graphql::MergedObject;

/// What can be done with invoices, and with what is paid and given back of them.
#[derive(Default, MergedObject)]
pub struct InvoiceMutations(
    add_line::AddInvoiceLineMutation,
    charge_customer::ChargeCustomerMutation,
    issue::IssueInvoiceMutation,
    create_credit_note::CreateCreditNoteMutation,
    create_standalone_credit_note::CreateStandaloneCreditNoteMutation,
    issue_credit_note::IssueCreditNoteMutation,
    update_credit_note::UpdateCreditNoteMutation,
    update_standalone_credit_note::UpdateStandaloneCreditNoteMutation,
    delete_credit_note::DeleteCreditNoteMutation,
    record_payment::RecordPaymentMutation,
    reverse_payment::ReversePaymentMutation,
    add_account_transaction::AddAccountTransactionMutation,
);
