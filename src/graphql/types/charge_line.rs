//! What is charged, before it is.

use entity::plan_instance::Charge;

use super::{Money, enums::ChargeType};
use crate::graphql::{
    read::shape::{Shown, shape},
    scalars::Day,
};

/// A line as it would be written on an invoice.
#[derive(Clone, Debug)]
pub struct ChargeLine {
    pub(in crate::graphql) charge: Charge,
    pub(in crate::graphql) currency: String,
}

/// A part of a billing period.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    days: i32,
    of_days: i32,
}

shape! {
    /// A line as it would be written on an invoice.
    ChargeLine;

    /// What is charged for.
    charge_type: ChargeType = |it| Shown::Word(it.charge.charge_type.as_str());
    /// What is charged for, in words.
    description: String = |it| it.charge.description.clone().into();
    /// The first day that it is about, in the seller's time zone.
    starts_on: Day = |it| it.charge.starts_on.to_string().into();
    /// The first day that it is no longer about. Null: it is about no days.
    ends_on: Option<Day> = |it| it.charge.ends_on.map(|day| day.to_string()).into();
    /// For how much of the billing period it is.
    share: Share, of Share = |it| Shown::object(Share {
        days: it.charge.share_days,
        of_days: it.charge.share_of_days,
    });
    /// How many units it is about; of a correction, how many more than before.
    quantity: i32 = |it| it.charge.quantity.into();
    /// What it comes to: without tax, but where the price has it in it. Below zero where something is taken back.
    amount: Money, of Money = |it| Shown::object(Money::new(it.charge.amount, &it.currency));
    /// How much less it comes to than without discounts. 0 for what is taken back.
    discount: Money, of Money = |it| Shown::object(Money::new(it.charge.discount, &it.currency));
    /// The day on which it is due, in the seller's time zone.
    due_on: Day = |it| it.charge.due_on.to_string().into();
}

shape! {
    /// A part of a billing period.
    Share;

    /// How many days are charged for.
    days: i32 = |it| it.days.into();
    /// How many days the billing period has.
    of_days: i32 = |it| it.of_days.into();
}
