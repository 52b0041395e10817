//! A seller's world, and what is done in it through the schema.

use domain::viewer::{Scope, Viewer};
use entity::{OrderId, PartnerId, Role, order};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::{
    api::Api,
    app::TestApp,
    database::Database,
    given::{self, World, viewer},
};

/// What is selected of an order.
const ORDER: &str = "order { id status version reason externalReference
    lines { id status attemptCount failureReason holdReason }
    approvals { level bySeller decision decidedBy reason }
    subscriptions { id status quantity reason externalReference unitPrice { minorUnits } } }";

/// A seller whose orders wait for approval, unless it is opened otherwise, and a customer that buys.
pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) api: Api,
    pub(crate) world: World,
}

impl Shop {
    pub(crate) async fn open(database: Database) -> Self {
        Self::open_with_approval(database, true).await
    }

    pub(crate) async fn open_with_approval(database: Database, required: bool) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, required).await;
        Self { api: Api::of(&app), app, world }
    }

    /// A line that buys the instant offer.
    pub(crate) fn instant(&self, quantity: i32) -> Value {
        json!({ "offerId": Id(self.world.instant_offer).to_string(), "quantity": quantity })
    }

    /// A line that buys the manual offer.
    pub(crate) fn manual(&self) -> Value {
        json!({ "offerId": Id(self.world.manual_offer).to_string(), "quantity": 1 })
    }

    /// An order of the customer under its agreement.
    pub(crate) async fn place(&self, lines: &[Value]) -> Value {
        self.place_with(json!({ "lines": lines })).await
    }

    pub(crate) async fn place_with(&self, mut input: Value) -> Value {
        let agreement = Id(self.world.agreement_id).to_string();
        input["submit"] = json!(true);
        if input.get("agreementId").is_none() {
            input["agreementId"] = json!(agreement);
        }
        self.run(&self.world.customer, "createOrder", input).await
    }

    /// Runs a mutation that must succeed and gives the order in its payload.
    pub(crate) async fn run(&self, viewer: &Viewer, mutation: &str, input: Value) -> Value {
        self.api.done(viewer, mutation, input, ORDER).await["order"].take()
    }

    async fn approve(&self, order: &Value) -> Value {
        self.run(&self.world.approver(), "approveOrder", json!({ "id": order["id"] })).await
    }

    /// Approves an order and carries it out as far as nobody is needed for it.
    pub(crate) async fn carry_out(&self, order: &Value) -> Value {
        self.approve(order).await;
        self.app.run_jobs().await;
        self.order(order).await
    }

    /// An order that was placed and carried out.
    pub(crate) async fn bought(&self, lines: &[Value]) -> Value {
        let order = self.place(lines).await;
        self.carry_out(&order).await
    }

    pub(crate) async fn order(&self, order: &Value) -> Value {
        let document = format!("query Run($id: ID!) {{ order(id: $id) {{ {} }} }}", inside(ORDER));
        self.read(&document, &order["id"]).await["order"].take()
    }

    /// Gives an order another version, as no use case does while it waits for approval.
    pub(crate) async fn change_behind_its_back(&self, order: &Value) {
        let Id(id) = Id::<OrderId>::read(order["id"].as_str().unwrap()).unwrap();
        let txn = self.app.app.store.begin(self.world.tenant_id).await.unwrap();
        order::Entity::update_many()
            .col_expr(order::Column::Version, Expr::col(order::Column::Version).add(1))
            .filter(order::Column::Id.eq(id))
            .exec(&txn)
            .await
            .unwrap();
        txn.commit().await.unwrap();
    }

    pub(crate) async fn move_line(
        &self,
        mutation: &str,
        line: &Value,
        reason: Option<&str>,
    ) -> Value {
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
    pub(crate) async fn triggers(&self, order: &Value) -> Vec<String> {
        let document = "query Run($id: ID!) { order(id: $id) {
            history(first: 100) { nodes { trigger } } } }";
        let read = self.read(document, &order["id"]).await;
        let nodes = read["order"]["history"]["nodes"].as_array().unwrap();
        nodes.iter().filter_map(|event| event["trigger"].as_str()).map(str::to_owned).collect()
    }

    /// Answers a document about one id as the administrator.
    pub(crate) async fn read(&self, document: &str, id: &Value) -> Value {
        self.api.read(&self.world.admin, document, json!({ "id": id })).await
    }

    /// The customer's invoices, oldest first, with their lines.
    pub(crate) async fn invoices(&self) -> Vec<Value> {
        let document = "query Run { invoices(first: 50,
            orderBy: { field: CREATED_AT, direction: ASC }) { nodes {
            id number status version totals { gross { minorUnits } }
            lines { chargeType quantity poNumber externalReference net { minorUnits }
            subscription { id } } } } }";
        let read = self.api.read(&self.world.admin, document, json!({})).await;
        read["invoices"]["nodes"].as_array().unwrap().clone()
    }

    pub(crate) async fn settings(&self, settings: Value) {
        self.api.done(&self.world.admin, "updateTenantSettings", settings, "").await;
    }

    /// Another agreement of the customer.
    pub(crate) async fn agreement(&self, number: &str, default_po_number: &str) -> String {
        let input = json!({
            "customerId": Id(self.world.customer_id).to_string(), "number": number,
            "currency": "EUR", "defaultPoNumber": default_po_number,
        });
        let payload =
            self.api.done(&self.world.admin, "createAgreement", input, "agreement { id }").await;
        payload["agreement"]["id"].as_str().unwrap().to_owned()
    }

    /// Puts the customer below partners that must approve, each of them below the one before, and gives an approver of
    /// each.
    pub(crate) async fn put_below<const N: usize>(&mut self, numbers: [&str; N]) -> [Viewer; N] {
        let admin = &self.world.admin;
        let mut partners: Vec<PartnerId> = Vec::new();
        for number in numbers {
            let input = json!({
                "partnerNumber": number, "name": number, "approvalRequired": true,
                "parentId": partners.last().map(|above| Id(*above).to_string()),
            });
            let payload = self.api.done(admin, "createPartner", input, "partner { id }").await;
            let Id(own) = Id::read(payload["partner"]["id"].as_str().unwrap()).unwrap();
            partners.push(own);
        }
        let partner = partners.last().copied();
        let moved = json!({
            "id": Id(self.world.customer_id).to_string(),
            "partnerId": partner.map(|own| Id(own).to_string()),
        });
        self.api.done(admin, "updateCustomer", moved, "").await;
        self.world.customer.scope = Scope::Customer { own: self.world.customer_id, partner };
        std::array::from_fn(|level| {
            let scope =
                Scope::Partner { own: partners[level], partners: partners[level..].to_vec() };
            viewer(self.world.tenant_id, Role::Approver, scope)
        })
    }
}

pub(crate) fn statuses(objects: &Value) -> Vec<&str> {
    objects.as_array().unwrap().iter().map(|object| object["status"].as_str().unwrap()).collect()
}

/// What is selected of an object, without its name.
fn inside(selection: &str) -> &str {
    let (_, fields) = selection.split_once('{').unwrap();
    fields.rsplit_once('}').unwrap().0
}
