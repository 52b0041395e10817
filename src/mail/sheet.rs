//! A mail in the words of its language: what stands in it, before it is written as text and as a page.

use entity::{BillingPeriod, Language, MailKind, OrderAction};

use super::{
    catalogue::Text,
    notice::{About, Bill, Line, LineEnd, Notice, Ordered},
    spoken,
};

/// So many lines are shown of an order.
const MOST_LINES: usize = 50;

/// How good the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Asks,
    Good,
    Bad,
    Neutral,
}

/// What stands in a mail, from top to bottom.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    pub(super) language: Language,
    pub(super) tone: Tone,
    pub(super) seller: String,
    pub(super) title: String,
    /// The number in the title.
    pub(super) number: String,
    pub(super) words: String,
    /// What somebody has said.
    pub(super) quote: Option<String>,
    pub(super) answer: Option<Answer>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) heading: &'static str,
    pub(super) lines: Vec<SheetLine>,
    /// That there are more lines.
    pub(super) more: Option<String>,
    pub(super) sums: Vec<Sum>,
    /// What is to be known of the sums.
    pub(super) about_sums: Option<&'static str>,
    /// How to pay: a heading, and what the seller says.
    pub(super) payment: Option<(&'static str, String)>,
    pub(super) footer: String,
}

/// How somebody answers who is asked.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    ByLinks { approve: (&'static str, String), reject: (&'static str, String), about: String },
    Elsewhere(String),
}

#[derive(Clone, Debug)]
pub(super) struct SheetLine {
    pub(super) name: String,
    pub(super) details: String,
    pub(super) amount: String,
    /// What became of it, and whether that is good.
    pub(super) end: Option<(bool, String)>,
}

#[derive(Clone, Debug)]
pub(super) struct Sum {
    pub(super) name: &'static str,
    pub(super) amount: String,
    pub(super) is_total: bool,
}

impl Notice {
    pub(super) fn title(&self) -> String {
        let text = match (self.kind, &self.about) {
            (MailKind::ApprovalWanted, _) => Text::ApprovalWanted,
            (MailKind::OrderHeld, _) => Text::OrderHeld,
            (MailKind::OrderApproved, _) => Text::OrderApproved,
            (MailKind::OrderRejected, _) => Text::OrderRejected,
            (MailKind::OrderCompleted, _) => Text::OrderCompleted,
            (MailKind::OrderFailed, About::Order(order)) if order.in_part => {
                Text::OrderFailedInPart
            }
            (MailKind::OrderFailed, _) => Text::OrderFailed,
            (MailKind::InvoiceIssued, _) => Text::InvoiceIssued,
        };
        self.say(text, &[])
    }

    /// A text with the number and the seller, and what else is to be filled in.
    fn say(&self, text: Text, more: &[(&str, &str)]) -> String {
        let mut values = vec![("number", self.number()), ("seller", self.seller.as_str())];
        values.extend_from_slice(more);
        text.with(self.language, &values)
    }
}

impl Sheet {
    pub(super) fn of(notice: &Notice) -> Self {
        let sheet = Self {
            language: notice.language,
            tone: Tone::Neutral,
            seller: notice.seller.clone(),
            title: notice.title(),
            number: notice.number().to_owned(),
            words: String::new(),
            quote: None,
            answer: None,
            facts: Vec::new(),
            heading: "",
            lines: Vec::new(),
            more: None,
            sums: Vec::new(),
            about_sums: None,
            payment: None,
            footer: notice.say(Text::Footer, &[("address", &notice.address)]),
        };
        match &notice.about {
            About::Order(order) => sheet.with_order(notice, order),
            About::Invoice(bill) => sheet.with_bill(notice, bill),
        }
    }

    fn with_order(mut self, notice: &Notice, order: &Ordered) -> Self {
        let language = self.language;
        let moment = |at| spoken::moment(language, notice.time_zone, at);
        let (tone, words) = match notice.kind {
            MailKind::ApprovalWanted => (Tone::Asks, Text::ApprovalWantedWords),
            MailKind::OrderHeld => (Tone::Asks, Text::OrderHeldWords),
            MailKind::OrderApproved if order.start_at.is_some() => {
                (Tone::Good, Text::OrderApprovedForLater)
            }
            MailKind::OrderApproved => (Tone::Good, Text::OrderApprovedWords),
            MailKind::OrderRejected => (Tone::Bad, Text::OrderRejectedWords),
            MailKind::OrderCompleted => (Tone::Good, Text::OrderCompletedWords),
            MailKind::OrderFailed if order.in_part => (Tone::Bad, Text::OrderFailedInPartWords),
            MailKind::OrderFailed => (Tone::Bad, Text::OrderFailedWords),
            MailKind::InvoiceIssued => (Tone::Neutral, Text::InvoiceIssuedWords),
        };
        let date = order.start_at.map(moment).unwrap_or_default();
        self.tone = tone;
        self.words = notice.say(words, &[("date", &date)]);
        self.quote.clone_from(&order.reason);
        self.answer = match (notice.kind, &order.links) {
            (MailKind::ApprovalWanted, Some(links)) => Some(Answer::ByLinks {
                approve: (Text::LookAndApprove.of(language), links.approve.clone()),
                reject: (Text::LookAndReject.of(language), links.reject.clone()),
                about: notice.say(Text::AboutLinks, &[("date", &moment(links.expires_at))]),
            }),
            (MailKind::ApprovalWanted | MailKind::OrderHeld, _) => {
                Some(Answer::Elsewhere(notice.say(Text::AnswerInPortal, &[])))
            }
            (
                MailKind::OrderApproved
                | MailKind::OrderRejected
                | MailKind::OrderCompleted
                | MailKind::OrderFailed
                | MailKind::InvoiceIssued,
                _,
            ) => None,
        };
        self.fact(Text::Customer, order.customer.clone());
        self.fact(Text::SoldBy, order.partner.clone());
        self.fact(Text::PlacedAt, order.submitted_at.map(moment));
        self.fact(Text::Begins, order.start_at.map(moment));
        self.fact(Text::Reference, order.reference.clone());
        self.fact(Text::PoNumber, order.po_number.clone());
        self.heading = Text::WhatIsOrdered.of(language);
        self.lines =
            order.lines.iter().take(MOST_LINES).map(|line| self.line(order, line)).collect();
        let count = order.lines.len().saturating_sub(MOST_LINES);
        self.more =
            (count > 0).then(|| Text::More.with(language, &[("count", &count.to_string())]));
        self.sums = self.sums(&order.currency, [order.net, order.tax, order.gross], None);
        self.about_sums = order.tax_inclusive.then(|| Text::PricesWithTax.of(language));
        self
    }

    fn with_bill(mut self, notice: &Notice, bill: &Bill) -> Self {
        let language = self.language;
        let amount = spoken::amount(language, bill.open, &bill.currency);
        let due_on = bill.due_on.map(|day| spoken::day(language, day));
        let is_open = bill.open > 0;
        let words = if is_open { Text::InvoiceIssuedWords } else { Text::InvoicePaidWords };
        let date = due_on.clone().unwrap_or_default();
        self.words = notice.say(words, &[("amount", &amount), ("date", &date)]);
        self.fact(Text::Customer, bill.customer.clone());
        self.fact(Text::SoldBy, bill.partner.clone());
        self.fact(Text::IssuedOn, bill.issued_on.map(|day| spoken::day(language, day)));
        self.fact(Text::DueOn, due_on.filter(|_| is_open));
        self.heading = Text::Sums.of(language);
        self.sums = self.sums(&bill.currency, [bill.net, bill.tax, bill.gross], Some(bill.open));
        let instructions = bill.instructions.clone().filter(|_| is_open);
        self.payment = instructions.map(|it| (Text::HowToPay.of(language), it));
        self
    }

    fn fact(&mut self, name: Text, value: Option<String>) {
        self.facts.extend(value.map(|value| (name.of(self.language), value)));
    }

    fn sums(&self, currency: &str, [net, tax, gross]: [i64; 3], open: Option<i64>) -> Vec<Sum> {
        let language = self.language;
        let sum = |name: Text, amount, is_total| Sum {
            name: name.of(language),
            amount: spoken::amount(language, amount, currency),
            is_total,
        };
        let open = open.filter(|open| *open != gross).map(|open| sum(Text::ToBePaid, open, true));
        let mut sums = vec![
            sum(Text::WithoutTax, net, false),
            sum(Text::Tax, tax, false),
            sum(Text::Total, gross, true),
        ];
        sums.extend(open);
        sums
    }

    fn line(&self, order: &Ordered, line: &Line) -> SheetLine {
        let language = self.language;
        let amount = |amount| spoken::amount(language, amount, &order.currency);
        let does = match line.action {
            OrderAction::Buy => None,
            OrderAction::Change => Some(Text::Change),
            OrderAction::Suspend => Some(Text::Suspend),
            OrderAction::Resume => Some(Text::Resume),
            OrderAction::Cancel => Some(Text::Cancel),
        };
        let name = does.map(|text| text.with(language, &[("offer", &line.offer)]));
        let units = match line.unit_amount {
            Some(each) => format!("{} × {}", line.quantity, amount(each)),
            None if line.quantity == 1 => Text::OneUnit.of(language).to_owned(),
            None => Text::Units.with(language, &[("quantity", &line.quantity.to_string())]),
        };
        let every = line.period.map(|period| format!(" {}", per(period).of(language)));
        let less = (line.discount != 0).then(|| format!(" − {}", amount(line.discount)));
        SheetLine {
            name: name.unwrap_or_else(|| line.offer.clone()),
            details: format!("{units}{}{}", every.unwrap_or_default(), less.unwrap_or_default()),
            amount: amount(line.net),
            end: line.end.as_ref().map(|end| match end {
                LineEnd::Done => (true, Text::LineDone.of(language).to_owned()),
                LineEnd::Failed(None) => (false, Text::LineFailed.of(language).to_owned()),
                LineEnd::Failed(Some(reason)) => {
                    (false, Text::LineFailedFor.with(language, &[("reason", reason)]))
                }
            }),
        }
    }
}

fn per(period: BillingPeriod) -> Text {
    match period {
        BillingPeriod::Weekly => Text::PerWeek,
        BillingPeriod::Monthly => Text::PerMonth,
        BillingPeriod::Quarterly => Text::PerQuarter,
        BillingPeriod::HalfYearly => Text::PerHalfYear,
        BillingPeriod::Yearly => Text::PerYear,
        BillingPeriod::ThreeYearly => Text::PerThreeYears,
    }
}
