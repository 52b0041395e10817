//! A customer goes to another partner. What was sold stays with who sold it; the customer goes.

use domain::viewer::{Scope, Viewer};
use entity::{InvoiceLineId, InvoiceStatus, PartnerId, Role, invoice, invoice_line};
use ordergate::graphql::id::Id;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
    },
};

on_both_databases!(
    what_the_new_partner_sells_is_on_an_invoice_of_its_own,
    neither_partner_reaches_what_the_other_one_sold,
    feeds_tell_each_partner_of_its_own_sales_only,
    what_was_sold_before_is_changed_and_charged_by_who_sold_it,
    the_customer_and_its_agreements_go_with_it,
    a_former_partner_finds_nothing_by_what_the_customer_is_called,
    a_draft_of_the_former_partner_cannot_be_submitted,
    a_customer_that_comes_back_is_charged_on_the_draft_that_is_open,
    of_an_invoice_with_lines_of_two_each_partner_sees_its_own,
);

/// A seller with two partners, and a customer that goes from the one to the other.
struct Shop {
    app: TestApp,
    api: Api,
    world: World,
    former: Partner,
    new: Partner,
    customer: String,
    agreement: String,
}

struct Partner {
    id: String,
    viewer: Viewer,
}

impl Shop {
    async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, false).await;
        let api = Api::of(&app);
        let former = partner(&api, &world, "FORMER").await;
        let new = partner(&api, &world, "LATTER").await;
        let customer = Id(world.customer_id).to_string();
        let agreement = Id(world.agreement_id).to_string();
        let shop = Self { app, api, world, former, new, customer, agreement };
        shop.goes_to(&shop.former).await;
        shop
    }

    async fn goes_to(&self, partner: &Partner) {
        let input = json!({ "id": self.customer, "partnerId": partner.id });
        self.api.done(&self.world.admin, "updateCustomer", input, "").await;
    }

    /// The customer as a caller, while it buys from a partner.
    fn customer_of(&self, partner: &Partner) -> Viewer {
        let Id(own) = Id::<PartnerId>::read(&partner.id).unwrap();
        let scope = Scope::Customer { own: self.world.customer_id, partner: Some(own) };
        Viewer { scope, ..self.world.customer.clone() }
    }

    /// An order by a partner for the customer, carried out.
    async fn sells(&self, partner: &Partner, quantity: i32) -> Value {
        let offer = Id(self.world.instant_offer).to_string();
        let input = json!({
            "customerId": self.customer, "agreementId": self.agreement, "submit": true,
            "lines": [{ "offerId": offer, "quantity": quantity }],
        });
        let selection = "order { id subscriptions { id } }";
        let order = self.api.done(&partner.viewer, "createOrder", input, selection).await;
        self.app.run_jobs().await;
        order["order"].clone()
    }

    /// What the former partner sold 5 of, and then, after the move, the new one 7.
    async fn two_sales(&self) -> (Value, Value) {
        let before = self.sells(&self.former, 5).await;
        self.goes_to(&self.new).await;
        (before, self.sells(&self.new, 7).await)
    }

    /// All that a caller finds in lists.
    async fn lists(&self, viewer: &Viewer) -> Value {
        let document = "{
            orders { totalCount nodes { id totals { net { minorUnits } } lines { quantity } } }
            subscriptions { totalCount nodes { id quantity
                invoiceLines { nodes { id net { minorUnits } invoice { id } } }
                orders { nodes { id } } } }
            licenses { totalCount nodes { id userLimit } }
            invoices { totalCount nodes { id version totals { net { minorUnits } }
                lines { id net { minorUnits } subscription { id } orderLine { id } } } } }";
        self.api.read(viewer, document, json!({})).await
    }

    async fn invoices(&self, viewer: &Viewer) -> Vec<Value> {
        self.lists(viewer).await["invoices"]["nodes"].as_array().unwrap().clone()
    }
}

async fn partner(api: &Api, world: &World, number: &str) -> Partner {
    let input = json!({ "partnerNumber": number, "name": number });
    let payload = api.done(&world.admin, "createPartner", input, "partner { id }").await;
    let id = payload["partner"]["id"].as_str().unwrap().to_owned();
    let Id(own) = Id::<PartnerId>::read(&id).unwrap();
    let scope = Scope::Partner { own, partners: vec![own] };
    Partner { viewer: viewer(world.tenant_id, Role::Partner, scope), id }
}

async fn what_the_new_partner_sells_is_on_an_invoice_of_its_own(database: Database) {
    let shop = Shop::open(database).await;
    shop.sells(&shop.former, 5).await;
    shop.goes_to(&shop.new).await;
    let before = shop.lists(&shop.former.viewer).await;
    assert_eq!(before["invoices"]["nodes"][0]["totals"]["net"]["minorUnits"], "5000");
    assert_eq!(shop.invoices(&shop.new.viewer).await, Vec::<Value>::new());

    shop.sells(&shop.new, 7).await;
    assert_eq!(shop.lists(&shop.former.viewer).await, before, "not even a version has changed");
    let invoices = shop.invoices(&shop.new.viewer).await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["totals"]["net"]["minorUnits"], "7000");
    assert_eq!(invoices[0]["lines"].as_array().unwrap().len(), 1);
    for everything in [&shop.world.admin, &shop.customer_of(&shop.new)] {
        assert_eq!(shop.invoices(everything).await.len(), 2);
    }

    // Issued, each is what its partner asks for.
    for (partner, net) in [(&shop.former, "5000"), (&shop.new, "7000")] {
        let draft = &shop.invoices(&partner.viewer).await[0];
        let input = json!({ "id": draft["id"] });
        let selection = "invoice { totals { net { minorUnits } } partner { id } }";
        let issued = shop.api.done(&shop.world.admin, "issueInvoice", input, selection).await;
        assert_eq!(issued["invoice"]["totals"]["net"]["minorUnits"], net);
        assert_eq!(issued["invoice"]["partner"]["id"], partner.id);
    }
}

async fn neither_partner_reaches_what_the_other_one_sold(database: Database) {
    let shop = Shop::open(database).await;
    shop.two_sales().await;
    let sides = [(&shop.former, &shop.new), (&shop.new, &shop.former)];
    for (own, other) in sides {
        let others = shop.lists(&other.viewer).await;
        let seen = shop.lists(&own.viewer).await.to_string();
        let ids = ids_in(&others);
        assert!(ids.len() >= 5, "{ids:?}");
        for id in &ids {
            assert!(!seen.contains(id.as_str()), "{id} in {seen}");
            let node = "query Run($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }";
            let found = shop.api.ask(Some(&own.viewer), node, json!({ "id": id })).await;
            assert_eq!(found["data"], json!({ "node": null, "nodes": [null] }), "{id}");
        }
        // Nor by the customer, the agreement, or an amount.
        let amount = if own.id == shop.former.id { "\"7000\"" } else { "\"5000\"" };
        assert!(!seen.contains(amount), "{seen}");
        let narrowed = "query Run($customer: ID!, $agreement: ID!) {
            orders(filter: { customerId: $customer }) { totalCount }
            invoices(filter: { agreementId: $agreement }) { totalCount }
            subscriptions(filter: { customerId: $customer }) { totalCount } }";
        let arguments = json!({ "customer": shop.customer, "agreement": shop.agreement });
        let found = shop.api.read(&own.viewer, narrowed, arguments).await;
        for list in ["orders", "invoices", "subscriptions"] {
            assert_eq!(found[list]["totalCount"], 1, "{list}");
        }
        let counts = "subscription { orderCounts { totalCount } }";
        let counts = shop.api.first(Some(&own.viewer), counts, json!({})).await;
        assert_eq!(counts["data"]["orderCounts"]["totalCount"], 1);
    }
}

/// The id of every node in an answer.
fn ids_in(answer: &Value) -> Vec<String> {
    match answer {
        // Lines are reached from what they are part of.
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| *name != "lines" && *name != "invoiceLines")
            .flat_map(|(name, value)| match value.as_str() {
                Some(id) if name == "id" => vec![id.to_owned()],
                Some(_) | None => ids_in(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(ids_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

async fn feeds_tell_each_partner_of_its_own_sales_only(database: Database) {
    const EVENTS: &str = "subscription Run($after: FeedCursor!) { events(after: $after) {
        orderId invoice { totals { net { minorUnits } } } } }";
    const MOVES: &str = "subscription Run($after: FeedCursor!) {
        orderStatusChanged(after: $after) { orderId } }";
    let shop = Shop::open(database).await;
    shop.sells(&shop.former, 5).await;
    shop.goes_to(&shop.new).await;
    shop.app.all_positions_given().await;
    let cursor = shop.api.read(&shop.world.admin, "{ feedCursor }", json!({})).await;
    let after = json!({ "after": cursor["feedCursor"] });
    shop.sells(&shop.new, 7).await;
    shop.app.all_positions_given().await;
    for document in [EVENTS, MOVES] {
        let told = shop.api.first(Some(&shop.former.viewer), document, after.clone()).await;
        assert_eq!(told, Value::Null);
        for told in [&shop.new.viewer, &shop.customer_of(&shop.new), &shop.world.admin] {
            let told = shop.api.first(Some(told), document, after.clone()).await;
            assert_eq!(told.get("errors"), None);
            assert_ne!(told, Value::Null);
        }
    }
}

async fn what_was_sold_before_is_changed_and_charged_by_who_sold_it(database: Database) {
    let shop = Shop::open(database).await;
    let (before, _) = shop.two_sales().await;
    let new = shop.lists(&shop.new.viewer).await;
    let change =
        json!({ "id": before["subscriptions"][0]["id"], "quantity": 6, "reference": "More" });
    let not_found = shop.api.refused(&shop.new.viewer, "changeSubscription", change.clone()).await;
    assert_eq!(not_found["code"], "SUBSCRIPTION_NOT_FOUND");
    shop.api.done(&shop.customer_of(&shop.new), "changeSubscription", change, "").await;
    shop.app.run_jobs().await;
    let invoices = shop.invoices(&shop.former.viewer).await;
    assert_eq!((invoices.len(), invoices[0]["lines"].as_array().unwrap().len()), (1, 2));
    assert_eq!(shop.lists(&shop.new.viewer).await, new);
}

async fn the_customer_and_its_agreements_go_with_it(database: Database) {
    let shop = Shop::open(database).await;
    let (before, after) = shop.two_sales().await;
    let document = "query Run($customer: ID!, $agreement: ID!, $order: ID!) {
        customer(id: $customer) { id } agreement(id: $agreement) { id }
        order(id: $order) { customer { id } agreement { id } partner { id } }
        customers { totalCount } agreements { totalCount } }";
    let seen = async |viewer: &Viewer, order: &Value| {
        let arguments = json!({
            "customer": shop.customer, "agreement": shop.agreement, "order": order["id"],
        });
        shop.api.read(viewer, document, arguments).await
    };
    let (customer, agreement) = (json!({ "id": shop.customer }), json!({ "id": shop.agreement }));
    let expected = json!({
        "customer": null, "agreement": null,
        "order": { "customer": null, "agreement": null, "partner": { "id": shop.former.id } },
        "customers": { "totalCount": 0 }, "agreements": { "totalCount": 0 },
    });
    assert_eq!(seen(&shop.former.viewer, &before).await, expected);
    let expected = json!({
        "customer": customer, "agreement": agreement,
        "order": { "customer": customer, "agreement": agreement, "partner": { "id": shop.new.id } },
        "customers": { "totalCount": 1 }, "agreements": { "totalCount": 1 },
    });
    assert_eq!(seen(&shop.new.viewer, &after).await, expected);

    let order = json!({
        "customerId": shop.customer,
        "lines": [{ "offerId": Id(shop.world.instant_offer).to_string(), "quantity": 1 }],
    });
    let refused = shop.api.refused(&shop.former.viewer, "createOrder", order).await;
    assert_eq!(refused["code"], "CUSTOMER_NOT_FOUND");
}

async fn a_former_partner_finds_nothing_by_what_the_customer_is_called(database: Database) {
    let shop = Shop::open(database).await;
    shop.two_sales().await;
    let called = json!({ "id": shop.customer, "name": "Zubrovka" });
    shop.api.done(&shop.new.viewer, "updateCustomer", called, "").await;
    let found = async |partner: &Partner, text: &str| {
        let document = "query Run($text: String!) {
            orders(filter: { text: $text }) { totalCount }
            subscriptions(filter: { text: $text }) { totalCount }
            licenses(filter: { text: $text }) { totalCount }
            invoices(filter: { text: $text }) { totalCount } }";
        let found = shop.api.read(&partner.viewer, document, json!({ "text": text })).await;
        ["orders", "subscriptions", "licenses", "invoices"]
            .map(|list| found[list]["totalCount"].as_i64().unwrap())
    };
    assert_eq!(found(&shop.new, "zubrov").await, [1, 1, 1, 1]);
    assert_eq!(found(&shop.former, "zubrov").await, [0, 0, 0, 0]);
    // Every word must be found, one of them by the order's own number.
    assert_eq!(found(&shop.new, "ORD zubrovka").await, [1, 0, 0, 0]);
    assert_eq!(found(&shop.former, "ORD zubrovka").await, [0, 0, 0, 0]);
    assert_eq!(found(&shop.former, "ORD").await, [1, 0, 0, 0]);
}

async fn a_draft_of_the_former_partner_cannot_be_submitted(database: Database) {
    let shop = Shop::open(database).await;
    let draft = json!({
        "lines": [{ "offerId": Id(shop.world.instant_offer).to_string(), "quantity": 1 }],
    });
    let customer = shop.customer_of(&shop.former);
    let draft = shop.api.done(&customer, "createOrder", draft, "order { id version }").await;
    let id = json!({ "id": draft["order"]["id"] });
    shop.goes_to(&shop.new).await;
    for viewer in [&shop.customer_of(&shop.new), &shop.former.viewer, &shop.world.admin] {
        let refused = shop.api.refused(viewer, "submitOrder", id.clone()).await;
        assert_eq!(refused["code"], "CUSTOMER_MOVED");
        assert_eq!(
            (&refused["currentStatus"], &refused["currentVersion"]),
            (&json!("DRAFT"), &draft["order"]["version"])
        );
    }
    let refused = shop.api.refused(&shop.new.viewer, "submitOrder", id.clone()).await;
    assert_eq!(refused["code"], "ORDER_NOT_FOUND");
    shop.goes_to(&shop.former).await;
    shop.api.done(&customer, "submitOrder", id, "").await;
}

async fn a_customer_that_comes_back_is_charged_on_the_draft_that_is_open(database: Database) {
    let shop = Shop::open(database).await;
    shop.two_sales().await;
    shop.goes_to(&shop.former).await;
    shop.sells(&shop.former, 2).await;
    let invoices = shop.invoices(&shop.former.viewer).await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["totals"]["net"]["minorUnits"], "7000", "5,000 and 2,000");
    assert_eq!(shop.invoices(&shop.world.admin).await.len(), 2);
}

/// Such invoices are there from the time when a customer had one draft for all.
async fn of_an_invoice_with_lines_of_two_each_partner_sees_its_own(database: Database) {
    let shop = Shop::open(database).await;
    let (before, after) = shop.two_sales().await;
    let readers = shop.app.app.store.readers();
    let of = async |partner: &Partner| {
        let Id(id) = Id::<PartnerId>::read(&partner.id).unwrap();
        let drafts = invoice::Entity::find()
            .filter(invoice::Column::PartnerId.eq(id))
            .filter(invoice::Column::Status.eq(InvoiceStatus::Draft));
        drafts.one(readers).await.unwrap().unwrap()
    };
    let lines = invoice_line::Entity::find()
        .filter(invoice_line::Column::InvoiceId.eq(of(&shop.new).await.id));
    let line = lines.one(readers).await.unwrap().unwrap();
    let row = invoice_line::Model { line_number: 2, ..line };
    let mut row = row.into_active_model().reset_all();
    row.id = Set(InvoiceLineId(Uuid::now_v7()));
    row.invoice_id = Set(of(&shop.former).await.id);
    row.order_line_id = Set(None);
    row.cause = Set(String::new());
    let txn = shop.app.app.store.begin(shop.world.tenant_id).await.unwrap();
    invoice_line::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
    txn.commit().await.unwrap();

    let invoices = shop.invoices(&shop.former.viewer).await;
    assert_eq!(invoices.len(), 1);
    assert_eq!(invoices[0]["totals"]["net"]["minorUnits"], "5000");
    let lines = invoices[0]["lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["subscription"]["id"], before["subscriptions"][0]["id"]);
    let seen = shop.lists(&shop.new.viewer).await;
    let charged = seen["subscriptions"]["nodes"][0]["invoiceLines"]["nodes"].as_array().unwrap();
    assert_eq!(seen["subscriptions"]["nodes"][0]["id"], after["subscriptions"][0]["id"]);
    assert_eq!(charged.iter().filter(|line| line["invoice"].is_null()).count(), 1);
    let all = shop.invoices(&shop.world.admin).await;
    let nets = all.iter().map(|invoice| invoice["totals"]["net"]["minorUnits"].clone());
    assert!(nets.collect::<Vec<_>>().contains(&json!("12000")));
}
