//! Lists: every page, every filter, compared with what a simple loop over all rows finds.

use domain::viewer::{Scope, Viewer};
use entity::{
    AgreementStatus, Billing, CatalogStatus, CustomerId, InvoiceStatus, LicenseStatus,
    OrderLineStatus, OrderStatus, Role, SubscriptionStatus,
};
use ordergate::graphql::{self, Schema};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        api,
        app::TestApp,
        database::Database,
        given::viewer,
        large_seller::{LargeSeller, id, matches},
    },
};

on_both_databases!(
    walking_a_list_meets_every_row_once_and_in_order,
    a_page_is_asked_for_properly_or_refused,
    each_filter_keeps_exactly_what_it_says,
    orders_are_found_by_every_filter_and_by_several_at_once,
    order_lines_are_found_by_every_filter_and_by_several_at_once,
    what_is_not_the_callers_narrows_a_list_to_nothing,
);

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
            let all =
                lists.seller.wanted_orders(&Scope::Tenant, &filter, field, direction == "DESC");
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
    let middle = seller.orders[seller.orders.len() / 2].order.created_at;
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
        json!({ "billingIn": ["ONE_TIME"] }) => |row| row.billing == Billing::OneTime;
        json!({ "editionId": id("edition", seller.edition.id.0) }) => |row| row.edition_id == Some(seller.edition.id);
        json!({ "parentOfferId": id("offer", seller.offers[3].id.0) }) => |row| row.parent_offer_id == Some(seller.offers[3].id);
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
        json!({ "parentId": id("subscription", seller.subscriptions[0].id.0) }) => |row| row.parent_id == Some(seller.subscriptions[0].id);
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
            let wanted = lists.seller.wanted_orders(&Scope::Tenant, filter, field, down);
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
        let wanted = lists.seller.wanted_orders(&caller.scope, filter, "CREATED_AT", true);
        let order_by = json!({ "field": "CREATED_AT", "direction": "DESC" });
        lists.check_as(&caller, "orders", filter, &order_by, &wanted).await;
    }
}

async fn order_lines_are_found_by_every_filter_and_by_several_at_once(database: Database) {
    let lists = Lists::start(database).await;
    let seller = &lists.seller;
    let order = |index: usize| &seller.orders[index].order;
    let at = |index: usize| order(index).created_at;
    let product = id("product", seller.products[0].id.0);
    let customer = id("customer", seller.customers[1].id.0);
    let partner = id("partner", seller.partners[1].id.0);
    let statuses = [
        json!([]),
        json!(["IN_PROGRESS"]),
        json!(["ON_HOLD", "IN_PROGRESS", "ON_HOLD"]),
        json!(["PENDING", "COMPLETED"]),
        json!(OrderLineStatus::ALL),
    ];
    let order_statuses = [
        json!([]),
        json!(["PROVISIONING", "ON_HOLD"]),
        json!(["COMPLETED", "PROVISIONING"]),
        json!(OrderStatus::ALL),
    ];
    let others = [
        ("provisioning", json!("MANUAL")),
        ("orderId", json!(id("order", order(2).id.0))),
        ("productId", json!(product)),
        ("vendor", json!("Tailspin")),
        ("vendor", json!("Nobody")),
        ("customerId", json!(customer)),
        ("partnerId", json!(partner)),
        ("orderCreatedAt", json!({ "from": at(10), "until": at(40) })),
        ("heldSince", json!({ "from": at(10) })),
        ("heldSince", json!({ "until": at(60) })),
    ];
    let mut filters = vec![json!({})];
    filters.extend(statuses.iter().map(|it| json!({ "statusIn": it })));
    filters.extend(order_statuses.iter().map(|it| json!({ "orderStatusIn": it })));
    for (index, (field, value)) in others.iter().enumerate() {
        filters.push(json!({ *field: value }));
        filters.push(json!({ *field: value, "statusIn": statuses[index % statuses.len()] }));
        let of_order = &order_statuses[index % order_statuses.len()];
        filters.push(json!({ *field: value, "orderStatusIn": of_order }));
        let (other, value_of_other) = &others[(index + 3) % others.len()];
        filters.push(json!({ *field: value, *other: value_of_other }));
    }
    let partners = vec![seller.partners[0].id, seller.partners[1].id];
    let own = seller.customers[1].id;
    let scopes = [
        (Role::Provisioner, Scope::Tenant),
        (Role::Partner, Scope::Partner { own: seller.partners[0].id, partners }),
        (Role::Customer, Scope::Customer { own, partner: None }),
    ];
    for (role, scope) in scopes {
        let caller = viewer(seller.world.tenant_id, role, scope);
        for filter in &filters {
            for direction in ["ASC", "DESC"] {
                let wanted = seller.wanted_lines(&caller.scope, filter, direction == "DESC");
                let order_by = json!({ "field": "ORDER_CREATED_AT", "direction": direction });
                lists.check_as(&caller, "orderLines", filter, &order_by, &wanted).await;
            }
        }
    }
    for filter in [
        json!({}),
        json!({ "statusIn": ["PENDING", "ON_HOLD"] }),
        json!({ "orderStatusIn": ["PROVISIONING", "ON_HOLD", "DRAFT"] }),
        json!({ "productId": product }),
        json!({ "partnerId": partner }),
    ] {
        for direction in ["ASC", "DESC"] {
            let all = seller.wanted_lines(&Scope::Tenant, &filter, direction == "DESC");
            let order_by = json!({ "field": "ORDER_CREATED_AT", "direction": direction });
            for size in [1, 7] {
                for backwards in [false, true] {
                    let met = lists.walk("orderLines", &filter, &order_by, size, backwards).await;
                    assert_eq!(met, all, "{filter} {direction} {size} {backwards}");
                }
            }
        }
    }
}

async fn what_is_not_the_callers_narrows_a_list_to_nothing(database: Database) {
    let lists = Lists::start(database).await;
    let other = Box::pin(LargeSeller::set_up(&lists.app)).await;
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
        for filter in [
            json!({ "orderId": id("order", choose(other.orders[0].order.id.0)) }),
            json!({ "productId": id("product", choose(other.products[0].id.0)) }),
            json!({ "customerId": id("customer", choose(other.customers[0].id.0)) }),
            json!({ "partnerId": id("partner", choose(other.partners[0].id.0)) }),
        ] {
            let order_by = json!({ "field": "ORDER_CREATED_AT", "direction": "DESC" });
            lists.check_sorted("orderLines", &filter, &order_by, &[]).await;
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
    let wanted = lists.seller.wanted_orders(&caller.scope, &all, "CREATED_AT", true);
    assert!(!wanted.is_empty());
    lists.check_as(&caller, "orders", &all, &newest, &wanted).await;
}

/// The schema over a seller with many rows.
struct Lists {
    app: TestApp,
    schema: Schema,
    seller: LargeSeller,
}

impl Lists {
    async fn start(database: Database) -> Self {
        let app = TestApp::start(database).await;
        let seller = Box::pin(LargeSeller::set_up(&app)).await;
        // Another seller's rows lie between.
        Box::pin(LargeSeller::set_up(&app)).await;
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
            "orderLines" => ("OrderLineFilter", "OrderLineOrder"),
            "subscriptions" => ("SubscriptionFilter", "TimeOrder"),
            "licenses" => ("LicenseFilter", "TimeOrder"),
            "invoices" => ("InvoiceFilter", "TimeOrder"),
            "agreements" => ("AgreementFilter", "TimeOrder"),
            "customers" => ("CustomerFilter", "NameOrder"),
            "partners" => ("PartnerFilter", "NameOrder"),
            "products" => ("ProductFilter", "NameOrder"),
            "offers" => ("OfferFilter", "NameOrder"),
            "plans" => ("PlanFilter", "NameOrder"),
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
        let on_page = &wanted[..wanted.len().min(100)];
        assert_eq!(ids_of(&page), on_page, "{list} {filter} {order_by}");
        assert_eq!(page["totalCount"], wanted.len(), "{list} {filter}");
    }
}

fn ids_of(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}
