//! How the seller comes to what it has.

use std::sync::Arc;

use domain::viewer::{Scope, Viewer};
use entity::{
    CustomerId, EventId, Language, MailId, MailKind, MailRecipientId, MailStatus, OrderId,
    PartnerId, Role, TenantId, TenantKind, event_log, mail,
};
use ordergate::{
    events::cursor::Cursor,
    graphql::id::Id,
    services::{
        tenants::create::{CreateTenant, create_tenant},
        unit::Unit,
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Buyer, Lines, Seller};
use crate::support::{api::Api, app::TestApp, given::viewer};

/// Sets a seller up. Every text that it can choose contains `mark`; what belongs to the customer `far` contains
/// `STRANGER` as well.
pub(crate) async fn seller(app: &TestApp, api: &Api, mark: &str) -> Seller {
    let admin = create(app, mark).await;
    let setup = Setup { app, api, admin: &admin, mark };
    let page = json!({ "paymentPageUrl": format!("https://pay.example/{mark}") });
    api.done(&admin, "updateTenantSettings", page, "").await;
    let product = setup.product("INSTANT", "INSTANT").await;
    let manual_product = setup.product("MANUAL", "MANUAL").await;
    let edition = json!({
        "productId": product, "name": mark, "features": [mark],
        "limitations": [{ "name": mark, "value": 5 }],
        "variables": [{ "name": mark, "value": mark }],
    });
    let edition = setup.create("createEdition", "edition", edition).await;
    let tax_code = json!({
        "code": mark, "name": mark, "rates": [{ "validFrom": "2020-01-01", "basisPoints": 2500 }],
    });
    let tax_code = setup.create("createTaxCode", "taxCode", tax_code).await;
    let offer = setup.offer("INSTANT", &product, Some(&edition)).await;
    let larger_offer = setup.offer("LARGER", &product, Some(&edition)).await;
    let manual_offer = setup.offer("MANUAL", &manual_product, None).await;
    let used_offer = setup.used_offer(&product).await;
    let add_on = setup.add_on(&product, &offer).await;
    let plan = setup.plan("PLAN", &offer, &product, None).await;
    let larger_plan = setup.plan("LARGER", &larger_offer, &product, None).await;
    let add_on_plan = setup.plan("ADD-ON", &add_on, &product, None).await;
    let upper = json!({ "partnerNumber": format!("{mark}-UPPER"), "name": mark });
    let upper_partner = setup.create("createPartner", "partner", upper).await;
    let buyers = Buyers {
        upper_partner: &upper_partner,
        offer: &offer,
        plan: &plan,
        manual_offer: &manual_offer,
        used_offer: &used_offer,
        add_on: &add_on,
    };
    let near = Box::pin(setup.buyer("NEAR", &buyers)).await;
    let far = Box::pin(setup.buyer("STRANGER", &buyers)).await;
    for (code, buyer) in [("NEAR", &near), ("STRANGER", &far)] {
        setup.plan(code, &offer, &product, Some(&buyer.partner)).await;
    }
    let dry = json!({ "dryRun": true });
    let billing_run = setup.create("startBillingRun", "billingRun", dry).await;
    let vendor =
        json!({ "url": "https://hooks.example/vendor", "purpose": "PROVISIONING", "kinds": [] });
    let vendor_endpoint = setup.create("createWebhookEndpoint", "webhookEndpoint", vendor).await;
    let log = event_log::Entity::find_by_id(admin.tenant_id).one(app.app.store.readers()).await;
    let first_cursor = Cursor { epoch: log.unwrap().unwrap().epoch, position: 0 }.to_string();
    Seller {
        tenant_id: admin.tenant_id,
        tenant: Id(admin.tenant_id).to_string(),
        near,
        far,
        upper_partner,
        product,
        edition,
        offer,
        tax_code,
        larger_offer,
        plan,
        larger_plan,
        add_on,
        add_on_plan,
        manual_offer,
        billing_run,
        vendor_endpoint,
        first_cursor,
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
        time_zone: "UTC".to_owned(),
    };
    create_tenant(&unit, tenant).await.unwrap();
    unit.commit().await.unwrap();
    Viewer { subject: format!("user:{mark}"), ..viewer(tenant_id, Role::Admin, Scope::Tenant) }
}

/// What both customers have to do with.
struct Buyers<'a> {
    upper_partner: &'a str,
    offer: &'a str,
    /// Of the offer.
    plan: &'a str,
    manual_offer: &'a str,
    /// Charged by use.
    used_offer: &'a str,
    /// Of the offer.
    add_on: &'a str,
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

    async fn used_offer(&self, product: &str) -> String {
        let mark = self.mark;
        let input = json!({
            "productId": product, "code": format!("{mark}-USED"), "name": mark,
            "billing": "USAGE", "billingPeriod": "MONTHLY",
            "prices": [{ "currency": "EUR", "unitAmount": "10", "taxBasisPoints": 2500 }],
        });
        self.create("createOffer", "offer", input).await
    }

    async fn add_on(&self, product: &str, offer: &str) -> String {
        let mark = self.mark;
        let input = json!({
            "productId": product, "code": format!("{mark}-ADD-ON"), "name": mark,
            "parentOfferId": offer, "billing": "RECURRING", "billingPeriod": "MONTHLY",
            "prices": [{ "currency": "EUR", "unitAmount": "100", "taxBasisPoints": 2500 }],
        });
        self.create("createOffer", "offer", input).await
    }

    async fn plan(&self, code: &str, offer: &str, product: &str, partner: Option<&str>) -> String {
        let mark = self.mark;
        let component =
            json!({ "productId": product, "unitAmount": "1000", "taxBasisPoints": 2500 });
        let input = json!({
            "offerId": offer, "code": format!("{mark}-{code}"), "name": mark, "partnerId": partner,
            "description": mark, "currency": "EUR", "componentChoice": { "choice": "ANY" },
            "steps": [{ "components": [component] }],
        });
        self.create("createPlan", "plan", input).await
    }

    /// Of a kind that never happens here, so nobody is posted to.
    async fn webhook_endpoints(&self, partner: &str, number: &str) -> [String; 2] {
        let mut made = Vec::new();
        for _ in 0..2 {
            let endpoint = json!({
                "url": format!("https://hooks.example/{number}"),
                "document": format!("subscription {} {{ events {{ id }} }}", self.mark), "kinds": ["BILLING_HELD"],
                "partnerId": partner,
            });
            made.push(self.create("createWebhookEndpoint", "webhookEndpoint", endpoint).await);
        }
        made.try_into().unwrap()
    }

    /// A mail about an order that the server has refused.
    async fn failed_mail(
        &self,
        partner_id: PartnerId,
        recipient: &str,
        order: &str,
        number: &str,
    ) -> String {
        let now = self.app.app.clock.now();
        let row = mail::Model {
            id: MailId::new(now),
            tenant_id: self.admin.tenant_id,
            recipient_id: MailRecipientId(uuid(recipient)),
            partner_id: Some(partner_id),
            event_id: EventId::new(now),
            position: 1,
            kind: MailKind::OrderFailed,
            order_id: Some(OrderId(uuid(order))),
            order_line_id: None,
            invoice_id: None,
            address: format!("{number}@example.com"),
            language: Language::German,
            subject: Some(number.to_owned()),
            status: MailStatus::Failed,
            attempts: 1,
            next_try_at: now,
            give_up_at: now,
            error: Some(number.to_owned()),
            created_at: now,
            sent_at: None,
        };
        let id = Id(row.id).to_string();
        let txn = self.app.app.store.begin(self.admin.tenant_id).await.unwrap();
        let row = row.into_active_model().reset_all();
        mail::Entity::insert(row).exec_without_returning(&txn).await.unwrap();
        txn.commit().await.unwrap();
        id
    }

    async fn buyer(&self, name: &str, buyers: &Buyers<'_>) -> Buyer {
        let Buyers { upper_partner, offer, plan, manual_offer, used_offer, add_on } = *buyers;
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
        let beside = json!({
            "agreementId": agreement, "reference": words, "submit": true, "lines": [{
                "offerId": add_on, "quantity": 1, "parentSubscriptionId": subscription,
            }],
        });
        let beside = buying.order_for("createOrder", beside).await;
        buying.approve(&beside).await;
        let found = "query Run($id: ID!) { subscription(id: $id) {
            license { id } invoiceLines(first: 1) { nodes { id invoice { id } } } } }";
        let found = self.api.read(self.admin, found, json!({ "id": subscription })).await;
        let found = &found["subscription"];
        let license = id(&found["license"]);
        let issued_line = id(&found["invoiceLines"]["nodes"][0]);
        let issued_invoice = id(&found["invoiceLines"]["nodes"][0]["invoice"]);
        let issued = json!({ "id": issued_invoice });
        self.api.done(self.admin, "issueInvoice", issued, "").await;
        let payment = json!({
            "invoiceId": issued_invoice, "amount": "1", "reference": number,
        });
        let payment = self.create("recordPayment", "payment", payment).await;
        let entry = json!({
            "customerId": customer, "currency": "EUR", "kind": "ALLOWANCE", "amount": "1",
            "note": words,
        });
        let entry = self.create("addAccountTransaction", "accountTransaction", entry).await;
        let mut credit_notes = Vec::new();
        for _ in 0..3 {
            let line = json!({ "description": words, "amount": "10", "taxBasisPoints": 0 });
            let credit_note = json!({
                "customerId": customer, "agreementId": agreement, "reason": "GOODWILL",
                "note": words, "lines": [line],
            });
            let credit_note =
                self.create("createStandaloneCreditNote", "creditNote", credit_note).await;
            credit_notes.push(credit_note);
        }
        let part = json!({ "lineId": issued_line, "amount": "1" });
        let taken = json!({
            "invoiceId": issued_invoice, "lines": [part], "reason": "ERROR", "note": words,
        });
        let credit_of_invoice = self.create("createCreditNote", "creditNote", taken).await;

        let (_, suspended_subscription) = buying.subscription(offer).await;
        let reference = json!({ "id": suspended_subscription, "reference": words });
        let suspension = buying.order_for("suspendSubscription", reference).await;
        buying.approve(&suspension).await;
        let mut changeable = Vec::new();
        for _ in 0..4 {
            changeable.push(buying.subscription(offer).await.1);
        }
        let planned = json!({
            "agreementId": agreement, "reference": words, "submit": true,
            "lines": [{ "offerId": offer, "quantity": 1, "plan": { "planId": plan } }],
        });
        let planned = buying.order_for("createOrder", planned).await;
        buying.approve(&planned).await;
        let (ending_subscription, scheduled_change) = Box::pin(buying.ending(offer)).await;
        let used_subscription = buying.subscription(used_offer).await.1;
        let today = self.app.app.clock.now().date_naive();
        let used_days = [today, today.succ_opt().unwrap()];
        let used = json!({
            "subscriptionId": used_subscription, "quantity": 5, "reference": number,
            "startsOn": used_days[0], "endsOn": used_days[1],
        });
        let usage_report = self.create("reportUsage", "usageReport", used).await;
        let open = "query Run($id: ID!) { customer(id: $id) {
            invoices(first: 9) { nodes { id status kind } } } }";
        let open = self.api.read(self.admin, open, json!({ "id": customer })).await;
        let invoices = open["customer"]["invoices"]["nodes"].as_array().unwrap();
        let draft = invoices
            .iter()
            .find(|invoice| invoice["status"] == "DRAFT" && invoice["kind"] == "INVOICE")
            .unwrap();

        let linked = id(&buying.order(offer, 1, true).await);
        let link = json!({ "id": linked, "recipient": words });
        let approval_link = self.create("createApprovalLinks", "approveLink", link).await;

        let mut approval_rules = Vec::new();
        for _ in 0..2 {
            let rule = json!({
                "name": words, "enabled": false, "approverPartnerId": partner,
                "customerId": customer, "partnerId": partner, "vendor": words,
            });
            approval_rules.push(self.create("createApprovalRule", "approvalRule", rule).await);
        }
        let denied =
            json!({ "customerId": customer, "balanceLimit": "900000000", "reason": words });
        let denial = self.create("denyCustomer", "denial", denied).await;
        let price = json!({ "currency": "SEK", "unitAmount": "700", "taxBasisPoints": 2_500 });
        let price = json!({ "offerId": offer, "customerId": customer, "price": price });
        let price = self.create("createPrice", "price", price).await;
        let paid_draft = id(&buying.order(offer, 1, false).await);
        let mut payment_agreements = Vec::new();
        for order in [Some(&paid_draft), None, None] {
            let agreement = json!({
                "customerId": customer, "orderId": order, "method": "CARD",
                "returnUrl": format!("https://shop.example/{number}"),
                "providerReference": format!("{number} {}", payment_agreements.len()),
            });
            let made = self.create("registerPaymentAgreement", "paymentAgreement", agreement).await;
            payment_agreements.push(made);
        }
        let mut discounts = Vec::new();
        for code in ["FREE", "GIVEN"] {
            let discount = json!({
                "code": format!("{number}-{code}"), "name": words, "basisPoints": 100,
                "duration": "FOREVER", "offerIds": [offer], "customerIds": [customer],
                "partnerId": partner,
            });
            discounts.push(self.create("createDiscount", "discount", discount).await);
        }
        let given = json!({ "id": changeable[3], "discountId": discounts[1] });
        let subscription_discount =
            self.create("applyDiscount", "subscriptionDiscount", given).await;
        let told = json!({
            "partnerId": partner, "address": format!("{number}@example.com"),
            "kinds": ["APPROVAL_WANTED", "ORDER_FAILED"],
        });
        let mail_recipient =
            self.create("createMailRecipient", "mailRecipient", told.clone()).await;
        let other_mail_recipient = self.create("createMailRecipient", "mailRecipient", told).await;
        let mail = self.failed_mail(partner_id, &mail_recipient, &order, &number).await;

        Buyer {
            partner_viewer: caller(Role::Partner, of_partner()),
            partner_approver: caller(Role::Approver, of_partner()),
            order,
            subscription,
            license,
            issued_invoice,
            issued_line,
            draft_invoice: id(draft),
            credit_notes: credit_notes.try_into().unwrap(),
            credit_of_invoice,
            payment,
            account_transaction: entry,
            suspended_subscription,
            ending_subscription,
            scheduled_change,
            used_subscription,
            usage_report,
            used_days,
            changeable_subscriptions: changeable.try_into().unwrap(),
            drafts: buying.three(offer, false).await,
            pending: buying.three(offer, true).await,
            linked,
            approval_link,
            approval_rules: approval_rules.try_into().unwrap(),
            denial,
            price,
            payment_agreements: payment_agreements.try_into().unwrap(),
            paid_draft,
            discount: discounts.swap_remove(0),
            subscription_discount,
            mail_recipient,
            other_mail_recipient,
            mail,
            lines: buying.lines(manual_offer).await,
            webhook_endpoints: self.webhook_endpoints(&partner, &number).await,
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

    /// A subscription that ends with its period, and a change that waits for the same day.
    async fn ending(&self, offer: &str) -> (String, String) {
        let (_, subscription) = self.subscription(offer).await;
        let change = json!({
            "id": subscription, "quantity": 9, "when": "ON_RENEWAL", "reference": self.words,
        });
        let change = self.order_for("changeSubscription", change).await;
        self.approve(&change).await;
        let end = json!({ "id": subscription, "when": "ON_RENEWAL", "reference": self.words });
        let end = self.order_for("cancelSubscription", end).await;
        self.approve(&end).await;
        let waiting = "query Run($id: ID!) { subscription(id: $id) {
            scheduledChanges(last: 1) { nodes { id } } } }";
        let waiting =
            self.setup.api.read(self.viewer, waiting, json!({ "id": subscription })).await;
        let change = id(&waiting["subscription"]["scheduledChanges"]["nodes"][0]);
        (subscription, change)
    }

    async fn lines(&self, manual_offer: &str) -> Lines {
        let order = self.order(manual_offer, 7, true).await;
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
            in_progress: [1, 2, 3, 6].map(|line| lines[line].clone()),
            on_hold: lines[4].clone(),
            failed: lines[5].clone(),
        }
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn uuid(id: &str) -> Uuid {
    let (_, digits) = id.split_once('_').unwrap();
    Uuid::try_parse(digits).unwrap()
}
