//! A change of a subscription: one that waits for its day, or that has happened.

use entity::subscription_change;

use super::{CustomerSubscription, Offer, OrderLine};
use crate::{
    access,
    graphql::read::table::{Shows, object, one},
};

object! {
    /// A change of a subscription that waits for its day, or that has happened. The order that asked for it is done when it
    /// is registered. At most one of a kind waits for the next renewal, and at most one for a day.
    ScheduledChange of subscription_change(SubscriptionChangeId), seen as access::visible::<subscription_change::Entity>;

    /// The id of the change.
    id;
    /// The subscription that changes.
    subscription = one!(CustomerSubscription, subscription_change.subscription_id);
    /// Counts up within the subscription, in the order in which changes were asked for.
    change_number;
    /// The order line that asked for it.
    order_line = one!(OrderLine, subscription_change.order_line_id);
    /// What changes.
    kind;
    /// When it was to take effect.
    when = Shows::column("change_time", |row: &subscription_change::Model| &row.change_time);
    /// Where it is in its life.
    status;
    /// The day on which it takes effect, in the seller's time zone, with its first moment where it waits for the day. Where
    /// it waits for the renewal, it goes with that.
    takes_effect_on;
    /// How many units the subscription has from then on. Null: as many as before.
    quantity;
    /// The offer that the subscription has from then on. Null: the one that it had before.
    offer = one!(Offer, subscription_change.offer_id);
    /// Whether billing periods go on to begin on the same day.
    keep_anchor;
    /// Whether the subscription renews from then on. Null: that does not change.
    auto_renew;
    /// When it took effect. Null: it has not.
    executed_at;
    /// Why it could not take effect.
    failure_reason;
    /// When it was registered.
    created_at;
    /// When it was last changed.
    updated_at;
}
