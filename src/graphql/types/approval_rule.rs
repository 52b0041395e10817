//! When an order needs whose answer.

use entity::{PartnerId, approval_rule};

use super::{Customer, Money, Partner, Product, made, made_of};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        shape::Shown,
        table::{Cell, Shows, cell, object, one},
    },
};

object! {
    /// When an order needs whose answer: where all of the rule's conditions hold as it is submitted. What is null, or false, is
    /// no condition. Several rules that ask for the same answer are satisfied by it; the number of approvers that is largest, and
    /// the times that are shortest, hold. The seller's people see all rules,
    /// a partner's those for its own answer and for those of the partners below it, and customers none.
    ApprovalRule of approval_rule(ApprovalRuleId), seen as access::visible::<approval_rule::Entity>;

    /// The id of the rule.
    id;
    /// What people call the rule.
    name;
    /// Whether it asks for anything.
    enabled;
    /// The partner that must answer; its rule reaches orders that go through it. Null: the seller, or a partner that the caller
    /// may not see.
    approver_partner = one!(Partner, approval_rule.approver_partner_id);
    /// Whether the seller must answer, not a partner.
    by_seller = made::<bool>(vec![cell!(approval_rule.approver_partner_id).into()], |given| {
        Ok(given.id::<PartnerId>(0)?.is_none().into())
    });
    /// Orders that come to as much, with tax. An order in another currency does not.
    minimum_amount = amount(cell!(approval_rule.minimum_amount), cell!(approval_rule.currency));
    /// Orders with which the customer would owe more, in this currency: all that is open of its invoices, what its drafts come
    /// to, its other orders that were submitted and not carried out yet, and the order itself.
    credit_limit = amount(cell!(approval_rule.credit_limit), cell!(approval_rule.currency));
    /// Orders with a line for this product. One line must meet all conditions on lines: product, vendor and action.
    product = one!(Product, approval_rule.product_id);
    /// Orders with a line for a product of this vendor, spelled as the product has it.
    vendor;
    /// Orders with a line that does this to its subscription.
    action;
    /// Orders of this customer. Null, too, where the caller may not, or no longer, see the customer.
    customer = one!(Customer, approval_rule.customer_id);
    /// Orders that go through this partner. Null, too, where the caller may not see the partner.
    partner = one!(Partner, approval_rule.partner_id);
    /// Orders of customers of which none has been approved before; in a partner's rule, none that was placed through the same
    /// partner.
    first_order;
    /// How many different people must say yes, each of whom may give this answer: 1 to 10. Whether there are as many, nobody
    /// knows: where there are fewer, the order waits until somebody says no, it is cancelled, or the answer lapses.
    approvers_needed;
    /// After how many hours without this answer the order is cancelled. Null: as the seller's settings say.
    lapse_after_hours;
    /// After how many hours, again and again, whoever must answer is reminded by an event `APPROVAL_REMINDED`. Null: never.
    remind_every_hours;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
}

/// An amount, where there is one.
fn amount(amount: Cell, currency: Cell) -> Shows {
    fn shown(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
        let Some(amount) = given.some_long(0)? else { return Ok(Shown::Null) };
        Ok(Shown::object(Money::new(amount, &given.some_text(1)?)))
    }
    made_of::<Option<Money>, Money>(vec![amount.into(), currency.into()], shown)
}
