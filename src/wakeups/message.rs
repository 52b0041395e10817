//! Hints as they travel between nodes: the sender's id and one word for each hint, separated by spaces.

use std::collections::BTreeSet;

use entity::TenantId;
use uuid::Uuid;

use super::Hint;

/// PostgreSQL takes up to 7,999 bytes in a notification; a hint has 34.
const MOST_HINTS: usize = 200;
const ANYTHING: &str = "*";

/// The messages that carry these hints to other nodes.
pub(super) fn encode(node: Uuid, hints: &BTreeSet<Hint>) -> Vec<String> {
    if hints.contains(&Hint::Anything) {
        return vec![format!("{} {ANYTHING}", node.simple())];
    }
    let words: Vec<_> = hints.iter().map(|hint| word(*hint)).collect();
    words.chunks(MOST_HINTS).map(|words| format!("{} {}", node.simple(), words.join(" "))).collect()
}

/// The hints in a message from another node; none in one of this node's own.
pub(super) fn decode(node: Uuid, message: &str) -> Vec<Hint> {
    let mut words = message.split(' ');
    if words.next().and_then(|sender| sender.parse().ok()) == Some(node) {
        return Vec::new();
    }
    words.map(hint).collect()
}

fn word(hint: Hint) -> String {
    match hint {
        Hint::LogGrew(tenant) => format!("L{}", tenant.0.simple()),
        Hint::RightsChanged(tenant) => format!("R{}", tenant.0.simple()),
        Hint::CatalogueChanged(tenant) => format!("C{}", tenant.0.simple()),
        Hint::Anything => ANYTHING.to_owned(),
    }
}

/// A word that is not known may come from a newer node, and is about something.
fn hint(word: &str) -> Hint {
    let tenant = |text: &str| text.parse().map(TenantId);
    match word.split_at_checked(1).map(|(kind, rest)| (kind, tenant(rest))) {
        Some(("L", Ok(tenant))) => Hint::LogGrew(tenant),
        Some(("R", Ok(tenant))) => Hint::RightsChanged(tenant),
        Some(("C", Ok(tenant))) => Hint::CatalogueChanged(tenant),
        Some(_) | None => Hint::Anything,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(number: usize) -> TenantId {
        TenantId(Uuid::from_u128(number as u128))
    }

    #[test]
    fn every_hint_arrives_at_other_nodes_and_none_at_the_sender() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut hints: BTreeSet<_> = (0..1_000).map(|it| Hint::LogGrew(tenant(it))).collect();
        hints.insert(Hint::RightsChanged(tenant(7)));
        hints.insert(Hint::CatalogueChanged(tenant(8)));
        let messages = encode(here, &hints);
        assert!(messages.iter().all(|message| message.len() < 8_000));
        let arrived: BTreeSet<_> =
            messages.iter().flat_map(|message| decode(there, message)).collect();
        assert_eq!(arrived, hints);
        assert!(messages.iter().all(|message| decode(here, message).is_empty()));
    }

    #[test]
    fn what_cannot_be_read_makes_a_node_look_everywhere() {
        let here = Uuid::from_u128(1);
        let everything = BTreeSet::from([Hint::LogGrew(tenant(1)), Hint::Anything]);
        assert_eq!(decode(here, &encode(Uuid::nil(), &everything)[0]), [Hint::Anything]);
        for message in ["x Lnone", "x X0123", "x *", "x "] {
            assert_eq!(decode(here, message), [Hint::Anything], "{message:?}");
        }
    }
}
