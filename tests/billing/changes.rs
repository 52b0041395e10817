//! Changes of quantity: what they cost, and what becomes of those that come too late.

use entity::{InvoiceKind, InvoiceStatus, OrderStatus, subscription_period};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::shop::{Shop, id};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    every_correction_is_a_share_of_the_whole_billing_period,
    up_and_down_in_one_day_comes_to_nothing,
    what_comes_to_less_than_nothing_is_issued_as_a_credit_note_or_set_off_later,
    what_was_missed_is_billed_before_a_change,
    a_change_that_people_carry_out_counts_from_the_day_on_which_they_do,
    what_was_bought_once_is_paid_for_once,
    an_order_is_taxed_as_what_is_sold_now,
    what_is_charged_by_use_is_not_charged_for_a_change,
    what_is_delivered_can_be_changed_while_its_order_waits_for_more,
    what_an_upgrade_gives_back_is_on_the_document_with_what_it_charges,
);

async fn every_correction_is_a_share_of_the_whole_billing_period(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    shop.at("2027-01-01T12:00:00Z");
    let bought = shop.buy(&offer, 5).await;
    for (time, quantity) in
        [("2027-01-11T12:00:00Z", 10), ("2027-01-21T12:00:00Z", 12), ("2027-01-31T12:00:00Z", 5)]
    {
        shop.at(time);
        shop.change(&bought.subscription, quantity).await;
    }
    assert_eq!(shop.charges(&bought.subscription).await, [15_500, 10_500, 2_200, -700]);
    let stretches: Vec<_> = stretches_of(&shop, &bought.subscription)
        .await
        .iter()
        .map(|stretch| {
            let day = |time: chrono::DateTime<chrono::Utc>| time.format("%m-%d").to_string();
            (day(stretch.starts_at), stretch.ends_at.map(day).unwrap(), stretch.quantity)
        })
        .collect();
    let stretch = |from: &str, until: &str, quantity| (from.into(), until.into(), quantity);
    let expected = [
        stretch("01-01", "01-11", 5),
        stretch("01-11", "01-21", 10),
        stretch("01-21", "01-31", 12),
        stretch("01-31", "02-01", 5),
    ];
    assert_eq!(stretches, expected);
}

/// Half a cent for each unit and what is left of the period: rounded step by step, somebody would earn by it.
async fn up_and_down_in_one_day_comes_to_nothing(database: Database) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "1").await;
    shop.at("2027-04-01T12:00:00Z");
    let bought = shop.buy(&offer, 7).await;
    for (time, quantity) in [
        ("2027-04-16T00:00:00Z", 8),
        ("2027-04-16T08:00:00Z", 9),
        // Two at the same moment.
        ("2027-04-16T08:00:00Z", 12),
        ("2027-04-16T20:00:00Z", 3),
        ("2027-04-16T23:59:59Z", 7),
    ] {
        shop.at(time);
        shop.change(&bought.subscription, quantity).await;
    }
    let charges = shop.charges(&bought.subscription).await;
    assert!(charges.len() > 3, "{charges:?}");
    assert_eq!(charges[1..].iter().sum::<i64>(), 0, "{charges:?}");

    shop.at("2027-04-20T12:00:00Z");
    shop.change(&bought.subscription, 27).await;
    let last = *shop.charges(&bought.subscription).await.last().unwrap();
    // 20 units for 11 of 30 days.
    assert_eq!(last, 7);
    let stretches = stretches_of(&shop, &bought.subscription).await;
    for pair in stretches.windows(2) {
        assert_eq!(pair[0].ends_at, Some(pair[1].starts_at));
    }
}

async fn what_comes_to_less_than_nothing_is_issued_as_a_credit_note_or_set_off_later(
    database: Database,
) {
    let shop = Shop::open(database).await;
    let offer = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    shop.at("2027-01-01T12:00:00Z");
    let bought = shop.buy(&offer, 100).await;
    shop.issue(&shop.invoice().await).await;
    shop.at("2027-01-11T12:00:00Z");
    shop.change(&bought.subscription, 90).await;
    let draft = shop.invoice().await;
    assert_eq!((draft.net_amount, draft.gross_amount), (-21_000, -26_250));

    shop.buy(&offer, 10).await;
    let draft = shop.invoice().await;
    assert_eq!(draft.net_amount, 31_000 - 21_000);
    let issued = shop.issue_draft().await;
    assert_eq!((issued.kind, issued.number.as_deref()), (InvoiceKind::Invoice, Some("INV-000002")));

    shop.at("2027-01-21T12:00:00Z");
    shop.change(&bought.subscription, 80).await;
    let credit_note = shop.issue_draft().await;
    assert_eq!(
        (credit_note.kind, credit_note.number.as_deref(), credit_note.net_amount),
        (InvoiceKind::CreditNote, Some("CN-000001"), -11_000)
    );
    assert_eq!((credit_note.status, credit_note.open_amount), (InvoiceStatus::Paid, 0));
}

async fn what_was_missed_is_billed_before_a_change(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "31000").await;
    let (of_month, of_year) = (shop.buy(&monthly, 5).await, shop.buy(&yearly, 5).await);
    let later = shop
        .change_with(json!({
            "id": of_month.subscription, "quantity": 6, "startAt": "2027-02-01T12:00:00Z",
        }))
        .await;
    assert_eq!(shop.outcome(&later).await.0, OrderStatus::Approved);

    shop.at("2027-02-02T12:00:00Z");
    shop.app.run_jobs().await;
    for change in [later, shop.change(&of_month.subscription, 7).await] {
        assert_eq!(shop.outcome(&change).await, (OrderStatus::Completed, None));
    }
    // February for five, and for each unit more 27 of its 28 days; together what both at once come to.
    let charges = shop.charges(&of_month.subscription).await;
    assert_eq!(charges, [15_500, 15_500, 2_989, 2_990]);

    shop.change(&of_year.subscription, 6).await;
    shop.at("2028-01-01T12:00:00Z");
    shop.change(&of_year.subscription, 7).await;
    let charges = shop.charges(&of_year.subscription).await;
    assert_eq!(charges, [155_000, 28_282, 186_000, 31_000]);
}

async fn a_change_that_people_carry_out_counts_from_the_day_on_which_they_do(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    let bought = shop.buy(&shop.manual("MONTHLY", "3100").await, 5).await;
    shop.move_line("startOrderLine", &bought.line).await;
    shop.move_line("completeOrderLine", &bought.line).await;
    let change = shop.change(&bought.subscription, 6).await;
    shop.move_line("startOrderLine", &change).await;
    shop.at("2027-02-01T12:00:00Z");
    shop.move_line("completeOrderLine", &change).await;
    assert_eq!(shop.outcome(&change).await, (OrderStatus::Completed, None));
    assert_eq!(shop.charges(&bought.subscription).await, [15_500, 15_500, 3_100]);
}

/// Also where another offer has been put in place of the one that was bought.
async fn an_order_is_taxed_as_what_is_sold_now(database: Database) {
    let shop = Shop::open(database).await;
    let mut offers = Vec::new();
    for (code, basis_points) in [("FULL", 2500), ("REDUCED", 700)] {
        let rates = json!([{ "validFrom": "2020-01-01", "basisPoints": basis_points }]);
        let input = json!({ "code": code, "name": code, "rates": rates });
        let made = shop.api.done(&shop.world.admin, "createTaxCode", input, "taxCode { id }").await;
        let price =
            json!({ "currency": "EUR", "unitAmount": "3100", "taxCodeId": made["taxCode"]["id"] });
        let terms = json!({ "prices": [price] });
        offers.push(shop.offer_with("RECURRING", Some("MONTHLY"), "0", &terms).await);
    }
    shop.at("2027-01-01T12:00:00Z");
    let bought = shop.buy(&offers[0], 5).await;
    shop.change_with(json!({ "id": bought.subscription, "offerId": offers[1] })).await;
    let input = json!({ "id": bought.subscription, "quantity": 6 });
    let selection = "order { totals { gross { minorUnits } } }";
    let ordered = shop.api.done(&shop.world.customer, "changeSubscription", input, selection).await;
    assert_eq!(ordered["order"]["totals"]["gross"]["minorUnits"], "3317");
    shop.app.run_jobs().await;
    let charged = shop.lines(&bought.subscription).await.pop().unwrap();
    assert_eq!((charged.net_amount, charged.tax_basis_points), (3_100, 700));
}

async fn what_was_bought_once_is_paid_for_once(database: Database) {
    let shop = Shop::open(database).await;
    let bought = shop.buy(&shop.instant("ONE_TIME", None, "500").await, 2).await;
    shop.at("2027-06-01T12:00:00Z");
    let mut ordered = Vec::new();
    for quantity in [5, 1, 3] {
        let input = json!({ "id": bought.subscription, "quantity": quantity });
        let selection = "order { totals { net { minorUnits } } }";
        let payload =
            shop.api.done(&shop.world.customer, "changeSubscription", input, selection).await;
        ordered.push(payload["order"]["totals"]["net"]["minorUnits"].clone());
        shop.app.run_jobs().await;
    }
    // What an order says is what is charged.
    assert_eq!(ordered, ["1500", "0", "1000"]);
    assert_eq!(shop.charges(&bought.subscription).await, [1_000, 1_500, 1_000]);
    assert_eq!(shop.subscription(&bought.subscription).await.quantity, 3);
}

async fn what_is_charged_by_use_is_not_charged_for_a_change(database: Database) {
    let shop = Shop::open(database).await;
    let bought = shop.buy(&shop.instant("USAGE", Some("MONTHLY"), "500").await, 2).await;
    let change = shop.change(&bought.subscription, 9).await;
    assert_eq!(shop.outcome(&change).await.0, OrderStatus::Completed);
    assert_eq!(shop.subscription(&bought.subscription).await.quantity, 9);
    assert!(shop.charges(&bought.subscription).await.is_empty());
}

async fn what_is_delivered_can_be_changed_while_its_order_waits_for_more(database: Database) {
    let shop = Shop::open(database).await;
    let instant = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let manual = shop.manual("MONTHLY", "100").await;
    let lines = json!([
        { "offerId": instant, "quantity": 5 }, { "offerId": manual, "quantity": 1 },
    ]);
    let bought = shop.buy_with(json!({ "lines": lines })).await;
    assert_eq!(shop.outcome(&bought.line).await.0, OrderStatus::Provisioning);
    let change = shop.change(&bought.subscription, 6).await;
    assert_eq!(shop.outcome(&change).await.0, OrderStatus::Completed);
}

async fn stretches_of(
    shop: &Shop,
    subscription: &serde_json::Value,
) -> Vec<subscription_period::Model> {
    subscription_period::Entity::find()
        .filter(
            subscription_period::Column::SubscriptionId
                .eq(id::<entity::SubscriptionId>(subscription)),
        )
        .order_by_asc(subscription_period::Column::PeriodNumber)
        .all(shop.app.app.store.readers())
        .await
        .unwrap()
}

/// An upgrade is no renewal: what it charges closes no draft.
async fn what_an_upgrade_gives_back_is_on_the_document_with_what_it_charges(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-10T12:00:00Z");
    let monthly = shop.instant("RECURRING", Some("MONTHLY"), "3100").await;
    let yearly = shop.instant("RECURRING", Some("YEARLY"), "36500").await;
    let bought = shop.buy(&monthly, 1).await;
    shop.issue_draft().await;
    shop.at("2027-01-20T12:00:00Z");
    shop.change_with(json!({ "id": bought.subscription, "offerId": yearly })).await;
    assert_eq!(shop.charges(&bought.subscription).await[1..], [-2_100, 36_500]);
    let [draft] = shop.drafts().await.try_into().unwrap();
    assert_eq!((draft.net_amount, draft.closes_on.to_string().as_str()), (34_400, "2027-02-01"));
    shop.pass("2028-01-20T12:00:00Z").await;
    let renewal = shop.invoice().await;
    let issued_on = renewal.issued_on.unwrap().to_string();
    assert_eq!((renewal.net_amount, issued_on.as_str()), (36_500, "2028-01-20"));
}
