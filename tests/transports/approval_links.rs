//! Approval links as people follow them: to look decides nothing, the form decides once, and whatever else comes is told
//! in plain words.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::{ActorKind, OrderStatus, event};
use futures_util::future::join_all;
use ordergate::{
    graphql::id::Id,
    http::HttpConfig,
    services::{change::Change, partners::update::update_partner},
};
use reqwest::{Client, Method, RequestBuilder, Response};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::{
    on_both_databases,
    support::{
        database::Database,
        given::{self, put_below},
        http::client,
        rows::rows_of,
        server::{Server, key_for},
        shop::Shop,
    },
};

on_both_databases!(
    whoever_looks_decides_nothing,
    a_form_answers_once,
    what_has_not_the_form_of_an_answer_decides_nothing,
    a_link_that_does_not_work_says_why,
    whoever_has_said_yes_is_told_so_by_their_other_links,
    a_link_answers_its_own_order_and_nothing_else,
    of_many_answers_at_once_one_counts,
    a_page_has_nothing_of_what_names_say_but_their_letters,
    a_key_that_placed_the_order_is_called_by_its_name,
);

/// Pairs of answers at once; a release is held against 2,000.
const PAIRS: usize = 200;

struct Page {
    shop: Shop,
    server: Server,
    client: Client,
    order: Value,
    maker: Viewer,
}

impl Page {
    async fn open(database: Database) -> Self {
        let shop = Shop::open(database).await;
        let order = shop.place(&[shop.instant(3)]).await;
        Self::of(shop, order).await
    }

    async fn of(shop: Shop, order: Value) -> Self {
        // Tests ask faster than strangers are meant to.
        let unlimited = HttpConfig {
            strangers_per_second: 0,
            connections_per_address: 5_000,
            waiting: 10_000,
            ..HttpConfig::default()
        };
        let server = Server::start_with(&shop.app, unlimited).await;
        let maker = shop.world.approver();
        Self { shop, server, client: client(), order, maker }
    }

    /// Where to approve, where to reject, and the links.
    async fn links(&self) -> Links {
        self.links_by(&self.maker).await
    }

    async fn links_by(&self, maker: &Viewer) -> Links {
        let input = json!({ "id": self.order["id"], "recipient": "Pat Lee" });
        let selection = "approveUrl rejectUrl approveLink { id } rejectLink { id }";
        let made = self.shop.api.done(maker, "createApprovalLinks", input, selection).await;
        let path = |name: &str| made[name].as_str().unwrap().to_owned();
        Links { approve: path("approveUrl"), reject: path("rejectUrl"), made }
    }

    fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.server.address))
    }

    async fn get(&self, path: &str) -> (u16, String) {
        read(self.ask(Method::GET, path).send().await.unwrap()).await
    }

    fn form(&self, path: &str, text: &str) -> RequestBuilder {
        let body: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("text", text).finish();
        self.ask(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("origin", "null")
            .body(body)
    }

    async fn post(&self, path: &str, text: &str) -> (u16, String) {
        read(self.form(path, text).send().await.unwrap()).await
    }

    async fn rows(&self) -> Vec<String> {
        rows_of(&self.shop.app, self.shop.world.tenant_id).await
    }

    async fn status(&self) -> Value {
        self.shop.order(&self.order).await["status"].take()
    }
}

struct Links {
    approve: String,
    reject: String,
    made: Value,
}

async fn read(response: Response) -> (u16, String) {
    (response.status().as_u16(), response.text().await.unwrap())
}

/// How a page keeps a number in one piece.
fn whole(number: &str) -> String {
    format!("<span class=\"whole\">{number}</span>")
}

fn title(page: &str) -> &str {
    page.split_once("<h1>").unwrap().1.split_once("</h1>").unwrap().0
}

async fn whoever_looks_decides_nothing(database: Database) {
    let page = Page::open(database).await;
    let links = page.links().await;
    let before = page.rows().await;
    for (path, verb) in [(&links.approve, "Approve"), (&links.reject, "Reject")] {
        let answer = page.ask(Method::GET, path).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-robots-tag"), "noindex, nofollow");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
        assert!(policy.contains("form-action 'self'; frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        let (status, text) = read(answer).await;
        assert_eq!(status, 200);
        for word in [
            verb,
            "Northwind",
            "Pat Lee",
            "Contoso",
            page.shop.world.customer.subject.strip_prefix("user:").unwrap(),
            "Mail",
            "3 × 10.00 per month",
            "30.00",
            "7.50",
            "37.50\u{a0}EUR",
        ] {
            assert!(text.contains(word), "{word} in {text}");
        }
        assert!(!text.contains("<script") && !text.contains("http"), "{text}");
        let token = path.rsplit_once('/').unwrap().1;
        assert!(!text.contains(token), "the token is in the page");

        for (method, purpose) in [
            (Method::GET, Some("prefetch")),
            (Method::GET, Some("prefetch;prerender")),
            (Method::HEAD, None),
            (Method::OPTIONS, None),
            (Method::PUT, None),
            (Method::DELETE, None),
            (Method::PATCH, None),
        ] {
            for _ in 0..20 {
                let mut request = page.ask(method.clone(), path);
                if let Some(purpose) = purpose {
                    request = request.header("sec-purpose", purpose);
                }
                let answer = request.send().await.unwrap();
                let looks = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
                assert_eq!(answer.status().is_success(), looks, "{method}");
            }
        }
    }
    assert_eq!(page.rows().await, before);
}

async fn a_form_answers_once(database: Database) {
    let page = Page::open(database).await;
    let links = page.links().await;
    let (status, text) = page.post(&links.reject, " No credit\r\nleft ").await;
    assert_eq!(status, 200, "{text}");
    let number =
        page.shop.read("query ($id: ID!) { order(id: $id) { number } }", &page.order["id"]);
    let number = number.await["order"]["number"].as_str().unwrap().to_owned();
    assert_eq!(title(&text), format!("You have rejected order {}", whole(&number)));
    let rejected = page.shop.order(&page.order).await;
    assert_eq!(rejected["status"], "REJECTED");
    assert_eq!(rejected["reason"], "No credit\nleft");
    let before = page.rows().await;
    for path in [&links.reject, &links.approve] {
        let expected = if *path == links.reject {
            (410, "This link was used")
        } else {
            (409, "The order no longer waits for this answer")
        };
        for (status, text) in [page.get(path).await, page.post(path, "Again").await] {
            assert_eq!((status, title(&text)), expected);
        }
    }
    assert_eq!(page.rows().await, before);

    let order = page.shop.place(&[page.shop.instant(3)]).await;
    let page = Page { order, ..page };
    let links = page.links().await;
    let (status, text) = page.post(&links.approve, "PAT-7").await;
    assert_eq!(status, 200, "{text}");
    assert!(title(&text).starts_with("You have approved order"));
    let approved = page.shop.order(&page.order).await;
    assert_eq!(approved["externalReference"], "PAT-7");
    page.shop.app.run_jobs().await;
    assert_eq!(page.status().await, "COMPLETED");
}

async fn what_has_not_the_form_of_an_answer_decides_nothing(database: Database) {
    let page = Page::open(database).await;
    let links = page.links().await;
    let before = page.rows().await;
    for reason in [String::new(), " \r\n ".to_owned(), "é".repeat(257)] {
        let (status, text) = page.post(&links.reject, &reason).await;
        assert_eq!(status, 422);
        for mark in ["role=\"alert\"", "aria-invalid", "autofocus"] {
            assert!(text.contains(mark), "{text}");
        }
        assert!(text.contains(reason.trim()), "what was typed is kept");
    }
    let (status, _) = page.post(&links.approve, &"é".repeat(65)).await;
    assert_eq!(status, 422);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = page.ask(Method::POST, &links.approve).header(name, value);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let (status, text) = read(request.body("text=x").send().await.unwrap()).await;
        assert_eq!((status, title(&text)), (403, "This was sent from another page"));
    }
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x"] {
        let request = page.ask(Method::POST, &links.approve).header("content-type", kind);
        let (status, _) = read(request.body("text=x").send().await.unwrap()).await;
        assert_eq!(status, 400, "{kind}");
    }
    let (status, _) = page.post(&links.approve, &"x".repeat(17 * 1024)).await;
    assert_eq!(status, 400);
    for body in ["", "x", "reason=x", "{}"] {
        let request = page.form(&links.approve, "").body(body);
        let (status, _) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 400, "{body:?} is not what the page sends");
    }
    assert_eq!(page.rows().await, before);
    assert_eq!(page.post(&links.reject, "No").await.0, 200);
}

async fn a_link_that_does_not_work_says_why(database: Database) {
    let mut shop = Shop::open(database).await;
    let [above, own] = shop.put_below(["R-1", "R-2"]).await;
    let order = shop.place(&[shop.instant(3)]).await;
    let page = Page::of(shop, order).await;
    let (shop, admin) = (&page.shop, &page.shop.world.admin);
    let expect = async |paths: &[&str], status: u16, heading: &str| {
        let before = page.rows().await;
        for path in paths {
            let (got, text) = page.get(path).await;
            assert_eq!((got, title(&text)), (status, heading), "GET {path}");
            let (got, text) = page.post(path, "Text").await;
            assert_eq!((got, title(&text)), (status, heading), "POST {path}");
        }
        assert_eq!(page.rows().await, before);
    };

    let links = page.links().await;
    let token = links.approve.rsplit_once('/').unwrap().1;
    let mut forged = Vec::new();
    for place in [0, 20, 42] {
        let mut other = token.as_bytes().to_vec();
        // The lowest bit of the last letter is in none of the 256.
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        forged.push(format!("/approve/{}", String::from_utf8(other).unwrap()));
    }
    forged.push(format!("/approve/{}", &token[..42]));
    forged.push(format!("/approve/{token}A"));
    forged.push(format!("/approve/{token}="));
    forged.push(format!("/approve/{}", token.to_lowercase() + "%00"));
    forged.push("/approve/%ff%fe".to_owned());
    // A link to approve rejects nothing, and the other way round.
    forged.push(links.approve.replace("/approve/", "/reject/"));
    forged.push(links.reject.replace("/reject/", "/approve/"));
    let forged: Vec<_> = forged.iter().map(String::as_str).collect();
    expect(&forged, 404, "There is no such link").await;

    let revoke = json!({ "id": links.made["approveLink"]["id"] });
    shop.api.done(admin, "revokeApprovalLink", revoke, "").await;
    expect(&[&links.approve], 410, "This link was revoked").await;
    assert_eq!(page.get(&links.reject).await.0, 200, "the other one of the pair goes on");

    shop.app.advance(TimeDelta::hours(72) - TimeDelta::seconds(1));
    assert_eq!(page.get(&links.reject).await.0, 200);
    shop.app.advance(TimeDelta::seconds(1));
    expect(&[&links.reject], 410, "This link has expired").await;

    let key = key_for(&shop.app, admin, &page.maker).await;
    let holder = Viewer {
        subject: format!("key:{}", &key[3..15]),
        kind: ActorKind::ApiKey,
        ..page.maker.clone()
    };
    let by_key = page.links_by(&holder).await;
    let by_partner = page.links_by(&above).await;
    let keys = shop.api.read(admin, "{ apiKeys(first: 1) { nodes { id } } }", json!({})).await;
    let revoke = json!({ "id": keys["apiKeys"]["nodes"][0]["id"] });
    shop.api.done(admin, "revokeApiKey", revoke, "").await;
    let Scope::Partner { own: partner, .. } = own.scope else { panic!("an approver of R-2") };
    shop.app.perform(admin, put_below(partner, Change::Clear), update_partner).await.unwrap();
    let lost = [&by_key.approve, &by_key.reject, &by_partner.approve, &by_partner.reject];
    expect(&lost.map(String::as_str), 403, "This link may no longer answer").await;

    let stale = page.links().await;
    let (by_own, spare) = (page.links_by(&own).await, page.links_by(&own).await);
    let (status, text) = page.post(&by_own.approve, "").await;
    assert_eq!(status, 200);
    assert!(text.contains("still waits for somebody else"), "{text}");
    let heading = "The order no longer waits for this answer";
    expect(&[&by_own.reject, &spare.approve, &spare.reject], 409, heading).await;
    assert_eq!(page.get(&stale.approve).await.0, 200, "the seller's answer is still to be given");
    shop.change_behind_its_back(&page.order).await;
    expect(&[&stale.approve, &stale.reject], 409, "The order has changed").await;

    let late = page.links().await;
    let cancel = json!({ "id": page.order["id"] });
    shop.run(&shop.world.customer, "cancelOrder", cancel).await;
    expect(&[&late.approve, &late.reject], 409, heading).await;
}

async fn whoever_has_said_yes_is_told_so_by_their_other_links(database: Database) {
    let shop = Shop::open(database).await;
    let rule = json!({ "name": "Two", "approversNeeded": 2 });
    shop.api.done(&shop.world.admin, "createApprovalRule", rule, "").await;
    let order = shop.place(&[shop.instant(3)]).await;
    let page = Page::of(shop, order).await;
    let (first, other) = (page.links().await, page.links().await);
    let (status, text) = page.post(&first.approve, "").await;
    assert_eq!(status, 200);
    assert!(text.contains("still waits for somebody else"), "{text}");
    let before = page.rows().await;
    for path in [&other.approve, &other.reject, &first.reject] {
        for (status, text) in [page.get(path).await, page.post(path, "Text").await] {
            assert_eq!((status, title(&text)), (409, "You have said yes already"), "{path}");
        }
    }
    assert_eq!(page.rows().await, before);
    assert_eq!(page.status().await, "PENDING_APPROVAL");
}

async fn a_link_answers_its_own_order_and_nothing_else(database: Database) {
    let page = Page::open(database).await;
    let other = given::world(&page.shop.app).await;
    let its = other.pending_order(&page.shop.app, &[other.instant_offer]).await;
    let input = json!({ "id": Id(its).to_string(), "recipient": "Sam" });
    let maker = other.approver();
    let made = page.shop.api.done(&maker, "createApprovalLinks", input, "rejectUrl").await;
    let reject = made["rejectUrl"].as_str().unwrap().to_owned();
    let own = page.links().await;
    let before = page.rows().await;
    let (status, text) = page.post(&reject, "No").await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(page.rows().await, before, "another seller's link");
    assert_eq!(page.status().await, "PENDING_APPROVAL");
    let after = rows_of(&page.shop.app, other.tenant_id).await;
    assert_eq!(page.post(&own.approve, "").await.0, 200);
    assert_eq!(rows_of(&page.shop.app, other.tenant_id).await, after);
    assert_eq!(page.status().await, "APPROVED");
}

/// APX-29.
async fn of_many_answers_at_once_one_counts(database: Database) {
    let pairs = std::env::var("ORDERGATE_TEST_LINK_PAIRS").ok();
    let pairs = pairs.map_or(PAIRS, |number| number.parse().unwrap());
    let page = Arc::new(Page::open(database).await);
    let links = Arc::new(page.links().await);
    let barrier = Arc::new(Barrier::new(2 * pairs));
    let answers = (0..2 * pairs).map(|count| {
        let (page, links, barrier) = (page.clone(), links.clone(), barrier.clone());
        tokio::spawn(async move {
            let path = if count % 2 == 0 { &links.approve } else { &links.reject };
            barrier.wait().await;
            page.post(path, "One of many").await.0
        })
    });
    let answers: Vec<_> =
        join_all(answers).await.into_iter().map(|status| status.unwrap()).collect();
    let count = |status: u16| answers.iter().filter(|it| **it == status).count();
    assert_eq!(count(200), 1, "{answers:?}");
    // Of very many, some are turned away before they are looked at.
    assert_eq!(count(409) + count(410) + count(503), 2 * pairs - 1, "{answers:?}");
    assert!(pairs > PAIRS || count(503) == 0, "{answers:?}");
    assert!(count(410) < pairs, "the other link was not used");
    println!(
        "{pairs} pairs of answers: 1 decided, {} too late, {} by a used link, {} turned away",
        count(409),
        count(410),
        count(503)
    );

    let id = Id::<entity::OrderId>::read(page.order["id"].as_str().unwrap()).unwrap().0;
    let of_order = event::Entity::find().filter(event::Column::OrderId.eq(id));
    let readers = page.shop.app.app.store.readers();
    let moved = event::Column::FromStatus.eq(OrderStatus::PendingApproval.as_str());
    assert_eq!(of_order.clone().filter(moved).count(readers).await.unwrap(), 1);
    let used = event::Column::Kind.eq(entity::EventKind::ApprovalLinkUsed);
    assert_eq!(of_order.filter(used).count(readers).await.unwrap(), 1);
}

async fn a_page_has_nothing_of_what_names_say_but_their_letters(database: Database) {
    const HOSTILE: &str = "<script>alert(1)</script>\"' onload=x &amp; </style>";
    let page = Page::open(database).await;
    let named = json!({ "id": Id(page.shop.world.customer_id).to_string(), "name": HOSTILE });
    page.shop.api.done(&page.shop.world.admin, "updateCustomer", named, "").await;
    given::rename_offer(&page.shop.app, &page.shop.world, HOSTILE).await;
    let input = json!({ "id": page.order["id"], "recipient": HOSTILE });
    let made = page.shop.api.done(&page.maker, "createApprovalLinks", input, "rejectUrl").await;
    let path = made["rejectUrl"].as_str().unwrap();
    let shown = page.get(path).await.1;
    assert_eq!(shown.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count(), 3, "{shown}");
    let (_, typed) = page.post(path, &format!("{HOSTILE}{}", "x".repeat(256))).await;
    assert_eq!(typed.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count(), 4, "{typed}");
    for text in [shown, typed] {
        assert!(!text.contains("<script") && !text.contains("\"' onload"), "{text}");
    }
}

#[tokio::test]
async fn strangers_who_follow_links_too_fast_are_told_to_wait() {
    let shop = Shop::open(Database::sqlite()).await;
    let few = HttpConfig { strangers_per_second: 1, strangers_burst: 3, ..HttpConfig::default() };
    let server = Server::start_with(&shop.app, few).await;
    let guess = format!("http://{}/approve/{}", server.address, "A".repeat(43));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = client().get(&guess).send().await.unwrap();
        let (told, status) = (answer.headers().contains_key("retry-after"), answer.status());
        assert_eq!(told, status == 429);
        statuses.push(status.as_u16());
    }
    assert_eq!(statuses[..3], [404; 3]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

async fn a_key_that_placed_the_order_is_called_by_its_name(database: Database) {
    let shop = Shop::open(database).await;
    let key = json!({
        "name": "The <web> shop", "role": "CUSTOMER",
        "customerId": Id(shop.world.customer_id).to_string(),
    });
    let made = shop.api.done(&shop.world.admin, "createApiKey", key, "apiKey { id } secret").await;
    let server = Server::start(&shop.app).await;
    let create = "mutation ($input: CreateOrderInput!) { createOrder(input: $input) {
        order { id placedBy } userErrors { message } } }";
    let order = json!({ "input": { "lines": [shop.instant(1)], "submit": true } });
    let placed = server.post(made["secret"].as_str().unwrap(), create, order).await;
    let order = placed["data"]["createOrder"]["order"].clone();
    let subject = order["placedBy"].as_str().unwrap().to_owned();
    assert!(subject.starts_with("key:"), "{placed}");
    let page = Page::of(shop, order).await;
    let (_, text) = page.get(&page.links().await.approve).await;
    assert!(text.contains("<dd>The &lt;web&gt; shop</dd>"), "{text}");
    // One that is known no more by a name is still told.
    page.shop.app.database.execute("UPDATE api_key SET prefix = 'gone'").await;
    let (_, text) = page.get(&page.links().await.approve).await;
    assert!(text.contains(&format!("<dd>API key {}</dd>", &subject[4..])), "{text}");
}
