//! A link by which somebody without a credential approves or rejects an order.

use entity::approval_link;

use super::{Approval, Order};
use crate::{
    access,
    graphql::read::table::{object, one},
};

object! {
    /// A link by which somebody without a credential approves or rejects an order, in the name of whoever made it. It works
    /// once, and for the order as it was when the link was made, but for what others have approved. Its token is
    /// shown once, when it is made. It is forgotten 30 days after it has expired, or would have.
    ApprovalLink of approval_link(ApprovalLinkId), seen as access::visible::<approval_link::Entity>;

    /// The id of the link. It is no secret.
    id;
    /// The order that the link answers. Null where the caller may not see it.
    order = one!(Order, approval_link.order_id);
    /// The only version of the order that the link answers. While the link can be used, it rises with each yes of others,
    /// and with nothing else.
    order_version;
    /// The answer that the link gives: the seller's, or that of one partner.
    approval = one!(Approval, approval_link.approval_id);
    /// What the link answers.
    action;
    /// For whom it was made: a name or an address.
    recipient;
    /// Who made it: `user:` and the subject of a JWT, or `key:` and the prefix of an API key.
    created_by;
    /// Whether it can be used. `EXPIRED` is written down within a minute.
    status;
    /// When it was made.
    created_at;
    /// Until when it works.
    expires_at;
    /// When it was used. Null: it was not.
    used_at;
    /// When it was revoked. Null: it was not.
    revoked_at;
}
