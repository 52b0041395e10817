//! A seller that approves by itself, with offers of every kind, and a customer that buys them.

use chrono::{DateTime, Utc};
use entity::{
    InvoiceId, InvoiceStatus, OrderStatus, SubscriptionId, invoice, invoice_line, order,
    order_line, subscription, subscription_change,
};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    api::Api,
    app::TestApp,
    database::Database,
    given::{self, World},
};

pub(super) struct Shop {
    pub(super) app: TestApp,
    pub(super) api: Api,
    pub(super) world: World,
    instant_product: Value,
    manual_product: Value,
    edition: Value,
}

/// A subscription, and the order line that bought it.
pub(super) struct Bought {
    pub(super) line: Value,
    pub(super) subscription: Value,
}

impl Shop {
    pub(super) async fn open(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let world = given::world_with_approval(&app, false).await;
        let api = Api::of(&app);
        let product = async |provisioning: &str| {
            let input = json!({
                "code": format!("P-{provisioning}"), "name": provisioning, "vendor": "Fabrikam",
                "provisioning": provisioning,
            });
            let payload = api.done(&world.admin, "createProduct", input, "product { id }").await;
            payload["product"]["id"].clone()
        };
        let (instant_product, manual_product) = (product("INSTANT").await, product("MANUAL").await);
        let edition = json!({
            "productId": instant_product, "name": "Any", "features": [], "limitations": [],
            "variables": [],
        });
        let edition = api.done(&world.admin, "createEdition", edition, "edition { id }").await;
        let edition = edition["edition"]["id"].clone();
        Self { app, api, world, instant_product, manual_product, edition }
    }

    /// Lets time pass until then.
    pub(super) fn at(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.app.advance(time - self.app.app.clock.now());
    }

    /// Another edition of what is carried out by the program.
    pub(super) async fn edition(&self, name: &str) -> Value {
        let edition = json!({
            "productId": self.instant_product, "name": name, "features": [], "limitations": [],
            "variables": [],
        });
        let selection = "edition { id }";
        let payload = self.api.done(&self.world.admin, "createEdition", edition, selection).await;
        payload["edition"]["id"].clone()
    }

    /// An offer of which licenses are issued, carried out by the program itself.
    pub(super) async fn instant(&self, billing: &str, period: Option<&str>, price: &str) -> Value {
        let mut offer = self.offer(&self.instant_product, billing, period, "EUR", price);
        offer["editionId"] = self.edition.clone();
        self.create_offer(offer).await
    }

    /// The same with more terms.
    pub(super) async fn offer_with(
        &self,
        billing: &str,
        period: Option<&str>,
        price: &str,
        terms: &Value,
    ) -> Value {
        let mut offer = self.offer(&self.instant_product, billing, period, "EUR", price);
        for (field, value) in terms.as_object().unwrap() {
            offer[field] = value.clone();
        }
        self.create_offer(offer).await
    }

    /// The same in another currency.
    pub(super) async fn instant_in(&self, currency: &str, price: &str) -> Value {
        let period = Some("MONTHLY");
        let mut offer = self.offer(&self.instant_product, "RECURRING", period, currency, price);
        offer["editionId"] = self.edition.clone();
        self.create_offer(offer).await
    }

    /// An offer that people carry out.
    pub(super) async fn manual(&self, period: &str, price: &str) -> Value {
        let offer = self.offer(&self.manual_product, "RECURRING", Some(period), "EUR", price);
        self.create_offer(offer).await
    }

    /// An offer that people carry out and that is charged once.
    pub(super) async fn manual_once(&self, price: &str) -> Value {
        let offer = self.offer(&self.manual_product, "ONE_TIME", None, "EUR", price);
        self.create_offer(offer).await
    }

    fn offer(
        &self,
        product: &Value,
        billing: &str,
        period: Option<&str>,
        currency: &str,
        price: &str,
    ) -> Value {
        json!({
            "productId": product, "code": Uuid::new_v4().to_string(), "name": "Seats",
            "billing": billing, "billingPeriod": period,
            "prices": [{ "currency": currency, "unitAmount": price, "taxBasisPoints": 2500 }],
        })
    }

    async fn create_offer(&self, offer: Value) -> Value {
        let payload = self.api.done(&self.world.admin, "createOffer", offer, "offer { id }").await;
        payload["offer"]["id"].clone()
    }

    pub(super) async fn buy(&self, offer: &Value, quantity: i32) -> Bought {
        self.buy_with(json!({ "lines": [{ "offerId": offer, "quantity": quantity }] })).await
    }

    /// Buys one line, and lets the program carry it out as far as it does.
    pub(super) async fn buy_with(&self, mut input: Value) -> Bought {
        input["submit"] = json!(true);
        let selection = "order { id lines { id subscription { id } } }";
        let payload = self.api.done(&self.world.customer, "createOrder", input, selection).await;
        self.app.run_jobs().await;
        let line = &payload["order"]["lines"][0];
        Bought { line: line["id"].clone(), subscription: line["subscription"]["id"].clone() }
    }

    /// Orders another quantity, and lets the program carry it out as far as it does. Gives the order's line.
    pub(super) async fn change(&self, subscription: &Value, quantity: i32) -> Value {
        self.change_with(json!({ "id": subscription, "quantity": quantity })).await
    }

    pub(super) async fn change_with(&self, input: Value) -> Value {
        let selection = "order { lines { id } }";
        let payload =
            self.api.done(&self.world.customer, "changeSubscription", input, selection).await;
        self.app.run_jobs().await;
        payload["order"]["lines"][0]["id"].clone()
    }

    /// Orders something about a subscription, and lets the program carry it out. Gives the order's line.
    pub(super) async fn order(&self, mutation: &str, input: Value) -> Value {
        let selection =
            "order { lines { id net { minorUnits } takesEffectOn charges { ...Charge } } }";
        let selection = selection.replace("...Charge", CHARGE);
        let payload = self.api.done(&self.world.customer, mutation, input, &selection).await;
        self.app.run_jobs().await;
        payload["order"]["lines"][0].clone()
    }

    /// With which code something is refused, and for which field.
    pub(super) async fn refused(&self, mutation: &str, input: Value) -> (String, String) {
        let error = self.api.refused(&self.world.customer, mutation, input).await;
        let field = error["field"].as_array().unwrap().first();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&error["code"]), field.map(text).unwrap_or_default())
    }

    /// Lets time pass until then, and the program do what is due.
    pub(super) async fn pass(&self, time: &str) {
        self.at(time);
        self.app.run_jobs().await;
    }

    /// What happened to a subscription and what is to happen, in the order in which it was asked for.
    pub(super) async fn scheduled(&self, subscription: &Value) -> Vec<subscription_change::Model> {
        use subscription_change::Column;
        subscription_change::Entity::find()
            .filter(Column::SubscriptionId.eq(id::<SubscriptionId>(subscription)))
            .order_by_asc(Column::ChangeNumber)
            .all(self.app.app.store.readers())
            .await
            .unwrap()
    }

    /// Does something to a line as the seller.
    pub(super) async fn move_line(&self, mutation: &str, line: &Value) {
        let mut input = json!({ "id": line });
        if mutation == "failOrderLine" {
            input["reason"] = json!("Too late.");
        }
        self.api.done(&self.world.admin, mutation, input, "").await;
        self.app.run_jobs().await;
    }

    /// Where a line's order stands, and why the line failed.
    pub(super) async fn outcome(&self, line: &Value) -> (OrderStatus, Option<String>) {
        let readers = self.app.app.store.readers();
        let line = order_line::Entity::find_by_id(id::<entity::OrderLineId>(line));
        let line = line.one(readers).await.unwrap().unwrap();
        let order = order::Entity::find_by_id(line.order_id).one(readers).await.unwrap().unwrap();
        (order.status, line.failure_reason)
    }

    /// What was charged for a subscription, in its order.
    pub(super) async fn charges(&self, subscription: &Value) -> Vec<i64> {
        self.lines(subscription).await.into_iter().map(|line| line.net_amount).collect()
    }

    pub(super) async fn lines(&self, subscription: &Value) -> Vec<invoice_line::Model> {
        invoice_line::Entity::find()
            .inner_join(invoice::Entity)
            .filter(invoice_line::Column::SubscriptionId.eq(id::<SubscriptionId>(subscription)))
            .order_by_asc(invoice_line::Column::CreatedAt)
            .order_by_asc(invoice::Column::ClosesOn)
            .order_by_asc(invoice_line::Column::LineNumber)
            .all(self.app.app.store.readers())
            .await
            .unwrap()
    }

    pub(super) async fn subscription(&self, subscription: &Value) -> subscription::Model {
        subscription::Entity::find_by_id(id::<SubscriptionId>(subscription))
            .one(self.app.app.store.readers())
            .await
            .unwrap()
            .unwrap()
    }

    /// The customer's newest invoice.
    pub(super) async fn invoice(&self) -> invoice::Model {
        invoice::Entity::find()
            .order_by_desc(invoice::Column::Id)
            .one(self.app.app.store.readers())
            .await
            .unwrap()
            .unwrap()
    }

    pub(super) async fn drafts(&self) -> Vec<invoice::Model> {
        invoice::Entity::find()
            .filter(invoice::Column::Status.eq(InvoiceStatus::Draft))
            .all(self.app.app.store.readers())
            .await
            .unwrap()
    }

    /// A document as it is now.
    pub(super) async fn document(&self, id: InvoiceId) -> invoice::Model {
        let document = invoice::Entity::find_by_id(id).one(self.app.app.store.readers()).await;
        document.unwrap().unwrap()
    }

    /// Issues the only draft, and gives it as it is then.
    pub(super) async fn issue_draft(&self) -> invoice::Model {
        let drafts = self.drafts().await;
        let [draft] = drafts.as_slice() else { panic!("{drafts:?}") };
        self.issue(draft).await;
        self.document(draft.id).await
    }

    pub(super) async fn issue(&self, invoice: &invoice::Model) {
        let input = json!({ "id": Id(invoice.id).to_string() });
        self.api.done(&self.world.admin, "issueInvoice", input, "").await;
    }
}

/// All of a line that is charged, or would be.
pub(super) const CHARGE: &str =
    "chargeType description startsOn endsOn share { days ofDays } quantity
    amount { minorUnits } dueOn";

/// An id as the database has it.
pub(super) fn id<T: From<Uuid>>(id: &Value) -> T {
    let (_, uuid) = id.as_str().unwrap().rsplit_once('_').unwrap();
    Uuid::parse_str(uuid).unwrap().into()
}
