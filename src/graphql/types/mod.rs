//! One file per object: a view of one row.

pub mod agreement;
pub mod api_key;
pub mod approval;
pub mod customer;
pub mod edition;
pub mod enums;
pub mod event;
pub mod invoice;
pub mod invoice_line;
pub mod license;
pub mod money;
pub mod offer;
pub mod order;
pub mod order_line;
pub mod partner;
pub mod price;
pub mod product;
pub mod subscription;
pub mod subscription_period;
pub mod tenant;
pub mod user_error;
pub mod viewer;

use super::{
    connection::Listed,
    error::Result,
    loaders::{by_id, load},
};

pub use self::{
    agreement::Agreement,
    api_key::ApiKey,
    approval::Approval,
    customer::Customer,
    edition::Edition,
    event::Event,
    invoice::Invoice,
    invoice_line::InvoiceLine,
    license::License,
    money::{Money, TaxAmount, Totals},
    offer::Offer,
    order::Order,
    order_line::OrderLine,
    partner::Partner,
    price::Price,
    product::Product,
    subscription::CustomerSubscription,
    subscription_period::SubscriptionPeriod,
    tenant::Tenant,
    user_error::UserError,
    viewer::Viewer,
};

/// Objects that are found by their id.
macro_rules! views {
    ($($object:ident: $table:ident by $key:ident($id:ident)),+ $(,)?) => {$(
        impl From<entity::$table::Model> for $object {
            fn from(row: entity::$table::Model) -> Self {
                Self(row.into())
            }
        }

        impl $object {
            /// The object with this id, if the viewer may see it.
            pub async fn visible(
                ctx: &async_graphql::Context<'_>,
                id: entity::$id,
            ) -> Result<Option<Self>> {
                Ok(load(ctx, by_id::$key(id)).await?.map(Self))
            }

            /// The object with this id, if there is an id and the viewer may see the object.
            pub async fn visible_if_some(
                ctx: &async_graphql::Context<'_>,
                id: Option<entity::$id>,
            ) -> Result<Option<Self>> {
                match id {
                    Some(id) => Self::visible(ctx, id).await,
                    None => Ok(None),
                }
            }
        }
    )+};
}

/// Objects of which pages need nothing but their rows.
macro_rules! listed {
    ($($object:ident: $table:ident),+ $(,)?) => {$(
        impl Listed for $object {
            type Entity = entity::$table::Entity;
        }
    )+};
}

listed! {
    Partner: partner,
    ApiKey: api_key,
    Customer: customer,
    Product: product,
    Offer: offer,
    Edition: edition,
    Agreement: agreement,
    CustomerSubscription: subscription,
    License: license,
    Invoice: invoice,
}

views! {
    Partner: partner by PartnerById(PartnerId),
    ApiKey: api_key by ApiKeyById(ApiKeyId),
    Customer: customer by CustomerById(CustomerId),
    Product: product by ProductById(ProductId),
    Offer: offer by OfferById(OfferId),
    Edition: edition by EditionById(EditionId),
    Agreement: agreement by AgreementById(AgreementId),
    Order: order by OrderById(OrderId),
    CustomerSubscription: subscription by SubscriptionById(SubscriptionId),
    License: license by LicenseById(LicenseId),
    Invoice: invoice by InvoiceById(InvoiceId),
}
