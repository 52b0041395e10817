//! What the made-up seller sells. Vendors and products are invented.

use chrono::TimeDelta;
use entity::{Billing, BillingPeriod, EditionId, OfferId, ProductId, Provisioning};

use super::Offer;
use crate::{
    error::Outcome,
    services::{
        editions::create::{CreateEdition, Limitation, create_edition},
        offers::create::{CreateOffer, create_offer},
        prices::{NewPrice, NewPricing},
        products::{
            create::{CreateProduct, create_product},
            webhook::ByWebhook,
        },
        unit::Unit,
    },
};

/// For each currency: its price of a hundred euro cents.
const CURRENCIES: [(&str, i64); 3] = [("EUR", 100), ("USD", 108), ("SEK", 1_140)];

/// Denmark's, where the seller is. Who is not taxed there, a customer's treatment says.
pub(super) const TAX_BASIS_POINTS: i32 = 2_500;

struct Product {
    code: &'static str,
    name: &'static str,
    vendor: &'static str,
    description: &'static str,
    provisioning: Provisioning,
    editions: &'static [Edition],
    offers: &'static [NewOffer],
}

struct Edition {
    name: &'static str,
    features: &'static [&'static str],
    limitation: (&'static str, i64),
}

struct NewOffer {
    code: &'static str,
    name: &'static str,
    charge: Charge,
    cents: i64,
    /// How many are usually bought; also the least that can be.
    quantities: (i32, i32),
    /// The edition of the product that licenses are issued of.
    edition: Option<usize>,
}

#[derive(Clone, Copy)]
enum Charge {
    Once,
    Monthly,
    Yearly,
    MonthlyByUse,
}

use Charge::{Monthly, MonthlyByUse, Once, Yearly};

const fn offer(
    code: &'static str,
    name: &'static str,
    charge: Charge,
    cents: i64,
    quantities: (i32, i32),
    edition: Option<usize>,
) -> NewOffer {
    NewOffer { code, name, charge, cents, quantities, edition }
}

#[rustfmt::skip]
const PRODUCTS: &[Product] = &[
    Product {
        code: "CIRRUS-WORK",
        name: "Cirrus Workplace",
        vendor: "Cirrus Software",
        description: "Mail, calendars, documents and meetings in one place.",
        provisioning: Provisioning::Instant,
        editions: &[],
        offers: &[
            offer("CIRRUS-WORK-ESS-M", "Cirrus Workplace Essentials, monthly", Monthly, 540, (3, 40), None),
            offer("CIRRUS-WORK-STD-M", "Cirrus Workplace Standard, monthly", Monthly, 1_170, (3, 40), None),
            offer("CIRRUS-WORK-STD-Y", "Cirrus Workplace Standard, yearly", Yearly, 12_600, (3, 25), None),
            offer("CIRRUS-WORK-PRE-M", "Cirrus Workplace Premium, monthly", Monthly, 2_060, (1, 20), None),
        ],
    },
    Product {
        code: "PALISADE-EP",
        name: "Palisade Endpoint",
        vendor: "Palisade Security",
        description: "Finds and stops what should not run on a computer.",
        provisioning: Provisioning::Instant,
        editions: &[
            Edition { name: "Core", features: &["antivirus", "firewall"], limitation: ("devices_per_user", 3) },
            Edition { name: "Complete", features: &["antivirus", "firewall", "response", "sandbox"], limitation: ("devices_per_user", 10) },
        ],
        offers: &[
            offer("PALISADE-CORE-M", "Palisade Endpoint Core, monthly", Monthly, 310, (5, 40), Some(0)),
            offer("PALISADE-COMP-M", "Palisade Endpoint Complete, monthly", Monthly, 680, (5, 40), Some(1)),
            offer("PALISADE-COMP-Y", "Palisade Endpoint Complete, yearly", Yearly, 7_200, (5, 40), Some(1)),
        ],
    },
    Product {
        code: "NORTHBEAM-BKP",
        name: "Northbeam Backup",
        vendor: "Northbeam Data",
        description: "Copies of servers and workstations, kept in two countries.",
        provisioning: Provisioning::Instant,
        editions: &[],
        offers: &[
            offer("NORTHBEAM-WS-M", "Northbeam Backup for a workstation", Monthly, 390, (1, 30), None),
            offer("NORTHBEAM-SRV-M", "Northbeam Backup for a server", Monthly, 2_400, (1, 8), None),
            offer("NORTHBEAM-TB", "Northbeam storage per terabyte", MonthlyByUse, 1_450, (1, 10), None),
        ],
    },
    Product {
        code: "LYRA-VOICE",
        name: "Lyra Voice",
        vendor: "Lyra Telecom",
        description: "Telephony in the cloud. Numbers are ported by hand.",
        provisioning: Provisioning::Manual,
        editions: &[],
        offers: &[
            offer("LYRA-USER-M", "Lyra Voice user", Monthly, 890, (2, 30), None),
            offer("LYRA-NUMBER-M", "Lyra Voice number block of ten", Monthly, 600, (1, 5), None),
            offer("LYRA-CENTER-M", "Lyra contact center seat", Monthly, 4_900, (2, 12), None),
        ],
    },
    Product {
        code: "INKWELL-SIGN",
        name: "Inkwell Sign",
        vendor: "Inkwell",
        description: "Contracts signed without paper.",
        provisioning: Provisioning::Instant,
        editions: &[
            Edition { name: "Team", features: &["templates"], limitation: ("envelopes_per_month", 50) },
            Edition { name: "Business", features: &["templates", "bulk_send", "audit_trail"], limitation: ("envelopes_per_month", 500) },
        ],
        offers: &[
            offer("INKWELL-TEAM-M", "Inkwell Sign Team, monthly", Monthly, 1_200, (1, 15), Some(0)),
            offer("INKWELL-BUS-Y", "Inkwell Sign Business, yearly", Yearly, 24_000, (1, 15), Some(1)),
        ],
    },
    Product {
        code: "TESSEL-ID",
        name: "Tessel Identity",
        vendor: "Tessel",
        description: "One sign-in for everything, with a second factor.",
        provisioning: Provisioning::Instant,
        editions: &[
            Edition { name: "Standard", features: &["mfa", "single_sign_on"], limitation: ("applications", 25) },
        ],
        offers: &[
            offer("TESSEL-MFA-M", "Tessel second factor, monthly", Monthly, 220, (5, 40), None),
            offer("TESSEL-SSO-M", "Tessel single sign-on, monthly", Monthly, 450, (5, 40), Some(0)),
        ],
    },
    Product {
        code: "QUARRY-BI",
        name: "Quarry Analytics",
        vendor: "Quarry Labs",
        description: "Reports that people can change themselves.",
        provisioning: Provisioning::Instant,
        editions: &[],
        offers: &[
            offer("QUARRY-VIEW-M", "Quarry Analytics viewer", Monthly, 700, (2, 30), None),
            offer(CAMPAIGN, "Quarry Analytics creator", Monthly, 3_500, (1, 6), None),
        ],
    },
    Product {
        code: SERVICES,
        name: "Northwind Services",
        vendor: "Northwind Cloud",
        description: "Our own people, on site or on the phone.",
        provisioning: Provisioning::Manual,
        editions: &[],
        offers: &[
            offer("NORTHWIND-ONBOARD", "Onboarding day", Once, 49_000, (1, 3), None),
            offer("NORTHWIND-MIGRATE", "Migration of a mailbox", Once, 2_400, (5, 40), None),
        ],
    },
];

/// The product that is the work of the seller's own people.
const SERVICES: &str = "NORTHWIND-SVC";

/// The offer for which there is a campaign.
const CAMPAIGN: &str = "QUARRY-MAKE-M";

/// What is sold.
pub(super) struct Catalogue {
    pub(super) offers: Vec<Offer>,
    /// The work of the seller's own people.
    pub(super) services: ProductId,
    /// The offer for which there is a campaign.
    pub(super) campaign: OfferId,
}

pub(super) async fn make(unit: &mut Unit) -> Outcome<Catalogue> {
    let mut offers = Vec::new();
    let (mut services, mut campaign) = (None, None);
    for product in PRODUCTS {
        unit.now += TimeDelta::minutes(20);
        let command = CreateProduct {
            code: product.code.to_owned(),
            name: product.name.to_owned(),
            vendor: product.vendor.to_owned(),
            description: Some(product.description.to_owned()),
            provisioning: product.provisioning,
            by_webhook: ByWebhook::default(),
        };
        let product_id = create_product(unit, command).await?;
        if product.code == SERVICES {
            services = Some(product_id);
        }
        let editions = make_editions(unit, product_id, product.editions).await?;
        for new in product.offers {
            unit.now += TimeDelta::minutes(2);
            let offer = make_offer(unit, product_id, product.provisioning, &editions, new).await?;
            if new.code == CAMPAIGN {
                campaign = Some(offer.id);
            }
            offers.push(offer);
        }
    }
    let services =
        services.ok_or_else(|| anyhow::anyhow!("nobody works for the made-up seller"))?;
    let campaign = campaign.ok_or_else(|| anyhow::anyhow!("nothing is promoted"))?;
    Ok(Catalogue { offers, services, campaign })
}

async fn make_editions(
    unit: &Unit,
    product_id: ProductId,
    editions: &[Edition],
) -> Outcome<Vec<EditionId>> {
    let mut ids = Vec::with_capacity(editions.len());
    for edition in editions {
        let (name, value) = edition.limitation;
        let command = CreateEdition {
            product_id,
            name: edition.name.to_owned(),
            features: edition.features.iter().map(|&name| name.to_owned()).collect(),
            limitations: vec![Limitation { name: name.to_owned(), value }],
            variables: Vec::new(),
        };
        ids.push(create_edition(unit, command).await?);
    }
    Ok(ids)
}

async fn make_offer(
    unit: &Unit,
    product_id: ProductId,
    provisioning: Provisioning,
    editions: &[EditionId],
    new: &NewOffer,
) -> Outcome<Offer> {
    let (billing, billing_period) = match new.charge {
        Once => (Billing::OneTime, None),
        Monthly => (Billing::Recurring, Some(BillingPeriod::Monthly)),
        Yearly => (Billing::Recurring, Some(BillingPeriod::Yearly)),
        MonthlyByUse => (Billing::Usage, Some(BillingPeriod::Monthly)),
    };
    let prices = CURRENCIES.map(|(currency, per_hundred)| NewPrice {
        currency: currency.to_owned(),
        pricing: NewPricing::each(new.cents * per_hundred / 100),
        tax_basis_points: Some(TAX_BASIS_POINTS),
        tax_code_id: None,
        tax_inclusive: false,
    });
    let (least, most) = new.quantities;
    let command = CreateOffer {
        product_id,
        code: new.code.to_owned(),
        name: new.name.to_owned(),
        description: None,
        billing,
        billing_period,
        billing_timing: None,
        billing_alignment: None,
        proration_policy: None,
        refund_window_hours: None,
        min_quantity: least,
        max_quantity: None,
        once_per_customer: false,
        commitment: None,
        parent_offer_id: None,
        add_on_minimum: None,
        add_on_maximum: None,
        edition_id: new.edition.and_then(|index| editions.get(index).copied()),
        prices: prices.into(),
    };
    let id = create_offer(unit, command).await?;
    Ok(Offer { id, product_id, billing, provisioning, quantities: least..most + 1 })
}
