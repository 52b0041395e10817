//! Numbers and codes that only one may have.

use std::sync::Arc;

use futures_util::future::join_all;
use ordergate::{
    error::{Error, RefusalCode},
    services::customers::create::{CreateCustomer, create_customer},
};

use crate::{
    on_both_databases,
    support::{
        app::{TestApp, code},
        database::Database,
        given,
    },
};

const CLIENTS: usize = 16;

on_both_databases!(
    a_number_that_many_want_at_once_goes_to_one,
    two_tenants_may_use_the_same_number,
    all_that_is_wrong_is_told_at_once,
);

async fn a_number_that_many_want_at_once_goes_to_one(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let world = Arc::new(given::world(&app).await);
    let clients = (0..CLIENTS).map(|_| {
        let (app, world) = (app.clone(), world.clone());
        tokio::spawn(async move {
            app.perform(&world.seller(), given::new_customer(" C-2 ", None), create_customer).await
        })
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(clients)
        .await
        .into_iter()
        .map(|outcome| outcome.unwrap())
        .partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for outcome in lost {
        assert_eq!(code(outcome), RefusalCode::DuplicateCustomerNumber);
    }
}

async fn two_tenants_may_use_the_same_number(database: Database) {
    let app = TestApp::start(database).await;
    for world in [given::world(&app).await, given::world(&app).await] {
        let created =
            app.perform(&world.seller(), given::new_customer("C-2", None), create_customer).await;
        assert!(created.is_ok());
    }
}

async fn all_that_is_wrong_is_told_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let command = CreateCustomer {
        name: " ".to_owned(),
        email: Some("nowhere".to_owned()),
        country: Some("Denmark".to_owned()),
        ..given::new_customer("C-1", None)
    };
    let refused = app.perform(&world.seller(), command, create_customer).await;
    let Err(Error::Refused(refusals)) = refused else { panic!("it was not refused") };
    let told: Vec<_> =
        refusals.iter().map(|refusal| (refusal.field.join("."), refusal.code)).collect();
    let told: Vec<_> = told.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    assert_eq!(
        told,
        [
            ("name", RefusalCode::ValidationFailed),
            ("email", RefusalCode::ValidationFailed),
            ("country", RefusalCode::ValidationFailed),
            ("customerNumber", RefusalCode::DuplicateCustomerNumber),
        ]
    );
}
