//! A year of a shop, told day by day: what its documents come to does not depend on when billing runs, how often it is cut
//! off, or how many nodes do it.
//!
//! `ORDERGATE_YEAR_SUBSCRIPTIONS` says how many subscriptions the shop sells; few of them unless it is set. With
//! `--nocapture`, every document is listed.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::billing::{TaxRate, TaxedLine, totals};
use entity::{InvoiceStatus, invoice, invoice_line, invoice_tax};
use ordergate::store::Lease;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::shop::Shop;
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(
    documents_are_the_same_when_billing_is_cut_off_again_and_again,
    documents_are_the_same_when_billing_is_months_late,
);

const FIRST_DAY: &str = "2027-01-01";
const DAYS: u64 = 365;

/// When billing runs, and what becomes of the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Billing {
    /// Every day, to the end.
    Daily,
    /// Every day, cut off at random until one comes to its end.
    CutOff,
    /// Each time so many days late.
    Late(u64),
    /// Every day, on two nodes at once, each cut off at random.
    OnTwoNodes,
}

async fn documents_are_the_same_when_billing_is_cut_off_again_and_again(database: Database) {
    let expected = Box::pin(tell(database.another().await, Billing::Daily)).await;
    println!("{}", listed(&expected));
    assert!(expected.values().any(|document| document.status != InvoiceStatus::Draft));
    same(&expected, &Box::pin(tell(database, Billing::CutOff)).await);
}

async fn documents_are_the_same_when_billing_is_months_late(database: Database) {
    let expected = Box::pin(tell(database.another().await, Billing::Daily)).await;
    same(&expected, &Box::pin(tell(database, Billing::Late(95))).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_the_same_when_two_nodes_bill() {
    let expected = Box::pin(tell(Database::postgres().await, Billing::Daily)).await;
    same(&expected, &Box::pin(tell(Database::postgres().await, Billing::OnTwoNodes)).await);
}

/// A document, by what its reader sees of it but for its number and the day on which it was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Document {
    status: InvoiceStatus,
    net: i64,
    tax: i64,
    gross: i64,
    lines: Vec<String>,
}

type Documents = BTreeMap<String, Document>;

fn same(expected: &Documents, documents: &Documents) {
    for (key, document) in expected {
        assert_eq!(documents.get(key), Some(document), "{key}");
    }
    assert_eq!(documents.len(), expected.len());
}

fn listed(documents: &Documents) -> String {
    let mut list = String::new();
    for (key, document) in documents {
        let Document { status, net, tax, gross, lines } = document;
        writeln!(list, "{key} {status}: {net} + {tax} = {gross}, {} lines", lines.len()).unwrap();
    }
    list
}

/// What somebody does on a day.
#[derive(Clone, Debug)]
enum Step {
    Buy { number: usize, offer: usize, quantity: i32 },
    Do { number: usize, mutation: &'static str, input: Value },
}

/// A shop with a year before it.
struct Year {
    shop: Shop,
    offers: Vec<Value>,
    /// Those that are sold in place of others: by the one that they replace.
    better: BTreeMap<usize, usize>,
    bought: BTreeMap<usize, Value>,
}

fn subscriptions() -> usize {
    let asked = std::env::var("ORDERGATE_YEAR_SUBSCRIPTIONS").ok();
    asked.map_or(10, |number| number.parse().expect("a number of subscriptions"))
}

/// Tells the year, and gives its documents.
async fn tell(database: Database, billing: Billing) -> Documents {
    let mut year = Year::open(database).await;
    let steps = year.steps();
    let other = match billing {
        Billing::Daily | Billing::CutOff => None,
        Billing::Late(_) | Billing::OnTwoNodes => Some(year.shop.app.beside().await),
    };
    // Whoever has the lease keeps the others from billing.
    let lease = Lease::new("billing", Duration::from_hours(1));
    let mut random = StdRng::seed_from_u64(5);
    let first: NaiveDate = FIRST_DAY.parse().unwrap();
    for day in 0..=DAYS {
        let midnight = (first + Days::new(day)).and_time(NaiveTime::MIN).and_utc();
        year.shop.at(&(midnight + TimeDelta::minutes(5)).to_rfc3339());
        let is_late = matches!(billing, Billing::Late(by) if day % by != 0 && day != DAYS);
        if let (Billing::Late(_), Some(other)) = (billing, &other) {
            if is_late {
                lease.hold(&other.app.store).await.unwrap();
            } else {
                lease.release(&other.app.store).await.unwrap();
            }
        }
        Box::pin(run(&year.shop.app, other.as_ref(), billing, &mut random)).await;
        for (at, step) in steps.iter().filter(|(at, _)| at.date_naive() == midnight.date_naive()) {
            year.shop.at(&at.to_rfc3339());
            Box::pin(year.take(step)).await;
        }
    }
    year.documents().await
}

async fn run(app: &TestApp, other: Option<&TestApp>, billing: Billing, random: &mut StdRng) {
    let mut within = || Duration::from_millis(random.random_range(1..60));
    match (billing, other) {
        (Billing::CutOff, _) => {
            for _ in 0..2 {
                cut_off(app.run_jobs(), within()).await;
            }
        }
        (Billing::OnTwoNodes, Some(other)) => {
            tokio::join!(cut_off(app.run_jobs(), within()), cut_off(other.run_jobs(), within()),);
            tokio::join!(app.run_jobs(), other.run_jobs());
        }
        (Billing::Daily | Billing::Late(_) | Billing::OnTwoNodes, _) => {}
    }
    app.run_jobs().await;
}

/// Lets something go on for a while, and then drops it where it is.
async fn cut_off(running: impl Future<Output = ()>, after: Duration) {
    // What ends in time has ended.
    drop(tokio::time::timeout(after, running).await);
}

impl Year {
    async fn open(database: Database) -> Self {
        let shop = Shop::open(database).await;
        let settings = json!({ "timeZone": "Europe/Copenhagen", "draftGraceDays": 2 });
        shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
        let (mut offers, mut better) = (Vec::new(), BTreeMap::new());
        let periods = ["WEEKLY", "MONTHLY", "QUARTERLY", "HALF_YEARLY", "YEARLY", "THREE_YEARLY"];
        for period in periods {
            for timing in ["IN_ADVANCE", "IN_ARREARS"] {
                for alignment in ["ANNIVERSARY", "CALENDAR"] {
                    let terms = json!({ "billingTiming": timing, "billingAlignment": alignment });
                    offers.push(shop.offer_with("RECURRING", Some(period), "3133", &terms).await);
                    better.insert(offers.len() - 1, offers.len());
                    offers.push(shop.offer_with("RECURRING", Some(period), "4999", &terms).await);
                }
            }
        }
        offers.push(shop.offer_with("ONE_TIME", None, "25000", &json!({})).await);
        offers.push(shop.offer_with("USAGE", Some("MONTHLY"), "5", &json!({})).await);
        Self { shop, offers, better, bought: BTreeMap::new() }
    }

    /// What happens in the year, in its order: the same for everybody who asks.
    fn steps(&self) -> Vec<(DateTime<Utc>, Step)> {
        let mut random = StdRng::seed_from_u64(2027);
        let first = FIRST_DAY.parse::<NaiveDate>().unwrap().and_time(NaiveTime::MIN).and_utc();
        let mut steps = Vec::new();
        for number in 0..subscriptions() {
            let offer = (number * 7) % self.offers.len();
            let quantity = random.random_range(2..20);
            let mut at = first + TimeDelta::minutes(random.random_range(600..130_000));
            steps.push((at, Step::Buy { number, offer, quantity }));
            for _ in 0..random.random_range(0..5) {
                at += TimeDelta::minutes(random.random_range(20..120_000));
                if let Some((mutation, input)) = self.change(offer, &mut random) {
                    steps.push((at, Step::Do { number, mutation, input }));
                }
            }
        }
        let end = first + TimeDelta::days(i64::try_from(DAYS).unwrap());
        steps.retain(|(at, _)| *at < end);
        steps.sort_by_key(|(at, _)| *at);
        steps
    }

    /// Something that may be asked for; it may be refused, then and always.
    fn change(&self, offer: usize, random: &mut StdRng) -> Option<(&'static str, Value)> {
        let when = *["NOW", "NOW", "ON_RENEWAL"].choose(random)?;
        let quantity = random.random_range(2..30);
        let kind = *["quantity", "quantity", "offer", "suspend", "resume", "cancel", "renew"]
            .choose(random)?;
        Some(match kind {
            "quantity" => ("changeSubscription", json!({ "quantity": quantity, "when": when })),
            "offer" => {
                let better = self.offers[*self.better.get(&offer)?].clone();
                ("changeSubscription", json!({ "offerId": better, "when": when }))
            }
            "suspend" => ("suspendSubscription", json!({})),
            "resume" => ("resumeSubscription", json!({})),
            "cancel" => ("cancelSubscription", json!({ "when": when })),
            _ => ("setAutoRenew", json!({ "autoRenew": false })),
        })
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Buy { number, offer, quantity } => {
                let bought = self.shop.buy(&self.offers[*offer], *quantity).await;
                self.bought.insert(*number, bought.subscription);
            }
            Step::Do { number, mutation, input } => {
                let mut input = input.clone();
                input["id"] = self.bought[number].clone();
                // Some of it is refused: what has ended does not change.
                self.shop.api.run(&self.shop.world.customer, mutation, input, "").await;
                self.shop.app.run_jobs().await;
            }
        }
    }

    async fn documents(&self) -> Documents {
        let readers = self.shop.app.app.store.readers();
        let invoices = invoice::Entity::find()
            .order_by_asc(invoice::Column::ClosesOn)
            .order_by_asc(invoice::Column::IssuedAt)
            .all(readers)
            .await
            .unwrap();
        let mut documents = Documents::new();
        for invoice in invoices {
            let lines = invoice_line::Entity::find()
                .filter(invoice_line::Column::InvoiceId.eq(invoice.id))
                .all(readers)
                .await
                .unwrap();
            self.adds_up(&invoice, &lines).await;
            let mut told: Vec<_> = lines
                .iter()
                .map(|line| {
                    format!(
                        "{} {:?}..{:?} {}/{} {}",
                        line.description,
                        line.starts_on,
                        line.ends_on,
                        line.share_days.unwrap_or_default(),
                        line.share_of_days.unwrap_or_default(),
                        line.net_amount,
                    )
                })
                .collect();
            told.sort();
            let key = format!("{} {} {}", invoice.closes_on, invoice.kind, invoice.currency);
            let document = Document {
                status: invoice.status,
                net: invoice.net_amount,
                tax: invoice.tax_amount,
                gross: invoice.gross_amount,
                lines: told,
            };
            assert_eq!(documents.insert(key.clone(), document), None, "two documents for {key}");
        }
        documents
    }

    /// An issued document is the sum of its lines, and of its taxes.
    async fn adds_up(&self, invoice: &invoice::Model, lines: &[invoice_line::Model]) {
        let taxed: Vec<_> = lines
            .iter()
            .map(|line| TaxedLine {
                amount: line.net_amount,
                rate: TaxRate { category: line.tax_category, basis_points: line.tax_basis_points },
                includes_tax: invoice.tax_inclusive,
            })
            .collect();
        let sums = totals(&taxed, invoice.rounding_mode).unwrap();
        let stored = (invoice.net_amount, invoice.tax_amount, invoice.gross_amount);
        assert_eq!(stored, (sums.net, sums.tax, sums.gross), "{invoice:?}");
        if invoice.status == InvoiceStatus::Draft {
            return;
        }
        let groups = invoice_tax::Entity::find()
            .filter(invoice_tax::Column::InvoiceId.eq(invoice.id))
            .all(self.shop.app.app.store.readers())
            .await
            .unwrap();
        assert_eq!(groups.iter().map(|group| group.tax_amount).sum::<i64>(), sums.tax);
        assert_eq!(groups.iter().map(|group| group.net_amount).sum::<i64>(), sums.net);
    }
}
