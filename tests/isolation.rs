//! What a caller may not see does not exist: whatever it asks, another seller's or another customer's id is answered
//! word for word like an id that nobody has.

use std::collections::BTreeSet;

use domain::viewer::Viewer;
use entity::event_log;
use ordergate::events::cursor::Cursor;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tokio::join;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api::Api,
        app::TestApp,
        database::Database,
        introspection::{Introspected, Root, list, name_of, text},
        rows::rows_of,
        seller::{Buyer, Seller, seller},
    },
};

on_both_databases!(
    an_id_of_another_seller_is_answered_like_one_that_nobody_has,
    an_id_of_another_customer_is_answered_like_one_that_nobody_has,
    a_key_of_another_seller_is_answered_like_one_that_nobody_has,
    no_search_finds_what_belongs_to_others,
    nothing_that_a_buyer_can_reach_shows_another_buyer,
    a_cursor_of_another_seller_is_refused_and_a_feed_tells_of_no_other_seller,
);

/// Every text of the other seller contains this.
const CANARY: &str = "CANARY";
/// Every text of the other customer contains this.
const STRANGER: &str = "STRANGER";

struct Test {
    app: TestApp,
    api: Api,
    schema: Introspected,
    own: Seller,
    other: Seller,
}

impl Test {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let api = Api::of(&app);
        let schema = Introspected::read(&api).await;
        let own = seller(&app, &api, "Fabrikam").await;
        let other = seller(&app, &api, CANARY).await;
        Self { app, api, schema, own, other }
    }

    async fn rows(&self) -> [Vec<String>; 2] {
        [
            rows_of(&self.app, self.own.tenant_id).await,
            rows_of(&self.app, self.other.tenant_id).await,
        ]
    }

    /// Every argument and input field that is an id, with the root field that it is given to.
    fn id_fields(&self) -> Vec<IdField<'_>> {
        let mut found = Vec::new();
        for root in Root::ALL {
            for field in self.schema.fields(root) {
                // Objects of every kind at once are deep enough.
                let depth = usize::from(!text(field, "name").starts_with("node"));
                let selection = self.schema.selection(field, depth, &[], &mut BTreeSet::new());
                let document = self.schema.document(root, field, &selection);
                let paths = self.schema.id_paths(field);
                found.extend(paths.iter().map(|path| IdField {
                    root,
                    name: text(field, "name"),
                    document: document.clone(),
                    path: path.clone(),
                    all_paths: paths.clone(),
                }));
            }
        }
        found
    }

    async fn ask(&self, viewer: &Viewer, field: &IdField<'_>, arguments: Value) -> Value {
        match field.root {
            Root::Query | Root::Mutation => {
                self.api.ask(Some(viewer), &field.document, arguments).await
            }
            Root::Feeds => {
                // Whatever has happened so far could be told at once.
                let arguments = from_the_beginning(self, arguments).await;
                self.api.first(Some(viewer), &field.document, arguments).await
            }
        }
    }

    /// Asks with an id of somebody else and with one of nobody, and compares.
    async fn compare(&self, viewer: &Viewer, field: &IdField<'_>, id: &str, forbidden: &[&str]) {
        let nobodys = random_like(id);
        let with = |id: &str| field.arguments(&self.own, &self.own.near, id);
        let (others, nobodys_answer) =
            join!(self.ask(viewer, field, with(id)), self.ask(viewer, field, with(&nobodys)),);
        let others = without(&others, id);
        let place = format!("{} {} as {}", field.name, field.path, viewer.role);
        assert_eq!(others, without(&nobodys_answer, &nobodys), "{place}");
        for text in forbidden {
            assert!(!others.contains(text), "{place} shows {text}: {others}");
        }
    }
}

struct IdField<'a> {
    root: Root,
    name: &'a str,
    document: String,
    path: String,
    all_paths: Vec<String>,
}

impl IdField<'_> {
    /// The arguments that a buyer gives, with this id in the field.
    fn arguments(&self, seller: &Seller, buyer: &Buyer, id: &str) -> Value {
        let mut arguments = self.all_arguments(seller, buyer);
        let needs_all = ["previewCreditNote", "accountBalance"].contains(&self.name);
        if self.root != Root::Mutation && !needs_all {
            // Filters narrow each other, and one that is not heeded would go unnoticed.
            let others = self.all_paths.iter().filter(|path| **path != self.path);
            for path in others.filter(|path| !path.starts_with("/input/")) {
                remove(&mut arguments, path);
            }
        }
        *arguments.pointer_mut(&self.path).unwrap() = json!(id);
        arguments
    }

    /// The id that belongs into the field.
    fn id(&self, seller: &Seller, buyer: &Buyer) -> String {
        let arguments = self.all_arguments(seller, buyer);
        let id = arguments.pointer(&self.path).and_then(Value::as_str);
        id.unwrap_or_else(|| self.missing()).to_owned()
    }

    fn all_arguments(&self, seller: &Seller, buyer: &Buyer) -> Value {
        seller.arguments(buyer, self.name).unwrap_or_else(|| self.missing())
    }

    fn missing(&self) -> ! {
        panic!(
            "tests/support/seller/arguments.rs does not say which id {} takes at {}",
            self.name, self.path
        )
    }
}

async fn an_id_of_another_seller_is_answered_like_one_that_nobody_has(database: Database) {
    let test = Test::start(database).await;
    let before = test.rows().await;
    let near = &test.own.near;
    let callers =
        [&test.own.admin, &near.partner_viewer, &near.partner_approver, &near.customer_viewer];
    let fields = test.id_fields();
    for field in &fields {
        let id = field.id(&test.other, &test.other.near);
        for caller in callers {
            test.compare(caller, field, &id, &[CANARY]).await;
        }
    }
    let nodes = "query Run($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
    let node = "query Run($id: ID!) { node(id: $id) { __typename id } }";
    let ids = test.other.ids();
    for id in &ids {
        for caller in callers {
            let others = test.api.ask(Some(caller), node, json!({ "id": id })).await;
            let nobodys = json!({ "id": random_like(id) });
            let answer = test.api.ask(Some(caller), node, nobodys).await;
            assert_eq!(others, answer, "{id} as {}", caller.role);
            assert!(others["data"]["node"].is_null());
        }
    }
    for ids in ids.chunks(20) {
        let nobodys: Vec<_> = ids.iter().map(|id| random_like(id)).collect();
        for caller in callers {
            let others = test.api.ask(Some(caller), nodes, json!({ "ids": ids })).await;
            let answer = test.api.ask(Some(caller), nodes, json!({ "ids": nobodys })).await;
            assert_eq!(others, answer, "{}", caller.role);
            assert!(others["data"]["nodes"].as_array().unwrap().iter().all(Value::is_null));
        }
    }
    assert_eq!(test.rows().await, before, "nothing was changed");

    // What was compared is not the refusal of something else: with its own id, the caller is answered differently.
    for field in &fields {
        let (own, nobodys) = (field.id(&test.own, near), random_like(&field.id(&test.own, near)));
        let with = |id: &str| field.arguments(&test.own, near, id);
        let refused = test.ask(&test.own.admin, field, with(&nobodys)).await;
        let answered = test.ask(&test.own.admin, field, with(&own)).await;
        assert_ne!(
            without(&answered, &own),
            without(&refused, &nobodys),
            "{} {}",
            field.name,
            field.path
        );
    }
    assert_eq!(rows_of(&test.app, test.other.tenant_id).await, before[1]);
}

async fn an_id_of_another_customer_is_answered_like_one_that_nobody_has(database: Database) {
    let test = Test::start(database).await;
    let before = test.rows().await;
    let (near, far) = (&test.own.near, &test.own.far);
    for field in test.id_fields() {
        let id = field.id(&test.own, far);
        if id == field.id(&test.own, near) {
            continue; // The catalogue is everybody's.
        }
        for caller in [&near.partner_viewer, &near.partner_approver, &near.customer_viewer] {
            test.compare(caller, &field, &id, &[STRANGER]).await;
        }
    }
    assert_eq!(test.rows().await, before, "nothing was changed");
}

/// Orders, customers and so on are found by what people call them as well.
async fn a_key_of_another_seller_is_answered_like_one_that_nobody_has(database: Database) {
    let test = Test::start(database).await;
    for field in test.schema.fields(Root::Query) {
        let name = text(field, "name");
        let arguments = list(field, "args");
        if !arguments.iter().any(|argument| text(argument, "name") == "id") {
            continue;
        }
        let Some(key) = arguments.iter().find(|argument| {
            name_of(&argument["type"]) == "String"
                && !["after", "before"].contains(&text(argument, "name"))
        }) else {
            continue;
        };
        let key = text(key, "name");
        let document = format!("query Run($id: ID!) {{ {name}(id: $id) {{ key: {key} }} }}");
        let arguments = test.other.arguments(&test.other.near, name).unwrap();
        let found = test.api.read(&test.other.admin, &document, arguments).await;
        let others = found[name]["key"].as_str().unwrap();
        let document = format!("query Run($key: String!) {{ {name}({key}: $key) {{ id }} }}");
        for caller in [&test.own.admin, &test.own.near.customer_viewer] {
            let found = test.api.read(caller, &document, json!({ "key": others })).await;
            let id = found[name]["id"].as_str().unwrap_or_default();
            assert!(!test.other.ids().contains(&id), "{name} {others}");
            // Each seller counts its invoices from 1.
            assert!(found[name].is_null() || name == "invoice", "{name} {others}");
        }
    }
}

async fn no_search_finds_what_belongs_to_others(database: Database) {
    let test = Test::start(database).await;
    let mut lists = 0;
    for field in test.schema.fields(Root::Query) {
        let name = text(field, "name");
        let searches = list(field, "args").iter().any(|argument| {
            let input = test
                .schema
                .types()
                .find(|object| text(object, "name") == name_of(&argument["type"]));
            input.is_some_and(|input| {
                list(input, "inputFields").iter().any(|field| text(field, "name") == "text")
            })
        });
        if !searches {
            continue;
        }
        lists += 1;
        let document = test.schema.document(Root::Query, field, "{ nodes { id } }");
        let search = async |viewer: &Viewer, words: &str| {
            let arguments = json!({ "filter": { "text": words } });
            let found = test.api.read(viewer, &document, arguments).await;
            found[name]["nodes"].as_array().unwrap().len()
        };
        assert_eq!(search(&test.own.admin, CANARY).await, 0, "{name}");
        assert_eq!(search(&test.own.near.partner_viewer, STRANGER).await, 0, "{name}");
        assert_eq!(search(&test.own.near.customer_viewer, STRANGER).await, 0, "{name}");
        assert_ne!(search(&test.other.admin, CANARY).await, 0, "{name}: the search does find");
    }
    assert!(lists > 5, "{lists}");
}

/// Walks from every query through all that it leads to.
async fn nothing_that_a_buyer_can_reach_shows_another_buyer(database: Database) {
    let test = Test::start(database).await;
    let near = &test.own.near;
    let hidden = [CANARY, STRANGER];
    for caller in [&near.partner_viewer, &near.partner_approver, &near.customer_viewer] {
        for field in test.schema.fields(Root::Query) {
            let name = text(field, "name");
            let mut arguments = test.own.arguments(near, name).unwrap();
            // Everything, not what the near customer has.
            if let Some(arguments) = arguments.as_object_mut() {
                arguments.remove("filter");
            }
            for selection in walks(&test.schema, field) {
                let document = test.schema.document(Root::Query, field, &selection);
                let answer = test.api.ask(Some(caller), &document, arguments.clone()).await;
                let answer = answer.to_string();
                assert!(!answer.contains("complex"), "{answer}");
                for text in hidden {
                    assert!(!answer.contains(text), "{} {document}\n{answer}", caller.role);
                }
                for id in test.own.far_ids() {
                    assert!(!answer.contains(id), "{} {document}\n{answer}", caller.role);
                }
            }
        }
    }
    let all = "{ customers(filter: { text: \"STRANGER\" }) { nodes { name } } }";
    let seen = test.api.read(&test.own.admin, all, json!({})).await.to_string();
    assert!(seen.contains(STRANGER), "the seller itself sees everybody");
}

/// One selection for each object that a field leads to, each a few objects deep.
fn walks(schema: &Introspected, field: &Value) -> Vec<String> {
    const STAFF_ONLY: &[&str] = &["Tenant.settings"];
    let seen = &mut BTreeSet::new();
    let named = name_of(&field["type"]);
    let owner = named.strip_suffix("Connection").unwrap_or(named);
    let (opening, closing) = if owner == named { ("{", "}") } else { ("{ nodes {", "} }") };
    let mut walks = vec![schema.selection(field, 1, STAFF_ONLY, seen)];
    let object = schema.types().find(|object| text(object, "name") == owner).unwrap();
    if text(object, "kind") != "OBJECT" {
        return walks;
    }
    for member in list(object, "fields") {
        let below = schema.selection(member, 1, STAFF_ONLY, seen);
        if below.is_empty()
            || STAFF_ONLY.contains(&format!("{owner}.{}", text(member, "name")).as_str())
        {
            continue;
        }
        let page = if list(member, "args").is_empty() { "" } else { "(first: 5)" };
        walks.push(format!("{opening} {}{page} {below} {closing}", text(member, "name")));
    }
    walks
}

async fn a_cursor_of_another_seller_is_refused_and_a_feed_tells_of_no_other_seller(
    database: Database,
) {
    let test = Test::start(database).await;
    let cursor = "{ feedCursor }";
    let others = test.api.read(&test.other.admin, cursor, json!({})).await;
    let nobodys = Cursor { epoch: Uuid::new_v4(), position: 7 }.to_string();
    for field in test.schema.fields(Root::Feeds) {
        let selection = test.schema.selection(field, 1, &[], &mut BTreeSet::new());
        let document = test.schema.document(Root::Feeds, field, &selection);
        let after = |cursor: &str| {
            let mut arguments = test.own.arguments(&test.own.near, text(field, "name")).unwrap();
            arguments["after"] = json!(cursor);
            arguments
        };
        let others = others["feedCursor"].as_str().unwrap();
        let caller = Some(&test.own.admin);
        let refused = test.api.first(caller, &document, after(others)).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "RESUME_GAP", "{refused}");
        assert_eq!(refused["errors"][0]["extensions"]["reason"], "EPOCH_CHANGED");
        assert_eq!(refused, test.api.first(caller, &document, after(&nobodys)).await);
    }

    let document = "subscription Run($after: FeedCursor!) {
        events(after: $after) { position order { reference } customer { name } actor } }";
    let own = test.api.read(&test.own.admin, cursor, json!({})).await;
    let following = json!({ "after": own["feedCursor"] });
    let happens = async {
        for seller in [&test.other, &test.own] {
            let arguments = seller.arguments(&seller.near, "cancelOrder").unwrap();
            let cancel = arguments["input"].clone();
            test.api.done(&seller.near.customer_viewer, "cancelOrder", cancel, "").await;
        }
    };
    happens.await;
    let told = test.api.first(Some(&test.own.admin), document, following).await;
    assert_eq!(told["data"]["events"]["order"]["reference"], "NEAR Fabrikam", "{told}");
}

/// A feed's arguments with which it tells what has happened so far.
async fn from_the_beginning(test: &Test, mut arguments: Value) -> Value {
    let log = event_log::Entity::find_by_id(test.own.tenant_id);
    let log = log.one(test.app.app.store.readers()).await.unwrap().unwrap();
    arguments["after"] = json!(Cursor { epoch: log.epoch, position: 0 }.to_string());
    arguments
}

/// An id of the same kind that nobody has.
fn random_like(id: &str) -> String {
    let (prefix, _) = id.split_once('_').unwrap();
    format!("{prefix}_{}", Uuid::now_v7().simple())
}

/// An answer as text, without the id that was asked for.
fn without(answer: &Value, id: &str) -> String {
    answer.to_string().replace(id, "<id>")
}

fn remove(arguments: &mut Value, path: &str) {
    let path = path.strip_suffix("/0").unwrap_or(path);
    let (parent, name) = path.rsplit_once('/').unwrap();
    if let Some(Value::Object(parent)) = arguments.pointer_mut(parent) {
        parent.remove(name);
    }
}
