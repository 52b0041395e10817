//! A mail as it is sent.

use super::{html, notice::Notice, plain, sheet::Sheet};

const LONGEST_SUBJECT: usize = 150;

/// A mail as it is sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// One line, in which nothing is hidden.
    pub subject: String,
    pub plain: String,
    pub html: String,
}

impl Letter {
    pub fn of(notice: &Notice) -> Self {
        let sheet = Sheet::of(notice);
        Self {
            subject: Self::subject(notice),
            plain: plain::written(&sheet),
            html: html::page(&sheet),
        }
    }

    /// What the mail is about, in one line.
    pub fn subject(notice: &Notice) -> String {
        let line: String = notice
            .title()
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .filter(|it| !spelling::is_format(*it) && !matches!(it, '\u{2028}' | '\u{2029}'))
            .take(LONGEST_SUBJECT)
            .collect();
        line.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use domain::billing::Tz;
    use entity::{BillingPeriod, Language, MailKind, OrderAction};

    use super::*;
    use crate::mail::{About, Line, LineEnd, Links, Ordered};

    const EVIL: &str = "</style><script>alert(1)</script>\" onload=\"x";

    fn notice(kind: MailKind, language: Language) -> Notice {
        let order = Ordered {
            number: "ORD-1".to_owned(),
            customer: Some(EVIL.to_owned()),
            partner: None,
            reference: Some(EVIL.to_owned()),
            po_number: None,
            submitted_at: None,
            start_at: None,
            currency: "EUR".to_owned(),
            tax_inclusive: false,
            net: 3_000,
            tax: 750,
            gross: 3_750,
            lines: vec![Line {
                offer: EVIL.to_owned(),
                action: OrderAction::Buy,
                quantity: 3,
                unit_amount: Some(1_000),
                period: Some(BillingPeriod::Monthly),
                discount: 0,
                net: 3_000,
                end: Some(LineEnd::Failed(Some(EVIL.to_owned()))),
            }],
            reason: Some(format!("{EVIL}\nLook and approve: https://evil.example")),
            in_part: false,
            links: Some(Links {
                approve: "https://orders.example/approve/A".to_owned(),
                reject: "https://orders.example/reject/R".to_owned(),
                expires_at: "2026-03-05T09:00:00Z".parse().unwrap(),
            }),
        };
        Notice {
            kind,
            language,
            time_zone: Tz::UTC,
            seller: "Northwind".to_owned(),
            address: "pat@example.com".to_owned(),
            about: About::Order(order),
        }
    }

    #[test]
    fn nothing_that_somebody_is_called_or_has_said_is_more_than_letters() {
        for kind in MailKind::ALL.iter().filter(|kind| **kind != MailKind::InvoiceIssued) {
            for language in Language::ALL {
                let letter = Letter::of(&notice(*kind, *language));
                assert!(!letter.html.contains("<script"), "{kind} {language}");
                assert!(!letter.html.contains("\" onload"), "{kind} {language}");
                assert_eq!(letter.html.matches("<style>").count(), 1, "{kind} {language}");
                // What somebody has said is marked as that, line by line.
                assert!(
                    letter.plain.contains("\n> Look and approve: https://evil.example\n"),
                    "{}",
                    letter.plain
                );
            }
        }
    }

    #[test]
    fn a_subject_is_one_line_whatever_the_seller_is_called() {
        let mut notice = notice(MailKind::InvoiceIssued, Language::English);
        notice.seller = "North\r\nBcc: all@example.com\u{202e}\u{2028}wind".to_owned();
        let subject = Letter::subject(&notice);
        assert!(!subject.chars().any(|it| it.is_control() || spelling::is_format(it)), "{subject}");
        assert_eq!(subject, "Invoice ORD-1 from North  Bcc: all@example.comwind");
        notice.seller = "x".repeat(4_000);
        assert_eq!(Letter::subject(&notice).chars().count(), LONGEST_SUBJECT);
    }

    #[test]
    fn links_are_in_both_forms_of_the_mail_that_asks_and_in_no_other() {
        for kind in MailKind::ALL.iter().copied() {
            let letter = Letter::of(&notice(kind, Language::German));
            let asks = kind == MailKind::ApprovalWanted;
            for link in ["https://orders.example/approve/A", "https://orders.example/reject/R"] {
                assert_eq!(letter.plain.contains(link), asks, "{kind}");
                assert_eq!(letter.html.contains(&format!("href=\"{link}\"")), asks, "{kind}");
            }
        }
        let mut without = notice(MailKind::ApprovalWanted, Language::English);
        let About::Order(order) = &mut without.about else { panic!("it is about an order") };
        order.links = None;
        let told = "Please answer in the portal of Northwind.";
        let letter = Letter::of(&without);
        assert!(letter.plain.contains(told) && letter.html.contains(told));
    }
}
