//! What tests are set up with.

pub(crate) mod api;
pub(crate) mod app;
pub(crate) mod database;
pub(crate) mod given;
pub(crate) mod http;
pub(crate) mod introspection;
pub(crate) mod large_seller;
pub(crate) mod rows;
pub(crate) mod seller;
pub(crate) mod server;
pub(crate) mod shop;
pub(crate) mod subscriber;
mod template;
pub(crate) mod watched;

/// Runs each test on both databases: `async fn name(database: Database)` becomes `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use $crate::support::database::Database;

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(Database::postgres().await).await;
            }
        }
    )+};
}
