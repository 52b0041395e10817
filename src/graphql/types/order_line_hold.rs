//! What a provisioner asked about an order line.

use entity::{order_line_hold, order_line_hold::Choices};

use super::{made, name};
use crate::{
    access::within_tenant,
    graphql::read::{
        shape::Shown,
        table::{cell, object},
    },
};

object! {
    /// What a provisioner asked about an order line, and what it was answered.
    OrderLineHold of order_line_hold(OrderLineHoldId), seen as within_tenant::<order_line_hold::Entity>;

    /// The id of the hold.
    id;
    /// Counts from 1 within the line.
    hold_number;
    /// What must be answered before the line can go on.
    question;
    /// The answers that the question has, one of which is to be given. Empty: any text.
    choices = made::<Vec<String>>(vec![cell!(order_line_hold.choices).into()], |given| {
        let Choices(choices) = given.json(0)?.unwrap_or_default();
        Ok(Shown::List(choices.into_iter().map(Shown::Text).collect()))
    });
    /// Who asked. Null where they spoke for a partner that the caller may not see.
    asked_by = name(cell!(order_line_hold.asked_by), cell!(order_line_hold.asked_by_partner_id));
    /// When it was asked.
    asked_at;
    /// What was answered. Null as long as nobody has, and where nothing was said.
    answer;
    /// Who answered. Null as long as nobody has, where the line failed instead, and where they spoke for a partner that the
    /// caller may not see.
    answered_by = name(cell!(order_line_hold.answered_by), cell!(order_line_hold.answered_by_partner_id));
    /// When the line went on, or failed. Null: the answer is waited for.
    ended_at;
}
