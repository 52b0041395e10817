//! When two texts are the same, and by which words a text is found.
//!
//! Whatever is stored, looked up or searched for passes through here, so that both sides of a comparison are spelled
//! alike. A crate of its own, because steps of the migration spell what was stored before them.

mod characters;
mod words;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub use self::{
    characters::{is_format, is_visible},
    words::{alike, terms, whole, words},
};

/// The text as it is stored: without white space around it, and in Unicode's form NFC, in which é is one character.
pub fn stored(text: String) -> String {
    let kept = text.trim();
    if is_nfc_quick(kept.chars()) != IsNormalized::Yes {
        kept.nfc().collect()
    } else if kept.len() == text.len() {
        text
    } else {
        kept.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_stored_in_one_form_whoever_typed_it() {
        for (typed, kept) in [
            ("Ada", "Ada"),
            ("  Ada \t", "Ada"),
            ("\u{a0}Ada\u{3000}", "Ada"),
            ("Cafe\u{301}-22", "Caf\u{e9}-22"),
            ("Caf\u{e9}-22", "Caf\u{e9}-22"),
            (" bla\u{30a} ", "bl\u{e5}"),
            ("\u{212b}", "\u{c5}"),
            ("\u{1f600}", "\u{1f600}"),
            ("  ", ""),
        ] {
            assert_eq!(stored(typed.to_owned()), kept);
        }
    }
}
