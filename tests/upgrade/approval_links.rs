//! Orders that waited for approval before there were links wait on, and take links.

use entity::{ApprovalLinkStatus, approval_link};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait};

use super::{DRAFT, Earlier, NOW, OTHER_TENANT, PENDING, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(an_order_that_waited_before_takes_links_of_its_own_tenant_and_approval_only);

const STEPS_BEFORE: u32 = 11;
const APPROVAL: u128 = 20;

async fn an_order_that_waited_before_takes_links_of_its_own_tenant_and_approval_only(
    database: Database,
) {
    let earlier = Earlier::after(&database, STEPS_BEFORE).await;
    earlier.tenant().await;
    earlier.other_tenant().await;
    earlier.customer().await;
    earlier.waiting_order(PENDING, APPROVAL).await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let links = async |id: u128, of: u128, order: u128, hash: &str, status: &str| {
        let [id, of, order, approval] = [id, of, order, APPROVAL].map(|id| earlier.id(id));
        let sql = format!(
            "INSERT INTO approval_link (id, tenant_id, order_id, order_version, approval_id, action, token_hash,
                recipient, created_by, created_by_kind, created_by_role, status, created_at, expires_at)
             VALUES ({id}, {of}, {order}, 3, {approval}, 'APPROVE', '{hash:0>64}', 'Pat', 'user:a', 'USER',
                'APPROVER', '{status}', {NOW}, '2026-03-05T09:00:00+00:00')"
        );
        earlier.connection.execute_unprepared(&sql).await.is_ok()
    };
    assert!(links(50, TENANT, PENDING, "1", "ACTIVE").await);
    assert!(!links(51, TENANT, PENDING, "1", "ACTIVE").await, "the hash is another link's");
    assert!(
        !links(52, OTHER_TENANT, PENDING, "2", "ACTIVE").await,
        "the order is another tenant's"
    );
    assert!(!links(53, TENANT, DRAFT, "3", "ACTIVE").await, "there is no such order");
    assert!(!links(54, TENANT, PENDING, "4", "USED").await, "it does not say when");
    let kept = approval_link::Entity::find().all(&earlier.connection).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].status, kept[0].used_at), (ApprovalLinkStatus::Active, None));
    earlier.connection.close().await.unwrap();
}
