//! What a mutation answers when the business says no.

use async_graphql::{Enum, SimpleObject};

use crate::{
    error::{Error, Outcome, Refusal, RefusalCode},
    graphql::{error::Result, scalars::int},
};

/// One reason why a mutation changed nothing.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// The reason, for a program.
    pub code: UserErrorCode,
    /// The reason, for a person. Says what would be right.
    pub message: String,
    /// The path of the input field at fault, such as `["lines", "0", "quantity"]`. Empty when the request as a whole is.
    pub field: Vec<String>,
    /// The status that the object has now, where a decision came too late: for an order, a value of `OrderStatus`.
    pub current_status: Option<String>,
    /// The version that the object has now, where a change came too late.
    pub current_version: Option<i32>,
}

impl UserError {
    /// What came of a use case, or why it was refused.
    pub(in crate::graphql) fn told<T>(
        outcome: Outcome<T>,
    ) -> Result<std::result::Result<T, Vec<Self>>> {
        match outcome {
            Ok(done) => Ok(Ok(done)),
            Err(Error::Refused(refusals)) => {
                let errors = refusals.into_iter().map(Self::from_refusal);
                Ok(Err(errors.collect::<Result<_>>()?))
            }
            Err(Error::Failed(cause)) => Err(cause.into()),
        }
    }

    /// Shows a refusal to the caller.
    fn from_refusal(refusal: Refusal) -> Result<Self> {
        let current_version = match &refusal.current {
            Some(current) => Some(int(current.version)?),
            None => None,
        };
        Ok(Self {
            code: refusal.code.into(),
            message: refusal.message,
            field: refusal.field,
            current_status: refusal.current.and_then(|current| current.status).map(str::to_owned),
            current_version,
        })
    }
}

/// Every reason why a mutation may change nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "RefusalCode")]
pub enum UserErrorCode {
    /// A field's value cannot be right.
    ValidationFailed,
    /// The object was changed since the version that was expected.
    VersionConflict,
    /// The idempotency key was used for another request, which was done. A refused request uses up no key.
    IdempotencyKeyReused,
    /// There is no such product.
    ProductNotFound,
    /// There is no such offer.
    OfferNotFound,
    /// There is no such plan.
    PlanNotFound,
    /// There is no such edition.
    EditionNotFound,
    /// There is no such partner.
    PartnerNotFound,
    /// There is no such customer.
    CustomerNotFound,
    /// There is no such agreement.
    AgreementNotFound,
    /// There is no such order.
    OrderNotFound,
    /// There is no such order line.
    OrderLineNotFound,
    /// There is no such subscription.
    SubscriptionNotFound,
    /// There is no such invoice.
    InvoiceNotFound,
    /// There is no such tax code.
    TaxCodeNotFound,
    /// There is no such API key.
    ApiKeyNotFound,
    /// Another product has this code.
    DuplicateProductCode,
    /// Another offer has this code.
    DuplicateOfferCode,
    /// Another plan has this code.
    DuplicatePlanCode,
    /// Another edition of the product has this name.
    DuplicateEditionName,
    /// Another partner has this number.
    DuplicatePartnerNumber,
    /// Another customer has this number.
    DuplicateCustomerNumber,
    /// Another agreement has this number.
    DuplicateAgreementNumber,
    /// Another tax code of the tenant has this code.
    DuplicateTaxCode,
    /// The offer, or its product, can no longer be bought.
    OfferNotOrderable,
    /// The offer has no price in the order's currency.
    PriceMissing,
    /// The plan, or a product of it, can no longer be bought, cannot be bought yet, or not by this customer.
    PlanNotOrderable,
    /// The plan could be ordered until a day that has come.
    PlanExpired,
    /// The plan is sold as it is: nothing of it is chosen.
    ChoicesNotAllowed,
    /// The plan has no such product.
    ProductNotInPlan,
    /// Fewer or more products were chosen than the plan allows.
    ChoicesOutOfRange,
    /// The plan is sold at its own price, or whoever says another one is its customer.
    PriceOverrideNotAllowed,
    /// The price that was said is below the least or above the most that the plan allows.
    PriceOverrideOutOfRange,
    /// The customer has, has had, or waits for its trial of this product.
    TrialAlreadyHad,
    /// The quantity is below the least or above the most that the offer allows.
    QuantityOutOfRange,
    /// The agreement is deactivated, has not begun, or belongs to another customer or currency.
    AgreementNotUsable,
    /// The customer has gone to another partner since the draft was created.
    CustomerMoved,
    /// The seller has denied the customer to order anything.
    CustomerDenied,
    /// The customer owes more than it may while it orders.
    BalanceLimitExceeded,
    /// The seller has denied the customer this offer, or its product.
    OfferDenied,
    /// The offer is sold to each customer once, and this one has it, has had it, or waits for it.
    OfferAlreadyBought,
    /// The customer is denied the same already.
    AlreadyDenied,
    /// The customer is denied as many things as there may be.
    TooManyDenials,
    /// There is no such denial.
    DenialNotFound,
    /// There is no such discount.
    DiscountNotFound,
    /// There is a discount with this code already.
    DuplicateDiscountCode,
    /// The discount does not apply here, or not any more. Of a code, buyers are not told why, nor whether there is one.
    DiscountNotApplicable,
    /// The discount takes nothing off the subscription any more.
    DiscountNotApplied,
    /// The subscription has no such discount.
    SubscriptionDiscountNotFound,
    /// The subscription was given as many discounts as it may be.
    TooManyDiscounts,
    /// The customer is bound by a commitment, under which a cancellation is not taken back.
    CommitmentBinds,
    /// The offer is an add-on: say to which subscription, or to which line of the order.
    ParentRequired,
    /// The offer is no add-on, so it belongs to nothing.
    ParentNotAllowed,
    /// What was named is not what the add-on is sold to.
    ParentMismatch,
    /// What the add-on belongs to is not active, or its line was not carried out.
    ParentNotActive,
    /// The plan that the add-on would belong to has its product in it.
    AddOnIncluded,
    /// What becomes of the add-on follows from the subscription that it belongs to.
    AddOnFollowsParent,
    /// By its policy, the add-on is cancelled with the end of a period only.
    CancellationOnlyOnRenewal,
    /// The order has no lines.
    OrderEmpty,
    /// Only a draft can be changed or deleted.
    OrderNotEditable,
    /// The order's status does not allow this.
    OrderStatusConflict,
    /// The order does not wait for approval.
    OrderNotPendingApproval,
    /// It was decided already: by somebody else, or with another reference or reason.
    AlreadyDecided,
    /// The same person has said yes, and counts once; others are waited for.
    AlreadyApproved,
    /// No approval of this order waits for the caller.
    NotAnApprover,
    /// Nobody may decide on an order that they placed, submitted, or changed the lines of.
    OwnOrder,
    /// The order has as many links that can be used as it may have at once.
    TooManyApprovalLinks,
    /// There is no such approval link.
    ApprovalLinkNotFound,
    /// The link was used, was revoked, or has expired; `currentStatus` says which.
    ApprovalLinkNotActive,
    /// There is no such approval rule.
    ApprovalRuleNotFound,
    /// There are as many rules for the same answer as there may be.
    TooManyApprovalRules,
    /// The order line's status does not allow this.
    LineStatusConflict,
    /// The order line bought nothing that could be taken back, or the time in which it could be cancelled is over.
    LineNotCancellable,
    /// Only a sandbox tenant can do this.
    SandboxOnly,
    /// The subscription's status does not allow this.
    SubscriptionNotModifiable,
    /// Another order that changes the subscription has not ended.
    ChangeAlreadyPending,
    /// The subscription was bought once: there is nothing to renew, to suspend or to resume.
    SubscriptionNotRecurring,
    /// A cancellation is pending, and it was not said what becomes of it.
    CancellationPending,
    /// What would be charged is not what was expected.
    PriceChanged,
    /// The subscription is not billed until somebody has released it.
    BillingOnHold,
    /// There is more to bill of the subscription at once than looks right.
    BillingLimitExceeded,
    /// A tax code has no rate on the day of a charge.
    TaxRateMissing,
    /// The subscription is not on billing hold.
    NotOnBillingHold,
    /// Some prices of an order have the tax in them and others do not.
    MixedTaxInclusion,
    /// There is no such scheduled change.
    ScheduledChangeNotFound,
    /// The scheduled change does not wait for its day.
    ScheduledChangeNotPending,
    /// The invoice was issued and no longer changes.
    InvoiceAlreadyIssued,
    /// The invoice is a draft, of which nothing can be paid or taken back.
    InvoiceNotIssued,
    /// The invoice has no such line.
    InvoiceLineNotFound,
    /// More would be taken back than is left of what was charged.
    CreditExceedsLine,
    /// Nothing is left that could be taken back, or what is named comes to nothing.
    NothingToCredit,
    /// A payment with this reference and other content was recorded.
    PaymentReferenceUsed,
    /// There is no such payment.
    PaymentNotFound,
    /// The payment was reversed before.
    PaymentAlreadyReversed,
    /// More would be paid out than is on the customer's account.
    BalanceTooLow,
    /// An amount is too large to be added up.
    AmountTooLarge,
    /// There is no such webhook endpoint.
    WebhookEndpointNotFound,
    /// The webhook endpoint is disabled.
    WebhookEndpointDisabled,
    /// Order lines are carried out by the webhook endpoint.
    WebhookEndpointInUse,
    /// There are as many webhook endpoints as there may be.
    TooManyWebhookEndpoints,
    /// There is no such recipient of mail.
    MailRecipientNotFound,
    /// There are as many recipients of mail as there may be.
    TooManyMailRecipients,
    /// There is no such mail.
    MailNotFound,
    /// The mail was sent.
    MailAlreadySent,
    /// There is no such price.
    PriceNotFound,
    /// Another price for the same has a day in common with it.
    PriceOverlaps,
    /// The payment selection names not exactly one thing, or a payment agreement that is not for this order.
    PaymentSelectionInvalid,
    /// The seller does not let the caller pay in this way.
    PaymentMethodNotOffered,
    /// There is no such payment agreement.
    PaymentAgreementNotFound,
    /// The order is to be paid for first: its payment agreement is not active, or it has none and needs one.
    PaymentAgreementNotActive,
    /// The order has a payment agreement that is pending or active. Of two open checkouts, both might be paid.
    PaymentAgreementExists,
    /// The payment agreement's status does not allow this, or it is known by another reference.
    PaymentAgreementStatusConflict,
    /// The customer has as many pending payment agreements as there may be.
    TooManyPaymentAgreements,
    /// Another payment agreement has this reference of the provider's.
    ProviderReferenceUsed,
    /// There is no such report of what was used.
    UsageReportNotFound,
    /// Something else was reported of the subscription with this reference.
    UsageReferenceUsed,
    /// More would be taken back than is left of what was reported.
    UsageExceedsReport,
    /// The days are not past days of one billing period, within which the price is the same.
    UsageOutsidePeriod,
    /// Nothing of the subscription, or not this product, is charged by use.
    UsageNotCharged,
}
