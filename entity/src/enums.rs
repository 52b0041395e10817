//! The closed sets of words that columns hold.

use sea_orm::{DeriveActiveEnum, EnumIter, sea_query::StringLen};
use serde::{Deserialize, Serialize};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum,
            Serialize, Deserialize,
        )]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
        pub enum $name {
            $($(#[$variant_doc])* #[sea_orm(string_value = $text)] #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order they are declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The value as the database and the API spell it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

text_enum! {
    /// Whether a tenant's orders are real. Sandbox and production never mix.
    TenantKind { Production = "PRODUCTION", Sandbox = "SANDBOX" }
}
text_enum! {
    /// What a caller may do; see `roles.rs` and `access.rs`.
    Role {
        Admin = "ADMIN",
        Seller = "SELLER",
        Approver = "APPROVER",
        Partner = "PARTNER",
        Customer = "CUSTOMER",
        Provisioner = "PROVISIONER",
        Auditor = "AUDITOR",
    }
}
text_enum! {
    /// How a product's order lines are carried out.
    Provisioning { Instant = "INSTANT", Manual = "MANUAL", Webhook = "WEBHOOK" }
}
text_enum! {
    /// Whether something in the catalogue can still be bought.
    CatalogStatus { Active = "ACTIVE", Retired = "RETIRED" }
}
text_enum! {
    /// Which components of a plan may be chosen.
    ComponentChoice { None = "NONE", Any = "ANY", Range = "RANGE" }
}
text_enum! {
    /// When a component is charged: once, at the beginning or the end of each period, or at its end by what was used in it.
    Timing { Once = "ONCE", InAdvance = "IN_ADVANCE", InArrears = "IN_ARREARS", Usage = "USAGE" }
}
text_enum! {
    /// How an offer is charged.
    Billing { OneTime = "ONE_TIME", Recurring = "RECURRING", Usage = "USAGE" }
}
text_enum! {
    /// How long one period of a recurring offer is.
    BillingPeriod {
        Weekly = "WEEKLY",
        Monthly = "MONTHLY",
        Quarterly = "QUARTERLY",
        HalfYearly = "HALF_YEARLY",
        Yearly = "YEARLY",
        ThreeYearly = "THREE_YEARLY",
    }
}
text_enum! {
    /// Whether a customer may still buy under an agreement.
    AgreementStatus { Active = "ACTIVE", Deactivated = "DEACTIVATED" }
}
text_enum! {
    /// Where an order is in its life; the moves are in `domain/order_life.rs`.
    OrderStatus {
        Draft = "DRAFT",
        Submitted = "SUBMITTED",
        PendingApproval = "PENDING_APPROVAL",
        Approved = "APPROVED",
        Provisioning = "PROVISIONING",
        OnHold = "ON_HOLD",
        Completed = "COMPLETED",
        PartiallyCompleted = "PARTIALLY_COMPLETED",
        Failed = "FAILED",
        Rejected = "REJECTED",
        Cancelled = "CANCELLED",
    }
}
text_enum! {
    /// What makes an order move.
    OrderTrigger {
        Create = "CREATE",
        Submit = "SUBMIT",
        RequireApproval = "REQUIRE_APPROVAL",
        WaiveApproval = "WAIVE_APPROVAL",
        ApproveStep = "APPROVE_STEP",
        ApproveLastStep = "APPROVE_LAST_STEP",
        Reject = "REJECT",
        LetApprovalLapse = "LET_APPROVAL_LAPSE",
        LetPaymentLapse = "LET_PAYMENT_LAPSE",
        Cancel = "CANCEL",
        Start = "START",
        Hold = "HOLD",
        Resume = "RESUME",
        Complete = "COMPLETE",
        CompletePartially = "COMPLETE_PARTIALLY",
        Fail = "FAIL",
        Retry = "RETRY",
    }
}
text_enum! {
    /// Where an order line is in its life; the moves are in `domain/line_life.rs`.
    OrderLineStatus {
        Pending = "PENDING",
        InProgress = "IN_PROGRESS",
        OnHold = "ON_HOLD",
        Completed = "COMPLETED",
        Failed = "FAILED",
        Rejected = "REJECTED",
        Cancelled = "CANCELLED",
    }
}
text_enum! {
    /// What something is that a vendor returns.
    ActivationKind { Link = "LINK", Key = "KEY", Field = "FIELD" }
}
text_enum! {
    /// What a vendor that is simulated does to an order line.
    SimulatedOutcome {
        Completes = "COMPLETES",
        Fails = "FAILS",
        Asks = "ASKS",
        NeverAnswers = "NEVER_ANSWERS",
    }
}
text_enum! {
    /// What came of an attempt at an order line.
    LineOutcome { Completed = "COMPLETED", Failed = "FAILED" }
}
text_enum! {
    /// What an order line does to its subscription.
    OrderAction {
        Buy = "BUY",
        Change = "CHANGE",
        Suspend = "SUSPEND",
        Resume = "RESUME",
        Cancel = "CANCEL",
    }
}
text_enum! {
    /// What an approver answered. An answer that is no longer needed is void.
    ApprovalDecision {
        Pending = "PENDING",
        Approved = "APPROVED",
        Rejected = "REJECTED",
        Void = "VOID",
    }
}
text_enum! {
    /// What a link answers.
    ApprovalLinkAction { Approve = "APPROVE", Reject = "REJECT" }
}
text_enum! {
    /// Whether a link can be used.
    ApprovalLinkStatus {
        Active = "ACTIVE",
        Used = "USED",
        Revoked = "REVOKED",
        Expired = "EXPIRED",
    }
}
text_enum! {
    /// Where a subscription is in its life; the moves are in `domain/subscription_life.rs`.
    SubscriptionStatus {
        Pending = "PENDING",
        Active = "ACTIVE",
        Suspended = "SUSPENDED",
        PendingCancel = "PENDING_CANCEL",
        Expired = "EXPIRED",
        Terminated = "TERMINATED",
    }
}
text_enum! {
    /// Whether a license can be used.
    LicenseStatus { Active = "ACTIVE", Suspended = "SUSPENDED", Terminated = "TERMINATED" }
}
text_enum! {
    /// A draft still collects lines; what is issued never changes but for what is paid or credited of it.
    InvoiceStatus { Draft = "DRAFT", Issued = "ISSUED", Paid = "PAID", Credited = "CREDITED" }
}
text_enum! {
    /// What an invoice line charges for (APG-19).
    ChargeType {
        OneTimeFee = "ONE_TIME_FEE",
        CycleFee = "CYCLE_FEE",
        Correction = "CORRECTION",
        ExitFee = "EXIT_FEE",
        UsageFee = "USAGE_FEE",
        Manual = "MANUAL",
    }
}
text_enum! {
    /// The kind of thing an event is about.
    SubjectKind {
        Order = "ORDER",
        Subscription = "SUBSCRIPTION",
        License = "LICENSE",
        Invoice = "INVOICE",
        BillingRun = "BILLING_RUN",
        ApprovalLink = "APPROVAL_LINK",
        WebhookEndpoint = "WEBHOOK_ENDPOINT",
        Price = "PRICE",
        PaymentAgreement = "PAYMENT_AGREEMENT",
    }
}
text_enum! {
    /// What is posted to a webhook endpoint.
    WebhookPurpose { Events = "EVENTS", Provisioning = "PROVISIONING" }
}
text_enum! {
    /// Whether events are posted to a webhook endpoint.
    WebhookStatus { Enabled = "ENABLED", Disabled = "DISABLED" }
}
text_enum! {
    /// Why nothing is posted to a webhook endpoint.
    WebhookDisabledReason {
        ByOwner = "BY_OWNER",
        Gone = "GONE",
        Failing = "FAILING",
        EventsGone = "EVENTS_GONE",
    }
}
text_enum! {
    /// What can happen. Names are past tense; every one is written to the tenant's log.
    EventKind {
        OrderStatusChanged = "ORDER_STATUS_CHANGED",
        OrderUpdated = "ORDER_UPDATED",
        OrderDeleted = "ORDER_DELETED",
        OrderLineStatusChanged = "ORDER_LINE_STATUS_CHANGED",
        ApprovalReminded = "APPROVAL_REMINDED",
        SubscriptionCreated = "SUBSCRIPTION_CREATED",
        SubscriptionStatusChanged = "SUBSCRIPTION_STATUS_CHANGED",
        SubscriptionChanged = "SUBSCRIPTION_CHANGED",
        SubscriptionRenewed = "SUBSCRIPTION_RENEWED",
        ScheduledChangeCreated = "SCHEDULED_CHANGE_CREATED",
        ScheduledChangeExecuted = "SCHEDULED_CHANGE_EXECUTED",
        ScheduledChangeReplaced = "SCHEDULED_CHANGE_REPLACED",
        ScheduledChangeRevoked = "SCHEDULED_CHANGE_REVOKED",
        ScheduledChangeFailed = "SCHEDULED_CHANGE_FAILED",
        DiscountApplied = "DISCOUNT_APPLIED",
        DiscountRemoved = "DISCOUNT_REMOVED",
        UsageReported = "USAGE_REPORTED",
        BillingHeld = "BILLING_HELD",
        BillingReleased = "BILLING_RELEASED",
        LicenseIssued = "LICENSE_ISSUED",
        LicenseStatusChanged = "LICENSE_STATUS_CHANGED",
        LicenseChanged = "LICENSE_CHANGED",
        InvoiceCreated = "INVOICE_CREATED",
        InvoiceLineAdded = "INVOICE_LINE_ADDED",
        InvoiceIssued = "INVOICE_ISSUED",
        InvoicePaid = "INVOICE_PAID",
        InvoiceOverdue = "INVOICE_OVERDUE",
        CreditNoteCreated = "CREDIT_NOTE_CREATED",
        CreditNoteIssued = "CREDIT_NOTE_ISSUED",
        CreditNoteUpdated = "CREDIT_NOTE_UPDATED",
        CreditNoteDeleted = "CREDIT_NOTE_DELETED",
        PaymentRecorded = "PAYMENT_RECORDED",
        PaymentReversed = "PAYMENT_REVERSED",
        BillingRunStarted = "BILLING_RUN_STARTED",
        BillingRunProgressed = "BILLING_RUN_PROGRESSED",
        BillingRunFinished = "BILLING_RUN_FINISHED",
        ApprovalLinkCreated = "APPROVAL_LINK_CREATED",
        ApprovalLinkUsed = "APPROVAL_LINK_USED",
        ApprovalLinkRevoked = "APPROVAL_LINK_REVOKED",
        WebhookEnabled = "WEBHOOK_ENABLED",
        WebhookDisabled = "WEBHOOK_DISABLED",
        PriceChanged = "PRICE_CHANGED",
        PaymentAgreementStatusChanged = "PAYMENT_AGREEMENT_STATUS_CHANGED",
        OrderSubmissionRefused = "ORDER_SUBMISSION_REFUSED",
    }
}
text_enum! {
    /// What kind of actor did something.
    ActorKind {
        User = "USER",
        ApiKey = "API_KEY",
        System = "SYSTEM",
        ApprovalLink = "APPROVAL_LINK",
        WebhookEndpoint = "WEBHOOK_ENDPOINT",
        PaymentCallback = "PAYMENT_CALLBACK",
    }
}
text_enum! {
    /// How a customer pays.
    PaymentMethod {
        Invoice = "INVOICE",
        Card = "CARD",
        Wallet = "WALLET",
        DirectDebit = "DIRECT_DEBIT",
    }
}
text_enum! {
    /// Where a payment agreement is in its life; the moves are in `domain/payment_agreement_life.rs`.
    PaymentAgreementStatus {
        Pending = "PENDING",
        Active = "ACTIVE",
        Rejected = "REJECTED",
        Expired = "EXPIRED",
        Cancelled = "CANCELLED",
    }
}
text_enum! {
    /// What a payment provider says of a payment agreement.
    PaymentOutcome { Approved = "APPROVED", Rejected = "REJECTED" }
}
text_enum! {
    /// What becomes of a draft whose payment agreement was rejected or has expired.
    UnpaidOrders { Kept = "KEPT", Cancelled = "CANCELLED" }
}
text_enum! {
    /// What becomes of an amount exactly between two whole minor units.
    RoundingMode { HalfUp = "HALF_UP", HalfEven = "HALF_EVEN" }
}
text_enum! {
    /// When a recurring offer is charged.
    BillingTiming { InAdvance = "IN_ADVANCE", InArrears = "IN_ARREARS" }
}
text_enum! {
    /// Where the periods of a recurring offer begin.
    BillingAlignment { Anniversary = "ANNIVERSARY", Calendar = "CALENDAR" }
}
text_enum! {
    /// How the units of something are priced.
    PriceModel {
        /// The same for each unit.
        PerUnit = "PER_UNIT",
        /// One amount, however many units there are.
        Flat = "FLAT",
        /// Each tier prices the units that are in it.
        Tiered = "TIERED",
        /// The tier of the last unit prices all of them.
        Volume = "VOLUME",
        /// Each package that is begun costs the same.
        Package = "PACKAGE",
    }
}
text_enum! {
    /// For whom a price is, the least particular first.
    PriceScope {
        List = "LIST",
        Partner = "PARTNER",
        Customer = "CUSTOMER",
        Agreement = "AGREEMENT",
    }
}
text_enum! {
    /// Whether a price is asked.
    PriceStatus { Upcoming = "UPCOMING", InForce = "IN_FORCE", Over = "OVER" }
}
text_enum! {
    /// What of an amount is charged, or credited, where it is not due for a whole period.
    Proration { ByDay = "BY_DAY", None = "NONE", Full = "FULL" }
}
text_enum! {
    /// Whether the day of a cancellation is paid for.
    CancellationDay { Credited = "CREDITED", Consumed = "CONSUMED" }
}
text_enum! {
    /// What a suspension does to billing.
    SuspensionBilling { Continues = "CONTINUES", Stops = "STOPS" }
}
text_enum! {
    /// Where what a change takes back is written.
    CreditBy { CorrectionLine = "CORRECTION_LINE", CreditNote = "CREDIT_NOTE" }
}
text_enum! {
    /// Why something is taxed as it is; the categories of EN 16931.
    TaxCategory {
        Standard = "STANDARD",
        ZeroRated = "ZERO_RATED",
        Exempt = "EXEMPT",
        ReverseCharge = "REVERSE_CHARGE",
        IntraCommunity = "INTRA_COMMUNITY",
        Export = "EXPORT",
        OutOfScope = "OUT_OF_SCOPE",
    }
}
text_enum! {
    /// How a customer is taxed; anything but `STANDARD` is stronger than what the price says.
    TaxTreatment {
        Standard = "STANDARD",
        ReverseCharge = "REVERSE_CHARGE",
        IntraCommunity = "INTRA_COMMUNITY",
        Export = "EXPORT",
        Exempt = "EXEMPT",
        OutOfScope = "OUT_OF_SCOPE",
    }
}
text_enum! {
    /// When a change takes effect (APG-25).
    ChangeTime { Now = "NOW", OnRenewal = "ON_RENEWAL", OnDate = "ON_DATE" }
}
text_enum! {
    /// What becomes of a cancellation that is pending when something else is to change.
    PendingCancellation { Keep = "KEEP", Revoke = "REVOKE" }
}
text_enum! {
    /// What a change of a subscription changes.
    SubscriptionChangeKind {
        Terms = "TERMS",
        Suspend = "SUSPEND",
        Resume = "RESUME",
        Cancel = "CANCEL",
        AutoRenew = "AUTO_RENEW",
        Price = "PRICE",
    }
}
text_enum! {
    /// Where a change of a subscription is in its life.
    SubscriptionChangeStatus {
        Pending = "PENDING",
        Executed = "EXECUTED",
        Replaced = "REPLACED",
        Revoked = "REVOKED",
        Failed = "FAILED",
    }
}
text_enum! {
    /// Whether a document asks for money or gives some back.
    InvoiceKind { Invoice = "INVOICE", CreditNote = "CREDIT_NOTE" }
}
text_enum! {
    /// Why there is a credit note.
    CreditReason {
        Cancellation = "CANCELLATION",
        Change = "CHANGE",
        Error = "ERROR",
        Goodwill = "GOODWILL",
        Duplicate = "DUPLICATE",
        Other = "OTHER",
    }
}
text_enum! {
    /// Whether a line charges or takes back.
    ChargeDirection { Charge = "CHARGE", Credit = "CREDIT" }
}
text_enum! {
    /// What moved on a customer's account.
    AccountTransactionKind {
        Allowance = "ALLOWANCE",
        Charge = "CHARGE",
        Payment = "PAYMENT",
        WriteOff = "WRITE_OFF",
        Refund = "REFUND",
    }
}
text_enum! {
    /// Where a billing run is.
    BillingRunStatus { Running = "RUNNING", Finished = "FINISHED" }
}
text_enum! {
    /// What a customer may not order: anything, a product, an offer, or anything while it owes more than a limit.
    DenialKind {
        Ordering = "ORDERING",
        Product = "PRODUCT",
        Offer = "OFFER",
        BalanceLimit = "BALANCE_LIMIT",
    }
}
text_enum! {
    /// What a discount takes off.
    DiscountKind { Percent = "PERCENT", Amount = "AMOUNT" }
}
text_enum! {
    /// For how long a discount holds.
    DiscountDuration { Once = "ONCE", Periods = "PERIODS", Forever = "FOREVER" }
}
text_enum! {
    /// What leaving a commitment early costs: nothing, nothing but that billing continues, a part of what remains, or an amount.
    SurchargePolicy { None = "NONE", Continue = "CONTINUE", Remainder = "REMAINDER", Fixed = "FIXED" }
}
text_enum! {
    /// What follows a term of a commitment.
    CommitmentRenewal { None = "NONE", Same = "SAME" }
}
text_enum! {
    /// What mail is sent about.
    MailKind {
        ApprovalWanted = "APPROVAL_WANTED",
        OrderHeld = "ORDER_HELD",
        OrderApproved = "ORDER_APPROVED",
        OrderRejected = "ORDER_REJECTED",
        OrderCompleted = "ORDER_COMPLETED",
        OrderFailed = "ORDER_FAILED",
        InvoiceIssued = "INVOICE_ISSUED",
    }
}
text_enum! {
    /// Whose address mail goes to.
    MailAudience { Address = "ADDRESS", Customer = "CUSTOMER" }
}
text_enum! {
    /// The languages of mail; their codes of ISO 639-1.
    Language { English = "EN", German = "DE" }
}
text_enum! {
    /// Where a mail is. One that is dropped has become pointless before it was sent.
    MailStatus { Pending = "PENDING", Sent = "SENT", Failed = "FAILED", Dropped = "DROPPED" }
}
