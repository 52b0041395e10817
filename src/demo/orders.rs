//! What happens to the made-up shop's orders: the steps that its people take, each at its time.
//!
//! The same steps fill the past weeks at start-up and go on, much faster, while the demo runs.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use domain::viewer::Viewer;
use entity::{
    ActivationKind, Billing, ChangeTime, InvoiceId, InvoiceKind, InvoiceStatus, OrderAction,
    OrderId, OrderLineId, OrderLineStatus, OrderStatus, Provisioning, SubscriptionId,
    activation::ActivationItem, approval, invoice, order, order_line, subscription,
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tracing::debug;

use super::{Buyer, Offer, Shop};
use crate::{
    error::{Error, Outcome},
    services::{
        billing::bill,
        invoices::{
            issue::issue,
            record_payment::{RecordPayment, record_payment},
            tell_overdue::{TellOverdue, overdue, tell_overdue},
        },
        orders::{
            NewLine,
            approve::{ApproveOrder, approve_order},
            cancel::{CancelOrder, cancel_order},
            create::{CreateOrder, create_order},
            lines::{
                complete::{CompleteOrderLine, complete_instant_line, complete_order_line},
                fail::{FailOrderLine, fail_order_line},
                hold::{HoldOrderLine, hold_order_line},
                resume::{ResumeOrderLine, resume_order_line},
                retry::{RetryOrderLine, retry_order_line},
                start::{StartOrderLine, start_order_line},
            },
            on_subscription::{
                Ask, OrderDetails,
                cancel::cancel_subscription,
                change::{ChangeSubscription, change_subscription},
                resume::resume_subscription,
                suspend::suspend_subscription,
            },
            reject::{RejectOrder, reject_order},
            start::start_order,
        },
        seller::Seller,
        unit::Unit,
    },
};

const PAST: TimeDelta = TimeDelta::weeks(6);

const REFERENCES: &[&str] = &[
    "New hires in spring",
    "Office move",
    "Replacement of the old phone system",
    "Pilot for finance",
    "Summer interns",
    "Audit finding 14",
    "Project Lighthouse",
    "Renewal round",
];
const REJECTIONS: &[&str] = &[
    "The budget for this quarter is spent.",
    "Please order under the framework agreement instead.",
    "The customer has an overdue invoice.",
    "Twice the seats that the customer has employees; please check.",
];
const CANCELLATIONS: &[&str] =
    &["Ordered twice by mistake.", "We go with another plan.", "The project was postponed."];
const QUESTIONS: &[&str] = &[
    "Which phone numbers are to be ported, and from which carrier?",
    "Who may we call on site, and when?",
    "The domain is not verified yet. Please add the TXT record and tell us.",
];
const ANSWERS: &[&str] = &[
    "Done, please go on.",
    "Call Petra at the front desk, any morning.",
    "See the list in our mail.",
];
const FAILURES: &[&str] = &[
    "The carrier refused to port the number.",
    "Nobody was on site at the appointed time.",
    "The vendor does not offer this in the customer's country.",
];

/// How an order is to end, as far as the story goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    StaysDraft,
    Waits,
    /// One of two has said yes.
    HalfApproved,
    Rejected,
    Cancelled,
    StartsLater,
    Delivered,
    NotTakenUp,
    OnHold,
    HeldAndDelivered,
    Failed,
    PartlyFailed,
    FailedAndRecovered,
}

use Fate::{
    Cancelled, Delivered, Failed, FailedAndRecovered, HalfApproved, HeldAndDelivered, NotTakenUp,
    OnHold, PartlyFailed, Rejected, StartsLater, StaysDraft, Waits,
};

/// How often fates are drawn.
const FATES: &[(Fate, u32)] = &[
    (StaysDraft, 3),
    (Waits, 4),
    (Rejected, 8),
    (Cancelled, 5),
    (StartsLater, 5),
    (Delivered, 60),
    (NotTakenUp, 2),
    (OnHold, 2),
    (HeldAndDelivered, 5),
    (Failed, 2),
    (PartlyFailed, 2),
    (FailedAndRecovered, 2),
];

/// One of each in the last day, so that every status can be seen, whatever was drawn.
const LAST_DAY: &[Fate] = &[
    StaysDraft,
    Waits,
    Rejected,
    Cancelled,
    StartsLater,
    Delivered,
    NotTakenUp,
    OnHold,
    Failed,
    PartlyFailed,
    Waits,
    Waits,
    Waits,
    HalfApproved,
];

/// What a customer does with an invoice.
#[derive(Clone, Copy, Debug)]
enum Payer {
    Pays,
    PaysHalf,
    Forgets,
}

/// How often of a hundred.
const PAYERS: &[(Payer, u32)] = &[(Payer::Pays, 82), (Payer::PaysHalf, 8), (Payer::Forgets, 10)];

const DAY: i64 = 24 * 60;

/// An order's part in the story.
#[derive(Clone, Copy, Debug)]
struct Case {
    /// Which of the shop's buyers ordered.
    buyer: usize,
    fate: Fate,
    pace: Pace,
}

/// How long a minute of the story takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// As long as in life.
    Usual,
    /// Short enough that a story of the last day is told to its end.
    Brisk,
    /// Short enough to watch.
    Live,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Place(Case),
    /// One of the shop's other approvers says yes.
    SayYes(usize, OrderId),
    Decide(Case, OrderId),
    Cancel(Case, OrderId),
    Start(Case, OrderId),
    FinishInstantly(Case, OrderLineId),
    TakeUp(Case, OrderLineId),
    Deliver(Case, OrderLineId),
    Hold(Case, OrderLineId),
    Answer(Case, OrderLineId),
    Fail(Case, OrderLineId),
    Retry(Case, OrderLineId),
    ChangeSubscription(Case, SubscriptionId, OrderAction),
    Bill,
    Pay(InvoiceId, Payer),
}

/// The story: what has yet to happen.
pub(super) struct Story {
    shop: Arc<Shop>,
    random: StdRng,
    /// By time; steps at the same time in the order in which they were thought of.
    agenda: BTreeMap<(DateTime<Utc>, u64), Step>,
    thought_of: u64,
    refused: usize,
}

impl Story {
    /// A story that has not begun.
    pub(super) fn new(shop: Arc<Shop>, seed: u64) -> Self {
        Self {
            shop,
            random: StdRng::seed_from_u64(seed),
            agenda: BTreeMap::new(),
            thought_of: 0,
            refused: 0,
        }
    }

    /// Tells the weeks up to `now`, with so many purchases, in one unit of work.
    pub(super) async fn tell_past(
        &mut self,
        unit: &mut Unit,
        now: DateTime<Utc>,
        purchases: usize,
    ) -> Outcome<()> {
        let begin = now - PAST;
        for number in 0..purchases {
            // The last ones first: they are the ones that must be there.
            let (at, fate, pace) = match LAST_DAY.get(number) {
                Some(fate) => {
                    let minutes = self.random.random_range(90..20 * 60);
                    (now - TimeDelta::minutes(minutes), *fate, Pace::Brisk)
                }
                None => (self.office_hour(begin, now), self.draw_fate(), Pace::Usual),
            };
            let case = self.new_case(fate, pace);
            self.plan(at, Step::Place(case));
        }
        for days in 0..PAST.num_days() {
            self.plan(begin + TimeDelta::days(days), Step::Bill);
        }
        while let Some((at, step)) = self.next_due(now) {
            unit.now = at;
            unit.viewer = self.who_takes(step);
            // What is refused is left out, and everything else goes on.
            match unit.txn.all_or_nothing(self.take(unit, step)).await? {
                Ok(()) => {}
                Err(Error::Refused(refusals)) => {
                    self.refused += 1;
                    debug!(?step, ?refusals, "a step of the demo's past was refused");
                }
                Err(failed @ Error::Failed(_)) => return Err(failed),
            }
        }
        // What would come later belongs to whoever tries the demo.
        self.agenda.clear();
        Ok(())
    }

    /// Takes the next step that is due, or else lets somebody order something; says what happened.
    pub(super) async fn go_on(&mut self, unit: &mut Unit) -> Outcome<()> {
        let now = unit.now;
        let step = if let Some((_, step)) = self.next_due(now) {
            step
        } else {
            let fate = self.draw_fate();
            Step::Place(self.new_case(fate, Pace::Live))
        };
        unit.viewer = self.who_takes(step);
        self.take(unit, step).await
    }

    /// How many steps of the past were refused, and left out.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    fn who_takes(&self, step: Step) -> Arc<Viewer> {
        match step {
            Step::Place(case)
            | Step::Cancel(case, _)
            | Step::Answer(case, _)
            | Step::ChangeSubscription(case, ..) => self.buyer(case).viewer.clone(),
            Step::SayYes(approver, _) => self.shop.other_approvers[approver].viewer.clone(),
            Step::Decide(..) => self.shop.approver.clone(),
            Step::Start(..) | Step::FinishInstantly(..) | Step::Bill => {
                Arc::new(Viewer::system(self.shop.tenant_id))
            }
            Step::TakeUp(..) | Step::Deliver(..) | Step::Hold(..) | Step::Fail(..) => {
                self.shop.provisioner.clone()
            }
            Step::Retry(..) | Step::Pay(..) => self.shop.seller.clone(),
        }
    }

    fn next_due(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Step)> {
        let first = self.agenda.first_entry().filter(|first| first.key().0 <= now)?;
        let ((at, _), step) = first.remove_entry();
        Some((at, step))
    }

    fn plan(&mut self, at: DateTime<Utc>, step: Step) {
        self.thought_of += 1;
        self.agenda.insert((at, self.thought_of), step);
    }

    /// Plans a step for some minutes of the story after the one that is being taken.
    fn plan_after(&mut self, unit: &Unit, pace: Pace, minutes: std::ops::Range<i64>, step: Step) {
        let seconds = self.random.random_range(minutes.start * 60..minutes.end * 60);
        let delay = TimeDelta::milliseconds(match pace {
            Pace::Usual => seconds * 1_000,
            Pace::Brisk => seconds * 20,
            Pace::Live => seconds / 2,
        });
        self.plan(unit.now + delay, step);
    }

    /// Takes a step as the unit's viewer.
    async fn take(&mut self, unit: &Unit, step: Step) -> Outcome<()> {
        match step {
            Step::Place(case) => self.place(unit, case).await,
            Step::SayYes(_, order_id) => approve(unit, order_id, None).await,
            Step::Decide(case, order_id) => self.decide(unit, case, order_id).await,
            Step::Cancel(_, order_id) => {
                let reason = Some(self.one_of(CANCELLATIONS));
                let command = CancelOrder { order_id, expected_version: None, reason };
                cancel_order(unit, command).await.map(drop)
            }
            Step::Start(case, order_id) => self.start(unit, case, order_id).await,
            Step::FinishInstantly(case, line_id) => {
                complete_instant_line(unit, line_id).await?;
                self.plan_change(unit, case, line_id).await
            }
            Step::TakeUp(case, line_id) => self.take_up(unit, case, line_id).await,
            Step::Deliver(case, line_id) => {
                let reference = format!("NC-{}", self.random.random_range(10_000..100_000));
                let activation = Some(delivered(&reference));
                let provisioning_reference = Some(reference);
                let done = CompleteOrderLine { line_id, provisioning_reference, activation };
                complete_order_line(unit, done).await?;
                self.plan_change(unit, case, line_id).await
            }
            Step::Hold(case, line_id) => {
                let reason = self.one_of(QUESTIONS);
                let hold = HoldOrderLine { line_id, reason, choices: Vec::new() };
                hold_order_line(unit, hold).await?;
                if case.fate == HeldAndDelivered {
                    self.plan_after(unit, case.pace, 60..600, Step::Answer(case, line_id));
                }
                Ok(())
            }
            Step::Answer(case, line_id) => {
                let answer = Some(self.one_of(ANSWERS));
                resume_order_line(unit, ResumeOrderLine { line_id, answer }).await?;
                self.plan_after(unit, case.pace, 60..300, Step::Deliver(case, line_id));
                Ok(())
            }
            Step::Fail(case, line_id) => {
                let reason = self.one_of(FAILURES);
                let fail = FailOrderLine { line_id, reason, provisioning_reference: None };
                fail_order_line(unit, fail).await?;
                if case.fate == FailedAndRecovered {
                    self.plan_after(unit, case.pace, 60..600, Step::Retry(case, line_id));
                }
                Ok(())
            }
            Step::Retry(case, line_id) => {
                retry_order_line(unit, RetryOrderLine { line_id }).await?;
                let case = Case { fate: Delivered, ..case };
                self.plan_after(unit, case.pace, 60..300, Step::TakeUp(case, line_id));
                Ok(())
            }
            Step::ChangeSubscription(case, subscription_id, action) => {
                self.change(unit, case, subscription_id, action).await
            }
            Step::Bill => self.bill(unit).await,
            Step::Pay(invoice_id, payer) => pay(unit, invoice_id, payer).await,
        }
    }

    async fn place(&mut self, unit: &Unit, case: Case) -> Outcome<()> {
        let buyer = self.buyer(case).clone();
        let offers = self.basket(case.fate);
        let lines = offers
            .into_iter()
            .zip(1..)
            .map(|(offer, number)| NewLine {
                plan: None,
                offer_id: offer.id,
                quantity: self.random.random_range(offer.quantities.clone()),
                parent_subscription_id: None,
                parent_line: None,
                client_line_id: Some(format!("{number}")),
                po_number: None,
                starts_on: None,
                discount_codes: self.shop.campaign.codes(offer.id),
            })
            .collect();
        let start_at = (case.fate == StartsLater).then(|| {
            let days = self.random.random_range(3..35);
            let day = unit.now.date_naive() + Days::new(days);
            day.and_time(NaiveTime::MIN).and_utc()
        });
        let reference = self.random.random_bool(0.4).then(|| self.one_of(REFERENCES));
        let po_number = self
            .random
            .random_bool(0.25)
            .then(|| format!("PO-{}", self.random.random_range(45_000..46_000)));
        let order = CreateOrder {
            customer_id: Some(buyer.customer_id),
            agreement_id: Some(buyer.agreement_id),
            currency: None,
            reference,
            po_number,
            start_at,
            lines,
            payment_selection: None,
            submit: case.fate != StaysDraft,
        };
        let order_id = create_order(unit, order).await?;
        self.plan_answers(unit, case, order_id).await
    }

    /// Somebody looks at a submitted order within a day: first the others who are asked, then the seller's approver.
    async fn plan_answers(&mut self, unit: &Unit, case: Case, order_id: OrderId) -> Outcome<()> {
        match case.fate {
            StaysDraft => return Ok(()),
            Cancelled => {
                self.plan_after(unit, case.pace, 20..50, Step::Cancel(case, order_id));
                return Ok(());
            }
            Waits | HalfApproved | Rejected | StartsLater | Delivered | NotTakenUp | OnHold
            | HeldAndDelivered | Failed | PartlyFailed | FailedAndRecovered => {}
        }
        let asked = approval::Entity::find()
            .filter(approval::Column::TenantId.eq(self.shop.tenant_id))
            .filter(approval::Column::OrderId.eq(order_id))
            .order_by_asc(approval::Column::Level)
            .all(&unit.txn)
            .await?;
        for answer in asked {
            let takes_another = answer.partner_id.is_some() || answer.approvers_needed > 1;
            let mut others = self.shop.other_approvers.iter();
            let other = others.position(|it| takes_another && it.partner_id == answer.partner_id);
            if let Some(other) = other {
                self.plan_after(unit, case.pace, 10..55, Step::SayYes(other, order_id));
            }
        }
        if !matches!(case.fate, Waits | HalfApproved) {
            self.plan_after(unit, case.pace, 60..1_200, Step::Decide(case, order_id));
        }
        Ok(())
    }

    async fn decide(&mut self, unit: &Unit, case: Case, order_id: OrderId) -> Outcome<()> {
        if case.fate == Rejected {
            let reason = self.one_of(REJECTIONS);
            let command = RejectOrder { order_id, expected_version: None, reason };
            return reject_order(unit, command).await.map(drop);
        }
        let deal = self
            .random
            .random_bool(0.3)
            .then(|| format!("DEAL-{}", self.random.random_range(2_000..3_000)));
        approve(unit, order_id, deal).await?;
        self.plan(unit.now + TimeDelta::seconds(1), Step::Start(case, order_id));
        Ok(())
    }

    /// What the provisioning job does, told here because it happens at the story's own time. While the demo runs, the
    /// job is often first, and there is nothing left to do but to look at the lines.
    async fn start(&mut self, unit: &Unit, case: Case, order_id: OrderId) -> Outcome<()> {
        start_order(unit, order_id).await?;
        let Some(order) = order::Entity::find_by_id(order_id).one(&unit.txn).await? else {
            return Ok(());
        };
        if order.status == OrderStatus::Approved {
            if let Some(start_at) = order.start_at {
                self.plan(start_at, Step::Start(case, order_id));
            }
            return Ok(());
        }
        let lines = order_line::Entity::find()
            .filter(order_line::Column::TenantId.eq(self.shop.tenant_id))
            .filter(order_line::Column::OrderId.eq(order_id))
            .order_by_asc(order_line::Column::LineNumber)
            .all(&unit.txn)
            .await?;
        for line in lines {
            match (line.provisioning, line.status) {
                (Provisioning::Instant, _) => {
                    let step = Step::FinishInstantly(case, line.id);
                    self.plan(unit.now + TimeDelta::seconds(2), step);
                }
                (Provisioning::Manual, OrderLineStatus::Pending) if case.fate != NotTakenUp => {
                    self.plan_after(unit, case.pace, 60..480, Step::TakeUp(case, line.id));
                }
                (Provisioning::Manual | Provisioning::Webhook, _) => {}
            }
        }
        Ok(())
    }

    async fn take_up(&mut self, unit: &Unit, case: Case, line_id: OrderLineId) -> Outcome<()> {
        start_order_line(unit, StartOrderLine { line_id }).await?;
        let step = match case.fate {
            OnHold | HeldAndDelivered => Step::Hold(case, line_id),
            Failed | PartlyFailed | FailedAndRecovered => Step::Fail(case, line_id),
            StaysDraft | Waits | HalfApproved | Rejected | Cancelled | StartsLater | Delivered
            | NotTakenUp => Step::Deliver(case, line_id),
        };
        self.plan_after(unit, case.pace, 60..600, step);
        Ok(())
    }

    /// Some subscriptions change after a while.
    async fn plan_change(&mut self, unit: &Unit, case: Case, line_id: OrderLineId) -> Outcome<()> {
        let Some(line) = order_line::Entity::find_by_id(line_id).one(&unit.txn).await? else {
            return Ok(());
        };
        let (Some(subscription_id), OrderLineStatus::Completed) =
            (line.subscription_id, line.status)
        else {
            return Ok(());
        };
        let recurring = self
            .shop
            .offers
            .iter()
            .any(|offer| offer.id == line.offer_id && offer.billing == Billing::Recurring);
        let action = match line.action {
            OrderAction::Buy if recurring && self.random.random_bool(0.15) => *[
                OrderAction::Change,
                OrderAction::Change,
                OrderAction::Suspend,
                OrderAction::Cancel,
            ]
            .choose(&mut self.random)
            .unwrap_or(&OrderAction::Change),
            OrderAction::Suspend if self.random.random_bool(0.5) => OrderAction::Resume,
            OrderAction::Buy
            | OrderAction::Change
            | OrderAction::Suspend
            | OrderAction::Resume
            | OrderAction::Cancel => return Ok(()),
        };
        let case = Case { fate: Delivered, ..case };
        let step = Step::ChangeSubscription(case, subscription_id, action);
        self.plan_after(unit, case.pace, 600..12_000, step);
        Ok(())
    }

    async fn change(
        &mut self,
        unit: &Unit,
        case: Case,
        subscription_id: SubscriptionId,
        action: OrderAction,
    ) -> Outcome<()> {
        let details =
            OrderDetails { reference: Some(self.one_of(REFERENCES)), ..OrderDetails::default() };
        let ask = Ask {
            subscription_id,
            expected_version: None,
            time: ChangeTime::Now,
            on: None,
            pending_cancellation: None,
            expected_total: None,
            details,
        };
        let order_id = match action {
            OrderAction::Suspend => suspend_subscription(unit, ask).await?,
            OrderAction::Resume => resume_subscription(unit, ask).await?,
            OrderAction::Cancel => cancel_subscription(unit, ask).await?,
            OrderAction::Buy | OrderAction::Change => {
                // Above every quantity that is bought, so that it is a change.
                let quantity = Some(self.random.random_range(41..60));
                let command = ChangeSubscription {
                    ask,
                    quantity,
                    offer_id: None,
                    plan: None,
                    keep_anchor: false,
                };
                change_subscription(unit, command).await?
            }
        };
        self.plan_answers(unit, case, order_id).await
    }

    /// What the billing job does in a day, told here because it happens at the story's own time. What it issues is paid
    /// some days later, mostly.
    async fn bill(&mut self, unit: &Unit) -> Outcome<()> {
        let seller = Seller::load(unit).await?;
        let today = seller.day(unit.now)?;
        let due: Vec<SubscriptionId> = subscription::Entity::find()
            .select_only()
            .column(subscription::Column::Id)
            .filter(subscription::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(subscription::Column::NextBillingAt.lte(unit.now))
            .order_by_asc(subscription::Column::NextBillingAt)
            .order_by_asc(subscription::Column::Id)
            .into_tuple()
            .all(&unit.txn)
            .await?;
        for id in due {
            bill::bill(unit, &seller, id, unit.now).await?;
        }
        for invoice in issue_closed(unit, today).await? {
            let payer =
                PAYERS.choose_weighted(&mut self.random, |it| it.1).map_or(Payer::Pays, |it| it.0);
            self.plan_after(unit, Pace::Usual, DAY / 3..5 * DAY, Step::Pay(invoice.id, payer));
        }
        look_for_overdue(unit, today).await
    }

    /// What is ordered, so that the fate can come true.
    fn basket(&mut self, fate: Fate) -> Vec<Offer> {
        let of = |provisioning| {
            let offers = self.shop.offers.iter();
            offers.filter(move |offer| offer.provisioning == provisioning).cloned()
        };
        let mut manual: Vec<_> = of(Provisioning::Manual).collect();
        let instant: Vec<_> = of(Provisioning::Instant).collect();
        if fate == HalfApproved {
            manual.retain(|offer| offer.product_id == self.shop.services);
        }
        let (manual_lines, instant_lines) = match fate {
            // One yes of the seller's is enough, so that whoever tries the demo can give it.
            Waits => (0, self.random.random_range(1..=2)),
            HalfApproved | NotTakenUp | OnHold | HeldAndDelivered | Failed | FailedAndRecovered => {
                (1, 0)
            }
            PartlyFailed => (1, self.random.random_range(1..=2)),
            StaysDraft | Rejected | Cancelled | StartsLater | Delivered => {
                (usize::from(self.random.random_bool(0.2)), self.random.random_range(1..=2))
            }
        };
        let chosen = instant.sample(&mut self.random, instant_lines).cloned();
        let mut basket: Vec<_> = chosen.collect();
        basket.extend(manual.sample(&mut self.random, manual_lines).cloned());
        basket
    }

    fn new_case(&mut self, fate: Fate, pace: Pace) -> Case {
        Case { buyer: self.random.random_range(0..self.shop.buyers.len()), fate, pace }
    }

    fn draw_fate(&mut self) -> Fate {
        FATES.choose_weighted(&mut self.random, |(_, weight)| *weight).map_or(Delivered, |it| it.0)
    }

    fn office_hour(&mut self, begin: DateTime<Utc>, end: DateTime<Utc>) -> DateTime<Utc> {
        let days = self.random.random_range(0..(end - begin).num_days());
        let minutes = self.random.random_range(7 * 60..17 * 60);
        let midnight = (begin + TimeDelta::days(days)).date_naive().and_time(NaiveTime::MIN);
        (midnight.and_utc() + TimeDelta::minutes(minutes)).clamp(begin, end)
    }

    fn one_of(&mut self, texts: &[&str]) -> String {
        texts.choose(&mut self.random).map_or_else(String::new, |text| (*text).to_owned())
    }

    fn buyer(&self, case: Case) -> &Buyer {
        &self.shop.buyers[case.buyer]
    }
}

/// Issues the drafts that have closed, and gives the invoices among them.
async fn issue_closed(unit: &Unit, today: NaiveDate) -> Outcome<Vec<invoice::Model>> {
    let closed = invoice::Entity::find()
        .filter(invoice::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(invoice::Column::Status.eq(InvoiceStatus::Draft))
        .filter(invoice::Column::ClosesOn.lte(today))
        .order_by_asc(invoice::Column::ClosesOn)
        .order_by_asc(invoice::Column::Id)
        .all(&unit.txn)
        .await?;
    let mut issued = Vec::with_capacity(closed.len());
    for draft in closed {
        issued.push(issue(unit, draft).await?);
    }
    issued.retain(|document| document.kind == InvoiceKind::Invoice);
    Ok(issued)
}

/// Tells of the invoices that were to be paid before today.
async fn look_for_overdue(unit: &Unit, today: NaiveDate) -> Outcome<()> {
    for invoice in overdue(unit.viewer.tenant_id, today).all(&unit.txn).await? {
        tell_overdue(unit, TellOverdue { invoice_id: invoice.id, today }).await?;
    }
    Ok(())
}

/// The seller's bank tells of a transfer.
async fn pay(unit: &Unit, invoice_id: InvoiceId, payer: Payer) -> Outcome<()> {
    let Some(invoice) = invoice::Entity::find_by_id(invoice_id).one(&unit.txn).await? else {
        return Ok(());
    };
    let amount = match payer {
        Payer::Pays => invoice.open_amount,
        Payer::PaysHalf => invoice.open_amount / 2,
        Payer::Forgets => 0,
    };
    if amount == 0 {
        return Ok(());
    }
    let reference = format!("BT-{}", invoice.number.unwrap_or_default());
    let payment = RecordPayment { invoice_id, amount, reference, received_on: None };
    record_payment(unit, payment).await.map(drop)
}

async fn approve(
    unit: &Unit,
    order_id: OrderId,
    external_reference: Option<String>,
) -> Outcome<()> {
    let command = ApproveOrder { order_id, expected_version: None, external_reference };
    approve_order(unit, command).await.map(drop)
}

/// What a vendor returns of what it has delivered.
fn delivered(reference: &str) -> Vec<ActivationItem> {
    let item = |name: &str, kind, value| ActivationItem { name: name.to_owned(), kind, value };
    let console = format!("https://console.vendor.example/{}", reference.to_lowercase());
    vec![
        item("Console", ActivationKind::Link, console),
        item("Activation key", ActivationKind::Key, format!("VK-{reference}")),
        item("Contact", ActivationKind::Field, "Service desk, weekdays from 8 to 18".to_owned()),
    ]
}
