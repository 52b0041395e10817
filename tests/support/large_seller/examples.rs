//! One row of each table, as use cases make it.

use entity::{
    agreement, customer, edition, invoice, license, offer, order, order_line, partner, product,
    subscription,
};
use ordergate::services::partners::create::{CreatePartner, create_partner};
use sea_orm::EntityTrait;

use crate::support::{app::TestApp, database::Database, given};

macro_rules! examples {
    ($($table:ident),+ $(,)?) => {
        /// Rows to make others of: what does not matter to a test is as it is here.
        pub(super) struct Examples {
            $(pub(super) $table: $table::Model,)+
        }

        impl Examples {
            async fn read(app: &TestApp) -> Self {
                let readers = app.app.store.readers();
                Self { $($table: $table::Entity::find().one(readers).await.unwrap().unwrap(),)+ }
            }
        }
    };
}

examples!(
    partner,
    customer,
    agreement,
    product,
    edition,
    offer,
    order,
    order_line,
    subscription,
    license,
    invoice,
);

impl Examples {
    /// Makes them in a database of their own, because jobs would go on with rows that are there.
    pub(super) async fn make() -> Self {
        let app = TestApp::start(Database::sqlite()).await;
        let world = given::world_with_approval(&app, false).await;
        let partner = CreatePartner {
            partner_number: "P".to_owned(),
            name: "Partner".to_owned(),
            ..CreatePartner::default()
        };
        app.perform(&world.admin, partner, create_partner).await.unwrap();
        world.pending_order(&app, &[world.instant_offer]).await;
        app.run_jobs().await;
        Self::read(&app).await
    }
}
