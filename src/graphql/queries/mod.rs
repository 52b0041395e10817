//! What can be asked: one file per noun.

mod agreements;
mod api_keys;
mod approval_rules;
mod billing_runs;
mod credit_notes;
mod customers;
mod discounts;
mod editions;
mod feed_cursor;
pub mod filters;
mod invoices;
mod licenses;
mod lifecycle;
mod mails;
mod node;
mod offers;
mod order_lines;
mod orders;
mod partners;
mod payment_agreements;
mod plans;
mod previews;
mod products;
mod subscriptions;
mod tax_codes;
mod viewer;
mod webhook_endpoints;

use async_graphql::MergedObject;

use super::{alone::Alone, error::ApiError};

pub(in crate::graphql) use self::filters::Few;
pub use self::{
    filters::TimeOrder,
    node::Node,
    order_lines::{OrderLineFilter, OrderLineOrder},
    orders::OrderFilter,
};

/// The root of queries.
pub type Query = Alone<Queries>;

/// What can be read. Whatever the caller may not see is answered as if it did not exist.
#[derive(Default, MergedObject)]
#[graphql(name = "Query")]
pub struct Queries(GeneralQuery, OrderingQuery, SellingQuery);

// Merged in groups: in one row of fifteen, the futures nest too deep for the compiler.
#[derive(Default, MergedObject)]
pub struct GeneralQuery(
    viewer::ViewerQuery,
    node::NodeQuery,
    feed_cursor::FeedCursorQuery,
    lifecycle::LifecycleQuery,
    api_keys::ApiKeysQuery,
    billing_runs::BillingRunsQuery,
    mails::MailsQuery,
);

#[derive(Default, MergedObject)]
pub struct OrderingQuery(
    orders::OrdersQuery,
    order_lines::OrderLinesQuery,
    subscriptions::SubscriptionsQuery,
    licenses::LicensesQuery,
    invoices::InvoicesQuery,
    credit_notes::CreditNotesQuery,
    agreements::AgreementsQuery,
    payment_agreements::PaymentAgreementsQuery,
    previews::PreviewsQuery,
);

#[derive(Default, MergedObject)]
pub struct SellingQuery(
    customers::CustomersQuery,
    partners::PartnersQuery,
    products::ProductsQuery,
    offers::OffersQuery,
    plans::PlansQuery,
    editions::EditionsQuery,
    tax_codes::TaxCodesQuery,
    webhook_endpoints::WebhookEndpointsQuery,
    approval_rules::ApprovalRulesQuery,
    discounts::DiscountsQuery,
);

/// The root fields of a noun: one by id or by its key, and all that meet a filter.
macro_rules! noun {
    ($query:ident: $object:ident, $table:ident {
        $(#[$one_doc:meta])*
        $one:ident($id:ident, $key:ident: $key_doc:literal);
        $(#[$many_doc:meta])*
        $many:ident($filter:ident, $order:ident);
    }) => {
        #[derive(Default)]
        pub(super) struct $query;

        #[async_graphql::Object]
        impl $query {
            $(#[$one_doc])*
            #[graphql(guard = "crate::graphql::roles::SignedIn")]
            async fn $one(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The id.")] id: Option<crate::graphql::id::Id<entity::$id>>,
                #[graphql(desc = $key_doc)] $key: Option<String>,
            ) -> crate::graphql::error::Result<Option<$object>> {
                let viewer = crate::graphql::context::viewer(ctx)?;
                Ok(Some(match (id, $key) {
                    (Some(id), None) => $object::by_id(id.0),
                    (None, Some(key)) => {
                        let row = crate::services::lookup::by_key::<entity::$table::Entity>(viewer, key)?;
                        $object::by_select(row)
                    }
                    (Some(_), Some(_)) | (None, None) => return Err(super::not_exactly_one()),
                }))
            }

            $(#[$many_doc])*
            #[graphql(guard = "crate::graphql::roles::SignedIn")]
            #[expect(clippy::too_many_arguments, reason = "what Relay asks for, a filter and an order")]
            async fn $many(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given.")]
                first: Option<i32>,
                #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
                #[graphql(desc = "How many items to read from the end, 1 to 100.")]
                last: Option<i32>,
                #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
                #[graphql(desc = "Which items are wanted. Without it, all.")]
                filter: Option<$filter>,
                #[graphql(desc = "What the list is sorted by. Without it, newest first.")]
                order_by: Option<crate::graphql::queries::filters::$order>,
            ) -> crate::graphql::error::Result<crate::graphql::read::output::Connection<$object>> {
                let (by, direction) = order_by.unwrap_or_default().read();
                let list = crate::services::lists::$many::$many(
                    crate::graphql::context::viewer(ctx)?,
                    &filter.unwrap_or_default().try_into()?,
                    by,
                    direction,
                );
                let request = crate::services::page::PageRequest { first, after, last, before };
                crate::graphql::read::output::Connection::new(ctx, list, request).await
            }
        }
    };
}

use noun;

fn not_exactly_one() -> ApiError {
    ApiError::bad_user_input("Give exactly one of the arguments.")
}
