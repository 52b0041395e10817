//! A container of actions on subscriptions. Once submitted, only its status changes.

use async_graphql::Enum;
use domain::{
    approval::{ApprovesFor, had_a_hand},
    order_actions::{self, Asker, available},
    order_life::movers,
    payment_agreement_life::lets_submit,
};
use entity::{
    ApprovalDecision, ApprovalId, PartnerId, order, order::Subjects, plan_instance::Charges,
};

use super::{
    Agreement, Approval, ApprovalLink, Consent, Customer, CustomerSubscription, Event, Invoice,
    License, Money, OrderLine, Partner, PaymentAgreement, made_of, money::totals, name, personal,
    words,
};
use crate::{
    access,
    graphql::read::{
        cells::Given,
        output::FoundAll,
        shape::Shown,
        table::{cell, many, object, one, page, rows},
    },
    services::{
        below,
        lists::{
            ByTime,
            history::history_of_order,
            payment_agreements::{PaymentAgreementFilter, payment_agreements},
        },
        page::Direction::Descending,
    },
};

object! {
    /// A container of actions on subscriptions. Once submitted, only its status changes.
    Order of order(OrderId), seen as access::visible::<order::Entity>;

    /// The id of the order.
    id;
    /// What people call the order; unique in the tenant.
    number;
    /// Where the order is in its life.
    status;
    /// The customer that the order is for. Null where the caller may not, or no longer, see the customer.
    customer = one!(Customer, order.customer_id);
    /// The partner of the customer when the order was created. Null where there was none, or where the caller may not see the partner.
    partner = one!(Partner, order.partner_id);
    /// The agreement that the order was placed under. Null where there is none, or where the caller may not see it.
    agreement = one!(Agreement, order.agreement_id);
    /// How it is to be paid. Null: nobody has said, and it is paid as the seller does it.
    payment_method;
    /// The payment agreement by which it is paid. Null where it is by none, or where the caller may not see it.
    payment_agreement = one!(PaymentAgreement, order.payment_agreement_id);
    /// The payment agreements that were registered for it, newest first.
    payment_agreements = page!(PaymentAgreement, |viewer, parent| payment_agreements(viewer, &PaymentAgreementFilter { order: Some(parent), ..PaymentAgreementFilter::default() }, ByTime::Created, Descending));
    /// The currency of its amounts, as ISO 4217 spells it.
    currency;
    /// The orderer's own reference.
    reference;
    /// The purchase order number of the customer.
    po_number;
    /// The approver's own reference.
    external_reference;
    /// When provisioning may begin. Null: as soon as the order is approved.
    start_at;
    /// Who created the order: `user:` and the subject of a JWT, or `key:` and the prefix of an API key. Null where they
    /// spoke for a partner that the caller may not see.
    placed_by = name(cell!(order.placed_by), cell!(order.placed_by_partner_id));
    /// Why the order was rejected or cancelled.
    reason;
    /// The lines, in their order: one action on one subscription each.
    lines = many!(OrderLine, below::lines_of_order, order_id);
    /// The answers that the order needs, by level. Empty before submission and where none is needed.
    approvals = many!(Approval, below::approvals_of_order, order_id);
    /// The links by which somebody without a credential answers it, oldest first. The seller's people see all of them, a
    /// partner's those for its own answer and for those of the partners below it, and customers none.
    approval_links = many!(ApprovalLink, below::links_of_order, order_id);
    /// How its taxes are rounded. Fixed when the order is submitted.
    rounding_mode;
    /// Whether the amounts of its lines have the tax in them.
    tax_inclusive;
    /// What the lines come to: of what is bought, a whole first period each, however much of it is charged at first.
    totals = totals(
        cell!(order.currency),
        cell!(order.rounding_mode),
        cell!(order.tax_inclusive),
        rows!(OrderLine, below::lines_of_order, order_line.net_amount, order_line.tax_category, order_line.tax_basis_points, order_line.components),
        &[cell!(order.net_amount), cell!(order.tax_amount), cell!(order.gross_amount)],
    );
    /// What the `charges` of all lines come to: what is charged when the order is carried out at once. Without tax, but where
    /// the prices have it in them. Null where that was not worked out for each line, or is too large to be written.
    charges_total = made_of::<Option<Money>, Money>(
        vec![
            cell!(order.currency).into(),
            rows!(OrderLine, below::lines_of_order, order_line.charges),
        ],
        charges_total,
    );
    /// The subscriptions that its lines act on, in the order of the lines. Empty before submission for purchases.
    subscriptions = many!(CustomerSubscription, below::subscriptions_of_order);
    /// The licenses that were issued because of the order, oldest first.
    licenses = many!(License, below::licenses_of_order, order_id);
    /// The invoices that it has to itself, oldest first: one, or another for what was carried out after it had been tried again. Empty
    /// where what it buys once is charged with the rest.
    invoices = many!(Invoice, below::invoices_of_order, order_id);
    /// What the caller may do to the order now.
    available_actions = personal::<Vec<AvailableAction>>(
        vec![
            cell!(order.status).into(),
            cell!(order.placed_by).into(),
            cell!(order.co_authors).into(),
            rows!(Approval, below::approvals_of_order, approval.id, approval.partner_id, approval.decision),
            rows!(Consent, below::consents_of_order, consent.approval_id, consent.person),
            cell!(order.payment_method).into(),
            cell!(payment_agreement.status by payment_agreement_id).into(),
            cell!(tenant.payment_required by tenant_id).into(),
        ],
        available_actions,
    );
    /// When it was submitted.
    submitted_at;
    /// When the last of the approvers said yes, or when it was clear that none was needed.
    approved_at;
    /// When it came to an end, whatever the end.
    ended_at;
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// What happened to the order and because of it, oldest first.
    history = page!(Event, history_of_order);
}

/// Several orders.
pub type Orders = FoundAll<Table>;

fn charges_total(given: &Given<'_, '_>) -> anyhow::Result<Shown> {
    let mut total = 0;
    for line in given.rows(1)? {
        let Some(charges) = line.json::<Charges>(0)? else { return Ok(Shown::Null) };
        total += charges.total();
    }
    let Ok(amount) = i64::try_from(total) else { return Ok(Shown::Null) };
    Ok(Shown::object(Money::new(amount, &given.some_text(0)?)))
}

/// What the caller may do, by the order's status and payment, who had a hand in it, the answers that it needs, and who has said
/// yes.
fn available_actions(given: &Given<'_, '_>, subject: &str) -> anyhow::Result<Shown> {
    let co_authors: Subjects = given.json(2)?.unwrap_or_default();
    let mut answered = Vec::new();
    for consent in given.rows(4)? {
        if consent.some_text(1)? == subject {
            answered.push(consent.id::<ApprovalId>(0)?);
        }
    }
    let mut waiting = Vec::new();
    for approval in given.rows(3)? {
        let is_pending = approval.word::<ApprovalDecision>(2)? == ApprovalDecision::Pending;
        if is_pending && !answered.contains(&approval.id::<ApprovalId>(0)?) {
            waiting.push(approval.id::<PartnerId>(1)?);
        }
    }
    let asker = Asker {
        movers: movers(given.role()),
        is_own: had_a_hand(&given.some_text(1)?, &co_authors.0, subject),
        approves_for: ApprovesFor::of(given.scope(), given.role()),
    };
    let is_payable = lets_submit(given.some_word(5)?, given.some_word(6)?, given.bool(7)?);
    let actions = available(given.word(0)?, is_payable, &waiting, asker);
    Ok(words(actions.into_iter().map(AvailableAction::from)))
}

/// Something that the caller may do to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "order_actions::AvailableAction")]
pub enum AvailableAction {
    /// Change the draft.
    Update,
    /// Delete the draft.
    Delete,
    /// Submit the draft.
    Submit,
    /// Say yes.
    Approve,
    /// Say no.
    Reject,
    /// Call the order off.
    Cancel,
    /// Have the failed lines tried again.
    Retry,
}
