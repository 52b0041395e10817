//! A seller's world to begin a test with.

use std::sync::Arc;

use domain::viewer::{Scope, Viewer};
use entity::{
    ActorKind, AgreementId, Billing, BillingPeriod, CustomerId, OfferId, OrderId, PartnerId,
    Provisioning, Role, TaxTreatment, TenantId, TenantKind,
};
use ordergate::services::{
    agreements::create::{CreateAgreement, create_agreement},
    change::Change,
    customers::{
        create::{CreateCustomer, create_customer},
        update::UpdateCustomer,
    },
    editions::create::{CreateEdition, create_edition},
    offers::{
        create::{CreateOffer, create_offer},
        update::{UpdateOffer, update_offer},
    },
    orders::{
        NewLine,
        create::{CreateOrder, create_order},
    },
    partners::{
        create::{CreatePartner, create_partner},
        update::UpdatePartner,
    },
    prices::{NewPrice, NewPricing},
    products::{
        create::{CreateProduct, create_product},
        webhook::ByWebhook,
    },
    tenants::create::{CreateTenant, create_tenant},
    unit::Unit,
};
use uuid::Uuid;

use super::app::TestApp;

/// A tenant with two products, an offer of each, and a customer with an agreement.
pub(crate) struct World {
    pub(crate) tenant_id: TenantId,
    pub(crate) admin: Viewer,
    pub(crate) customer: Viewer,
    pub(crate) customer_id: CustomerId,
    pub(crate) agreement_id: AgreementId,
    /// Recurring, with an edition, provisioned by itself.
    pub(crate) instant_offer: OfferId,
    /// One-time, without an edition, provisioned by people.
    pub(crate) manual_offer: OfferId,
}

/// The world, in a tenant that approves every order.
pub(crate) async fn world(app: &TestApp) -> World {
    world_with_approval(app, true).await
}

pub(crate) async fn world_with_approval(app: &TestApp, approval_required: bool) -> World {
    let tenant_id = TenantId(Uuid::now_v7());
    let admin = Viewer::system(tenant_id);
    let unit = Unit::begin(&app.app, Arc::new(admin)).await.unwrap();
    let tenant = CreateTenant {
        name: "Northwind".to_owned(),
        kind: TenantKind::Sandbox,
        default_currency: "EUR".to_owned(),
        approval_required,
        approval_lapse_days: None,
        payment_terms_days: 30,
        time_zone: "UTC".to_owned(),
    };
    create_tenant(&unit, tenant).await.unwrap();
    let (instant_offer, manual_offer) = catalogue(&unit).await;
    let customer = CreateCustomer {
        name: "Contoso".to_owned(),
        country: Some("DK".to_owned()),
        ..new_customer("C-1", None)
    };
    let customer_id = create_customer(&unit, customer).await.unwrap();
    let agreement = CreateAgreement {
        customer_id,
        number: "A-1".to_owned(),
        currency: Some("EUR".to_owned()),
        default_po_number: Some("PO-DEFAULT".to_owned()),
        starts_on: None,
    };
    let agreement_id = create_agreement(&unit, agreement).await.unwrap();
    unit.commit().await.unwrap();
    let customer =
        viewer(tenant_id, Role::Customer, Scope::Customer { own: customer_id, partner: None });
    World {
        tenant_id,
        admin: viewer(tenant_id, Role::Admin, Scope::Tenant),
        customer,
        customer_id,
        agreement_id,
        instant_offer,
        manual_offer,
    }
}

async fn catalogue(unit: &Unit) -> (OfferId, OfferId) {
    let product = |code: &str, provisioning| CreateProduct {
        code: code.to_owned(),
        name: format!("Product {code}"),
        vendor: "Fabrikam".to_owned(),
        description: None,
        provisioning,
        by_webhook: ByWebhook::default(),
    };
    let instant = create_product(unit, product("INSTANT", Provisioning::Instant)).await.unwrap();
    let manual = create_product(unit, product("MANUAL", Provisioning::Manual)).await.unwrap();
    let edition = CreateEdition {
        product_id: instant,
        name: "Business".to_owned(),
        features: vec!["mail".to_owned()],
        limitations: Vec::new(),
        variables: Vec::new(),
    };
    let edition_id = create_edition(unit, edition).await.unwrap();
    let price = |unit_amount| {
        vec![NewPrice {
            currency: "EUR".to_owned(),
            pricing: NewPricing::each(unit_amount),
            tax_basis_points: Some(2500),
            tax_code_id: None,
            tax_inclusive: false,
        }]
    };
    let instant_offer = CreateOffer {
        product_id: instant,
        code: "INSTANT-1".to_owned(),
        name: "Mail".to_owned(),
        description: None,
        billing: Billing::Recurring,
        billing_period: Some(BillingPeriod::Monthly),
        billing_timing: None,
        billing_alignment: None,
        proration_policy: None,
        refund_window_hours: None,
        min_quantity: 1,
        max_quantity: Some(500),
        once_per_customer: false,
        commitment: None,
        parent_offer_id: None,
        add_on_minimum: None,
        add_on_maximum: None,
        edition_id: Some(edition_id),
        prices: price(1_000),
    };
    let manual_offer = CreateOffer {
        product_id: manual,
        code: "MANUAL-1".to_owned(),
        name: "Onboarding".to_owned(),
        description: None,
        billing: Billing::OneTime,
        billing_period: None,
        billing_timing: None,
        billing_alignment: None,
        proration_policy: None,
        refund_window_hours: None,
        min_quantity: 1,
        max_quantity: None,
        once_per_customer: false,
        commitment: None,
        parent_offer_id: None,
        add_on_minimum: None,
        add_on_maximum: None,
        edition_id: None,
        prices: price(50_000),
    };
    let instant_offer = create_offer(unit, instant_offer).await.unwrap();
    let manual_offer = create_offer(unit, manual_offer).await.unwrap();
    (instant_offer, manual_offer)
}

/// A customer of the seller or of a partner, to be made.
pub(crate) fn new_customer(number: &str, partner_id: Option<PartnerId>) -> CreateCustomer {
    CreateCustomer {
        customer_number: number.to_owned(),
        name: format!("Customer {number}"),
        partner_id,
        email: None,
        phone: None,
        street: None,
        postal_code: None,
        city: None,
        country: None,
        tax_number: None,
        tax_treatment: TaxTreatment::Standard,
        tax_exemption_reason: None,
    }
}

/// Another customer of the seller, as a caller.
pub(crate) async fn customer(app: &TestApp, world: &World, number: &str) -> Viewer {
    let command = new_customer(number, None);
    let own = app.perform(&world.admin, command, create_customer).await.unwrap();
    viewer(world.tenant_id, Role::Customer, Scope::Customer { own, partner: None })
}

/// A new partner of the seller's, perhaps below another.
pub(crate) async fn partner(
    app: &TestApp,
    world: &World,
    number: &str,
    parent_id: Option<PartnerId>,
) -> PartnerId {
    let command = CreatePartner {
        partner_number: number.to_owned(),
        name: number.to_owned(),
        parent_id,
        ..CreatePartner::default()
    };
    app.perform(&world.admin, command, create_partner).await.unwrap()
}

/// Gives the instant offer another name.
pub(crate) async fn rename_offer(app: &TestApp, world: &World, name: &str) {
    let name = Change::Set(name.to_owned());
    let command = UpdateOffer { name, ..unchanged_offer(world.instant_offer) };
    app.perform(&world.seller(), command, update_offer).await.unwrap();
}

/// An update of an offer that changes nothing.
pub(crate) fn unchanged_offer(offer_id: OfferId) -> UpdateOffer {
    UpdateOffer {
        offer_id,
        expected_version: None,
        name: Change::Keep,
        description: Change::Keep,
        billing_timing: Change::Keep,
        billing_alignment: Change::Keep,
        proration_policy: Change::Keep,
        refund_window_hours: Change::Keep,
        min_quantity: Change::Keep,
        max_quantity: Change::Keep,
        once_per_customer: Change::Keep,
        commitment: Change::Keep,
        add_on_minimum: Change::Keep,
        add_on_maximum: Change::Keep,
        edition_id: Change::Keep,
        status: Change::Keep,
        prices: Change::Keep,
    }
}

/// An update of a customer that changes nothing.
pub(crate) fn unchanged(customer_id: CustomerId) -> UpdateCustomer {
    UpdateCustomer {
        customer_id,
        expected_version: None,
        name: Change::Keep,
        partner_id: Change::Keep,
        email: Change::Keep,
        phone: Change::Keep,
        street: Change::Keep,
        postal_code: Change::Keep,
        city: Change::Keep,
        country: Change::Keep,
        tax_number: Change::Keep,
        tax_treatment: Change::Keep,
        tax_exemption_reason: Change::Keep,
    }
}

/// An update of a partner that puts it elsewhere.
pub(crate) fn put_below(partner_id: PartnerId, parent_id: Change<PartnerId>) -> UpdatePartner {
    UpdatePartner {
        partner_id,
        expected_version: None,
        name: Change::Keep,
        parent_id,
        approval_required: Change::Keep,
        email: Change::Keep,
        street: Change::Keep,
        postal_code: Change::Keep,
        city: Change::Keep,
        country: Change::Keep,
        tax_number: Change::Keep,
    }
}

/// A caller of the tenant whose subject nobody else has.
pub(crate) fn viewer(tenant_id: TenantId, role: Role, scope: Scope) -> Viewer {
    Viewer {
        tenant_id,
        role,
        scope,
        subject: format!("user:{}", Uuid::new_v4()),
        kind: ActorKind::User,
        expires_at: None,
    }
}

impl World {
    /// Another approver of the seller.
    pub(crate) fn approver(&self) -> Viewer {
        viewer(self.tenant_id, Role::Approver, Scope::Tenant)
    }

    pub(crate) fn seller(&self) -> Viewer {
        viewer(self.tenant_id, Role::Seller, Scope::Tenant)
    }

    /// What the customer asks for when it buys these offers.
    pub(crate) fn buying(&self, offers: &[OfferId]) -> CreateOrder {
        CreateOrder {
            customer_id: None,
            agreement_id: Some(self.agreement_id),
            currency: None,
            reference: None,
            po_number: None,
            start_at: None,
            lines: offers
                .iter()
                .map(|offer_id| NewLine {
                    plan: None,
                    offer_id: *offer_id,
                    quantity: 3,
                    parent_subscription_id: None,
                    parent_line: None,
                    client_line_id: None,
                    po_number: None,
                    starts_on: None,
                    discount_codes: Vec::new(),
                })
                .collect(),
            payment_selection: None,
            submit: true,
        }
    }

    /// An order of the customer that waits for approval.
    pub(crate) async fn pending_order(&self, app: &TestApp, offers: &[OfferId]) -> OrderId {
        app.perform(&self.customer, self.buying(offers), create_order).await.unwrap()
    }
}
