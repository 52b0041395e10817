//! Reading one payment agreement.

use domain::viewer::Viewer;
use entity::{PaymentAgreementId, payment_agreement};
use sea_orm::{ColumnTrait, DbErr, QueryFilter};

use crate::{access, app::App};

/// The payment agreement as it is now; none if there is none that the viewer may see.
pub async fn find_payment_agreement(
    app: &App,
    viewer: &Viewer,
    id: PaymentAgreementId,
) -> Result<Option<payment_agreement::Model>, DbErr> {
    access::visible::<payment_agreement::Entity>(viewer)
        .filter(payment_agreement::Column::Id.eq(id))
        .one(app.store.readers())
        .await
}
