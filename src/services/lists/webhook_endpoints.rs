//! Webhook endpoints, and what was posted to them.

use domain::viewer::Viewer;
use entity::{WebhookEndpointId, webhook_delivery, webhook_endpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The endpoints that the viewer may see, newest first.
pub fn webhook_endpoints(viewer: &Viewer) -> List<webhook_endpoint::Entity> {
    use webhook_endpoint::Column::{CreatedAt, Id};
    let sort = Sort::by_time(CreatedAt, Id, Direction::Descending);
    List::new(access::visible::<webhook_endpoint::Entity>(viewer), sort)
}

/// What was posted to an endpoint, newest first. The viewer is known to see the endpoint.
pub fn deliveries_of_webhook_endpoint(
    viewer: &Viewer,
    id: WebhookEndpointId,
) -> List<webhook_delivery::Entity> {
    use webhook_delivery::Column::{CreatedAt, EndpointId, Id, TenantId};
    let rows = webhook_delivery::Entity::find()
        .filter(TenantId.eq(viewer.tenant_id))
        .filter(EndpointId.eq(id));
    List::new(rows, Sort::by_time(CreatedAt, Id, Direction::Descending))
}
