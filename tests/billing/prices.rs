//! Prices that are not the same for each unit: order, preview and invoice say the same of them.

use ordergate::graphql::id::Id;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::shop::{Bought, Shop};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    what_so_many_units_cost_is_ordered_and_billed,
    a_change_costs_the_difference_of_two_whole_amounts,
    previews_orders_and_invoices_agree_for_any_tiers,
    what_was_sold_keeps_its_tiers,
    what_is_wrong_with_a_price_is_told_by_its_field,
);

/// A row of a price table, in cents.
fn tier(up_to: Option<i32>, unit: i64, flat: i64) -> Value {
    json!({ "upTo": up_to, "unitAmount": unit.to_string(), "flatAmount": flat.to_string() })
}

fn priced(model: &str, tiers: &[Value]) -> Value {
    json!({ "currency": "EUR", "taxBasisPoints": 2_500, "model": model, "tiers": tiers })
}

async fn offer(shop: &Shop, price: &Value) -> Value {
    let terms = json!({ "prices": [price] });
    shop.offer_with("RECURRING", Some("MONTHLY"), "0", &terms).await
}

fn minor_units(money: &Value) -> i64 {
    money["minorUnits"].as_str().unwrap().parse().unwrap()
}

/// Its number, a price, and what so many units cost.
type Example = (&'static str, Value, Vec<(i32, i64)>);

/// The examples of price tables.
fn examples() -> Vec<Example> {
    let three = [tier(Some(5), 700, 0), tier(Some(10), 650, 0), tier(None, 600, 0)];
    let graduated = [tier(Some(10), 1_000, 200), tier(Some(20), 500, 300), tier(None, 500, 300)];
    let cliff = [tier(Some(100), 200, 1_000), tier(Some(200), 100, 0), tier(None, 50, 5_000)];
    let mixed = [tier(Some(25), 990, 1_500), tier(Some(100), 750, 0), tier(None, 420, 0)];
    let packages = |up_to: Option<i32>, unit: i64, size: i32| {
        let mut tier = tier(up_to, unit, 0);
        tier["packageSize"] = json!(size);
        tier
    };
    let of_packages = [
        packages(Some(1_000), 100, 100),
        packages(Some(101_000), 100, 1_000),
        packages(None, 50, 1_000),
    ];
    let after_free = [tier(Some(10), 0, 0), packages(None, 10_000, 10)];
    let below_a_cent = [json!({ "unitAmount": "6", "flatAmount": "1000", "packageSize": 100 })];
    let usage = [tier(Some(10), 200, 0), tier(Some(20), 300, 0), tier(None, 500, 0)];
    let overage = [tier(Some(100), 0, 0), tier(None, 200, 0)];
    let limited = [tier(Some(10), 0, 12_000), tier(Some(20), 1_200, 0), tier(None, 0, 0)];
    let single = |model: &str, size: Option<i32>| {
        json!({
            "currency": "EUR", "taxBasisPoints": 2_500, "model": model, "unitAmount": "10000", "packageSize": size,
        })
    };
    vec![
        (
            "V158",
            priced("VOLUME", &three),
            vec![(5, 3_500), (6, 3_900), (20, 12_000), (25, 15_000)],
        ),
        ("V158", priced("TIERED", &three), vec![(6, 4_150), (20, 12_750), (25, 15_750)]),
        (
            "V159",
            priced("TIERED", &graduated),
            vec![(1, 1_200), (10, 10_200), (11, 11_000), (12, 11_500), (21, 16_300)],
        ),
        (
            "V160",
            priced("VOLUME", &cliff),
            vec![(1, 1_200), (100, 21_000), (101, 10_100), (200, 20_000), (300, 20_000)],
        ),
        ("V161", single("PACKAGE", Some(10)), vec![(1, 10_000), (10, 10_000), (121, 130_000)]),
        ("V161, 10 free", priced("TIERED", &after_free), vec![(10, 0), (121, 120_000)]),
        (
            "V163",
            priced("VOLUME", &of_packages),
            vec![(1_000, 1_000), (101_000, 10_100), (101_001, 5_100), (300_000, 15_000)],
        ),
        ("V163", priced("TIERED", &of_packages), vec![(5_325, 1_500)]),
        ("V164", priced("TIERED", &below_a_cent), vec![(65_000, 4_900)]),
        ("V165", priced("TIERED", &usage), vec![(15, 3_500)]),
        ("V166", priced("TIERED", &overage), vec![(100, 0), (130, 6_000)]),
        ("V167", priced("TIERED", &limited), vec![(10, 12_000), (25, 24_000)]),
        (
            "V168",
            priced("TIERED", &mixed),
            vec![(1, 2_490), (25, 26_250), (26, 27_000), (130, 95_100)],
        ),
        ("V168", priced("VOLUME", &mixed), vec![(25, 26_250), (26, 19_500), (130, 54_600)]),
        ("one amount for all", single("FLAT", None), vec![(1, 10_000), (99, 10_000)]),
        ("the same for each", single("PER_UNIT", None), vec![(1, 10_000), (3, 30_000)]),
    ]
}

async fn what_so_many_units_cost_is_ordered_and_billed(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-01-01T12:00:00Z");
    for (id, price, costs) in examples() {
        let model = price.get("model").unwrap().clone();
        let lines = costs.iter().map(|(quantity, _)| quantity);
        let offer = offer(&shop, &price).await;
        let lines: Vec<_> = lines.map(|it| json!({ "offerId": offer, "quantity": it })).collect();
        let input = json!({ "lines": lines, "submit": true });
        let document = "query Preview($input: CreateOrderInput!) { previewOrder(input: $input) {
            net { minorUnits } chargesTotal { minorUnits }
            lines { net { minorUnits } unitPrice { minorUnits } priceModel } userErrors { message } } }";
        let customer = &shop.world.customer;
        let asked = json!({ "input": input });
        let preview = shop.api.read(customer, document, asked).await["previewOrder"].take();
        let selection =
            "order { totals { net { minorUnits } } lines { net { minorUnits } priceModel
            unitPrice { minorUnits } subscription { id } } }";
        let order = shop.api.done(customer, "createOrder", input, selection).await["order"].take();
        shop.app.run_jobs().await;
        let total: i64 = costs.iter().map(|(_, cost)| cost).sum();
        assert_eq!(minor_units(&order["totals"]["net"]), total, "{id} {model}");
        assert_eq!(minor_units(&preview["net"]), total, "{id} {model}");
        assert_eq!(minor_units(&preview["chargesTotal"]), total, "{id} {model}");
        for (index, (quantity, cost)) in costs.into_iter().enumerate() {
            let (line, previewed) = (&order["lines"][index], &preview["lines"][index]);
            let told = |line: &Value| {
                (
                    minor_units(&line["net"]),
                    minor_units(&line["unitPrice"]),
                    line["priceModel"].clone(),
                )
            };
            assert_eq!(told(previewed), told(line), "{id} {model} {quantity}");
            assert_eq!((told(line).0, told(line).2), (cost, model.clone()), "{id} {quantity}");
            let subscription = &line["subscription"]["id"];
            let billed = shop.lines(subscription).await;
            let [billed] = billed.as_slice() else {
                assert_eq!((billed.len(), cost), (0, 0), "{id} {model} {quantity}");
                continue;
            };
            assert_eq!(billed.net_amount, cost, "{id} {model} {quantity}");
            assert_eq!(billed.billed_quantity, Some(quantity), "{id} {model}");
            let printed = i64::from(billed.quantity) * billed.unit_amount;
            assert_eq!(printed, cost, "{id} {model} {quantity}: what is printed does not come out");
        }
    }
}

/// V169: four units more are not units one to four.
async fn a_change_costs_the_difference_of_two_whole_amounts(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-04-01T12:00:00Z");
    let three = [tier(Some(5), 700, 0), tier(Some(10), 650, 0), tier(None, 600, 0)];
    let bought = shop.buy(&offer(&shop, &priced("TIERED", &three)).await, 8).await;
    shop.at("2027-04-16T12:00:00Z");
    assert_eq!(shop.changed(&bought, 12).await, 1_250);
    shop.pass("2027-05-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [5_450, 1_250, 7_950]);

    // More of what has one price for all costs nothing; a cliff gives something back.
    let flat = json!({ "currency": "EUR", "taxBasisPoints": 2_500, "model": "FLAT", "unitAmount": "4900" });
    let flat = shop.buy(&offer(&shop, &flat).await, 2).await;
    let cliff = [tier(Some(100), 300, 0), tier(None, 100, 0)];
    let cliff = shop.buy(&offer(&shop, &priced("VOLUME", &cliff)).await, 100).await;
    assert_eq!(shop.changed(&flat, 9).await, 0);
    assert_eq!(shop.changed(&cliff, 150).await, 15_000 - 30_000);
}

impl Shop {
    /// Changes a quantity, and gives what all said that it charges.
    async fn changed(&self, bought: &Bought, quantity: i32) -> i64 {
        let change = json!({ "id": bought.subscription, "quantity": quantity });
        let document = "query Preview($input: PreviewSubscriptionChangeInput!) {
            previewSubscriptionChange(input: $input) { net { minorUnits } userErrors { message } } }";
        let asked = json!({ "input": change });
        let preview = self.api.read(&self.world.customer, document, asked).await;
        let previewed = minor_units(&preview["previewSubscriptionChange"]["net"]);
        let before: i64 = self.charges(&bought.subscription).await.iter().sum();
        let line = self.order("changeSubscription", change).await;
        let charged = self.charges(&bought.subscription).await.iter().sum::<i64>() - before;
        assert_eq!((previewed, minor_units(&line["net"])), (charged, charged), "to {quantity}");
        charged
    }
}

/// What units cost by tiers, counted one by one.
fn counted(model: &str, tiers: &[(Option<i32>, i64, i64)], quantity: i32) -> i64 {
    let tier_of =
        |unit: i32| tiers.iter().find(|(up_to, ..)| up_to.is_none_or(|last| unit <= last)).unwrap();
    if model == "VOLUME" {
        let (_, unit, flat) = tier_of(quantity);
        return unit * i64::from(quantity) + flat;
    }
    let units: i64 = (1..=quantity).map(|unit| tier_of(unit).1).sum();
    let firsts = (1..=quantity).filter(|unit| *unit == 1 || tier_of(*unit) != tier_of(unit - 1));
    units + firsts.map(|unit| tier_of(unit).2).sum::<i64>()
}

/// In months of 30 days, at prices of which days come out even, so that what is right can be counted.
async fn previews_orders_and_invoices_agree_for_any_tiers(database: Database) {
    let shop = Shop::open(database).await;
    let mut random = StdRng::seed_from_u64(158);
    shop.at("2027-04-01T12:00:00Z");
    let mut all = Vec::new();
    for round in 0..12 {
        let model = if round % 2 == 0 { "TIERED" } else { "VOLUME" };
        let mut last = 0;
        let mut tiers: Vec<(Option<i32>, i64, i64)> = Vec::new();
        for _ in 0..4 {
            last += random.random_range(1..8);
            let (unit, flat) = (random.random_range(0..100), random.random_range(0..20));
            tiers.push((Some(last), 30 * unit, 30 * flat));
        }
        tiers.last_mut().unwrap().0 = None;
        let price: Vec<_> =
            tiers.iter().map(|(up_to, unit, flat)| tier(*up_to, *unit, *flat)).collect();
        let offer = offer(&shop, &priced(model, &price)).await;
        let quantity = random.random_range(1..30);
        let bought = shop.buy(&offer, quantity).await;
        let charged = shop.charges(&bought.subscription).await;
        assert_eq!(charged, [counted(model, &tiers, quantity)], "{model} {tiers:?} {quantity}");
        all.push((model, tiers, quantity, bought));
    }
    for (day, left) in [(6, 25), (16, 15), (28, 3)] {
        shop.at(&format!("2027-04-{day:02}T12:00:00Z"));
        for (model, tiers, quantity, bought) in &mut all {
            let before = counted(model, tiers, *quantity);
            *quantity = (*quantity + random.random_range(1..29)) % 30 + 1;
            if shop.subscription(&bought.subscription).await.quantity == *quantity {
                continue;
            }
            let expected = (counted(model, tiers, *quantity) - before) * left / 30;
            assert_eq!(shop.changed(bought, *quantity).await, expected, "{model} {tiers:?}");
        }
    }
    shop.pass("2027-05-01T12:00:00Z").await;
    for (model, tiers, quantity, bought) in &all {
        let renewed = *shop.charges(&bought.subscription).await.last().unwrap();
        assert_eq!(renewed, counted(model, tiers, *quantity), "{model} {tiers:?} {quantity}");
    }
}

async fn what_was_sold_keeps_its_tiers(database: Database) {
    let shop = Shop::open(database).await;
    shop.at("2027-04-01T12:00:00Z");
    let three = [tier(Some(5), 700, 0), tier(Some(10), 650, 0), tier(None, 600, 0)];
    let offer = offer(&shop, &priced("TIERED", &three)).await;
    let bought = shop.buy(&offer, 6).await;
    let per_unit = json!({ "currency": "EUR", "taxBasisPoints": 2_500, "unitAmount": "900" });
    let update = json!({ "id": offer, "prices": [per_unit] });
    let selection =
        "offer { prices { model unitPrice { minorUnits } tiers { upTo } packageSize } }";
    let admin = &shop.world.admin;
    let changed = shop.api.done(admin, "updateOffer", update, selection).await;
    let told = json!([{
        "model": "PER_UNIT", "unitPrice": { "minorUnits": "900" }, "tiers": [], "packageSize": null,
    }]);
    assert_eq!(changed["offer"]["prices"], told);
    let later = shop.buy(&offer, 6).await;
    shop.pass("2027-05-01T12:00:00Z").await;
    assert_eq!(shop.charges(&bought.subscription).await, [4_150, 4_150]);
    assert_eq!(shop.charges(&later.subscription).await, [5_400, 5_400]);

    let update = json!({ "id": offer, "prices": [priced("VOLUME", &three)] });
    let selection = "offer { prices { model unitPrice { minorUnits }
        tiers { upTo unitPrice { formatted } flatPrice { formatted } packageSize } } }";
    let changed = shop.api.done(admin, "updateOffer", update, selection).await;
    let row = |up_to: Option<i32>, unit: &str| {
        json!({
            "upTo": up_to, "unitPrice": { "formatted": unit },
            "flatPrice": { "formatted": "0.00 EUR" }, "packageSize": null,
        })
    };
    let told = json!([{
        "model": "VOLUME", "unitPrice": { "minorUnits": "700" },
        "tiers": [row(Some(5), "7.00 EUR"), row(Some(10), "6.50 EUR"), row(None, "6.00 EUR")],
    }]);
    assert_eq!(changed["offer"]["prices"], told);
    let document =
        "query Run($id: ID!) { subscription(id: $id) { priceModel unitPrice { minorUnits } } }";
    let id = json!({ "id": bought.subscription });
    let read = shop.api.read(&shop.world.customer, document, id).await;
    let told = json!({ "priceModel": "TIERED", "unitPrice": { "minorUnits": "700" } });
    assert_eq!(read["subscription"], told);
}

async fn what_is_wrong_with_a_price_is_told_by_its_field(database: Database) {
    let shop = Shop::open(database).await;
    let offer = Id(shop.world.instant_offer).to_string();
    let open = tier(None, 100, 0);
    let with = |price: Value, field: &str, value: Value| {
        let mut price = price;
        price[field] = value;
        price
    };
    let per_unit = json!({ "currency": "EUR", "taxBasisPoints": 0, "unitAmount": "100" });
    for (price, field) in [
        (
            priced("TIERED", &[tier(Some(5), 1, 0), tier(Some(5), 1, 0), open.clone()]),
            "tiers.1.upTo",
        ),
        (priced("VOLUME", &[tier(Some(5), 1, 0), tier(Some(9), 1, 0)]), "tiers.1.upTo"),
        (priced("VOLUME", &[open.clone(), open.clone()]), "tiers.0.upTo"),
        (priced("TIERED", &[]), "tiers"),
        (priced("TIERED", &[tier(None, -1, 0)]), "tiers.0.unitAmount"),
        (priced("TIERED", &[tier(None, 1, -1)]), "tiers.0.flatAmount"),
        (
            with(priced("TIERED", std::slice::from_ref(&open)), "unitAmount", json!("5")),
            "unitAmount",
        ),
        (with(per_unit.clone(), "tiers", json!([open])), "tiers"),
        (with(per_unit.clone(), "unitAmount", Value::Null), "unitAmount"),
        (with(per_unit.clone(), "packageSize", json!(5)), "packageSize"),
        (with(per_unit.clone(), "model", json!("PACKAGE")), "packageSize"),
        (
            with(with(per_unit.clone(), "model", json!("PACKAGE")), "packageSize", json!(0)),
            "packageSize",
        ),
    ] {
        let input = json!({ "id": offer, "prices": [price] });
        let error = shop.api.refused(&shop.world.admin, "updateOffer", input).await;
        assert_eq!(error["code"], "VALIDATION_FAILED", "{field}");
        let named: Vec<_> =
            error["field"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(named.join("."), format!("prices.0.{field}"));
    }
    let huge = tier(None, i64::MAX, i64::MAX);
    let input = json!({ "id": offer, "prices": [priced("TIERED", &[huge])] });
    let error = shop.api.refused(&shop.world.admin, "updateOffer", input).await;
    assert_eq!(error["code"], "AMOUNT_TOO_LARGE");
    let dear = priced("TIERED", &[tier(None, i64::MAX / 4, 0)]);
    let input = json!({ "id": offer, "prices": [dear] });
    shop.api.done(&shop.world.admin, "updateOffer", input, "").await;
    let line = json!({ "offerId": offer, "quantity": 5 });
    let refused = shop.refused("createOrder", json!({ "lines": [line] })).await;
    assert_eq!(refused, ("AMOUNT_TOO_LARGE".to_owned(), "lines".to_owned()));
}
