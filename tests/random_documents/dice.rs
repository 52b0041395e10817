//! Chance that comes out the same each time it begins with the same seed.

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use uuid::Uuid;

pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// To begin other dice with.
    pub(super) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    /// A number below another.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.0.random_ratio(1, times)
    }

    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.0.random_ratio(chance, 100)
    }

    /// None: there are none.
    pub(super) fn pick<'items, T>(&mut self, items: &'items [T]) -> Option<&'items T> {
        items.choose(&mut self.0)
    }

    pub(super) fn uuid(&mut self) -> Uuid {
        Uuid::from_u128(self.0.random())
    }
}
