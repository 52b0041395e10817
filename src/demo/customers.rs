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
    pub(super) approver: Arc<Viewer>,
}

/// Number, name, the one above it, and whether it must approve.
const PARTNERS: [(&str, &str, Option<usize>, bool); 3] = [
    ("P-100", "Nordic Reach", None, false),
    ("P-110", "Fjord IT", Some(0), true),
    ("P-200", "Alpine Systems", None, false),
];

/// Name, street, postal code, city, country and, where it has one, tax number.
#[rustfmt::skip]
const CUSTOMERS: [[&str; 6]; 40] = [
    ["Lighthouse Bakery", "Fyrvej 12", "9990", "Skagen", "DK", "DK10000018"],
    ["Brunnen Architects", "Limmatquai 40", "8001", "Zürich", "CH", ""],
    ["Sandström Timber", "Storgatan 8", "903 26", "Umeå", "SE", "SE100000000301"],
    ["Kaya Dental", "Witte de Withstraat 71", "3012 BN", "Rotterdam", "NL", "NL100000004B01"],
    ["Harbor & Pine", "1120 NW Couch Street", "97209", "Portland", "US", ""],
    ["Villa Cardo", "Via Cappello 9", "37121", "Verona", "IT", "IT10000000608"],
    ["Novak Precision", "Veveří 102", "616 00", "Brno", "CZ", "CZ10000077"],
    ["Aurora Travel", "Storgata 61", "9008", "Tromsø", "NO", ""],
    ["Blue Kettle Coffee", "400 Pine Street", "98101", "Seattle", "US", ""],
    ["Hofmann Elevators", "Rotebühlplatz 20", "70173", "Stuttgart", "DE", "DE100000105"],
    ["Ljung Textil", "Allégatan 33", "503 32", "Borås", "SE", "SE100000001101"],
    ["Studio Perle", "12 rue Mercière", "69002", "Lyon", "FR", ""],
    ["Grünwald Brewery", "Tegernseer Landstraße 5", "81541", "Munich", "DE", "DE100000131"],
    ["Tidewater Marine", "222 Severn Avenue", "21403", "Annapolis", "US", ""],
    ["Casa Olmo", "Calle de Colón 18", "46004", "Valencia", "ES", "ESB10000152"],
    ["Ravn Logistics", "Sydhavnsgade 7", "8000", "Aarhus", "DK", "DK10000166"],
    ["Moss & Fern Clinics", "Linnégatan 52", "413 08", "Gothenburg", "SE", "SE100000001701"],
    ["Okonkwo Legal", "18 Bedford Row", "WC1R 4EB", "London", "GB", "GB100000018"],
    ["Petrel Insurance", "31 Molesworth Street", "D02 Y512", "Dublin", "IE", "IE1000019T"],
    ["Sisu Sports", "Hämeenkatu 14", "33100", "Tampere", "FI", "FI10000204"],
    ["Alder School Trust", "6 Park Square", "LS1 2NE", "Leeds", "GB", ""],
    ["Bonheur Patisserie", "Rue des Bouchers 22", "1000", "Brussels", "BE", ""],
    ["Copper Canyon Mining", "90 West Broadway", "85701", "Tucson", "US", ""],
    ["Dalgaard Wind", "Havnegade 61", "6700", "Esbjerg", "DK", "DK10000247"],
    ["Ekberg Fastigheter", "Södra Förstadsgatan 4", "211 43", "Malmö", "SE", "SE100000002501"],
    ["Fable Publishing", "45 Leith Walk", "EH6 8LS", "Edinburgh", "GB", "GB100000026"],
    ["Granit Bau", "Annenstraße 29", "8020", "Graz", "AT", "ATU10000271"],
    ["Haldi Robotics", "Telliskivi 60", "10412", "Tallinn", "EE", "EE100000288"],
    ["Iris Optics", "Carl-Zeiss-Platz 3", "07743", "Jena", "DE", "DE100000299"],
    ["Jansen Flowers", "Legmeerdijk 210", "1431 GB", "Aalsmeer", "NL", "NL100000030B01"],
    ["Klarälven Paper", "Drottninggatan 17", "652 25", "Karlstad", "SE", "SE100000003101"],
    ["Lumen Theater", "Neubaugasse 25", "1070", "Vienna", "AT", ""],
    ["Maple Row Realty", "233 South Wacker Drive", "60606", "Chicago", "US", ""],
    ["Nansen Seafood", "Bryggen 11", "5003", "Bergen", "NO", ""],
    ["Orchard Pharmacies", "Veldstraat 48", "9000", "Ghent", "BE", "BE0100000351"],
    ["Pico Games", "Rua da Prata 80", "1100-420", "Lisbon", "PT", "PT100000365"],
    ["Quill Translators", "15 rue du Fossé", "1536", "Luxembourg", "LU", "LU10000376"],
    ["Rosso Ceramics", "Corso Mazzini 64", "48018", "Faenza", "IT", "IT10000003807"],
    ["Saga Museums", "Laugavegur 26", "101", "Reykjavík", "IS", ""],
    ["Tundra Outdoor", "Lars Janssonsgatan 19", "981 31", "Kiruna", "SE", "SE100000004001"],
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
        approver: people(index, Role::Approver, "approvals"),
    });
    Ok(partners.collect())
}

pub(super) async fn make_customers(unit: &mut Unit, partners: &[Partner]) -> Outcome<Vec<Buyer>> {
    let tenant_id = unit.viewer.tenant_id;
    let mut buyers = Vec::with_capacity(CUSTOMERS.len());
    for (index, customer) in CUSTOMERS.into_iter().enumerate() {
        let [name, street, postal_code, city, country, tax_number] = customer;
        unit.now += TimeDelta::hours(6);
        // Every fourth customer buys from the seller itself.
        let partner = partners.get(index % 4);
        let email = format!("orders@{}.example", slug(name));
        let (tax_treatment, exemption) = taxed(country, tax_number);
        let command = CreateCustomer {
            customer_number: format!("C-{}", 1_001 + index),
            name: name.to_owned(),
            partner_id: partner.map(|partner| partner.id),
            email: Some(email.clone()),
            phone: None,
            street: Some(street.to_owned()),
            postal_code: Some(postal_code.to_owned()),
            city: Some(city.to_owned()),
            country: Some(country.to_owned()),
            tax_number: Some(tax_number.to_owned()).filter(|number| !number.is_empty()),
            tax_treatment,
            tax_exemption_reason: exemption.map(str::to_owned),
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
        buyers.push(Buyer { name, customer_id, agreement_id, viewer });
    }
    Ok(buyers)
}

/// How a seller in Denmark taxes a customer, and why it does not.
fn taxed(country: &str, tax_number: &str) -> (TaxTreatment, Option<&'static str>) {
    match (country, tax_number) {
        ("CH" | "GB" | "IS" | "NO" | "US", _) => {
            (TaxTreatment::OutOfScope, Some("Supplied outside the European Union"))
        }
        ("DK", _) | (_, "") => (TaxTreatment::Standard, None),
        (..) => (TaxTreatment::ReverseCharge, Some("Article 196 of Directive 2006/112/EC")),
    }
}

/// The letters of a name as in a host name.
fn slug(name: &str) -> String {
    name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect()
}
