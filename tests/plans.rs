//! Pages are read along the index that was made for them, whether or not the database knows how many rows there are, and
//! where it knows of a million orders.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use domain::viewer::{Scope, Viewer};
use entity::{
    ApprovalDecision, ApprovalId, OrderId, OrderLineId, OrderLineStatus, OrderStatus, PartnerId,
    Role, approval, order, order_line, tenant,
};
use ordergate::services::{
    customers::create::create_customer,
    partners::create::{CreatePartner, create_partner},
    unit::Unit,
};
use sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection,
    DbBackend, EntityTrait, IntoActiveModel, QueryFilter, Statement, sea_query::Expr,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{
        app::TestApp,
        database::Database,
        given::{self, World, viewer},
        watched::Watched,
    },
};

on_both_databases!(
    pages_of_a_million_orders_are_read_along_an_index,
    a_partners_waiting_orders_are_read_along_their_own_index,
    order_lines_are_read_along_an_index_whatever_is_asked_for,
    jobs_look_for_work_along_indexes_of_what_waits,
    what_is_below_an_order_is_looked_up,
);

const ORDERS: usize = 3_000;
const MANY_ORDERS: usize = 1_000_000;
const PARTNERS: usize = 10;

/// What the database knows of how many rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistics {
    None,
    Counted,
    /// As if every table had so many times as many rows that there were [`MANY_ORDERS`], spread as those that are there.
    Many,
}

async fn pages_of_a_million_orders_are_read_along_an_index(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let partners = order_much(&app, &world).await;
    let partner = partner_of_two(&world, &partners);
    let readers = app.app.store.readers();
    let line = order_line::Entity::find().one(readers).await.unwrap().unwrap();
    let order = order::Entity::find().filter(order::Column::PartnerId.eq(partners[7]));
    let order = order.one(readers).await.unwrap().unwrap();
    let id = |kind: &str, id: Uuid| format!("{kind}_{}", id.simple());
    let customer_id = id("customer", order.customer_id.0);
    let partner_id = id("partner", partners[7].0);
    let product_id = id("product", line.product_id.0);
    let offer_id = id("offer", line.offer_id.0);
    let waiting = json!(["PENDING_APPROVAL", "ON_HOLD"]);
    let day = json!({ "from": order.created_at, "until": order.created_at + TimeDelta::days(1) });
    let customer = viewer(
        world.tenant_id,
        Role::Customer,
        Scope::Customer { own: order.customer_id, partner: order.partner_id },
    );
    let pages = [
        (&world.admin, json!({}), "CREATED_AT", "order_by_creation"),
        (&world.admin, json!({}), "UPDATED_AT", "order_by_update"),
        (&world.admin, json!({ "statusIn": waiting }), "CREATED_AT", "order_by_status"),
        (&world.admin, json!({ "statusIn": waiting }), "UPDATED_AT", "order_by_status_update"),
        (&world.admin, json!({ "customerId": customer_id }), "CREATED_AT", "order_by_customer"),
        (&world.admin, json!({ "partnerId": partner_id }), "CREATED_AT", "order_by_partner"),
        (&world.admin, json!({ "productId": product_id }), "CREATED_AT", "order_line_by_product"),
        (&world.admin, json!({ "offerId": offer_id }), "CREATED_AT", "order_line_by_offer"),
        (&world.admin, json!({ "poNumber": "PO-1" }), "CREATED_AT", "order_by_po_number"),
        (&world.admin, json!({ "reference": "R-1" }), "CREATED_AT", "order_by_reference"),
        (&world.admin, json!({ "createdAt": day }), "CREATED_AT", "order_by_creation"),
        (&world.admin, json!({ "updatedAt": day }), "UPDATED_AT", "order_by_update"),
        (&partner, json!({}), "CREATED_AT", "order_by_partner"),
        (&partner, json!({ "statusIn": waiting }), "CREATED_AT", "order_by_partner_status"),
        (&customer, json!({}), "CREATED_AT", "order_by_customer"),
    ];
    gather(&app, Statistics::Many).await;
    let watched = Watched::over(&app).await;
    let connection = SeaOrm::connect(&app.database.url).await.unwrap();
    let document = "query ($filter: OrderFilter, $by: TimeSortField!, $after: String) {
        orders(first: 3, after: $after, filter: $filter, orderBy: { field: $by, direction: DESC }) {
            nodes { number status customer { name } lines { quantity offer { name } product { name } } }
            pageInfo { endCursor } } }";
    for (viewer, filter, by, index) in pages {
        let mut after = Value::Null;
        for _ in 0..2 {
            let variables = json!({ "filter": filter, "by": by, "after": after });
            let (answer, statements) = watched.ask(viewer, document, variables).await;
            after = answer["orders"]["pageInfo"]["endCursor"].clone();
            let plan = explain(&connection, &statements[0], app.database.is_postgres()).await;
            let what = format!("{filter} {by}\n{}\n{}", statements[0].sql, plan.join("\n"));
            assert_eq!(statements.len(), 1, "{what}");
            let read: Vec<_> = plan.iter().filter(|step| reads_many(step)).collect();
            let along = format!(" {index} ");
            assert!(!read.is_empty() && read.iter().all(|step| step.contains(&along)), "{what}");
            // Several stretches are merged, and orders are found by their lines; one stretch lies in its order.
            let merges = read.len() > 1 || index.starts_with("order_line");
            let sorts = |step: &String| ["TEMP B-TREE", "Sort"].iter().any(|it| step.contains(it));
            assert!(merges || !plan.iter().any(sorts), "{what}");
        }
    }
    connection.close().await.unwrap();
}

async fn a_partners_waiting_orders_are_read_along_their_own_index(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let partners = order_much(&app, &world).await;
    let partner = partner_of_two(&world, &partners);
    let of_one = format!("partner_{}", partners[7].0.simple());
    let waiting = json!({ "statusIn": ["PENDING_APPROVAL", "ON_HOLD"] });
    let waiting_of_one = json!({ "statusIn": ["PENDING_APPROVAL"], "partnerId": of_one });

    let pages = [
        (&partner, &waiting, 4),
        (&partner, &waiting_of_one, 1),
        (&world.admin, &waiting_of_one, 1),
    ];
    let watched = Watched::over(&app).await;
    let mut statements = Vec::new();
    for (viewer, filter, stretches) in pages {
        statements.push((statement_of_page(&watched, viewer, filter).await, stretches));
    }

    for statistics in [Statistics::None, Statistics::Counted, Statistics::Many] {
        gather(&app, statistics).await;
        let connection = SeaOrm::connect(&app.database.url).await.unwrap();
        for (statement, stretches) in &statements {
            let plan = explain(&connection, statement, app.database.is_postgres()).await;
            let what = format!("{statistics:?}\n{}\n{}", statement.sql, plan.join("\n"));
            let along = if app.database.is_postgres() {
                "Backward using order_by_partner_status on \"order\""
            } else {
                "INDEX order_by_partner_status (tenant_id=? AND partner_id=? AND status=?)"
            };
            let read: Vec<_> = plan.iter().filter(|step| reads_many_orders(step)).collect();
            assert_eq!(read.len(), *stretches, "{what}");
            assert!(read.iter().all(|step| step.contains(along)), "{what}");
        }
        connection.close().await.unwrap();
    }
}

async fn order_lines_are_read_along_an_index_whatever_is_asked_for(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let partners = order_much(&app, &world).await;
    let partner = partner_of_two(&world, &partners);
    let provisioner = viewer(world.tenant_id, Role::Provisioner, Scope::Tenant);
    let customer = &world.customer;
    let readers = app.app.store.readers();
    let line = order_line::Entity::find().one(readers).await.unwrap().unwrap();
    let product = format!("product_{}", line.product_id.0.simple());
    let pages = [
        (&provisioner, json!({}), "order_by_creation"),
        (&provisioner, json!({ "orderStatusIn": ["PROVISIONING", "ON_HOLD"] }), "order_by_status"),
        (&provisioner, json!({ "statusIn": ["IN_PROGRESS", "ON_HOLD"] }), "order_line_by_status"),
        (&provisioner, json!({ "heldSince": {}, "statusIn": ["ON_HOLD"] }), "order_line_by_status"),
        (&provisioner, json!({ "productId": product }), "order_line_by_product"),
        (&partner, json!({}), "order_by_partner"),
        (&partner, json!({ "orderStatusIn": ["ON_HOLD"] }), "order_by_partner_status"),
        (customer, json!({}), "order_by_customer"),
    ];
    for statistics in [Statistics::Counted, Statistics::Many] {
        gather(&app, statistics).await;
        let watched = Watched::over(&app).await;
        let mut options = ConnectOptions::new(&app.database.url);
        options.max_connections(1);
        let connection = SeaOrm::connect(options).await.unwrap();
        let document = "query ($filter: OrderLineFilter, $after: String) {
            orderLines(first: 3, after: $after, filter: $filter) {
                nodes { id } pageInfo { endCursor } } }";
        for (viewer, filter, index) in &pages {
            let mut after = Value::Null;
            for _ in 0..2 {
                let variables = json!({ "filter": filter, "after": after });
                let (answer, statements) = watched.ask(viewer, document, variables).await;
                after = answer["orderLines"]["pageInfo"]["endCursor"].clone();
                let plan = explain(&connection, &statements[0], app.database.is_postgres()).await;
                let what =
                    format!("{statistics:?} {filter}\n{}\n{}", statements[0].sql, plan.join("\n"));
                assert_eq!(statements.len(), 1, "{what}");
                let is_read = |step: &String| step.contains(&format!("{index} "));
                assert!(plan.iter().any(is_read), "{index} {what}");
                let walks = |step: &String| {
                    ["SCAN order", "Seq Scan on \"order\"", "Seq Scan on order_line"]
                        .iter()
                        .any(|word| step.contains(word))
                };
                assert!(!plan.iter().any(walks), "{what}");
            }
        }
        connection.close().await.unwrap();
    }
}

/// Jobs look every second, and soon after each change.
async fn jobs_look_for_work_along_indexes_of_what_waits(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    order_much(&app, &world).await;
    let txn = app.app.store.begin(world.tenant_id).await.unwrap();
    let approvals_lapse =
        tenant::Entity::update_many().col_expr(tenant::Column::ApprovalLapseDays, Expr::value(30));
    approvals_lapse.exec(&txn).await.unwrap();
    txn.commit().await.unwrap();
    let busy = given::world_with_approval(&app, false).await;
    busy.pending_order(&app, &[busy.instant_offer]).await;

    let mut statements = Watched::over(&app).await.run_jobs().await;
    let mut seen = BTreeSet::new();
    statements.retain(|statement| {
        let looks = [
            "FROM \"order",
            "FROM order_line",
            "FROM \"approval\" ",
            "FROM \"payment_agreement\" ",
        ];
        let looks = looks.iter().any(|it| statement.sql.contains(it));
        looks && seen.insert(statement.sql.clone())
    });
    // Of what waits, and of the answers of an order.
    let indexes = [
        ["order_to_start"].as_slice(),
        &["order_line_to_complete"],
        &["order_line_to_answer"],
        &["order_to_start"],
        &["order_line_to_complete"],
        &["webhook_endpoint_for_lines", "order_line_attempt_to_post"],
        &["approval_to_lapse"],
        &["order_waiting_for_approval", "order_id"],
        &["approval_to_remind"],
        &["payment_agreement_to_expire"],
    ];
    assert_eq!(statements.len(), indexes.len(), "{statements:?}");
    for statistics in [Statistics::Counted, Statistics::Many] {
        gather(&app, statistics).await;
        let mut options = ConnectOptions::new(&app.database.url);
        options.max_connections(1);
        let connection = SeaOrm::connect(options).await.unwrap();
        if app.database.is_postgres() {
            // There are few lines, which would be read as they lie.
            connection.execute_unprepared("SET enable_seqscan = off").await.unwrap();
        }
        for (statement, indexes) in statements.iter().zip(&indexes) {
            let plan = explain(&connection, statement, app.database.is_postgres()).await;
            let read: Vec<_> = plan
                .iter()
                .filter(|step| ["SEARCH", "SCAN", "Scan"].iter().any(|word| step.contains(word)))
                // The tenants that were found, and where looking for them begins.
                .filter(|step| !["having_work", "CONSTANT ROW"].iter().any(|it| step.contains(it)))
                .collect();
            let what = format!("{statistics:?}\n{}\n{}", statement.sql, plan.join("\n"));
            let is_along = |step: &&String| indexes.iter().any(|index| step.contains(index));
            assert!(!read.is_empty() && read.iter().all(is_along), "{what}");
            assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{what}");
            assert!(!plan.iter().any(|step| step.contains("Sort")), "{what}");
        }
        connection.close().await.unwrap();
    }
}

async fn what_is_below_an_order_is_looked_up(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    order_much(&app, &world).await;
    let below = "customer { id } agreement { id } approvals { consents { givenBy } } licenses { licenseKey }
        invoices { number } availableActions lines { subscription { number } }";
    let page = format!("{{ orders {{ nodes {{ {below} }} }} }}");
    let one = format!("query ($id: ID) {{ order(id: $id) {{ {below} }} }}");
    let id = world.pending_order(&app, &[world.instant_offer]).await;
    let id = json!({ "id": format!("order_{}", id.0.simple()) });

    for statistics in [Statistics::Counted, Statistics::Many] {
        gather(&app, statistics).await;
        let watched = Watched::over(&app).await;
        let connection = SeaOrm::connect(&app.database.url).await.unwrap();
        for (document, variables) in [(&page, json!({})), (&one, id.clone())] {
            let (_, statements) = watched.ask(&world.admin, document, variables).await;
            let plan = explain(&connection, &statements[0], app.database.is_postgres()).await;
            assert!(statements.len() == 1, "{statements:?}");
            let of_order: &[&str] = &["(order_id = t0.id)", "(order_id = \"order\".id)"];
            for (table, key, by) in [
                ("order_line", "order_id", of_order),
                ("approval", "order_id", of_order),
                ("license", "order_id", of_order),
                ("invoice", "order_id", of_order),
                ("consent", "order_id", of_order),
                ("consent", "approval_id", &["(approval_id = t"]),
            ] {
                let looked_up = plan.iter().any(|step| {
                    if app.database.is_postgres() {
                        // However few rows the table has, it is asked for those of one order, or of one answer.
                        by.iter().any(|condition| step.contains(condition))
                    } else {
                        step.starts_with(&format!("SEARCH {table} "))
                            && step.contains(&format!("(tenant_id=? AND {key}=?"))
                    }
                });
                assert!(looked_up, "{statistics:?} {table} {key}\n{}", plan.join("\n"));
            }
        }
        connection.close().await.unwrap();
    }
}

/// Lets the database know how many rows there are. PostgreSQL cannot forget it.
async fn gather(app: &TestApp, statistics: Statistics) {
    let connection = SeaOrm::connect(&app.database.url).await.unwrap();
    if app.database.is_postgres() {
        if statistics != Statistics::None {
            // Afterwards, the server itself finds nothing to count again.
            connection.execute_unprepared("VACUUM ANALYZE").await.unwrap();
        }
        if statistics == Statistics::Many {
            say_many_on_postgres(&connection).await;
        }
    } else {
        connection.execute_unprepared("DELETE FROM sqlite_stat1").await.unwrap();
        if statistics != Statistics::None {
            // A node that starts counts.
            drop(app.beside().await);
            let sql = "SELECT 1 FROM sqlite_stat1 WHERE idx = 'order_by_partner_status'";
            let counted = Statement::from_string(DbBackend::Sqlite, sql);
            assert!(connection.query_one_raw(counted).await.unwrap().is_some());
        }
        if statistics == Statistics::Many {
            say_many_on_sqlite(&connection).await;
        }
    }
}

async fn say_many_on_postgres(connection: &DatabaseConnection) {
    let many = format!(
        "UPDATE pg_class SET reltuples = reltuples * {} \
         WHERE relnamespace = 'public'::regnamespace AND reltuples > 1",
        MANY_ORDERS / ORDERS
    );
    connection.execute_unprepared(&many).await.unwrap();
    let all = Statement::from_string(DbBackend::Postgres, "SELECT 1 FROM \"order\"");
    let plan = explain(connection, &all, true).await;
    assert!(plan[0].contains("rows=999"), "{plan:?}");
}

async fn say_many_on_sqlite(connection: &DatabaseConnection) {
    let sql = "SELECT rowid, stat FROM sqlite_stat1 WHERE stat IS NOT NULL";
    let counted = Statement::from_string(DbBackend::Sqlite, sql);
    for row in connection.query_all_raw(counted).await.unwrap() {
        let (id, counts): (i64, String) = row.try_get_many_by_index().unwrap();
        let sql = "UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?";
        let values = [many(&counts).into(), id.into()];
        let statement = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
        connection.execute_raw(statement).await.unwrap();
    }
}

/// What SQLite has counted of an index, of so many times as many rows: how many there are, and how many have the same first
/// column, first two columns and so on. A key that one row has remains the key of one.
fn many(counts: &str) -> String {
    let times = |word: &str| match word.parse::<usize>() {
        Ok(rows) if rows > 1 => (rows * MANY_ORDERS / ORDERS).to_string(),
        _ => word.to_owned(),
    };
    counts.split(' ').map(times).collect::<Vec<_>>().join(" ")
}

/// Whether a step of a plan reads orders other than by id.
fn reads_many_orders(step: &str) -> bool {
    let reads = ["SEARCH order ", "SCAN order", " on \"order\"", "on order_by_"];
    let by_id = ["(id=?)", "using order_pkey"];
    reads.iter().any(|word| step.contains(word)) && !by_id.iter().any(|word| step.contains(word))
}

/// Whether a step of a plan reads orders other than by id, or lines other than by order.
fn reads_many(step: &str) -> bool {
    let reads = ["SEARCH order_line ", "SCAN order_line", " on order_line"];
    let by_order = ["order_id=?", "using order_line_tenant_id_order_id_"];
    let has = |words: &[&str]| words.iter().any(|word| step.contains(word));
    let by_ids = has(&["(tenant_id=? AND id=?)", "using order_tenant_id_id_key"]);
    reads_many_orders(step) && !by_ids || has(&reads) && !has(&by_order)
}

/// Partners, and orders of theirs with a line each, of which one in a hundred waits.
async fn order_much(app: &TestApp, world: &World) -> Vec<PartnerId> {
    let unit = Unit::begin(&app.app, Arc::new(world.admin.clone())).await.unwrap();
    let (mut partners, mut customers) = (Vec::new(), Vec::new());
    for index in 0..PARTNERS {
        let partner = CreatePartner {
            partner_number: format!("P-{index}"),
            name: format!("Partner {index}"),
            ..CreatePartner::default()
        };
        let partner_id = create_partner(&unit, partner).await.unwrap();
        let customer = given::new_customer(&format!("C-{index}-X"), Some(partner_id));
        partners.push(partner_id);
        customers.push(create_customer(&unit, customer).await.unwrap());
    }
    unit.commit().await.unwrap();

    let id = world.pending_order(app, &[world.instant_offer]).await;
    let readers = app.app.store.readers();
    let one = order::Entity::find_by_id(id).one(readers).await.unwrap().unwrap();
    let line = order_line::Entity::find().filter(order_line::Column::OrderId.eq(id));
    let line = line.one(readers).await.unwrap().unwrap();
    let orders: Vec<_> = (0..ORDERS)
        .map(|index| order::Model {
            id: OrderId(Uuid::now_v7()),
            number: format!("ORD-{index}-X"),
            agreement_id: None,
            customer_id: customers[index % PARTNERS],
            partner_id: Some(partners[index % PARTNERS]),
            status: match index / PARTNERS % 200 {
                0 => OrderStatus::PendingApproval,
                1 => OrderStatus::OnHold,
                _ => OrderStatus::Completed,
            },
            created_at: one.created_at + TimeDelta::seconds(i64::try_from(index).unwrap()),
            ..one.clone()
        })
        .collect();
    let lines = orders.iter().map(|order| order_line::Model {
        id: OrderLineId(Uuid::now_v7()),
        order_id: order.id,
        order_created_at: order.created_at,
        subscription_id: None,
        status: if order.status == OrderStatus::PendingApproval {
            OrderLineStatus::Pending
        } else if order.status == OrderStatus::OnHold {
            OrderLineStatus::OnHold
        } else {
            OrderLineStatus::Completed
        },
        ..line.clone()
    });
    let lines: Vec<_> = lines.map(IntoActiveModel::into_active_model).collect();
    let one = approval::Entity::find().one(app.app.store.readers()).await.unwrap().unwrap();
    let answer = |order: &order::Model| approval::Model {
        id: ApprovalId(Uuid::now_v7()),
        order_id: order.id,
        decision: if order.status == OrderStatus::PendingApproval {
            ApprovalDecision::Pending
        } else {
            ApprovalDecision::Approved
        },
        ..one.clone()
    };
    let txn = app.app.store.begin(world.tenant_id).await.unwrap();
    for some in orders.chunks(1_000) {
        let answers = some.iter().map(|order| answer(order).into_active_model());
        let answers: Vec<_> = answers.collect();
        let some = some.iter().cloned().map(IntoActiveModel::into_active_model);
        order::Entity::insert_many(some).exec_without_returning(&txn).await.unwrap();
        approval::Entity::insert_many(answers).exec_without_returning(&txn).await.unwrap();
    }
    for some in lines.chunks(500) {
        order_line::Entity::insert_many(some.to_vec()).exec_without_returning(&txn).await.unwrap();
    }
    txn.commit().await.unwrap();
    partners
}

/// A partner that has another one below it.
fn partner_of_two(world: &World, partners: &[PartnerId]) -> Viewer {
    let scope = Scope::Partner { own: partners[7], partners: partners[7..9].to_vec() };
    viewer(world.tenant_id, Role::Partner, scope)
}

/// What reads the first page of orders.
async fn statement_of_page(schema: &Watched, viewer: &Viewer, filter: &Value) -> Statement {
    let document = "query ($filter: OrderFilter) { orders(filter: $filter) { nodes { id } } }";
    let (_, mut statements) = schema.ask(viewer, document, json!({ "filter": filter })).await;
    statements.retain(|statement| statement.sql.contains("FROM \"order\""));
    assert_eq!(statements.len(), 1, "{statements:?}");
    statements.remove(0)
}

/// The steps by which the database executes a statement.
async fn explain(
    connection: &DatabaseConnection,
    statement: &Statement,
    is_postgres: bool,
) -> Vec<String> {
    let (word, column) =
        if is_postgres { ("EXPLAIN", "QUERY PLAN") } else { ("EXPLAIN QUERY PLAN", "detail") };
    let explained = Statement { sql: format!("{word} {}", statement.sql), ..statement.clone() };
    let steps = connection.query_all_raw(explained).await.unwrap();
    steps.iter().map(|step| step.try_get("", column).unwrap()).collect()
}
