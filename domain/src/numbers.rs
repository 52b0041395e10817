//! What people call things: short texts made from random bits, so that nobody waits for a counter.

use uuid::Uuid;

/// Digits and capitals without I, L, O and U, which are easily misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BITS_PER_CHARACTER: u32 = 5;

/// `ORD-7F3K9Q2M4T`: a prefix and the last 50 random bits of a version 7 id. Unique by the table's constraint.
pub fn from_id(prefix: &str, id: Uuid) -> String {
    format!("{prefix}-{}", text(id.as_u128(), 10))
}

/// `7F3K9-Q2M4T-…`: five groups from 122 random bits, too many to guess.
pub fn license_key(random: Uuid) -> String {
    let text = text(random.as_u128(), 25);
    let groups: Vec<_> = (0..25).step_by(5).map(|at| &text[at..at + 5]).collect();
    groups.join("-")
}

fn text(bits: u128, characters: u32) -> String {
    (0..characters)
        .rev()
        .map(|at| {
            let index = (bits >> (at * BITS_PER_CHARACTER)) & 31;
            char::from(ALPHABET[usize::try_from(index).unwrap_or_default()])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_prefix_and_ten_characters() {
        assert_eq!(from_id("ORD", Uuid::from_u128(31)), "ORD-000000000Z");
    }

    #[test]
    fn license_keys_come_in_five_groups() {
        assert_eq!(license_key(Uuid::from_u128(1 << 120)), "10000-00000-00000-00000-00000");
    }
}
