//! Many say the same at once, or the opposite.

use std::sync::Arc;

use chrono::TimeDelta;
use entity::{
    CustomerId, EventKind, OrderId, PaymentAgreementId, PaymentAgreementStatus, PaymentOutcome,
    event, invoice_line, order, payment_agreement, subscription,
};
use futures_util::future::join_all;
use ordergate::{
    error::{Error, RefusalCode},
    graphql::id::Id,
    services::orders::payments::{
        cancel::{CancelPaymentAgreement, cancel_payment_agreement},
        complete::{CompletePaymentAgreement, complete_payment_agreement},
        register::{RegisterPaymentAgreement, register_payment_agreement},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::Barrier;

use super::Integration;
use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, shop::Shop},
};

const CLIENTS: usize = 64;
const ROUNDS: usize = 8;

on_both_databases!(
    of_many_who_complete_a_payment_at_once_all_get_the_same_answer,
    a_payment_that_expires_at_the_moment_it_is_paid_is_one_or_the_other,
    of_many_who_open_a_checkout_at_once_one_does,
);

/// IFS-31: simultaneous calls once made several subscriptions.
async fn of_many_who_complete_a_payment_at_once_all_get_the_same_answer(database: Database) {
    let shop = Shop::that_takes_payments(database).await;
    let integration = Arc::new(Integration::of(&shop).await);
    for round in 0..ROUNDS {
        let draft = shop.draft().await;
        let agreement = shop.checkout(&draft).await;
        let barrier = Arc::new(Barrier::new(CLIENTS));
        let clients = (0..CLIENTS).map(|client| {
            // Some of them are one event that is sent again.
            let id = format!("msg_{round}_{}", client % 24);
            let body = json!({
                "paymentAgreementId": agreement["id"], "outcome": "APPROVED",
                "providerReference": format!("PSP-{round}"),
            });
            let message = integration.signed(&shop, &id, &body);
            let (integration, barrier) = (integration.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                if client % 2 == 0 {
                    let (status, answer) = integration.send(&message).await;
                    assert_eq!(status, 200, "{answer}");
                    answer["paymentAgreement"].clone()
                } else {
                    let document = "mutation ($input: CompletePaymentAgreementInput!) {
                        completePaymentAgreement(input: $input) {
                            paymentAgreement { id status version } userErrors { code message } } }";
                    let input = json!({
                        "id": body["paymentAgreementId"], "outcome": "APPROVED",
                        "providerReference": body["providerReference"],
                    });
                    let key = &integration.key;
                    let answer =
                        integration.server.post(key, document, json!({ "input": input })).await;
                    let payload = &answer["data"]["completePaymentAgreement"];
                    assert_eq!(payload["userErrors"], json!([]), "{answer}");
                    payload["paymentAgreement"].clone()
                }
            })
        });
        let clients: Vec<_> = clients.collect();
        for answer in join_all(clients).await {
            let expected = json!({ "id": agreement["id"], "status": "ACTIVE", "version": 2 });
            assert_eq!(answer.unwrap(), expected);
        }
        shop.app.run_jobs().await;
        assert_once(&shop, &draft, &agreement).await;
    }
    println!("{ROUNDS} payments × {CLIENTS} clients: each completed once");
}

/// One subscription, one charge, one set of events.
async fn assert_once(shop: &Shop, draft: &Value, agreement: &Value) {
    let readers = shop.app.app.store.readers();
    let order_id = id_of::<OrderId>(draft);
    let order = order::Entity::find_by_id(order_id).one(readers).await.unwrap().unwrap();
    assert_eq!(order.status.as_str(), "COMPLETED");
    let bought = subscription::Entity::find().filter(subscription::Column::OrderId.eq(order_id));
    let bought = bought.all(readers).await.unwrap();
    assert_eq!(bought.len(), 1);
    let charges = invoice_line::Entity::find()
        .filter(invoice_line::Column::SubscriptionId.eq(bought[0].id))
        .count(readers)
        .await
        .unwrap();
    assert_eq!(charges, 1);
    assert_eq!(shop.moves(agreement).await.len(), 2);
    let events = shop.events_of(draft).await;
    let mut moves = Vec::new();
    for event in events.iter().filter(|it| it.kind == EventKind::OrderStatusChanged) {
        moves.push(event.to_status.as_deref().unwrap());
    }
    assert_eq!(moves, ["DRAFT", "SUBMITTED", "APPROVED", "PROVISIONING", "COMPLETED"]);
}

async fn a_payment_that_expires_at_the_moment_it_is_paid_is_one_or_the_other(database: Database) {
    let shop = Arc::new(Shop::that_takes_payments(database).await);
    shop.settings(json!({ "unpaidOrders": "CANCELLED" })).await;
    let (mut paid, mut expired) = (0, 0);
    for round in 0..24 {
        let draft = shop.draft().await;
        let agreement = shop.checkout(&draft).await;
        shop.app.advance(TimeDelta::days(1));
        let barrier = Arc::new(Barrier::new(2));
        let command = CompletePaymentAgreement {
            payment_agreement_id: Some(id_of(&agreement)),
            expected_version: None,
            outcome: PaymentOutcome::Approved,
            provider_reference: None,
            reason: None,
        };
        let completing = {
            let (shop, barrier) = (shop.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                // The job has to find it first.
                tokio::time::sleep(std::time::Duration::from_micros(round * 400)).await;
                let seller = shop.world.seller();
                shop.app.perform(&seller, command, complete_payment_agreement).await
            })
        };
        barrier.wait().await;
        shop.app.run_jobs().await;
        let outcome = completing.await.unwrap();
        shop.app.run_jobs().await;
        let row = shop.row(&agreement).await;
        let order = shop.order(&draft).await;
        match outcome {
            Ok(completed) => {
                assert_eq!(completed.status, PaymentAgreementStatus::Active);
                assert_eq!(row.status, PaymentAgreementStatus::Active);
                assert_eq!(order["status"], "COMPLETED");
                paid += 1;
            }
            Err(Error::Refused(refusals)) => {
                assert_eq!(refusals[0].code, RefusalCode::PaymentAgreementStatusConflict);
                assert_eq!(refusals[0].current.unwrap().status, Some("EXPIRED"));
                assert_eq!(row.status, PaymentAgreementStatus::Expired);
                assert_eq!(order["status"], "CANCELLED");
                expired += 1;
            }
            Err(Error::Failed(cause)) => panic!("it failed: {cause:?}"),
        }
        assert_eq!((row.version, shop.moves(&agreement).await.len()), (2, 2));
    }
    println!("paid {paid}, expired {expired}");
}

async fn of_many_who_open_a_checkout_at_once_one_does(database: Database) {
    let shop = Arc::new(Shop::that_takes_payments(database).await);
    for _ in 0..ROUNDS {
        let draft = shop.draft().await;
        let order_id = id_of::<OrderId>(&draft);
        let barrier = Arc::new(Barrier::new(CLIENTS));
        let clients = (0..CLIENTS).map(|client| {
            let (shop, barrier) = (shop.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                let command = RegisterPaymentAgreement {
                    customer_id: None::<CustomerId>,
                    order_id: Some(order_id),
                    expected_version: None,
                    method: entity::PaymentMethod::Card,
                    currency: None,
                    return_url: None,
                    redirect_url: None,
                    provider_reference: None,
                    submits_order: client % 2 == 0,
                    expires_in_minutes: None,
                };
                let customer = &shop.world.customer;
                shop.app.perform(customer, command, register_payment_agreement).await
            })
        });
        let outcomes = join_all(clients.collect::<Vec<_>>()).await;
        let mut made: Vec<PaymentAgreementId> = Vec::new();
        for outcome in outcomes {
            match outcome.unwrap() {
                Ok(id) => made.push(id),
                Err(Error::Refused(refusals)) => {
                    assert_eq!(refusals[0].code, RefusalCode::PaymentAgreementExists);
                }
                Err(Error::Failed(cause)) => panic!("it failed: {cause:?}"),
            }
        }
        assert_eq!(made.len(), 1);
        assert_eq!(of_order(&shop.app, order_id).await, 1);
        // And of many who call it off, one does.
        let id = made[0];
        let cancelling = (0..CLIENTS).map(|_| {
            let shop = shop.clone();
            tokio::spawn(async move {
                let command =
                    CancelPaymentAgreement { payment_agreement_id: id, expected_version: Some(1) };
                shop.app.perform(&shop.world.customer, command, cancel_payment_agreement).await
            })
        });
        for outcome in join_all(cancelling.collect::<Vec<_>>()).await {
            assert_eq!(outcome.unwrap().unwrap(), id);
        }
        let told = event::Entity::find().filter(event::Column::SubjectId.eq(id.0));
        assert_eq!(told.count(shop.app.app.store.readers()).await.unwrap(), 2);
    }
}

async fn of_order(app: &TestApp, order_id: OrderId) -> u64 {
    let of_order = payment_agreement::Column::OrderId.eq(order_id);
    let rows = payment_agreement::Entity::find().filter(of_order);
    rows.count(app.app.store.readers()).await.unwrap()
}

fn id_of<T: ordergate::graphql::id::Prefixed>(object: &Value) -> T {
    let Id(id) = Id::<T>::read(object["id"].as_str().unwrap()).unwrap();
    id
}
