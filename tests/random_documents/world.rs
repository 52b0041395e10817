//! What documents are asked about: the made-up seller, with what seldom happens to one, and another beside it.

use std::collections::BTreeSet;

use chrono::Months;
use domain::viewer::Viewer;
use entity::{
    ApprovalLinkStatus, Billing, ChangeTime, ChargeType, CommitmentRenewal, EventId, InvoiceLineId,
    LicenseId, MailId, MailKind, MailRecipientId, MailStatus, OfferId, OrderAction, OrderLineId,
    OrderLineStatus, OrderStatus, PartnerId, RoundingMode, SubscriptionChangeId,
    SubscriptionChangeKind, SubscriptionChangeStatus, SubscriptionStatus, SurchargePolicy,
    TenantId, UsageReportId, WebhookDeliveryId, WebhookEndpointId, api_key, approval_link,
    billing_run::Amounts,
    commitment::Commitment,
    customer,
    discount::{LineDiscount, LineDiscounts},
    invoice, invoice_line, license, mail, offer, order, order_line,
    plan_instance::{Charge, Charges},
    subscription, subscription_change, usage_report, webhook_delivery,
};
use ordergate::{
    demo::{self, Wishes},
    graphql::id::Id,
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
        changes.documents_are_settled().await;
        changes.there_are_old_rows().await;
        changes.there_were_billing_runs().await;
        changes.there_are_webhooks().await;
        changes.some_pay_other_prices().await;
        changes.customers_are_denied().await;
        changes.customers_pay().await;
        Box::pin(changes.discounts_are_given()).await;
        changes.things_are_used().await;

        let tables = changes.tables().await;
        let partner = |number| json!(id_of_partner(&tables, shop, number));
        let customer = |number| json!(id_of_customer(&tables, shop, number));
        let mut secrets = Vec::new();
        for (role, speaks_for) in [
            ("ADMIN", json!({})),
            ("SELLER", json!({})),
            ("APPROVER", json!({})),
            ("APPROVER", json!({ "partnerId": partner("P-110") })),
            ("APPROVER", json!({ "partnerId": partner("P-100") })),
            ("PARTNER", json!({ "partnerId": partner("P-100") })),
            ("PARTNER", json!({ "partnerId": partner("P-110") })),
            ("PARTNER", json!({ "partnerId": partner("P-200") })),
            ("CUSTOMER", json!({ "customerId": customer("C-1004") })),
            ("CUSTOMER", json!({ "customerId": customer("C-1002") })),
            ("CUSTOMER", json!({ "customerId": moved[0] })),
            ("CUSTOMER", json!({ "customerId": moved[1] })),
            ("PROVISIONER", json!({})),
            ("AUDITOR", json!({})),
        ] {
            secrets.push(changes.new_key(role, speaks_for).await);
        }
        let others = Changes { admin: Viewer::system(other), ..changes };
        secrets.push(others.new_key("ADMIN", json!({})).await);
        let (approver_above, partner_above) = (&secrets[4], &secrets[5]);
        for buyer in [&secrets[0], &secrets[1], partner_above] {
            changes.callers_buy(&server, buyer, approver_above).await;
        }

        changes.rules_ask(&server, &secrets).await;
        changes.approvers_make_links(&server, &secrets[2..5]).await;
        changes.approvers_say_yes(&server, &secrets[2..5]).await;
        changes.there_is_mail(&server, &secrets[..6]).await;
        changes.approvers_have_had_a_hand_in_orders(&secrets[..5]).await;
        app.run_jobs().await;
        app.all_positions_given().await;
        let tables = changes.tables().await;
        let keys = secrets.into_iter().map(|secret| (key_of(&tables, &secret).clone(), secret));
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
            "id": customer, "phone": "+45 \"12\" 34", "street": "Ågade 7\\2", "postalCode": "8000", "taxNumber": "DK12345674",
            "name": "Kaya <Dental> & \u{1f9b7} Søn",
        });
        self.run("updateCustomer", details, "").await;
        let bare = json!({
            "id": id_of_customer(&tables, of_tenant, "C-1008"), "email": null, "city": null, "country": null,
        });
        self.run("updateCustomer", bare, "").await;
        let partner = id_of_partner(&tables, of_tenant, "P-100");
        let must_approve = json!({ "id": partner, "approvalRequired": true });
        self.run("updatePartner", must_approve, "").await;
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
        let tax_code = json!({
            "code": "VAT", "name": "VAT \"as usual\"", "rates": [
                { "validFrom": "2400-01-01", "basisPoints": 800 }, { "validFrom": "2020-01-01", "basisPoints": 1_000 },
            ],
        });
        let tax_code = self.run("createTaxCode", tax_code, "taxCode { id }").await;
        let offer = json!({
            "productId": product, "code": "YEN", "name": "In yen", "description": "a\nb",
            "billing": "RECURRING", "billingPeriod": "YEARLY", "minQuantity": 1,
            "refundWindowHours": 24, "prorationPolicy": { "decrease": "NONE" }, "maxQuantity": 2_000_000_000, "editionId": edition["edition"]["id"],
            "prices": [
                { "currency": "JPY", "unitAmount": "1015", "taxCodeId": tax_code["taxCode"]["id"] },
                { "currency": "BHD", "unitAmount": "5", "taxBasisPoints": 5, "taxInclusive": true },
                { "currency": "ISK", "model": "PACKAGE", "unitAmount": "700", "packageSize": 3, "taxBasisPoints": 2_400 },
                {
                    "currency": "KWD", "model": "TIERED", "taxBasisPoints": 0, "tiers": [
                        { "upTo": 3, "unitAmount": "1500", "flatAmount": "250" }, { "unitAmount": "9000", "packageSize": 10 },
                    ],
                },
            ],
        });
        let offer = self.run("createOffer", offer, "offer { id }").await;
        let component = |product: &str, unit_amount: &str, tax: &Value| json!({ "productId": product, "unitAmount": unit_amount, "taxBasisPoints": tax });
        let other = Id(products().find(|row| row.code != "CIRRUS-WORK").unwrap().id).to_string();
        let lasting = json!([
            component(&product, "300", &json!(800)),
            component(&other, "700", &json!(1_000)),
        ]);
        let mut taxed = component(&other, "50", &Value::Null);
        (taxed["taxCodeId"], taxed["timing"]) = (tax_code["taxCode"]["id"].clone(), json!("ONCE"));
        let mut lasting = lasting;
        for (field, value) in [
            ("model", json!("TIERED")),
            ("unitAmount", Value::Null),
            (
                "tiers",
                json!([
                    { "upTo": 5, "unitAmount": "300", "flatAmount": "20" }, { "unitAmount": "200", "packageSize": 2 },
                ]),
            ),
        ] {
            lasting[0][field] = value;
        }
        (lasting[1]["model"], lasting[1]["packageSize"]) = (json!("PACKAGE"), json!(3));
        let mut first = lasting.clone();
        first[1]["timing"] = json!("IN_ARREARS");
        let setup = json!([component(&product, "300", &json!(800)), taxed]);
        let chain = json!([
            { "periods": 2, "billingPeriod": "MONTHLY", "unitAmount": "90", "components": first },
            { "components": lasting },
        ]);
        for (code, terms) in [
            (
                "CHAIN",
                json!({
                    "description": "a\n\"b\"", "componentChoice": {
                        "choice": "RANGE", "minComponents": 1, "maxComponents": 2,
                    }, "priceOverride": { "minimum": "10", "maximum": "5000" },
                    "validFrom": "2020-01-01", "validUntil": "2400-01-01", "steps": chain,
                }),
            ),
            (
                "PINNED",
                json!({
                    "partnerId": partner, "priceOverride": {}, "steps": [{ "components": setup }],
                }),
            ),
        ] {
            let mut plan = json!({
                "offerId": offer["offer"]["id"], "code": code, "name": format!("{code} \"plan\""),
                "currency": "JPY",
            });
            for (field, value) in terms.as_object().unwrap() {
                plan[field] = value.clone();
            }
            let plan = self.run("createPlan", plan, "plan { id }").await;
            if code == "PINNED" {
                continue;
            }
            let plan = &plan["plan"]["id"];
            let order = json!({
                "customerId": customer, "currency": "JPY", "submit": true,
                "lines": [
                    { "offerId": offer["offer"]["id"], "quantity": 3, "plan": { "planId": plan } },
                    { "offerId": offer["offer"]["id"], "quantity": 2, "plan": {
                        "planId": plan, "productIds": [product], "priceOverride": "1000",
                    } },
                ],
            });
            let order = self.run("createOrder", order, "order { id }").await;
            let approver = Viewer { subject: "user:another".to_owned(), ..self.admin.clone() };
            let answer = json!({ "id": order["order"]["id"] });
            self.api.done(&approver, "approveOrder", answer, "").await;
        }
        for currency in ["JPY", "BHD", "KWD"] {
            let agreement =
                json!({ "customerId": customer, "number": currency, "currency": currency });
            let agreement = self.run("createAgreement", agreement, "agreement { id }").await;
            let order = json!({
                "customerId": customer, "agreementId": agreement["agreement"]["id"],
                "startAt": "2026-03-02T09:00:00.000100Z", "submit": true,
                "lines": [
                    { "offerId": offer["offer"]["id"], "quantity": 5, "clientLineId": "one", "poNumber": "PO" },
                    { "offerId": offer["offer"]["id"], "quantity": 2 },
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

    /// Customers for which partners have bought something go to another partner.
    async fn customers_move(&self) -> [String; 2] {
        let tables = self.tables().await;
        let buyer_of = |number| {
            let partner = id_of_partner(&tables, self.tenant(), number);
            let is_of = |row: &&customer::Model| {
                row.partner_id.is_some_and(|id| Id(id).to_string() == partner)
                    && tables.order.iter().any(|order| {
                        order.customer_id == row.id && order.placed_by_partner_id.is_some()
                    })
            };
            Id(tables.customer.iter().find(is_of).unwrap().id).to_string()
        };
        let moved = [buyer_of("P-100"), buyer_of("P-110")];
        for customer in &moved {
            let to = id_of_partner(&tables, self.tenant(), "P-200");
            let input = json!({ "id": customer, "partnerId": to });
            self.run("updateCustomer", input, "").await;
        }
        let direct = |row: &&customer::Model| {
            row.tenant_id == self.tenant()
                && row.partner_id.is_none()
                && tables.invoice.iter().any(|invoice| invoice.customer_id == row.id)
        };
        let direct = Id(tables.customer.iter().find(direct).unwrap().id).to_string();
        let to = id_of_partner(&tables, self.tenant(), "P-100");
        self.run("updateCustomer", json!({ "id": direct, "partnerId": to }), "").await;
        moved
    }

    /// Partners, customers and agreements have prices of their own, some of which are to come or over.
    async fn some_pay_other_prices(&self) {
        let tables = self.tables().await;
        let of_tenant = self.tenant();
        let customer = |number| id_of_customer(&tables, of_tenant, number);
        let agreements = tables.agreement.iter().filter(|row| row.tenant_id == of_tenant);
        let agreements: Vec<_> = agreements.filter(|row| row.currency == "EUR").collect();
        let offers = tables.offer.iter().filter(|row| row.tenant_id == of_tenant);
        for (count, offer) in offers.enumerate() {
            let offer = Id(offer.id).to_string();
            let agreement = agreements[count % agreements.len()];
            for (whom, days) in [
                (json!({ "partnerId": id_of_partner(&tables, of_tenant, "P-100") }), json!({})),
                (json!({ "partnerId": id_of_partner(&tables, of_tenant, "P-110") }), json!({})),
                (json!({ "customerId": customer("C-1004") }), json!({ "validFrom": "2400-01-01" })),
                (
                    json!({ "customerId": customer("C-1002") }),
                    json!({ "validUntil": "2400-01-01" }),
                ),
                (json!({ "agreementId": Id(agreement.id).to_string() }), json!({})),
                (json!({}), json!({ "validFrom": "2400-01-01" })),
            ] {
                let price =
                    json!({ "currency": "EUR", "unitAmount": "777", "taxBasisPoints": 2_500 });
                let mut input = json!({ "offerId": offer, "price": price });
                for more in [whom, days] {
                    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
                }
                let made = self.run("createPrice", input, "price { id }").await;
                if count % 4 == 3 {
                    self.run("endPrice", json!({ "id": made["price"]["id"] }), "").await;
                }
            }
        }
    }

    /// Of everything that can be denied, something.
    async fn customers_are_denied(&self) {
        let tables = self.tables().await;
        let offer = tables.offer.iter().find(|row| row.tenant_id == self.tenant()).unwrap();
        let (offer_id, product_id) = (Id(offer.id).to_string(), Id(offer.product_id).to_string());
        for row in tables.customer.iter().filter(|row| row.tenant_id == self.tenant()) {
            let customer = Id(row.id).to_string();
            for what in [
                json!({ "customerId": customer, "productId": product_id, "reason": "Fraud \"?\"" }),
                json!({ "customerId": customer, "offerId": offer_id }),
                json!({ "customerId": customer, "balanceLimit": "999999999999", "currency": "SEK" }),
            ] {
                self.run("denyCustomer", what, "").await;
            }
        }
        self.run("updateOffer", json!({ "id": offer_id, "oncePerCustomer": true }), "").await;
    }

    /// Payment agreements in every status, of customers and for drafts.
    async fn customers_pay(&self) {
        self.run(
            "updateTenantSettings",
            json!({ "paymentPageUrl": "https://pay.example/?lang=da\u{e5}", "unpaidOrders": "CANCELLED" }),
            "",
        )
        .await;
        let tables = self.tables().await;
        let own = |tenant: TenantId| tenant == self.tenant();
        let customers = tables.customer.iter().filter(|row| own(row.tenant_id));
        for (number, row) in customers.enumerate() {
            let customer = Id(row.id).to_string();
            let drafts = tables.order.iter().filter(|order| {
                order.customer_id == row.id
                    && order.partner_id == row.partner_id
                    && order.status == OrderStatus::Draft
            });
            let drafts: Vec<_> = drafts.map(|order| Id(order.id).to_string()).collect();
            for (place, method) in ["CARD", "WALLET", "DIRECT_DEBIT", "INVOICE"].iter().enumerate()
            {
                let mut wanted = json!({
                    "customerId": customer, "method": method, "orderId": drafts.get(place),
                });
                if *method != "INVOICE" {
                    wanted["returnUrl"] = json!(format!("https://shop.example/{number}?a=\"b\""));
                }
                if place == 1 {
                    wanted["providerReference"] = json!(format!("PSP {number} \u{fc}"));
                }
                let made = self.run("registerPaymentAgreement", wanted, "paymentAgreement { id }");
                let id = made.await["paymentAgreement"]["id"].clone();
                match (number + place) % 4 {
                    0 => drop(self.run("cancelPaymentAgreement", json!({ "id": id }), "").await),
                    1 if *method != "INVOICE" => {
                        let no =
                            json!({ "id": id, "outcome": "REJECTED", "reason": "No \"credit\"" });
                        self.run("completePaymentAgreement", no, "").await;
                    }
                    2 if *method != "INVOICE" => {
                        let yes = json!({ "id": id, "outcome": "APPROVED" });
                        self.run("completePaymentAgreement", yes, "").await;
                    }
                    _ => {}
                }
            }
        }
    }

    /// Discounts of both kinds, for all and for some, that lines and subscriptions were given.
    async fn discounts_are_given(&self) {
        let tables = self.tables().await;
        let is_own = |tenant: TenantId| tenant == self.tenant();
        let offers = tables.offer.iter().filter(|row| is_own(row.tenant_id)).take(3);
        let offers: Vec<_> = offers.map(|row| Id(row.id).to_string()).collect();
        let customers = ["C-1001", "C-1004"];
        let customers = customers.map(|number| id_of_customer(&tables, self.tenant(), number));
        let partner = id_of_partner(&tables, self.tenant(), "P-100");
        let mut made = Vec::new();
        for (number, input) in (0..).zip([
            json!({ "basisPoints": 1_250, "duration": "PERIODS", "periods": 3 }),
            json!({ "amount": "700", "currency": "EUR", "duration": "FOREVER", "precedence": 2 }),
            json!({ "basisPoints": 100, "duration": "ONCE", "offerIds": offers,
                "customerIds": customers, "partnerId": partner, "validFrom": "2020-01-01",
                "validUntil": "2130-01-01", "maxRedemptions": 3 }),
        ]) {
            let mut input = input;
            input["code"] = json!(format!("SAVE-{number} \"é\""));
            input["name"] = json!(format!("Söme \"{number}\""));
            let payload = self.run("createDiscount", input, "discount { id }").await;
            made.push(payload["discount"]["id"].clone());
        }
        let retired = json!({ "id": made[2], "status": "RETIRED", "maxRedemptionsPerCustomer": 1 });
        self.run("updateDiscount", retired, "").await;
        let recurs = |offer: OfferId| {
            let offer = tables.offer.iter().find(|row| row.id == offer);
            offer.is_some_and(|offer| offer.billing == Billing::Recurring)
        };
        let runs = |row: &&subscription::Model| {
            is_own(row.tenant_id)
                && recurs(row.offer_id)
                && row.status == SubscriptionStatus::Active
                && row.currency == "EUR"
                && row.billing_hold_reason.is_none()
                && row.anchor_day.is_some()
        };
        for (number, row) in (0..).zip(tables.subscription.iter().filter(runs).take(12)) {
            let subscription = Id(row.id).to_string();
            for discount in &made[..2] {
                let input = json!({ "id": subscription, "discountId": discount });
                let given = self.run("applyDiscount", input, "subscriptionDiscount { id }").await;
                if number % 3 == 0 {
                    let id = &given["subscriptionDiscount"]["id"];
                    self.run("removeDiscount", json!({ "id": id }), "").await;
                }
            }
        }
        let tables = self.tables().await;
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        for (given, line) in tables.subscription_discount.iter().zip(&tables.order_line) {
            let mut row = line.clone().into_active_model();
            row.discounts = Set(Some(LineDiscounts(vec![LineDiscount {
                discount_id: given.discount_id,
                code: "SAVE \"é\"".to_owned(),
                terms: given.terms.clone(),
            }])));
            row.discount_amount = Set(125);
            row.update(&txn).await.unwrap();
            if is_own(line.tenant_id) && given.end_period.is_none() {
                let mut row = given.clone().into_active_model();
                row.order_line_id = Set(Some(line.id));
                row.end_period = Set(Some(given.first_period + 1));
                row.removed_at = Set(Some(given.created_at));
                row.removed_by = Set(Some("user:a".to_owned()));
                row.update(&txn).await.unwrap();
            }
        }
        txn.commit().await.unwrap();
        self.customers_are_bound().await;
        self.some_belong_to_others().await;
    }

    /// Commitments of every kind.
    async fn customers_are_bound(&self) {
        let tables = self.tables().await;
        let is_own = |tenant: TenantId| tenant == self.tenant();
        let recurs =
            |row: &&offer::Model| is_own(row.tenant_id) && row.billing == Billing::Recurring;
        for (offer, mut commitment) in tables.offer.iter().filter(recurs).zip([
            json!({ "months": 12, "surcharge": "REMAINDER", "basisPoints": 5_000 }),
            json!({ "months": 1, "surcharge": "FIXED", "renewal": "SAME" }),
            json!({ "months": 36, "surcharge": "CONTINUE", "minimumQuantity": 1 }),
        ]) {
            if commitment["surcharge"] == "FIXED" {
                let prices = tables.price.iter().filter(|price| price.offer_id == offer.id);
                let currencies: BTreeSet<_> = prices.map(|price| &price.currency).collect();
                let amounts =
                    currencies.iter().map(|it| json!({ "currency": it, "amount": "12345" }));
                commitment["amounts"] = amounts.collect();
            }
            let bound = json!({ "id": Id(offer.id).to_string(), "commitment": commitment });
            self.run("updateOffer", bound, "").await;
        }
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let own = tables.subscription.iter().filter(|row| is_own(row.tenant_id));
        for (number, row) in (1..).zip(own.step_by(3)) {
            let starts_on = row.created_at.date_naive();
            let mut bound = row.clone().into_active_model();
            bound.commitment = Set(Some(Commitment {
                starts_on,
                ends_on: starts_on + Months::new(number),
                quantity: number.into(),
                surcharge: SurchargePolicy::ALL[usize::try_from(number).unwrap() % 4],
                basis_points: (number % 2 == 0).then_some(100),
                amount: (number % 2 == 1).then_some(100),
                renewal: CommitmentRenewal::Same,
            }));
            bound.update(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// Some have what belongs to what they, or others, hold.
    async fn some_belong_to_others(&self) {
        let tables = self.tables().await;
        let is_own = |tenant: TenantId| tenant == self.tenant();
        let mut own = tables.offer.iter().filter(|row| is_own(row.tenant_id));
        let add_on = own.find(|row| row.parent_offer_id.is_some()).unwrap();
        let least = json!({ "id": Id(add_on.id).to_string(), "addOnMinimum": 2 });
        self.run("updateOffer", least, "").await;
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let begun =
            |row: &&subscription::Model| is_own(row.tenant_id) && row.activated_at.is_some();
        let held: Vec<_> = tables.subscription.iter().filter(begun).collect();
        for (count, row) in held.iter().enumerate().skip(1).step_by(3) {
            let parent = held[count / 2].id;
            let mut add_on = (*row).clone().into_active_model();
            add_on.parent_id = Set(Some(parent));
            add_on.update(&txn).await.unwrap();
            let lines = tables.order_line.iter().filter(|it| it.subscription_id == Some(row.id));
            for line in lines.filter(|it| it.status == OrderLineStatus::Completed) {
                let mut line = line.clone().into_active_model();
                line.parent_subscription_id = Set(Some(parent));
                line.parent_line = Set((count % 2 == 0).then_some(1));
                line.update(&txn).await.unwrap();
            }
        }
        txn.commit().await.unwrap();
    }

    /// What runs have done.
    async fn there_were_billing_runs(&self) {
        for input in [json!({}), json!({ "dryRun": true, "asOf": "2027-01-01T00:00:00Z" })] {
            self.run("startBillingRun", input, "").await;
        }
        let tables = self.tables().await;
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let of_tenant = |row: &&subscription::Model| row.tenant_id == self.tenant();
        for held in tables.subscription.iter().filter(of_tenant).step_by(5) {
            let mut row = held.clone().into_active_model();
            row.billing_hold_reason = Set(Some("The amount \"is\" too large.".to_owned()));
            row.billing_held_since = Set(Some(held.created_at));
            row.ends_on = Set(Some(held.created_at.date_naive()));
            row.update(&txn).await.unwrap();
        }
        for run in &tables.billing_run {
            let amounts = [("JPY", -7), ("EUR", 1_250)];
            let amounts = amounts.map(|(currency, amount)| (currency.to_owned(), amount));
            let mut row = run.clone().into_active_model();
            row.net_amounts = Set(run.dry_run.then(|| Amounts(amounts.into())));
            row.finished_at = Set(run.dry_run.then_some(run.created_at));
            row.update(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// What was used of some subscriptions, in time, late and less than was reported.
    async fn things_are_used(&self) {
        let tables = self.tables().await;
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        for held in tables.subscription.iter().step_by(3) {
            let first_day = held.created_at.date_naive();
            let mut corrected = None;
            for (number, quantity) in (1..).zip([12, 7, -3, 40]) {
                let row = usage_report::Model {
                    id: UsageReportId::new(held.created_at),
                    tenant_id: held.tenant_id,
                    subscription_id: held.id,
                    component_id: held.offer_id.0,
                    product_id: held.product_id,
                    quantity,
                    starts_on: first_day,
                    ends_on: first_day + chrono::Days::new(number),
                    reference: format!("USED-{number} \"é\""),
                    corrects_id: corrected.filter(|_| quantity < 0),
                    counted_on: first_day,
                    late_on: (number % 2 == 0).then_some(first_day),
                    created_at: held.created_at + chrono::TimeDelta::seconds(number.cast_signed()),
                };
                corrected = corrected.or(Some(row.id));
                let row = row.into_active_model().reset_all();
                usage_report::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
            }
        }
        txn.commit().await.unwrap();
    }

    /// Endpoints that fail, were disabled, and were tried.
    async fn there_are_webhooks(&self) {
        let tables = self.tables().await;
        let partner = |number| id_of_partner(&tables, self.tenant(), number);
        let owners = [None, None, Some(partner("P-100")), Some(partner("P-110"))];
        for (count, partner) in owners.into_iter().enumerate() {
            let document = (count % 2 == 0).then_some("subscription { events { id } }");
            let input = json!({
                "url": format!("https://hooks.example/{count}?a=\"b\""), "document": document,
                "kinds": ["BILLING_HELD", "BILLING_RELEASED"], "partnerId": partner,
            });
            let made = self.run("createWebhookEndpoint", input, "webhookEndpoint { id }").await;
            if count < 3 {
                let disable = json!({ "id": made["webhookEndpoint"]["id"], "status": "DISABLED" });
                self.run("updateWebhookEndpoint", disable, "").await;
            }
        }
        self.a_vendor_carries_lines_out().await;
        let tables = self.tables().await;
        let endpoints = tables.webhook_endpoint;
        let line = tables.order_line.iter().find(|row| row.tenant_id == self.tenant()).unwrap();
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        for endpoint in endpoints {
            let mut row = endpoint.clone().into_active_model();
            row.failures = Set(3);
            row.failing_since = Set(Some(endpoint.created_at));
            row.update(&txn).await.unwrap();
            for attempt in 1..=4 {
                let answered = attempt % 2 == 0;
                let row = webhook_delivery::Model {
                    id: WebhookDeliveryId::new(endpoint.created_at),
                    tenant_id: endpoint.tenant_id,
                    endpoint_id: endpoint.id,
                    event_id: answered.then(|| EventId::new(endpoint.created_at)),
                    order_line_id: (attempt == 3).then_some(line.id),
                    position: answered.then_some(3_000_000_000 + i64::from(attempt)),
                    attempt,
                    delivered: attempt == 4,
                    status_code: answered.then_some(200),
                    error: (!answered).then(|| "No \"answer\"".to_owned()),
                    answer: answered.then(|| "so\nbe it".to_owned()),
                    took_ms: attempt,
                    created_at: endpoint.created_at,
                };
                webhook_delivery::Entity::insert(row.into_active_model().reset_all())
                    .exec_without_returning(&txn)
                    .await
                    .unwrap();
            }
        }
        txn.commit().await.unwrap();
    }

    /// A product names an endpoint for its lines, and attempts were posted there.
    async fn a_vendor_carries_lines_out(&self) {
        let input = json!({ "url": "https://vendor.example/", "purpose": "PROVISIONING" });
        let made = self.run("createWebhookEndpoint", input, "webhookEndpoint { id }").await;
        let id = made["webhookEndpoint"]["id"].clone();
        let disable = json!({ "id": id, "status": "DISABLED" });
        self.run("updateWebhookEndpoint", disable, "").await;
        let tables = self.tables().await;
        let product = tables.product.iter().find(|row| row.tenant_id == self.tenant()).unwrap();
        let product = json!({
            "id": Id(product.id).to_string(), "provisioning": "WEBHOOK", "provisioningEndpointId": id,
        });
        self.run("updateProduct", product, "").await;
        let Id(endpoint) = Id::<WebhookEndpointId>::read(id.as_str().unwrap()).unwrap();
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let own = tables.order_line_attempt.iter().filter(|row| row.tenant_id == self.tenant());
        for (count, attempt) in own.enumerate() {
            let is = |every: usize| count.is_multiple_of(every);
            let mut row = attempt.clone().into_active_model();
            row.webhook_endpoint_id = Set(is(2).then_some(endpoint));
            row.answer_by = Set(is(3).then_some(attempt.started_at));
            row.accepted_at = Set(is(4).then_some(attempt.started_at));
            row.posts = Set(i32::try_from(count % 5).unwrap());
            row.status_code = Set(is(5).then_some(503));
            row.error = Set(is(6).then(|| "The \"answer\" \\ ü €".to_owned()));
            row.update(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// Invoices are paid and credited, and something moves on accounts.
    async fn documents_are_settled(&self) {
        let shares = "UPDATE invoice_line SET share_days = 17, share_of_days = 31, \
                      starts_on = '2026-01-15', ends_on = '2026-02-01' WHERE cause = ''";
        self.app.database.execute(shares).await;
        let tables = self.tables().await;
        let issued = tables.invoice.iter().filter(|row| {
            row.tenant_id == self.tenant() && row.number.is_some() && row.net_amount > 0
        });
        for (count, invoice) in issued.enumerate() {
            let id = Id(invoice.id).to_string();
            let (amount, reference) =
                ((invoice.gross_amount / 2 + 1).to_string(), format!("R-{count}"));
            let payment = json!({ "invoiceId": id, "amount": amount, "reference": reference });
            if count % 3 == 0 {
                let paid = self.run("recordPayment", payment, "payment { id }").await;
                if count % 6 == 0 {
                    let none = json!({ "id": paid["payment"]["id"], "reason": "a \"b\"" });
                    self.run("reversePayment", none, "").await;
                }
            }
            if count % 4 == 0 {
                let all = json!({ "invoiceId": id, "reason": "OTHER", "note": "a \"b\"" });
                let made = self.run("createCreditNote", all, "creditNote { id }").await;
                if count % 8 == 0 {
                    let issue = json!({ "id": made["creditNote"]["id"] });
                    self.run("issueCreditNote", issue, "").await;
                }
            }
            let entry = json!({
                "customerId": Id(invoice.customer_id).to_string(), "currency": invoice.currency,
                "kind": "CHARGE", "amount": "7", "note": "a\nb",
            });
            self.run("addAccountTransaction", entry, "").await;
        }
    }

    /// What came about in earlier releases, or elsewhere.
    async fn there_are_old_rows(&self) {
        let tables = self.tables().await;
        let sold_by = |line: &invoice_line::Model| {
            let found = tables.subscription.iter().find(|it| Some(it.id) == line.subscription_id);
            found.and_then(|it: &subscription::Model| it.partner_id)
        };
        let of_tenant =
            |row: &&invoice::Model| row.tenant_id == self.tenant() && row.partner_id.is_some();
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let in_currency = |line: &invoice_line::Model, currency: &str| {
            let mut invoices = tables.invoice.iter();
            invoices.any(|it| it.id == line.invoice_id && it.currency == currency)
        };
        let with_lines_of_others = tables.invoice.iter().filter(of_tenant).filter_map(|invoice| {
            let of_another = tables.invoice_line.iter().find(|line| {
                line.tenant_id == self.tenant()
                    && sold_by(line).is_some_and(|it: PartnerId| Some(it) != invoice.partner_id)
                    && in_currency(line, &invoice.currency)
            });
            Some((invoice, of_another?))
        });
        for (count, (invoice, of_another)) in with_lines_of_others.take(3).enumerate() {
            let mut row = of_another.clone().into_active_model().reset_all();
            row.id = Set(InvoiceLineId::new(invoice.created_at));
            row.line_number = Set(1_000 + i32::try_from(count).unwrap());
            row.invoice_id = Set(invoice.id);
            row.order_line_id = Set(None);
            row.cause = Set(String::new());
            invoice_line::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        }
        // Lines that act on one subscription, next to each other and not. They come to nothing: an order keeps its sums.
        let of_tenant = |row: &&order_line::Model| {
            row.tenant_id == self.tenant() && row.line_number == 2 && row.subscription_id.is_some()
        };
        for second in tables.order_line.iter().filter(of_tenant) {
            let is_first =
                |row: &&order_line::Model| row.order_id == second.order_id && row.line_number == 1;
            let first = tables.order_line.iter().find(is_first).unwrap();
            for (line, number) in [(second, 1_000), (first, 1_001)] {
                let mut row = line.clone().into_active_model().reset_all();
                row.id = Set(OrderLineId::new(line.order_created_at));
                row.line_number = Set(number);
                row.client_line_id = Set(None);
                row.action = Set(OrderAction::Change);
                row.net_amount = Set(0);
                let mut components = line.components.clone();
                components.iter_mut().flat_map(|it| &mut it.0).for_each(|it| it.amount = 0);
                row.components = Set(components);
                order_line::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
            }
        }
        // What most changes would charge.
        let charges = Charges(
            [(ChargeType::Correction, Some("2026-03-31")), (ChargeType::OneTimeFee, None)]
                .map(|(charge_type, ends_on)| Charge {
                    component_id: None,
                    charge_type,
                    description: "More seats".to_owned(),
                    starts_on: "2026-03-14".parse().unwrap(),
                    ends_on: ends_on.map(|day| day.parse().unwrap()),
                    share_days: 17,
                    share_of_days: 31,
                    quantity: 3,
                    amount: -1_234,
                    discount: 75,
                    due_on: "2026-03-14".parse().unwrap(),
                })
                .to_vec(),
        );
        for line in tables.order_line.iter().filter(|row| row.tenant_id == self.tenant()) {
            let mut row = line.clone().into_active_model();
            row.charges = Set(Some(charges.clone()));
            // The first line of an order was to be cancelled by all others.
            let is_first =
                |it: &&order_line::Model| it.order_id == line.order_id && it.line_number == 1;
            if line.line_number > 1 && line.ended_at.is_some() {
                row.cancels_line_id = Set(tables.order_line.iter().find(is_first).map(|it| it.id));
                row.cancellable_until = Set(line.ended_at);
            }
            row.update(&txn).await.unwrap();
        }
        // Changes that came to nothing.
        for held in tables.subscription.iter().filter(|row| row.tenant_id == self.tenant()) {
            let of_held = |row: &&order_line::Model| row.subscription_id == Some(held.id);
            let row = subscription_change::Model {
                id: SubscriptionChangeId::new(held.created_at),
                tenant_id: held.tenant_id,
                subscription_id: held.id,
                change_number: 1_000,
                order_line_id: tables.order_line.iter().find(of_held).map(|line| line.id),
                kind: SubscriptionChangeKind::AutoRenew,
                change_time: ChangeTime::OnRenewal,
                status: SubscriptionChangeStatus::Failed,
                takes_effect_on: "2026-03-31".parse().unwrap(),
                opens_day: true,
                registered_on: "2026-03-14".parse().unwrap(),
                executed_at: Some(held.created_at),
                rounding_mode: RoundingMode::HalfUp,
                quantity: Some(3),
                offer_id: Some(held.offer_id),
                plan_instance: None,
                keep_anchor: true,
                paid: false,
                auto_renew: Some(false),
                undoes: false,
                follows_id: None,
                failure_reason: Some("The subscription is suspended.".to_owned()),
                created_at: held.created_at,
                updated_at: held.updated_at,
            };
            let row = row.into_active_model().reset_all();
            subscription_change::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        }
        // Documents that orders have to themselves.
        let issued = tables
            .invoice
            .iter()
            .filter(|row| row.tenant_id == self.tenant() && row.number.is_some());
        for issued in issued.step_by(2) {
            let of_customer = |row: &&order::Model| row.customer_id == issued.customer_id;
            let mut row = issued.clone().into_active_model();
            row.order_id = Set(tables.order.iter().find(of_customer).map(|order| order.id));
            row.update(&txn).await.unwrap();
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

    /// A caller buys for the customer of a partner. Of some orders, the approver of the one above says yes.
    async fn callers_buy(&self, server: &Server, buyer: &str, approver: &str) {
        let tables = self.tables().await;
        let partner = id_of_partner(&tables, self.tenant(), "P-110");
        let customers = tables
            .customer
            .iter()
            .filter(|row| row.partner_id.is_some_and(|id| Id(id).to_string() == partner));
        let agreements = tables.agreement.iter().filter(|row| {
            row.currency == "EUR" && customers.clone().any(|it| it.id == row.customer_id)
        });
        let mut offers = tables.offer.iter().filter(|row| row.tenant_id == self.tenant());
        let offer = offers.find(|row| row.code == "LYRA-USER-M").unwrap();
        for (agreement, (submit, approve)) in
            agreements.zip([(true, true), (true, false), (false, false), (true, false)])
        {
            let input = json!({
                "customerId": Id(agreement.customer_id).to_string(), "submit": submit,
                "agreementId": Id(agreement.id).to_string(), "reference": "Bought \"by\" key",
                "lines": [{ "offerId": Id(offer.id).to_string(), "quantity": 3 }],
            });
            let create = "mutation ($input: CreateOrderInput!) {
                done: createOrder(input: $input) { order { id } userErrors { message } } }";
            let order = done(server, buyer, create, input).await["order"]["id"].clone();
            let yes = "mutation ($input: ApproveOrderInput!) {
                done: approveOrder(input: $input) { userErrors { message } } }";
            if approve {
                done(server, approver, yes, json!({ "id": order })).await;
            }
        }
    }

    /// Of the seller and of partners, enabled and not; and an order for which some of them ask.
    async fn rules_ask(&self, server: &Server, secrets: &[String]) {
        let tables = self.tables().await;
        let of_tenant = self.tenant();
        let partner = |number| id_of_partner(&tables, of_tenant, number);
        let mut products = tables.product.iter().filter(|row| row.tenant_id == of_tenant);
        let product = Id(products.next().unwrap().id).to_string();
        let customer = id_of_customer(&tables, of_tenant, "C-1004");
        for rule in [
            json!({
                "name": "Large \"order\"", "currency": "EUR", "minimumAmount": "1", "creditLimit": "0",
                "lapseAfterHours": 8_784, "remindEveryHours": 1, "approversNeeded": 3,
            }),
            json!({ "name": "A ü", "approverPartnerId": partner("P-110"), "remindEveryHours": 24 }),
            json!({
                "name": "P-100", "approverPartnerId": partner("P-100"), "partnerId": partner("P-110"),
                "approversNeeded": 2,
            }),
            json!({
                "name": "Off", "enabled": false, "productId": product, "vendor": "Cirrus",
                "action": "CHANGE", "customerId": customer, "firstOrder": true,
                "partnerId": partner("P-200"),
            }),
        ] {
            self.run("createApprovalRule", rule, "").await;
        }
        let (approver_above, partner_above) = (&secrets[4], &secrets[5]);
        for buyer in [&secrets[0], partner_above] {
            self.callers_buy(server, buyer, approver_above).await;
        }
        let reminded = "UPDATE approval SET reminded_at = created_at WHERE remind_at IS NOT NULL";
        self.app.database.execute(reminded).await;
    }

    /// Of some of them, one is used and the other revoked.
    async fn approvers_make_links(&self, server: &Server, approvers: &[String]) {
        let tables = self.tables().await;
        let create = "mutation ($input: CreateApprovalLinksInput!) {
            createApprovalLinks(input: $input) { rejectLink { id } } }";
        let waiting = tables.order.iter().filter(|row| {
            row.tenant_id == self.tenant() && row.status == OrderStatus::PendingApproval
        });
        for (count, waiting) in waiting.enumerate() {
            for approver in approvers {
                let input = json!({
                    "id": Id(waiting.id).to_string(), "recipient": format!("Pat \"{count}\" Lee"),
                });
                let made = server.post(approver, create, json!({ "input": input })).await;
                let reject = &made["data"]["createApprovalLinks"]["rejectLink"];
                // Most orders wait for another one's answer.
                if !reject.is_null() && count % 2 == 0 {
                    self.run("revokeApprovalLink", json!({ "id": reject["id"] }), "").await;
                }
            }
        }
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let active = self.tables().await.approval_link.into_iter();
        let active = active.filter(|link| link.status == ApprovalLinkStatus::Active);
        for used in active.step_by(3) {
            let used_at = used.created_at;
            let mut row: approval_link::ActiveModel = used.into();
            row.status = Set(ApprovalLinkStatus::Used);
            row.used_at = Set(Some(used_at));
            row.update(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// To every other order that waits. Some of them wait for more; of one yes, less is known.
    async fn approvers_say_yes(&self, server: &Server, approvers: &[String]) {
        let tables = self.tables().await;
        let yes = "mutation ($input: ApproveOrderInput!) {
            approveOrder(input: $input) { order { status } } }";
        let waiting = tables.order.iter().filter(|row| {
            row.tenant_id == self.tenant() && row.status == OrderStatus::PendingApproval
        });
        let mut waits_for_more = 0;
        for waiting in waiting.step_by(2) {
            for approver in approvers {
                let input = json!({ "id": Id(waiting.id).to_string() });
                let answer = server.post(approver, yes, json!({ "input": input })).await;
                let status = &answer["data"]["approveOrder"]["order"]["status"];
                waits_for_more += usize::from(status == "PENDING_APPROVAL");
            }
        }
        assert!(waits_for_more > 1, "{waits_for_more}");
        let unknown = "UPDATE consent SET order_version = NULL
            WHERE id = (SELECT id FROM consent ORDER BY id DESC LIMIT 1)";
        self.app.database.execute(unknown).await;
    }

    /// Some of it is sent, some is not.
    async fn there_is_mail(&self, server: &Server, keepers: &[String]) {
        let create = "mutation ($input: CreateMailRecipientInput!) {
            createMailRecipient(input: $input) { mailRecipient { id } } }";
        for (count, keeper) in keepers.iter().enumerate() {
            let input = json!({
                "address": format!("pat.{count}@example.com"), "language": "DE",
                "kinds": ["ORDER_REJECTED", "APPROVAL_WANTED"], "enabled": count % 2 == 0,
            });
            server.post(keeper, create, json!({ "input": input })).await;
        }
        let customers = json!({ "audience": "CUSTOMER", "kinds": ["INVOICE_ISSUED"] });
        self.run("createMailRecipient", customers, "").await;
        let tables = self.tables().await;
        let of_tenant = |tenant: TenantId| tenant == self.tenant();
        let orders: Vec<_> =
            tables.order.iter().filter(|row| of_tenant(row.tenant_id)).take(9).collect();
        let invoices = tables.invoice.iter().filter(|row| of_tenant(row.tenant_id)).take(3);
        let about = orders.iter().map(|row| (Some(row.id), None));
        let about: Vec<_> = about.chain(invoices.map(|row| (None, Some(row.id)))).collect();
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        for recipient in tables.mail_recipient.iter().filter(|row| of_tenant(row.tenant_id)) {
            for (count, (order_id, invoice_id)) in about.iter().copied().enumerate() {
                let at = recipient.created_at;
                let status = MailStatus::ALL[count % MailStatus::ALL.len()];
                let is_tried = count % 3 > 0;
                let row = mail::Model {
                    id: MailId::new(at),
                    tenant_id: self.tenant(),
                    recipient_id: if count == 4 { MailRecipientId::new(at) } else { recipient.id },
                    partner_id: recipient.partner_id,
                    event_id: EventId::new(at),
                    position: 1,
                    kind: MailKind::ALL[count % MailKind::ALL.len()],
                    order_id,
                    order_line_id: None,
                    invoice_id,
                    address: "pat@example.com".to_owned(),
                    language: recipient.language,
                    subject: is_tried.then(|| "A \"subject\" \\ ü €".to_owned()),
                    status,
                    attempts: i32::from(is_tried),
                    next_try_at: at,
                    give_up_at: at,
                    error: is_tried.then(|| "550 \"no\"".to_owned()),
                    created_at: at,
                    sent_at: (status == MailStatus::Sent).then_some(at),
                };
                let row = row.into_active_model().reset_all();
                mail::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
            }
        }
        txn.commit().await.unwrap();
    }

    /// So they may not decide on them.
    async fn approvers_have_had_a_hand_in_orders(&self, secrets: &[String]) {
        let tables = self.tables().await;
        let txn = self.app.app.store.begin(self.tenant()).await.unwrap();
        let waiting = tables.order.iter().filter(|row| {
            row.tenant_id == self.tenant() && row.status == OrderStatus::PendingApproval
        });
        for (count, waiting) in waiting.enumerate() {
            let subject =
                format!("key:{}", key_of(&tables, &secrets[count % secrets.len()]).prefix);
            let mut row = waiting.clone().into_active_model();
            match count % 3 {
                0 => row.placed_by = Set(subject),
                1 => {
                    row.co_authors =
                        Set(Some(order::Subjects(vec!["user:one".to_owned(), subject])));
                }
                _ => continue,
            }
            row.update(&txn).await.unwrap();
        }
        txn.commit().await.unwrap();
    }
}

/// Whose secret it is.
fn key_of<'t>(tables: &'t Tables, secret: &str) -> &'t api_key::Model {
    tables.api_key.iter().find(|key| secret.contains(&key.prefix)).unwrap()
}

/// Has something done by a caller.
async fn done(server: &Server, key: &str, mutation: &str, input: Value) -> Value {
    let mut answer = server.post(key, mutation, json!({ "input": input })).await;
    assert_eq!(answer["data"]["done"]["userErrors"], json!([]), "{answer}");
    answer["data"]["done"].take()
}

fn id_of_partner(tables: &Tables, tenant_id: TenantId, number: &str) -> String {
    let mut rows = tables.partner.iter().filter(|row| row.tenant_id == tenant_id);
    Id(rows.find(|row| row.partner_number == number).unwrap().id).to_string()
}

fn id_of_customer(tables: &Tables, tenant_id: TenantId, number: &str) -> String {
    let mut rows = tables.customer.iter().filter(|row| row.tenant_id == tenant_id);
    Id(rows.find(|row| row.customer_number == number).unwrap().id).to_string()
}
