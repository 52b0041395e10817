//! Reading one order.

use domain::viewer::Viewer;
use entity::{OrderId, order};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};

use crate::{access, app::App};

/// The order as it is now; none if there is none that the viewer may see.
pub async fn find_order(
    app: &App,
    viewer: &Viewer,
    id: OrderId,
) -> Result<Option<order::Model>, DbErr> {
    access::visible::<order::Entity>(viewer)
        .filter(order::Column::Id.eq(id))
        .one(app.store.readers())
        .await
}
