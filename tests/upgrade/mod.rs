//! A database of an earlier release, brought up to date.

mod approval_links;
mod approval_rules;
mod billing;
mod consents;
mod payment_agreements;
mod provisioning;

use domain::viewer::Scope;
use entity::{CustomerId, EventId, OrderId, Role, TenantId, event, order};
use migration::MigratorTrait;
use ordergate::access::sees_event;
use sea_orm::{
    ConnectionTrait, Database as SeaOrm, DatabaseConnection, EntityTrait, QueryOrder, QuerySelect,
    prelude::Uuid,
};

use crate::{
    on_both_databases,
    support::{database::Database, given::viewer},
};

on_both_databases!(
    who_did_what_is_known_of_older_orders_as_far_as_the_log_tells,
    the_log_goes_on_where_it_was_and_takes_events_without_a_customer,
);

const TENANT: u128 = 1;
const PARTNER: u128 = 2;
const CUSTOMER: u128 = 3;
const OTHER_TENANT: u128 = 5;
const DRAFT: u128 = 10;
const PENDING: u128 = 11;
const COMPLETED: u128 = 12;

/// Writes rows as an earlier release did.
struct Earlier {
    connection: DatabaseConnection,
    is_postgres: bool,
}

impl Earlier {
    /// An empty database after so many steps of the migration.
    async fn after(database: &Database, steps: u32) -> Self {
        let is_postgres = database.is_postgres();
        let url =
            if is_postgres { database.url.clone() } else { format!("{}?mode=rwc", database.url) };
        let connection = SeaOrm::connect(url).await.unwrap();
        migration::Migrator::up(&connection, Some(steps)).await.unwrap();
        Self { connection, is_postgres }
    }

    async fn tenant(&self) {
        self.tenant_called(TENANT).await;
    }

    /// A tenant beside the one that everything else belongs to.
    async fn other_tenant(&self) {
        self.tenant_called(OTHER_TENANT).await;
    }

    async fn tenant_called(&self, id: u128) {
        self.run(&format!(
            "INSERT INTO tenant (id, name, kind, default_currency, approval_required, payment_terms_days,
                next_invoice_number, version, created_at, updated_at)
             VALUES ({}, 'T', 'SANDBOX', 'EUR', TRUE, 30, 1, 1, {NOW}, {NOW})",
            self.id(id),
        ))
        .await;
    }

    async fn partner(&self) {
        self.run(&format!(
            "INSERT INTO partner (id, tenant_id, partner_number, name, approval_required, version, created_at,
                updated_at)
             VALUES ({}, {}, 'P', 'P', TRUE, 1, {NOW}, {NOW})",
            self.id(PARTNER),
            self.id(TENANT),
        ))
        .await;
    }

    /// A customer of the seller's own.
    async fn customer(&self) {
        self.run(&format!(
            "INSERT INTO customer (id, tenant_id, customer_number, name, version, created_at, updated_at)
             VALUES ({}, {}, 'C', 'C', 1, {NOW}, {NOW})",
            self.id(CUSTOMER),
            self.id(TENANT),
        ))
        .await;
    }

    /// An order, and the seller's answer that it waits for.
    async fn waiting_order(&self, id: u128, approval: u128) {
        self.order(id, "PENDING_APPROVAL", "user:buyer").await;
        self.run(&format!(
            "INSERT INTO approval (id, tenant_id, order_id, level, decision, created_at)
             VALUES ({}, {}, {}, 1, 'PENDING', {NOW})",
            self.id(approval),
            self.id(TENANT),
            self.id(id),
        ))
        .await;
    }

    async fn run(&self, sql: &str) {
        self.connection.execute_unprepared(sql).await.unwrap();
    }

    fn id(&self, id: u128) -> String {
        let digits = format!("{id:032x}");
        if self.is_postgres { format!("'{digits}'") } else { format!("x'{digits}'") }
    }

    async fn order(&self, id: u128, status: &str, placed_by: &str) {
        self.run(&format!(
            "INSERT INTO \"order\" (id, tenant_id, number, customer_id, status, currency, placed_by, net_amount,
                tax_amount, gross_amount, version, created_at, updated_at)
             VALUES ({}, {}, 'ORD-{id}', {}, '{status}', 'EUR', '{placed_by}', 0, 0, 0, 3, {NOW}, {NOW})",
            self.id(id),
            self.id(TENANT),
            self.id(CUSTOMER),
        ))
        .await;
    }

    async fn event(&self, id: u128, order: u128, kind: &str, trigger: &str, actor: &str) {
        self.run(&format!(
            "INSERT INTO event (id, tenant_id, kind, subject_kind, subject_id, customer_id, order_id, trigger,
                actor_kind, actor, occurred_at)
             VALUES ({}, {}, '{kind}', 'ORDER', {order}, {}, {order}, {trigger}, 'USER', '{actor}', {NOW})",
            self.id(id),
            self.id(TENANT),
            self.id(CUSTOMER),
            order = self.id(order),
        ))
        .await;
    }
}

const NOW: &str = "'2026-03-02T09:00:00+00:00'";

async fn who_did_what_is_known_of_older_orders_as_far_as_the_log_tells(database: Database) {
    let earlier = Earlier::after(&database, 3).await;
    earlier.tenant().await;
    let [tenant, partner, customer] = [TENANT, PARTNER, CUSTOMER].map(|id| earlier.id(id));
    earlier
        .run(&format!(
            "INSERT INTO partner (id, tenant_id, partner_number, name, approval_required, version, created_at,
                updated_at)
             VALUES ({partner}, {tenant}, 'P', 'P', TRUE, 1, {NOW}, {NOW});
             INSERT INTO customer (id, tenant_id, partner_id, customer_number, name, version, created_at, updated_at)
             VALUES ({customer}, {tenant}, {partner}, 'C', 'C', 1, {NOW}, {NOW});
             INSERT INTO api_key (id, tenant_id, name, prefix, secret_hash, role, partner_id, created_at)
             VALUES ({}, {tenant}, 'K', 'og', '', 'PARTNER', {partner}, {NOW});",
            earlier.id(4),
        ))
        .await;
    earlier.order(DRAFT, "DRAFT", "user:buyer").await;
    earlier.order(PENDING, "PENDING_APPROVAL", "key:og").await;
    earlier.order(COMPLETED, "COMPLETED", "user:buyer").await;
    earlier
        .run(&format!(
            "INSERT INTO approval (id, tenant_id, order_id, partner_id, level, decision, decided_by, created_at)
             VALUES ({}, {tenant}, {}, {partner}, 1, 'APPROVED', 'user:approver', {NOW});",
            earlier.id(20),
            earlier.id(PENDING),
        ))
        .await;
    let moved = "ORDER_STATUS_CHANGED";
    earlier.event(30, DRAFT, moved, "'CREATE'", "user:buyer").await;
    earlier.event(31, DRAFT, "ORDER_UPDATED", "NULL", "user:admin").await;
    earlier.event(32, DRAFT, "ORDER_UPDATED", "NULL", "user:admin").await;
    earlier.event(33, PENDING, moved, "'CREATE'", "key:og").await;
    earlier.event(34, PENDING, moved, "'SUBMIT'", "user:admin").await;
    earlier.event(35, PENDING, moved, "'REQUIRE_APPROVAL'", "system").await;
    earlier.event(36, PENDING, moved, "'APPROVE_STEP'", "user:approver").await;
    earlier.event(37, COMPLETED, moved, "'SUBMIT'", "user:admin").await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let orders = order::Entity::find().order_by_asc(order::Column::Id).all(&earlier.connection);
    let found: Vec<_> = orders
        .await
        .unwrap()
        .into_iter()
        .map(|order| (order.id, order.placed_by_partner_id, order.co_authors.map(|it| it.0)))
        .collect();
    let id = |id: u128| OrderId(Uuid::from_u128(id));
    let partner = Uuid::from_u128(PARTNER).into();
    let admin = || Some(vec!["user:admin".to_owned()]);
    // What is decided can be decided by nobody any more.
    let expected = [
        (id(DRAFT), None, admin()),
        (id(PENDING), Some(partner), admin()),
        (id(COMPLETED), None, None),
    ];
    assert_eq!(found, expected);
    let of_partner: Vec<_> = event::Entity::find()
        .order_by_asc(event::Column::Id)
        .all(&earlier.connection)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|event| event.actor_partner_id.map(|partner| (event.id, partner)))
        .collect();
    let id = |id: u128| EventId(Uuid::from_u128(id));
    assert_eq!(of_partner, [(id(33), partner), (id(36), partner)]);
    earlier.connection.close().await.unwrap();
}

async fn the_log_goes_on_where_it_was_and_takes_events_without_a_customer(database: Database) {
    let earlier = Earlier::after(&database, 8).await;
    earlier.tenant().await;
    // What an event has had from the beginning.
    let log = async || {
        event::Entity::find()
            .select_only()
            .columns([event::Column::Sequence, event::Column::Id, event::Column::Actor])
            .order_by_asc(event::Column::Sequence)
            .into_tuple::<(i64, EventId, String)>()
            .all(&earlier.connection)
            .await
            .unwrap()
    };
    for id in 30..33 {
        earlier.event(id, DRAFT, "ORDER_UPDATED", "NULL", "user:admin").await;
    }
    let last = log().await[2].0;
    earlier.run(&format!("DELETE FROM event WHERE id = {}", earlier.id(32))).await;
    let before = log().await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();
    assert_eq!(log().await, before);

    earlier
        .run(&format!(
            "INSERT INTO event (id, tenant_id, kind, subject_kind, subject_id, actor_kind, actor, occurred_at)
             VALUES ({}, {}, 'ORDER_UPDATED', 'ORDER', {}, 'USER', 'user:admin', {NOW})",
            earlier.id(33),
            earlier.id(TENANT),
            earlier.id(DRAFT),
        ))
        .await;
    let event = event::Entity::find()
        .order_by_desc(event::Column::Sequence)
        .one(&earlier.connection)
        .await
        .unwrap()
        .unwrap();
    // What was given to an event that is gone is not given again.
    assert_eq!((event.sequence, event.customer_id), (last + 1, None));
    let tenant_id = TenantId(Uuid::from_u128(TENANT));
    let customer = Scope::Customer { own: CustomerId(Uuid::from_u128(CUSTOMER)), partner: None };
    assert!(sees_event(&viewer(tenant_id, Role::Seller, Scope::Tenant), &event));
    assert!(!sees_event(&viewer(tenant_id, Role::Customer, customer), &event));
    earlier.connection.close().await.unwrap();
}
