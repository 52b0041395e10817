//! What an update changes, and what it leaves alone.

use std::sync::Arc;

use entity::{PriceStatus, customer, offer, price};
use futures_util::future::join_all;
use ordergate::{
    error::{Current, Error, RefusalCode},
    services::{
        change::Change,
        customers::update::{UpdateCustomer, update_customer},
        offers::update::{UpdateOffer, update_offer},
        prices::{NewPrice, NewPricing},
    },
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    on_both_databases,
    support::{
        app::{TestApp, refusal},
        database::Database,
        given::{self, World},
    },
};

const CLIENTS: usize = 16;

on_both_databases!(
    a_field_that_is_left_out_keeps_its_value_and_null_clears_it,
    of_many_who_change_the_same_version_exactly_one_wins,
    prices_are_replaced_and_one_that_stays_keeps_its_id,
);

async fn update(
    app: &TestApp,
    world: &World,
    command: UpdateCustomer,
) -> Result<customer::Model, Error> {
    let id = app.perform(&world.seller(), command, update_customer).await?;
    Ok(customer::Entity::find_by_id(id).one(app.app.store.readers()).await.unwrap().unwrap())
}

async fn a_field_that_is_left_out_keeps_its_value_and_null_clears_it(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let set = |text: &str| Change::Set(text.to_owned());
    let changed =
        UpdateCustomer { email: set("ada@example.com"), ..given::unchanged(world.customer_id) };
    let customer = update(&app, &world, changed).await.unwrap();
    assert_eq!(customer.email.as_deref(), Some("ada@example.com"));
    assert_eq!((customer.country.as_deref(), customer.version), (Some("DK"), 2));

    let same =
        UpdateCustomer { email: set(" ada@example.com "), ..given::unchanged(world.customer_id) };
    assert_eq!(update(&app, &world, same).await.unwrap(), customer, "nothing was changed");

    let cleared = UpdateCustomer {
        email: Change::Clear,
        country: set("  "),
        ..given::unchanged(world.customer_id)
    };
    let customer = update(&app, &world, cleared).await.unwrap();
    assert_eq!((customer.email, customer.country, customer.version), (None, None, 3));

    let nameless = UpdateCustomer { name: Change::Clear, ..given::unchanged(world.customer_id) };
    assert_eq!(refusal(update(&app, &world, nameless).await).field, ["name"]);
}

async fn of_many_who_change_the_same_version_exactly_one_wins(database: Database) {
    let app = Arc::new(TestApp::start(database).await);
    let world = Arc::new(given::world(&app).await);
    let clients = (0..CLIENTS).map(|client| {
        let (app, world) = (app.clone(), world.clone());
        tokio::spawn(async move {
            let command = UpdateCustomer {
                expected_version: Some(1),
                name: Change::Set(format!("Contoso {client}")),
                ..given::unchanged(world.customer_id)
            };
            update(&app, &world, command).await
        })
    });
    let (won, lost): (Vec<_>, Vec<_>) = join_all(clients)
        .await
        .into_iter()
        .map(|outcome| outcome.unwrap())
        .partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for outcome in lost {
        let refusal = refusal(outcome);
        assert_eq!(refusal.code, RefusalCode::VersionConflict);
        assert_eq!(refusal.current, Some(Current { status: None, version: 2 }));
    }
}

async fn prices_are_replaced_and_one_that_stays_keeps_its_id(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let before = prices(&app, &world).await;
    let price = |currency: &str, unit_amount| NewPrice {
        currency: currency.to_owned(),
        pricing: NewPricing::each(unit_amount),
        tax_basis_points: Some(2_500),
        tax_code_id: None,
        tax_inclusive: false,
    };

    let same = vec![price("EUR", 1_000)];
    assert_eq!(replace_prices(&app, &world, same).await, 1, "nothing was changed");
    let more = vec![price("DKK", 7_500), price("EUR", 1_100)];
    assert_eq!(replace_prices(&app, &world, more).await, 2);
    let after = prices(&app, &world).await;
    let amounts: Vec<_> =
        after.iter().map(|price| (price.currency.as_str(), price.unit_amount)).collect();
    assert_eq!(amounts, [("DKK", 7_500), ("EUR", 1_100)]);
    assert_ne!(after[1].id, before[0].id, "a price never changes: one ends and another begins");
    let less = vec![price("DKK", 7_500)];
    assert_eq!(replace_prices(&app, &world, less).await, 3);
    assert_eq!(prices(&app, &world).await, after[..1]);
}

/// Replaces all prices and gives the offer's version after it.
async fn replace_prices(app: &TestApp, world: &World, prices: Vec<NewPrice>) -> i64 {
    let command =
        UpdateOffer { prices: Change::Set(prices), ..given::unchanged_offer(world.instant_offer) };
    let id = app.perform(&world.seller(), command, update_offer).await.unwrap();
    let offer = offer::Entity::find_by_id(id).one(app.app.store.readers()).await.unwrap();
    offer.unwrap().version
}

async fn prices(app: &TestApp, world: &World) -> Vec<price::Model> {
    price::Entity::find()
        .filter(price::Column::OfferId.eq(world.instant_offer))
        .filter(price::Column::Status.eq(PriceStatus::InForce))
        .order_by_asc(price::Column::Currency)
        .all(app.app.store.readers())
        .await
        .unwrap()
}
