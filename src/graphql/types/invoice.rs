//! What a customer is asked to pay.

use anyhow::{Context, anyhow};
use domain::{
    billing::{self, BillingError, DocumentTotals, TaxRate, TaxTotal, TaxedLine},
    money,
};
use entity::{InvoiceId, InvoiceStatus, invoice};

use super::{
    Agreement, Customer, InvoiceLine, InvoiceTax, Order, Partner, Payment, made, made_of,
    money::{Totals, money},
    party::party,
};
use crate::{
    access,
    graphql::{
        id::Id,
        read::{
            cells::Given,
            shape::Shown,
            table::{cell, many, object, one, rows},
        },
    },
    services::below,
};

object! {
    /// What a customer is asked to pay; or, where its kind says so, a credit note, whose amounts are below zero.
    Invoice of invoice(InvoiceId), seen as access::visible::<invoice::Entity>;

    /// The id of the invoice.
    id;
    /// Given at issue, without gaps in the series of its kind. Null for a draft.
    number;
    /// Whether it asks for money or gives some back. A draft that comes to less than nothing becomes a credit note at issue.
    kind;
    /// Whether it is final, and what became of it. A credit note is settled when it is issued.
    status;
    /// The customer that pays. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, invoice.customer_id);
    /// The partner that sold what is charged for. Null where the seller itself did, or where the caller may not see the
    /// partner.
    partner = one!(Partner, invoice.partner_id);
    /// The agreement that it is under. Null where there is none, or where the caller may not see it.
    agreement = one!(Agreement, invoice.agreement_id);
    /// The order that has it to itself: what that buys once is on it, and nothing else that the order charges. Null where it collects what
    /// the customer is charged, and where the caller may not see the order.
    order = one!(Order, invoice.order_id);
    /// The currency of its amounts, as ISO 4217 spells it.
    currency;
    /// The charges, in their order; to a partner, those for what it sold.
    lines = many!(InvoiceLine, below::lines_of_invoice, invoice_id);
    /// What these lines come to.
    totals = made_of::<Totals, Totals>(
        vec![
            cell!(invoice.currency).into(),
            cell!(invoice.rounding_mode).into(),
            cell!(invoice.tax_inclusive).into(),
            rows!(
                InvoiceLine, below::lines_of_invoice,
                invoice_line.net_amount, invoice_line.tax_basis_points, invoice_line.tax_category,
            ),
            rows!(
                InvoiceTax, below::taxes_of_invoice,
                invoice_tax.net_amount, invoice_tax.tax_amount, invoice_tax.category,
                invoice_tax.basis_points,
            ),
        ],
        totals,
    );
    /// The taxes by category and rate, lowest rate first, as they were worked out at issue. A draft that still collects
    /// lines has none, nor has what a release before had issued: `totals` says what they come to.
    taxes = many!(InvoiceTax, below::taxes_of_invoice, invoice_id);
    /// Whether the amounts of its lines have the tax in them.
    tax_inclusive;
    /// With what its amounts are rounded; a draft takes the seller's setting when it is issued.
    rounding_mode;
    /// In which time zone its days are.
    time_zone;
    /// Who sells, as it was at issue. Null for a draft.
    seller = party(cell!(invoice.seller));
    /// Who buys, as it was at issue. Null for a draft.
    buyer = party(cell!(invoice.buyer));
    /// The invoice of which a credit note takes something back. Null: of none, or of several, which the lines say.
    corrects_invoice = one!(Invoice, invoice.corrects_invoice_id);
    /// The credit notes that take something back of it alone, drafts among them, oldest first.
    credit_notes = many!(Invoice, below::credit_notes_of_invoice);
    /// Why somebody has made the credit note. Null where nobody has.
    credit_reason;
    /// What the seller says about it.
    note;
    /// What was paid for it, oldest first.
    payments = many!(Payment, below::payments_of_invoice, invoice_id);
    /// What was settled of it, by payments, from the customer's account and by credit notes.
    paid_amount = money(cell!(invoice.paid_amount), cell!(invoice.currency));
    /// What is still to be paid.
    open_amount = money(cell!(invoice.open_amount), cell!(invoice.currency));
    /// When nothing was open any more. Null where something is, and for a draft.
    settled_at;
    /// Whether the day by which it is to be paid is over, and something is open.
    overdue = made::<bool>(
        vec![cell!(invoice.overdue_since).into(), cell!(invoice.status).into()],
        |given| {
            let is_issued = given.word::<InvoiceStatus>(1)? == InvoiceStatus::Issued;
            Ok((is_issued && given.has(0)?).into())
        },
    );
    /// The last day of what a draft collects by itself. It is issued by itself later; one that ends in the year 9999, never, or with
    /// the order that has it to itself.
    closes_on;
    /// The path at which it is a page to be printed, for the same callers.
    document_path = made::<String>(
        vec![cell!(invoice.id).into()],
        |given| {
            let id = given.id::<InvoiceId>(0)?.context("an invoice without an id")?;
            Ok(format!("/documents/{}", Id(id)).into())
        },
    );
    /// When it became final.
    issued_at;
    /// The day of that in its time zone; never before that of the number before. Null for a draft.
    issued_on;
    /// The day by which it is to be paid. Null for a draft.
    due_on;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}

/// What the lines that the viewer sees come to: what was worked out at issue, where that is about these lines.
fn totals(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let (currency, includes_tax) = (given.some_text(0)?, given.bool(2)?);
    let lines = given.rows(3)?;
    let taxed = lines.iter().map(|line| {
        let rate = TaxRate { category: line.word(2)?, basis_points: line.int(1)? };
        anyhow::Ok(TaxedLine { amount: line.long(0)?, rate, includes_tax })
    });
    let taxed = taxed.collect::<anyhow::Result<Vec<_>>>()?;
    let kept = given.rows(4)?.into_iter().map(|group| {
        let rate = TaxRate { category: group.word(2)?, basis_points: group.int(3)? };
        anyhow::Ok(TaxTotal { rate, net: group.long(0)?, tax: group.long(1)? })
    });
    let kept = kept.collect::<anyhow::Result<Vec<_>>>()?;
    let sum_of_lines: i128 = taxed.iter().map(|line| i128::from(line.amount)).sum();
    let in_terms_of_lines = |group: &TaxTotal| {
        let tax = if includes_tax { i128::from(group.tax) } else { 0 };
        i128::from(group.net) + tax
    };
    let totals =
        if !kept.is_empty() && kept.iter().map(in_terms_of_lines).sum::<i128>() == sum_of_lines {
            sum_of(kept)
        } else {
            billing::totals(&taxed, given.word(1)?)
        };
    let totals = totals.map_err(|error| anyhow!("stored lines cannot be added up: {error:?}"))?;
    Ok(Shown::object(Totals::of(&currency, &totals)))
}

fn sum_of(mut taxes: Vec<TaxTotal>) -> Result<DocumentTotals, BillingError> {
    taxes.sort_unstable_by_key(|group| group.rate);
    let net = money::sum(taxes.iter().map(|group| group.net))?;
    let tax = money::sum(taxes.iter().map(|group| group.tax))?;
    Ok(DocumentTotals { net, tax, gross: money::sum([net, tax])?, taxes })
}
