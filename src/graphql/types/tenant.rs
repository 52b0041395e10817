//! One seller's isolated world.

use domain::viewer::Scope;

use super::made_of;
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::{Shown, shape},
        table::{cell, object},
    },
};

object! {
    /// One seller's isolated world: its own catalogue, partners, customers, orders and keys.
    Tenant of tenant(TenantId), seen as access::own_tenant;

    /// The id of the tenant.
    id;
    /// The name of the seller.
    name;
    /// Whether its orders are real.
    kind;
    /// The currency of agreements and orders that name none, as ISO 4217 spells it.
    default_currency;
    /// How the seller does business. Null for callers who speak for a partner or a customer.
    settings = made_of::<Option<TenantSettings>, TenantSettings>(
        vec![
            cell!(tenant.approval_required).into(),
            cell!(tenant.approval_lapse_days).into(),
            cell!(tenant.payment_terms_days).into(),
        ],
        settings,
    );
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}

/// How a seller does business.
#[derive(Clone, Debug)]
pub struct TenantSettings {
    approval_required: bool,
    approval_lapse_days: Option<i32>,
    payment_terms_days: i32,
}

shape! {
    /// How a seller does business.
    TenantSettings;

    /// Whether every submitted order waits for the seller's approval.
    approval_required: bool = |it| it.approval_required.into();
    /// Days after which an unanswered approval lapses and cancels the order. Null: never.
    approval_lapse_days: Option<i32> = |it| it.approval_lapse_days.into();
    /// Days between issue and due date of an invoice.
    payment_terms_days: i32 = |it| it.payment_terms_days.into();
}

/// The settings are for those who work for the seller.
fn settings(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    if *given.scope() != Scope::Tenant {
        return Ok(Shown::Null);
    }
    Ok(Shown::object(TenantSettings {
        approval_required: given.bool(0)?,
        approval_lapse_days: given.some_int(1)?,
        payment_terms_days: given.int(2)?,
    }))
}
