//! Lines that somebody writes by hand.

use entity::{InvoiceStatus, TaxCategory, TaxCodeId};
use ordergate::graphql::id::Id;
use serde_json::{Value, json};
use uuid::Uuid;

use super::shop::{Shop, id};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    a_line_by_hand_goes_on_the_draft_of_its_customer,
    a_line_by_hand_is_taxed_as_its_code_and_its_customer_say,
    what_is_wrong_with_a_line_by_hand_is_said_of_its_field,
    nothing_is_charged_on_the_draft_of_a_credit_note,
);

/// The draft is begun where there is none, and closes as others do.
async fn a_line_by_hand_goes_on_the_draft_of_its_customer(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-15T12:00:00Z");
    let line = json!({ "description": "On site", "amount": "10000", "taxBasisPoints": 2500 });
    let first = shop.charge_by_hand(&line).await;
    assert_eq!(shop.charge_by_hand(&line).await, first);
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "100").await;
    shop.buy(&offer, 1).await;
    let draft = shop.document(id(&first)).await;
    assert_eq!((draft.net_amount, draft.tax_amount), (20_100, 5_025));
    assert_eq!(draft.closes_on.to_string(), "2027-02-01");
    shop.pass("2027-02-02T00:00:00Z").await;
    assert_eq!(shop.document(draft.id).await.status, InvoiceStatus::Issued);
    assert_ne!(shop.charge_by_hand(&line).await, first);
}

async fn a_line_by_hand_is_taxed_as_its_code_and_its_customer_say(database: Database) {
    let shop = Shop::open(database).await;
    let admin = &shop.world.admin;
    let rates = json!([{ "basisPoints": 1900, "validFrom": "2020-01-01" }]);
    let code = json!({ "code": "VAT", "name": "VAT", "rates": rates });
    let code = shop.api.done(admin, "createTaxCode", code, "taxCode { id }").await;
    let line = json!({
        "description": "On site", "amount": "10000", "taxCodeId": code["taxCode"]["id"],
    });
    let taxed = shop.document(id(&shop.charge_by_hand(&line).await)).await;
    assert_eq!(taxed.tax_amount, 1_900);
    let customer = Id(shop.world.customer_id).to_string();
    let treatment =
        json!({ "id": customer, "taxNumber": "DE123456788", "taxTreatment": "REVERSE_CHARGE" });
    shop.api.done(admin, "updateCustomer", treatment, "").await;
    shop.charge_by_hand(&line).await;
    let lines = shop.lines_of(taxed.id).await;
    let rates = lines.iter().map(|line| (line.tax_category, line.tax_basis_points));
    let expected = [(TaxCategory::Standard, 1_900), (TaxCategory::ReverseCharge, 0)];
    assert_eq!(rates.collect::<Vec<_>>(), expected);
}

async fn what_is_wrong_with_a_line_by_hand_is_said_of_its_field(database: Database) {
    let shop = Shop::open(database).await;
    let customer = Id(shop.world.customer_id).to_string();
    let taxed = json!({ "description": "On site", "amount": "1", "taxBasisPoints": 0 });
    let missing = Id(TaxCodeId::from(Uuid::nil())).to_string();
    let line = |changed: Value| {
        let mut line = json!({ "description": "On site", "amount": "1" });
        line.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        json!({ "customerId": customer, "line": line })
    };
    for (input, code, field) in [
        (
            json!({ "customerId": customer, "currency": "euro", "line": taxed }),
            "VALIDATION_FAILED",
            "currency",
        ),
        (line(json!({})), "VALIDATION_FAILED", "line.taxBasisPoints"),
        (
            line(json!({ "taxCodeId": missing, "taxBasisPoints": 0 })),
            "VALIDATION_FAILED",
            "line.taxBasisPoints",
        ),
        (
            line(json!({ "taxCodeId": missing, "taxCategory": "STANDARD" })),
            "VALIDATION_FAILED",
            "line.taxCategory",
        ),
        (line(json!({ "taxCodeId": missing })), "TAX_CODE_NOT_FOUND", "line.taxCodeId"),
    ] {
        let refused = shop.api.refused(&shop.world.admin, "chargeCustomer", input.clone()).await;
        let named: Vec<_> = field.split('.').collect();
        assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!(named)), "{input}");
    }
}

async fn nothing_is_charged_on_the_draft_of_a_credit_note(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-10T12:00:00Z");
    let settings = json!({ "creditBy": "CREDIT_NOTE", "draftGraceDays": 5 });
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
    let bought = shop.buy(&shop.instant("RECURRING", Some("MONTHLY"), "3100").await, 1).await;
    shop.issue_draft().await;
    shop.at("2027-01-20T12:00:00Z");
    shop.order("cancelSubscription", json!({ "id": bought.subscription })).await;
    let [draft] = shop.drafts().await.try_into().unwrap();
    let line = json!({ "description": "On site", "amount": "1", "taxBasisPoints": 0 });
    let input = json!({ "id": Id(draft.id).to_string(), "line": line });
    let refused = shop.api.refused(&shop.world.admin, "addInvoiceLine", input).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("VALIDATION_FAILED"), &json!(["id"]))
    );
}

impl Shop {
    /// Charges the customer something by hand; the draft on which it is.
    async fn charge_by_hand(&self, line: &Value) -> Value {
        let input = json!({ "customerId": Id(self.world.customer_id).to_string(), "line": line });
        let selection = "invoice { id }";
        let payload = self.api.done(&self.world.admin, "chargeCustomer", input, selection).await;
        payload["invoice"]["id"].clone()
    }
}
