//! One answer that an order needs: the seller's, or that of one partner.

use entity::{
    PartnerId,
    approval::{self, RuleNames},
};

use super::{Consent, Order, Partner, made, name};
use crate::{
    access::{may_see_rules_of, within_tenant},
    graphql::{
        read::{
            shape::Shown,
            table::{cell, many, object, one},
        },
        scalars::Time,
    },
    services::below,
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
    /// What was answered. `PENDING` until enough people have said yes, or one has said no.
    decision;
    /// How many different people must say yes, as of the order's submission: as many as the rule wants that wants most, and
    /// one where a setting asks. Whether there are as many who may answer, nobody knows.
    approvers_needed;
    /// Who has said yes so far, the first one first. Empty, too, where an older release took the answer.
    consents = many!(Consent, below::consents_of_approval);
    /// Who answered, of several the last one; by a link, who made it and for whom, as in `link:user:ada for Pat`. Null as long as
    /// it is not decided, and where it was the answer of a partner that the caller may not see.
    decided_by = name(cell!(approval.decided_by), cell!(approval.partner_id));
    /// What the approver said about it.
    reason;
    /// When it was answered.
    decided_at;
    /// What the rules were called that ask for the answer, as of the order's submission, in alphabetical order. Empty where the
    /// caller may not see them, and where a setting asks for every order.
    rules = made::<Vec<String>>(
        vec![cell!(approval.rules).into(), cell!(approval.partner_id).into()],
        |given| {
            let RuleNames(names) = given.json(0)?.unwrap_or_default();
            let told = may_see_rules_of(given.scope(), given.id(1)?);
            Ok(Shown::List(names.into_iter().filter(|_| told).map(Shown::Text).collect()))
        },
    );
    /// When the order is cancelled if nobody has answered by then. Null: as the seller's settings say.
    lapses_at;
    /// When whoever must answer was last reminded. Null: not yet, or the caller may not see the rules that say so.
    reminded_at = made::<Option<Time>>(
        vec![cell!(approval.reminded_at).into(), cell!(approval.partner_id).into()],
        |given| {
            let told = may_see_rules_of(given.scope(), given.id(1)?);
            Ok(given.some_time(0)?.filter(|_| told).map_or(Shown::Null, Shown::Time))
        },
    );
    /// Since when the answer is waited for.
    created_at;
}
