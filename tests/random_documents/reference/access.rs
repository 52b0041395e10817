//! Which rows exist for a caller: each row is looked at by itself.

use entity::{
    CustomerId, PartnerId, PriceScope, PriceStatus, Role, TenantId, account_transaction, agreement,
    api_key, approval_link, approval_rule, billing_run, customer, denial, discount, edition, event,
    invoice, invoice_line, license, mail, mail_recipient, offer, order, order_line, partner,
    payment, payment_agreement, plan, price, product, subscription, subscription_change,
    subscription_discount, tax_code, tenant, usage_report, webhook_endpoint,
};
use uuid::Uuid;

use crate::random_documents::tables::Tables;

/// Who asks, as its API key says.
pub(crate) struct Caller {
    pub(crate) key: api_key::Model,
    pub(crate) party: Party,
}

/// For whom a caller speaks, and so how far it reaches.
pub(crate) enum Party {
    Seller,
    /// With all partners below it.
    Partner {
        own: PartnerId,
        reached: Vec<PartnerId>,
    },
    Customer {
        own: CustomerId,
        partner: Option<PartnerId>,
    },
}

impl Caller {
    pub(crate) fn of(key: &api_key::Model, tables: &Tables) -> Self {
        let party = match (key.partner_id, key.customer_id) {
            (Some(own), _) => Party::Partner { own, reached: with_all_below(own, tables) },
            (None, Some(own)) => {
                let row = tables.customer.iter().find(|row| row.id == own).unwrap();
                Party::Customer { own, partner: row.partner_id }
            }
            (None, None) => Party::Seller,
        };
        Self { key: key.clone(), party }
    }

    pub(super) fn subject(&self) -> String {
        format!("key:{}", self.key.prefix)
    }

    /// Whether the caller is told who did something, for this partner or for none.
    pub(super) fn may_name(&self, spoke_for: Option<PartnerId>) -> bool {
        let Some(partner) = spoke_for else { return true };
        match &self.party {
            Party::Seller => true,
            Party::Partner { reached, .. } => reached.contains(&partner),
            Party::Customer { partner: own, .. } => *own == Some(partner),
        }
    }

    /// Whether the caller is told of rules for the answer of a partner, or the seller's.
    pub(super) fn sees_rules_of(&self, approver: Option<PartnerId>) -> bool {
        match &self.party {
            Party::Seller => true,
            Party::Partner { reached, .. } => approver.is_some_and(|it| reached.contains(&it)),
            Party::Customer { .. } => false,
        }
    }

    /// Whether the caller hears of an event of its tenant.
    pub(super) fn sees(&self, event: &event::Model) -> bool {
        match &self.party {
            Party::Seller => true,
            Party::Partner { reached, .. } => {
                event.partner_id.is_some_and(|it| reached.contains(&it))
            }
            Party::Customer { own, .. } => event.customer_id == Some(*own),
        }
    }

    /// Whether the caller looks after the mail of a partner, or of the seller itself.
    fn keeps_mail_of(&self, partner: Option<PartnerId>) -> bool {
        let may = matches!(self.key.role, Role::Admin | Role::Approver | Role::Partner);
        may && match &self.party {
            Party::Seller => true,
            Party::Partner { own, .. } => partner == Some(*own),
            Party::Customer { .. } => false,
        }
    }

    /// Whether what a partner, or the seller itself, sold to a customer is in the caller's reach.
    fn reaches(&self, partner: Option<PartnerId>, customer: CustomerId) -> bool {
        match &self.party {
            Party::Seller => true,
            Party::Partner { reached, .. } => partner.is_some_and(|id| reached.contains(&id)),
            Party::Customer { own, .. } => customer == *own,
        }
    }
}

fn with_all_below(own: PartnerId, tables: &Tables) -> Vec<PartnerId> {
    let mut reached = vec![own];
    let mut next = 0;
    while let Some(above) = reached.get(next).copied() {
        let below = tables.partner.iter().filter(|row| row.parent_id == Some(above));
        reached.extend(below.map(|row| row.id));
        next += 1;
    }
    reached
}

/// A row that can be reached by its id.
pub(crate) trait Row: Sized + 'static {
    /// What ids of the kind begin with.
    const PREFIX: &'static str;

    fn rows(tables: &Tables) -> &[Self];
    fn id(&self) -> Uuid;
    fn tenant_id(&self) -> TenantId;
    /// Whether a caller of the same tenant may see it.
    fn is_reached(&self, caller: &Caller, tables: &Tables) -> bool;

    fn is_seen(&self, caller: &Caller, tables: &Tables) -> bool {
        self.tenant_id() == caller.key.tenant_id && self.is_reached(caller, tables)
    }
}

/// Rows, what their ids begin with, and whether a caller of the tenant may see one.
macro_rules! rows {
    ($($table:ident $prefix:literal: |$row:pat_param, $caller:pat_param, $tables:pat_param| $is_reached:expr;)+) => {$(
        impl Row for $table::Model {
            const PREFIX: &'static str = $prefix;

            fn rows(tables: &Tables) -> &[Self] {
                &tables.$table
            }

            fn id(&self) -> Uuid {
                self.id.0
            }

            fn tenant_id(&self) -> TenantId {
                self.tenant_id
            }

            fn is_reached(&self, $caller: &Caller, $tables: &Tables) -> bool {
                let $row = self;
                $is_reached
            }
        }
    )+};
}

rows! {
    // What everybody in the tenant may see.
    product "product": |_, _, _| true;
    offer "offer": |_, _, _| true;
    edition "edition": |_, _, _| true;
    // One that is pinned to a partner is for its orders.
    plan "plan": |row, caller, _| row.partner_id.is_none_or(|pinned| match &caller.party {
        Party::Seller => true,
        Party::Partner { reached, .. } => reached.contains(&pinned),
        Party::Customer { partner, .. } => *partner == Some(pinned),
    });
    tax_code "taxcode": |_, _, _| true;
    // What stays with whoever sold it.
    order "order": |row, caller, _| caller.reaches(row.partner_id, row.customer_id);
    subscription "subscription": |row, caller, _| caller.reaches(row.partner_id, row.customer_id);
    license "license": |row, caller, _| caller.reaches(row.partner_id, row.customer_id);
    invoice "invoice": |row, caller, _| caller.reaches(row.partner_id, row.customer_id);
    payment "payment": |row, caller, _| caller.reaches(row.partner_id, row.customer_id);
    payment_agreement "paymentagreement": |row, caller, _| {
        caller.reaches(row.partner_id, row.customer_id)
    };
    account_transaction "accounttransaction": |row, caller, _| {
        caller.reaches(row.partner_id, row.customer_id)
    };
    order_line "line": |row, caller, tables| {
        tables.order.iter().any(|order| order.id == row.order_id && order.is_seen(caller, tables))
    };
    invoice_line "invoiceline": |row, caller, tables| match caller.party {
        Party::Seller | Party::Customer { .. } => true,
        // An invoice may have lines for what another partner sold.
        Party::Partner { .. } => row.subscription_id.is_none_or(|id| {
            let subscription = tables.subscription.iter().find(|it| it.id == id);
            subscription.is_some_and(|it| it.is_seen(caller, tables))
        }),
    };
    // What goes along when a customer moves to another partner.
    customer "customer": |row, caller, _| caller.reaches(row.partner_id, row.id);
    agreement "agreement": |row, caller, tables| tables.customer.iter().any(|customer| {
        customer.id == row.customer_id && customer.is_seen(caller, tables)
    });
    partner "partner": |row, caller, _| match &caller.party {
        Party::Seller => true,
        Party::Partner { reached, .. } => reached.contains(&row.id),
        Party::Customer { partner, .. } => *partner == Some(row.id),
    };
    api_key "apikey": |_, caller, _| caller.key.role == Role::Admin;
    subscription_change "change": |row, caller, tables| tables.subscription.iter().any(|it| {
        it.id == row.subscription_id && it.is_seen(caller, tables)
    });
    approval_link "approvallink": |row, caller, _| match &caller.party {
        Party::Seller => true,
        Party::Partner { reached, .. } => row.partner_id.is_some_and(|it| reached.contains(&it)),
        Party::Customer { .. } => false,
    };
    approval_rule "approvalrule": |row, caller, _| caller.sees_rules_of(row.approver_partner_id);
    mail_recipient "mailrecipient": |row, caller, _| caller.keeps_mail_of(row.partner_id);
    mail "mail": |row, caller, _| caller.keeps_mail_of(row.partner_id);
    // What is asked of others is told to nobody, and neither is what is to come.
    price "price": |row, caller, tables| match &caller.party {
        Party::Seller => true,
        Party::Partner { .. } | Party::Customer { .. } => {
            let sells = |partner: PartnerId| match &caller.party {
                Party::Seller => true,
                Party::Partner { reached, .. } => reached.contains(&partner),
                Party::Customer { partner: own, .. } => *own == Some(partner),
            };
            let customers = || tables.customer.iter().filter(|it| it.is_seen(caller, tables));
            let agreements = || tables.agreement.iter().filter(|it| it.is_seen(caller, tables));
            row.status != PriceStatus::Upcoming
                && match row.scope {
                    PriceScope::List => true,
                    PriceScope::Partner => row.partner_id.is_some_and(sells),
                    PriceScope::Customer => customers().any(|it| Some(it.id) == row.customer_id),
                    PriceScope::Agreement => agreements().any(|it| Some(it.id) == row.agreement_id),
                }
        }
    };
    denial "denial": |_, caller, _| matches!(caller.party, Party::Seller);
    discount "discount": |_, caller, _| matches!(caller.party, Party::Seller);
    subscription_discount "subscriptiondiscount": |row, caller, tables| {
        tables.subscription.iter().any(|it| {
            it.id == row.subscription_id && it.is_seen(caller, tables)
        })
    };
    usage_report "usagereport": |row, caller, tables| tables.subscription.iter().any(|it| {
        it.id == row.subscription_id && it.is_seen(caller, tables)
    });
    billing_run "billingrun": |_, caller, _| matches!(caller.party, Party::Seller);
    webhook_endpoint "webhookendpoint": |row, caller, _| match caller.key.role {
        Role::Admin => true,
        Role::Partner => row.partner_id == caller.key.partner_id,
        Role::Seller | Role::Approver | Role::Customer | Role::Provisioner | Role::Auditor => false,
    };
}

impl Row for tenant::Model {
    const PREFIX: &'static str = "tenant";

    fn rows(tables: &Tables) -> &[Self] {
        &tables.tenant
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn tenant_id(&self) -> TenantId {
        self.id
    }

    fn is_reached(&self, _: &Caller, _: &Tables) -> bool {
        true
    }
}
