//! Anything, by its id.

use async_graphql::{Context, ID, Interface, Object};
use entity::{
    AgreementId, ApiKeyId, CustomerId, EditionId, InvoiceId, LicenseId, OfferId, OrderId,
    OrderLineId, PartnerId, ProductId, Role, SubscriptionId, TenantId,
};
use futures_util::future::join_all;

use crate::graphql::{
    context::viewer,
    error::{ApiError, Result},
    guards::SignedIn,
    id::{Prefixed, split},
    types::{
        Agreement, ApiKey, Customer, CustomerSubscription, Edition, Invoice, License, Offer, Order,
        OrderLine, Partner, Product, Tenant,
    },
};

const MOST_NODES: usize = 100;

/// An object that can be found by its id alone.
#[derive(Clone, Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The id of the object."))]
pub enum Node {
    Tenant(Tenant),
    Partner(Partner),
    ApiKey(ApiKey),
    Customer(Customer),
    Product(Product),
    Offer(Offer),
    Edition(Edition),
    Agreement(Agreement),
    Order(Order),
    OrderLine(OrderLine),
    CustomerSubscription(CustomerSubscription),
    License(License),
    Invoice(Invoice),
}

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// One object, whatever its kind. Null where there is none with this id that the caller may see.
    #[graphql(guard = "SignedIn")]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of any object.")] id: ID,
    ) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// Several objects, whatever their kinds, in the order of their ids. Null in the place of each that does not exist
    /// or that the caller may not see, and of each text that is no id, of which an error tells as well.
    #[graphql(guard = "SignedIn")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids of any objects, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > MOST_NODES {
            let message = format!("Ask for {MOST_NODES} objects at most.");
            return Err(ApiError::bad_user_input(message));
        }
        let found = join_all(ids.iter().map(|id| find(ctx, id))).await;
        Ok(found.into_iter().map(Result::transpose).collect())
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Some((prefix, id)) = split(id) else {
        return Err(ApiError::bad_user_input("An id looks like \"order_0190f3…\"."));
    };
    Ok(match prefix {
        TenantId::PREFIX => Tenant::visible(ctx, TenantId(id)).await?.map(Node::from),
        PartnerId::PREFIX => Partner::visible(ctx, PartnerId(id)).await?.map(Node::from),
        // What is behind a guard elsewhere does not exist for others here.
        ApiKeyId::PREFIX if viewer(ctx)?.role == Role::Admin => {
            ApiKey::visible(ctx, ApiKeyId(id)).await?.map(Node::from)
        }
        CustomerId::PREFIX => Customer::visible(ctx, CustomerId(id)).await?.map(Node::from),
        ProductId::PREFIX => Product::visible(ctx, ProductId(id)).await?.map(Node::from),
        OfferId::PREFIX => Offer::visible(ctx, OfferId(id)).await?.map(Node::from),
        EditionId::PREFIX => Edition::visible(ctx, EditionId(id)).await?.map(Node::from),
        AgreementId::PREFIX => Agreement::visible(ctx, AgreementId(id)).await?.map(Node::from),
        OrderId::PREFIX => Order::visible(ctx, OrderId(id)).await?.map(Node::from),
        OrderLineId::PREFIX => OrderLine::visible(ctx, OrderLineId(id)).await?.map(Node::from),
        SubscriptionId::PREFIX => {
            CustomerSubscription::visible(ctx, SubscriptionId(id)).await?.map(Node::from)
        }
        LicenseId::PREFIX => License::visible(ctx, LicenseId(id)).await?.map(Node::from),
        InvoiceId::PREFIX => Invoice::visible(ctx, InvoiceId(id)).await?.map(Node::from),
        _ => None,
    })
}
