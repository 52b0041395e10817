//! Invoices with lines as a test wants them, and what is paid and credited of them.

use entity::{InvoiceId, account_transaction, invoice, invoice_line};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::shop::{Shop, id};

impl Shop {
    /// An issued invoice with these lines, each an amount and a rate of tax.
    pub(super) async fn invoice_with(&self, lines: &[(i64, i32)]) -> invoice::Model {
        self.invoice_in("EUR", lines).await
    }

    /// A draft on which charges collect.
    pub(super) async fn collecting(&self) -> invoice::Model {
        self.collecting_in("EUR").await
    }

    async fn collecting_in(&self, currency: &str) -> invoice::Model {
        let any = self.instant_in(currency, "1").await;
        let line = json!([{ "offerId": any, "quantity": 1 }]);
        self.buy_with(json!({ "currency": currency, "lines": line })).await;
        let drafts = self.drafts().await;
        drafts.into_iter().find(|draft| draft.credit_reason.is_none()).unwrap()
    }

    pub(super) async fn invoice_in(&self, currency: &str, lines: &[(i64, i32)]) -> invoice::Model {
        let draft = &self.collecting_in(currency).await;
        for (amount, basis_points) in lines {
            let line = json!({
                "description": "By hand", "amount": amount.to_string(),
                "taxBasisPoints": basis_points,
            });
            let input = json!({ "id": Id(draft.id).to_string(), "line": line });
            self.api.done(&self.world.admin, "addInvoiceLine", input, "").await;
        }
        // What began the draft is none of what the test is about.
        let bought = "DELETE FROM invoice_line WHERE subscription_id IS NOT NULL \
                      AND invoice_id IN (SELECT id FROM invoice WHERE status = 'DRAFT')";
        self.app.database.execute(bought).await;
        self.issue(draft).await;
        self.document(draft.id).await
    }

    /// The lines of a document that come to something, in their order.
    pub(super) async fn lines_of(&self, invoice: InvoiceId) -> Vec<invoice_line::Model> {
        invoice_line::Entity::find()
            .filter(invoice_line::Column::InvoiceId.eq(invoice))
            .filter(invoice_line::Column::NetAmount.ne(0))
            .order_by_asc(invoice_line::Column::LineNumber)
            .all(self.app.app.store.readers())
            .await
            .unwrap()
    }

    /// Begins a credit note of an invoice: of these lines, or all.
    pub(super) async fn credit(&self, invoice: &invoice::Model, lines: Value) -> invoice::Model {
        let input = credit_input(invoice, &lines);
        let selection = "creditNote { id }";
        let payload = self.api.done(&self.world.admin, "createCreditNote", input, selection).await;
        self.document(id(&payload["creditNote"]["id"])).await
    }

    /// Begins and issues it.
    pub(super) async fn credited(&self, invoice: &invoice::Model, lines: Value) -> invoice::Model {
        let draft = self.credit(invoice, lines).await;
        self.issue_credit_note(&draft, false).await
    }

    pub(super) async fn issue_credit_note(
        &self,
        draft: &invoice::Model,
        refund: bool,
    ) -> invoice::Model {
        let input = json!({ "id": Id(draft.id).to_string(), "refund": refund });
        self.api.done(&self.world.admin, "issueCreditNote", input, "").await;
        self.document(draft.id).await
    }

    /// Records a payment that must succeed.
    pub(super) async fn pay(&self, invoice: &invoice::Model, amount: i64, reference: &str) {
        let input = payment(invoice, amount, reference);
        self.api.done(&self.world.admin, "recordPayment", input, "").await;
    }

    /// What moved on all accounts, by kind and amount.
    pub(super) async fn moved(&self) -> Vec<(&'static str, i64)> {
        let moved = account_transaction::Entity::find()
            .order_by_asc(account_transaction::Column::CreatedAt)
            .all(self.app.app.store.readers())
            .await
            .unwrap();
        let mut moved: Vec<_> = moved.iter().map(|it| (it.kind.as_str(), it.amount)).collect();
        moved.sort_unstable();
        moved
    }
}

pub(super) fn credit_input(invoice: &invoice::Model, lines: &Value) -> Value {
    json!({ "invoiceId": Id(invoice.id).to_string(), "lines": lines, "reason": "ERROR" })
}

pub(super) fn payment(invoice: &invoice::Model, amount: i64, reference: &str) -> Value {
    json!({
        "invoiceId": Id(invoice.id).to_string(), "amount": amount.to_string(),
        "reference": reference,
    })
}

/// What is taken back of a line.
pub(super) fn part(line: &invoice_line::Model, amount: i64) -> Value {
    json!({ "lineId": Id(line.id).to_string(), "amount": amount.to_string() })
}
