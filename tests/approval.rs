//! From placing an order, through everybody who must agree to it, to what is charged.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{AgreementId, PartnerId, Role, customer};
use futures_util::future::join_all;
use ordergate::{
    graphql::id::Id,
    viewer::{Scope, Viewer},
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
        rows::rows_of,
    },
};

on_both_databases!(
    every_level_must_say_yes,
    one_no_is_a_no_to_the_whole_order,
    nobody_decides_who_placed_the_order_or_is_not_asked,
    the_same_answer_again_changes_nothing_and_the_opposite_comes_too_late,
    the_approval_switch_changes_no_order_that_was_placed,
    an_approval_that_nobody_gives_lapses,
    a_rejection_says_why_in_1_to_256_characters,
    a_rejected_order_ends_its_subscriptions_and_is_never_invoiced,
    the_approvers_reference_reaches_every_document,
    prices_stay_what_they_were_when_the_order_was_placed,
    an_invoice_line_has_the_po_number_of_its_subscription_or_of_its_agreement,
    an_order_ends_as_its_lines_do,
    a_subscription_changes_through_orders_one_at_a_time,
    a_failed_change_is_not_retried_while_another_is_open,
    an_issued_invoice_never_changes_and_numbers_have_no_gaps,
);

const ORDER: &str = "order { id status version reason externalReference
    lines { id status attempts failureReason holdReason }
    approvals { level bySeller decision decidedBy reason }
    subscriptions { id status quantity reason externalReference unitPrice { minorUnits } } }";

/// A seller's world, and what is done in it through the schema.
struct Shop {
    app: TestApp,
    api: Api,
    world: World,
}

impl Shop {
    async fn open(database: Database) -> Self {
        Self::open_with_approval(database, true).await
    }

    async fn open_with_approval(database: Database, required: bool) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, required).await;
        Self { api: Api::of(&app), app, world }
    }

    fn instant(&self) -> Value {
        json!({ "offerId": Id(self.world.instant_offer).to_string(), "quantity": 3 })
    }

    fn manual(&self) -> Value {
        json!({ "offerId": Id(self.world.manual_offer).to_string(), "quantity": 1 })
    }

    /// An order of the customer under its agreement.
    async fn place(&self, lines: &[Value]) -> Value {
        self.place_with(json!({ "lines": lines })).await
    }

    async fn place_with(&self, mut input: Value) -> Value {
        let agreement = Id(self.world.agreement_id).to_string();
        input["submit"] = json!(true);
        if input.get("agreementId").is_none() {
            input["agreementId"] = json!(agreement);
        }
        self.run(&self.world.customer, "createOrder", input).await
    }

    /// Runs a mutation that must succeed and gives the order in its payload.
    async fn run(&self, viewer: &Viewer, mutation: &str, input: Value) -> Value {
        self.api.done(viewer, mutation, input, ORDER).await["order"].take()
    }

    async fn approve(&self, order: &Value) -> Value {
        self.run(&self.world.approver(), "approveOrder", json!({ "id": order["id"] })).await
    }

    /// Approves an order and carries it out as far as nobody is needed for it.
    async fn carry_out(&self, order: &Value) -> Value {
        self.approve(order).await;
        self.app.run_jobs().await;
        self.order(order).await
    }

    /// An order that was placed and carried out.
    async fn bought(&self, lines: &[Value]) -> Value {
        let order = self.place(lines).await;
        self.carry_out(&order).await
    }

    async fn order(&self, order: &Value) -> Value {
        let document = format!("query Run($id: ID!) {{ order(id: $id) {{ {} }} }}", inside(ORDER));
        self.read(&document, &order["id"]).await["order"].take()
    }

    async fn move_line(&self, mutation: &str, line: &Value, reason: Option<&str>) -> Value {
        let mut input = json!({ "id": line["id"] });
        if let Some(reason) = reason {
            input["reason"] = json!(reason);
        }
        let selection = format!("orderLine {{ {ORDER} }}");
        let viewer =
            if mutation == "resumeOrderLine" { &self.world.customer } else { &self.world.admin };
        self.api.done(viewer, mutation, input, &selection).await["orderLine"]["order"].take()
    }

    /// The triggers of an order's moves so far.
    async fn triggers(&self, order: &Value) -> Vec<String> {
        let document = "query Run($id: ID!) { order(id: $id) {
            history(first: 100) { nodes { trigger } } } }";
        let read = self.read(document, &order["id"]).await;
        let nodes = read["order"]["history"]["nodes"].as_array().unwrap();
        nodes.iter().filter_map(|event| event["trigger"].as_str()).map(str::to_owned).collect()
    }

    /// Answers a document about one id as the administrator.
    async fn read(&self, document: &str, id: &Value) -> Value {
        self.api.read(&self.world.admin, document, json!({ "id": id })).await
    }

    /// The customer's invoices, oldest first, with their lines.
    async fn invoices(&self) -> Vec<Value> {
        let document = "query Run { invoices(first: 50,
            orderBy: { field: CREATED_AT, direction: ASC }) { nodes {
            id number status version totals { gross { minorUnits } }
            lines { chargeType quantity poNumber externalReference net { minorUnits }
            subscription { id } } } } }";
        let read = self.api.read(&self.world.admin, document, json!({})).await;
        read["invoices"]["nodes"].as_array().unwrap().clone()
    }

    async fn settings(&self, settings: Value) {
        self.api.done(&self.world.admin, "updateTenantSettings", settings, "").await;
    }

    /// A partner that must approve, as its approver.
    async fn approving_partner(&self, number: &str, above: Option<&Partner>) -> Partner {
        let input = json!({
            "partnerNumber": number, "name": number, "approvalRequired": true,
            "parentId": above.map(|above| above.id.clone()),
        });
        let payload =
            self.api.done(&self.world.admin, "createPartner", input, "partner { id }").await;
        let id = payload["partner"]["id"].as_str().unwrap().to_owned();
        Partner { own: Id::read(&id).map(|Id(own)| own).unwrap(), id }
    }

    /// Puts the customer below two partners that must approve, and gives the approvers: of the customer's own partner,
    /// of the one above it, and of the seller.
    async fn three_levels(&mut self) -> [Viewer; 3] {
        let distributor = self.approving_partner("R-1", None).await;
        let reseller = self.approving_partner("R-2", Some(&distributor)).await;
        let readers = self.app.app.store.readers();
        let customer = customer::Entity::find_by_id(self.world.customer_id).one(readers).await;
        let mut row = customer.unwrap().unwrap().into_active_model();
        row.partner_id = Set(Some(reseller.own));
        let unit = self.app.app.store.begin(self.world.tenant_id).await.unwrap();
        row.update(&unit).await.unwrap();
        unit.commit().await.unwrap();
        self.world.customer.scope =
            Scope::Customer { own: self.world.customer_id, partner: Some(reseller.own) };
        let approver = |own: PartnerId, partners: &[PartnerId]| {
            let scope = Scope::Partner { own, partners: partners.to_vec() };
            viewer(self.world.tenant_id, Role::Approver, scope)
        };
        [
            approver(reseller.own, &[reseller.own]),
            approver(distributor.own, &[distributor.own, reseller.own]),
            self.world.approver(),
        ]
    }
}

struct Partner {
    own: PartnerId,
    id: String,
}

/// APX-19: distributor and reseller, as well as the seller, agree; in whichever order.
async fn every_level_must_say_yes(database: Database) {
    let mut shop = Shop::open(database).await;
    let [reseller, distributor, seller] = shop.three_levels().await;
    let order = shop.place(&[shop.instant()]).await;
    assert_eq!(levels(&order), [(false, "PENDING"), (false, "PENDING"), (true, "PENDING")]);
    for (approver, status) in
        [(&seller, "PENDING_APPROVAL"), (&reseller, "PENDING_APPROVAL"), (&distributor, "APPROVED")]
    {
        let approved = shop.run(approver, "approveOrder", json!({ "id": order["id"] })).await;
        assert_eq!(approved["status"], status);
    }
    let order = shop.order(&order).await;
    assert_eq!(levels(&order), [(false, "APPROVED"), (false, "APPROVED"), (true, "APPROVED")]);
    let asked = ["CREATE", "SUBMIT", "REQUIRE_APPROVAL"];
    let answered = ["APPROVE_STEP", "APPROVE_STEP", "APPROVE_LAST_STEP"];
    assert_eq!(shop.triggers(&order).await, [asked, answered].concat());
}

/// APX-19.
async fn one_no_is_a_no_to_the_whole_order(database: Database) {
    let mut shop = Shop::open(database).await;
    let [reseller, distributor, seller] = shop.three_levels().await;
    let order = shop.place(&[shop.instant()]).await;
    let id = json!({ "id": order["id"] });
    shop.run(&reseller, "approveOrder", id.clone()).await;
    let no = json!({ "id": order["id"], "reason": "No credit" });
    let rejected = shop.run(&distributor, "rejectOrder", no).await;
    assert_eq!(rejected["status"], "REJECTED");
    assert_eq!(levels(&rejected), [(false, "APPROVED"), (false, "REJECTED"), (true, "VOID")]);
    let late = shop.api.refused(&seller, "approveOrder", id).await;
    assert_eq!(late["code"], "ORDER_NOT_PENDING_APPROVAL");
    assert_eq!(late["currentStatus"], "REJECTED");
}

/// APX-28.
async fn nobody_decides_who_placed_the_order_or_is_not_asked(database: Database) {
    let mut shop = Shop::open(database).await;
    let [reseller, ..] = shop.three_levels().await;
    let admin = shop.world.admin.clone();
    let order = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "submit": true,
        "lines": [shop.instant()],
    });
    let order = shop.run(&admin, "createOrder", order).await;
    let id = json!({ "id": order["id"] });
    let no = json!({ "id": order["id"], "reason": "No" });
    assert_eq!(shop.api.refused(&admin, "approveOrder", id.clone()).await["code"], "OWN_ORDER");
    assert_eq!(shop.api.refused(&admin, "rejectOrder", no).await["code"], "OWN_ORDER");

    let unasked = shop.api.done(
        &admin,
        "createPartner",
        json!({ "partnerNumber": "R-3", "name": "Quiet", "approvalRequired": false }),
        "partner { id }",
    );
    let Id(above) = Id::read(unasked.await["partner"]["id"].as_str().unwrap()).unwrap();
    let partners = match &reseller.scope {
        Scope::Partner { partners, .. } => [&[above], partners.as_slice()].concat(),
        Scope::Tenant | Scope::Customer { .. } => panic!("the reseller is a partner"),
    };
    let stranger =
        viewer(shop.world.tenant_id, Role::Approver, Scope::Partner { own: above, partners });
    let refused = shop.api.refused(&stranger, "approveOrder", id).await;
    assert_eq!(refused["code"], "NOT_AN_APPROVER");
    assert_eq!(shop.order(&order).await["version"], order["version"]);
}

/// APX-29.
async fn the_same_answer_again_changes_nothing_and_the_opposite_comes_too_late(database: Database) {
    let mut shop = Shop::open(database).await;
    let [reseller, distributor, seller] = shop.three_levels().await;
    let order = shop.place(&[shop.instant()]).await;
    let yes = json!({ "id": order["id"] });
    let no = json!({ "id": order["id"], "reason": "No credit" });
    shop.run(&reseller, "approveOrder", yes.clone()).await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    shop.run(&reseller, "approveOrder", yes.clone()).await;
    let colleague = Viewer { subject: "user:colleague".to_owned(), ..reseller.clone() };
    for (approver, mutation, input) in
        [(&reseller, "rejectOrder", &no), (&colleague, "approveOrder", &yes)]
    {
        let late = shop.api.refused(approver, mutation, input.clone()).await;
        assert_eq!(
            (&late["code"], &late["currentStatus"]),
            (&json!("ALREADY_DECIDED"), &json!("PENDING_APPROVAL"))
        );
    }
    assert_eq!(rows_of(&shop.app, shop.world.tenant_id).await, rows);

    shop.run(&distributor, "approveOrder", yes.clone()).await;
    let approved = shop.run(&seller, "approveOrder", yes.clone()).await;
    let again = shop.run(&seller, "approveOrder", yes).await;
    assert_eq!(again, approved);
    let late = shop.api.refused(&seller, "rejectOrder", no).await;
    assert_eq!(
        (&late["code"], &late["currentStatus"]),
        (&json!("ORDER_NOT_PENDING_APPROVAL"), &json!("APPROVED"))
    );
    assert_eq!(late["currentVersion"], approved["version"]);
}

/// APX-01, APX-02, APX-03.
async fn the_approval_switch_changes_no_order_that_was_placed(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let free = shop.place(&[shop.instant()]).await;
    assert_eq!(free["status"], "APPROVED");
    assert_eq!(shop.triggers(&free).await, ["CREATE", "SUBMIT", "WAIVE_APPROVAL"]);
    shop.settings(json!({ "approvalRequired": true })).await;
    assert_eq!(shop.order(&free).await, free);
    let asked = shop.place(&[shop.instant()]).await;
    assert_eq!(asked["status"], "PENDING_APPROVAL");
    shop.settings(json!({ "approvalRequired": false })).await;
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&asked).await, asked);
    assert_eq!(shop.carry_out(&asked).await["status"], "COMPLETED");
}

async fn an_approval_that_nobody_gives_lapses(database: Database) {
    let shop = Shop::open(database).await;
    shop.settings(json!({ "approvalLapseDays": 3 })).await;
    let order = shop.place(&[shop.instant()]).await;
    shop.app.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, order);
    shop.app.advance(TimeDelta::seconds(1));
    shop.app.run_jobs().await;
    let lapsed = shop.order(&order).await;
    assert_eq!(lapsed["status"], "CANCELLED");
    assert_eq!(lapsed["subscriptions"][0]["status"], "TERMINATED");
    assert_eq!(shop.triggers(&order).await.last().unwrap(), "LET_APPROVAL_LAPSE");
    let yes = json!({ "id": order["id"] });
    let late = shop.api.refused(&shop.world.approver(), "approveOrder", yes).await;
    assert_eq!(
        (&late["code"], &late["currentStatus"]),
        (&json!("ORDER_NOT_PENDING_APPROVAL"), &json!("CANCELLED"))
    );
}

/// APX-27.
async fn a_rejection_says_why_in_1_to_256_characters(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant()]).await;
    let approver = shop.world.approver();
    for reason in [String::new(), "  ".to_owned(), "é".repeat(257)] {
        let no = json!({ "id": order["id"], "reason": reason });
        let refused = shop.api.refused(&approver, "rejectOrder", no).await;
        assert_eq!(
            (&refused["code"], &refused["field"][0]),
            (&json!("VALIDATION_FAILED"), &json!("reason"))
        );
    }
    let reason = "é".repeat(256);
    let no = json!({ "id": order["id"], "reason": reason });
    let rejected = shop.run(&approver, "rejectOrder", no).await;
    assert_eq!(rejected["reason"], reason);
    let answer = &rejected["approvals"][0];
    assert_eq!(answer["reason"], reason);
    assert_eq!(answer["decidedBy"], approver.subject);
}

/// APX-30, APX-11.
async fn a_rejected_order_ends_its_subscriptions_and_is_never_invoiced(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(), shop.manual()]).await;
    assert_eq!(statuses(&order["subscriptions"]), ["PENDING", "PENDING"]);
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, order, "nothing happens before approval");
    let no = json!({ "id": order["id"], "reason": "No credit" });
    let rejected = shop.run(&shop.world.approver(), "rejectOrder", no).await;
    assert_eq!(statuses(&rejected["subscriptions"]), ["TERMINATED", "TERMINATED"]);
    assert_eq!(statuses(&rejected["lines"]), ["REJECTED", "REJECTED"]);
    assert_eq!(rejected["subscriptions"][0]["reason"], "No credit");
    shop.app.run_jobs().await;
    assert_eq!(shop.order(&order).await, rejected);
    assert_eq!(shop.invoices().await, Vec::<Value>::new());
}

/// APG-13, APG-14, APG-15.
async fn the_approvers_reference_reaches_every_document(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.place(&[shop.instant(), shop.manual()]).await;
    let yes = json!({ "id": order["id"], "externalReference": "CRM-7" });
    shop.run(&shop.world.approver(), "approveOrder", yes).await;
    shop.app.run_jobs().await;
    let manual = &order["lines"][1];
    shop.move_line("startOrderLine", manual, None).await;
    let order = shop.move_line("completeOrderLine", manual, None).await;
    assert_eq!(order["status"], "COMPLETED");
    assert_eq!(order["externalReference"], "CRM-7");
    let subscriptions = order["subscriptions"].as_array().unwrap();
    assert_eq!(subscriptions.len(), 2);
    assert!(subscriptions.iter().all(|one| one["externalReference"] == "CRM-7"));
    let licenses = "query Run($id: ID!) { order(id: $id) { licenses { externalReference } } }";
    let licenses = shop.read(licenses, &order["id"]).await;
    assert_eq!(licenses["order"]["licenses"], json!([{ "externalReference": "CRM-7" }]));
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line["externalReference"] == "CRM-7"));

    let change = json!({ "id": subscriptions[0]["id"], "quantity": 4 });
    let change = shop.run(&shop.world.customer, "changeSubscription", change).await;
    let yes = json!({ "id": change["id"], "externalReference": "CRM-8" });
    shop.run(&shop.world.approver(), "approveOrder", yes).await;
    shop.app.run_jobs().await;
    let changed = &shop.order(&change).await["subscriptions"][0];
    assert_eq!((&changed["quantity"], &changed["externalReference"]), (&json!(4), &json!("CRM-7")));
}

/// APX-31. A draft has no price yet that it could keep.
async fn prices_stay_what_they_were_when_the_order_was_placed(database: Database) {
    let shop = Shop::open(database).await;
    let placed = shop.place(&[shop.instant()]).await;
    let draft = json!({ "lines": [shop.instant()] });
    let draft = shop.run(&shop.world.customer, "createOrder", draft).await;
    let prices = json!({
        "id": Id(shop.world.instant_offer).to_string(),
        "prices": [{ "currency": "EUR", "unitAmount": "9900", "taxBasisPoints": 0 }],
    });
    shop.api.done(&shop.world.admin, "updateOffer", prices, "").await;
    let placed = shop.carry_out(&placed).await;
    assert_eq!(placed["subscriptions"][0]["unitPrice"]["minorUnits"], "1000");
    assert_eq!(shop.invoices().await[0]["totals"]["gross"]["minorUnits"], "3750");
    let submitted =
        shop.run(&shop.world.customer, "submitOrder", json!({ "id": draft["id"] })).await;
    assert_eq!(submitted["subscriptions"][0]["unitPrice"]["minorUnits"], "9900");
}

/// APG-10, APG-11, APG-12, APG-16, APG-17.
async fn an_invoice_line_has_the_po_number_of_its_subscription_or_of_its_agreement(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let line = |po_number: &str| {
        let mut line = shop.instant();
        line["poNumber"] = json!(po_number);
        line
    };
    let own = json!({ "poNumber": "PO-ORDER", "lines": [line("PO-LINE"), line("  ")] });
    let own = shop.place_with(own).await;
    let none = shop.place_with(json!({ "poNumber": " ", "lines": [line("\t")] })).await;
    shop.carry_out(&own).await;
    shop.carry_out(&none).await;

    // A newer agreement of the customer is none of this purchase's business.
    agreement(&shop, "A-2", "PO-OTHER").await;
    let default = |po_number: &str| {
        let id = Id(shop.world.agreement_id).to_string();
        json!({ "id": id, "defaultPoNumber": po_number })
    };
    shop.api.done(&shop.world.admin, "updateAgreement", default("PO-AGREED"), "").await;
    let draft = shop.invoices().await.remove(0);
    shop.api.done(&shop.world.admin, "issueInvoice", json!({ "id": draft["id"] }), "").await;
    shop.api.done(&shop.world.admin, "updateAgreement", default("PO-LATER"), "").await;
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    let mut numbers: Vec<_> = lines.iter().map(|line| line["poNumber"].as_str().unwrap()).collect();
    // Lines are carried out side by side.
    numbers.sort_unstable();
    assert_eq!(numbers, ["PO-AGREED", "PO-LINE", "PO-ORDER"]);
}

/// APX-26, APX-16.
async fn an_order_ends_as_its_lines_do(database: Database) {
    let shop = Shop::open(database).await;
    let order = shop.bought(&[shop.manual(), shop.manual()]).await;
    assert_eq!(
        (&order["status"], &order["lines"][0]["status"]),
        (&json!("PROVISIONING"), &json!("PENDING"))
    );
    let (one, other) = (&order["lines"][0], &order["lines"][1]);
    let moves = [
        ("startOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("holdOrderLine", one, Some("Which domain?"), "ON_HOLD", ["ON_HOLD", "IN_PROGRESS"]),
        ("resumeOrderLine", one, None, "PROVISIONING", ["IN_PROGRESS", "IN_PROGRESS"]),
        ("completeOrderLine", one, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("failOrderLine", other, Some("Sold out"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
        ("holdOrderLine", other, Some("Where?"), "ON_HOLD", ["COMPLETED", "ON_HOLD"]),
        ("failOrderLine", other, Some("No answer"), "PARTIALLY_COMPLETED", ["COMPLETED", "FAILED"]),
        ("retryOrderLine", other, None, "PROVISIONING", ["COMPLETED", "PENDING"]),
        ("startOrderLine", other, None, "PROVISIONING", ["COMPLETED", "IN_PROGRESS"]),
    ];
    for (mutation, line, reason, status, lines) in moves {
        let after = shop.move_line(mutation, line, reason).await;
        assert_eq!(
            (after["status"].as_str(), statuses(&after["lines"])),
            (Some(status), lines.to_vec()),
            "{mutation}"
        );
        if mutation == "failOrderLine" {
            assert_eq!(after["lines"][1]["failureReason"].as_str(), reason);
        }
    }
    let completed = shop.move_line("completeOrderLine", other, None).await;
    assert_eq!(
        (&completed["status"], &completed["lines"][1]["attempts"]),
        (&json!("COMPLETED"), &json!(3))
    );
    assert_eq!(statuses(&completed["subscriptions"]), ["ACTIVE", "ACTIVE"]);

    let failed = shop.bought(&[shop.manual()]).await;
    let line = &failed["lines"][0];
    shop.move_line("startOrderLine", line, None).await;
    let failed = shop.move_line("failOrderLine", line, Some("Sold out")).await;
    assert_eq!(
        (&failed["status"], &failed["subscriptions"][0]["status"]),
        (&json!("FAILED"), &json!("PENDING"))
    );
}

/// APG-05, APG-06, APX-10, APX-25.
async fn a_subscription_changes_through_orders_one_at_a_time(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let bought = shop.place(&[shop.instant()]).await;
    let id = bought["subscriptions"][0]["id"].clone();
    let early = json!({ "id": id, "quantity": 5 });
    let early = shop.api.refused(&shop.world.customer, "changeSubscription", early).await;
    assert_eq!(early["code"], "SUBSCRIPTION_NOT_MODIFIABLE", "it is pending");
    shop.app.run_jobs().await;
    shop.app.advance(TimeDelta::days(10));

    let steps = [
        ("changeSubscription", "ACTIVE", "ACTIVE", 5),
        ("suspendSubscription", "SUSPENDED", "SUSPENDED", 5),
        ("resumeSubscription", "ACTIVE", "ACTIVE", 5),
        ("cancelSubscription", "TERMINATED", "TERMINATED", 5),
    ];
    for (mutation, status, license, quantity) in steps {
        let input = change_of(mutation, &id, 5);
        let order = shop.run(&shop.world.customer, mutation, input.clone()).await;
        let second = shop.api.refused(&shop.world.customer, mutation, input).await;
        assert_eq!(second["code"], "CHANGE_ALREADY_PENDING", "{mutation}");
        shop.app.run_jobs().await;
        let done = shop.order(&order).await;
        assert_eq!(done["status"], "COMPLETED", "{mutation}");
        let subscription = &done["subscriptions"][0];
        assert_eq!(subscription["status"], status, "{mutation}");
        assert_eq!(subscription["quantity"], quantity, "{mutation}");
        let document = "query Run($id: ID!) { subscription(id: $id) {
            license { status userLimit } } }";
        let found = shop.read(document, &id).await;
        let expected = json!({ "status": license, "userLimit": quantity });
        assert_eq!(found["subscription"]["license"], expected, "{mutation}");
        if status == "SUSPENDED" {
            let change = change_of("changeSubscription", &id, 9);
            let refused =
                shop.api.refused(&shop.world.customer, "changeSubscription", change).await;
            assert_eq!(refused["code"], "SUBSCRIPTION_NOT_MODIFIABLE");
        }
    }
    let orders = "query Run($id: ID!) { subscription(id: $id) { orders { totalCount } } }";
    assert_eq!(shop.read(orders, &id).await["subscription"]["orders"]["totalCount"], 5);
    let invoices = shop.invoices().await;
    let lines = invoices[0]["lines"].as_array().unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| line["chargeType"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CYCLE_FEE", "CORRECTION"]);
}

/// APX-25: of two changes, the one that failed waits for the other's end.
async fn a_failed_change_is_not_retried_while_another_is_open(database: Database) {
    let shop = Shop::open_with_approval(database, false).await;
    let bought = shop.place(&[shop.manual()]).await;
    shop.app.run_jobs().await;
    shop.move_line("startOrderLine", &bought["lines"][0], None).await;
    let bought = shop.move_line("completeOrderLine", &bought["lines"][0], None).await;
    let change = async |quantity: i32| {
        let input = change_of("changeSubscription", &bought["subscriptions"][0]["id"], quantity);
        let order = shop.run(&shop.world.customer, "changeSubscription", input).await;
        shop.app.run_jobs().await;
        order["lines"][0].clone()
    };
    let failed = change(2).await;
    shop.move_line("startOrderLine", &failed, None).await;
    shop.move_line("failOrderLine", &failed, Some("Sold out")).await;
    let other = change(3).await;
    let retry = json!({ "id": failed["id"] });
    let refused = shop.api.refused(&shop.world.admin, "retryOrderLine", retry).await;
    assert_eq!(refused["code"], "CHANGE_ALREADY_PENDING");
    shop.move_line("startOrderLine", &other, None).await;
    shop.move_line("completeOrderLine", &other, None).await;
    let retried = shop.move_line("retryOrderLine", &failed, None).await;
    assert_eq!(retried["status"], "PROVISIONING");
}

fn change_of(mutation: &str, id: &Value, quantity: i32) -> Value {
    let mut input = json!({ "id": id });
    if mutation == "changeSubscription" {
        input["quantity"] = json!(quantity);
    }
    input
}

/// APG-09: what comes later goes to a new draft. Each invoice is issued by two at once.
async fn an_issued_invoice_never_changes_and_numbers_have_no_gaps(database: Database) {
    const INVOICES: usize = 8;
    let shop = Arc::new(Shop::open_with_approval(database, false).await);
    for number in 0..INVOICES {
        let agreement = agreement(&shop, &format!("A-{}", number + 2), "PO").await;
        let order = json!({ "agreementId": agreement, "lines": [shop.instant()] });
        shop.place_with(order).await;
    }
    shop.app.run_jobs().await;
    let drafts = shop.invoices().await;
    assert_eq!(drafts.len(), INVOICES);
    let calls = drafts.iter().chain(&drafts).map(|draft| {
        let (shop, id) = (shop.clone(), draft["id"].clone());
        tokio::spawn(async move {
            let input = json!({ "id": id });
            let payload = shop.api.run(&shop.world.admin, "issueInvoice", input, "").await;
            payload["userErrors"][0]["code"].as_str().map(str::to_owned)
        })
    });
    let refusals: Vec<_> = join_all(calls).await.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(refusals, ["INVOICE_ALREADY_ISSUED"; INVOICES]);
    let issued = shop.invoices().await;
    let mut numbers: Vec<_> =
        issued.iter().map(|invoice| invoice["number"].as_str().unwrap()).collect();
    numbers.sort_unstable();
    let expected: Vec<_> = (1..=INVOICES).map(|number| format!("INV-{number:06}")).collect();
    assert_eq!(numbers, expected);

    for invoice in &issued {
        let subscription = &invoice["lines"][0]["subscription"]["id"];
        let change = change_of("changeSubscription", subscription, 9);
        shop.run(&shop.world.customer, "changeSubscription", change).await;
    }
    shop.app.run_jobs().await;
    let later = shop.invoices().await;
    assert_eq!(later.len(), 2 * INVOICES);
    for invoice in &issued {
        assert!(later.contains(invoice), "{invoice}");
    }
}

/// Another agreement of the customer.
async fn agreement(shop: &Shop, number: &str, default_po_number: &str) -> String {
    let input = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "number": number, "currency": "EUR",
        "defaultPoNumber": default_po_number,
    });
    let payload =
        shop.api.done(&shop.world.admin, "createAgreement", input, "agreement { id }").await;
    let id = payload["agreement"]["id"].as_str().unwrap();
    assert!(Id::<AgreementId>::read(id).is_some());
    id.to_owned()
}

fn levels(order: &Value) -> Vec<(bool, &str)> {
    let approvals = order["approvals"].as_array().unwrap();
    approvals
        .iter()
        .map(|answer| (answer["bySeller"] == true, answer["decision"].as_str().unwrap()))
        .collect()
}

fn statuses(objects: &Value) -> Vec<&str> {
    objects.as_array().unwrap().iter().map(|object| object["status"].as_str().unwrap()).collect()
}

/// What is selected of an object, without its name.
fn inside(selection: &str) -> &str {
    let (_, fields) = selection.split_once('{').unwrap();
    fields.rsplit_once('}').unwrap().0
}
