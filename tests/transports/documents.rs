//! Documents as pages: for whoever may see them, and with nothing in them that a browser would do.

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use domain::viewer::Scope;
use entity::{InvoiceId, Role};
use ordergate::graphql::id::Id;
use reqwest::Response;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
        http::client,
        server::{Server, key_for},
    },
};

on_both_databases!(
    a_document_is_a_page_for_whoever_may_see_it,
    a_page_has_nothing_of_what_names_say_but_their_letters,
    a_credit_note_is_printed_without_signs,
    a_credit_note_says_where_its_money_went,
    an_invoice_says_by_what_it_was_settled,
    what_is_taken_back_on_an_invoice_names_where_it_was_billed,
);

/// What somebody hopes that a page takes for its own.
const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x &amp; </style>";

async fn a_document_is_a_page_for_whoever_may_see_it(database: Database) {
    let app = TestApp::start(database).await;
    let (world, other) = (sold(&app).await, given::world(&app).await);
    let server = Server::start(&app).await;
    let draft = draft(&app, &world).await;
    let path = format!("/documents/{}", Id(draft));
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let page = get(&server, &path, &admin).await;
    let headers = page.headers().clone();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/html; charset=utf-8");
    assert_eq!(header("cache-control"), "private, no-store");
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let draft_page = page.text().await.unwrap();
    for style in draft_page.split("<style>").skip(1) {
        let style = style.split("</style>").next().unwrap();
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{style}");
    }
    assert!(draft_page.contains("Draft") && draft_page.contains("It closes on 20"), "{draft_page}");
    assert!(!draft_page.contains("How to pay"), "{draft_page}");

    let issue = json!({ "id": Id(draft).to_string() });
    let selection = "invoice { documentPath number }";
    let api = Api::of(&app);
    let mut issued = api.done(&world.admin, "issueInvoice", issue, selection).await;
    let issued = issued["invoice"].take();
    assert_eq!(issued["documentPath"], path);
    let customer = key_for(&app, &world.admin, &world.customer).await;
    let page = get(&server, &path, &customer).await.text().await.unwrap();
    assert!(page.contains("INV-000001") && !page.contains("Draft"), "{page}");
    assert!(page.contains("How to pay") && page.contains("<dt>Agreement</dt>"), "{page}");
    assert!(page.contains("<html lang=\"en\">") && !page.contains("<script"), "{page}");

    let stranger = key_for(&app, &other.admin, &other.admin).await;
    let scope = Scope::Customer { own: another_customer(&app, &world).await, partner: None };
    let neighbor = viewer(world.tenant_id, Role::Customer, scope);
    let neighbor = key_for(&app, &world.admin, &neighbor).await;
    let nobodys = format!("/documents/{}", Id(InvoiceId::from(uuid::Uuid::from_u128(7))));
    let unknown = get(&server, &nobodys, &admin).await;
    assert_eq!(unknown.status().as_u16(), 404);
    let unknown = unknown.text().await.unwrap();
    for (path, key) in
        [(&path, &stranger), (&path, &neighbor), (&"/documents/x".to_owned(), &admin)]
    {
        let answer = get(&server, path, key).await;
        assert_eq!(answer.status().as_u16(), 404);
        assert_eq!(answer.text().await.unwrap(), unknown);
    }
    let nobody = client().get(format!("http://{}{path}", server.address)).send().await.unwrap();
    assert_eq!(nobody.status().as_u16(), 401);
    assert_eq!(get(&server, &path, "nonsense").await.status().as_u16(), 401);
}

async fn a_page_has_nothing_of_what_names_say_but_their_letters(database: Database) {
    let app = TestApp::start(database).await;
    let world = sold(&app).await;
    let api = Api::of(&app);
    let named = json!({
        "id": Id(world.customer_id).to_string(), "name": HOSTILE, "street": HOSTILE, "city": HOSTILE,
    });
    api.done(&world.admin, "updateCustomer", named, "").await;
    api.done(&world.admin, "updateTenantSettings", json!({ "legalName": HOSTILE }), "").await;
    let draft = draft(&app, &world).await;
    let line = json!({ "description": HOSTILE, "amount": "100", "taxBasisPoints": 810 });
    let input = json!({ "id": Id(draft).to_string(), "line": line });
    api.done(&world.admin, "addInvoiceLine", input, "").await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let path = format!("/documents/{}", Id(draft));
    let page = get(&server, &path, &admin).await.text().await.unwrap();
    assert_eq!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count(), 6, "{page}");
    assert_eq!(page.matches("</style>").count(), 2, "{page}");
    assert!(!page.contains("<script") && !page.contains("\"' onload"), "{page}");
    assert!(page.contains("8.1\u{a0}%"), "{page}");
}

async fn a_credit_note_is_printed_without_signs(database: Database) {
    let app = TestApp::start(database).await;
    let world = sold(&app).await;
    let api = Api::of(&app);
    let invoice = draft(&app, &world).await;
    let id = json!({ "id": Id(invoice).to_string() });
    api.done(&world.admin, "issueInvoice", id.clone(), "").await;
    let all = json!({ "invoiceId": id["id"], "reason": "ERROR", "note": "Two\nlines" });
    let made =
        api.done(&world.admin, "createCreditNote", all, "creditNote { id documentPath }").await;
    let note = &made["creditNote"];
    api.done(&world.admin, "issueCreditNote", json!({ "id": note["id"] }), "").await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let page = get(&server, note["documentPath"].as_str().unwrap(), &admin).await;
    let page = page.text().await.unwrap();
    for text in ["Credit note CN-000001", "INV-000001", "Two\nlines", "37.50\u{a0}EUR"] {
        assert!(page.contains(text), "{text:?} in {page}");
    }
    assert!(!page.contains('\u{2212}') && !page.contains("How to pay"), "{page}");
}

async fn a_credit_note_says_where_its_money_went(database: Database) {
    let app = TestApp::start(database).await;
    let world = sold(&app).await;
    let api = Api::of(&app);
    let invoice = issued(&app, &world).await;
    let paid = json!({ "invoiceId": invoice["id"], "amount": "2000", "reference": "R-1" });
    api.done(&world.admin, "recordPayment", paid, "").await;
    let all = json!({ "invoiceId": invoice["id"], "reason": "DUPLICATE" });
    let made = api.done(&world.admin, "createCreditNote", all, "creditNote { id documentPath }");
    let note = made.await["creditNote"].take();
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let path = note["documentPath"].as_str().unwrap();
    let draft = get(&server, path, &admin).await.text().await.unwrap();
    assert!(draft.contains("It is issued by hand.") && !draft.contains("Taken off"), "{draft}");

    api.done(&world.admin, "issueCreditNote", json!({ "id": note["id"] }), "").await;
    let page = text_of(&get(&server, path, &admin).await.text().await.unwrap());
    let day = invoice["issuedOn"].as_str().unwrap();
    for text in [
        &format!("Corrects INV-000001 of {day} Reason Charged twice"),
        &format!("Taken off INV-000001 of {day} 17.50"),
        "Put on the account Pays what is invoiced next 20.00",
        "3 10.00 25\u{a0}% 30.00",
    ] {
        assert!(page.contains(text), "{text:?} in {page}");
    }
    assert_eq!(page.matches("Corrects").count(), 1, "{page}");
}

async fn an_invoice_says_by_what_it_was_settled(database: Database) {
    let app = TestApp::start(database).await;
    let world = sold(&app).await;
    let api = Api::of(&app);
    let given = json!({
        "customerId": Id(world.customer_id).to_string(), "currency": "EUR", "kind": "ALLOWANCE",
        "amount": "100",
    });
    api.done(&world.admin, "addAccountTransaction", given, "").await;
    let tolerance = json!({ "paymentTolerance": 50 });
    api.done(&world.admin, "updateTenantSettings", tolerance, "").await;
    let invoice = issued(&app, &world).await;
    let paid = json!({ "invoiceId": invoice["id"], "amount": "2000", "reference": "R-1" });
    api.done(&world.admin, "recordPayment", paid, "").await;
    let lines = api.read(&world.admin, LINES, json!({ "id": invoice["id"] })).await;
    let one = json!({ "lineId": lines["invoice"]["lines"][0]["id"], "quantity": 1 });
    let all = json!({ "invoiceId": invoice["id"], "reason": "GOODWILL", "lines": [one] });
    let made = api.done(&world.admin, "createCreditNote", all, "creditNote { id }").await;
    let note = json!({ "id": made["creditNote"]["id"], "refund": true });
    api.done(&world.admin, "issueCreditNote", note, "").await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let path = invoice["documentPath"].as_str().unwrap();
    let open = text_of(&get(&server, path, &admin).await.text().await.unwrap());
    assert!(open.contains("To be paid 4.00\u{a0}EUR How to pay"), "{open}");

    // Of payments at the same moment, nobody knows which was first.
    app.advance(TimeDelta::minutes(1));
    let rest = json!({ "invoiceId": invoice["id"], "amount": "380", "reference": "R-2" });
    let bounced = api.done(&world.admin, "recordPayment", rest, "payment { id }").await;
    let page = text_of(&get(&server, path, &admin).await.text().await.unwrap());
    let day = invoice["issuedOn"].as_str().unwrap();
    let settled = format!(
        "Total 37.50\u{a0}EUR Paid on {day} R-1 \u{2212}20.00 Paid on {day} R-2 \u{2212}3.80 \
         Paid from the account \u{2212}1.00 Written off \u{2212}0.20 \
         Credited CN-000001 of {day} \u{2212}12.50 To be paid 0.00\u{a0}EUR Days"
    );
    assert!(page.contains(&settled), "{settled:?} in {page}");

    // What was written off is credited, and not given to somebody who has not paid it.
    let rest = json!({ "invoiceId": invoice["id"], "reason": "GOODWILL" });
    let made = api.done(&world.admin, "createCreditNote", rest, "creditNote { id documentPath }");
    let note = made.await["creditNote"].take();
    api.done(&world.admin, "issueCreditNote", json!({ "id": note["id"] }), "").await;
    let page = text_of(&get(&server, path, &admin).await.text().await.unwrap());
    let credited = format!(
        "Paid from the account \u{2212}1.00 Credited CN-000001 of {day}, CN-000002 of {day} \
         \u{2212}12.70 To be paid 0.00"
    );
    assert!(page.contains(&credited), "{credited:?} in {page}");
    let note_path = note["documentPath"].as_str().unwrap();
    let page = text_of(&get(&server, note_path, &admin).await.text().await.unwrap());
    let went = format!(
        "Taken off INV-000001 of {day} 0.20 Put on the account Pays what is invoiced next 24.80"
    );
    assert!(page.contains(&went), "{went:?} in {page}");

    // Of a payment that was none, nothing is left, nor of what was written off with it: that is credited.
    let returned = json!({ "id": bounced["payment"]["id"], "reason": "Bounced" });
    api.done(&world.admin, "reversePayment", returned, "").await;
    let page = text_of(&get(&server, path, &admin).await.text().await.unwrap());
    let settled = format!(
        "Total 37.50\u{a0}EUR Paid on {day} R-1 \u{2212}20.00 Paid from the account \u{2212}1.00 \
         Credited CN-000001 of {day}, CN-000002 of {day} \u{2212}12.70 To be paid 3.80"
    );
    assert!(page.contains(&settled), "{settled:?} in {page}");
}

async fn what_is_taken_back_on_an_invoice_names_where_it_was_billed(database: Database) {
    let app = TestApp::start(database).await;
    let world = sold(&app).await;
    let api = Api::of(&app);
    let invoice = issued(&app, &world).await;
    let lines = api.read(&world.admin, LINES, json!({ "id": invoice["id"] })).await;
    let subscription = &lines["invoice"]["lines"][0]["subscription"]["id"];
    api.done(&world.customer, "cancelSubscription", json!({ "id": subscription }), "").await;
    app.run_jobs().await;
    let draft = draft(&app, &world).await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let path = format!("/documents/{}", Id(draft));
    let day = invoice["issuedOn"].as_str().unwrap();
    let reference = format!("Corrects INV-000001 of {day}");
    let page = text_of(&get(&server, &path, &admin).await.text().await.unwrap());
    assert!(page.contains(&format!("{reference} Subscription")), "{page}");
    assert!(page.contains("\u{2212}3 10.00 25\u{a0}% \u{2212}30.00"), "{page}");

    let line = json!({ "description": "Setup", "amount": "10000", "taxBasisPoints": 2500 });
    let input = json!({ "id": Id(draft).to_string(), "line": line });
    api.done(&world.admin, "addInvoiceLine", input, "").await;
    let issued = json!({ "id": Id(draft).to_string() });
    api.done(&world.admin, "issueInvoice", issued, "").await;
    let page = text_of(&get(&server, &path, &admin).await.text().await.unwrap());
    assert!(page.contains("INV-000002"), "{page}");
    assert!(page.contains(&format!("{reference} Subscription")), "{page}");
}

const LINES: &str = "query($id: ID!) { invoice(id: $id) { lines { id subscription { id } } } }";

/// What a page says, without its marks.
fn text_of(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap();
    let said = body.split('<').filter_map(|part| part.split('>').nth(1));
    let words: Vec<_> = said.map(str::trim).filter(|words| !words.is_empty()).collect();
    words.join(" ")
}

async fn get(server: &Server, path: &str, key: &str) -> Response {
    let request = client().get(format!("http://{}{path}", server.address)).bearer_auth(key);
    request.send().await.unwrap()
}

/// A seller that approves by itself and says how to pay, and a customer that has bought three.
async fn sold(app: &TestApp) -> World {
    let world = given::world_with_approval(app, false).await;
    let how = json!({ "paymentInstructions": "By bank." });
    Api::of(app).done(&world.admin, "updateTenantSettings", how, "").await;
    let line = json!({ "offerId": Id(world.instant_offer).to_string(), "quantity": 3 });
    let agreement = Id(world.agreement_id).to_string();
    let order = json!({ "agreementId": agreement, "submit": true, "lines": [line] });
    Api::of(app).done(&world.customer, "createOrder", order, "").await;
    app.run_jobs().await;
    world
}

/// What was bought, invoiced: its `id`, `documentPath` and `issuedOn`.
async fn issued(app: &TestApp, world: &World) -> Value {
    let draft = json!({ "id": Id(draft(app, world).await).to_string() });
    let selection = "invoice { id documentPath issuedOn }";
    Api::of(app).done(&world.admin, "issueInvoice", draft, selection).await["invoice"].take()
}

async fn draft(app: &TestApp, world: &World) -> InvoiceId {
    let drafts = "{ invoices(first: 1, filter: { statusIn: [DRAFT] }) { nodes { id } } }";
    let drafts = Api::of(app).read(&world.admin, drafts, json!({})).await;
    let id = drafts["invoices"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    Id::<InvoiceId>::read(&id).unwrap().0
}

async fn another_customer(app: &TestApp, world: &World) -> entity::CustomerId {
    let input = json!({ "customerNumber": "C-OTHER", "name": "Other" });
    let made = Api::of(app).done(&world.admin, "createCustomer", input, "customer { id }").await;
    let id = made["customer"]["id"].as_str().unwrap().to_owned();
    Id::<entity::CustomerId>::read(&id).unwrap().0
}
