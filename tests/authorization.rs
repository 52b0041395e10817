//! Which role may use which field: one row for every root field, and each of them tried by everybody.

use std::collections::BTreeSet;

use domain::viewer::{Scope, Viewer};
use entity::Role;
use serde_json::{Value, json};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::viewer,
        introspection::{Introspected, Root, list, name_of, text},
        seller::{Seller, seller},
    },
};

on_both_databases!(
    every_root_field_is_open_to_the_roles_in_its_row_and_to_nobody_else,
    nested_fields_are_open_to_whoever_reaches_them_unless_they_have_a_row,
);

const EVERYBODY: &[Role] = Role::ALL;
const ADMINS: &[Role] = &[Role::Admin];
const SELLERS: &[Role] = &[Role::Admin, Role::Seller];
const CUSTOMER_KEEPERS: &[Role] = &[Role::Admin, Role::Seller, Role::Partner];
const WEBHOOK_KEEPERS: &[Role] = &[Role::Admin, Role::Partner];
const BUYERS: &[Role] = &[Role::Admin, Role::Seller, Role::Partner, Role::Customer];
const APPROVERS: &[Role] = &[Role::Admin, Role::Approver];
const MAIL_KEEPERS: &[Role] = &[Role::Admin, Role::Approver, Role::Partner];
const PROVISIONERS: &[Role] = &[Role::Admin, Role::Provisioner];
const RETRIERS: &[Role] = &[Role::Admin, Role::Seller, Role::Provisioner];
const USAGE_REPORTERS: &[Role] = &[Role::Admin, Role::Seller, Role::Provisioner];
const SIMULATORS: &[Role] =
    &[Role::Admin, Role::Seller, Role::Partner, Role::Customer, Role::Provisioner];
/// Whoever works for the seller itself.
const STAFF: &[Role] =
    &[Role::Admin, Role::Seller, Role::Approver, Role::Provisioner, Role::Auditor];

#[rustfmt::skip]
const ROWS: &[(Root, &str, &[Role])] = &[
    (Root::Query,    "viewer",               EVERYBODY),
    (Root::Query,    "node",                 EVERYBODY),
    (Root::Query,    "nodes",                EVERYBODY),
    (Root::Query,    "feedCursor",           EVERYBODY),
    (Root::Query,    "orderLifecycle",       EVERYBODY),
    (Root::Query,    "order",                EVERYBODY),
    (Root::Query,    "orders",               EVERYBODY),
    (Root::Query,    "orderLine",            EVERYBODY),
    (Root::Query,    "orderLines",           EVERYBODY),
    (Root::Query,    "subscription",         EVERYBODY),
    (Root::Query,    "subscriptions",        EVERYBODY),
    (Root::Query,    "license",              EVERYBODY),
    (Root::Query,    "licenses",             EVERYBODY),
    (Root::Query,    "invoice",              EVERYBODY),
    (Root::Query,    "invoices",             EVERYBODY),
    (Root::Query,    "customer",             EVERYBODY),
    (Root::Query,    "customers",            EVERYBODY),
    (Root::Query,    "partner",              EVERYBODY),
    (Root::Query,    "partners",             EVERYBODY),
    (Root::Query,    "agreement",            EVERYBODY),
    (Root::Query,    "agreements",           EVERYBODY),
    (Root::Query,    "product",              EVERYBODY),
    (Root::Query,    "products",             EVERYBODY),
    (Root::Query,    "offer",                EVERYBODY),
    (Root::Query,    "offers",               EVERYBODY),
    (Root::Query,    "plan",                 EVERYBODY),
    (Root::Query,    "plans",                EVERYBODY),
    (Root::Query,    "edition",              EVERYBODY),
    (Root::Query,    "editions",             EVERYBODY),
    (Root::Query,    "taxCode",              EVERYBODY),
    (Root::Query,    "taxCodes",             EVERYBODY),
    (Root::Query,    "discount",             EVERYBODY),
    (Root::Query,    "discounts",            EVERYBODY),
    (Root::Query,    "approvalRule",         EVERYBODY),
    (Root::Query,    "approvalRules",        EVERYBODY),
    (Root::Query,    "apiKeys",              ADMINS),
    (Root::Query,    "mailRecipient",        MAIL_KEEPERS),
    (Root::Query,    "mailRecipients",       MAIL_KEEPERS),
    (Root::Query,    "mail",                 MAIL_KEEPERS),
    (Root::Query,    "mails",                MAIL_KEEPERS),
    (Root::Query,    "billingRun",           EVERYBODY),
    (Root::Query,    "billingRuns",          EVERYBODY),
    (Root::Query,    "webhookEndpoint",      WEBHOOK_KEEPERS),
    (Root::Query,    "webhookEndpoints",     WEBHOOK_KEEPERS),
    (Root::Query,    "previewOrder",         BUYERS),
    (Root::Query,    "previewSubscriptionChange", BUYERS),
    (Root::Query,    "previewRenewal",       BUYERS),
    (Root::Query,    "previewOrderLineCancellation", BUYERS),
    (Root::Query,    "previewCreditNote",    SELLERS),
    (Root::Query,    "previewBilling",       SELLERS),
    (Root::Query,    "previewPriceMigration", SELLERS),
    (Root::Query,    "accountBalance",       EVERYBODY),
    (Root::Query,    "paymentAgreement",     EVERYBODY),
    (Root::Query,    "paymentAgreements",    EVERYBODY),

    (Root::Mutation, "createOrder",          BUYERS),
    (Root::Mutation, "updateOrder",          BUYERS),
    (Root::Mutation, "submitOrder",          BUYERS),
    (Root::Mutation, "deleteOrder",          BUYERS),
    (Root::Mutation, "cancelOrder",          BUYERS),
    (Root::Mutation, "approveOrder",         APPROVERS),
    (Root::Mutation, "rejectOrder",          APPROVERS),
    (Root::Mutation, "createApprovalLinks",  APPROVERS),
    (Root::Mutation, "revokeApprovalLink",   APPROVERS),
    (Root::Mutation, "startOrderLine",       PROVISIONERS),
    (Root::Mutation, "completeOrderLine",    PROVISIONERS),
    (Root::Mutation, "failOrderLine",        PROVISIONERS),
    (Root::Mutation, "holdOrderLine",        PROVISIONERS),
    (Root::Mutation, "resumeOrderLine",      BUYERS),
    (Root::Mutation, "retryOrderLine",       RETRIERS),
    (Root::Mutation, "simulateOrderLine",    SIMULATORS),
    (Root::Mutation, "cancelOrderLine",      BUYERS),
    (Root::Mutation, "changeSubscription",   BUYERS),
    (Root::Mutation, "suspendSubscription",  BUYERS),
    (Root::Mutation, "resumeSubscription",   BUYERS),
    (Root::Mutation, "cancelSubscription",   BUYERS),
    (Root::Mutation, "setAutoRenew",         BUYERS),
    (Root::Mutation, "revokeScheduledChange", BUYERS),
    (Root::Mutation, "revokeCancellation",   BUYERS),
    (Root::Mutation, "issueInvoice",         SELLERS),
    (Root::Mutation, "startBillingRun",      SELLERS),
    (Root::Mutation, "releaseBillingHold",   SELLERS),
    (Root::Mutation, "addInvoiceLine",       SELLERS),
    (Root::Mutation, "chargeCustomer",       SELLERS),
    (Root::Mutation, "createCreditNote",     SELLERS),
    (Root::Mutation, "createStandaloneCreditNote", SELLERS),
    (Root::Mutation, "issueCreditNote",      SELLERS),
    (Root::Mutation, "updateCreditNote",     SELLERS),
    (Root::Mutation, "updateStandaloneCreditNote", SELLERS),
    (Root::Mutation, "deleteCreditNote",     SELLERS),
    (Root::Mutation, "recordPayment",        SELLERS),
    (Root::Mutation, "reversePayment",       SELLERS),
    (Root::Mutation, "addAccountTransaction", SELLERS),
    (Root::Mutation, "createProduct",        SELLERS),
    (Root::Mutation, "updateProduct",        SELLERS),
    (Root::Mutation, "createEdition",        SELLERS),
    (Root::Mutation, "createOffer",          SELLERS),
    (Root::Mutation, "updateOffer",          SELLERS),
    (Root::Mutation, "createPlan",           SELLERS),
    (Root::Mutation, "updatePlan",           SELLERS),
    (Root::Mutation, "createTaxCode",        SELLERS),
    (Root::Mutation, "updateTaxCode",        SELLERS),
    (Root::Mutation, "createPrice",          SELLERS),
    (Root::Mutation, "endPrice",             SELLERS),
    (Root::Mutation, "createDiscount",       SELLERS),
    (Root::Mutation, "updateDiscount",       SELLERS),
    (Root::Mutation, "applyDiscount",        SELLERS),
    (Root::Mutation, "removeDiscount",       SELLERS),
    (Root::Mutation, "migrateSubscriptionPrices", SELLERS),
    (Root::Mutation, "createPartner",        SELLERS),
    (Root::Mutation, "updatePartner",        SELLERS),
    (Root::Mutation, "createCustomer",       CUSTOMER_KEEPERS),
    (Root::Mutation, "updateCustomer",       CUSTOMER_KEEPERS),
    (Root::Mutation, "denyCustomer",         SELLERS),
    (Root::Mutation, "liftDenial",           SELLERS),
    (Root::Mutation, "createAgreement",      SELLERS),
    (Root::Mutation, "updateAgreement",      SELLERS),
    (Root::Mutation, "createApprovalRule",   APPROVERS),
    (Root::Mutation, "updateApprovalRule",   APPROVERS),
    (Root::Mutation, "deleteApprovalRule",   APPROVERS),
    (Root::Mutation, "createApiKey",         ADMINS),
    (Root::Mutation, "revokeApiKey",         ADMINS),
    (Root::Mutation, "createMailRecipient",  MAIL_KEEPERS),
    (Root::Mutation, "updateMailRecipient",  MAIL_KEEPERS),
    (Root::Mutation, "deleteMailRecipient",  MAIL_KEEPERS),
    (Root::Mutation, "retryMail",            MAIL_KEEPERS),
    (Root::Mutation, "updateTenantSettings", ADMINS),
    (Root::Mutation, "createWebhookEndpoint", WEBHOOK_KEEPERS),
    (Root::Mutation, "updateWebhookEndpoint", WEBHOOK_KEEPERS),
    (Root::Mutation, "rotateWebhookSecret",  WEBHOOK_KEEPERS),
    (Root::Mutation, "sendWebhookTest",      WEBHOOK_KEEPERS),
    (Root::Mutation, "retryWebhook",         WEBHOOK_KEEPERS),
    (Root::Mutation, "replayWebhookEvents",  WEBHOOK_KEEPERS),
    (Root::Mutation, "deleteWebhookEndpoint", WEBHOOK_KEEPERS),
    (Root::Mutation, "registerPaymentAgreement", BUYERS),
    (Root::Mutation, "completePaymentAgreement", SELLERS),
    (Root::Mutation, "cancelPaymentAgreement", BUYERS),
    (Root::Mutation, "rotatePaymentCallbackSecret", ADMINS),
    (Root::Mutation, "reportUsage",          USAGE_REPORTERS),

    (Root::Feeds,    "orderStatusChanged",   EVERYBODY),
    (Root::Feeds,    "orderUpdated",         EVERYBODY),
    (Root::Feeds,    "orderQueue",           EVERYBODY),
    (Root::Feeds,    "orderLineQueue",       EVERYBODY),
    (Root::Feeds,    "orderCounts",          EVERYBODY),
    (Root::Feeds,    "events",               EVERYBODY),
    (Root::Feeds,    "paymentAgreementUpdated", EVERYBODY),
];

/// Fields below the roots that not everybody may use who reaches their object.
const NESTED_ROWS: &[(&str, &[Role])] = &[("Tenant.settings", STAFF)];

async fn every_root_field_is_open_to_the_roles_in_its_row_and_to_nobody_else(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let schema = Introspected::read(&api).await;
    let fields: BTreeSet<_> = Root::ALL
        .into_iter()
        .flat_map(|root| schema.fields(root).iter().map(move |field| (root, text(field, "name"))))
        .collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|(root, field, _)| (*root, *field)).collect();
    assert_eq!(fields, rows, "the schema on the left, the table on the right");

    let seller = seller(&app, &api, "Fabrikam").await;
    let mut wrong = Vec::new();
    for (root, name, allowed) in ROWS {
        let field = schema.fields(*root).iter().find(|field| text(field, "name") == *name).unwrap();
        let arguments = seller.arguments(&seller.near, name).unwrap_or_else(|| {
            panic!("tests/support/seller/arguments.rs does not say with which arguments {name} is called")
        });
        let selection = schema.selection(field, 0, &nested_fields(), &mut BTreeSet::new());
        let document = schema.document(*root, field, &selection);
        for caller in callers(&seller) {
            let answer = ask(&api, *root, caller.as_ref(), &document, &arguments).await;
            let expected = match &caller {
                None => Some("UNAUTHENTICATED"),
                Some(viewer) if allowed.contains(&viewer.role) => None,
                Some(_) => Some("FORBIDDEN"),
            };
            if refusal(&answer) != expected {
                let role = caller.map(|viewer| viewer.role);
                wrong.push(format!("{name} as {role:?}: expected {expected:?}, got {answer}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn nested_fields_are_open_to_whoever_reaches_them_unless_they_have_a_row(database: Database) {
    let app = TestApp::start(database).await;
    let api = Api::of(&app);
    let schema = Introspected::read(&api).await;
    let seller = seller(&app, &api, "Fabrikam").await;
    let without = nested_fields();
    let mut seen = BTreeSet::new();
    for (root, name, allowed) in ROWS {
        let field = schema.fields(*root).iter().find(|field| text(field, "name") == *name).unwrap();
        // Objects of every kind at once cost too much further down.
        let depth = if name.starts_with("node") { 0 } else { 2 };
        let selection = schema.selection(field, depth, &without, &mut seen);
        let document = schema.document(*root, field, &selection);
        let arguments = seller.arguments(&seller.near, name).unwrap();
        for caller in callers(&seller).into_iter().flatten() {
            // What one does for all to see, the next cannot do again.
            let tries = *root != Root::Mutation || caller.role == Role::Admin;
            if tries && allowed.contains(&caller.role) {
                let answer = ask(&api, *root, Some(&caller), &document, &arguments).await;
                assert_eq!(answer.get("errors"), None, "{name} as {}", caller.role);
            }
        }
    }
    let below_roots =
        schema.types().filter(|object| text(object, "kind") == "OBJECT").filter(|object| {
            Root::ALL.iter().all(|root| schema.root_type(*root) != text(object, "name"))
        });
    for object in below_roots {
        for field in list(object, "fields") {
            let coordinate = format!("{}.{}", text(object, "name"), text(field, "name"));
            let behind_a_row = without.contains(&coordinate.as_str())
                || without.iter().any(|field| coordinate.starts_with(&below(&schema, field)));
            assert!(seen.contains(&coordinate) || behind_a_row, "{coordinate} was not tried");
        }
    }

    // Null, not an error: everybody may look at the tenant.
    let settings = "{ viewer { tenant { settings { paymentTermsDays } } } }";
    let outsider = seller.near.partner_approver.clone();
    for caller in callers(&seller).into_iter().flatten().chain([outsider]) {
        let answer = api.ask(Some(&caller), settings, json!({})).await;
        let (_, allowed) = NESTED_ROWS[0];
        let shown = !answer["data"]["viewer"]["tenant"]["settings"].is_null();
        let expected = allowed.contains(&caller.role) && caller.scope == Scope::Tenant;
        assert_eq!(shown, expected, "{}: {answer}", caller.role);
    }
}

fn nested_fields() -> Vec<&'static str> {
    NESTED_ROWS.iter().map(|(field, _)| *field).collect()
}

/// The fields of what a field gives, as the beginning of their coordinates.
fn below(schema: &Introspected, coordinate: &str) -> String {
    let (owner, name) = coordinate.split_once('.').unwrap();
    let owner = schema.types().find(|object| text(object, "name") == owner).unwrap();
    let field = list(owner, "fields").iter().find(|field| text(field, "name") == name).unwrap();
    format!("{}.", name_of(&field["type"]))
}

/// One caller of each role, and nobody.
fn callers(seller: &Seller) -> Vec<Option<Viewer>> {
    let of_seller = |role| viewer(seller.tenant_id, role, Scope::Tenant);
    let caller = |role| match role {
        Role::Partner => seller.near.partner_viewer.clone(),
        Role::Customer => seller.near.customer_viewer.clone(),
        Role::Admin | Role::Seller | Role::Approver | Role::Provisioner | Role::Auditor => {
            of_seller(role)
        }
    };
    Role::ALL.iter().map(|role| Some(caller(*role))).chain([None]).collect()
}

async fn ask(
    api: &Api,
    root: Root,
    caller: Option<&Viewer>,
    document: &str,
    arguments: &Value,
) -> Value {
    match root {
        Root::Query | Root::Mutation => api.ask(caller, document, arguments.clone()).await,
        Root::Feeds => api.first(caller, document, arguments.clone()).await,
    }
}

/// The code with which the door was closed; none: it was open, whatever was behind it.
fn refusal(answer: &Value) -> Option<&str> {
    let errors = answer["errors"].as_array().into_iter().flatten();
    errors
        .filter_map(|error| error["extensions"]["code"].as_str())
        .find(|code| ["FORBIDDEN", "UNAUTHENTICATED"].contains(code))
}
