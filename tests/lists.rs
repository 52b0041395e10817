//! Lists: every page, every filter, compared with what a simple loop over all rows finds.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AgreementId, AgreementStatus, CatalogStatus, CustomerId, InvoiceId, InvoiceStatus, LicenseId,
    LicenseStatus, OfferId, OrderAction, OrderId, OrderLineId, OrderLineStatus, OrderStatus,
    PartnerId, ProductId, Provisioning, Role, SubscriptionId, SubscriptionStatus, agreement,
    customer, edition, invoice, license, offer, order, order_line, partner, product, subscription,
};
use ordergate::{
    graphql::{self, Schema},
    services::search::{self, Kind},
    store::Txn,
    viewer::{Scope, Viewer},
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api,
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
    },
};

on_both_databases!(
    walking_a_list_meets_every_row_once_and_in_order,
    a_page_is_asked_for_properly_or_refused,
    each_filter_keeps_exactly_what_it_says,
    orders_are_found_by_every_filter_and_by_several_at_once,
    what_is_not_the_callers_narrows_a_list_to_nothing,
);

const ORDERS: usize = 96;

async fn walking_a_list_meets_every_row_once_and_in_order(database: Database) {
    let lists = Lists::start(database).await;
    let queue = json!({ "statusIn": ["PENDING_APPROVAL", "ON_HOLD", "COMPLETED"] });
    let line = json!({ "productId": id("product", lists.seller.products[0].id.0) });
    let word = json!({ "text": "ord" });
    for filter in [json!({}), queue, line, word] {
        for (field, direction) in [
            ("CREATED_AT", "ASC"),
            ("CREATED_AT", "DESC"),
            ("UPDATED_AT", "ASC"),
            ("UPDATED_AT", "DESC"),
        ] {
            let order_by = json!({ "field": field, "direction": direction });
            let all = lists.wanted_orders(&filter, field, direction == "DESC");
            for size in [1, 7, 100] {
                let what = format!("{filter} {field} {direction} {size}");
                let forwards = lists.walk("orders", &filter, &order_by, size, false).await;
                assert_eq!(forwards, all, "{what}, forwards");
                let backwards = lists.walk("orders", &filter, &order_by, size, true).await;
                assert_eq!(backwards, all, "{what}, backwards");
            }
        }
    }
    // Names are not unique.
    let order_by = json!({ "field": "NAME", "direction": "ASC" });
    let mut customers = lists.seller.customers.clone();
    customers.sort_by_key(|customer| (customer.name.clone(), customer.id));
    let all: Vec<_> = customers.into_iter().map(|customer| id("customer", customer.id.0)).collect();
    assert_eq!(lists.walk("customers", &json!({}), &order_by, 2, false).await, all);
    assert_eq!(lists.walk("customers", &json!({}), &order_by, 2, true).await, all);
}

async fn a_page_is_asked_for_properly_or_refused(database: Database) {
    let lists = Lists::start(database).await;
    let ask = |arguments: &'static str, variables: Value| {
        let cursor = if arguments.contains("$cursor") { "($cursor: String)" } else { "" };
        let document = format!(
            "query {cursor} {{ {arguments} {{ pageInfo {{ endCursor }} nodes {{ id }} }} }}"
        );
        let admin = lists.seller.world.admin.clone();
        let lists = &lists;
        async move { lists.answer(&admin, &document, variables).await }
    };
    let page = ask("orders", json!({})).await.unwrap();
    assert_eq!(page["orders"]["nodes"].as_array().unwrap().len(), 20);
    let cursor = json!({ "cursor": page["orders"]["pageInfo"]["endCursor"] });

    assert!(ask("orders(after: $cursor, first: 1)", cursor.clone()).await.is_ok());
    assert!(ask("orders(before: $cursor, last: 1)", cursor.clone()).await.is_ok());
    for arguments in [
        "orders(first: 1, last: 1)",
        "orders(first: 0)",
        "orders(first: 101)",
        "orders(first: -1)",
        "orders(last: 0)",
        "orders(last: 101)",
        "orders(first: 1, after: \"nonsense\")",
        "orders(first: 1, after: \"\")",
        // A cursor of another order, another direction, another list.
        "orders(after: $cursor, orderBy: { field: UPDATED_AT, direction: DESC })",
        "orders(after: $cursor, orderBy: { field: CREATED_AT, direction: ASC })",
        "orders(before: $cursor, orderBy: { field: CREATED_AT, direction: ASC })",
        "customers(after: $cursor)",
    ] {
        let code = ask(arguments, cursor.clone()).await.unwrap_err();
        assert_eq!(code, "BAD_USER_INPUT", "{arguments}");
    }
}

async fn each_filter_keeps_exactly_what_it_says(database: Database) {
    let lists = Lists::start(database).await;
    let seller = &lists.seller;
    let middle = seller.orders[ORDERS / 2].order.created_at;
    macro_rules! check {
        ($list:literal, $prefix:literal, $rows:expr, { $($filter:expr => |$row:ident| $wanted:expr;)+ }) => {
            let mut rows: Vec<_> = $rows.iter().collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
            let all: Vec<_> = rows.iter().map(|row| id($prefix, row.id.0)).collect();
            lists.check($list, &json!({}), &all).await;
            let since = json!({ "createdAt": { "from": middle } });
            let found: Vec<_> =
                rows.iter().filter(|row| row.created_at >= middle).map(|row| id($prefix, row.id.0)).collect();
            lists.check($list, &since, &found).await;
            let until = json!({ "updatedAt": { "until": middle } });
            let found: Vec<_> =
                rows.iter().filter(|row| row.updated_at < middle).map(|row| id($prefix, row.id.0)).collect();
            lists.check($list, &until, &found).await;
            $(
                let found: Vec<_> =
                    rows.iter().filter(|$row| $wanted).map(|row| id($prefix, row.id.0)).collect();
                lists.check($list, &$filter, &found).await;
            )+
        };
    }
    let (partner, parent) = (&seller.partners[1], &seller.partners[0]);
    let customer = &seller.customers[2];
    let agreement = &seller.agreements[2];
    let (product, offer) = (&seller.products[1], &seller.offers[3]);
    let name_of = |id: CustomerId| {
        let customer = seller.customers.iter().find(|customer| customer.id == id).unwrap();
        [customer.name.clone(), customer.customer_number.clone()]
    };
    check!("partners", "partner", seller.partners, {
        json!({ "parentId": id("partner", parent.id.0) }) => |row| row.parent_id == Some(parent.id);
        json!({ "text": "part 1" }) => |row| matches("part 1", [&row.name, &row.partner_number]);
    });
    check!("customers", "customer", seller.customers, {
        json!({ "partnerId": id("partner", partner.id.0) }) => |row| row.partner_id == Some(partner.id);
        json!({ "country": "DK" }) => |row| row.country.as_deref() == Some("DK");
        json!({ "text": "CO" }) => |row| matches("CO", [&row.name, &row.customer_number]);
        json!({ "text": "c 3" }) => |row| matches("c 3", [&row.name, &row.customer_number]);
    });
    check!("agreements", "agreement", seller.agreements, {
        json!({ "customerId": id("customer", customer.id.0) }) => |row| row.customer_id == customer.id;
        json!({ "statusIn": ["DEACTIVATED"] }) => |row| row.status == AgreementStatus::Deactivated;
        json!({ "text": "a-2" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            matches("a-2", [&row.number, &name, &number])
        };
        json!({ "text": "contoso" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            matches("contoso", [&row.number, &name, &number])
        };
    });
    check!("products", "product", seller.products, {
        json!({ "statusIn": ["RETIRED"] }) => |row| row.status == CatalogStatus::Retired;
        json!({ "vendor": "Fabrikam" }) => |row| row.vendor == "Fabrikam";
        json!({ "text": "fabri" }) => |row| matches("fabri", [&row.name, &row.code, &row.vendor]);
    });
    check!("offers", "offer", seller.offers, {
        json!({ "productId": id("product", product.id.0) }) => |row| row.product_id == product.id;
        json!({ "statusIn": ["ACTIVE"] }) => |row| row.status == CatalogStatus::Active;
        json!({ "billingIn": ["ONE_TIME"] }) => |row| row.billing == entity::Billing::OneTime;
        json!({ "editionId": id("edition", seller.edition.id.0) }) => |row| row.edition_id == Some(seller.edition.id);
        json!({ "text": "offer 3" }) => |row| matches("offer 3", [&row.name, &row.code]);
    });
    check!("subscriptions", "subscription", seller.subscriptions, {
        json!({ "statusIn": ["ACTIVE"] }) => |row| row.status == SubscriptionStatus::Active;
        json!({ "statusIn": ["ACTIVE", "PENDING"] }) => |row| matches!(row.status, SubscriptionStatus::Active | SubscriptionStatus::Pending);
        json!({ "customerId": id("customer", customer.id.0) }) => |row| row.customer_id == customer.id;
        json!({ "partnerId": id("partner", partner.id.0) }) => |row| row.partner_id == Some(partner.id);
        json!({ "productId": id("product", product.id.0) }) => |row| row.product_id == product.id;
        json!({ "offerId": id("offer", offer.id.0) }) => |row| row.offer_id == offer.id;
        json!({ "agreementId": id("agreement", agreement.id.0) }) => |row| row.agreement_id == Some(agreement.id);
        json!({ "text": "sub-00" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            matches("sub-00", [&row.number, &name, &number])
        };
        json!({ "text": "contoso" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            matches("contoso", [&row.number, &name, &number])
        };
    });
    check!("licenses", "license", seller.licenses, {
        json!({ "statusIn": ["SUSPENDED"] }) => |row| row.status == LicenseStatus::Suspended;
        json!({ "customerId": id("customer", customer.id.0) }) => |row| row.customer_id == customer.id;
        json!({ "partnerId": id("partner", partner.id.0) }) => |row| row.partner_id == Some(partner.id);
        json!({ "productId": id("product", product.id.0) }) => |row| row.product_id == product.id;
        json!({ "editionId": id("edition", seller.edition.id.0) }) => |row| row.edition_id == seller.edition.id;
        json!({ "expiresAt": { "from": middle } }) => |row| row.expires_at.is_some_and(|at| at >= middle);
        json!({ "text": "key-01" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            matches("key-01", [&row.license_key, &name, &number])
        };
    });
    check!("invoices", "invoice", seller.invoices, {
        json!({ "statusIn": ["DRAFT"] }) => |row| row.status == InvoiceStatus::Draft;
        json!({ "customerId": id("customer", customer.id.0) }) => |row| row.customer_id == customer.id;
        json!({ "partnerId": id("partner", partner.id.0) }) => |row| row.partner_id == Some(partner.id);
        json!({ "agreementId": id("agreement", agreement.id.0) }) => |row| row.agreement_id == Some(agreement.id);
        json!({ "text": "inv-01" }) => |row| {
            let [name, number] = name_of(row.customer_id);
            let invoice = row.number.clone().unwrap_or_default();
            matches("inv-01", [&invoice, &name, &number])
        };
    });
}

async fn orders_are_found_by_every_filter_and_by_several_at_once(database: Database) {
    let lists = Lists::start(database).await;
    let seller = &lists.seller;
    let at = |index: usize| seller.orders[index].order.created_at;
    let mut filters = vec![
        json!({ "statusIn": [] }),
        json!({ "statusIn": ["PENDING_APPROVAL"] }),
        json!({ "statusIn": ["PENDING_APPROVAL", "PENDING_APPROVAL"] }),
        json!({ "statusIn": ["DRAFT", "ON_HOLD", "COMPLETED"] }),
        json!({ "statusIn": OrderStatus::ALL }),
        json!({ "subscriptionId": id("subscription", seller.subscriptions[3].id.0) }),
        json!({ "reference": "REF 2" }),
        json!({ "reference": "REF" }),
        json!({ "poNumber": "PO-3" }),
        json!({ "createdAt": { "from": at(10) } }),
        json!({ "createdAt": { "until": at(40) } }),
        json!({ "createdAt": { "from": at(10), "until": at(40) } }),
        json!({ "updatedAt": { "from": at(30), "until": at(60) } }),
        json!({ "createdAt": { "from": at(40), "until": at(10) } }),
    ];
    for customer in &seller.customers {
        filters.push(json!({ "customerId": id("customer", customer.id.0) }));
    }
    for partner in &seller.partners {
        filters.push(json!({ "partnerId": id("partner", partner.id.0) }));
    }
    for product in &seller.products {
        filters.push(json!({ "productId": id("product", product.id.0) }));
    }
    for offer in &seller.offers {
        filters.push(json!({ "offerId": id("offer", offer.id.0) }));
    }
    for agreement in &seller.agreements {
        filters.push(json!({ "agreementId": id("agreement", agreement.id.0) }));
    }
    for text in [
        "ord",
        "ORD-00",
        "ord-0037",
        "00 ord",
        "37",
        "ref",
        "ref 3",
        "po-1",
        "contoso",
        "Cont 5",
        "c-3",
        "contoso po",
        "nothing",
        "ord nothing",
        "",
        "  ",
        "—",
    ] {
        filters.push(json!({ "text": text }));
    }
    let product = id("product", seller.products[0].id.0);
    let other_product = id("product", seller.products[2].id.0);
    let offer = id("offer", seller.offers[0].id.0);
    let customer = id("customer", seller.customers[1].id.0);
    let partner = id("partner", seller.partners[1].id.0);
    filters.extend([
        json!({ "productId": product, "statusIn": ["PENDING_APPROVAL"] }),
        json!({ "productId": product, "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] }),
        json!({ "productId": product, "customerId": customer }),
        json!({ "productId": product, "partnerId": partner }),
        json!({ "productId": product, "createdAt": { "from": at(10), "until": at(40) } }),
        json!({ "productId": product, "text": "ord-00" }),
        json!({ "productId": product, "offerId": offer }),
        json!({ "productId": other_product, "offerId": offer }),
        json!({ "productId": other_product, "offerId": offer, "text": "contoso" }),
        json!({ "customerId": customer, "statusIn": ["DRAFT", "FAILED"] }),
        json!({ "customerId": customer, "partnerId": partner }),
        json!({ "text": "contoso", "statusIn": ["DRAFT", "FAILED"] }),
        json!({ "text": "ord-001", "statusIn": ["DRAFT", "FAILED", "REJECTED"], "partnerId": partner }),
        json!({ "reference": "REF 2", "poNumber": "PO-3" }),
        json!({ "updatedAt": { "from": at(10) }, "statusIn": ["DRAFT", "FAILED"], "text": "c" }),
    ]);
    for filter in &filters {
        for (field, down) in [("CREATED_AT", true), ("UPDATED_AT", false)] {
            let wanted = lists.wanted_orders(filter, field, down);
            let direction = if down { "DESC" } else { "ASC" };
            let order_by = json!({ "field": field, "direction": direction });
            lists.check_sorted("orders", filter, &order_by, &wanted).await;
        }
    }
    // A partner sees its own, and what is below it, by the same filters.
    let scope = Scope::Partner {
        own: seller.partners[0].id,
        partners: vec![seller.partners[0].id, seller.partners[1].id],
    };
    let caller = viewer(seller.world.tenant_id, Role::Partner, scope);
    for filter in &filters {
        let wanted = lists.wanted_orders_within(&caller.scope, filter, "CREATED_AT", true);
        let order_by = json!({ "field": "CREATED_AT", "direction": "DESC" });
        lists.check_as(&caller, "orders", filter, &order_by, &wanted).await;
    }
}

async fn what_is_not_the_callers_narrows_a_list_to_nothing(database: Database) {
    let lists = Lists::start(database).await;
    let other = Seller::set_up(&lists.app).await;
    for foreign in [true, false] {
        let choose = |id: Uuid| if foreign { id } else { Uuid::now_v7() };
        for filter in [
            json!({ "customerId": id("customer", choose(other.customers[0].id.0)) }),
            json!({ "partnerId": id("partner", choose(other.partners[0].id.0)) }),
            json!({ "productId": id("product", choose(other.products[0].id.0)) }),
            json!({ "offerId": id("offer", choose(other.offers[0].id.0)) }),
            json!({ "agreementId": id("agreement", choose(other.agreements[0].id.0)) }),
        ] {
            lists.check("orders", &filter, &[]).await;
            lists.check("subscriptions", &filter, &[]).await;
        }
    }
    // Nor does a customer learn of another one by asking for its orders.
    let own = &lists.seller.customers[0];
    let scope = Scope::Customer { own: own.id, partner: own.partner_id };
    let caller = viewer(lists.seller.world.tenant_id, Role::Customer, scope);
    let filter = json!({ "customerId": id("customer", lists.seller.customers[1].id.0) });
    let newest = json!({ "field": "CREATED_AT", "direction": "DESC" });
    lists.check_as(&caller, "orders", &filter, &newest, &[]).await;
    let all = json!({});
    let wanted = lists.wanted_orders_within(&caller.scope, &all, "CREATED_AT", true);
    assert!(!wanted.is_empty());
    lists.check_as(&caller, "orders", &all, &newest, &wanted).await;
}

fn sold_by(partners: &[PartnerId], partner: Option<PartnerId>) -> bool {
    partner.is_some_and(|partner| partners.contains(&partner))
}

/// The id as the API spells it.
fn id(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", id.simple())
}

/// Whether every word of a text begins a word of the texts.
fn matches<const N: usize>(text: &str, texts: [&String; N]) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|character: char| !character.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let all: Vec<_> = texts
        .iter()
        .flat_map(|text| words(text).into_iter().chain([text.trim().to_lowercase()]))
        .filter(|word| !word.is_empty())
        .collect();
    let mut wanted = words(text);
    if wanted.is_empty() && !text.trim().is_empty() {
        wanted.push(text.trim().to_lowercase());
    }
    wanted.iter().all(|word| all.iter().any(|other| other.starts_with(word)))
}

/// The schema over a seller with many rows.
struct Lists {
    app: TestApp,
    schema: Schema,
    seller: Seller,
}

impl Lists {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let seller = Seller::set_up(&app).await;
        // Another seller's rows lie between.
        Seller::set_up(&app).await;
        Self { schema: graphql::build(app.app.clone()), app, seller }
    }

    /// The data, or the code of the only error.
    async fn answer(
        &self,
        viewer: &Viewer,
        document: &str,
        variables: Value,
    ) -> Result<Value, String> {
        let answer = match api::request(Some(viewer), document, variables) {
            Ok(request) => self.schema.execute(request).await,
            Err(refused) => *refused,
        };
        answer.into_result().map(|answer| api::data(&answer.data)).map_err(|errors| {
            assert_eq!(errors.len(), 1, "{errors:?}");
            let code = errors[0].extensions.as_ref().and_then(|extensions| extensions.get("code"));
            let code = code.unwrap_or_else(|| panic!("{errors:?}")).clone();
            serde_json::from_value(code.into_json().unwrap()).unwrap()
        })
    }

    async fn page(
        &self,
        viewer: &Viewer,
        list: &str,
        arguments: &str,
        variables: Value,
        count: bool,
    ) -> Value {
        let (filter, order) = match list {
            "orders" => ("OrderFilter", "TimeOrder"),
            "subscriptions" => ("SubscriptionFilter", "TimeOrder"),
            "licenses" => ("LicenseFilter", "TimeOrder"),
            "invoices" => ("InvoiceFilter", "TimeOrder"),
            "agreements" => ("AgreementFilter", "TimeOrder"),
            "customers" => ("CustomerFilter", "NameOrder"),
            "partners" => ("PartnerFilter", "NameOrder"),
            "products" => ("ProductFilter", "NameOrder"),
            "offers" => ("OfferFilter", "NameOrder"),
            _ => panic!("there is no list {list}"),
        };
        let count = if count { "totalCount" } else { "" };
        let cursor = if arguments.contains("$cursor") { "$cursor: String, " } else { "" };
        let document = format!(
            "query ($size: Int, {cursor}$filter: {filter}, $orderBy: {order}) {{
                {list}({arguments}, filter: $filter, orderBy: $orderBy) {{
                    edges {{ cursor node {{ id }} }}
                    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
                    {count}
                }}
            }}"
        );
        self.answer(viewer, &document, variables).await.unwrap()[list].take()
    }

    /// The ids of all pages one after the other, from either end.
    async fn walk(
        &self,
        list: &str,
        filter: &Value,
        order_by: &Value,
        size: usize,
        backwards: bool,
    ) -> Vec<String> {
        let (arguments, more, less, end) = if backwards {
            ("last: $size, before: $cursor", "hasPreviousPage", "hasNextPage", "startCursor")
        } else {
            ("first: $size, after: $cursor", "hasNextPage", "hasPreviousPage", "endCursor")
        };
        let (mut walked, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let variables =
                json!({ "size": size, "cursor": cursor, "filter": filter, "orderBy": order_by });
            let page = self.page(&self.seller.world.admin, list, arguments, variables, false).await;
            let mut ids = ids_of(&page);
            assert_eq!(page["pageInfo"][less], !cursor.is_null());
            if backwards {
                ids.append(&mut walked);
                walked = ids;
            } else {
                walked.extend(ids);
            }
            if page["pageInfo"][more] == false {
                return walked;
            }
            assert_eq!(page["edges"].as_array().unwrap().len(), size);
            cursor = page["pageInfo"][end].clone();
        }
    }

    async fn check(&self, list: &str, filter: &Value, wanted: &[String]) {
        let newest = json!({ "field": "CREATED_AT", "direction": "DESC" });
        self.check_sorted(list, filter, &newest, wanted).await;
    }

    async fn check_sorted(&self, list: &str, filter: &Value, order_by: &Value, wanted: &[String]) {
        self.check_as(&self.seller.world.admin, list, filter, order_by, wanted).await;
    }

    async fn check_as(
        &self,
        viewer: &Viewer,
        list: &str,
        filter: &Value,
        order_by: &Value,
        wanted: &[String],
    ) {
        let variables = json!({ "size": 100, "filter": filter, "orderBy": order_by });
        let page = self.page(viewer, list, "first: $size", variables, true).await;
        assert_eq!(ids_of(&page), wanted, "{list} {filter} {order_by}");
        assert_eq!(page["totalCount"], wanted.len(), "{list} {filter}");
    }

    fn wanted_orders(&self, filter: &Value, field: &str, down: bool) -> Vec<String> {
        self.wanted_orders_within(&Scope::Tenant, filter, field, down)
    }

    fn wanted_orders_within(
        &self,
        scope: &Scope,
        filter: &Value,
        field: &str,
        down: bool,
    ) -> Vec<String> {
        let visible = |order: &order::Model| match scope {
            Scope::Tenant => true,
            Scope::Partner { partners, .. } => sold_by(partners, order.partner_id),
            Scope::Customer { own, .. } => order.customer_id == *own,
        };
        let rows = self.seller.orders.iter();
        let wants = |row: &WholeOrder| self.seller.wants(scope, filter, row);
        let mut found: Vec<_> = rows.filter(|row| visible(&row.order) && wants(row)).collect();
        let time = |row: &WholeOrder| match field {
            "UPDATED_AT" => row.order.updated_at,
            _ => row.order.created_at,
        };
        found.sort_by_key(|row| (time(row), row.order.id));
        if down {
            found.reverse();
        }
        found.into_iter().map(|row| id("order", row.order.id.0)).collect()
    }
}

fn ids_of(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}

struct WholeOrder {
    order: order::Model,
    lines: Vec<order_line::Model>,
}

/// A seller with rows of every kind, many of which have the same times.
struct Seller {
    world: World,
    partners: Vec<partner::Model>,
    customers: Vec<customer::Model>,
    agreements: Vec<agreement::Model>,
    products: Vec<product::Model>,
    edition: edition::Model,
    offers: Vec<offer::Model>,
    orders: Vec<WholeOrder>,
    subscriptions: Vec<subscription::Model>,
    licenses: Vec<license::Model>,
    invoices: Vec<invoice::Model>,
}

impl Seller {
    /// What the filter says, row by row.
    fn wants(&self, scope: &Scope, filter: &Value, row: &WholeOrder) -> bool {
        let order = &row.order;
        let customer =
            self.customers.iter().find(|customer| customer.id == order.customer_id).unwrap();
        let sees_customer = match scope {
            Scope::Tenant | Scope::Customer { .. } => true,
            Scope::Partner { partners, .. } => sold_by(partners, customer.partner_id),
        };
        let between = |range: &Value, time: DateTime<Utc>| {
            let bound =
                |name| range[name].as_str().map(|text| text.parse::<DateTime<Utc>>().unwrap());
            bound("from").is_none_or(|from| time >= from)
                && bound("until").is_none_or(|until| time < until)
        };
        filter.as_object().unwrap().iter().all(|(field, value)| {
            let text = || value.as_str().unwrap();
            let any_line = |is: &dyn Fn(&order_line::Model) -> String| {
                row.lines.iter().any(|line| is(line) == text())
            };
            match field.as_str() {
                "statusIn" => value.as_array().unwrap().contains(&json!(order.status)),
                "customerId" => id("customer", order.customer_id.0) == text(),
                "partnerId" => order.partner_id.is_some_and(|own| id("partner", own.0) == text()),
                "agreementId" => {
                    order.agreement_id.is_some_and(|own| id("agreement", own.0) == text())
                }
                "productId" => any_line(&|line| id("product", line.product_id.0)),
                "offerId" => any_line(&|line| id("offer", line.offer_id.0)),
                "subscriptionId" => any_line(&|line| {
                    line.subscription_id.map_or_else(String::new, |own| id("subscription", own.0))
                }),
                "reference" => order.reference.as_deref() == Some(text()),
                "poNumber" => order.po_number.as_deref() == Some(text()),
                "createdAt" => between(value, order.created_at),
                "updatedAt" => between(value, order.updated_at),
                "text" => {
                    let none = String::new();
                    matches(
                        text(),
                        [
                            &order.number,
                            order.reference.as_ref().unwrap_or(&none),
                            order.po_number.as_ref().unwrap_or(&none),
                            if sees_customer { &customer.name } else { &none },
                            if sees_customer { &customer.customer_number } else { &none },
                        ],
                    )
                }
                _ => panic!("there is no filter {field}"),
            }
        })
    }

    async fn set_up(app: &TestApp) -> Self {
        let world = given::world(app).await;
        let mut seller = Self::with_people_and_catalogue(world);
        for index in 0..ORDERS {
            seller.place_order(index);
        }
        let txn = app.app.store.begin(seller.world.tenant_id).await.unwrap();
        seller.write(&txn).await;
        txn.commit().await.unwrap();
        seller.read_the_rest(app).await;
        seller
    }

    fn with_people_and_catalogue(world: World) -> Self {
        let tenant_id = world.tenant_id;
        let times = |index: usize| Times::of(index * 7);
        let partner_ids: Vec<_> =
            (0..3).map(|index| PartnerId::new(times(index).created)).collect();
        let partners = (0..3).map(|index| partner::Model {
            id: partner_ids[index],
            tenant_id,
            parent_id: (index == 1).then_some(partner_ids[0]),
            partner_number: format!("P-{index}"),
            name: format!("Partner {index}"),
            approval_required: false,
            version: 1,
            created_at: times(index).created,
            updated_at: times(index).updated,
        });
        let customers: Vec<_> = (0..9)
            .map(|index| customer::Model {
                id: CustomerId::new(times(index).created),
                tenant_id,
                partner_id: partner_ids.get(index % 4).copied(),
                customer_number: format!("C-{}", 10 + index * 3),
                name: if index.is_multiple_of(3) {
                    "Contoso".to_owned()
                } else {
                    format!("Café {index}")
                },
                email: None,
                phone: None,
                street: None,
                postal_code: None,
                city: None,
                country: index.is_multiple_of(2).then(|| "DK".to_owned()),
                version: 1,
                created_at: times(index).created,
                updated_at: times(index).updated,
            })
            .collect();
        let agreements = customers.iter().enumerate().map(|(index, customer)| agreement::Model {
            id: AgreementId::new(times(index).created),
            tenant_id,
            customer_id: customer.id,
            number: format!("A-{}", 20 + index),
            currency: "EUR".to_owned(),
            default_po_number: None,
            status: if index % 3 == 1 {
                AgreementStatus::Deactivated
            } else {
                AgreementStatus::Active
            },
            starts_on: None,
            version: 1,
            created_at: times(index).created,
            updated_at: times(index).updated,
        });
        let products: Vec<_> = (0..3)
            .map(|index| product::Model {
                id: ProductId::new(times(index).created),
                tenant_id,
                code: format!("PROD-{index}"),
                name: format!("Product {index}"),
                vendor: if index == 1 { "Tailspin".to_owned() } else { "Fabrikam".to_owned() },
                description: None,
                provisioning: Provisioning::Manual,
                status: status_of(index == 2),
                version: 1,
                created_at: times(index).created,
                updated_at: times(index).updated,
            })
            .collect();
        let edition = edition::Model {
            id: entity::EditionId::new(times(0).created),
            tenant_id,
            product_id: products[0].id,
            name: "Enterprise".to_owned(),
            features: json!([]),
            limitations: json!([]),
            variables: json!([]),
            version: 1,
            created_at: times(0).created,
            updated_at: times(0).updated,
        };
        let offers = (0..6).map(|index| offer::Model {
            id: OfferId::new(times(index).created),
            tenant_id,
            product_id: products[index % 3].id,
            code: format!("OFFER-{index}"),
            name: format!("Offer {index}"),
            description: None,
            billing: if index < 2 { entity::Billing::OneTime } else { entity::Billing::Recurring },
            billing_period: (index >= 2).then_some(entity::BillingPeriod::Yearly),
            min_quantity: 1,
            max_quantity: None,
            edition_id: index.is_multiple_of(3).then_some(edition.id),
            status: status_of(index % 4 == 3),
            version: 1,
            created_at: times(index).created,
            updated_at: times(index).updated,
        });
        Self {
            partners: partners.collect(),
            agreements: agreements.collect(),
            offers: offers.collect(),
            world,
            customers,
            products,
            edition,
            orders: Vec::new(),
            subscriptions: Vec::new(),
            licenses: Vec::new(),
            invoices: Vec::new(),
        }
    }

    /// An order, and for some a subscription, a license and an invoice.
    fn place_order(&mut self, index: usize) {
        let (tenant_id, times) = (self.world.tenant_id, Times::of(index));
        let customer = &self.customers[index * 5 % self.customers.len()];
        let agreement = &self.agreements[index * 5 % self.agreements.len()];
        let agreement_id = (!index.is_multiple_of(3)).then_some(agreement.id);
        let order = order::Model {
            id: OrderId::new(times.created),
            tenant_id,
            number: format!("ORD-{:04}", index * 37 % ORDERS),
            customer_id: customer.id,
            // Customers move from one partner to another, orders do not.
            partner_id: self.partners.get(index % 4).map(|partner| partner.id),
            agreement_id,
            status: OrderStatus::ALL[index * 3 % OrderStatus::ALL.len()],
            currency: "EUR".to_owned(),
            reference: index.is_multiple_of(2).then(|| format!("REF {}", index % 6)),
            po_number: (index % 4 != 1).then(|| format!("PO-{}", index % 5)),
            external_reference: None,
            start_at: None,
            placed_by: "user:anna".to_owned(),
            placed_by_partner_id: None,
            co_authors: None,
            net_amount: 0,
            tax_amount: 0,
            gross_amount: 0,
            reason: None,
            submitted_at: None,
            approved_at: None,
            ended_at: None,
            failures: 0,
            next_try_at: DateTime::UNIX_EPOCH,
            version: 1,
            created_at: times.created,
            updated_at: times.updated,
        };
        let subscription = (index % 2 == 1).then(|| subscription::Model {
            id: SubscriptionId::new(times.created),
            tenant_id,
            number: format!("SUB-{index:04}"),
            customer_id: customer.id,
            partner_id: order.partner_id,
            product_id: self.offers[index % 5].product_id,
            offer_id: self.offers[index % 5].id,
            agreement_id,
            order_id: order.id,
            status: SubscriptionStatus::ALL[index % SubscriptionStatus::ALL.len()],
            quantity: 1,
            currency: "EUR".to_owned(),
            unit_amount: 0,
            tax_basis_points: 0,
            po_number: None,
            external_reference: None,
            reason: None,
            activated_at: None,
            ended_at: None,
            version: 1,
            created_at: times.created,
            updated_at: times.updated,
        });
        if let Some(subscription) = &subscription {
            self.licenses.push(license::Model {
                id: LicenseId::new(times.created),
                tenant_id,
                license_key: format!("KEY-{index:04}"),
                legacy_license_key: None,
                customer_id: customer.id,
                partner_id: order.partner_id,
                product_id: subscription.product_id,
                edition_id: self.edition.id,
                subscription_id: Some(subscription.id),
                order_id: Some(order.id),
                status: LicenseStatus::ALL[index % LicenseStatus::ALL.len()],
                user_limit: 1,
                external_reference: None,
                starts_at: times.created,
                expires_at: index.is_multiple_of(3).then_some(times.updated),
                version: 1,
                created_at: times.created,
                updated_at: times.updated,
            });
            let issued = !index.is_multiple_of(9);
            self.invoices.push(invoice::Model {
                id: InvoiceId::new(times.created),
                tenant_id,
                number: issued.then(|| format!("INV-{index:04}")),
                customer_id: customer.id,
                partner_id: order.partner_id,
                agreement_id: agreement_id.filter(|_| issued),
                status: if issued { InvoiceStatus::Issued } else { InvoiceStatus::Draft },
                // A customer has one draft in each currency.
                currency: if issued { "EUR".to_owned() } else { format!("X{index:02}") },
                net_amount: 0,
                tax_amount: 0,
                gross_amount: 0,
                issued_at: issued.then_some(times.created),
                due_on: issued.then(|| times.created.date_naive()),
                version: 1,
                created_at: times.created,
                updated_at: times.updated,
            });
        }
        let lines = (0..=index % 3).map(|line| {
            let offer = &self.offers[(index + line * 2) % 5];
            order_line::Model {
                id: OrderLineId::new(times.created),
                tenant_id,
                order_id: order.id,
                order_created_at: order.created_at,
                line_number: i32::try_from(line).unwrap() + 1,
                client_line_id: None,
                action: OrderAction::Buy,
                status: OrderLineStatus::Pending,
                product_id: offer.product_id,
                offer_id: offer.id,
                subscription_id: subscription.as_ref().filter(|_| line == 0).map(|own| own.id),
                quantity: 1,
                previous_quantity: None,
                po_number: None,
                unit_amount: 0,
                tax_basis_points: 0,
                net_amount: 0,
                provisioning: Provisioning::Manual,
                provisioning_reference: None,
                hold_reason: None,
                failure_reason: None,
                attempts: 0,
                failures: 0,
                next_try_at: DateTime::UNIX_EPOCH,
                started_at: None,
                ended_at: None,
            }
        });
        let lines = lines.collect();
        self.subscriptions.extend(subscription);
        self.orders.push(WholeOrder { order, lines });
    }

    async fn write(&self, txn: &Txn) {
        macro_rules! insert {
            ($table:ident, $rows:expr) => {
                let rows = $rows.into_iter().map(|row| row.clone().into_active_model().reset_all());
                $table::Entity::insert_many(rows).exec_without_returning(txn).await.unwrap();
            };
        }
        insert!(partner, &self.partners);
        insert!(customer, &self.customers);
        insert!(agreement, &self.agreements);
        insert!(product, &self.products);
        insert!(edition, [&self.edition]);
        insert!(offer, &self.offers);
        insert!(order, self.orders.iter().map(|row| &row.order));
        insert!(subscription, &self.subscriptions);
        insert!(order_line, self.orders.iter().flat_map(|row| &row.lines));
        insert!(license, &self.licenses);
        insert!(invoice, &self.invoices);
        for row in &self.partners {
            index(txn, Kind::Partner, row.id.0, &[&row.partner_number, &row.name]).await;
        }
        for row in &self.customers {
            index(txn, Kind::Customer, row.id.0, &[&row.customer_number, &row.name]).await;
        }
        for row in &self.agreements {
            index(txn, Kind::Agreement, row.id.0, &[&row.number]).await;
        }
        for row in &self.products {
            index(txn, Kind::Product, row.id.0, &[&row.code, &row.name, &row.vendor]).await;
        }
        for row in &self.offers {
            index(txn, Kind::Offer, row.id.0, &[&row.code, &row.name]).await;
        }
        for WholeOrder { order, .. } in &self.orders {
            let texts = [Some(&order.number), order.reference.as_ref(), order.po_number.as_ref()];
            let texts: Vec<_> = texts.into_iter().flatten().map(String::as_str).collect();
            index(txn, Kind::Order, order.id.0, &texts).await;
        }
        for row in &self.subscriptions {
            index(txn, Kind::Subscription, row.id.0, &[&row.number]).await;
        }
        for row in &self.licenses {
            index(txn, Kind::License, row.id.0, &[&row.license_key]).await;
        }
        for row in &self.invoices {
            let number = row.number.as_deref().unwrap_or_default();
            index(txn, Kind::Invoice, row.id.0, &[number]).await;
        }
    }

    /// Adds what the world began with: it is in the lists as well.
    async fn read_the_rest(&mut self, app: &TestApp) {
        let (readers, tenant_id) = (app.app.store.readers(), self.world.tenant_id);
        macro_rules! add {
            ($($rows:ident: $table:ident),+) => {$(
                for row in $table::Entity::find().all(readers).await.unwrap() {
                    if row.tenant_id == tenant_id && !self.$rows.iter().any(|own| own.id == row.id) {
                        self.$rows.push(row);
                    }
                }
            )+};
        }
        add!(customers: customer, agreements: agreement, products: product, offers: offer);
    }
}

async fn index(txn: &Txn, kind: Kind, id: Uuid, texts: &[&str]) {
    search::index(txn, kind, id, texts).await.unwrap();
}

fn status_of(retired: bool) -> CatalogStatus {
    if retired { CatalogStatus::Retired } else { CatalogStatus::Active }
}

/// When a row was created and last changed; some share a moment with others.
struct Times {
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
}

impl Times {
    fn of(index: usize) -> Self {
        let start: DateTime<Utc> = "2026-02-01T00:00:00Z".parse().unwrap();
        let seconds = |number: usize| TimeDelta::seconds(i64::try_from(number).unwrap());
        let created = start + seconds(index / 4) + TimeDelta::microseconds(500);
        Self { created, updated: created + seconds(index * 7 % 5 * 10) }
    }
}
