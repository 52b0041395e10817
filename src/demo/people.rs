//! Who acts in the made-up world.

use domain::viewer::{Scope, Viewer};
use entity::{ActorKind, CustomerId, PartnerId, Role, TenantId};

pub(super) fn seller(tenant_id: TenantId) -> Viewer {
    person(tenant_id, "jonas.weber", Role::Seller, Scope::Tenant)
}

pub(super) fn approver(tenant_id: TenantId) -> Viewer {
    person(tenant_id, "elin.dahl", Role::Approver, Scope::Tenant)
}

/// Whose yes is needed as well where it takes two.
pub(super) fn second_approver(tenant_id: TenantId) -> Viewer {
    person(tenant_id, "noor.bakker", Role::Approver, Scope::Tenant)
}

pub(super) fn provisioner(tenant_id: TenantId) -> Viewer {
    person(tenant_id, "tom.okafor", Role::Provisioner, Scope::Tenant)
}

/// Somebody at a partner; `partners` holds it and those below it.
pub(super) fn at_partner(
    tenant_id: TenantId,
    name: &str,
    role: Role,
    partners: Vec<PartnerId>,
    own: PartnerId,
) -> Viewer {
    person(tenant_id, name, role, Scope::Partner { own, partners })
}

pub(super) fn at_customer(
    tenant_id: TenantId,
    name: &str,
    own: CustomerId,
    partner: Option<PartnerId>,
) -> Viewer {
    person(tenant_id, name, Role::Customer, Scope::Customer { own, partner })
}

fn person(tenant_id: TenantId, name: &str, role: Role, scope: Scope) -> Viewer {
    Viewer {
        tenant_id,
        role,
        scope,
        subject: format!("user:{name}"),
        kind: ActorKind::User,
        expires_at: None,
    }
}
