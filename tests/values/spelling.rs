//! The same value in another spelling is the same value, for what is stored and for what is looked for.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World},
        introspection::{Introspected, Root, text},
    },
};

on_both_databases!(
    what_is_stored_in_one_spelling_is_found_in_another,
    a_code_in_another_spelling_is_taken,
    what_cannot_be_seen_is_no_part_of_a_code,
    a_name_in_which_nothing_can_be_seen_is_blank,
    a_currency_is_one_in_every_case,
);

/// As it is typed, as it is looked for, and as it is kept.
const TYPED: &str = " Cafe\u{301}-22 ";
const ASKED: &str = "\u{a0}Caf\u{e9}-22\t";
const KEPT: &str = "Caf\u{e9}-22";

/// Each argument of a query that is compared with something stored.
const LOOKED_FOR: &[(&str, &str)] = &[
    ("order", "/number"),
    ("subscription", "/number"),
    ("license", "/licenseKey"),
    ("invoice", "/number"),
    ("agreement", "/number"),
    ("customer", "/customerNumber"),
    ("partner", "/partnerNumber"),
    ("product", "/code"),
    ("offer", "/code"),
    ("plan", "/code"),
    ("plans", "/filter/currency"),
    ("orders", "/filter/reference"),
    ("orders", "/filter/poNumber"),
    ("customers", "/filter/country"),
    ("products", "/filter/vendor"),
    ("orderLines", "/filter/vendor"),
    ("accountBalance", "/currency"),
    ("taxCode", "/code"),
    ("paymentAgreement", "/providerReference"),
    ("discount", "/code"),
];

async fn what_is_stored_in_one_spelling_is_found_in_another(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world_with_approval(&app, false).await;
    let api = Api::of(&app);
    let schema = Introspected::read(&api).await;
    let mut made = make(&api, &world, TYPED).await;
    app.run_jobs().await;
    let bought = "{ licenses { nodes { licenseKey } } invoices { nodes { id } } }";
    let bought = api.read(&world.admin, bought, json!({})).await;
    made["license"] = bought["licenses"]["nodes"][0]["licenseKey"].clone();
    let invoice = json!({ "id": bought["invoices"]["nodes"][0]["id"] });
    let issued = api.done(&world.admin, "issueInvoice", invoice, "invoice { number }").await;
    made["invoice"] = issued["invoice"]["number"].clone();
    let mut tried = BTreeSet::new();
    for (field, path) in LOOKED_FOR {
        let asked = match (*field, *path) {
            // The program's own.
            ("order" | "subscription" | "license" | "invoice", _) => {
                format!("\u{a0}{}\t", made[*field].as_str().unwrap())
            }
            (_, "/filter/country") => " dk\t".to_owned(),
            ("accountBalance", _) | (_, "/filter/currency") => " eur\t".to_owned(),
            _ => ASKED.to_owned(),
        };
        let (argument, found) = match path.strip_prefix("/filter/") {
            Some(name) => (format!("filter: {{ {name}: $asked }}"), "totalCount"),
            None if *field == "accountBalance" => {
                let customer = id("customer", world.customer_id.0);
                (format!("customerId: \"{customer}\", currency: $asked"), "currency")
            }
            None => (format!("{}: $asked", &path[1..]), "id"),
        };
        let kind = if *field == "accountBalance" { "String!" } else { "String" };
        let document = format!("query ($asked: {kind}) {{ {field}({argument}) {{ {found} }} }}");
        let answer = api.read(&world.admin, &document, json!({ "asked": asked })).await;
        let answer = &answer[*field][found];
        assert!(answer.is_string() || *answer == 1, "{document} {asked:?}: {answer}");
        tried.insert(((*field).to_owned(), (*path).to_owned()));
    }
    // Nobody has forgotten one.
    for field in schema.fields(Root::Query) {
        for path in schema.paths(field, "String") {
            let place = (text(field, "name").to_owned(), path);
            // A preview takes what its mutation takes.
            let is_other = ["/after", "/before", "/filter/text"].contains(&place.1.as_str())
                || ["previewOrder", "previewPriceMigration"].contains(&place.0.as_str());
            assert!(is_other || tried.contains(&place), "{place:?} is not looked at here");
        }
    }
}

/// Makes one of everything that has a code, and gives the numbers that it got.
async fn make(api: &Api, world: &World, code: &str) -> Value {
    let run = async |mutation: &str, input: Value, selection: &str| {
        api.done(&world.admin, mutation, input, selection).await
    };
    let partner = json!({ "partnerNumber": code, "name": "P" });
    let partner = run("createPartner", partner, "partner { partnerNumber }").await;
    let customer = json!({ "customerNumber": code, "name": "C", "country": " se " });
    let customer = run("createCustomer", customer, "customer { customerNumber country }").await;
    let customer_id = id("customer", world.customer_id.0);
    let agreement = json!({ "customerId": customer_id, "number": code, "defaultPoNumber": code });
    let agreement = run("createAgreement", agreement, "agreement { number defaultPoNumber }").await;
    let product = json!({ "code": code, "name": "Product", "vendor": code });
    let product = run("createProduct", product, "product { id code vendor }").await;
    let edition = json!({ "productId": product["product"]["id"], "name": code });
    let edition = run("createEdition", edition, "edition { name }").await;
    let offer = json!({
        "productId": product["product"]["id"], "code": code, "name": "Offer", "billing": "ONE_TIME",
        "prices": [{ "currency": " eur ", "unitAmount": 1, "taxBasisPoints": 0 }],
    });
    let offer = run("createOffer", offer, "offer { id code prices { currency } }").await;
    let offer_id = id("offer", world.instant_offer.0);
    let order = json!({
        "customerId": customer_id, "reference": code, "poNumber": code, "submit": true,
        "lines": [
            { "offerId": offer_id, "quantity": 1, "poNumber": code, "clientLineId": code },
            { "offerId": offer["offer"]["id"], "quantity": 1 },
        ],
    });
    let order = run(
        "createOrder",
        order,
        "order { number reference poNumber lines { poNumber clientLineId subscription { number } } }",
    );
    let order = order.await;
    let rates = json!([{ "validFrom": "2020-01-01", "basisPoints": 2500 }]);
    let component = json!({
        "productId": product["product"]["id"], "unitAmount": "1", "taxBasisPoints": 0, "timing": "ONCE",
    });
    let plan = json!({
        "offerId": offer["offer"]["id"], "code": code, "name": "P", "currency": " eur ",
        "steps": [{ "components": [component] }],
    });
    let plan = run("createPlan", plan, "plan { code currency }").await;
    assert_eq!(plan["plan"], json!({ "code": KEPT, "currency": "EUR" }));
    let discount = json!({ "code": code, "name": "D", "basisPoints": 1, "duration": "ONCE" });
    let discount = run("createDiscount", discount, "discount { code }").await;
    assert_eq!(discount["discount"]["code"], KEPT);
    let tax_code = json!({ "code": code, "name": "VAT", "rates": rates });
    let tax_code = run("createTaxCode", tax_code, "taxCode { code }").await;
    let paid = json!({
        "customerId": customer_id, "method": "CARD", "providerReference": code,
        "redirectUrl": "https://pay.example",
    });
    let selection = "paymentAgreement { providerReference }";
    let paid = run("registerPaymentAgreement", paid, selection).await;
    assert_eq!(paid["paymentAgreement"]["providerReference"], KEPT);
    assert_eq!(tax_code["taxCode"]["code"], KEPT);
    assert_eq!(partner["partner"], json!({ "partnerNumber": KEPT }));
    assert_eq!(customer["customer"], json!({ "customerNumber": KEPT, "country": "SE" }));
    assert_eq!(agreement["agreement"], json!({ "number": KEPT, "defaultPoNumber": KEPT }));
    assert_eq!(product["product"]["code"], KEPT);
    assert_eq!(product["product"]["vendor"], KEPT);
    assert_eq!(edition["edition"]["name"], KEPT);
    assert_eq!(offer["offer"]["code"], KEPT);
    assert_eq!(offer["offer"]["prices"], json!([{ "currency": "EUR" }]));
    let order = &order["order"];
    assert_eq!([&order["reference"], &order["poNumber"]], [KEPT; 2]);
    let line = &order["lines"][0];
    assert_eq!([&line["poNumber"], &line["clientLineId"]], [KEPT; 2]);
    json!({ "order": order["number"], "subscription": line["subscription"]["number"] })
}

async fn a_code_in_another_spelling_is_taken(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    make(&api, &world, TYPED).await;
    let found =
        api.read(&world.admin, "{ product(code: \"Caf\u{e9}-22\") { id } }", json!({})).await;
    let product = &found["product"]["id"];
    let customer = id("customer", world.customer_id.0);
    for (mutation, input, code) in [
        ("createPartner", json!({ "partnerNumber": ASKED, "name": "P" }), "PARTNER_NUMBER"),
        ("createCustomer", json!({ "customerNumber": ASKED, "name": "C" }), "CUSTOMER_NUMBER"),
        ("createAgreement", json!({ "customerId": customer, "number": ASKED }), "AGREEMENT_NUMBER"),
        ("createProduct", json!({ "code": ASKED, "name": "P", "vendor": "V" }), "PRODUCT_CODE"),
        ("createEdition", json!({ "productId": product, "name": ASKED }), "EDITION_NAME"),
        (
            "createOffer",
            json!({
                "productId": product, "code": ASKED, "name": "O", "billing": "ONE_TIME",
                "prices": [{ "currency": "EUR", "unitAmount": 1, "taxBasisPoints": 0 }],
            }),
            "OFFER_CODE",
        ),
    ] {
        let refusal = api.refused(&world.admin, mutation, input).await;
        assert_eq!(refusal["code"], format!("DUPLICATE_{code}"), "{mutation}");
    }
}

async fn what_cannot_be_seen_is_no_part_of_a_code(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let customer = id("customer", world.customer_id.0);
    let line = json!({ "offerId": id("offer", world.instant_offer.0), "quantity": 1 });
    for hidden in ["ACME\u{200b}-22", "\u{202e}ACME-22", "AC\u{ad}ME", "AC\u{2028}ME", "\u{feff}A"]
    {
        let order = |field: &str| {
            let mut order = json!({ "customerId": customer, "lines": [line] });
            order[field] = json!(hidden);
            order
        };
        let mut of_line = json!({ "customerId": customer, "lines": [line] });
        of_line["lines"][0]["poNumber"] = json!(hidden);
        let agreement = json!({ "customerId": customer, "number": "A-9" });
        let mut of_agreement = agreement.clone();
        of_agreement["defaultPoNumber"] = json!(hidden);
        for (mutation, input, field) in [
            ("createPartner", json!({ "partnerNumber": hidden, "name": "P" }), "partnerNumber"),
            ("createCustomer", json!({ "customerNumber": hidden, "name": "C" }), "customerNumber"),
            ("createAgreement", json!({ "customerId": customer, "number": hidden }), "number"),
            ("createAgreement", of_agreement, "defaultPoNumber"),
            ("createProduct", json!({ "code": hidden, "name": "P", "vendor": "V" }), "code"),
            ("createOrder", order("reference"), "reference"),
            ("createOrder", order("poNumber"), "poNumber"),
            ("createOrder", of_line, "lines.0.poNumber"),
        ] {
            let refusal = api.refused(&world.admin, mutation, input).await;
            assert_eq!(refusal["code"], "VALIDATION_FAILED", "{mutation} {hidden:?}");
            let path: Vec<_> = field.split('.').collect();
            assert_eq!(refusal["field"], json!(path), "{mutation} {hidden:?}");
        }
    }
}

async fn a_name_in_which_nothing_can_be_seen_is_blank(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    for blank in ["\u{200b}\u{2060}", "\u{3164}", " \u{feff} ", "\u{2800}"] {
        for (mutation, input) in [
            ("createPartner", json!({ "partnerNumber": "P-1", "name": blank })),
            ("createCustomer", json!({ "customerNumber": "C-9", "name": blank })),
            ("createProduct", json!({ "code": "P-1", "name": blank, "vendor": "V" })),
            ("createApiKey", json!({ "role": "SELLER", "name": blank })),
            ("updateTenantSettings", json!({ "name": blank })),
        ] {
            let refusal = api.refused(&world.admin, mutation, input).await;
            assert_eq!(refusal["code"], "VALIDATION_FAILED", "{mutation} {blank:?}");
            assert_eq!(refusal["field"], json!(["name"]), "{mutation} {blank:?}");
        }
        let street = json!({ "id": id("customer", world.customer_id.0), "street": blank });
        let kept = api.done(&world.admin, "updateCustomer", street, "customer { street }").await;
        assert_eq!(kept["customer"]["street"], Value::Null);
    }
}

async fn a_currency_is_one_in_every_case(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let customer = id("customer", world.customer_id.0);
    let line = json!({ "offerId": id("offer", world.instant_offer.0), "quantity": 1 });
    let order =
        |currency: &str| json!({ "customerId": customer, "currency": currency, "lines": [line] });
    let done = api.done(&world.admin, "createOrder", order(" eur "), "order { currency }").await;
    assert_eq!(done["order"]["currency"], "EUR");
    let agreement = json!({ "customerId": customer, "number": "A-2", "currency": "eUr" });
    let selection = "agreement { currency }";
    let done = api.done(&world.admin, "createAgreement", agreement, selection).await;
    assert_eq!(done["agreement"]["currency"], "EUR");
    let tenant = json!({ "defaultCurrency": "dkk" });
    let selection = "tenant { defaultCurrency }";
    let done = api.done(&world.admin, "updateTenantSettings", tenant, selection).await;
    assert_eq!(done["tenant"]["defaultCurrency"], "DKK");
    for (mutation, input) in [
        ("createOrder", order("EURO")),
        ("createAgreement", json!({ "customerId": customer, "number": "A-3", "currency": "EURO" })),
    ] {
        let refusal = api.refused(&world.admin, mutation, input).await;
        assert_eq!(refusal["field"], json!(["currency"]), "{mutation}");
    }
    let refusal = api
        .refused(&world.admin, "updateTenantSettings", json!({ "defaultCurrency": "EURO" }))
        .await;
    assert_eq!(refusal["field"], json!(["defaultCurrency"]));
}

fn id(kind: &str, id: uuid::Uuid) -> String {
    format!("{kind}_{}", id.simple())
}
