//! Billing runs.

use domain::viewer::Viewer;
use ordergate::services::billing_runs::start::{StartBillingRun, start_billing_run};

use crate::{
    on_both_databases,
    support::{app::TestApp, database::Database, given},
};

on_both_databases!(of_two_runs_one_runs);

async fn of_two_runs_one_runs(database: Database) {
    let app = TestApp::start(database).await;
    let world = given::world(&app).await;
    let dry = StartBillingRun { as_of: None, dry_run: true };
    let run = StartBillingRun { as_of: None, dry_run: false };
    let admin: &Viewer = &world.admin;
    let first = app.perform(admin, run, start_billing_run).await.unwrap();
    assert_eq!(app.perform(admin, run, start_billing_run).await.unwrap(), first);
    assert!(app.perform(admin, dry, start_billing_run).await.unwrap() != first);
}
