//! What documents are asked about: the made-up seller, with what seldom happens to one, and another beside it.

use entity::{
    InvoiceLineId, LicenseId, OrderStatus, PartnerId, TenantId, api_key, customer, invoice,
    invoice_line, license, subscription,
};
use ordergate::{
    demo::{self, Wishes},
    graphql::id::Id,
    viewer::Viewer,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::tables::Tables;
use crate::support::{api::Api, app::TestApp, database::Database, server::Server};

const PURCHASES: usize = 60;
const OTHER_PURCHASES: usize = 6;

pub(super) struct World {
    // Stops before the app.
    pub(super) server: Server,
    pub(super) tables: Tables,
    /// With each caller's secret.
    pub(super) keys: Vec<(api_key::Model, String)>,
    _app: TestApp,
}

/// Changes the world through the API, as its administrator.
struct Changes<'w> {
    app: &'w TestApp,
    api: &'w Api,
    admin: Viewer,
}

impl World {
    pub(super) async fn make(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let wishes = |purchases| Wishes { purchases, seed: 7 };
        let shop = demo::make(&app.app, wishes(PURCHASES)).await.unwrap().shop.tenant_id;
        let other = demo::make(&app.app, wishes(OTHER_PURCHASES)).await.unwrap().shop.tenant_id;
        let (server, api) = (Server::start(&app).await, Api::of(&app));
        let changes = Changes { app: &app, api: &api, admin: Viewer::system(shop) };
        changes.things_change().await;
        let moved = changes.customers_move().await;
        changes.an_invoice_has_lines_of_two_partners().await;

        let tables = changes.tables().await;
        let partner = |number| json!(id_of_partner(&tables, shop, number));
        let customer = |number| json!(id_of_customer(&tables, shop, number));
        let mut secrets = Vec::new();
        for (role, speaks_for) in [
            ("ADMIN", json!({})),
            ("SELLER", json!({})),
            ("APPROVER", json!({})),
            ("APPROVER", json!({ "partnerId": partner("P-110") })),
            ("PARTNER", json!({ "partnerId": partner("P-100") })),
            ("PARTNER", json!({ "partnerId": partner("P-110") })),
            ("PARTNER", json!({ "partnerId": partner("P-200") })),
            ("CUSTOMER", json!({ "customerId": customer("C-1004") })),
            ("CUSTOMER", json!({ "customerId": customer("C-1002") })),
            ("CUSTOMER", json!({ "customerId": moved })),
            ("PROVISIONER", json!({})),
            ("AUDITOR", json!({})),
        ] {
            secrets.push(changes.new_key(role, speaks_for).await);
        }
        let others = Changes { admin: Viewer::system(other), ..changes };
        secrets.push(others.new_key("ADMIN", json!({})).await);
        for secret in &secrets[..2] {
            changes.callers_buy(&server, secret).await;
        }

        app.run_jobs().await;
        app.all_positions_given().await;
        let tables = changes.tables().await;
        let keys = secrets.into_iter().map(|secret| {
            let key = tables.api_key.iter().find(|key| secret.contains(&key.prefix)).unwrap();
            (key.clone(), secret)
        });
        let keys = keys.collect();
        Self { server, tables, keys, _app: app }
    }
}

impl Changes<'_> {
    async fn tables(&self) -> Tables {
        Tables::read(self.app.app.store.readers()).await
    }

    fn tenant(&self) -> TenantId {
        self.admin.tenant_id
    }

    async fn run(&self, mutation: &str, input: Value, selection: &str) -> Value {
        self.api.done(&self.admin, mutation, input, selection).await
    }

    async fn new_key(&self, role: &str, speaks_for: Value) -> String {
        let mut input = json!({ "name": format!("{role} \"key\" \\ ü €"), "role": role });
        input.as_object_mut().unwrap().extend(speaks_for.as_object().unwrap().clone());
        let payload = self.run("createApiKey", input, "secret").await;
        payload["secret"].as_str().unwrap().to_owned()
    }

    /// What the made-up seller has no example of.
    async fn things_change(&self) {
        let tables = self.tables().await;
        let of_tenant = self.tenant();
        let customer = id_of_customer(&tables, of_tenant, "C-1004");
        let details = json!({
            "id": customer, "phone": "+45 \"12\" 34", "street": "Ågade 7\\2", "postalCode": "8000",
            "name": "Kaya <Dental> & \u{1f9b7} Søn",
        });
        self.run("updateCustomer", details, "").await;
        let bare = json!({
            "id": id_of_customer(&tables, of_tenant, "C-1008"), "email": null, "city": null, "country": null,
        });
        self.run("updateCustomer", bare, "").await;
        let settings = json!({ "approvalLapseDays": 30, "name": "Northwind \"Cloud\"" });
        self.run("updateTenantSettings", settings, "").await;

        let products = || tables.product.iter().filter(|row| row.tenant_id == of_tenant);
        let product = Id(products().find(|row| row.code == "CIRRUS-WORK").unwrap().id).to_string();
        let edition = json!({
            "productId": product, "name": "Large", "features": ["b", "a"],
            "limitations": [{ "name": "seats", "value": 9 }, { "name": "Disks", "value": 2 }],
            "variables": [{ "name": "region", "value": "eu\nnorth" }, { "name": "plan", "value": "" }],
        });
        let edition = self.run("createEdition", edition, "edition { id }").await;
        let offer = json!({
            "productId": product, "code": "YEN", "name": "In yen", "description": "a\nb",
            "billing": "RECURRING", "billingPeriod": "YEARLY", "minQuantity": 1,
            "maxQuantity": 2_000_000_000, "editionId": edition["edition"]["id"],
            "prices": [
                { "currency": "JPY", "unitAmount": "1005", "taxBasisPoints": 1_000 },
                { "currency": "BHD", "unitAmount": "5", "taxBasisPoints": 5 },
            ],
        });
        let offer = self.run("createOffer", offer, "offer { id }").await;
        for currency in ["JPY", "BHD"] {
            let agreement =
                json!({ "customerId": customer, "number": currency, "currency": currency });
            let agreement = self.run("createAgreement", agreement, "agreement { id }").await;
            let order = json!({
                "customerId": customer, "agreementId": agreement["agreement"]["id"],
                "startAt": "2026-03-02T09:00:00.000100Z", "submit": true,
                "lines": [
                    { "offerId": offer["offer"]["id"], "quantity": 5, "clientLineId": "one", "poNumber": "PO" },
                    { "offerId": offer["offer"]["id"], "quantity": 1 },
                ],
            });
            let order = self.run("createOrder", order, "order { id }").await;
            let answer = json!({ "id": order["order"]["id"], "externalReference": "X-1" });
            let approver = Viewer { subject: "user:another".to_owned(), ..self.admin.clone() };
            self.api.done(&approver, "approveOrder", answer, "").await;
        }
        let mut offers = tables.offer.iter().filter(|row| row.tenant_id == of_tenant);
        let retired = Id(offers.next_back().unwrap().id).to_string();
        self.run("updateOffer", json!({ "id": retired, "status": "RETIRED" }), "").await;
        let retired = Id(products().next_back().unwrap().id).to_string();
        self.run("updateProduct", json!({ "id": retired, "status": "RETIRED" }), "").await;
        let mut agreements = tables.agreement.iter().filter(|row| row.tenant_id == of_tenant);
        let ended = Id(agreements.next_back().unwrap().id).to_string();
        self.run("updateAgreement", json!({ "id": ended, "status": "DEACTIVATED" }), "").await;
        let mut keys = tables.api_key.iter().filter(|row| row.tenant_id == of_tenant);
        let revoked = Id(keys.next_back().unwrap().id).to_string();
        self.run("revokeApiKey", json!({ "id": revoked }), "").await;
        let mut drafts = tables
            .order
            .iter()
            .filter(|row| row.tenant_id == of_tenant && row.status == OrderStatus::Draft);
        let deleted = Id(drafts.next_back().unwrap().id).to_string();
        self.run("deleteOrder", json!({ "id": deleted }), "").await;
        self.app.run_jobs().await;
    }

    /// Customers that were sold something go to another partner, or come to one. Gives one of them.
    async fn customers_move(&self) -> String {
        let tables = self.tables().await;
        let partner = |number| id_of_partner(&tables, self.tenant(), number);
        let mut buyers: Vec<_> = tables
            .invoice
            .iter()
            .filter(|row| row.tenant_id == self.tenant())
            .filter_map(|row| {
                tables.customer.iter().find(|customer| customer.id == row.customer_id)
            })
            .collect();
        buyers.sort_by_key(|row| &row.customer_number);
        buyers.dedup();
        let from = |number| {
            let of = partner(number);
            let is_from = |row: &&&customer::Model| {
                row.partner_id.map(|id| Id(id).to_string()) == Some(of.clone())
            };
            Id(buyers.iter().find(is_from).unwrap().id).to_string()
        };
        let (first, second) = (from("P-100"), from("P-200"));
        for (customer, to) in [(&first, Some("P-200")), (&second, Some("P-110"))] {
            let input = json!({ "id": customer, "partnerId": to.map(partner) });
            self.run("updateCustomer", input, "").await;
        }
        let direct = buyers.iter().find(|row| row.partner_id.is_none()).unwrap();
        let input = json!({ "id": Id(direct.id).to_string(), "partnerId": partner("P-100") });
        self.run("updateCustomer", input, "").await;
        first
    }

    /// As there were before each partner had its own.
    async fn an_invoice_has_lines_of_two_partners(&self) {
        let tables = self.tables().await;
        let sold_by = |line: &invoice_line::Model| {
            let found = tables.subscription.iter().find(|it| it.id == line.subscription_id);
            found.and_then(|it: &subscription::Model| it.partner_id)
        };
        let of_tenant =
            |row: &&invoice::Model| row.tenant_id == self.tenant() && row.partner_id.is_some();
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        for (count, invoice) in tables.invoice.iter().filter(of_tenant).take(3).enumerate() {
            let of_another = tables.invoice_line.iter().find(|line| {
                line.tenant_id == self.tenant()
                    && sold_by(line).is_some_and(|it: PartnerId| Some(it) != invoice.partner_id)
            });
            let mut row = of_another.unwrap().clone().into_active_model().reset_all();
            row.id = Set(InvoiceLineId::new(invoice.created_at));
            row.line_number = Set(1_000 + i32::try_from(count).unwrap());
            row.invoice_id = Set(invoice.id);
            row.order_line_id = Set(None);
            invoice_line::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        }
        // Imported from an earlier system.
        let licenses = tables.license.iter().filter(|row| row.tenant_id == self.tenant());
        for (count, imported) in licenses.take(3).enumerate() {
            let mut row = imported.clone().into_active_model().reset_all();
            row.id = Set(LicenseId::new(imported.created_at));
            row.license_key = Set(format!("IMPORTED-{count}"));
            row.legacy_license_key = Set(Some(format!("OLD-{count}")));
            row.order_id = Set(None);
            row.subscription_id = Set(None);
            license::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// What a caller has bought itself, it does not decide on.
    async fn callers_buy(&self, server: &Server, secret: &str) {
        let tables = self.tables().await;
        let agreements = tables.agreement.iter().filter(|row| row.tenant_id == self.tenant());
        let agreement = agreements.clone().find(|row| row.currency == "EUR").unwrap();
        let offers = tables.offer.iter().filter(|row| row.tenant_id == self.tenant());
        let offer =
            Id(offers.clone().find(|row| row.code == "LYRA-USER-M").unwrap().id).to_string();
        for submit in [true, false] {
            let input = json!({
                "customerId": Id(agreement.customer_id).to_string(), "submit": submit,
                "agreementId": Id(agreement.id).to_string(), "reference": "Bought \"by\" key",
                "lines": [{ "offerId": offer, "quantity": 3 }],
            });
            let document = "mutation ($input: CreateOrderInput!) {
                createOrder(input: $input) { userErrors { message } } }";
            let answer = server.post(secret, document, json!({ "input": input })).await;
            assert_eq!(answer["data"]["createOrder"]["userErrors"], json!([]), "{answer}");
        }
    }
}

fn id_of_partner(tables: &Tables, tenant_id: TenantId, number: &str) -> String {
    let mut rows = tables.partner.iter().filter(|row| row.tenant_id == tenant_id);
    Id(rows.find(|row| row.partner_number == number).unwrap().id).to_string()
}

fn id_of_customer(tables: &Tables, tenant_id: TenantId, number: &str) -> String {
    let mut rows = tables.customer.iter().filter(|row| row.tenant_id == tenant_id);
    Id(rows.find(|row| row.customer_number == number).unwrap().id).to_string()
}
