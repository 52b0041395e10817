//! How a document looks. Pure: what is printed in, a page out, with every text escaped.

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{Days, NaiveDate};
use entity::{
    ChargeType, CreditReason, InvoiceKind, InvoiceStatus, TaxCategory, invoice::Model as Invoice,
    invoice_line::Model as Line, invoice_tax::Model as Tax, party::Party,
};
use iso_currency::Country;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{
    graphql::types::Money,
    services::invoices::printed::{Printed, Reference, Settled, Settlement},
};

const STYLE: &str = include_str!("page.css");

static HASH_OF_STYLE: LazyLock<String> = LazyLock::new(|| hash(STYLE));

/// A document as a page.
pub(super) struct Page {
    pub(super) html: String,
    /// What the page may load and do: it has its own styles, and nothing else.
    pub(super) policy: String,
}

/// The document as a page.
pub(super) fn page(printed: &Printed) -> Page {
    let invoice = &printed.invoice;
    let title = title(invoice);
    let name = match &invoice.number {
        Some(number) => format!("{title} {number}"),
        None => format!("{title} (draft)"),
    };
    let name = format!("{name} – {}", printed.seller.name);
    // A sheet says which document it is part of. No browser takes a margin's text from the page itself.
    let of_sheets = format!("@page {{ @bottom-left {{ content: {}; }} }}", quoted(&name));
    let policy = format!(
        "default-src 'none'; style-src '{}' '{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'; sandbox",
        *HASH_OF_STYLE,
        hash(&of_sheets),
    );
    Page { html: html(printed, title, &name, &of_sheets), policy }
}

fn hash(style: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(style)))
}

/// A text as a string of CSS, in which nothing means anything.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

fn escaped(letter: char) -> String {
    if letter == ' ' || letter.is_ascii_alphanumeric() {
        letter.to_string()
    } else {
        format!("\\{:x} ", u32::from(letter))
    }
}

fn html(printed: &Printed, title: &str, name: &str, of_sheets: &str) -> String {
    let invoice = &printed.invoice;
    let amounts = Amounts::of(invoice);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light";
                title { (name) }
                style { (PreEscaped(STYLE)) }
                style { (PreEscaped(of_sheets)) }
            }
            body {
                main {
                    @if invoice.status == InvoiceStatus::Draft {
                        p.draft {
                            strong { "Draft" } " It has not been issued and may still change. "
                            @if let Some(day) = printed.closes_on { "It closes on " (day) "." }
                            @else { "It is issued by hand." }
                        }
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
                    div.closing {
                        div.sums {
                            (taxes(&printed.taxes, amounts))
                            (sums(printed, amounts))
                        }
                        (endings(printed))
                    }
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

    fn number(self, amount: i64) -> String {
        self.as_it_is(amount.saturating_mul(self.sign))
    }

    /// With the decimals of the currency, and thousands apart.
    fn as_it_is(self, amount: i64) -> String {
        grouped(&Money::new(amount, self.currency).number())
    }

    fn with_currency(self, amount: i64) -> String {
        format!("{}\u{a0}{}", self.number(amount), self.currency)
    }
}

/// A number with a narrow space between thousands, and a real minus sign.
pub(in crate::http) fn grouped(number: &str) -> String {
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
            @if let Some(code) = &party.country { span { (country(code)) } }
            @if let Some(number) = &party.tax_number { span.small { "Tax number " (number) } }
            @if let Some(number) = &party.registration_number {
                span.small { "Registration number " (number) }
            }
            @if let Some(email) = &party.email { span.small { (email) } }
        }
    }
}

/// The name of a country. Names that the standard explains in brackets, or turns round, are for lists: there it is the code.
fn country(code: &str) -> &str {
    let name = code.parse::<Country>().map_or("", |country| country.name());
    if name.is_empty() || name.contains(['(', '[', ',']) { code } else { name }
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
        @if let Some(number) = &printed.agreement { (fact("Agreement", number)) }
        @if let Some(one) = only_corrected(printed) { (fact("Corrects", &reference(one))) }
        @if let Some(reason) = invoice.credit_reason { (fact("Reason", in_words(reason))) }
        @if let Some(partner) = &printed.partner { (fact("Sold by", partner)) }
        (fact("Currency", &invoice.currency))
    }
}

/// The invoice that a credit note takes something back of, where it is one.
fn only_corrected(printed: &Printed) -> Option<&Reference> {
    match printed.corrected.as_slice() {
        [one] if printed.invoice.kind == InvoiceKind::CreditNote => Some(one),
        _ => None,
    }
}

fn reference(to: &Reference) -> String {
    match to.issued_on {
        Some(day) => format!("{} of {day}", to.number),
        None => to.number.clone(),
    }
}

fn references(to: &[Reference]) -> String {
    to.iter().map(reference).collect::<Vec<_>>().join(", ")
}

fn in_words(reason: CreditReason) -> &'static str {
    match reason {
        CreditReason::Cancellation => "Cancellation",
        CreditReason::Change => "Change",
        CreditReason::Error => "What was charged was wrong",
        CreditReason::Goodwill => "Goodwill",
        CreditReason::Duplicate => "Charged twice",
        CreditReason::Other => "Other",
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
                    @let (quantity, price) = quantity_and_price(printed, line, amounts);
                    tr {
                        td.number { (line.line_number) }
                        td { (line.description) (details(printed, line, quantity, amounts)) }
                        td.number { (grouped(&quantity.to_string())) }
                        td.number { (amounts.as_it_is(price)) }
                        td.number { (rate(line.tax_basis_points)) }
                        td.number { (amounts.number(line.net_amount)) }
                    }
                }
            }
        }
    }
}

/// How many units a line has at which price, above zero: what goes the other way than the document has units below zero.
/// What was billed by units and is taken back by units looks like it did there.
fn quantity_and_price(printed: &Printed, line: &Line, amounts: Amounts<'_>) -> (i64, i64) {
    let as_billed = || {
        let [billed] = printed.corrections.get(&line.id)?.as_slice() else { return None };
        let units = i64::from(line.billed_quantity?);
        let comes_to = units.checked_mul(billed.unit_amount)?;
        (line.charge_type == ChargeType::Correction && comes_to == line.net_amount)
            .then_some((units, billed.unit_amount))
    };
    let (units, price) = as_billed().unwrap_or((line.quantity.into(), line.unit_amount));
    let sign = if price < 0 { -amounts.sign } else { amounts.sign };
    (units * sign, price.saturating_abs())
}

/// What a line is about: days, units, references.
fn details(printed: &Printed, line: &Line, quantity: i64, amounts: Amounts<'_>) -> Markup {
    let subscription = line.subscription_id.and_then(|id| printed.subscriptions.get(&id));
    let units = line.billed_quantity.map(i32::unsigned_abs);
    let units = units.filter(|units| u64::from(*units) != quantity.unsigned_abs() && *units != 0);
    let mut corrected: Vec<_> = Vec::new();
    if only_corrected(printed).is_none() {
        let billed = printed.corrections.get(&line.id).into_iter().flatten();
        corrected.extend(billed.filter_map(|it| it.invoice.clone()));
        corrected.sort_unstable();
        corrected.dedup();
    }
    let mut about = Vec::new();
    if !corrected.is_empty() {
        about.push(format!("Corrects {}", references(&corrected)));
    }
    about.extend(subscription.map(|number| format!("Subscription {number}")));
    about.extend(days(line));
    about.extend(share(line));
    about.extend(
        units.map(|units| format!("{units} {}", if units == 1 { "unit" } else { "units" })),
    );
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

fn sums(printed: &Printed, amounts: Amounts<'_>) -> Markup {
    let invoice = &printed.invoice;
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
                @for Settled { by, amount } in &printed.settled {
                    tr {
                        th scope="row" { (settlement(by)) }
                        td.number { (amounts.as_it_is(amount.saturating_mul(-amounts.sign))) }
                    }
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

fn settlement(by: &Settlement) -> Markup {
    let (what, more) = match by {
        Settlement::Payment { received_on, reference } => {
            (format!("Paid on {received_on}"), reference.clone())
        }
        Settlement::FromAccount => ("Paid from the account".to_owned(), String::new()),
        Settlement::WrittenOff => ("Written off".to_owned(), String::new()),
        Settlement::CreditNotes(credit_notes) => ("Credited".to_owned(), references(credit_notes)),
        Settlement::OffInvoices(invoices) => ("Taken off".to_owned(), references(invoices)),
        Settlement::ToAccount => {
            ("Put on the account".to_owned(), "Pays what is invoiced next".to_owned())
        }
        Settlement::Refunded => ("Refunded".to_owned(), String::new()),
    };
    html! { (what) @if !more.is_empty() { span.small { (more) } } }
}

fn endings(printed: &Printed) -> Markup {
    let invoice = &printed.invoice;
    let is_issued = invoice.status != InvoiceStatus::Draft;
    let is_open = invoice.kind == InvoiceKind::Invoice && is_issued && invoice.open_amount > 0;
    let how = printed.seller.payment_instructions.as_ref().filter(|_| is_open);
    html! {
        @if let Some(note) = &invoice.note { section.note { h2 { "Note" } p { (note) } } }
        @if let Some(how) = how { section.note { h2 { "How to pay" } p { (how) } } }
        @if is_issued { p.zone { "Days are those of the time zone " (invoice.time_zone) "." } }
    }
}

#[cfg(test)]
mod tests {
    use super::{country, grouped, quoted, rate};

    #[test]
    fn a_text_in_a_style_means_nothing() {
        assert_eq!(quoted("A1 \"}</style>"), "\"A1 \\22 \\7d \\3c \\2f style\\3e \"");
        assert_eq!(quoted("K\u{f8}b \u{2013} a"), "\"K\\f8 b \\2013  a\"");
    }

    #[test]
    fn a_country_has_its_name_where_it_has_a_short_one() {
        for (code, name) in [("DK", "Denmark"), ("NO", "Norway"), ("KR", "KR"), ("XX", "XX")] {
            assert_eq!(country(code), name);
        }
    }

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
