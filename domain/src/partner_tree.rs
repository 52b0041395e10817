//! How partners hang below each other.

use std::collections::{HashMap, HashSet};

use entity::PartnerId;

/// How many partners a chain may have, from the top to the lowest.
pub const LONGEST_CHAIN: usize = 8;

/// Why a partner cannot be where it was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// It would be below itself.
    Cycle,
    /// A chain would have more than [`LONGEST_CHAIN`] partners.
    TooDeep,
}

/// The partners of a tenant, each with the one above it.
#[derive(Clone, Debug, Default)]
pub struct PartnerTree {
    parents: HashMap<PartnerId, PartnerId>,
}

impl PartnerTree {
    pub fn new(partners: impl IntoIterator<Item = (PartnerId, Option<PartnerId>)>) -> Self {
        let parents = partners.into_iter().filter_map(|(id, parent)| Some((id, parent?))).collect();
        Self { parents }
    }

    /// Whether a partner, along with all below it, may be put below `parent`.
    pub fn may_put(&self, partner: PartnerId, parent: PartnerId) -> Result<(), Misplaced> {
        let above = self.chain(parent);
        if above.contains(&partner) {
            return Err(Misplaced::Cycle);
        }
        if above.len() + self.levels(partner) > LONGEST_CHAIN {
            return Err(Misplaced::TooDeep);
        }
        Ok(())
    }

    /// The partner and all above it, itself first.
    fn chain(&self, partner: PartnerId) -> Vec<PartnerId> {
        let mut seen = HashSet::from([partner]);
        let mut chain = vec![partner];
        let mut lowest = partner;
        while let Some(parent) = self.parents.get(&lowest).copied()
            && seen.insert(parent)
        {
            chain.push(parent);
            lowest = parent;
        }
        chain
    }

    /// How many partners the longest chain from this one downward has, itself included.
    fn levels(&self, partner: PartnerId) -> usize {
        self.parents
            .keys()
            .filter_map(|id| self.chain(*id).iter().position(|above| *above == partner))
            .max()
            .map_or(1, |distance| distance + 1)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> PartnerId {
        PartnerId(Uuid::from_u128(number))
    }

    /// 1 above 2 above 3 …
    fn line(partners: std::ops::RangeInclusive<u128>) -> Vec<(PartnerId, Option<PartnerId>)> {
        let first = *partners.start();
        partners.map(|number| (id(number), (number > first).then(|| id(number - 1)))).collect()
    }

    #[test]
    fn a_partner_cannot_be_below_itself() {
        let tree = PartnerTree::new(line(1..=3));
        assert_eq!(tree.may_put(id(1), id(1)), Err(Misplaced::Cycle));
        assert_eq!(tree.may_put(id(1), id(3)), Err(Misplaced::Cycle));
        assert_eq!(tree.may_put(id(3), id(1)), Ok(()));
    }

    #[test]
    fn a_chain_has_up_to_eight_partners() {
        let tree = PartnerTree::new(line(1..=7));
        assert_eq!(tree.may_put(id(100), id(7)), Ok(()));
        let tree = PartnerTree::new(line(1..=8));
        assert_eq!(tree.may_put(id(100), id(8)), Err(Misplaced::TooDeep));
    }

    #[test]
    fn what_is_below_a_partner_comes_along_and_counts() {
        let tree = PartnerTree::new(line(1..=5).into_iter().chain(line(11..=13)));
        assert_eq!(tree.may_put(id(11), id(5)), Ok(()));
        let tree = PartnerTree::new(line(1..=5).into_iter().chain(line(11..=14)));
        assert_eq!(tree.may_put(id(11), id(5)), Err(Misplaced::TooDeep));
        assert_eq!(tree.may_put(id(12), id(5)), Ok(()));
    }
}
