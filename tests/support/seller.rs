//! A seller with everything: two customers of two partners, and of each of them orders in every stage and what comes of
//! orders.

use std::sync::Arc;

use entity::{CustomerId, PartnerId, Role, TenantId, TenantKind};
use ordergate::{
    graphql::id::Id,
    services::{
        tenants::create::{CreateTenant, create_tenant},
        unit::Unit,
    },
    viewer::{Scope, Viewer},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{api::Api, app::TestApp, given::viewer};

/// Ids are as the API spells them.
pub(crate) struct Seller {
    pub(crate) tenant_id: TenantId,
    tenant: String,
    pub(crate) admin: Viewer,
    pub(crate) near: Buyer,
    pub(crate) far: Buyer,
    /// The partner above those of both customers.
    pub(crate) upper_partner: String,
    pub(crate) product: String,
    pub(crate) edition: String,
    pub(crate) offer: String,
    manual_offer: String,
}

/// A customer below a partner of its own, and what it has.
pub(crate) struct Buyer {
    pub(crate) customer_viewer: Viewer,
    pub(crate) partner_viewer: Viewer,
    pub(crate) partner_approver: Viewer,
    pub(crate) partner: String,
    pub(crate) customer: String,
    pub(crate) agreement: String,
    pub(crate) api_key: String,
    /// Carried out: of the instant offer.
    pub(crate) order: String,
    pub(crate) subscription: String,
    pub(crate) license: String,
    pub(crate) issued_invoice: String,
    draft_invoice: String,
    suspended_subscription: String,
    changeable_subscriptions: [String; 3],
    drafts: [String; 3],
    pending: [String; 3],
    lines: Lines,
}

/// Lines of one order in provisioning.
struct Lines {
    pending: String,
    in_progress: [String; 3],
    on_hold: String,
    failed: String,
}

/// Sets a seller up. Every text that it can choose contains `mark`; what belongs to the customer `far` contains
/// `STRANGER` as well.
pub(crate) async fn seller(app: &TestApp, api: &Api, mark: &str) -> Seller {
    let admin = create(app, mark).await;
    let setup = Setup { app, api, admin: &admin, mark };
    let product = setup.product("INSTANT", "INSTANT").await;
    let manual_product = setup.product("MANUAL", "MANUAL").await;
    let edition = json!({
        "productId": product, "name": mark, "features": [mark],
        "limitations": [{ "name": mark, "value": 5 }],
        "variables": [{ "name": mark, "value": mark }],
    });
    let edition = setup.create("createEdition", "edition", edition).await;
    let offer = setup.offer("INSTANT", &product, Some(&edition)).await;
    let manual_offer = setup.offer("MANUAL", &manual_product, None).await;
    let upper = json!({ "partnerNumber": format!("{mark}-UPPER"), "name": mark });
    let upper_partner = setup.create("createPartner", "partner", upper).await;
    let buyers =
        Buyers { upper_partner: &upper_partner, offer: &offer, manual_offer: &manual_offer };
    let near = setup.buyer("NEAR", &buyers).await;
    let far = setup.buyer("STRANGER", &buyers).await;
    Seller {
        tenant_id: admin.tenant_id,
        tenant: Id(admin.tenant_id).to_string(),
        near,
        far,
        upper_partner,
        product,
        edition,
        offer,
        manual_offer,
        admin,
    }
}

async fn create(app: &TestApp, mark: &str) -> Viewer {
    let tenant_id = TenantId(Uuid::now_v7());
    let unit = Unit::begin(&app.app, Arc::new(Viewer::system(tenant_id))).await.unwrap();
    let tenant = CreateTenant {
        name: mark.to_owned(),
        kind: TenantKind::Sandbox,
        default_currency: "EUR".to_owned(),
        approval_required: true,
        approval_lapse_days: None,
        payment_terms_days: 30,
    };
    create_tenant(&unit, tenant).await.unwrap();
    unit.commit().await.unwrap();
    Viewer { subject: format!("user:{mark}"), ..viewer(tenant_id, Role::Admin, Scope::Tenant) }
}

/// What both customers have to do with.
struct Buyers<'a> {
    upper_partner: &'a str,
    offer: &'a str,
    manual_offer: &'a str,
}

struct Setup<'a> {
    app: &'a TestApp,
    api: &'a Api,
    admin: &'a Viewer,
    mark: &'a str,
}

impl Setup<'_> {
    /// Runs a mutation as the administrator and gives the id of the object in its payload.
    async fn create(&self, mutation: &str, object: &str, input: Value) -> String {
        let selection = format!("{object} {{ id }}");
        let payload = self.api.done(self.admin, mutation, input, &selection).await;
        id(&payload[object])
    }

    async fn product(&self, code: &str, provisioning: &str) -> String {
        let mark = self.mark;
        let input = json!({
            "code": format!("{mark}-{code}"), "name": mark, "vendor": mark, "description": mark,
            "provisioning": provisioning,
        });
        self.create("createProduct", "product", input).await
    }

    async fn offer(&self, code: &str, product: &str, edition: Option<&str>) -> String {
        let mark = self.mark;
        let input = json!({
            "productId": product, "code": format!("{mark}-{code}"), "name": mark,
            "description": mark, "billing": "RECURRING", "billingPeriod": "MONTHLY",
            "editionId": edition,
            "prices": [{ "currency": "EUR", "unitAmount": "1000", "taxBasisPoints": 2500 }],
        });
        self.create("createOffer", "offer", input).await
    }

    async fn buyer(&self, name: &str, buyers: &Buyers<'_>) -> Buyer {
        let Buyers { upper_partner, offer, manual_offer } = *buyers;
        let words = format!("{name} {}", self.mark);
        let number = format!("{name}-{}", self.mark);
        let partner = json!({
            "partnerNumber": number, "name": words, "parentId": upper_partner,
        });
        let partner = self.create("createPartner", "partner", partner).await;
        let customer = json!({
            "customerNumber": number, "name": words, "partnerId": partner, "phone": words,
            "email": format!("{number}@example.com"), "street": words, "postalCode": words,
            "city": words, "country": "DK",
        });
        let customer = self.create("createCustomer", "customer", customer).await;
        let agreement = json!({
            "customerId": customer, "number": number, "currency": "EUR",
            "defaultPoNumber": words,
        });
        let agreement = self.create("createAgreement", "agreement", agreement).await;
        let api_key = json!({ "name": words, "role": "CUSTOMER", "customerId": customer });
        let api_key = self.create("createApiKey", "apiKey", api_key).await;

        let (own, partner_id) = (CustomerId(uuid(&customer)), PartnerId(uuid(&partner)));
        let caller = |role, scope| Viewer {
            subject: format!("user:{role} {words}"),
            ..viewer(self.admin.tenant_id, role, scope)
        };
        let of_partner = || Scope::Partner { own: partner_id, partners: vec![partner_id] };
        let customer_viewer =
            caller(Role::Customer, Scope::Customer { own, partner: Some(partner_id) });
        let buying =
            Buying { setup: self, viewer: &customer_viewer, agreement: &agreement, words: &words };

        let (order, subscription) = buying.subscription(offer).await;
        let found = "query Run($id: ID!) { subscription(id: $id) {
            license { id } invoiceLines(first: 1) { nodes { invoice { id } } } } }";
        let found = self.api.read(self.admin, found, json!({ "id": subscription })).await;
        let found = &found["subscription"];
        let license = id(&found["license"]);
        let issued_invoice = id(&found["invoiceLines"]["nodes"][0]["invoice"]);
        let issued = json!({ "id": issued_invoice });
        self.api.done(self.admin, "issueInvoice", issued, "").await;

        let (_, suspended_subscription) = buying.subscription(offer).await;
        let reference = json!({ "id": suspended_subscription, "reference": words });
        let suspension = buying.order_for("suspendSubscription", reference).await;
        buying.approve(&suspension).await;
        let mut changeable = Vec::new();
        for _ in 0..3 {
            changeable.push(buying.subscription(offer).await.1);
        }
        let open = "query Run($id: ID!) { customer(id: $id) {
            invoices(first: 5) { nodes { id status } } } }";
        let open = self.api.read(self.admin, open, json!({ "id": customer })).await;
        let invoices = open["customer"]["invoices"]["nodes"].as_array().unwrap();
        let draft = invoices.iter().find(|invoice| invoice["status"] == "DRAFT").unwrap();

        Buyer {
            partner_viewer: caller(Role::Partner, of_partner()),
            partner_approver: caller(Role::Approver, of_partner()),
            order,
            subscription,
            license,
            issued_invoice,
            draft_invoice: id(draft),
            suspended_subscription,
            changeable_subscriptions: changeable.try_into().unwrap(),
            drafts: buying.three(offer, false).await,
            pending: buying.three(offer, true).await,
            lines: buying.lines(manual_offer).await,
            partner,
            customer,
            agreement,
            api_key,
            customer_viewer,
        }
    }
}

struct Buying<'a> {
    setup: &'a Setup<'a>,
    viewer: &'a Viewer,
    agreement: &'a str,
    words: &'a str,
}

impl Buying<'_> {
    async fn order(&self, offer: &str, lines: usize, submit: bool) -> Value {
        let lines: Vec<_> = (1..=lines)
            .map(|line| {
                json!({
                    "offerId": offer, "quantity": 3, "poNumber": self.words,
                    "clientLineId": format!("{} {line}", self.words),
                })
            })
            .collect();
        let input = json!({
            "agreementId": self.agreement, "reference": self.words, "poNumber": self.words,
            "lines": lines, "submit": submit,
        });
        let selection = "order { id lines { id subscription { id } } }";
        let payload = self.setup.api.done(self.viewer, "createOrder", input, selection).await;
        payload["order"].clone()
    }

    async fn three(&self, offer: &str, submit: bool) -> [String; 3] {
        let mut orders = Vec::new();
        for _ in 0..3 {
            orders.push(id(&self.order(offer, 1, submit).await));
        }
        orders.try_into().unwrap()
    }

    /// An order that acts on a subscription.
    async fn order_for(&self, mutation: &str, input: Value) -> String {
        let payload = self.setup.api.done(self.viewer, mutation, input, "order { id }").await;
        id(&payload["order"])
    }

    async fn approve(&self, order: &str) {
        let input = json!({ "id": order, "externalReference": self.words });
        self.setup.api.done(self.setup.admin, "approveOrder", input, "").await;
        self.setup.app.run_jobs().await;
    }

    /// An order that was carried out, and the subscription that it brought.
    async fn subscription(&self, offer: &str) -> (String, String) {
        let order = self.order(offer, 1, true).await;
        self.approve(&id(&order)).await;
        (id(&order), id(&order["lines"][0]["subscription"]))
    }

    async fn lines(&self, manual_offer: &str) -> Lines {
        let order = self.order(manual_offer, 6, true).await;
        self.approve(&id(&order)).await;
        let lines: Vec<_> = order["lines"].as_array().unwrap().iter().map(id).collect();
        let act = async |mutation: &str, line: &String, reason: bool| {
            let mut input = json!({ "id": line });
            if reason {
                input["reason"] = json!(self.words);
            }
            self.setup.api.done(self.setup.admin, mutation, input, "").await;
        };
        for line in &lines[1..] {
            act("startOrderLine", line, false).await;
        }
        act("holdOrderLine", &lines[4], true).await;
        act("failOrderLine", &lines[5], true).await;
        Lines {
            pending: lines[0].clone(),
            in_progress: [lines[1].clone(), lines[2].clone(), lines[3].clone()],
            on_hold: lines[4].clone(),
            failed: lines[5].clone(),
        }
    }
}

impl Seller {
    /// Every id that a caller may come across.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = vec![
            &self.tenant,
            &self.upper_partner,
            &self.product,
            &self.edition,
            &self.offer,
            &self.manual_offer,
        ];
        for buyer in [&self.near, &self.far] {
            ids.extend(buyer.ids());
        }
        ids
    }

    /// The ids that the near customer and its partner may not come across.
    pub(crate) fn far_ids(&self) -> Vec<&str> {
        self.far.ids().collect()
    }

    /// The arguments with which a field does something, every id being one of this buyer's; none: nobody has written
    /// down what the field needs.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub(crate) fn arguments(&self, buyer: &Buyer, field: &str) -> Option<Value> {
        let Buyer { partner, customer, agreement, subscription, lines, .. } = buyer;
        let buy = json!([{ "offerId": self.offer, "quantity": 2 }]);
        let price = json!([{ "currency": "EUR", "unitAmount": "1000", "taxBasisPoints": 2500 }]);
        let page = |filter: Value| json!({ "first": 2, "filter": filter });
        let input = |input: Value| json!({ "input": input });
        let by_id = |id: &str| json!({ "id": id });
        Some(match field {
            // Queries.
            "viewer" | "feedCursor" | "orderLifecycle" => json!({}),
            "apiKeys" => json!({ "first": 2 }),
            "nodes" => json!({ "ids": [buyer.order, self.tenant] }),
            "node" | "order" | "orderUpdated" => by_id(&buyer.order),
            "subscription" => by_id(subscription),
            "license" => by_id(&buyer.license),
            "invoice" => by_id(&buyer.issued_invoice),
            "customer" => by_id(customer),
            "partner" => by_id(partner),
            "agreement" => by_id(agreement),
            "product" => by_id(&self.product),
            "offer" => by_id(&self.offer),
            "edition" => by_id(&self.edition),
            "orders" | "orderQueue" => page(json!({
                "customerId": customer, "partnerId": partner, "productId": self.product,
                "offerId": self.offer, "agreementId": agreement, "subscriptionId": subscription,
            })),
            "subscriptions" => page(json!({
                "customerId": customer, "partnerId": partner, "productId": self.product,
                "offerId": self.offer, "agreementId": agreement,
            })),
            "licenses" => page(json!({
                "customerId": customer, "partnerId": partner, "productId": self.product,
                "editionId": self.edition,
            })),
            "invoices" => page(json!({
                "customerId": customer, "partnerId": partner, "agreementId": agreement,
            })),
            "customers" => page(json!({ "partnerId": partner })),
            "partners" => page(json!({ "parentId": self.upper_partner })),
            "agreements" => page(json!({ "customerId": customer })),
            "products" => page(json!({})),
            "offers" => page(json!({ "productId": self.product, "editionId": self.edition })),
            "editions" => json!({ "first": 2, "productId": self.product }),

            // Feeds.
            "orderStatusChanged" => json!({ "filter": {
                "orderIds": [buyer.order], "customerId": customer, "partnerId": partner,
            } }),
            "orderCounts" => json!({ "filter": { "customerId": customer, "partnerId": partner } }),
            "events" => json!({ "filter": {
                "orderId": buyer.order, "customerId": customer, "partnerId": partner,
            } }),

            // Orders.
            "createOrder" => input(json!({
                "customerId": customer, "agreementId": agreement, "lines": buy,
            })),
            "updateOrder" => input(json!({
                "id": buyer.drafts[0], "agreementId": agreement, "reference": "other", "lines": buy,
            })),
            "submitOrder" => input(by_id(&buyer.drafts[1])),
            "deleteOrder" => input(by_id(&buyer.drafts[2])),
            "approveOrder" => input(by_id(&buyer.pending[0])),
            "rejectOrder" => input(json!({ "id": buyer.pending[1], "reason": "No credit" })),
            "cancelOrder" => input(by_id(&buyer.pending[2])),
            "startOrderLine" => input(by_id(&lines.pending)),
            "completeOrderLine" => input(by_id(&lines.in_progress[0])),
            "failOrderLine" => input(json!({ "id": lines.in_progress[1], "reason": "Broken" })),
            "holdOrderLine" => input(json!({ "id": lines.in_progress[2], "reason": "Which?" })),
            "resumeOrderLine" => input(json!({ "id": lines.on_hold, "answer": "This" })),
            "retryOrderLine" => input(by_id(&lines.failed)),
            "changeSubscription" => input(json!({
                "id": buyer.changeable_subscriptions[0], "quantity": 7,
            })),
            "suspendSubscription" => input(by_id(&buyer.changeable_subscriptions[1])),
            "cancelSubscription" => input(by_id(&buyer.changeable_subscriptions[2])),
            "resumeSubscription" => input(by_id(&buyer.suspended_subscription)),
            "issueInvoice" => input(by_id(&buyer.draft_invoice)),

            // What the seller sets up.
            "createProduct" => input(json!({ "code": "NEW", "name": "New", "vendor": "Fabrikam" })),
            "updateProduct" => input(json!({ "id": self.product, "name": "Other" })),
            "createEdition" => input(json!({ "productId": self.product, "name": "New" })),
            "createOffer" => input(json!({
                "productId": self.product, "editionId": self.edition, "code": "NEW", "name": "New",
                "billing": "RECURRING", "billingPeriod": "MONTHLY", "prices": price,
            })),
            "updateOffer" => input(json!({
                "id": self.offer, "editionId": self.edition, "name": "Other", "prices": price,
            })),
            "createPartner" => input(json!({
                "partnerNumber": "NEW", "name": "New", "parentId": partner,
            })),
            "updatePartner" => input(json!({
                "id": partner, "parentId": self.upper_partner, "name": "Other",
            })),
            "createCustomer" => input(json!({
                "customerNumber": "NEW", "name": "New", "partnerId": partner,
            })),
            "updateCustomer" => input(json!({
                "id": customer, "partnerId": partner, "city": "Other",
            })),
            "createAgreement" => input(json!({ "customerId": customer, "number": "NEW" })),
            "updateAgreement" => input(json!({ "id": agreement, "defaultPoNumber": "Other" })),
            "createApiKey" => input(json!({
                "name": "New", "role": "CUSTOMER", "customerId": customer, "partnerId": partner,
            })),
            "revokeApiKey" => input(by_id(&buyer.api_key)),
            "updateTenantSettings" => input(json!({ "paymentTermsDays": 31 })),
            _ => return None,
        })
    }
}

impl Buyer {
    fn ids(&self) -> impl Iterator<Item = &str> {
        let lines = &self.lines;
        [
            &self.partner,
            &self.customer,
            &self.agreement,
            &self.api_key,
            &self.order,
            &self.subscription,
            &self.license,
            &self.issued_invoice,
            &self.draft_invoice,
            &self.suspended_subscription,
            &lines.pending,
            &lines.on_hold,
            &lines.failed,
        ]
        .into_iter()
        .chain(&self.changeable_subscriptions)
        .chain(&self.drafts)
        .chain(&self.pending)
        .chain(&lines.in_progress)
        .map(String::as_str)
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn uuid(id: &str) -> Uuid {
    let (_, digits) = id.split_once('_').unwrap();
    Uuid::try_parse(digits).unwrap()
}
