//! What somebody who follows a link is shown of the order.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    ApprovalLinkAction, OfferId, TenantId, api_key, customer, offer, order, order_line, partner,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

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
    /// Who placed it, as people say it, where the maker of the link may know.
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
    let placed_by = if access::may_name(&viewer.scope, order.placed_by_partner_id) {
        Some(caller_as_people_say(readers, viewer.tenant_id, &order.placed_by).await?)
    } else {
        None
    };
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

/// A caller by its name, or a key's: the subject is for machines.
async fn caller_as_people_say(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
    subject: &str,
) -> Outcome<String> {
    let (kind, name) = subject.split_once(':').unwrap_or(("", subject));
    if kind != "key" {
        return Ok(name.to_owned());
    }
    let key = api_key::Entity::find()
        .filter(api_key::Column::TenantId.eq(tenant_id))
        .filter(api_key::Column::Prefix.eq(name))
        .one(connection)
        .await?;
    Ok(key.map_or_else(|| format!("API key {name}"), |key| key.name))
}
