//! What a mail tells, in no language.

use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::Tz;
use entity::{BillingPeriod, Language, MailKind, OrderAction};

/// What a mail tells, and to whom.
#[derive(Clone, Debug)]
pub struct Notice {
    pub kind: MailKind,
    pub language: Language,
    /// Where times are told.
    pub time_zone: Tz,
    pub seller: String,
    /// Where it goes.
    pub address: String,
    pub about: About,
}

#[derive(Clone, Debug)]
pub enum About {
    Order(Ordered),
    Invoice(Bill),
}

/// An order, as far as the recipient may see it.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub number: String,
    /// None: the recipient is the customer, or may not see it.
    pub customer: Option<String>,
    pub partner: Option<String>,
    pub reference: Option<String>,
    pub po_number: Option<String>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub start_at: Option<DateTime<Utc>>,
    pub currency: String,
    pub tax_inclusive: bool,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    pub lines: Vec<Line>,
    /// What is asked, or why it was rejected.
    pub reason: Option<String>,
    /// Whether some of it was carried out.
    pub in_part: bool,
    /// By which it can be answered; none: it is answered elsewhere.
    pub links: Option<Links>,
}

/// One action on one subscription.
#[derive(Clone, Debug)]
pub struct Line {
    pub offer: String,
    pub action: OrderAction,
    pub quantity: i32,
    /// What each unit costs; none: that depends on how many there are.
    pub unit_amount: Option<i64>,
    pub period: Option<BillingPeriod>,
    /// How much less it comes to.
    pub discount: i64,
    pub net: i64,
    /// What became of it, where that is told.
    pub end: Option<LineEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEnd {
    Done,
    Failed(Option<String>),
}

/// Where an order is answered without a credential.
#[derive(Clone, Debug)]
pub struct Links {
    pub approve: String,
    pub reject: String,
    pub expires_at: DateTime<Utc>,
}

/// An invoice that was issued.
#[derive(Clone, Debug)]
pub struct Bill {
    pub number: String,
    /// None: the recipient is the customer, or may not see it.
    pub customer: Option<String>,
    pub partner: Option<String>,
    pub currency: String,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    /// What is still to be paid.
    pub open: i64,
    pub issued_on: Option<NaiveDate>,
    pub due_on: Option<NaiveDate>,
    /// How it is paid.
    pub instructions: Option<String>,
}

impl Notice {
    /// The number of what it is about.
    pub fn number(&self) -> &str {
        match &self.about {
            About::Order(order) => &order.number,
            About::Invoice(bill) => &bill.number,
        }
    }
}
