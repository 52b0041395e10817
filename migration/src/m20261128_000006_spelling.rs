//! What was stored before texts were spelled in one way: codes, numbers and what lists are filtered by, in NFC, and the
//! words of all that has more than ASCII in its name.

use std::collections::BTreeMap;

use sea_orm::{DatabaseBackend, QueryResult, prelude::Uuid};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, unique_with) in SPELLED {
            spell(manager, table, column, unique_with).await?;
        }
        for (kind, columns) in FOUND {
            index(manager, kind, columns).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        // The texts say what they said before.
        Ok(())
    }
}

/// Texts that are compared, and together with what they are unique; with nothing: they are not.
const SPELLED: &[(&str, &str, &[&str])] = &[
    ("product", "code", &["tenant_id"]),
    ("product", "vendor", &[]),
    ("offer", "code", &["tenant_id"]),
    ("edition", "name", &["tenant_id", "product_id"]),
    ("partner", "partner_number", &["tenant_id"]),
    ("customer", "customer_number", &["tenant_id"]),
    ("agreement", "number", &["tenant_id"]),
    ("order", "reference", &[]),
    ("order", "po_number", &[]),
];

/// Tables, which the words in them are called by, and the texts by which their rows are found. Other rows have numbers
/// alone, which are ASCII.
const FOUND: &[(&str, &[&str])] = &[
    ("product", &["code", "name", "vendor"]),
    ("offer", &["code", "name"]),
    ("partner", &["partner_number", "name"]),
    ("customer", &["customer_number", "name", "email"]),
    ("agreement", &["number"]),
    ("order", &["number", "reference", "po_number"]),
];

/// A statement of SQLite takes 32,766 parameters, and a word needs four.
const ROWS_AT_ONCE: usize = 1_000;

/// Spells a column's texts as they are spelled from now on. One whose place is taken by then stays as it is, and can be
/// found by its id: somebody has to decide which of the two is meant.
async fn spell(
    manager: &SchemaManager<'_>,
    table: &str,
    column: &str,
    unique_with: &[&str],
) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for row in rows(manager, table, &[column]).await? {
        let id: Uuid = row.try_get("", "id")?;
        let Some(text) = row.try_get::<Option<String>>("", column)? else { continue };
        let spelled = spelling::stored(text.clone());
        if spelled == text || spelled.is_empty() {
            continue;
        }
        let mut update = Query::update();
        update
            .table(Alias::new(table))
            .value(Alias::new(column), spelled.clone())
            .and_where(Expr::col(Alias::new("id")).eq(id));
        if !unique_with.is_empty() {
            let mut other = Query::select();
            other
                .expr(Expr::val(1))
                .from_as(Alias::new(table), Alias::new("other"))
                .and_where(Expr::col((Alias::new("other"), Alias::new(column))).eq(spelled));
            for same in unique_with {
                other.and_where(
                    Expr::col((Alias::new("other"), Alias::new(*same)))
                        .equals((Alias::new(table), Alias::new(*same))),
                );
            }
            update.and_where(Expr::exists(other).not());
        }
        connection.execute(&update).await?;
    }
    Ok(())
}

/// Writes the words of a table's rows anew.
async fn index(manager: &SchemaManager<'_>, kind: &str, columns: &[&str]) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let mut terms = Vec::new();
    let mut subjects: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for row in rows(manager, kind, columns).await? {
        let (tenant_id, id): (Uuid, Uuid) = (row.try_get("", "tenant_id")?, row.try_get("", "id")?);
        let texts: Vec<Option<String>> =
            columns.iter().map(|column| row.try_get("", column)).collect::<Result<_, _>>()?;
        let words = spelling::terms(texts.iter().flatten().map(String::as_str));
        terms.extend(words.into_iter().map(|word| (tenant_id, word, id)));
        subjects.entry(tenant_id).or_default().push(id);
    }
    let table = || Alias::new("search_term");
    let column = Alias::new::<&str>;
    for (tenant_id, ids) in subjects {
        for ids in ids.chunks(ROWS_AT_ONCE) {
            let mut delete = Query::delete();
            delete
                .from_table(table())
                .and_where(Expr::col(column("tenant_id")).eq(tenant_id))
                .and_where(Expr::col(column("kind")).eq(kind))
                .and_where(Expr::col(column("subject_id")).is_in(ids.iter().copied()));
            connection.execute(&delete).await?;
        }
    }
    for terms in terms.chunks(ROWS_AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table(table()).columns(["tenant_id", "kind", "word", "subject_id"].map(column));
        for (tenant_id, word, id) in terms {
            insert.values_panic([
                (*tenant_id).into(),
                kind.into(),
                word.clone().into(),
                (*id).into(),
            ]);
        }
        connection.execute(&insert).await?;
    }
    Ok(())
}

/// Rows of which one of the texts has more than ASCII: all others are spelled as they were.
async fn rows(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: &[&str],
) -> Result<Vec<QueryResult>, DbErr> {
    let bytes = |column: &str| match manager.get_database_backend() {
        DatabaseBackend::Postgres => format!("octet_length(\"{column}\")"),
        DatabaseBackend::Sqlite | DatabaseBackend::MySql | _ => {
            format!("length(CAST(\"{column}\" AS BLOB))")
        }
    };
    let mut rows = Query::select();
    rows.columns(["tenant_id", "id"].map(Alias::new)).from(Alias::new(table));
    rows.columns(columns.iter().map(|column| Alias::new(*column)));
    let wide = columns.iter().fold(Cond::any(), |any, column| {
        any.add(Expr::cust(format!("{} > length(\"{column}\")", bytes(column))))
    });
    rows.cond_where(wide);
    manager.get_connection().query_all(&rows).await
}
