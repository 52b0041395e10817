//! What an order may choose of a plan, and what it costs then.

use std::collections::HashSet;

use entity::{ComponentChoice, ProductId, plan};

/// Why a choice of components is not one that a plan allows. Positions are those in the list that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotChosen {
    /// The plan is sold as it is.
    NotAllowed,
    /// Nothing was chosen: to have all, nothing is said.
    Empty,
    /// The plan has no such product.
    NotInPlan(usize),
    /// The product was chosen before.
    Twice(usize),
    /// So many components are to be chosen, and not as many as were.
    OutOfRange {
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
}

/// Why another price is not one that a plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOverridden {
    /// The plan has its price.
    NotAllowed,
    /// It is not between these, both included.
    OutOfRange {
        /// The least, in minor units.
        least: i64,
        /// The most; none: there is no limit.
        most: Option<i64>,
    },
}

/// The products that an order has of a plan, in the plan's order: those that it chose, or all (IFS-05, IFS-06).
///
/// All that is wrong with the choice is told at once (IFS-07).
pub fn choose(
    plan: &plan::Model,
    products: &[ProductId],
    chosen: Option<&[ProductId]>,
) -> Result<Vec<ProductId>, Vec<NotChosen>> {
    let Some(chosen) = chosen else { return Ok(products.to_vec()) };
    let (least, most) = match plan.choice {
        ComponentChoice::None => return Err(vec![NotChosen::NotAllowed]),
        ComponentChoice::Any => (1, products.len()),
        ComponentChoice::Range => {
            let bound = |bound: Option<i32>| bound.and_then(|bound| usize::try_from(bound).ok());
            let most = bound(plan.max_components).unwrap_or(products.len());
            (bound(plan.min_components).unwrap_or(1), most)
        }
    };
    if chosen.is_empty() {
        return Err(vec![NotChosen::Empty]);
    }
    let mut wrong = Vec::new();
    let mut seen = HashSet::new();
    for (position, product) in chosen.iter().enumerate() {
        if !products.contains(product) {
            wrong.push(NotChosen::NotInPlan(position));
        } else if !seen.insert(*product) {
            wrong.push(NotChosen::Twice(position));
        }
    }
    if wrong.is_empty() && !(least..=most).contains(&chosen.len()) {
        wrong.push(NotChosen::OutOfRange { least, most });
    }
    if wrong.is_empty() {
        Ok(products.iter().copied().filter(|product| seen.contains(product)).collect())
    } else {
        Err(wrong)
    }
}

/// Whether an order may say this price of one unit and period. Zero is a price (IFS-10, IFS-13).
pub fn may_override(plan: &plan::Model, unit_amount: i64) -> Result<(), NotOverridden> {
    if !plan.allows_override {
        return Err(NotOverridden::NotAllowed);
    }
    let least = plan.override_minimum.unwrap_or(0);
    let most = plan.override_maximum;
    if unit_amount < least || most.is_some_and(|most| unit_amount > most) {
        return Err(NotOverridden::OutOfRange { least, most });
    }
    Ok(())
}

/// What a unit and period of a step costs that is shared out over its components; none: each costs what it does by itself.
///
/// The step's price is what the order says, or else the plan's own, or else what the components cost together. A trial stays
/// one whatever the order says; all other steps cost what it says, also those that are free otherwise (IFS-09, IFS-14).
pub fn step_price(own: Option<i64>, is_trial: bool, said: Option<i64>) -> Option<i64> {
    if is_trial { own } else { said.or(own) }
}

/// How many steps of a plan are its trial: those at its beginning that cost nothing and end. What is free later is no trial.
///
/// `steps` has for each step, the first one first, whether it costs nothing, and for how many periods it lasts.
pub fn trial_steps(steps: impl IntoIterator<Item = (bool, Option<u32>)>) -> usize {
    steps.into_iter().take_while(|(is_free, periods)| *is_free && periods.is_some()).count()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entity::{CatalogStatus, OfferId, PlanId, TenantId};
    use uuid::Uuid;

    use super::*;

    fn plan(choice: ComponentChoice, range: Option<(i32, i32)>) -> plan::Model {
        plan::Model {
            id: PlanId(Uuid::nil()),
            tenant_id: TenantId(Uuid::nil()),
            offer_id: OfferId(Uuid::nil()),
            partner_id: None,
            code: "TV".to_owned(),
            name: "TV".to_owned(),
            description: None,
            currency: "DKK".to_owned(),
            tax_inclusive: false,
            choice,
            min_components: range.map(|(least, _)| least),
            max_components: range.map(|(_, most)| most),
            allows_override: true,
            override_minimum: Some(1_000),
            override_maximum: Some(20_000),
            valid_from: None,
            valid_until: None,
            status: CatalogStatus::Active,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn products(numbers: &[u128]) -> Vec<ProductId> {
        numbers.iter().map(|number| ProductId(Uuid::from_u128(*number))).collect()
    }

    #[test]
    fn without_a_choice_there_is_everything_and_with_one_exactly_that() {
        let all = products(&[1, 2, 3]);
        let any = plan(ComponentChoice::Any, None);
        assert_eq!(choose(&any, &all, None), Ok(all.clone()));
        assert_eq!(choose(&any, &all, Some(&products(&[3, 1]))), Ok(products(&[1, 3])));
        let none = plan(ComponentChoice::None, None);
        assert_eq!(choose(&none, &all, None), Ok(all.clone()));
        assert_eq!(choose(&none, &all, Some(&all)), Err(vec![NotChosen::NotAllowed]));
    }

    #[test]
    fn all_that_is_wrong_with_a_choice_is_told_at_once() {
        let all = products(&[1, 2, 3]);
        let any = plan(ComponentChoice::Any, None);
        assert_eq!(choose(&any, &all, Some(&[])), Err(vec![NotChosen::Empty]));
        let wrong = choose(&any, &all, Some(&products(&[1, 4, 1])));
        assert_eq!(wrong, Err(vec![NotChosen::NotInPlan(1), NotChosen::Twice(2)]));
        let two = plan(ComponentChoice::Range, Some((2, 2)));
        let out = NotChosen::OutOfRange { least: 2, most: 2 };
        for few_or_many in [vec![1], vec![1, 2, 3]] {
            assert_eq!(choose(&two, &all, Some(&products(&few_or_many))), Err(vec![out]));
        }
        assert!(choose(&two, &all, Some(&products(&[1, 2]))).is_ok());
    }

    #[test]
    fn another_price_is_within_its_limits() {
        let mut plan = plan(ComponentChoice::None, None);
        let out = NotOverridden::OutOfRange { least: 1_000, most: Some(20_000) };
        for (amount, allowed) in
            [(999, Err(out)), (1_000, Ok(())), (20_000, Ok(())), (20_001, Err(out))]
        {
            assert_eq!(may_override(&plan, amount), allowed);
        }
        (plan.override_minimum, plan.override_maximum) = (None, None);
        assert_eq!(may_override(&plan, 0), Ok(()));
        plan.allows_override = false;
        assert_eq!(may_override(&plan, 0), Err(NotOverridden::NotAllowed));
    }

    #[test]
    fn what_is_said_holds_in_every_step_but_a_trial() {
        for (own, is_trial, said, price) in [
            (None, false, None, None),
            (None, false, Some(2_000), Some(2_000)),
            (None, false, Some(0), Some(0)),
            (Some(900), false, None, Some(900)),
            (Some(900), false, Some(0), Some(0)),
            (Some(0), true, Some(900), Some(0)),
            (None, true, Some(900), None),
            (Some(0), false, None, Some(0)),
            (Some(0), false, Some(900), Some(900)),
        ] {
            assert_eq!(step_price(own, is_trial, said), price);
        }
    }

    #[test]
    fn a_trial_is_at_the_beginning_and_ends() {
        let (free, paid) = ((true, Some(2)), (false, Some(2)));
        for (steps, trial) in [
            (vec![free, paid, (false, None)], 1),
            (vec![free, free, (false, None)], 2),
            (vec![paid, free, (false, None)], 0),
            (vec![free, paid, free, (false, None)], 1),
            (vec![free, (true, None)], 1),
            (vec![(true, None)], 0),
        ] {
            assert_eq!(trial_steps(steps), trial);
        }
    }
}
