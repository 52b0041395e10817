//! Changes that wait for a renewal or a day: what becomes of them, and what is charged.

use entity::{
    EventKind, InvoiceKind, LicenseStatus, SubscriptionChangeStatus, SubscriptionId,
    SubscriptionStatus, event, license,
};
use ordergate::graphql::id::Id;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::shop::{Shop, id};
use crate::{
    on_both_databases,
    support::{database::Database, given},
};

use SubscriptionChangeStatus::{Executed, Failed, Pending, Replaced, Revoked};

on_both_databases!(
    a_new_change_on_renewal_takes_the_place_of_the_one_that_waits,
    a_change_on_a_day_takes_effect_with_its_first_moment,
    what_waits_can_be_taken_back,
    what_was_changed_undone_cancelled_and_undone_is_as_it_was,
    what_is_cancelled_on_renewal_ends_with_its_period,
    a_change_while_a_cancellation_waits_says_what_becomes_of_it,
    what_does_not_renew_expires,
    what_cannot_be_carried_out_on_its_day_fails_and_says_why,
    with_the_first_moment_of_a_period_a_cancellation_comes_before_the_renewal,
    another_offer_brings_its_edition,
    another_length_of_periods_begins_with_the_change_or_keeps_the_day,
    suspended_days_are_not_charged_where_that_stops_billing,
    the_day_is_the_sellers,
    months_and_years_return_to_their_day,
    what_cannot_be_right_is_refused_by_its_field,
    of_two_orders_at_once_one_is_refused,
);

async fn a_new_change_on_renewal_takes_the_place_of_the_one_that_waits(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-31T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    shop.pass("2027-02-10T12:00:00Z").await;
    for quantity in [9, 7] {
        let input = json!({ "id": sold, "quantity": quantity, "when": "ON_RENEWAL" });
        let line = shop.order("changeSubscription", input).await;
        assert_eq!(line["net"]["minorUnits"], (quantity * 3_100).to_string());
    }
    assert_eq!(statuses(&shop, &sold).await, [Replaced, Pending]);
    assert_eq!(shop.subscription(&sold).await.quantity, 5);
    assert_eq!(shop.charges(&sold).await, [15_500]);

    shop.pass("2027-02-28T08:00:00Z").await;
    assert_eq!(statuses(&shop, &sold).await, [Replaced, Executed]);
    let subscription = shop.subscription(&sold).await;
    assert_eq!((subscription.quantity, subscription.status), (7, SubscriptionStatus::Active));
    assert_eq!(shop.charges(&sold).await, [15_500, 21_700]);
    assert_eq!(
        told(&shop, &sold).await,
        [
            EventKind::ScheduledChangeCreated,
            EventKind::ScheduledChangeReplaced,
            EventKind::ScheduledChangeCreated,
            EventKind::ScheduledChangeExecuted,
        ]
    );
}

async fn a_change_on_a_day_takes_effect_with_its_first_moment(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    // The order waits until then, and the change for the day after.
    let input = json!({
        "id": sold, "quantity": 6, "when": "ON_DATE", "date": "2027-01-11",
        "startAt": "2027-01-05T12:00:00Z",
    });
    shop.order("changeSubscription", input).await;
    assert!(shop.scheduled(&sold).await.is_empty());
    shop.pass("2027-01-05T12:00:00Z").await;
    assert_eq!(statuses(&shop, &sold).await, [Pending]);
    // One of a kind for the renewal, and one for a day.
    let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", renewal).await;
    shop.pass("2027-01-10T23:59:59Z").await;
    assert_eq!(shop.subscription(&sold).await.quantity, 5);
    shop.pass("2027-01-11T00:00:00Z").await;
    assert_eq!(shop.subscription(&sold).await.quantity, 6);
    assert_eq!(statuses(&shop, &sold).await, [Executed, Pending]);
    // The change after it is as late as it likes.
    shop.pass("2027-02-03T09:00:00Z").await;
    assert_eq!(statuses(&shop, &sold).await, [Executed, Executed]);
    assert_eq!(shop.charges(&sold).await, [15_500, 2_100, 6_200]);
}

async fn what_waits_can_be_taken_back(database: Database) {
    let shop = Shop::open(database).await;
    let (customer, admin) = (&shop.world.customer, &shop.world.admin);
    let other = given::customer(&shop.app, &shop.world, "C-OTHER").await;
    let another_seller = given::world(&shop.app).await.admin;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", renewal.clone()).await;
    let waiting = Id(shop.scheduled(&sold).await[0].id).to_string();
    for stranger in [&other, &another_seller] {
        let error =
            shop.api.refused(stranger, "revokeScheduledChange", json!({ "id": waiting })).await;
        assert_eq!(error["code"], "SCHEDULED_CHANGE_NOT_FOUND");
        let error = shop.api.refused(stranger, "revokeCancellation", json!({ "id": sold })).await;
        assert_eq!(error["code"], "SUBSCRIPTION_NOT_FOUND");
    }
    let selection = "scheduledChange { status quantity when kind takesEffectOn
        subscription { id } orderLine { action } offer { id } }";
    let input = json!({ "id": waiting });
    let revoked = shop.api.done(customer, "revokeScheduledChange", input.clone(), selection).await;
    let expected = json!({
        "status": "REVOKED", "quantity": 2, "when": "ON_RENEWAL", "kind": "TERMS",
        "takesEffectOn": "2027-02-01", "subscription": { "id": sold },
        "orderLine": { "action": "CHANGE" }, "offer": null,
    });
    assert_eq!(revoked["scheduledChange"], expected);
    let error = shop.api.refused(admin, "revokeScheduledChange", input).await;
    assert_eq!(
        (&error["code"], &error["currentStatus"]),
        (&json!("SCHEDULED_CHANGE_NOT_PENDING"), &json!("REVOKED"),)
    );
    let next = shop.subscription(&sold).await.next_billing_at.unwrap();
    assert_eq!(next.to_rfc3339(), "2027-02-01T00:00:00+00:00");

    // One whose day has come is not taken back, although billing is late.
    shop.order("changeSubscription", renewal).await;
    let waiting = Id(shop.scheduled(&sold).await[1].id).to_string();
    shop.at("2027-02-01T00:00:00Z");
    let error = shop.api.refused(customer, "revokeScheduledChange", json!({ "id": waiting })).await;
    assert_eq!(error["currentStatus"], "EXECUTED");
    shop.app.run_jobs().await;
    assert_eq!(shop.charges(&sold).await, [15_500, 6_200]);
}

async fn what_was_changed_undone_cancelled_and_undone_is_as_it_was(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    shop.pass("2027-01-11T12:00:00Z").await;
    shop.change(&sold, 9).await;
    shop.change(&sold, 5).await;
    let end = json!({ "id": sold, "when": "ON_RENEWAL" });
    shop.order("cancelSubscription", end).await;
    let ending = shop.subscription(&sold).await;
    assert_eq!(ending.status, SubscriptionStatus::PendingCancel);
    assert_eq!(ending.ends_on.unwrap().to_string(), "2027-02-01");
    let input = json!({ "id": sold, "expectedVersion": ending.version });
    let selection = "subscription { status endsOn }";
    let going_on =
        shop.api.done(&shop.world.customer, "revokeCancellation", input, selection).await;
    assert_eq!(going_on["subscription"], json!({ "status": "ACTIVE", "endsOn": null }));
    let again = shop.refused("revokeCancellation", json!({ "id": sold })).await;
    assert_eq!(again.0, "SCHEDULED_CHANGE_NOT_PENDING");
    shop.pass("2027-02-01T12:00:00Z").await;
    let charges = shop.charges(&sold).await;
    assert_eq!((charges.iter().sum::<i64>(), charges.last()), (31_000, Some(&15_500)));
    assert_eq!(shop.subscription(&sold).await.status, SubscriptionStatus::Active);
}

async fn what_is_cancelled_on_renewal_ends_with_its_period(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    // What waits for the same day comes to nothing.
    let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", renewal).await;
    shop.order("cancelSubscription", json!({ "id": sold, "when": "ON_RENEWAL" })).await;
    // An earlier day instead.
    let earlier = json!({ "id": sold, "when": "ON_DATE", "date": "2027-01-21" });
    shop.order("cancelSubscription", earlier).await;
    assert_eq!(statuses(&shop, &sold).await, [Pending, Replaced, Pending]);
    shop.order("cancelSubscription", json!({ "id": sold, "when": "ON_RENEWAL" })).await;
    assert_eq!(license_of(&shop, &sold).await.status, LicenseStatus::Active);

    shop.pass("2027-02-01T00:00:00Z").await;
    assert_eq!(statuses(&shop, &sold).await, [Failed, Replaced, Replaced, Executed]);
    let ended = shop.subscription(&sold).await;
    assert_eq!(ended.status, SubscriptionStatus::Terminated);
    assert_eq!(ended.next_billing_at, None);
    assert_eq!(license_of(&shop, &sold).await.status, LicenseStatus::Terminated);
    shop.pass("2027-06-01T00:00:00Z").await;
    assert_eq!(shop.charges(&sold).await, [15_500]);
    assert_eq!(moves(&shop, &sold).await[1..], ["PENDING_CANCEL", "TERMINATED"]);
}

/// V191.
async fn a_change_while_a_cancellation_waits_says_what_becomes_of_it(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let mut sold = Vec::new();
    for _ in 0..2 {
        let subscription = shop.buy(&offer, 5).await.subscription;
        let end = json!({ "id": subscription, "when": "ON_RENEWAL" });
        shop.order("cancelSubscription", end).await;
        sold.push(subscription);
    }
    let [kept, revoked] = &sold[..] else { panic!("{sold:?}") };
    shop.pass("2027-01-11T12:00:00Z").await;
    let change = |id: &Value, choice: Value| json!({ "id": id, "quantity": 6, "pendingCancellation": choice });
    let refused = shop.refused("changeSubscription", change(kept, json!(null))).await;
    assert_eq!(refused, ("CANCELLATION_PENDING".to_owned(), "pendingCancellation".to_owned()));
    // It would come after the end.
    let too_late =
        json!({ "id": kept, "quantity": 6, "when": "ON_RENEWAL", "pendingCancellation": "KEEP" });
    let refused = shop.refused("changeSubscription", too_late).await;
    assert_eq!(refused.0, "SUBSCRIPTION_NOT_MODIFIABLE");

    shop.order("changeSubscription", change(kept, json!("KEEP"))).await;
    shop.order("changeSubscription", change(revoked, json!("REVOKE"))).await;
    let status = async |id| shop.subscription(id).await.status;
    assert_eq!(status(kept).await, SubscriptionStatus::PendingCancel);
    assert_eq!(status(revoked).await, SubscriptionStatus::Active);
    assert_eq!(moves(&shop, revoked).await[1..], ["PENDING_CANCEL", "ACTIVE"]);
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(status(kept).await, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(kept).await, [15_500, 2_100]);
    assert_eq!(shop.charges(revoked).await, [15_500, 2_100, 18_600]);
}

async fn what_does_not_renew_expires(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    let set = |renews: bool| json!({ "id": sold, "autoRenew": renews });
    assert_eq!(shop.refused("setAutoRenew", set(true)).await.1, "autoRenew");
    shop.order("setAutoRenew", set(false)).await;
    let subscription = shop.subscription(&sold).await;
    assert_eq!((subscription.auto_renew, subscription.status), (false, SubscriptionStatus::Active));
    assert_eq!(subscription.ends_on.unwrap().to_string(), "2027-02-01");
    shop.order("setAutoRenew", set(true)).await;
    let subscription = shop.subscription(&sold).await;
    assert_eq!((subscription.auto_renew, subscription.ends_on), (true, None));
    assert_eq!(statuses(&shop, &sold).await, [Revoked]);
    shop.pass("2027-02-01T12:00:00Z").await;
    shop.order("setAutoRenew", set(false)).await;
    shop.pass("2027-03-01T12:00:00Z").await;
    let expired = shop.subscription(&sold).await;
    assert_eq!((expired.auto_renew, expired.status), (false, SubscriptionStatus::Expired));
    assert_eq!(shop.charges(&sold).await, [15_500, 15_500]);
}

/// APG-25.
async fn what_cannot_be_carried_out_on_its_day_fails_and_says_why(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", renewal).await;
    shop.order("suspendSubscription", json!({ "id": sold })).await;
    // What is suspended can end, whatever else waits.
    let end = json!({ "id": sold, "when": "ON_DATE", "date": "2027-03-01" });
    shop.order("cancelSubscription", end).await;
    shop.pass("2027-02-01T12:00:00Z").await;
    let changes = shop.scheduled(&sold).await;
    let failed = &changes[0];
    assert_eq!(failed.status, Failed);
    assert_eq!(
        failed.failure_reason.as_deref(),
        Some("The subscription is SUSPENDED. Resume it first.")
    );
    assert_eq!(shop.subscription(&sold).await.quantity, 5);
    let events = told(&shop, &sold).await;
    assert!(events.contains(&EventKind::ScheduledChangeFailed), "{events:?}");
    shop.pass("2027-03-01T12:00:00Z").await;
    assert_eq!(shop.subscription(&sold).await.status, SubscriptionStatus::Terminated);
    assert_eq!(shop.charges(&sold).await, [15_500, 15_500]);
}

async fn with_the_first_moment_of_a_period_a_cancellation_comes_before_the_renewal(
    database: Database,
) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T00:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let (early, late) =
        (shop.buy(&offer, 5).await.subscription, shop.buy(&offer, 5).await.subscription);
    for sold in [&early, &late] {
        let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
        shop.order("changeSubscription", renewal).await;
    }
    shop.at("2027-02-01T00:00:00Z");
    shop.order("cancelSubscription", json!({ "id": early })).await;
    assert_eq!(shop.charges(&early).await, [15_500]);
    assert_eq!(statuses(&shop, &early).await, [Failed, Executed]);
    shop.at("2027-02-01T00:00:01Z");
    shop.order("cancelSubscription", json!({ "id": late })).await;
    assert_eq!(shop.charges(&late).await, [15_500, 6_200, -6_200]);
    assert_eq!(statuses(&shop, &late).await, [Executed, Executed]);
}

async fn another_offer_brings_its_edition(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let small = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&small, 5).await.subscription;
    let large = shop.edition("Large").await;
    let terms = json!({ "editionId": large });
    let large_offer = shop.offer_with("RECURRING", Some("MONTHLY"), "6200", &terms).await;
    shop.pass("2027-01-11T12:00:00Z").await;
    let change = json!({ "id": sold, "offerId": large_offer });
    let selection = "order { lines { offer { id } previousOffer { id } quantity when } }";
    let customer = &shop.world.customer;
    let ordered = shop.api.done(customer, "changeSubscription", change, selection).await;
    let line = json!({
        "offer": { "id": large_offer }, "previousOffer": { "id": small }, "quantity": 5, "when": "NOW",
    });
    assert_eq!(ordered["order"]["lines"], json!([line]));
    shop.app.run_jobs().await;
    let license = license_of(&shop, &sold).await;
    assert_eq!((json!(Id(license.edition_id).to_string()), license.user_limit), (large, 5));
    let subscription = shop.subscription(&sold).await;
    assert_eq!((subscription.unit_amount, subscription.quantity), (6_200, 5));
    assert_eq!(shop.charges(&sold).await, [15_500, -10_500, 21_000]);
    shop.pass("2027-02-01T12:00:00Z").await;
    assert_eq!(shop.charges(&sold).await[3..], [31_000]);
}

async fn another_length_of_periods_begins_with_the_change_or_keeps_the_day(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let (new, kept) =
        (shop.buy(&monthly, 1).await.subscription, shop.buy(&monthly, 1).await.subscription);
    shop.pass("2027-01-11T12:00:00Z").await;
    for (sold, keep) in [(&new, false), (&kept, true)] {
        // What waits for the renewal goes with it.
        let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
        shop.order("changeSubscription", renewal).await;
        let change = json!({ "id": sold, "offerId": yearly, "keepAnchor": keep });
        shop.order("changeSubscription", change).await;
    }
    let charges = async |sold| {
        let mut charges = shop.charges(sold).await;
        charges.sort_unstable();
        charges
    };
    assert_eq!(charges(&new).await, [-2_100, 3_100, 36_500]);
    assert_eq!(charges(&kept).await, [-2_100, 3_100, 35_500]);
    let day = async |sold| shop.scheduled(sold).await[0].takes_effect_on.to_string();
    assert_eq!(day(&new).await, "2028-01-11");
    assert_eq!(day(&kept).await, "2028-01-01");
}

async fn suspended_days_are_not_charged_where_that_stops_billing(database: Database) {
    let shop = Shop::open(database).await;
    let settings = json!({ "suspensionBilling": "STOPS" });
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
    shop.at("2027-01-01T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let sold = shop.buy(&offer, 1).await.subscription;
    let renewal = json!({ "id": sold, "quantity": 2, "when": "ON_RENEWAL" });
    shop.order("changeSubscription", renewal).await;
    shop.pass("2027-01-11T12:00:00Z").await;
    shop.order("suspendSubscription", json!({ "id": sold })).await;
    shop.pass("2027-02-10T12:00:00Z").await;
    assert_eq!(statuses(&shop, &sold).await, [Failed, Executed]);
    shop.order("resumeSubscription", json!({ "id": sold })).await;
    shop.pass("2027-03-10T12:00:00Z").await;
    // January's last 21 days are given back; February is charged from the 10th on.
    let charges = shop.charges(&sold).await;
    assert_eq!(charges.iter().sum::<i64>(), 3_100 - 2_100 + 2_104 + 3_100, "{charges:?}");
}

/// 23:30 in Berlin is the day before in UTC's terms, and the day itself in the seller's.
async fn the_day_is_the_sellers(database: Database) {
    let shop = Shop::open(database).await;
    let settings = json!({ "timeZone": "Europe/Berlin", "creditBy": "CREDIT_NOTE" });
    shop.api.done(&shop.world.admin, "updateTenantSettings", settings, "").await;
    shop.at("2027-05-31T22:30:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3000").await;
    // 1 June there.
    let sold = shop.buy(&offer, 5).await.subscription;
    let over = json!({ "id": sold, "quantity": 6, "when": "ON_DATE", "date": "2027-05-31" });
    assert_eq!(shop.refused("changeSubscription", over).await.1, "date");
    shop.pass("2027-06-10T21:30:00Z").await;
    let today = json!({ "id": sold, "quantity": 6, "when": "ON_DATE", "date": "2027-06-10" });
    shop.order("changeSubscription", today).await;
    assert_eq!(shop.subscription(&sold).await.quantity, 6);
    // Twice in a day.
    shop.change(&sold, 4).await;
    let lines = shop.lines(&sold).await;
    let told: Vec<_> =
        lines.iter().map(|line| (line.starts_on.unwrap().to_string(), line.net_amount)).collect();
    let line = |day: &str, amount| (day.to_owned(), amount);
    let expected =
        [line("2027-06-01", 15_000), line("2027-06-10", 2_100), line("2027-06-10", -4_200)];
    for expected in expected {
        assert!(told.contains(&expected), "{told:?}");
    }
    let credit = lines.iter().find(|line| line.net_amount < 0).unwrap();
    assert_eq!(shop.document(credit.invoice_id).await.kind, InvoiceKind::CreditNote);
    // With the first moment of July there.
    shop.order("cancelSubscription", json!({ "id": sold, "when": "ON_RENEWAL" })).await;
    shop.pass("2027-06-30T21:59:59Z").await;
    assert_eq!(shop.subscription(&sold).await.status, SubscriptionStatus::PendingCancel);
    shop.pass("2027-06-30T22:00:00Z").await;
    assert_eq!(shop.subscription(&sold).await.status, SubscriptionStatus::Terminated);
}

async fn months_and_years_return_to_their_day(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2028-01-31T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let of_month = shop.buy(&monthly, 1).await.subscription;
    shop.at("2028-02-29T12:00:00Z");
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let of_year = shop.buy(&yearly, 1).await.subscription;
    let later = async |sold: &Value| {
        let input = json!({ "id": sold, "when": "ON_RENEWAL", "quantity": 2 });
        shop.order("changeSubscription", input).await;
        shop.scheduled(sold).await.last().unwrap().takes_effect_on.to_string()
    };
    assert_eq!(later(&of_month).await, "2028-03-31");
    assert_eq!(later(&of_year).await, "2029-02-28");
    shop.pass("2029-03-01T12:00:00Z").await;
    assert_eq!(shop.charges(&of_year).await, [36_500, 73_000]);
    let charges = shop.charges(&of_month).await;
    assert_eq!((charges.len(), charges.iter().sum::<i64>()), (14, 2 * 3_100 + 12 * 6_200));
}

async fn what_cannot_be_right_is_refused_by_its_field(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-11T12:00:00Z");
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let once = shop.instant("ONE_TIME", None, "500").await;
    let of_another = shop.manual("MONTHLY", "3100").await;
    let sold = shop.buy(&offer, 5).await.subscription;
    let bought_once = shop.buy(&once, 5).await.subscription;
    for (mutation, input, code, field) in [
        ("changeSubscription", json!({}), "VALIDATION_FAILED", "quantity"),
        ("changeSubscription", json!({ "quantity": 5 }), "VALIDATION_FAILED", "quantity"),
        ("changeSubscription", json!({ "offerId": offer }), "VALIDATION_FAILED", "offerId"),
        ("changeSubscription", json!({ "offerId": once }), "OFFER_NOT_ORDERABLE", "offerId"),
        ("changeSubscription", json!({ "offerId": of_another }), "OFFER_NOT_ORDERABLE", "offerId"),
        ("changeSubscription", json!({ "quantity": 0 }), "QUANTITY_OUT_OF_RANGE", "quantity"),
        (
            "changeSubscription",
            json!({ "quantity": 6, "when": "ON_DATE" }),
            "VALIDATION_FAILED",
            "date",
        ),
        (
            "changeSubscription",
            json!({ "quantity": 6, "date": "2027-02-01" }),
            "VALIDATION_FAILED",
            "date",
        ),
        (
            "cancelSubscription",
            json!({ "when": "ON_DATE", "date": "2027-01-10" }),
            "VALIDATION_FAILED",
            "date",
        ),
        (
            "cancelSubscription",
            json!({ "when": "ON_DATE", "date": "2037-01-12" }),
            "VALIDATION_FAILED",
            "date",
        ),
        (
            "suspendSubscription",
            json!({ "when": "ON_RENEWAL", "date": "2027-02-01" }),
            "VALIDATION_FAILED",
            "date",
        ),
        ("resumeSubscription", json!({}), "SUBSCRIPTION_NOT_MODIFIABLE", "id"),
        (
            "changeSubscription",
            json!({ "quantity": 6, "expectedTotal": "3101" }),
            "PRICE_CHANGED",
            "expectedTotal",
        ),
        ("revokeCancellation", json!({}), "SCHEDULED_CHANGE_NOT_PENDING", "id"),
    ] {
        let mut input = input;
        input["id"] = sold.clone();
        let refused = shop.refused(mutation, input.clone()).await;
        assert_eq!(refused, (code.to_owned(), field.to_owned()), "{mutation} {input}");
    }
    for (mutation, input) in [
        ("suspendSubscription", json!({})),
        ("setAutoRenew", json!({ "autoRenew": false })),
        ("cancelSubscription", json!({ "when": "ON_RENEWAL" })),
        ("changeSubscription", json!({ "quantity": 6, "when": "ON_RENEWAL" })),
    ] {
        let mut input = input;
        input["id"] = bought_once.clone();
        let refused = shop.refused(mutation, input.clone()).await;
        assert_eq!(refused.0, "SUBSCRIPTION_NOT_RECURRING", "{mutation} {input}");
    }
}

async fn of_two_orders_at_once_one_is_refused(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.manual("MONTHLY", "3100").await;
    let bought = shop.buy(&offer, 5).await;
    shop.move_line("startOrderLine", &bought.line).await;
    shop.move_line("completeOrderLine", &bought.line).await;
    let ask = async |mutation: &str, when: &str| {
        let mut input = json!({ "id": bought.subscription, "when": when });
        if mutation == "changeSubscription" {
            input["quantity"] = json!(7);
        }
        let payload = shop.api.run(&shop.world.customer, mutation, input, "").await;
        payload["userErrors"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect()
    };
    let (one, other): (Vec<Value>, Vec<Value>) =
        tokio::join!(ask("changeSubscription", "ON_RENEWAL"), ask("cancelSubscription", "NOW"));
    let mut refused = [one, other].concat();
    assert_eq!(refused.pop(), Some(json!("CHANGE_ALREADY_PENDING")));
    assert_eq!(refused, Vec::<Value>::new());
}

async fn statuses(shop: &Shop, subscription: &Value) -> Vec<SubscriptionChangeStatus> {
    shop.scheduled(subscription).await.iter().map(|change| change.status).collect()
}

/// What the log tells of changes that wait.
async fn told(shop: &Shop, subscription: &Value) -> Vec<EventKind> {
    let kinds = events(shop, subscription).await.into_iter().map(|event| event.kind);
    kinds
        .filter(|kind| {
            [
                EventKind::ScheduledChangeCreated,
                EventKind::ScheduledChangeExecuted,
                EventKind::ScheduledChangeReplaced,
                EventKind::ScheduledChangeRevoked,
                EventKind::ScheduledChangeFailed,
            ]
            .contains(kind)
        })
        .collect()
}

/// The statuses that a subscription came to have.
async fn moves(shop: &Shop, subscription: &Value) -> Vec<String> {
    let moved = events(shop, subscription).await.into_iter();
    moved
        .filter(|event| event.kind == EventKind::SubscriptionStatusChanged)
        .filter_map(|event| event.to_status)
        .collect()
}

async fn events(shop: &Shop, subscription: &Value) -> Vec<event::Model> {
    shop.app.all_positions_given().await;
    event::Entity::find()
        .filter(event::Column::SubjectId.eq(id::<SubscriptionId>(subscription).0))
        .order_by_asc(event::Column::Position)
        .all(shop.app.app.store.readers())
        .await
        .unwrap()
}

async fn license_of(shop: &Shop, subscription: &Value) -> license::Model {
    license::Entity::find()
        .filter(license::Column::SubscriptionId.eq(id::<SubscriptionId>(subscription)))
        .one(shop.app.app.store.readers())
        .await
        .unwrap()
        .unwrap()
}
