//! A bounded memory of what was found out before.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest, Sha256};

/// What a thing is known by: a hash that nobody finds twice.
pub(super) type Key = [u8; 32];

/// The key of some texts. Each counts as it is: what stands at the end of one is not the beginning of the next.
pub(super) fn key_of(texts: &[&[u8]]) -> Key {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Values by key. What nobody has asked for the longest is forgotten first.
pub(crate) struct Known<K, V> {
    /// How much one generation may weigh.
    most: usize,
    generations: Mutex<Generations<K, V>>,
}

/// What is asked for moves to the young; when they are too many, they become the old, and the old are forgotten.
struct Generations<K, V> {
    young: HashMap<K, (V, usize)>,
    weight: usize,
    old: HashMap<K, (V, usize)>,
}

impl<K: Clone + Eq + Hash, V: Clone> Known<K, V> {
    /// Remembers no more than twice this weight.
    pub(crate) fn new(most: usize) -> Self {
        let generations = Generations { young: HashMap::new(), weight: 0, old: HashMap::new() };
        Self { most, generations: Mutex::new(generations) }
    }

    /// The value of a key; made now if nobody asked for it before, and remembered if that worked.
    pub(crate) fn get_or_insert<E>(
        &self,
        key: K,
        weight: impl FnOnce(&V) -> usize,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E> {
        if let Some(known) = self.get(&key) {
            return Ok(known);
        }
        let value = make()?;
        self.insert(key, value.clone(), weight(&value));
        Ok(value)
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((value, _)) = generations.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = generations.old.remove(key)?;
        generations.insert(key.clone(), value.clone(), weight, self.most);
        Some(value)
    }

    pub(crate) fn insert(&self, key: K, value: V, weight: usize) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        generations.insert(key, value, weight, self.most);
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn insert(&mut self, key: K, value: V, weight: usize, most: usize) {
        if weight > most {
            return;
        }
        if self.weight + weight > most {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        let before = self.young.insert(key, (value, weight)).map_or(0, |(_, weight)| weight);
        self.weight = self.weight - before + weight;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        key_of(&[&number.to_le_bytes()])
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_goes() {
        let known = Known::new(10);
        for number in 0..100 {
            known.insert(key(number), number, 1);
            assert_eq!(known.get(&key(0)), Some(0));
        }
        assert_eq!(known.get(&key(99)), Some(99));
        assert_eq!(known.get(&key(50)), None);
    }

    #[test]
    fn what_is_too_heavy_is_not_remembered() {
        let known = Known::new(10);
        known.insert(key(1), (), 1);
        known.insert(key(2), (), 11);
        assert_eq!(known.get(&key(2)), None);
        assert_eq!(known.get(&key(1)), Some(()));
    }

    #[test]
    fn texts_are_told_apart_wherever_they_are_cut() {
        assert_ne!(key_of(&[b"ab", b"c"]), key_of(&[b"a", b"bc"]));
    }
}
