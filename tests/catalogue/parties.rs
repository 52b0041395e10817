//! Who is on documents: addresses of partners, and how customers are taxed.

use domain::viewer::Scope;
use entity::Role;
use ordergate::graphql::id::Id;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(
    a_customer_that_pays_no_tax_has_a_number_or_a_reason,
    a_partner_does_not_decide_how_its_customers_are_taxed,
    a_partner_has_an_address,
);

const TAX: &str = "customer { taxNumber taxTreatment taxExemptionReason }";

async fn a_customer_that_pays_no_tax_has_a_number_or_a_reason(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let id = Id(world.customer_id).to_string();
    let update = |more: Value| {
        let mut input = more;
        input["id"] = json!(id);
        input
    };
    let set = async |more: Value| {
        let mut done = api.done(&world.admin, "updateCustomer", update(more), TAX).await;
        done["customer"].take()
    };
    let refused = async |more: Value| {
        let refused = api.refused(&world.admin, "updateCustomer", update(more)).await;
        refused["field"].clone()
    };
    let as_usual =
        json!({ "taxNumber": null, "taxTreatment": "STANDARD", "taxExemptionReason": null });
    assert_eq!(set(json!({ "name": "Contoso" })).await, as_usual);
    assert_eq!(refused(json!({ "taxTreatment": "REVERSE_CHARGE" })).await, json!(["taxNumber"]));
    assert_eq!(refused(json!({ "taxTreatment": "EXEMPT" })).await, json!(["taxExemptionReason"]));
    assert_eq!(
        refused(json!({ "taxExemptionReason": "A museum" })).await,
        json!(["taxExemptionReason"])
    );
    assert_eq!(refused(json!({ "taxTreatment": null })).await, json!(["taxTreatment"]));

    let reversed = json!({ "taxNumber": "DE123456788", "taxTreatment": "REVERSE_CHARGE", "taxExemptionReason": null });
    assert_eq!(
        set(json!({ "taxNumber": " DE123456788", "taxTreatment": "REVERSE_CHARGE" })).await,
        reversed
    );
    assert_eq!(refused(json!({ "taxNumber": null })).await, json!(["taxNumber"]));
    let exempt =
        json!({ "taxNumber": null, "taxTreatment": "EXEMPT", "taxExemptionReason": "A museum" });
    assert_eq!(set(exempt.clone()).await, exempt);
    assert_eq!(refused(json!({ "taxTreatment": "STANDARD" })).await, json!(["taxExemptionReason"]));
    assert_eq!(set(as_usual.clone()).await, as_usual);

    let new = |more: Value| {
        let mut input = more;
        input["customerNumber"] = json!("C-9");
        input["name"] = json!("New");
        input
    };
    let numberless = api.refused(
        &world.admin,
        "createCustomer",
        new(json!({ "taxTreatment": "INTRA_COMMUNITY" })),
    );
    assert_eq!(numberless.await["field"], json!(["taxNumber"]));
    let created = api.done(&world.admin, "createCustomer", new(exempt.clone()), TAX).await;
    assert_eq!(created["customer"], exempt);
}

async fn a_partner_does_not_decide_how_its_customers_are_taxed(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let own = given::partner(&app, &world, "R-1", None).await;
    let partner =
        given::viewer(world.tenant_id, Role::Partner, Scope::Partner { own, partners: vec![own] });
    let new = json!({ "customerNumber": "C-9", "name": "New", "taxNumber": "DE1" });
    let created = api.done(&partner, "createCustomer", new, "customer { id }").await;
    let id = &created["customer"]["id"];
    let update = json!({ "id": id, "taxTreatment": "REVERSE_CHARGE" });
    assert_eq!(
        api.refused(&partner, "updateCustomer", update.clone()).await["field"],
        json!(["taxTreatment"])
    );
    api.done(&world.admin, "updateCustomer", update, "").await;
    let other_number = json!({ "id": id, "taxNumber": "DE2", "taxTreatment": "REVERSE_CHARGE" });
    api.done(&partner, "updateCustomer", other_number, "").await;
    let another = json!({
        "customerNumber": "C-10", "name": "New", "taxTreatment": "EXEMPT", "taxExemptionReason": "A museum",
    });
    assert_eq!(
        api.refused(&partner, "createCustomer", another).await["field"],
        json!(["taxTreatment"])
    );
}

async fn a_partner_has_an_address(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let api = Api::of(&app);
    let address = json!({
        "email": "sales@fabrikam.example", "street": "Havnegade 1", "postalCode": "1058", "city": "København",
        "country": "DK", "taxNumber": "DK12345674",
    });
    let selection = "partner { id email street postalCode city country taxNumber }";
    let mut new = address.clone();
    new["partnerNumber"] = json!("R-1");
    new["name"] = json!("Fabrikam");
    let mut created = api.done(&world.admin, "createPartner", new.clone(), selection).await;
    let id = created["partner"].as_object_mut().unwrap().remove("id").unwrap();
    assert_eq!(created["partner"], address);
    let moved = json!({ "id": id, "city": "Aarhus", "street": null });
    let mut moved = api.done(&world.admin, "updatePartner", moved, selection).await;
    let mut expected = address;
    expected["city"] = json!("Aarhus");
    expected["street"] = Value::Null;
    moved["partner"].as_object_mut().unwrap().remove("id");
    assert_eq!(moved["partner"], expected);
    for (field, wrong) in [("email", "nowhere"), ("country", "Denmark"), ("taxNumber", "a\nb")] {
        let update = json!({ "id": id, field: wrong });
        let refused = api.refused(&world.admin, "updatePartner", update).await;
        assert_eq!(refused["field"], json!([field]));
        new["partnerNumber"] = json!("R-2");
        let mut another = new.clone();
        another[field] = json!(wrong);
        assert_eq!(
            api.refused(&world.admin, "createPartner", another).await["field"],
            json!([field])
        );
    }
}
