//! Who may see which rows: all of it, on one page.
//!
//! What a viewer may not see does not exist for it. Every query and every use case starts from [`visible`]; feeds ask
//! [`sees_event`] for each event. What lies below an order, subscription or invoice is reached from it only.
//!
//! Orders, and the subscriptions, licenses and invoices that come of them, stay with the partner that the customer had
//! when the order was created: who sold it sees it. The customer itself and its agreements go with it when it moves to
//! another partner.

use domain::viewer::{Scope, Viewer};
use entity::{
    ApprovalLinkId, ApprovalRuleId, BillingRunId, DenialId, DiscountId, MailId, MailRecipientId,
    PartnerId, PriceScope, PriceStatus, WebhookEndpointId, account_transaction, agreement, api_key,
    approval_link, approval_rule, billing_run, customer, denial, discount, edition, event, invoice,
    invoice_line, license, mail, mail_recipient, offer, order, order_line, partner, payment,
    payment_agreement, plan, price, product, subscription, subscription_change,
    subscription_discount, tax_code, tenant, usage_report, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Expr, IntoCondition},
};

use crate::error::{Refusal, RefusalCode};

/// A table whose rows belong to a tenant, and within it perhaps to a partner and a customer.
pub trait Owned: EntityTrait {
    const ID: Self::Column;
    const TENANT: Self::Column;

    /// The rows within the tenant that a scope reaches.
    fn within(scope: &Scope) -> Condition;
}

/// A table whose rows a caller may name by their ids.
#[diagnostic::on_unimplemented(note = "say in `named!` of `access.rs` how it is refused")]
pub trait Named: Owned {
    /// What people call a row.
    const CALLED: &'static str;
    /// How one that does not exist for the caller is refused.
    const NOT_FOUND: RefusalCode;
}

/// The refusal of an input field that names a row which does not exist for the viewer, whatever the reason.
pub fn not_found<E: Named>(field: &str) -> Refusal {
    Refusal::of(E::NOT_FOUND, field, format!("There is no such {}.", E::CALLED))
}

/// The rows that exist for this viewer.
pub fn visible<E: Owned>(viewer: &Viewer) -> Select<E> {
    E::find().filter(E::TENANT.eq(viewer.tenant_id)).filter(E::within(&viewer.scope))
}

/// The rows of the viewer's tenant, of a table whose rows are reached from others only, which the viewer is known to see.
pub fn within_tenant<E: EntityTrait>(viewer: &Viewer) -> Select<E> {
    let tenant = Expr::col((E::default(), Alias::new("tenant_id")));
    E::find().filter(tenant.eq(viewer.tenant_id))
}

/// The viewer's own tenant.
pub fn own_tenant(viewer: &Viewer) -> Select<tenant::Entity> {
    tenant::Entity::find().filter(tenant::Column::Id.eq(viewer.tenant_id))
}

/// The lines of orders that exist for this viewer.
pub fn visible_lines(viewer: &Viewer) -> Select<order_line::Entity> {
    let order = visible::<order::Entity>(viewer);
    within_tenant::<order_line::Entity>(viewer).filter(is_in(order_line::Column::OrderId, order))
}

/// The events that exist for this viewer.
pub fn visible_events(viewer: &Viewer) -> Select<event::Entity> {
    let events = event::Entity::find().filter(event::Column::TenantId.eq(viewer.tenant_id));
    match &viewer.scope {
        Scope::Tenant => events,
        Scope::Partner { partners, .. } => {
            events.filter(event::Column::PartnerId.is_in(partners.iter().copied()))
        }
        Scope::Customer { own, .. } => events.filter(event::Column::CustomerId.eq(*own)),
    }
}

/// Whether an event exists for this viewer: the same, of one that is at hand.
pub fn sees_event(viewer: &Viewer, event: &event::Model) -> bool {
    event.tenant_id == viewer.tenant_id
        && match &viewer.scope {
            Scope::Tenant => true,
            Scope::Partner { partners, .. } => {
                event.partner_id.is_some_and(|partner| partners.contains(&partner))
            }
            Scope::Customer { own, .. } => event.customer_id == Some(*own),
        }
}

/// Whether a viewer with this scope is told by name who did something; `spoke_for` is the partner that they did it for, if they did it for
/// one. Whoever may not see a partner does not hear of its people.
pub fn may_name(scope: &Scope, spoke_for: Option<PartnerId>) -> bool {
    spoke_for.is_none_or(|partner| match scope {
        Scope::Tenant => true,
        Scope::Partner { partners, .. } => partners.contains(&partner),
        Scope::Customer { partner: own, .. } => *own == Some(partner),
    })
}

/// Whether a viewer with this scope is told which rules ask for the answer of a partner; none: the seller's. They are told by
/// their names also when they are gone: the same as which rules exist for it.
pub fn may_see_rules_of(scope: &Scope, approver: Option<PartnerId>) -> bool {
    match scope {
        Scope::Tenant => true,
        Scope::Partner { partners, .. } => approver.is_some_and(|id| partners.contains(&id)),
        Scope::Customer { .. } => false,
    }
}

/// The lines, of invoices that the viewer may see, that exist for it. An invoice from before each partner had its own may
/// have lines for what another one sold.
pub fn visible_charges(viewer: &Viewer) -> Select<invoice_line::Entity> {
    let lines =
        invoice_line::Entity::find().filter(invoice_line::Column::TenantId.eq(viewer.tenant_id));
    match &viewer.scope {
        Scope::Tenant | Scope::Customer { .. } => lines,
        Scope::Partner { .. } => {
            // Asked line by line: a partner may have sold far more than what an invoice is about.
            let sold = visible::<subscription::Entity>(viewer);
            // What is about no subscription is on an invoice that is the partner's.
            let about_none = invoice_line::Column::SubscriptionId.is_null();
            lines.filter(about_none.or(is_in(invoice_line::Column::SubscriptionId, sold)))
        }
    }
}

/// Whether the row whose id is in a column is among others. Asked row by row: there may be far more of those.
fn is_in<E: Owned>(column: impl ColumnTrait, rows: Select<E>) -> Expr {
    let of_row = Expr::col((E::default(), E::ID)).equals(column.as_column_ref());
    Expr::exists(rows.filter(of_row).select_only().column(E::ID).into_query())
}

fn within<E: Owned>(scope: &Scope) -> Select<E> {
    E::find().filter(E::within(scope))
}

/// Says of a table which of its rows within the tenant a scope reaches.
macro_rules! owned {
    ($table:ident, |$scope:pat_param| $within:expr) => {
        impl Owned for $table::Entity {
            const ID: $table::Column = $table::Column::Id;
            const TENANT: $table::Column = $table::Column::TenantId;

            fn within($scope: &Scope) -> Condition {
                $within
            }
        }
    };
}

/// Rows that carry both a customer and a partner.
macro_rules! owned_by_customer_and_partner {
    ($($table:ident: $customer:ident),+ $(,)?) => {$(
        owned!($table, |scope| match scope {
            Scope::Tenant => Condition::all(),
            Scope::Partner { partners, .. } => {
                $table::Column::PartnerId.is_in(partners.iter().copied()).into_condition()
            }
            Scope::Customer { own, .. } => $table::Column::$customer.eq(*own).into_condition(),
        });
    )+};
}

owned_by_customer_and_partner! {
    customer: Id,
    order: CustomerId,
    subscription: CustomerId,
    license: CustomerId,
    invoice: CustomerId,
    payment: CustomerId,
    payment_agreement: CustomerId,
    account_transaction: CustomerId,
}

/// Rows that everybody in the tenant may see.
macro_rules! owned_by_tenant {
    ($($table:ident),+ $(,)?) => {$(
        owned!($table, |_| Condition::all());
    )+};
}

// Keys are for administrators, and so are webhook endpoints and mail below; the guards on the fields say so.
owned_by_tenant!(product, offer, edition, api_key, tax_code);

/// Rows that are the seller's business alone.
macro_rules! owned_by_seller {
    ($($table:ident: $id:ident),+ $(,)?) => {$(
        owned!($table, |scope| match scope {
            Scope::Tenant => Condition::all(),
            Scope::Partner { .. } | Scope::Customer { .. } => {
                $table::Column::Id.is_in::<$id, _>([]).into_condition()
            }
        });
    )+};
}

owned_by_seller!(
    billing_run: BillingRunId,
    denial: DenialId,
    discount: DiscountId,
);

/// Rows of the seller itself, or of a partner and those above it.
macro_rules! owned_by_partner {
    ($($table:ident: $id:ident by $partner:ident),+ $(,)?) => {$(
        owned!($table, |scope| match scope {
            Scope::Tenant => Condition::all(),
            Scope::Partner { partners, .. } => {
                $table::Column::$partner.is_in(partners.iter().copied()).into_condition()
            }
            Scope::Customer { .. } => $table::Column::Id.is_in::<$id, _>([]).into_condition(),
        });
    )+};
}

owned_by_partner!(
    approval_link: ApprovalLinkId by PartnerId,
    approval_rule: ApprovalRuleId by ApproverPartnerId,
);

/// Rows of the seller itself, or of one partner alone.
macro_rules! owned_by_keeper {
    ($($table:ident: $id:ident),+ $(,)?) => {$(
        owned!($table, |scope| match scope {
            Scope::Tenant => Condition::all(),
            // What a partner has others told is no business of those above it: an address may hold a secret.
            Scope::Partner { own, .. } => $table::Column::PartnerId.eq(*own).into_condition(),
            Scope::Customer { .. } => $table::Column::Id.is_in::<$id, _>([]).into_condition(),
        });
    )+};
}

owned_by_keeper!(
    mail_recipient: MailRecipientId,
    mail: MailId,
    webhook_endpoint: WebhookEndpointId,
);

owned!(partner, |scope| match scope {
    Scope::Tenant => Condition::all(),
    Scope::Partner { partners, .. } => {
        partner::Column::Id.is_in(partners.iter().copied()).into_condition()
    }
    // A customer knows the partner it buys from, and no other.
    Scope::Customer { partner, .. } => partner::Column::Id.is_in(*partner).into_condition(),
});

owned!(plan, |scope| {
    // A plan that is pinned to a partner is for its orders alone.
    let for_all = || plan::Column::PartnerId.is_null();
    match scope {
        Scope::Tenant => Condition::all(),
        Scope::Partner { partners, .. } => {
            let own = plan::Column::PartnerId.is_in(partners.iter().copied());
            Condition::any().add(for_all()).add(own)
        }
        Scope::Customer { partner, .. } => {
            Condition::any().add(for_all()).add(plan::Column::PartnerId.is_in(*partner))
        }
    }
});

owned!(agreement, |scope| match scope {
    Scope::Tenant => Condition::all(),
    // Agreements go with their customer when it moves to another partner.
    Scope::Partner { .. } => {
        is_in(agreement::Column::CustomerId, within::<customer::Entity>(scope)).into_condition()
    }
    Scope::Customer { own, .. } => agreement::Column::CustomerId.eq(*own).into_condition(),
});

// Nobody hears of what is asked of others, nor of what is to come.
owned!(price, |scope| {
    let sold_by = match scope {
        Scope::Tenant => return Condition::all(),
        Scope::Partner { partners, .. } => partners.as_slice(),
        Scope::Customer { partner, .. } => partner.as_slice(),
    };
    let for_own = Condition::any()
        .add(price::Column::Scope.eq(PriceScope::List))
        .add(price::Column::PartnerId.is_in(sold_by.iter().copied()))
        .add(is_in(price::Column::CustomerId, within::<customer::Entity>(scope)))
        .add(is_in(price::Column::AgreementId, within::<agreement::Entity>(scope)));
    Condition::all().add(price::Column::Status.ne(PriceStatus::Upcoming)).add(for_own)
});

/// Rows of subscriptions.
macro_rules! owned_with_subscription {
    ($($table:ident),+ $(,)?) => {$(
        owned!($table, |scope| {
            if *scope == Scope::Tenant {
                return Condition::all();
            }
            let seen = within::<subscription::Entity>(scope);
            is_in($table::Column::SubscriptionId, seen).into_condition()
        });
    )+};
}

owned_with_subscription!(subscription_change, subscription_discount, usage_report);

macro_rules! named {
    ($($table:ident: $code:ident $called:literal),+ $(,)?) => {$(
        impl Named for $table::Entity {
            const CALLED: &'static str = $called;
            const NOT_FOUND: RefusalCode = RefusalCode::$code;
        }
    )+};
}

named! {
    product: ProductNotFound "product",
    offer: OfferNotFound "offer",
    plan: PlanNotFound "plan",
    edition: EditionNotFound "edition",
    partner: PartnerNotFound "partner",
    customer: CustomerNotFound "customer",
    denial: DenialNotFound "denial",
    discount: DiscountNotFound "discount",
    subscription_discount: SubscriptionDiscountNotFound "discount of a subscription",
    agreement: AgreementNotFound "agreement",
    order: OrderNotFound "order",
    approval_link: ApprovalLinkNotFound "approval link",
    approval_rule: ApprovalRuleNotFound "approval rule",
    subscription: SubscriptionNotFound "subscription",
    invoice: InvoiceNotFound "invoice",
    payment: PaymentNotFound "payment",
    payment_agreement: PaymentAgreementNotFound "payment agreement",
    api_key: ApiKeyNotFound "API key",
    tax_code: TaxCodeNotFound "tax code",
    subscription_change: ScheduledChangeNotFound "scheduled change",
    webhook_endpoint: WebhookEndpointNotFound "webhook endpoint",
    mail_recipient: MailRecipientNotFound "recipient of mail",
    mail: MailNotFound "mail",
    price: PriceNotFound "price",
    usage_report: UsageReportNotFound "report of what was used",
}
