//! Rows that are read as JSON are the rows.

use std::collections::BTreeSet;

use entity::{order, order_line};
use ordergate::{
    demo,
    store::bundle::{Bundle, of_page},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database},
};

on_both_databases!(
    rows_of_every_table_are_the_same_read_together_as_read_alone,
    what_is_below_a_page_is_read_for_its_rows_only,
);

async fn rows_of_every_table_are_the_same_read_together_as_read_alone(database: Database) {
    let app = TestApp::start(database).await;
    demo::make(&app.app, demo::Wishes { purchases: 40, seed: 7 }).await.unwrap();
    let readers = app.app.store.readers();
    let mut bundle = Bundle::new(app.app.store.backend());
    macro_rules! together {
        ($page:ident by $by:ident; $($table:ident by $column:ident),+ $(,)?) => {
            $(
                let rows = entity::$table::Entity::find()
                    .order_by_desc(entity::$table::Column::$column);
                let $table = (bundle.add(rows.clone()), rows.all(readers).await.unwrap());
            )+
            let page = entity::$page::Entity::find().order_by_desc(entity::$page::Column::$by);
            let alone = page.clone().all(readers).await.unwrap();
            let (rows, answer) = bundle.read(readers, page).await.unwrap();
            assert!(!rows.is_empty());
            assert_eq!(rows, alone);
            $(
                let (part, alone) = $table;
                let together: Vec<entity::$table::Model> = answer.rows(part).unwrap();
                assert!(!together.is_empty(), "{}", stringify!($table));
                assert_eq!(together, alone);
            )+
        };
    }
    together!(
        order by Number;
        tenant by Id, partner by Id, api_key by Id, customer by Id, product by Id, edition by Id,
        offer by Id, price by Id, agreement by Id, order by Id, order_line by Id, approval by Id,
        subscription by Id, billing_period by Id, subscription_period by Id, license by Id, invoice by Id,
        invoice_line by Id, event by Sequence,
    );
}

async fn what_is_below_a_page_is_read_for_its_rows_only(database: Database) {
    let app = TestApp::start(database).await;
    demo::make(&app.app, demo::Wishes { purchases: 40, seed: 7 }).await.unwrap();
    let readers = app.app.store.readers();
    let newest = order::Entity::find().order_by_desc(order::Column::Number);
    let lines = order_line::Entity::find()
        .filter(order_line::Column::OrderId.in_subquery(of_page(order::Column::Id)));
    for limit in [0, 1, 7] {
        let newest = newest.clone().limit(limit);
        let (alone, _) =
            Bundle::new(app.app.store.backend()).read(readers, newest.clone()).await.unwrap();
        let mut bundle = Bundle::new(app.app.store.backend());
        let below = bundle.add(lines.clone());
        let (page, answer) = bundle.read(readers, newest).await.unwrap();
        assert_eq!(page.len() as u64, limit);
        assert_eq!(alone, page);
        let below: Vec<order_line::Model> = answer.rows(below).unwrap();
        let orders: BTreeSet<_> = page.iter().map(|order| order.id).collect();
        assert_eq!(below.iter().map(|line| line.order_id).collect::<BTreeSet<_>>(), orders);
    }
}
