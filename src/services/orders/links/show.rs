//! What somebody who follows a link is shown of the order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{ApprovalLinkAction, OfferId, customer, offer, order, order_line, partner};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{check_order, follow::Followed, not_an_approver};
use crate::{
    access,
    app::App,
    error::Outcome,
    services::{below, lookup, orders::find::find_order},
};

/// An order to be answered.
#[derive(Clone, Debug)]
pub struct Shown {
    pub action: ApprovalLinkAction,
    pub seller: String,
    pub recipient: String,
    pub expires_at: DateTime<Utc>,
    pub order: order::Model,
    /// Who placed it, where the maker of the link may know.
    pub placed_by: Option<String>,
    /// Its customer and partner, where the maker of the link may see them.
    pub customer: Option<String>,
    pub partner: Option<String>,
    pub lines: Vec<order_line::Model>,
    /// What the lines' offers are called.
    pub offers: HashMap<OfferId, String>,
}

/// What is shown of a link that can be used. Refused as the answer would be; nothing is changed by it.
pub async fn show(app: &App, followed: &Followed) -> Outcome<Shown> {
    let Followed { link, viewer } = followed;
    let readers = app.store.readers();
    let order = find_order(app, viewer, link.order_id).await?.ok_or_else(not_an_approver)?;
    check_order(readers, link, &order).await?;
    let seller = access::own_tenant(viewer).one(readers).await?;
    let customer =
        lookup::by_id::<customer::Entity>(viewer, order.customer_id).one(readers).await?;
    let partner = match order.partner_id {
        Some(partner) => lookup::by_id::<partner::Entity>(viewer, partner).one(readers).await?,
        None => None,
    };
    let lines = below::lines_of_order(viewer, order.id).all(readers).await?;
    let named = lines.iter().flat_map(|line| [Some(line.offer_id), line.previous_offer_id]);
    let named: Vec<_> = named.flatten().collect();
    let offers = offer::Entity::find()
        .filter(offer::Column::TenantId.eq(viewer.tenant_id))
        .filter(offer::Column::Id.is_in(named))
        .all(readers)
        .await?;
    let placed_by = access::may_name(&viewer.scope, order.placed_by_partner_id)
        .then(|| order.placed_by.clone());
    Ok(Shown {
        action: link.action,
        seller: seller.map(|it| it.name).unwrap_or_default(),
        recipient: link.recipient.clone(),
        expires_at: link.expires_at,
        placed_by,
        customer: customer.map(|it| it.name),
        partner: partner.map(|it| it.name),
        lines,
        offers: offers.into_iter().map(|it| (it.id, it.name)).collect(),
        order,
    })
}
