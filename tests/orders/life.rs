//! An order from its placing to what comes of it.

use entity::{
    InvoiceStatus, OrderStatus, SubscriptionStatus, event, invoice, license, order, subscription,
};
use ordergate::{
    error::RefusalCode,
    services::orders::approve::{ApproveOrder, approve_order},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    on_both_databases,
    support::{
        app::{TestApp, code},
        database::Database,
        given,
    },
};

on_both_databases!(an_approved_order_becomes_a_subscription_a_license_and_an_invoice);

async fn an_approved_order_becomes_a_subscription_a_license_and_an_invoice(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let id = world.pending_order(&app, &[world.instant_offer]).await;
    let approve = ApproveOrder {
        order_id: id,
        expected_version: None,
        external_reference: Some("CRM-7".to_owned()),
    };
    let own = app.perform(&world.customer, approve.clone(), approve_order).await;
    assert_eq!(code(own), RefusalCode::NotAnApprover);
    app.perform(&world.approver(), approve, approve_order).await.unwrap();
    app.run_jobs().await;

    let readers = app.app.store.readers();
    let order = order::Entity::find_by_id(id).one(readers).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Completed);
    assert_eq!((order.net_amount, order.tax_amount, order.gross_amount), (3_000, 750, 3_750));
    let subscription = subscription::Entity::find().one(readers).await.unwrap().unwrap();
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(subscription.external_reference.as_deref(), Some("CRM-7"));
    let license = license::Entity::find().one(readers).await.unwrap().unwrap();
    assert_eq!((license.user_limit, license.external_reference.as_deref()), (3, Some("CRM-7")));
    let invoice = invoice::Entity::find().one(readers).await.unwrap().unwrap();
    assert_eq!((invoice.status, invoice.gross_amount), (InvoiceStatus::Draft, 3_750));

    let moves: Vec<_> = event::Entity::find()
        .filter(event::Column::OrderId.eq(id))
        .filter(event::Column::Trigger.is_not_null())
        .order_by_asc(event::Column::Sequence)
        .all(readers)
        .await
        .unwrap()
        .into_iter()
        .filter_map(|event| event.to_status)
        .collect();
    assert_eq!(
        moves,
        ["DRAFT", "SUBMITTED", "PENDING_APPROVAL", "APPROVED", "PROVISIONING", "COMPLETED"]
    );
}
