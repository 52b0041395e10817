//! Every row of a tenant, to see that nothing was changed.

use entity::TenantId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, FromQueryResult,
    QueryFilter, Statement,
};

use super::app::TestApp;

macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        const TABLES: &[&str] = &["tenant", $(stringify!($table)),+];

        /// The rows of a tenant as text, in a fixed order. Fails where a table is missing here.
        pub(crate) async fn rows_of(app: &TestApp, tenant_id: TenantId) -> Vec<String> {
            let readers = app.app.store.readers();
            let mut tables = names_of_tables(readers).await;
            tables.sort();
            let mut known = TABLES.to_vec();
            known.sort_unstable();
            assert_eq!(tables, known);

            until_all_events_have_positions(readers, tenant_id).await;
            let tenant = entity::tenant::Entity::find_by_id(tenant_id).one(readers).await.unwrap();
            let mut rows = vec![format!("{tenant:?}")];
            $(
                let table = entity::$table::Entity::find()
                    .filter(entity::$table::Column::TenantId.eq(tenant_id))
                    .all(readers)
                    .await
                    .unwrap();
                rows.extend(table.iter().map(|row| format!("{} {row:?}", stringify!($table))));
            )+
            rows.sort();
            rows
        }
    };
}

tables!(
    partner,
    api_key,
    customer,
    denial,
    discount,
    discount_customer,
    discount_offer,
    product,
    edition,
    offer,
    price,
    agreement,
    order,
    order_line,
    order_line_attempt,
    order_line_hold,
    approval,
    approval_link,
    approval_rule,
    consent,
    subscription,
    billing_period,
    subscription_period,
    license,
    invoice,
    invoice_line,
    line_correction,
    invoice_tax,
    mail,
    mail_position,
    mail_recipient,
    subscription_change,
    subscription_discount,
    usage_report,
    payment,
    plan,
    plan_component,
    plan_step,
    payment_agreement,
    payment_callback,
    account_transaction,
    billing_run,
    tax_code,
    tax_rate,
    event,
    event_log,
    idempotency_key,
    search_term,
    webhook_endpoint,
    webhook_delivery,
);

#[derive(FromQueryResult)]
struct Table {
    name: String,
}

async fn names_of_tables(connection: &impl ConnectionTrait) -> Vec<String> {
    let backend = connection.get_database_backend();
    let sql = if backend == DbBackend::Postgres {
        "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
         WHERE table_schema = 'public'"
    } else {
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    };
    let tables = Table::find_by_statement(Statement::from_string(backend, sql))
        .all(connection)
        .await
        .unwrap();
    let names = tables.into_iter().map(|table| table.name);
    // What is about nodes and migrations belongs to no tenant.
    names.filter(|name| name != "lease" && !name.starts_with("seaql_")).collect()
}

/// On PostgreSQL an event is given its position right after its commit.
async fn until_all_events_have_positions(readers: &DatabaseConnection, tenant_id: TenantId) {
    use entity::event::{Column, Entity};
    let open =
        Entity::find().filter(Column::TenantId.eq(tenant_id)).filter(Column::Position.is_null());
    while open.clone().one(readers).await.unwrap().is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
