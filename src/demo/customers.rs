//! Who buys from the made-up seller, and through whom. All names are invented.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::Viewer;
use entity::{PartnerId, Role, TaxTreatment};

use super::{Buyer, people};
use crate::{
    error::Outcome,
    services::{
        agreements::create::{CreateAgreement, create_agreement},
        customers::create::{CreateCustomer, create_customer},
        partners::create::{CreatePartner, create_partner},
        unit::Unit,
    },
};

/// A partner, with those who act for it.
pub(super) struct Partner {
    pub(super) id: PartnerId,
    pub(super) name: &'static str,
    buyer: Arc<Viewer>,
    /// None: it need not approve.
    approver: Option<Arc<Viewer>>,
}

/// Number, name, the one above it, and whether it must approve.
const PARTNERS: [(&str, &str, Option<usize>, bool); 3] = [
    ("P-100", "Nordic Reach", None, false),
    ("P-110", "Fjord IT", Some(0), true),
    ("P-200", "Alpine Systems", None, false),
];

/// Name, city and country.
#[rustfmt::skip]
const CUSTOMERS: [(&str, &str, &str); 40] = [
    ("Lighthouse Bakery", "Oslo", "NO"), ("Brunnen Architects", "Zürich", "CH"),
    ("Sandström Timber", "Umeå", "SE"), ("Kaya Dental", "Rotterdam", "NL"),
    ("Harbor & Pine", "Portland", "US"), ("Villa Cardo", "Verona", "IT"),
    ("Novak Precision", "Brno", "CZ"), ("Aurora Travel", "Tromsø", "NO"),
    ("Blue Kettle Coffee", "Seattle", "US"), ("Hofmann Elevators", "Stuttgart", "DE"),
    ("Ljung Textil", "Borås", "SE"), ("Studio Perle", "Lyon", "FR"),
    ("Grünwald Brewery", "Munich", "DE"), ("Tidewater Marine", "Annapolis", "US"),
    ("Casa Olmo", "Valencia", "ES"), ("Ravn Logistics", "Aarhus", "DK"),
    ("Moss & Fern Clinics", "Gothenburg", "SE"), ("Okonkwo Legal", "London", "GB"),
    ("Petrel Insurance", "Dublin", "IE"), ("Sisu Sports", "Tampere", "FI"),
    ("Alder School Trust", "Leeds", "GB"), ("Bonheur Patisserie", "Brussels", "BE"),
    ("Copper Canyon Mining", "Tucson", "US"), ("Dalgaard Wind", "Esbjerg", "DK"),
    ("Ekberg Fastigheter", "Malmö", "SE"), ("Fable Publishing", "Edinburgh", "GB"),
    ("Granit Bau", "Graz", "AT"), ("Haldi Robotics", "Tallinn", "EE"),
    ("Iris Optics", "Jena", "DE"), ("Jansen Flowers", "Aalsmeer", "NL"),
    ("Klarälven Paper", "Karlstad", "SE"), ("Lumen Theater", "Vienna", "AT"),
    ("Maple Row Realty", "Chicago", "US"), ("Nansen Seafood", "Bergen", "NO"),
    ("Orchard Pharmacies", "Ghent", "BE"), ("Pico Games", "Lisbon", "PT"),
    ("Quill Translators", "Luxembourg", "LU"), ("Rosso Ceramics", "Faenza", "IT"),
    ("Saga Museums", "Reykjavík", "IS"), ("Tundra Outdoor", "Kiruna", "SE"),
];

pub(super) async fn make_partners(unit: &mut Unit) -> Outcome<Vec<Partner>> {
    let mut ids: Vec<PartnerId> = Vec::with_capacity(PARTNERS.len());
    for (number, name, above, approval_required) in PARTNERS {
        unit.now += TimeDelta::hours(2);
        let command = CreatePartner {
            partner_number: number.to_owned(),
            name: name.to_owned(),
            parent_id: above.and_then(|index| ids.get(index).copied()),
            approval_required,
            ..CreatePartner::default()
        };
        ids.push(create_partner(unit, command).await?);
    }
    let people = |index: usize, role, person: &str| {
        let below = (0..PARTNERS.len()).filter(|other| PARTNERS[*other].2 == Some(index));
        let reach = std::iter::once(index).chain(below).map(|index| ids[index]).collect();
        let name = format!("{person}@{}", slug(PARTNERS[index].1));
        let viewer = people::at_partner(unit.viewer.tenant_id, &name, role, reach, ids[index]);
        Arc::new(viewer)
    };
    let partners = PARTNERS.iter().enumerate().map(|(index, partner)| Partner {
        id: ids[index],
        name: partner.1,
        buyer: people(index, Role::Partner, "orders"),
        approver: partner.3.then(|| people(index, Role::Approver, "approvals")),
    });
    Ok(partners.collect())
}

pub(super) async fn make_customers(unit: &mut Unit, partners: &[Partner]) -> Outcome<Vec<Buyer>> {
    let tenant_id = unit.viewer.tenant_id;
    let mut buyers = Vec::with_capacity(CUSTOMERS.len());
    for (index, (name, city, country)) in CUSTOMERS.into_iter().enumerate() {
        unit.now += TimeDelta::hours(6);
        // Every fourth customer buys from the seller itself.
        let partner = partners.get(index % 4);
        let email = format!("orders@{}.example", slug(name));
        let command = CreateCustomer {
            customer_number: format!("C-{}", 1_001 + index),
            name: name.to_owned(),
            partner_id: partner.map(|partner| partner.id),
            email: Some(email.clone()),
            phone: None,
            street: None,
            postal_code: None,
            city: Some(city.to_owned()),
            country: Some(country.to_owned()),
            tax_number: None,
            tax_treatment: TaxTreatment::Standard,
            tax_exemption_reason: None,
        };
        let customer_id = create_customer(unit, command).await?;
        let currency = match country {
            "SE" => "SEK",
            "US" => "USD",
            _ => "EUR",
        };
        let command = CreateAgreement {
            customer_id,
            number: format!("AGR-{}", 1_001 + index),
            currency: Some(currency.to_owned()),
            default_po_number: (index % 3 != 2).then(|| format!("PO-{}", 44_000 + index * 7)),
            starts_on: Some(unit.now.date_naive()),
        };
        let agreement_id = create_agreement(unit, command).await?;
        let customer = Arc::new(people::at_customer(
            tenant_id,
            &email,
            customer_id,
            partner.map(|partner| partner.id),
        ));
        // Some partners order for their customers.
        let viewer = match partner {
            Some(partner) if index % 3 == 1 => partner.buyer.clone(),
            Some(_) | None => customer,
        };
        let partner_approver = partner.and_then(|partner| partner.approver.clone());
        buyers.push(Buyer { name, customer_id, agreement_id, viewer, partner_approver });
    }
    Ok(buyers)
}

/// The letters of a name as in a host name.
fn slug(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}
