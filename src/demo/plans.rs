//! What the made-up seller sells as plans: television and internet, of which subscribers choose, and an add-on to them.

use chrono::TimeDelta;
use entity::{Billing, BillingPeriod, ComponentChoice, OfferId, PlanId, ProductId, Provisioning};

use super::catalogue::TAX_BASIS_POINTS;
use crate::{
    error::Outcome,
    services::{
        offers::create::{CreateOffer, create_offer},
        plans::{
            ChoiceRule, NewComponent, NewStep, OverrideRule,
            create::{CreatePlan, create_plan},
        },
        prices::{NewPrice, NewPricing},
        products::{
            create::{CreateProduct, create_product},
            webhook::ByWebhook,
        },
        unit::Unit,
    },
};

/// Codes and names of products, and what each costs a month in euro cents.
const PRODUCTS: [(&str, &str, i64); 8] = [
    ("LUMEN-TV-BASIC", "Lumen Basic TV", 1_000),
    ("LUMEN-TV-PREMIUM", "Lumen Premium TV", 2_000),
    ("LUMEN-TV-SPORTS", "Lumen Sports Channel", 700),
    ("LUMEN-TV-MOVIES", "Lumen Movie Channel", 600),
    ("LUMEN-TV-NATURE", "Lumen Nature Channel", 300),
    ("LUMEN-NET-100", "Lumen Internet 100", 1_900),
    ("LUMEN-NET-500", "Lumen Internet 500", 2_900),
    ("LUMEN-NET-1000", "Lumen Internet 1000", 3_900),
];

/// A plan, its offer, and what somebody may choose of it.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    pub offer: OfferId,
    pub plan: PlanId,
    pub chosen: [ProductId; 2],
}

/// Makes the products, an offer of them, two plans of that, one to choose from and one that begins with a trial, and an
/// add-on.
pub(super) async fn make(unit: &mut Unit) -> Outcome<Example> {
    let mut products = Vec::with_capacity(PRODUCTS.len());
    for (code, name, _) in PRODUCTS {
        products.push(product(unit, code, name).await?);
    }
    let bundle = product(unit, "LUMEN-HOME", "Lumen Home").await?;
    unit.now += TimeDelta::minutes(2);
    let offer = create_offer(unit, offer(bundle)).await?;
    let component =
        |(product_id, (_, _, unit_amount)): (&ProductId, &(&str, &str, i64))| NewComponent {
            product_id: *product_id,
            timing: None,
            pricing: NewPricing::each(*unit_amount),
            tax_basis_points: Some(TAX_BASIS_POINTS),
            tax_code_id: None,
        };
    let all: Vec<_> = products.iter().zip(&PRODUCTS).map(component).collect();
    let lasting = |components: &[NewComponent]| NewStep {
        periods: None,
        billing_period: None,
        unit_amount: None,
        components: components.to_vec(),
    };
    let choose = CreatePlan {
        choice: ChoiceRule {
            choice: ComponentChoice::Any,
            min_components: None,
            max_components: None,
        },
        price_override: Some(OverrideRule { minimum: Some(1_500), maximum: Some(13_300) }),
        ..plan(offer, "LUMEN-HOME-CHOICE", "TV and Internet", vec![lasting(&all)])
    };
    let plan_id = create_plan(unit, choose).await?;
    let [basic, .., internet, _, _] = products.as_slice() else {
        return Err(anyhow::anyhow!("the made-up seller has too few products for a plan").into());
    };
    let starter: Vec<_> =
        all.iter().filter(|it| [*basic, *internet].contains(&it.product_id)).cloned().collect();
    let priced = |periods, billing_period, unit_amount| NewStep {
        periods,
        billing_period,
        unit_amount: Some(unit_amount),
        components: starter.clone(),
    };
    let steps = vec![
        priced(Some(2), Some(BillingPeriod::Weekly), 0),
        priced(Some(3), None, 1_900),
        lasting(&starter),
    ];
    create_plan(unit, plan(offer, "LUMEN-HOME-START", "TV and Internet to begin with", steps))
        .await?;
    let recorder = product(unit, "LUMEN-REC", "Lumen Recorder").await?;
    create_offer(unit, add_on(recorder, offer)).await?;
    Ok(Example { offer, plan: plan_id, chosen: [*basic, *internet] })
}

async fn product(unit: &mut Unit, code: &str, name: &str) -> Outcome<ProductId> {
    unit.now += TimeDelta::minutes(1);
    let command = CreateProduct {
        code: code.to_owned(),
        name: name.to_owned(),
        vendor: "Lumen Cable".to_owned(),
        description: None,
        provisioning: Provisioning::Instant,
        by_webhook: ByWebhook::default(),
    };
    create_product(unit, command).await
}

/// Up to three recorders, each for 4.00 a month, for whoever has television and internet.
fn add_on(product_id: ProductId, parent: OfferId) -> CreateOffer {
    CreateOffer {
        code: "LUMEN-REC-M".to_owned(),
        name: "Lumen Recorder, monthly".to_owned(),
        description: Some("Records what is on while nobody is at home.".to_owned()),
        parent_offer_id: Some(parent),
        add_on_maximum: Some(3),
        prices: vec![price(400)],
        ..offer(product_id)
    }
}

fn price(cents: i64) -> NewPrice {
    NewPrice {
        currency: "EUR".to_owned(),
        pricing: NewPricing::each(cents),
        tax_basis_points: Some(TAX_BASIS_POINTS),
        tax_code_id: None,
        tax_inclusive: false,
    }
}

fn offer(product_id: ProductId) -> CreateOffer {
    CreateOffer {
        product_id,
        code: "LUMEN-HOME-M".to_owned(),
        name: "Lumen Home, monthly".to_owned(),
        description: Some("Television and internet, sold as plans.".to_owned()),
        billing: Billing::Recurring,
        billing_period: Some(BillingPeriod::Monthly),
        billing_timing: None,
        billing_alignment: None,
        proration_policy: None,
        refund_window_hours: None,
        min_quantity: 1,
        max_quantity: Some(10),
        once_per_customer: false,
        commitment: None,
        parent_offer_id: None,
        add_on_minimum: None,
        add_on_maximum: None,
        edition_id: None,
        prices: vec![price(2_900)],
    }
}

fn plan(offer_id: OfferId, code: &str, name: &str, steps: Vec<NewStep>) -> CreatePlan {
    CreatePlan {
        offer_id,
        partner_id: None,
        code: code.to_owned(),
        name: name.to_owned(),
        description: None,
        currency: "EUR".to_owned(),
        tax_inclusive: false,
        choice: ChoiceRule {
            choice: ComponentChoice::None,
            min_components: None,
            max_components: None,
        },
        price_override: None,
        valid_from: None,
        valid_until: None,
        steps,
    }
}
