//! Rows that are read as JSON are the rows.

use ordergate::{demo, store::bundle::Bundle};
use sea_orm::{EntityTrait, QueryOrder};

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(
    rows_of_every_table_are_the_same_read_together_as_read_alone,
    a_bundle_of_nothing_reads_nothing,
);

async fn rows_of_every_table_are_the_same_read_together_as_read_alone(database: Database) {
    let app = TestApp::start(database).await;
    demo::make(&app.app, demo::Wishes { purchases: 40, seed: 7 }).await.unwrap();
    let readers = app.app.store.readers();
    let mut bundle = Bundle::new(app.app.store.backend());
    macro_rules! together {
        ($($table:ident by $column:ident),+ $(,)?) => {
            $(
                let rows = entity::$table::Entity::find()
                    .order_by_desc(entity::$table::Column::$column);
                let $table = (bundle.add(rows.clone()), rows.all(readers).await.unwrap());
            )+
            let answer = bundle.read(readers).await.unwrap().unwrap();
            $(
                let (part, alone) = $table;
                let together: Vec<entity::$table::Model> = answer.rows(part).unwrap();
                assert!(!together.is_empty(), "{}", stringify!($table));
                assert_eq!(together, alone);
            )+
        };
    }
    together!(
        tenant by Id, partner by Id, api_key by Id, customer by Id, product by Id, edition by Id,
        offer by Id, price by Id, agreement by Id, order by Id, order_line by Id, approval by Id,
        subscription by Id, subscription_period by Id, license by Id, invoice by Id,
        invoice_line by Id, event by Sequence,
    );
}

async fn a_bundle_of_nothing_reads_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let readers = app.app.store.readers();
    let nothing = Bundle::new(app.app.store.backend()).read(readers).await.unwrap();
    assert!(nothing.is_none());

    let mut bundle = Bundle::new(app.app.store.backend());
    let part = bundle.add(entity::offer::Entity::find());
    let answer = bundle.read(readers).await.unwrap().unwrap();
    assert!(answer.rows::<entity::offer::Model>(part).unwrap().is_empty());
}
