//! A yes of one person for a level of an order.

use entity::consent;

use super::name;
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object},
};

object! {
    /// A yes of one person for a level of an order. The same person counts once: a user, an API key, or the recipient of
    /// approval links, however their name is spelled.
    Consent of consent(ConsentId), seen as within_tenant::<consent::Entity>;

    /// The id of the yes.
    id;
    /// Who said it; by a link, who made it and for whom, as in `link:user:ada for Pat`. Null where it was for the answer of a
    /// partner that the caller may not see.
    given_by = name(cell!(consent.given_by), cell!(consent.partner_id));
    /// When it was said.
    given_at;
    /// The version of the order that it was said to. Null where it was said before that was kept.
    order_version;
}
