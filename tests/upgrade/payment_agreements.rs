//! Drafts of before there were payment agreements are paid as they were, and the database holds what must not be.

use entity::{UnpaidOrders, order, payment_agreement, tenant};
use migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait, prelude::Uuid};

use super::{CUSTOMER, DRAFT, Earlier, NOW, OTHER_TENANT, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(a_draft_of_before_needs_no_payment_agreement_and_gets_one_at_a_time);

const STEPS_BEFORE: u32 = 20;

async fn a_draft_of_before_needs_no_payment_agreement_and_gets_one_at_a_time(database: Database) {
    let earlier = Earlier::after(&database, STEPS_BEFORE).await;
    earlier.tenant().await;
    earlier.other_tenant().await;
    earlier.customer().await;
    earlier.order(DRAFT, "DRAFT", "user:buyer").await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let draft = order::Entity::find().one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!((draft.payment_method, draft.payment_agreement_id), (None, None));
    let seller = tenant::Entity::find_by_id(entity::TenantId(Uuid::from_u128(TENANT)));
    let seller = seller.one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!(
        (seller.payment_required, seller.payment_page_url, seller.unpaid_orders),
        (false, None, UnpaidOrders::Kept)
    );

    let agreement = async |id: u128, of: u128, status: &str, order: Option<u128>, url: &str| {
        let [id, of, customer] = [id, of, CUSTOMER].map(|id| earlier.id(id));
        let order = order.map_or("NULL".to_owned(), |order| earlier.id(order));
        let decided = if status == "PENDING" { "NULL" } else { NOW };
        let sql = format!(
            "INSERT INTO payment_agreement (id, tenant_id, customer_id, order_id, method, status, redirect_url,
                provider_reference, registered_by, expires_at, decided_at, version, created_at, updated_at)
             VALUES ({id}, {of}, {customer}, {order}, 'CARD', '{status}', {url}, 'R' || '{status}', 'user:a', {NOW},
                {decided}, 1, {NOW}, {NOW})"
        );
        earlier.connection.execute_unprepared(&sql).await.is_ok()
    };
    let url = "'https://pay.example'";
    assert!(!agreement(53, TENANT, "PENDING", None, "NULL").await, "to be paid nowhere");
    assert!(agreement(50, TENANT, "PENDING", Some(DRAFT), url).await);
    assert!(!agreement(51, OTHER_TENANT, "ACTIVE", None, url).await, "of a stranger");
    assert!(!agreement(52, TENANT, "ACTIVE", Some(99), url).await, "for no order");
    assert!(agreement(54, TENANT, "CANCELLED", Some(DRAFT), url).await);
    assert!(!agreement(55, TENANT, "CANCELLED", None, url).await, "another one's reference");
    earlier
        .run("UPDATE payment_agreement SET provider_reference = NULL WHERE status = 'PENDING'")
        .await;
    assert!(!agreement(56, TENANT, "PENDING", Some(DRAFT), url).await, "two open checkouts");
    let kept = payment_agreement::Entity::find().all(&earlier.connection).await.unwrap();
    assert_eq!(kept.len(), 2);
    earlier.connection.close().await.unwrap();
}
