//! The few words in which SQLite and PostgreSQL differ.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

/// Runs SQL in which `{uuid}`, `{time}`, `{json}`, `{list}`, `{identity}`, `{bytewise}` stand for the backend's own words.
///
/// Every statement ends with a semicolon.
pub(crate) async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let [uuid, time, json, list, identity, bytewise] = match manager.get_database_backend() {
        DatabaseBackend::Postgres => [
            "UUID",
            "TIMESTAMPTZ",
            "JSONB",
            "jsonb_agg",
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "COLLATE \"C\"",
        ],
        // Times are RFC 3339 in UTC, which sort as text.
        DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => [
            "BLOB",
            "TEXT",
            "TEXT",
            "json_group_array",
            "INTEGER PRIMARY KEY AUTOINCREMENT",
            "COLLATE BINARY",
        ],
    };
    let sql = sql
        .replace("{uuid}", uuid)
        .replace("{time}", time)
        .replace("{json}", json)
        .replace("{list}", list)
        .replace("{identity}", identity)
        .replace("{bytewise}", bytewise);
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}

/// Drops tables in the order given.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        run(manager, &format!("DROP TABLE \"{table}\";")).await?;
    }
    Ok(())
}
