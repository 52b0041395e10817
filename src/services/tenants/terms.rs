//! What must be right about a tenant's settings.

use domain::billing::Tz;
use entity::{invoice, tenant};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{
    error::Refusal,
    services::{unit::Unit, validate},
};

const LONGEST_PREFIX: usize = 20;

/// Days that an approval may wait; none: forever.
pub(super) fn approval_lapse_days(field: &str, days: Option<i32>) -> Result<Option<i32>, Refusal> {
    days.map(|days| validate::between(field, days, 1..=365)).transpose()
}

/// Days that an invoice may stay unpaid.
pub(super) fn payment_terms_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=365)
}

/// A zone of the IANA time zone database.
pub(super) fn time_zone(field: &str, name: String) -> Result<String, Refusal> {
    spelling::stored(name).parse::<Tz>().map(|zone| zone.name().to_owned()).map_err(|_| {
        Refusal::invalid(field, "Give a time zone by its IANA name, such as Europe/Copenhagen.")
    })
}

/// Days that a purchase may begin in the past (IFS-46).
pub(super) fn past_start_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=1_100)
}

/// Days in which a line that was carried out can be cancelled (APX-24).
pub(super) fn line_cancellation_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=90)
}

/// Days by which a renewal is issued before it is due (IFS-41).
pub(super) fn invoice_lead_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=90)
}

/// Days that a draft stays open after its last.
pub(super) fn draft_grace_days(field: &str, days: i32) -> Result<i32, Refusal> {
    validate::between(field, days, 0..=60)
}

/// What may be missing or too much of a payment, in minor units.
pub(super) fn payment_tolerance(field: &str, amount: i32) -> Result<i64, Refusal> {
    validate::between(field, amount, 0..=1_000_000).map(i64::from)
}

/// Where payers are sent; none: nowhere.
pub(super) fn payment_page_url(
    field: &str,
    url: Option<String>,
) -> Result<Option<String>, Refusal> {
    url.map(|url| validate::secure_link(field, url)).transpose()
}

/// What numbers of a series begin with; perhaps nothing.
pub(super) fn number_prefix(field: &str, prefix: String) -> Result<String, Refusal> {
    let prefix = validate::short_text(field, Some(prefix))?.unwrap_or_default();
    if prefix.chars().count() > LONGEST_PREFIX {
        let message = format!("This field holds up to {LONGEST_PREFIX} characters.");
        return Err(Refusal::invalid(field, message));
    }
    Ok(prefix)
}

/// Digits that a number has at least.
pub(super) fn number_width(field: &str, digits: i32) -> Result<i32, Refusal> {
    validate::between(field, digits, 1..=12)
}

/// Refuses prefixes with which a number would be given twice: by both series, or again after one of long ago.
///
/// A series counts on whatever its prefix is, so what it gave itself does not come again.
pub(super) async fn number_series(
    unit: &Unit,
    seen: &tenant::Model,
    tenant: &tenant::Model,
) -> Result<Result<(), Refusal>, DbErr> {
    let series = [
        ("invoicePrefix", &seen.invoice_prefix, &tenant.invoice_prefix, tenant.next_invoice_number),
        (
            "creditNotePrefix",
            &seen.credit_note_prefix,
            &tenant.credit_note_prefix,
            tenant.next_credit_note_number,
        ),
    ];
    let changed = series.into_iter().filter(|(_, before, after, _)| before != after);
    for (field, _, prefix, next) in changed {
        if mix(&tenant.invoice_prefix, &tenant.credit_note_prefix) {
            let message = "Numbers of invoices and of credit notes could be the same.";
            return Ok(Err(Refusal::invalid(field, message)));
        }
        if let Some(number) = number_to_come(unit, prefix, next).await? {
            let message = format!("There is a document with the number {number} already.");
            return Ok(Err(Refusal::invalid(field, message)));
        }
    }
    Ok(Ok(()))
}

/// Whether two series can give the same number: their prefixes differ in nothing but digits at the end.
fn mix(one: &str, other: &str) -> bool {
    let without_digits = |prefix: &str| {
        prefix.trim_end_matches(|character: char| character.is_ascii_digit()).to_owned()
    };
    without_digits(one) == without_digits(other)
}

/// A number that is there, and that a series with this prefix would give some day.
async fn number_to_come(unit: &Unit, prefix: &str, next: i64) -> Result<Option<String>, DbErr> {
    let length = prefix.chars().count();
    let begins_with = Expr::cust(format!("SUBSTR(number, 1, {length})")).eq(prefix);
    let rest = format!("SUBSTR(number, {})", length + 1);
    let digits = Expr::cust(format!("LTRIM({rest}, '0')"));
    let largest: Option<(String, String)> = invoice::Entity::find()
        .select_only()
        .column(invoice::Column::Number)
        .column_as(digits.clone(), "digits")
        .filter(invoice::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(begins_with)
        .filter(Expr::cust(format!("LTRIM({rest}, '0123456789')")).eq(""))
        // What does not fit is a number that no series reaches.
        .filter(Expr::cust(format!("LENGTH(LTRIM({rest}, '0'))")).lte(18))
        .order_by_desc(Expr::cust(format!("LENGTH(LTRIM({rest}, '0'))")))
        .order_by_desc(digits)
        .into_tuple()
        .one(&unit.txn)
        .await?;
    let is_to_come = |digits: &str| digits.parse::<i64>().is_ok_and(|number| number >= next);
    Ok(largest.filter(|(_, digits)| is_to_come(digits)).map(|(number, _)| number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_has_a_name_of_the_database() {
        for zone in ["UTC", "Europe/Copenhagen", "Asia/Kolkata"] {
            assert_eq!(time_zone("timeZone", format!(" {zone} ")).as_deref(), Ok(zone));
        }
        for wrong in ["", "CEST", "+01:00", "Europe/Atlantis"] {
            assert_eq!(time_zone("timeZone", wrong.to_owned()).unwrap_err().field, ["timeZone"]);
        }
    }

    #[test]
    fn series_mix_if_digits_alone_tell_their_prefixes_apart() {
        for (one, other) in [("INV-", "INV-"), ("A", "A1"), ("", "7"), ("2026-1", "2026-")] {
            assert!(mix(one, other), "{one} {other}");
        }
        for (one, other) in [("INV-", "CN-"), ("", "CN"), ("1A", "2A"), ("A-1-", "A-")] {
            assert!(!mix(one, other), "{one} {other}");
        }
    }
}
