//! The words of the API. They mirror those of the tables: a new one there does not compile until it is described here.

use async_graphql::Enum;

use crate::graphql::read::table::{Kind, columnar};

/// Whether a tenant's orders are real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TenantKind")]
pub enum TenantKind {
    /// Orders are real.
    Production,
    /// For trying things out. Nothing in it is real.
    Sandbox,
}

/// What a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Role")]
pub enum Role {
    /// Does everything in the tenant, keys and settings included.
    Admin,
    /// Keeps catalogue and customers, and places orders for them.
    Seller,
    /// Approves or rejects orders, for the tenant or for one partner.
    Approver,
    /// Places orders for the customers of one partner and of the partners below it.
    Partner,
    /// Places orders for one customer.
    Customer,
    /// Carries out order lines, and reports what was used.
    Provisioner,
    /// Reads, and changes nothing.
    Auditor,
}

/// How the order lines of a product are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Provisioning")]
pub enum Provisioning {
    /// By the service itself, at once.
    Instant,
    /// By somebody who reports the outcome.
    Manual,
    /// By a webhook endpoint of the vendor, to which each line is posted, and which answers what became of it.
    Webhook,
}

/// Whether something in the catalogue can still be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CatalogStatus")]
pub enum CatalogStatus {
    /// It can be bought.
    Active,
    /// It is no longer sold. What was bought earlier goes on.
    Retired,
}

/// Which components of a plan may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ComponentChoice")]
pub enum ComponentChoice {
    /// None: the plan is sold as it is.
    None,
    /// One or more of them.
    Any,
    /// As many of them as the plan says.
    Range,
}

/// When a component of a plan is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Timing", name = "ComponentTiming")]
pub enum Timing {
    /// Once, when the subscription begins.
    Once,
    /// At the beginning of each period.
    InAdvance,
    /// At the end of each period.
    InArrears,
    /// At the end of each period, by what was used in it as it is reported.
    Usage,
}

/// How an offer is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Billing")]
pub enum Billing {
    /// Once.
    OneTime,
    /// In advance for each period.
    Recurring,
    /// Afterwards for each period, by what was used.
    Usage,
}

/// How long one period of an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::BillingPeriod")]
pub enum BillingPeriod {
    /// A week.
    Weekly,
    /// A month.
    Monthly,
    /// Three months.
    Quarterly,
    /// Six months.
    HalfYearly,
    /// A year.
    Yearly,
    /// Three years.
    ThreeYearly,
}

/// Whether a customer may still buy under an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::AgreementStatus")]
pub enum AgreementStatus {
    /// Orders may be placed under it.
    Active,
    /// No new orders may be placed under it.
    Deactivated,
}

/// Where an order is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::OrderStatus")]
pub enum OrderStatus {
    /// Being put together; can be changed and deleted.
    Draft,
    /// Handed in. The order itself no longer changes.
    Submitted,
    /// Waits for somebody to approve or reject it.
    PendingApproval,
    /// Approved, and waits for its start.
    Approved,
    /// Its lines are being carried out.
    Provisioning,
    /// A line cannot go on until a question is answered.
    OnHold,
    /// All lines are done.
    Completed,
    /// Some lines are done, others have failed.
    PartiallyCompleted,
    /// All lines have failed.
    Failed,
    /// An approver said no.
    Rejected,
    /// Called off before it began.
    Cancelled,
}

/// What makes an order move from one status to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::OrderTrigger")]
pub enum OrderTrigger {
    /// The order was created.
    Create,
    /// The orderer handed it in.
    Submit,
    /// The seller's policy asks for approval.
    RequireApproval,
    /// The seller's policy asks for no approval.
    WaiveApproval,
    /// An approver said yes, and others have yet to answer.
    ApproveStep,
    /// The last approver said yes.
    ApproveLastStep,
    /// An approver said no.
    Reject,
    /// Nobody answered in time.
    LetApprovalLapse,
    /// It was not paid: the payment was rejected, or nobody paid in time.
    LetPaymentLapse,
    /// The orderer called it off.
    Cancel,
    /// Its start date was reached.
    Start,
    /// A line needs an answer.
    Hold,
    /// The answer was given.
    Resume,
    /// The last line was done, and none has failed.
    Complete,
    /// The last line ended, and some have failed.
    CompletePartially,
    /// The last line ended, and all have failed.
    Fail,
    /// The failed lines are tried again.
    Retry,
}

/// Where an order line is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::OrderLineStatus")]
pub enum OrderLineStatus {
    /// Waits for its turn.
    Pending,
    /// Being carried out.
    InProgress,
    /// Cannot go on until a question is answered.
    OnHold,
    /// Done.
    Completed,
    /// Could not be carried out.
    Failed,
    /// Its order was rejected.
    Rejected,
    /// Its order was cancelled, or it was carried out and then cancelled itself: what it bought was taken back.
    Cancelled,
}

/// What something is that a vendor returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ActivationKind")]
pub enum ActivationKind {
    /// An address to open.
    Link,
    /// A key, a code or a password.
    Key,
    /// Anything else.
    Field,
}

/// What a vendor that is simulated does to an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SimulatedOutcome")]
pub enum SimulatedOutcome {
    /// Carries it out, and returns a link, a key and a field.
    Completes,
    /// Cannot carry it out. It can be retried.
    Fails,
    /// Asks whether it is to go on. Once that is answered, simulate again what comes of it.
    Asks,
    /// Takes it up, and never says anything.
    NeverAnswers,
}

/// What came of an attempt at an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::LineOutcome")]
pub enum LineOutcome {
    /// It was carried out.
    Completed,
    /// It could not be carried out.
    Failed,
}

/// What an order line does to its subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::OrderAction")]
pub enum OrderAction {
    /// Begins a new subscription.
    Buy,
    /// Changes the quantity.
    Change,
    /// Suspends the subscription.
    Suspend,
    /// Takes up a suspended subscription again.
    Resume,
    /// Ends the subscription.
    Cancel,
}

/// What an approver answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ApprovalDecision")]
pub enum ApprovalDecision {
    /// Nothing yet.
    Pending,
    /// Yes.
    Approved,
    /// No.
    Rejected,
    /// An answer is no longer needed.
    Void,
}

/// What a link answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ApprovalLinkAction")]
pub enum ApprovalLinkAction {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

/// Whether a link can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ApprovalLinkStatus")]
pub enum ApprovalLinkStatus {
    /// It can be used, as long as the order waits for the answer that the link gives.
    Active,
    /// It was used. It works once.
    Used,
    /// It was revoked.
    Revoked,
    /// Its time is over.
    Expired,
}

/// Where a subscription is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SubscriptionStatus")]
pub enum SubscriptionStatus {
    /// Ordered, and not yet provisioned.
    Pending,
    /// In use.
    Active,
    /// Not usable for the time being.
    Suspended,
    /// Ends soon; usable until then.
    PendingCancel,
    /// Its term has ended.
    Expired,
    /// Ended.
    Terminated,
}

/// Whether a license can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::LicenseStatus")]
pub enum LicenseStatus {
    /// It can be used.
    Active,
    /// Not for the time being.
    Suspended,
    /// No longer.
    Terminated,
}

/// Whether an invoice or credit note is final, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::InvoiceStatus")]
pub enum InvoiceStatus {
    /// Still collects lines.
    Draft,
    /// Final; never changes but for what is paid or credited of it.
    Issued,
    /// Nothing of it is open any more.
    Paid,
    /// All of it was taken back by credit notes.
    Credited,
}

/// What an invoice line charges for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ChargeType")]
pub enum ChargeType {
    /// Something bought once.
    OneTimeFee,
    /// One period of a subscription.
    CycleFee,
    /// A difference to what was charged before; may be negative.
    Correction,
    /// For leaving a commitment early: one line for each component of a plan.
    ExitFee,
    /// For what was used.
    UsageFee,
    /// Written by hand.
    Manual,
}

/// When a change of a subscription takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ChangeTime")]
pub enum ChangeTime {
    /// As soon as its order is carried out.
    Now,
    /// With the first moment after the billing period that runs when its order is carried out.
    OnRenewal,
    /// With the first moment of a day.
    OnDate,
}

/// What becomes of a cancellation that is pending when something else is to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PendingCancellation")]
pub enum PendingCancellation {
    /// The subscription ends all the same.
    Keep,
    /// The subscription goes on.
    Revoke,
}

/// What a change of a subscription changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SubscriptionChangeKind", name = "ScheduledChangeKind")]
pub enum SubscriptionChangeKind {
    /// Its quantity, its offer, or both.
    Terms,
    /// It is suspended.
    Suspend,
    /// It is resumed.
    Resume,
    /// It ends.
    Cancel,
    /// It ends with its period, because it does not renew.
    AutoRenew,
    /// Its price, by the seller. The customer's own changes stay beside it.
    Price,
}

/// Where a change of a subscription is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SubscriptionChangeStatus", name = "ScheduledChangeStatus")]
pub enum SubscriptionChangeStatus {
    /// It waits for its day.
    Pending,
    /// It has taken effect.
    Executed,
    /// A later one took its place.
    Replaced,
    /// It was taken back.
    Revoked,
    /// It could not take effect.
    Failed,
}

/// Whether a document asks for money or gives some back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::InvoiceKind")]
pub enum InvoiceKind {
    /// It asks for money.
    Invoice,
    /// It takes something back of what was charged, or gives something: its amounts are below zero.
    CreditNote,
}

/// Why there is a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CreditReason")]
pub enum CreditReason {
    /// Something was cancelled.
    Cancellation,
    /// Something was changed.
    Change,
    /// What was charged was wrong.
    Error,
    /// To please the customer.
    Goodwill,
    /// It was charged twice.
    Duplicate,
    /// Another reason, which the note may say.
    Other,
}

/// Whether a line charges or takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ChargeDirection")]
pub enum ChargeDirection {
    /// It charges.
    Charge,
    /// It takes back.
    Credit,
}

/// What moved on a customer's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::AccountTransactionKind")]
pub enum AccountTransactionKind {
    /// Money that the customer was given: it pays the next invoices.
    Allowance,
    /// Something that the customer owes besides its invoices.
    Charge,
    /// Above zero, what was paid beyond an invoice; below zero, what paid an invoice from the account.
    Payment,
    /// What is not asked for any more, or, below zero, not given back.
    WriteOff,
    /// What was paid out to the customer.
    Refund,
}

/// The kind of thing that an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SubjectKind")]
pub enum SubjectKind {
    /// An order.
    Order,
    /// A subscription.
    Subscription,
    /// A license.
    License,
    /// An invoice or a credit note.
    Invoice,
    /// A billing run.
    BillingRun,
    /// A link by which an order is approved or rejected.
    ApprovalLink,
    /// A webhook endpoint.
    WebhookEndpoint,
    /// A price of an offer.
    Price,
    /// A payment agreement.
    PaymentAgreement,
}

/// What is posted to a webhook endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::WebhookPurpose")]
pub enum WebhookPurpose {
    /// Events, of the kinds that the endpoint names.
    Events,
    /// The order lines of the products that name it, for its vendor to carry out.
    Provisioning,
}

/// Whether anything is posted to a webhook endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::WebhookStatus")]
pub enum WebhookStatus {
    /// Events are posted to it.
    Enabled,
    /// Nothing is posted to it but tests.
    Disabled,
}

/// Why nothing is posted to a webhook endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::WebhookDisabledReason")]
pub enum WebhookDisabledReason {
    /// Somebody has disabled it.
    ByOwner,
    /// It answered with the status 410: it is no more.
    Gone,
    /// It has failed for three days.
    Failing,
    /// The events that were next for it are no longer kept.
    EventsGone,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::EventKind")]
pub enum EventKind {
    /// An order was created or moved to another status.
    OrderStatusChanged,
    /// A draft order was changed.
    OrderUpdated,
    /// A draft order was deleted.
    OrderDeleted,
    /// An order line moved to another status.
    OrderLineStatusChanged,
    /// Whoever must answer an order was reminded of it. Told to those who answer, or may see that they do; not to the customer.
    ApprovalReminded,
    /// A subscription was ordered.
    SubscriptionCreated,
    /// A subscription moved to another status.
    SubscriptionStatusChanged,
    /// A subscription's quantity or another property changed.
    SubscriptionChanged,
    /// Another period of a subscription has begun.
    SubscriptionRenewed,
    /// A change of a subscription was registered for a later day.
    ScheduledChangeCreated,
    /// A change of a subscription took effect on its day.
    ScheduledChangeExecuted,
    /// A later change took the place of one that waited.
    ScheduledChangeReplaced,
    /// A change that waited was taken back.
    ScheduledChangeRevoked,
    /// A change could not take effect on its day; the reason says why.
    ScheduledChangeFailed,
    /// The seller gave a subscription a discount.
    DiscountApplied,
    /// The seller ended a discount of a subscription.
    DiscountRemoved,
    /// It was reported that something of a subscription was used.
    UsageReported,
    /// A subscription is not billed until somebody has looked at it; the reason says why.
    BillingHeld,
    /// A subscription that was not billed is billed again.
    BillingReleased,
    /// A license was issued.
    LicenseIssued,
    /// A license moved to another status.
    LicenseStatusChanged,
    /// A license's limits or another property changed.
    LicenseChanged,
    /// A draft invoice was begun.
    InvoiceCreated,
    /// A line was added to a draft invoice.
    InvoiceLineAdded,
    /// An invoice became final.
    InvoiceIssued,
    /// Nothing of an invoice is open any more.
    InvoicePaid,
    /// The day by which an invoice was to be paid is over.
    InvoiceOverdue,
    /// A draft credit note was begun.
    CreditNoteCreated,
    /// A credit note became final.
    CreditNoteIssued,
    /// The draft of a credit note was changed.
    CreditNoteUpdated,
    /// The draft of a credit note was deleted.
    CreditNoteDeleted,
    /// A payment for an invoice was recorded.
    PaymentRecorded,
    /// A payment turned out to be none. What it had settled of an invoice is open again.
    PaymentReversed,
    /// A billing run began.
    BillingRunStarted,
    /// A billing run has done another part of its work.
    BillingRunProgressed,
    /// A billing run has done all that was due.
    BillingRunFinished,
    /// A link was made by which an order can be approved or rejected.
    ApprovalLinkCreated,
    /// An order was approved or rejected by a link.
    ApprovalLinkUsed,
    /// A link was revoked before it was used.
    ApprovalLinkRevoked,
    /// A webhook endpoint was enabled again.
    WebhookEnabled,
    /// A webhook endpoint was disabled. The reason is one of `WebhookDisabledReason`.
    WebhookDisabled,
    /// A price was made, is asked from now on, or is no longer asked. Its statuses are of `PriceStatus`.
    PriceChanged,
    /// A payment agreement was registered, or its status has changed.
    PaymentAgreementStatusChanged,
    /// An order was to be submitted once it is paid, and is still a draft although it is. The reason says what speaks against it.
    OrderSubmissionRefused,
}

/// Where a billing run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::BillingRunStatus")]
pub enum BillingRunStatus {
    /// Not all that is due has been looked at.
    Running,
    /// All that was due is billed or held.
    Finished,
}

/// What a customer may not order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::DenialKind")]
pub enum DenialKind {
    /// Anything.
    Ordering,
    /// Any offer of a product.
    Product,
    /// An offer.
    Offer,
    /// Anything while the customer owes more than a limit.
    BalanceLimit,
}

/// What a discount takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::DiscountKind")]
pub enum DiscountKind {
    /// A percentage.
    Percent,
    /// An amount off a whole period; a share of it where only a share of the period is charged.
    Amount,
}

/// What leaving a commitment early costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SurchargePolicy")]
pub enum SurchargePolicy {
    /// Nothing.
    None,
    /// No fee: the subscription goes on, and is billed, to the end of the term.
    Continue,
    /// A part of what would still be charged in the term.
    Remainder,
    /// An amount.
    Fixed,
}

/// What follows a term of a commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CommitmentRenewal")]
pub enum CommitmentRenewal {
    /// Nothing: the subscription goes on, and its customer is bound no longer.
    None,
    /// Another term of the same length.
    Same,
}

/// For how long a discount holds once it is given. Periods are counted, whatever their lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::DiscountDuration")]
pub enum DiscountDuration {
    /// For one billing period.
    Once,
    /// For so many billing periods.
    Periods,
    /// As long as the subscription runs.
    Forever,
}

/// What kind of caller did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ActorKind")]
pub enum ActorKind {
    /// Somebody who signed in.
    User,
    /// A program with an API key.
    ApiKey,
    /// The service itself, by policy or by date.
    System,
    /// Somebody who was sent a link, in the name of whoever made it.
    ApprovalLink,
    /// A vendor, by the answer of a webhook endpoint.
    WebhookEndpoint,
    /// The seller's integration with its payment provider, by a signed message.
    PaymentCallback,
}

/// How a customer pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PaymentMethod")]
pub enum PaymentMethod {
    /// By invoice, after it was delivered. Nobody is sent anywhere.
    Invoice,
    /// With a payment card.
    Card,
    /// With a wallet, such as on a telephone.
    Wallet,
    /// By direct debit from a bank account.
    DirectDebit,
}

/// Where a payment agreement is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PaymentAgreementStatus")]
pub enum PaymentAgreementStatus {
    /// The payer has been, or is to be, sent to the payment provider, which has not answered.
    Pending,
    /// The provider said yes. What names it can be submitted.
    Active,
    /// The provider said no.
    Rejected,
    /// Nobody paid in time.
    Expired,
    /// Called off, by itself or with its order.
    Cancelled,
}

/// What a payment provider says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PaymentOutcome")]
pub enum PaymentOutcome {
    /// It is paid, or may be charged.
    Approved,
    /// It is not, and will not be: the payer gave up, or was refused for good.
    Rejected,
}

/// What becomes of a draft whose payment agreement was rejected or has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::UnpaidOrders")]
pub enum UnpaidOrders {
    /// It stays a draft, to be paid in another way.
    Kept,
    /// It is cancelled.
    Cancelled,
}

/// What becomes of an amount exactly between two whole minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::RoundingMode")]
pub enum RoundingMode {
    /// It is rounded away from zero.
    HalfUp,
    /// It is rounded to the even one.
    HalfEven,
}

/// What of an amount is charged, or credited, where it is not due for a whole period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Proration")]
pub enum Proration {
    /// Its share: days of the days of the period.
    ByDay,
    /// Nothing.
    None,
    /// All of it.
    Full,
}

/// Whether the day of a cancellation is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CancellationDay")]
pub enum CancellationDay {
    /// It is not.
    Credited,
    /// It is.
    Consumed,
}

/// What a suspension does to billing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::SuspensionBilling")]
pub enum SuspensionBilling {
    /// The subscription is charged as before.
    Continues,
    /// The days of the suspension are not charged.
    Stops,
}

/// Where what a change takes back is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CreditBy")]
pub enum CreditBy {
    /// On the customer's next invoice.
    CorrectionLine,
    /// On a credit note.
    CreditNote,
}

/// How a customer is taxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TaxTreatment")]
pub enum TaxTreatment {
    /// As the price says.
    Standard,
    /// The customer pays the tax itself.
    ReverseCharge,
    /// Sold to another country of the European Union.
    IntraCommunity,
    /// Sold to a country outside of it.
    Export,
    /// The customer is exempt.
    Exempt,
    /// The law on this tax does not apply.
    OutOfScope,
}

/// Why something is taxed as it is: the categories of EN 16931.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::TaxCategory")]
pub enum TaxCategory {
    /// At a rate.
    Standard,
    /// At a rate of zero.
    ZeroRated,
    /// Exempt from tax.
    Exempt,
    /// The customer pays the tax itself.
    ReverseCharge,
    /// Sold to another country of the European Union.
    IntraCommunity,
    /// Sold to a country outside of it.
    Export,
    /// The law on this tax does not apply.
    OutOfScope,
}

/// When a recurring offer is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::BillingTiming")]
pub enum BillingTiming {
    /// At the beginning of each period.
    InAdvance,
    /// At the end of each period.
    InArrears,
}

/// Where the periods of a recurring offer begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::BillingAlignment")]
pub enum BillingAlignment {
    /// On the day on which the subscription began.
    Anniversary,
    /// With the calendar: on a Monday, or on the first of a month, quarter, half-year or year.
    Calendar,
}

/// How the units of something are priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PriceModel")]
pub enum PriceModel {
    /// The same for each unit.
    PerUnit,
    /// One amount, however many units there are.
    Flat,
    /// Each tier prices the units that are in it.
    Tiered,
    /// The tier in which the last unit is prices all of them: just above the bound of a tier, more units may cost less.
    Volume,
    /// Each package of units that is begun costs the same.
    Package,
}

/// For whom a price is. Of those that could be asked of a customer, the most particular one is: of an agreement, of the
/// customer, of the partner, and then the list price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PriceScope")]
pub enum PriceScope {
    /// For all.
    List,
    /// For what a partner sells.
    Partner,
    /// For a customer.
    Customer,
    /// For what is bought under an agreement.
    Agreement,
}

/// Whether a price is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::PriceStatus")]
pub enum PriceStatus {
    /// From a day to come on.
    Upcoming,
    /// It is.
    InForce,
    /// No longer, or it was ended before it began.
    Over,
}

/// What mail is sent about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::MailKind")]
pub enum MailKind {
    /// An order waits for the answer of those for whom the recipient is.
    ApprovalWanted,
    /// A line of an order cannot go on before a question is answered.
    OrderHeld,
    /// All who were asked have approved an order. Where nobody was, there is no mail.
    OrderApproved,
    /// An order was rejected.
    OrderRejected,
    /// All of an order was carried out.
    OrderCompleted,
    /// An order could not be carried out, or only in part.
    OrderFailed,
    /// An invoice was issued.
    InvoiceIssued,
}

/// Whose address mail goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::MailAudience")]
pub enum MailAudience {
    /// One that is named.
    Address,
    /// The customer that it is about: to its `email`, where it has one.
    Customer,
}

/// A language of mail, by its code of ISO 639-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::Language")]
pub enum Language {
    /// English.
    #[graphql(name = "EN")]
    English,
    /// German.
    #[graphql(name = "DE")]
    German,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::MailStatus")]
pub enum MailStatus {
    /// It is to be sent, perhaps once more.
    Pending,
    /// The mail server has taken it.
    Sent,
    /// It was refused for good, or could not be sent for two days.
    Failed,
    /// There was nothing to tell any more: the order had moved on, or the recipient was gone.
    Dropped,
}

columnar! {
    entity::MailKind: Kind::Text => MailKind,
    entity::MailAudience: Kind::Text => MailAudience,
    entity::Language: Kind::Text => Language,
    entity::MailStatus: Kind::Text => MailStatus,
    entity::TenantKind: Kind::Text => TenantKind,
    entity::Role: Kind::Text => Role,
    entity::Provisioning: Kind::Text => Provisioning,
    entity::CatalogStatus: Kind::Text => CatalogStatus,
    entity::ComponentChoice: Kind::Text => ComponentChoice,
    entity::Timing: Kind::Text => Timing,
    entity::Billing: Kind::Text => Billing,
    entity::BillingPeriod: Kind::Text => BillingPeriod,
    entity::AgreementStatus: Kind::Text => AgreementStatus,
    entity::OrderStatus: Kind::Text => OrderStatus,
    entity::OrderTrigger: Kind::Text => OrderTrigger,
    entity::OrderLineStatus: Kind::Text => OrderLineStatus,
    entity::LineOutcome: Kind::Text => LineOutcome,
    entity::OrderAction: Kind::Text => OrderAction,
    entity::ApprovalDecision: Kind::Text => ApprovalDecision,
    entity::ApprovalLinkAction: Kind::Text => ApprovalLinkAction,
    entity::ApprovalLinkStatus: Kind::Text => ApprovalLinkStatus,
    entity::SubscriptionStatus: Kind::Text => SubscriptionStatus,
    entity::LicenseStatus: Kind::Text => LicenseStatus,
    entity::InvoiceStatus: Kind::Text => InvoiceStatus,
    entity::ChargeType: Kind::Text => ChargeType,
    entity::InvoiceKind: Kind::Text => InvoiceKind,
    entity::CreditReason: Kind::Text => CreditReason,
    entity::ChargeDirection: Kind::Text => ChargeDirection,
    entity::AccountTransactionKind: Kind::Text => AccountTransactionKind,
    entity::SubjectKind: Kind::Text => SubjectKind,
    entity::EventKind: Kind::Text => EventKind,
    entity::WebhookPurpose: Kind::Text => WebhookPurpose,
    entity::WebhookStatus: Kind::Text => WebhookStatus,
    entity::WebhookDisabledReason: Kind::Text => WebhookDisabledReason,
    entity::DenialKind: Kind::Text => DenialKind,
    entity::PaymentMethod: Kind::Text => PaymentMethod,
    entity::PaymentAgreementStatus: Kind::Text => PaymentAgreementStatus,
    entity::PaymentOutcome: Kind::Text => PaymentOutcome,
    entity::UnpaidOrders: Kind::Text => UnpaidOrders,
    entity::DiscountKind: Kind::Text => DiscountKind,
    entity::DiscountDuration: Kind::Text => DiscountDuration,
    entity::BillingRunStatus: Kind::Text => BillingRunStatus,
    entity::ActorKind: Kind::Text => ActorKind,
    entity::RoundingMode: Kind::Text => RoundingMode,
    entity::CancellationDay: Kind::Text => CancellationDay,
    entity::SuspensionBilling: Kind::Text => SuspensionBilling,
    entity::CreditBy: Kind::Text => CreditBy,
    entity::TaxTreatment: Kind::Text => TaxTreatment,
    entity::TaxCategory: Kind::Text => TaxCategory,
    entity::BillingTiming: Kind::Text => BillingTiming,
    entity::BillingAlignment: Kind::Text => BillingAlignment,
    entity::PriceModel: Kind::Text => PriceModel,
    entity::PriceScope: Kind::Text => PriceScope,
    entity::PriceStatus: Kind::Text => PriceStatus,
    entity::ChangeTime: Kind::Text => ChangeTime,
    entity::SubscriptionChangeKind: Kind::Text => SubscriptionChangeKind,
    entity::SubscriptionChangeStatus: Kind::Text => SubscriptionChangeStatus,
}

#[cfg(test)]
mod tests {
    use async_graphql::{Value, resolver_utils::enum_value};

    /// So what a column holds is written as it is.
    #[test]
    fn the_tables_and_the_api_have_the_same_words() {
        macro_rules! same {
            ($($name:ident),+ $(,)?) => {$(
                for word in entity::$name::ALL {
                    let shown = enum_value(super::$name::from(*word));
                    assert_eq!(shown, Value::Enum(async_graphql::Name::new(word.as_str())));
                }
            )+};
        }
        same!(
            TenantKind,
            Role,
            Provisioning,
            CatalogStatus,
            ComponentChoice,
            Timing,
            Billing,
            BillingPeriod,
            AgreementStatus,
            OrderStatus,
            OrderTrigger,
            OrderLineStatus,
            LineOutcome,
            SimulatedOutcome,
            ActivationKind,
            OrderAction,
            ApprovalDecision,
            ApprovalLinkAction,
            ApprovalLinkStatus,
            SubscriptionStatus,
            LicenseStatus,
            InvoiceStatus,
            ChargeType,
            InvoiceKind,
            CreditReason,
            ChargeDirection,
            AccountTransactionKind,
            SubjectKind,
            EventKind,
            WebhookPurpose,
            WebhookStatus,
            WebhookDisabledReason,
            DenialKind,
            PaymentMethod,
            PaymentAgreementStatus,
            PaymentOutcome,
            UnpaidOrders,
            DiscountKind,
            DiscountDuration,
            SurchargePolicy,
            CommitmentRenewal,
            BillingRunStatus,
            ActorKind,
            RoundingMode,
            Proration,
            CancellationDay,
            SuspensionBilling,
            CreditBy,
            TaxTreatment,
            TaxCategory,
            BillingTiming,
            BillingAlignment,
            PriceModel,
            PriceScope,
            PriceStatus,
            ChangeTime,
            PendingCancellation,
            SubscriptionChangeKind,
            SubscriptionChangeStatus,
            MailKind,
            MailAudience,
            Language,
            MailStatus
        );
    }
}
