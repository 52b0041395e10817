//! From what a credential says to the rows that exist for its bearer.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::viewer::{Scope, Viewer};
use entity::{ActorKind, CustomerId, PartnerId, Role, TenantId, customer, tenant};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect, Statement, Value,
};

/// How many ids one statement asks for.
const BATCH: usize = 500;

/// What a credential says about its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) tenant_id: TenantId,
    pub(super) role: Role,
    pub(super) partner_id: Option<PartnerId>,
    pub(super) customer_id: Option<CustomerId>,
    pub(super) subject: String,
    pub(super) kind: ActorKind,
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// Whom a grant speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Tenant,
    Partner(PartnerId),
    Customer(CustomerId),
}

/// Whom a role speaks for, given the ids it comes with; none where they do not belong together.
fn party(role: Role, partner: Option<PartnerId>, customer: Option<CustomerId>) -> Option<Party> {
    match (role, partner, customer) {
        (Role::Partner | Role::Approver, Some(partner), None) => Some(Party::Partner(partner)),
        (Role::Customer, None, Some(customer)) => Some(Party::Customer(customer)),
        (
            Role::Admin | Role::Seller | Role::Approver | Role::Provisioner | Role::Auditor,
            None,
            None,
        ) => Some(Party::Tenant),
        (
            Role::Admin
            | Role::Seller
            | Role::Approver
            | Role::Partner
            | Role::Customer
            | Role::Provisioner
            | Role::Auditor,
            _,
            _,
        ) => None,
    }
}

/// The viewers that grants make, in the order of the grants; none for one that names something that does not exist.
///
/// The number of statements does not grow with the number of grants for the same tenants, partners and customers.
pub(super) async fn viewers(
    database: &DatabaseConnection,
    grants: &[Grant],
) -> Result<Vec<Option<Viewer>>, DbErr> {
    let parties: Vec<_> =
        grants.iter().map(|it| party(it.role, it.partner_id, it.customer_id)).collect();
    let tenants = tenants(database, grants.iter().map(|grant| grant.tenant_id)).await?;
    let partners = partner_trees(
        database,
        parties.iter().filter_map(|party| match party {
            Some(Party::Partner(partner)) => Some(*partner),
            Some(Party::Tenant | Party::Customer(_)) | None => None,
        }),
    )
    .await?;
    let customers = customers(
        database,
        parties.iter().filter_map(|party| match party {
            Some(Party::Customer(customer)) => Some(*customer),
            Some(Party::Tenant | Party::Partner(_)) | None => None,
        }),
    )
    .await?;

    let viewer = |(grant, party): (&Grant, &Option<Party>)| {
        if !tenants.contains(&grant.tenant_id) {
            return None;
        }
        let scope = match (*party)? {
            Party::Tenant => Scope::Tenant,
            Party::Partner(own) => {
                let partners = partners.get(&(grant.tenant_id, own))?.clone();
                Scope::Partner { own, partners }
            }
            Party::Customer(own) => {
                Scope::Customer { own, partner: *customers.get(&(grant.tenant_id, own))? }
            }
        };
        Some(Viewer {
            tenant_id: grant.tenant_id,
            role: grant.role,
            scope,
            subject: grant.subject.clone(),
            kind: grant.kind,
            expires_at: grant.expires_at,
        })
    };
    Ok(grants.iter().zip(&parties).map(viewer).collect())
}

async fn tenants(
    database: &DatabaseConnection,
    wanted: impl Iterator<Item = TenantId>,
) -> Result<HashSet<TenantId>, DbErr> {
    let mut found = HashSet::new();
    for ids in batches(wanted) {
        let rows: Vec<TenantId> = tenant::Entity::find()
            .select_only()
            .column(tenant::Column::Id)
            .filter(tenant::Column::Id.is_in(ids))
            .into_tuple()
            .all(database)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

async fn customers(
    database: &DatabaseConnection,
    wanted: impl Iterator<Item = CustomerId>,
) -> Result<HashMap<(TenantId, CustomerId), Option<PartnerId>>, DbErr> {
    let mut found = HashMap::new();
    for ids in batches(wanted) {
        let rows: Vec<(TenantId, CustomerId, Option<PartnerId>)> = customer::Entity::find()
            .select_only()
            .column(customer::Column::TenantId)
            .column(customer::Column::Id)
            .column(customer::Column::PartnerId)
            .filter(customer::Column::Id.is_in(ids))
            .into_tuple()
            .all(database)
            .await?;
        found.extend(rows.into_iter().map(|(tenant, id, partner)| ((tenant, id), partner)));
    }
    Ok(found)
}

#[derive(FromQueryResult)]
struct Branch {
    tenant_id: TenantId,
    root: PartnerId,
    id: PartnerId,
}

/// Each partner that exists, with all partners below it: itself first, the others by id.
async fn partner_trees(
    database: &DatabaseConnection,
    wanted: impl Iterator<Item = PartnerId>,
) -> Result<HashMap<(TenantId, PartnerId), Vec<PartnerId>>, DbErr> {
    let mut trees: HashMap<_, Vec<_>> = HashMap::new();
    for ids in batches(wanted) {
        let places: Vec<_> = (1..=ids.len()).map(|place| format!("${place}")).collect();
        // UNION, not UNION ALL: should partners ever stand in a circle, it still ends.
        let sql = format!(
            "WITH RECURSIVE tree (tenant_id, root, id) AS (
                SELECT tenant_id, id, id FROM partner WHERE id IN ({})
                UNION
                SELECT partner.tenant_id, tree.root, partner.id
                FROM partner
                JOIN tree ON partner.tenant_id = tree.tenant_id AND partner.parent_id = tree.id
            )
            SELECT tenant_id, root, id FROM tree ORDER BY id",
            places.join(", ")
        );
        let values = ids.into_iter().map(|id| Value::from(id.0));
        let statement =
            Statement::from_sql_and_values(database.get_database_backend(), sql, values);
        for row in database.query_all_raw(statement).await? {
            let branch = Branch::from_query_result(&row, "")?;
            let tree = trees.entry((branch.tenant_id, branch.root)).or_default();
            if branch.id == branch.root {
                tree.insert(0, branch.id);
            } else {
                tree.push(branch.id);
            }
        }
    }
    Ok(trees)
}

/// Distinct ids, in groups that fit into one statement.
fn batches<T: Ord + Copy>(ids: impl Iterator<Item = T>) -> Vec<Vec<T>> {
    let distinct: Vec<T> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    distinct.chunks(BATCH).map(<[T]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use sea_orm::Database;
    use uuid::Uuid;

    use super::*;

    fn grant(role: Role, partner: Option<u128>, customer: Option<u128>) -> Grant {
        Grant {
            tenant_id: TenantId(Uuid::from_u128(1)),
            role,
            partner_id: partner.map(|id| PartnerId(Uuid::from_u128(id))),
            customer_id: customer.map(|id| CustomerId(Uuid::from_u128(id))),
            subject: "user:ada".to_owned(),
            kind: ActorKind::User,
            expires_at: None,
        }
    }

    /// Tenants 1 and 2; in tenant 1 partner 10 above 11 above 12, partner 13 beside them, customer 20 of 11 and 21 of
    /// nobody. The columns that are read, and no others.
    async fn database() -> DatabaseConnection {
        let database = Database::connect("sqlite::memory:").await.unwrap();
        let id = |id: u128| format!("x'{id:032x}'");
        let id_or_null = |it: Option<u128>| it.map_or("NULL".to_owned(), id);
        let mut script = vec![
            "CREATE TABLE tenant (id BLOB)".to_owned(),
            "CREATE TABLE partner (tenant_id BLOB, id BLOB, parent_id BLOB)".to_owned(),
            "CREATE TABLE customer (tenant_id BLOB, id BLOB, partner_id BLOB)".to_owned(),
        ];
        let tenants = [1, 2];
        script.extend(tenants.map(|tenant| format!("INSERT INTO tenant VALUES ({})", id(tenant))));
        let partners = [(10, None), (11, Some(10)), (12, Some(11)), (13, None)];
        script.extend(partners.map(|(partner, parent)| {
            let values = [id(1), id(partner), id_or_null(parent)].join(", ");
            format!("INSERT INTO partner VALUES ({values})")
        }));
        let customers = [(20, Some(11)), (21, None)];
        script.extend(customers.map(|(customer, partner)| {
            let values = [id(1), id(customer), id_or_null(partner)].join(", ");
            format!("INSERT INTO customer VALUES ({values})")
        }));
        database.execute_unprepared(&script.join("; ")).await.unwrap();
        database
    }

    fn partners(ids: &[u128]) -> Vec<PartnerId> {
        ids.iter().map(|id| PartnerId(Uuid::from_u128(*id))).collect()
    }

    #[tokio::test]
    async fn a_grant_becomes_the_rows_that_exist_for_its_bearer() {
        let grants = [
            grant(Role::Admin, None, None),
            grant(Role::Partner, Some(10), None),
            grant(Role::Approver, Some(11), None),
            grant(Role::Customer, None, Some(20)),
            grant(Role::Customer, None, Some(21)),
        ];
        let found = viewers(&database().await, &grants).await.unwrap();
        let scopes: Vec<_> = found.into_iter().map(|viewer| viewer.unwrap().scope).collect();
        let customer = |id, partner: Option<u128>| Scope::Customer {
            own: CustomerId(Uuid::from_u128(id)),
            partner: partner.map(|id| PartnerId(Uuid::from_u128(id))),
        };
        let partner =
            |ids: &[u128]| Scope::Partner { own: partners(ids)[0], partners: partners(ids) };
        let expected = [
            Scope::Tenant,
            partner(&[10, 11, 12]),
            partner(&[11, 12]),
            customer(20, Some(11)),
            customer(21, None),
        ];
        assert_eq!(scopes, expected);
    }

    #[tokio::test]
    async fn a_grant_for_what_does_not_exist_or_does_not_belong_together_is_none() {
        let elsewhere = |grant: Grant| Grant { tenant_id: TenantId(Uuid::from_u128(2)), ..grant };
        let nowhere = |grant: Grant| Grant { tenant_id: TenantId(Uuid::from_u128(3)), ..grant };
        let grants = [
            nowhere(grant(Role::Admin, None, None)),
            elsewhere(grant(Role::Partner, Some(10), None)),
            elsewhere(grant(Role::Customer, None, Some(20))),
            grant(Role::Partner, Some(99), None),
            grant(Role::Partner, None, None),
            grant(Role::Partner, Some(10), Some(20)),
            grant(Role::Customer, None, None),
            grant(Role::Customer, Some(11), Some(20)),
            grant(Role::Seller, Some(10), None),
            grant(Role::Admin, None, Some(20)),
            grant(Role::Provisioner, Some(10), None),
            grant(Role::Auditor, None, Some(20)),
        ];
        let found = viewers(&database().await, &grants).await.unwrap();
        assert!(found.iter().all(Option::is_none), "{found:?}");
    }

    #[tokio::test]
    async fn partners_that_stand_in_a_circle_do_not_stop_anybody() {
        let database = database().await;
        let circle =
            format!("UPDATE partner SET parent_id = x'{:032x}' WHERE id = x'{:032x}'", 12, 10);
        database.execute_unprepared(&circle).await.unwrap();
        let found = viewers(&database, &[grant(Role::Partner, Some(11), None)]).await.unwrap();
        let scope = found.into_iter().next().flatten().unwrap().scope;
        assert_eq!(
            scope,
            Scope::Partner { own: partners(&[11])[0], partners: partners(&[11, 10, 12]) }
        );
    }
}
