//! How a document looks. Pure: what is printed in, a page out, with every text escaped.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{Days, NaiveDate};
use entity::{
    InvoiceKind, InvoiceStatus, TaxCategory, invoice::Model as Invoice,
    invoice_line::Model as Line, invoice_tax::Model as Tax, party::Party,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{graphql::types::Money, services::invoices::printed::Printed};

const STYLE: &str = include_str!("page.css");

/// What a page may load and do: it has its own style, and nothing else.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; sandbox"
    )
});

/// The document as a page.
pub(super) fn page(printed: &Printed) -> String {
    let invoice = &printed.invoice;
    let title = title(invoice);
    let name = match &invoice.number {
        Some(number) => format!("{title} {number}"),
        None => format!("{title} (draft)"),
    };
    let amounts = Amounts::of(invoice);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (name) " – " (printed.seller.name) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    @if invoice.status == InvoiceStatus::Draft {
                        p.draft { strong { "Draft" } " It has not been issued and may still change." }
                    }
                    header {
                        div.letterhead { (party(&printed.seller)) }
                        div.head {
                            h1 { (title) }
                            dl { (facts(printed)) }
                        }
                    }
                    section.buyer aria-label="Bill to" {
                        h2 { @if invoice.kind == InvoiceKind::CreditNote { "Credit to" } @else { "Bill to" } }
                        (party(&printed.buyer))
                    }
                    (lines(printed, amounts))
                    div.sums {
                        (taxes(&printed.taxes, amounts))
                        (sums(invoice, amounts))
                    }
                    (endings(printed))
                }
            }
        }
    };
    page.into_string()
}

fn title(invoice: &Invoice) -> &'static str {
    match invoice.kind {
        InvoiceKind::Invoice => "Invoice",
        InvoiceKind::CreditNote => "Credit note",
    }
}

/// Amounts of a document as they are printed: those of a credit note without the sign.
#[derive(Clone, Copy)]
struct Amounts<'a> {
    currency: &'a str,
    sign: i64,
}

impl<'a> Amounts<'a> {
    fn of(invoice: &'a Invoice) -> Self {
        let sign = if invoice.kind == InvoiceKind::CreditNote { -1 } else { 1 };
        Self { currency: &invoice.currency, sign }
    }

    /// With the decimals of the currency, and thousands apart.
    fn number(self, amount: i64) -> String {
        grouped(&Money::new(amount.saturating_mul(self.sign), self.currency).number())
    }

    fn with_currency(self, amount: i64) -> String {
        format!("{}\u{a0}{}", self.number(amount), self.currency)
    }
}

/// A number with a narrow space between thousands, and a real minus sign.
fn grouped(number: &str) -> String {
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", number),
    };
    let (whole, rest) = number.find('.').map_or((number, ""), |point| number.split_at(point));
    let mut grouped = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped + rest
}

fn party(party: &Party) -> Markup {
    let place = [party.postal_code.as_deref(), party.city.as_deref()];
    let place: Vec<_> = place.into_iter().flatten().collect();
    html! {
        address {
            strong { (party.name) }
            @if let Some(street) = &party.street { span { (street) } }
            @if !place.is_empty() { span { (place.join(" ")) } }
            @if let Some(country) = &party.country { span { (country) } }
            @if let Some(number) = &party.tax_number { span.small { "Tax number " (number) } }
            @if let Some(number) = &party.registration_number {
                span.small { "Registration number " (number) }
            }
            @if let Some(email) = &party.email { span.small { (email) } }
        }
    }
}

fn facts(printed: &Printed) -> Markup {
    let invoice = &printed.invoice;
    html! {
        @if let Some(number) = &invoice.number { (fact("Number", number)) }
        @if let Some(day) = invoice.issued_on { (fact("Date", &day.to_string())) }
        @if let (InvoiceKind::Invoice, Some(day)) = (invoice.kind, invoice.due_on) {
            (fact("Due", &day.to_string()))
        }
        @if let Some(number) = &printed.buyer.number { (fact("Customer", number)) }
        @if !printed.corrected.is_empty() {
            (fact("Corrects", &printed.corrected.join(", ")))
        }
        @if let Some(partner) = &printed.partner { (fact("Sold by", partner)) }
        (fact("Currency", &invoice.currency))
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn lines(printed: &Printed, amounts: Amounts<'_>) -> Markup {
    let tax_of_prices = if printed.invoice.tax_inclusive { "with tax" } else { "without tax" };
    html! {
        table.lines {
            thead {
                tr {
                    th.number scope="col" { "#" }
                    th scope="col" { "Description" }
                    th.number scope="col" { "Quantity" }
                    th.number scope="col" { "Price" }
                    th.number scope="col" { "Tax" }
                    th.number scope="col" { "Amount " span.small { (tax_of_prices) } }
                }
            }
            tbody {
                @for line in &printed.lines {
                    tr {
                        td.number { (line.line_number) }
                        td { (line.description) (details(printed, line, amounts)) }
                        td.number { (line.quantity) }
                        td.number { (amounts.number(line.unit_amount)) }
                        td.number { (rate(line.tax_basis_points)) }
                        td.number { (amounts.number(line.net_amount)) }
                    }
                }
            }
        }
    }
}

/// What a line is about: days, units, references.
fn details(printed: &Printed, line: &Line, amounts: Amounts<'_>) -> Markup {
    let subscription = line.subscription_id.and_then(|id| printed.subscriptions.get(&id));
    let units = line.billed_quantity.filter(|units| *units != line.quantity && *units != 0);
    let mut about = Vec::new();
    about.extend(subscription.map(|number| format!("Subscription {number}")));
    about.extend(days(line));
    about.extend(share(line));
    about.extend(units.map(|units| format!("{} units", units.unsigned_abs())));
    if line.discount_amount != 0 {
        about.push(format!("Discount {}", amounts.number(line.discount_amount)));
    }
    about.extend(line.po_number.as_ref().map(|number| format!("PO number {number}")));
    about.extend(line.external_reference.as_ref().map(|text| format!("Reference {text}")));
    html! {
        @if !about.is_empty() {
            ul.details { @for one in &about { li { (one) } } }
        }
    }
}

/// The days that a line is about, both included.
fn days(line: &Line) -> Option<String> {
    let last = |day: NaiveDate| day.checked_sub_days(Days::new(1)).unwrap_or(day);
    let (first, end) = match (line.starts_on, line.ends_on) {
        (Some(first), end) => (first, end),
        (None, _) => {
            (line.period_starts_at?.date_naive(), line.period_ends_at.map(|end| end.date_naive()))
        }
    };
    Some(match end {
        Some(end) => format!("{first} to {}", last(end)),
        None => format!("from {first}"),
    })
}

fn share(line: &Line) -> Option<String> {
    let (days, of_days) = line.share_days.zip(line.share_of_days)?;
    (days != of_days).then(|| format!("{days} of {of_days} days"))
}

/// A rate as people read it: 25 %, 8.1 %.
fn rate(basis_points: i32) -> String {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    let decimals = format!("{rest:02}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole}\u{a0}%"),
        decimals => format!("{whole}.{decimals}\u{a0}%"),
    }
}

fn taxes(taxes: &[Tax], amounts: Amounts<'_>) -> Markup {
    html! {
        table.taxes {
            caption { "Tax" }
            thead {
                tr {
                    th scope="col" { "Category" }
                    th.number scope="col" { "Rate" }
                    th.number scope="col" { "Of" }
                    th.number scope="col" { "Tax" }
                }
            }
            tbody {
                @for tax in taxes {
                    tr {
                        td {
                            (category(tax.category))
                            @if let Some(reason) = &tax.exemption_reason { div.small { (reason) } }
                        }
                        td.number { (rate(tax.basis_points)) }
                        td.number { (amounts.number(tax.net_amount)) }
                        td.number { (amounts.number(tax.tax_amount)) }
                    }
                }
            }
        }
    }
}

fn category(category: TaxCategory) -> &'static str {
    match category {
        TaxCategory::Standard => "Standard",
        TaxCategory::ZeroRated => "Zero-rated",
        TaxCategory::Exempt => "Exempt from tax",
        TaxCategory::ReverseCharge => "Reverse charge: the buyer owes the tax",
        TaxCategory::IntraCommunity => "Supply to another member state",
        TaxCategory::Export => "Export",
        TaxCategory::OutOfScope => "Not subject to tax",
    }
}

fn sums(invoice: &Invoice, amounts: Amounts<'_>) -> Markup {
    let is_issued_invoice =
        invoice.kind == InvoiceKind::Invoice && invoice.status != InvoiceStatus::Draft;
    html! {
        table.totals {
            caption { "Total" }
            tbody {
                tr { th scope="row" { "Without tax" } td.number { (amounts.number(invoice.net_amount)) } }
                tr { th scope="row" { "Tax" } td.number { (amounts.number(invoice.tax_amount)) } }
                tr.total {
                    th scope="row" { @if amounts.sign < 0 { "Total credit" } @else { "Total" } }
                    td.number { (amounts.with_currency(invoice.gross_amount)) }
                }
                @if is_issued_invoice && invoice.paid_amount != 0 {
                    tr { th scope="row" { "Settled" } td.number { (amounts.number(invoice.paid_amount)) } }
                }
                @if is_issued_invoice {
                    tr.open {
                        th scope="row" { "To be paid" }
                        td.number { (amounts.with_currency(invoice.open_amount)) }
                    }
                }
            }
        }
    }
}

fn endings(printed: &Printed) -> Markup {
    let invoice = &printed.invoice;
    html! {
        @if let Some(note) = &invoice.note { section.note { h2 { "Note" } p { (note) } } }
        @if let (InvoiceKind::Invoice, Some(how)) = (invoice.kind, &printed.seller.payment_instructions) {
            section.note { h2 { "How to pay" } p { (how) } }
        }
        @if invoice.status != InvoiceStatus::Draft {
            p.small { "Days are those of the time zone " (invoice.time_zone) "." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, rate};

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped("1234567.50"), "1\u{202f}234\u{202f}567.50");
        assert_eq!(grouped("-1000"), "\u{2212}1\u{202f}000");
        assert_eq!(grouped("999.000"), "999.000");
    }

    #[test]
    fn a_rate_has_the_decimals_that_it_needs() {
        assert_eq!(rate(2500), "25\u{a0}%");
        assert_eq!(rate(810), "8.1\u{a0}%");
        assert_eq!(rate(5), "0.05\u{a0}%");
    }
}
