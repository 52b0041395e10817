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
    Provisioning { Instant = "INSTANT", Manual = "MANUAL" }
}
text_enum! {
    /// Whether something in the catalogue can still be bought.
    CatalogStatus { Active = "ACTIVE", Retired = "RETIRED" }
}
text_enum! {
    /// How an offer is charged.
    Billing { OneTime = "ONE_TIME", Recurring = "RECURRING", Usage = "USAGE" }
}
text_enum! {
    /// How long one period of a recurring offer is.
    BillingPeriod { Monthly = "MONTHLY", Yearly = "YEARLY" }
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
    /// A draft invoice still collects lines; an issued one never changes.
    InvoiceStatus { Draft = "DRAFT", Issued = "ISSUED" }
}
text_enum! {
    /// What an invoice line charges for (APG-19).
    ChargeType {
        OneTimeFee = "ONE_TIME_FEE",
        CycleFee = "CYCLE_FEE",
        Correction = "CORRECTION",
    }
}
text_enum! {
    /// The kind of thing an event is about.
    SubjectKind {
        Order = "ORDER",
        Subscription = "SUBSCRIPTION",
        License = "LICENSE",
        Invoice = "INVOICE",
    }
}
text_enum! {
    /// What can happen. Names are past tense; every one is written to the tenant's log.
    EventKind {
        OrderStatusChanged = "ORDER_STATUS_CHANGED",
        OrderUpdated = "ORDER_UPDATED",
        OrderDeleted = "ORDER_DELETED",
        OrderLineStatusChanged = "ORDER_LINE_STATUS_CHANGED",
        SubscriptionCreated = "SUBSCRIPTION_CREATED",
        SubscriptionStatusChanged = "SUBSCRIPTION_STATUS_CHANGED",
        SubscriptionChanged = "SUBSCRIPTION_CHANGED",
        LicenseIssued = "LICENSE_ISSUED",
        LicenseStatusChanged = "LICENSE_STATUS_CHANGED",
        LicenseChanged = "LICENSE_CHANGED",
        InvoiceCreated = "INVOICE_CREATED",
        InvoiceLineAdded = "INVOICE_LINE_ADDED",
        InvoiceIssued = "INVOICE_ISSUED",
    }
}
text_enum! {
    /// What kind of actor did something.
    ActorKind { User = "USER", ApiKey = "API_KEY", System = "SYSTEM" }
}
