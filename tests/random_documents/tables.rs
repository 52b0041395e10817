//! All rows of the database, of every tenant.

use sea_orm::{DatabaseConnection, EntityTrait};

macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        /// The rows of each table, in no order.
        pub(super) struct Tables {
            $(pub(super) $table: Vec<entity::$table::Model>,)+
        }

        impl Tables {
            pub(super) async fn read(connection: &DatabaseConnection) -> Self {
                Self {
                    $($table: entity::$table::Entity::find().all(connection).await.unwrap(),)+
                }
            }
        }
    };
}

tables! {
    agreement, api_key, approval, approval_link, billing_run, customer, denial, edition, event, event_log, invoice, invoice_line, license, offer, order, order_line, order_line_attempt, order_line_hold, partner, price, product, subscription, approval_rule, consent, subscription_change, subscription_period, tax_code, tax_rate, tenant, account_transaction, invoice_tax, line_correction, payment, payment_agreement, plan, plan_component, plan_step, webhook_delivery, webhook_endpoint, mail, mail_recipient, discount, discount_customer, discount_offer, subscription_discount, usage_report,
}
