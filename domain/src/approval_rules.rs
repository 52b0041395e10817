//! Which answers an order needs: from what it is and the rules there are to the levels.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{CustomerId, OrderAction, PartnerId, ProductId, approval_rule};

/// A partner in the chain above the customer, and whether it must agree to every order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainLink {
    pub partner_id: PartnerId,
    pub approval_required: bool,
}

/// What rules look at. What no rule asks for may be left unknown: zero, or nothing.
#[derive(Clone, Debug)]
pub struct OrderFacts {
    pub customer_id: CustomerId,
    /// The partners above the customer, from its own upwards.
    pub chain: Vec<ChainLink>,
    pub currency: String,
    pub gross_amount: i64,
    pub lines: Vec<LineFacts>,
    /// Whether an order of the customer has been approved before.
    pub bought_before: bool,
    /// Whether one has that was placed through the same partner.
    pub bought_of_partner_before: bool,
    /// What the customer owes in the order's currency, without the order.
    pub owed: i128,
}

#[derive(Clone, Debug)]
pub struct LineFacts {
    pub product_id: ProductId,
    pub vendor: String,
    pub action: OrderAction,
}

/// An answer that an order needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The partner that must give it; none: the seller.
    pub partner_id: Option<PartnerId>,
    /// What the rules are called that ask for it, in alphabetical order. Empty: a setting does, for every order.
    pub rules: Vec<String>,
    /// How many different people must say yes: as many as the rule wants that wants most.
    pub approvers_needed: i32,
    /// The shortest time that one of them gives; none: they give none.
    pub lapse_after_hours: Option<i32>,
    /// The shortest pause that one of them has; none: nobody is reminded.
    pub remind_every_hours: Option<i32>,
}

/// Who must answer, in the order of levels: partners from the customer's own upwards, then the seller. A level is asked for
/// by a setting, for every order, or by rules; it does not matter by how many, and in which order.
///
/// A partner's rules reach the orders that go through it.
pub fn levels(
    facts: &OrderFacts,
    seller_approves: bool,
    rules: &[approval_rule::Model],
) -> Vec<Level> {
    let partners = facts.chain.iter().map(|link| (Some(link.partner_id), link.approval_required));
    partners
        .chain([(None, seller_approves)])
        .filter_map(|(partner_id, is_always_asked)| {
            let mut asking: Vec<_> = rules
                .iter()
                .filter(|rule| rule.enabled && rule.approver_partner_id == partner_id)
                .filter(|rule| holds(rule, facts))
                .collect();
            asking.sort_by_key(|rule| (&rule.name, rule.id));
            (is_always_asked || !asking.is_empty()).then(|| Level {
                partner_id,
                // What a setting asks for, one can answer.
                approvers_needed: asking.iter().map(|rule| rule.approvers_needed).fold(1, i32::max),
                lapse_after_hours: asking.iter().filter_map(|rule| rule.lapse_after_hours).min(),
                remind_every_hours: asking.iter().filter_map(|rule| rule.remind_every_hours).min(),
                rules: asking.into_iter().map(|rule| rule.name.clone()).collect(),
            })
        })
        .collect()
}

/// Whether all conditions of a rule hold. An amount in another currency than the order's does not.
fn holds(rule: &approval_rule::Model, facts: &OrderFacts) -> bool {
    let gross = i128::from(facts.gross_amount);
    let amounts_are_reached = rule.currency.as_ref().is_none_or(|currency| {
        *currency == facts.currency
            && rule.minimum_amount.is_none_or(|minimum| gross >= i128::from(minimum))
            // What adds no debt goes beyond no limit.
            && rule
                .credit_limit
                .is_none_or(|limit| gross > 0 && facts.owed + gross > i128::from(limit))
    });
    let looks_at_lines =
        rule.product_id.is_some() || rule.vendor.is_some() || rule.action.is_some();
    let is_met_by = |line: &LineFacts| {
        rule.product_id.is_none_or(|product| product == line.product_id)
            && rule.vendor.as_ref().is_none_or(|vendor| *vendor == line.vendor)
            && rule.action.is_none_or(|action| action == line.action)
    };
    // What another partner sold is no business of a partner's.
    let is_first = match rule.approver_partner_id {
        None => !facts.bought_before,
        Some(_) => !facts.bought_of_partner_before,
    };
    amounts_are_reached
        && (!looks_at_lines || facts.lines.iter().any(is_met_by))
        && rule.customer_id.is_none_or(|customer| customer == facts.customer_id)
        && rule
            .partner_id
            .is_none_or(|partner| facts.chain.iter().any(|link| link.partner_id == partner))
        && (!rule.first_order || is_first)
}

/// Whether a rule looks at what the customer owes or has bought, whoever sold it.
pub fn looks_at_all_sales(rule: &approval_rule::Model) -> bool {
    rule.approver_partner_id.is_none() && (rule.credit_limit.is_some() || rule.first_order)
}

/// When whoever must answer is reminded next, after a reminder that was due at a moment. What was missed meanwhile is not
/// made up for.
pub fn next_reminder(due: DateTime<Utc>, every_hours: i32, now: DateTime<Utc>) -> DateTime<Utc> {
    let pause = TimeDelta::hours(i64::from(every_hours.max(1)));
    let missed = (now - due).num_seconds().max(0) / pause.num_seconds();
    due + TimeDelta::seconds(pause.num_seconds() * (missed + 1))
}

#[cfg(test)]
mod tests {
    use entity::{ApprovalRuleId, TenantId};
    use proptest::{collection::vec, option, prelude::*, sample::select};
    use uuid::Uuid;

    use super::*;

    const SELLER: Option<PartnerId> = None;

    fn uuid(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn partner(number: u128) -> PartnerId {
        PartnerId(uuid(number))
    }

    fn link(number: u128, approval_required: bool) -> ChainLink {
        ChainLink { partner_id: partner(number), approval_required }
    }

    /// A rule that asks for the seller's answer to every order.
    fn rule(name: &str) -> approval_rule::Model {
        approval_rule::Model {
            id: ApprovalRuleId(uuid(1)),
            tenant_id: TenantId(uuid(1)),
            name: name.to_owned(),
            enabled: true,
            approver_partner_id: SELLER,
            currency: None,
            minimum_amount: None,
            credit_limit: None,
            product_id: None,
            vendor: None,
            action: None,
            customer_id: None,
            partner_id: None,
            first_order: false,
            approvers_needed: 1,
            lapse_after_hours: None,
            remind_every_hours: None,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// Customer 1 buys product 1 of Fabrikam for 100.00 EUR through partner 1, which is below partner 2, and leaves a
    /// subscription of product 2 of Contoso.
    fn facts() -> OrderFacts {
        let line = |product, vendor: &str, action| LineFacts {
            product_id: ProductId(uuid(product)),
            vendor: vendor.to_owned(),
            action,
        };
        OrderFacts {
            customer_id: CustomerId(uuid(1)),
            chain: vec![link(1, false), link(2, false)],
            currency: "EUR".to_owned(),
            gross_amount: 10_000,
            lines: vec![
                line(1, "Fabrikam", OrderAction::Buy),
                line(2, "Contoso", OrderAction::Cancel),
            ],
            bought_before: true,
            bought_of_partner_before: false,
            owed: 500,
        }
    }

    fn asked(levels: &[Level]) -> Vec<Option<PartnerId>> {
        levels.iter().map(|level| level.partner_id).collect()
    }

    #[test]
    fn every_level_that_a_setting_asks_is_asked_the_seller_last() {
        let chain = vec![link(1, true), link(2, false), link(3, true)];
        let of = |chain, seller_approves| {
            let levels = levels(&OrderFacts { chain, ..facts() }, seller_approves, &[]);
            assert!(levels.iter().all(|it| it.rules.is_empty() && it.approvers_needed == 1));
            asked(&levels)
        };
        assert_eq!(of(chain.clone(), true), [Some(partner(1)), Some(partner(3)), SELLER]);
        assert_eq!(of(chain, false), [Some(partner(1)), Some(partner(3))]);
        assert_eq!(of(Vec::new(), false), []);
    }

    #[test]
    fn a_rule_asks_where_its_condition_holds() {
        type Set = fn(&mut approval_rule::Model);
        let in_euro: Set = |rule| rule.currency = Some("EUR".to_owned());
        let nothing: Set = |_| {};
        let of_partner: Set = |rule| rule.approver_partner_id = Some(partner(1));
        let table: &[(&str, Set, Set, bool)] = &[
            ("always", nothing, nothing, true),
            ("as much", in_euro, |rule| rule.minimum_amount = Some(10_000), true),
            ("more", in_euro, |rule| rule.minimum_amount = Some(10_001), false),
            (
                "other money",
                |rule| rule.currency = Some("DKK".to_owned()),
                |rule| rule.minimum_amount = Some(1),
                false,
            ),
            ("within the limit", in_euro, |rule| rule.credit_limit = Some(10_500), false),
            ("over the limit", in_euro, |rule| rule.credit_limit = Some(10_499), true),
            ("product", nothing, |rule| rule.product_id = Some(ProductId(uuid(2))), true),
            ("other product", nothing, |rule| rule.product_id = Some(ProductId(uuid(3))), false),
            ("vendor", nothing, |rule| rule.vendor = Some("Contoso".to_owned()), true),
            ("other vendor", nothing, |rule| rule.vendor = Some("contoso".to_owned()), false),
            ("action", nothing, |rule| rule.action = Some(OrderAction::Cancel), true),
            ("other action", nothing, |rule| rule.action = Some(OrderAction::Change), false),
            (
                "of two lines",
                |rule| rule.product_id = Some(ProductId(uuid(1))),
                |rule| rule.action = Some(OrderAction::Cancel),
                false,
            ),
            ("customer", nothing, |rule| rule.customer_id = Some(CustomerId(uuid(1))), true),
            ("other customer", nothing, |rule| rule.customer_id = Some(CustomerId(uuid(2))), false),
            ("partner above", nothing, |rule| rule.partner_id = Some(partner(2)), true),
            ("other partner", nothing, |rule| rule.partner_id = Some(partner(3)), false),
            ("bought before", nothing, |rule| rule.first_order = true, false),
            ("bought elsewhere", of_partner, |rule| rule.first_order = true, true),
            ("not enabled", nothing, |rule| rule.enabled = false, false),
            ("a partner's", nothing, |rule| rule.approver_partner_id = Some(partner(2)), true),
            ("another's", nothing, |rule| rule.approver_partner_id = Some(partner(3)), false),
        ];
        for (name, set, also_set, asks) in table {
            let mut rule = rule(name);
            set(&mut rule);
            also_set(&mut rule);
            let expected: Vec<_> = asks.then_some(rule.approver_partner_id).into_iter().collect();
            assert_eq!(asked(&levels(&facts(), false, &[rule])), expected, "{name}");
        }
    }

    #[test]
    fn rules_of_one_level_ask_once_with_the_shortest_times_for_the_most_people() {
        let rules = [
            approval_rule::Model {
                approvers_needed: 3,
                lapse_after_hours: Some(48),
                ..rule("Large")
            },
            approval_rule::Model {
                approvers_needed: 2,
                lapse_after_hours: Some(72),
                remind_every_hours: Some(6),
                ..rule("First")
            },
        ];
        let expected = Level {
            partner_id: SELLER,
            rules: vec!["First".to_owned(), "Large".to_owned()],
            approvers_needed: 3,
            lapse_after_hours: Some(48),
            remind_every_hours: Some(6),
        };
        assert_eq!(levels(&facts(), true, &rules), [expected]);
    }

    #[test]
    fn what_is_owed_may_be_more_than_an_amount_can_be() {
        let facts = OrderFacts { owed: i128::from(i64::MAX) + 1, ..facts() };
        let limit = approval_rule::Model {
            currency: Some("EUR".to_owned()),
            credit_limit: Some(i64::MAX),
            ..rule("Limit")
        };
        assert_eq!(asked(&levels(&facts, false, &[limit])), [SELLER]);
    }

    #[test]
    fn a_reminder_that_is_late_is_given_once() {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        for (now, next) in [(6, 12), (11, 12), (12, 18), (40, 42), (5, 12)] {
            assert_eq!(next_reminder(at(6), 6, at(now)), at(next), "at {now}");
        }
    }

    prop_compose! {
        fn any_rule()(
            id in 0..1000_u128,
            name in "[a-c]",
            enabled in any::<bool>(),
            approver in option::of(1..4_u128),
            amounts in option::of((select(vec!["EUR", "DKK"]), option::of(1..20_000_i64), option::of(0..20_000_i64))),
            product in option::of(1..3_u128),
            vendor in option::of(select(vec!["Fabrikam", "Contoso"])),
            action in option::of(select(OrderAction::ALL)),
            customer in option::of(1..3_u128),
            through in option::of(1..4_u128),
            first_order in any::<bool>(),
            approvers_needed in 1..4_i32,
            lapse_after_hours in option::of(1..100_i32),
            remind_every_hours in option::of(1..100_i32),
        ) -> approval_rule::Model {
            let (currency, minimum_amount, credit_limit) = match amounts {
                Some((currency, minimum, limit)) => (Some(currency.to_owned()), minimum, limit),
                None => (None, None, None),
            };
            approval_rule::Model {
                id: ApprovalRuleId(uuid(id)),
                enabled,
                approver_partner_id: approver.map(partner),
                currency,
                minimum_amount,
                credit_limit,
                product_id: product.map(|id| ProductId(uuid(id))),
                vendor: vendor.map(str::to_owned),
                action,
                customer_id: customer.map(|id| CustomerId(uuid(id))),
                partner_id: through.map(partner),
                first_order,
                approvers_needed,
                lapse_after_hours,
                remind_every_hours,
                ..rule(&name)
            }
        }
    }

    prop_compose! {
        fn any_facts()(
            required in vec(any::<bool>(), 0..3),
            currency in select(vec!["EUR", "DKK"]),
            gross_amount in -20_000..20_000_i64,
            owed in -20_000..20_000_i128,
            bought_before in any::<bool>(),
            bought_of_partner_before in any::<bool>(),
        ) -> OrderFacts {
            let chain = (1..).zip(required).map(|(id, required)| link(id, required)).collect();
            let currency = currency.to_owned();
            OrderFacts { chain, currency, gross_amount, bought_before, bought_of_partner_before, owed, ..facts() }
        }
    }

    proptest! {
        #[test]
        fn the_order_of_rules_does_not_matter(
            facts in any_facts(), seller in any::<bool>(), (rules, other) in vec(any_rule(), 0..6)
                .prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle())),
        ) {
            prop_assert_eq!(levels(&facts, seller, &rules), levels(&facts, seller, &other));
        }

        /// And never asks for less, or leaves more time.
        #[test]
        fn one_more_rule_touches_no_level_but_its_own(
            facts in any_facts(), seller in any::<bool>(), rules in vec(any_rule(), 0..6), more in any_rule(),
        ) {
            let before = levels(&facts, seller, &rules);
            let after = levels(&facts, seller, &[rules, vec![more.clone()]].concat());
            for level in &before {
                let same = after.iter().find(|it| it.partner_id == level.partner_id);
                let same = same.expect("a level is gone");
                if level.partner_id != more.approver_partner_id {
                    prop_assert_eq!(level, same);
                }
                let shorter = |before: Option<i32>, after: Option<i32>| {
                    before.is_none_or(|before| after.is_some_and(|after| after <= before))
                };
                prop_assert!(level.approvers_needed <= same.approvers_needed);
                prop_assert!(shorter(level.lapse_after_hours, same.lapse_after_hours));
                prop_assert!(shorter(level.remind_every_hours, same.remind_every_hours));
            }
        }

        #[test]
        fn levels_go_up_the_chain_and_each_comes_once(
            facts in any_facts(), seller in any::<bool>(), rules in vec(any_rule(), 0..6),
        ) {
            let asked = asked(&levels(&facts, seller, &rules));
            let mut possible = facts.chain.iter().map(|link| Some(link.partner_id)).chain([SELLER]);
            for level in &asked {
                prop_assert!(possible.any(|it| it == *level), "{asked:?}");
            }
            let always = facts.chain.iter().filter(|link| link.approval_required);
            for link in always {
                prop_assert!(asked.contains(&Some(link.partner_id)));
            }
            prop_assert!(!seller || asked.contains(&SELLER));
        }

        #[test]
        fn a_larger_order_is_asked_for_no_less(
            facts in any_facts(), rules in vec(any_rule(), 0..6), more in 0..20_000_i64,
        ) {
            let larger = OrderFacts { gross_amount: facts.gross_amount + more, ..facts.clone() };
            let larger = asked(&levels(&larger, false, &rules));
            for level in asked(&levels(&facts, false, &rules)) {
                prop_assert!(larger.contains(&level));
            }
        }
    }
}
