//! The two ways in which a use case can fail: the business said no, or we broke.

/// Why a use case gave no result.
#[derive(Debug)]
pub enum Error {
    /// Understood and refused. Nothing was changed; safe to show.
    Refused(Vec<Refusal>),
    /// Ours. The cause is for the log only.
    Failed(anyhow::Error),
}

/// What a use case answers.
pub type Outcome<T> = Result<T, Error>;

/// One reason for a "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: RefusalCode,
    /// Says what would be right; for a person.
    pub message: String,
    /// The path of the input field that is at fault, in the API's spelling; empty: the request as a whole.
    pub field: Vec<String>,
    /// The version and the status, where a move came too late.
    pub current: Option<Current>,
}

/// Where something is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its status, as the API spells it; none: the version alone is what came too late.
    pub status: Option<&'static str>,
    pub version: i64,
}

impl Refusal {
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: Vec::new(), current: None }
    }

    /// A refusal of one input field.
    pub fn of(code: RefusalCode, field: &str, message: impl Into<String>) -> Self {
        Self::new(code, message).at(field)
    }

    /// A field whose value cannot be right.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self::of(RefusalCode::ValidationFailed, field, message)
    }

    /// Names the field, as a path of names and indexes separated by dots: `lines.0.quantity`.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        self.field = field.split('.').map(str::to_owned).collect();
        self
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Collects refusals, so that all that is wrong with an input is told at once (IFS-32).
#[derive(Debug, Default)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    pub fn push(&mut self, refusal: Refusal) {
        self.0.push(refusal);
    }

    pub fn extend(&mut self, refusals: Vec<Refusal>) {
        self.0.extend(refusals);
    }

    /// Keeps the refusal of a check and gives what it found.
    pub fn collect<T>(&mut self, checked: Result<T, Refusal>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.push(refusal);
                None
            }
        }
    }

    /// Keeps the refusal of a check and gives what it found; where it refused, a stand-in that is never written, because
    /// [`Refusals::done`] refuses.
    pub fn value<T: Default>(&mut self, checked: Result<T, Refusal>) -> T {
        self.collect(checked).unwrap_or_default()
    }

    /// How many were kept.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Ok if nothing was refused.
    pub fn done(self) -> Outcome<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Refused(self.0)) }
    }
}

/// Every way in which the business can say no; the API shows them as `UserErrorCode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    ValidationFailed,
    VersionConflict,
    IdempotencyKeyReused,
    ProductNotFound,
    OfferNotFound,
    PlanNotFound,
    EditionNotFound,
    PartnerNotFound,
    CustomerNotFound,
    AgreementNotFound,
    OrderNotFound,
    OrderLineNotFound,
    SubscriptionNotFound,
    InvoiceNotFound,
    TaxCodeNotFound,
    ApiKeyNotFound,
    DuplicateProductCode,
    DuplicateOfferCode,
    DuplicatePlanCode,
    DuplicateEditionName,
    DuplicatePartnerNumber,
    DuplicateCustomerNumber,
    DuplicateAgreementNumber,
    DuplicateTaxCode,
    OfferNotOrderable,
    PriceMissing,
    PlanNotOrderable,
    PlanExpired,
    ChoicesNotAllowed,
    ProductNotInPlan,
    ChoicesOutOfRange,
    PriceOverrideNotAllowed,
    PriceOverrideOutOfRange,
    TrialAlreadyHad,
    QuantityOutOfRange,
    AgreementNotUsable,
    CustomerMoved,
    CustomerDenied,
    BalanceLimitExceeded,
    OfferDenied,
    OfferAlreadyBought,
    AlreadyDenied,
    TooManyDenials,
    DenialNotFound,
    DiscountNotFound,
    DuplicateDiscountCode,
    DiscountNotApplicable,
    DiscountNotApplied,
    SubscriptionDiscountNotFound,
    TooManyDiscounts,
    CommitmentBinds,
    ParentRequired,
    ParentNotAllowed,
    ParentMismatch,
    ParentNotActive,
    AddOnIncluded,
    AddOnFollowsParent,
    CancellationOnlyOnRenewal,
    OrderEmpty,
    OrderNotEditable,
    OrderStatusConflict,
    OrderNotPendingApproval,
    AlreadyDecided,
    AlreadyApproved,
    NotAnApprover,
    OwnOrder,
    TooManyApprovalLinks,
    ApprovalLinkNotFound,
    ApprovalLinkNotActive,
    ApprovalRuleNotFound,
    TooManyApprovalRules,
    LineStatusConflict,
    LineNotCancellable,
    SandboxOnly,
    SubscriptionNotModifiable,
    ChangeAlreadyPending,
    SubscriptionNotRecurring,
    CancellationPending,
    PriceChanged,
    BillingOnHold,
    BillingLimitExceeded,
    TaxRateMissing,
    NotOnBillingHold,
    MixedTaxInclusion,
    ScheduledChangeNotFound,
    ScheduledChangeNotPending,
    InvoiceAlreadyIssued,
    InvoiceNotIssued,
    InvoiceLineNotFound,
    CreditExceedsLine,
    NothingToCredit,
    PaymentReferenceUsed,
    PaymentNotFound,
    PaymentAlreadyReversed,
    BalanceTooLow,
    AmountTooLarge,
    WebhookEndpointNotFound,
    WebhookEndpointDisabled,
    WebhookEndpointInUse,
    TooManyWebhookEndpoints,
    MailRecipientNotFound,
    TooManyMailRecipients,
    MailNotFound,
    MailAlreadySent,
    PriceNotFound,
    PriceOverlaps,
    PaymentSelectionInvalid,
    PaymentMethodNotOffered,
    PaymentAgreementNotFound,
    PaymentAgreementNotActive,
    PaymentAgreementExists,
    PaymentAgreementStatusConflict,
    TooManyPaymentAgreements,
    ProviderReferenceUsed,
    UsageReportNotFound,
    UsageReferenceUsed,
    UsageExceedsReport,
    UsageOutsidePeriod,
    UsageNotCharged,
}
