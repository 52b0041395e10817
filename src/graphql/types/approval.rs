//! One answer that an order needs: the seller's, or that of one partner.

use entity::{PartnerId, approval};

use super::{Order, Partner, made, name};
use crate::{
    access::within_tenant,
    graphql::read::table::{cell, object, one},
};

object! {
    /// One answer that an order needs: the seller's, or that of one partner.
    Approval of approval(ApprovalId), seen as within_tenant::<approval::Entity>;

    /// The id of the answer.
    id;
    /// The order that needs the answer.
    order = one!(Order, approval.order_id);
    /// The partner that must answer. Null: the seller, or a partner that the caller may not see.
    partner = one!(Partner, approval.partner_id);
    /// Whether the seller must answer, not a partner.
    by_seller = made::<bool>(vec![cell!(approval.partner_id).into()], |given| {
        Ok(given.id::<PartnerId>(0)?.is_none().into())
    });
    /// Counts from 1: the customer's own partner first, the seller last. All may answer at once.
    level;
    /// What was answered.
    decision;
    /// Who answered; by a link, who made it and for whom, as in `link:user:ada for Pat`. Null as long as nobody has, and
    /// where it was the answer of a partner that the caller may not see.
    decided_by = name(cell!(approval.decided_by), cell!(approval.partner_id));
    /// What the approver said about it.
    reason;
    /// When it was answered.
    decided_at;
    /// Since when the answer is waited for.
    created_at;
}
