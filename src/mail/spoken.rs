//! Amounts, numbers, days and moments as each language has them.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use domain::{billing::Tz, money};
use entity::Language;

const MONTHS: [[&str; 2]; 12] = [
    ["January", "Januar"],
    ["February", "Februar"],
    ["March", "März"],
    ["April", "April"],
    ["May", "Mai"],
    ["June", "Juni"],
    ["July", "Juli"],
    ["August", "August"],
    ["September", "September"],
    ["October", "Oktober"],
    ["November", "November"],
    ["December", "Dezember"],
];

/// An amount of minor units, as in `1,234.50 EUR`.
pub(super) fn amount(language: Language, amount: i64, currency: &str) -> String {
    let (thousands, point) = match language {
        Language::English => (',', '.'),
        Language::German => ('.', ','),
    };
    let decimals = usize::from(money::decimals(currency).unwrap_or(0));
    let digits = format!("{:0>width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let mut written = if amount < 0 { "\u{2212}".to_owned() } else { String::new() };
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            written.push(thousands);
        }
        written.push(digit);
    }
    if decimals > 0 {
        written.push(point);
        written.push_str(rest);
    }
    format!("{written}\u{a0}{currency}")
}

/// A day, as in `2 March 2026`.
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    let [english, german] = MONTHS[usize::try_from(day.month0()).unwrap_or(0)];
    let (number, year) = (day.day(), day.year());
    match language {
        Language::English => format!("{number} {english} {year}"),
        Language::German => format!("{number}. {german} {year}"),
    }
}

/// A moment in a zone, as in `2 March 2026, 10:00 (Europe/Copenhagen)`.
pub(super) fn moment(language: Language, zone: Tz, moment: DateTime<Utc>) -> String {
    let local = moment.with_timezone(&zone);
    let day = day(language, local.date_naive());
    let (hour, minute) = (local.hour(), local.minute());
    match language {
        Language::English => format!("{day}, {hour:02}:{minute:02} ({zone})"),
        Language::German => format!("{day}, {hour:02}:{minute:02} Uhr ({zone})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency_and_the_marks_of_the_language() {
        let (english, german) = (Language::English, Language::German);
        assert_eq!(amount(english, 123_450, "EUR"), "1,234.50\u{a0}EUR");
        assert_eq!(amount(german, 123_450, "EUR"), "1.234,50\u{a0}EUR");
        assert_eq!(amount(english, 5, "EUR"), "0.05\u{a0}EUR");
        assert_eq!(amount(german, -1_000_000, "JPY"), "\u{2212}1.000.000\u{a0}JPY");
        assert_eq!(amount(english, i64::MIN, "BHD"), "\u{2212}9,223,372,036,854,775.808\u{a0}BHD");
    }

    #[test]
    fn moments_are_told_in_the_sellers_zone() {
        let at = "2026-03-31T22:05:00Z".parse().unwrap();
        let zone = Tz::Europe__Copenhagen;
        assert_eq!(moment(Language::English, zone, at), "1 April 2026, 00:05 (Europe/Copenhagen)");
        assert_eq!(
            moment(Language::German, zone, at),
            "1. April 2026, 00:05 Uhr (Europe/Copenhagen)"
        );
        let day_of = |language| day(language, "2026-03-02".parse().unwrap());
        assert_eq!(day_of(Language::German), "2. März 2026");
        assert_eq!(day_of(Language::English), "2 March 2026");
    }
}
