//! Documents as pages: for whoever may see them, and with nothing in them that a browser would do.

use domain::viewer::Scope;
use entity::{InvoiceId, Role};
use ordergate::graphql::id::Id;
use reqwest::Response;
use serde_json::json;

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
    assert!(draft_page.contains("Draft"), "{draft_page}");

    let issue = json!({ "id": Id(draft).to_string() });
    let selection = "invoice { documentPath number }";
    let api = Api::of(&app);
    let mut issued = api.done(&world.admin, "issueInvoice", issue, selection).await;
    let issued = issued["invoice"].take();
    assert_eq!(issued["documentPath"], path);
    let customer = key_for(&app, &world.admin, &world.customer).await;
    let page = get(&server, &path, &customer).await.text().await.unwrap();
    assert!(page.contains("INV-000001") && !page.contains("Draft"), "{page}");
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
    let draft = draft(&app, &world).await;
    let line = json!({ "description": HOSTILE, "amount": "100", "taxBasisPoints": 810 });
    let input = json!({ "id": Id(draft).to_string(), "line": line });
    api.done(&world.admin, "addInvoiceLine", input, "").await;
    let server = Server::start(&app).await;
    let admin = key_for(&app, &world.admin, &world.admin).await;
    let path = format!("/documents/{}", Id(draft));
    let page = get(&server, &path, &admin).await.text().await.unwrap();
    assert_eq!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count(), 4, "{page}");
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

async fn get(server: &Server, path: &str, key: &str) -> Response {
    let request = client().get(format!("http://{}{path}", server.address)).bearer_auth(key);
    request.send().await.unwrap()
}

/// A seller that approves by itself, and a customer that has bought three.
async fn sold(app: &TestApp) -> World {
    let world = given::world_with_approval(app, false).await;
    let line = json!({ "offerId": Id(world.instant_offer).to_string(), "quantity": 3 });
    let order = json!({ "submit": true, "lines": [line] });
    Api::of(app).done(&world.customer, "createOrder", order, "").await;
    app.run_jobs().await;
    world
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
