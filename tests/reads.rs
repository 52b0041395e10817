//! What one statement can hold.

use domain::viewer::{Scope, Viewer};
use entity::{PartnerId, Role};
use serde_json::json;
use uuid::Uuid;

use crate::{
    on_both_databases,
    support::{api::Api, app::TestApp, database::Database, given},
};

on_both_databases!(a_partner_with_a_thousand_below_it_reads_however_much_is_selected);

/// Access is checked at each level, and a database takes so many values with a statement and no more.
async fn a_partner_with_a_thousand_below_it_reads_however_much_is_selected(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    world.pending_order(&app, &[world.instant_offer]).await;
    let partners: Vec<_> = (1..=1_000).map(|id| PartnerId(Uuid::from_u128(id))).collect();
    let scope = Scope::Partner { own: partners[0], partners };
    let partner = Viewer { scope, role: Role::Partner, ..world.admin.clone() };
    let order = "id partner { name } customer { name partner { name } } agreement { number }
        licenses { licenseKey customer { name } partner { name } subscription { number } }
        subscriptions { number customer { name } partner { name } license { licenseKey } order { number } }
        lines { subscription { number customer { name } partner { name } agreement { number } } }";
    let below = format!("orders(first: 2) {{ totalCount nodes {{ {order} }} }}");
    let document = format!(
        "{{ orders {{ totalCount nodes {{ {order} customer {{ name {below} }} }} }}
            customers {{ nodes {{ name {below} invoices {{ nodes {{ customer {{ name }} }} }} }} }} }}"
    );
    // The second time by what was remembered of the first.
    for _ in 0..3 {
        let answer = Api::of(&app).read(&partner, &document, json!({})).await;
        assert_eq!(answer["orders"], json!({ "totalCount": 0, "nodes": [] }));
        assert_eq!(answer["customers"]["nodes"], json!([]));
    }
}
