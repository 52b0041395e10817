//! The words by which a text is found.

use std::collections::BTreeSet;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::characters::{is_ignorable, is_of_word};

/// In characters. Longer words are cut off.
const LONGEST_WORD: usize = 64;

/// The words of a text, each in the spellings in which people look for it: as it is written, in any case (full case
/// folding) and any form of Unicode (NFKC); without its accents; and, in the manner of German and Danish, with letters in
/// their place. The first is how it is written, and most words have no other.
pub fn words(text: &str) -> Vec<Vec<String>> {
    folded(text)
        .split(|character| !is_of_word(character))
        .filter(|word| !word.is_empty())
        .map(spellings)
        .collect()
}

/// The whole of a text as a word, by which it is found if it has nothing that is one.
pub fn whole(text: &str) -> String {
    let folded = folded(text);
    let printed: String = folded.chars().filter(|character| !character.is_control()).collect();
    cut(printed.trim().chars())
}

/// The text as it is compared where neither case, nor form, nor the white space between words makes another.
pub fn alike(text: &str) -> String {
    folded(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// All that is kept of something's texts, so that it is found by them.
pub fn terms<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let of_text = |text| words(text).into_iter().flatten().chain([whole(text)]);
    texts.into_iter().flat_map(of_text).filter(|term| !term.is_empty()).collect()
}

fn folded(text: &str) -> String {
    // Folding may undo the form: İ becomes an i with a dot above it.
    let said = text.chars().filter(|character| !is_ignorable(*character));
    said.nfkc().default_case_fold().nfkc().collect()
}

fn spellings(word: &str) -> Vec<String> {
    let mut spellings = vec![cut(word.chars())];
    if !word.is_ascii() {
        for other in [plain(word), plain(&in_letters(word))] {
            let other = cut(other.chars());
            if !other.is_empty() && !spellings.contains(&other) {
                spellings.push(other);
            }
        }
    }
    spellings
}

/// Without accents. Put together again, because some scripts fall into parts that are no accents.
fn plain(word: &str) -> String {
    let bare = word.nfkd().filter(|character| !matches!(character, '\u{300}'..='\u{36f}'));
    replaced(bare, |character| match character {
        'æ' => Some("ae"),
        'œ' => Some("oe"),
        'þ' => Some("th"),
        'ø' => Some("o"),
        'ð' | 'đ' => Some("d"),
        'ħ' => Some("h"),
        'ı' => Some("i"),
        'ł' => Some("l"),
        'ŧ' => Some("t"),
        _ => None,
    })
    .nfkc()
    .collect()
}

/// With two letters for one that a keyboard may not have.
fn in_letters(word: &str) -> String {
    replaced(word.chars(), |character| match character {
        'ä' => Some("ae"),
        'å' => Some("aa"),
        'ö' | 'ø' => Some("oe"),
        'ü' => Some("ue"),
        _ => None,
    })
}

fn replaced(
    characters: impl Iterator<Item = char>,
    by: impl Fn(char) -> Option<&'static str>,
) -> String {
    let mut text = String::new();
    for character in characters {
        match by(character) {
            Some(letters) => text.push_str(letters),
            None => text.push(character),
        }
    }
    text
}

fn cut(characters: impl Iterator<Item = char>) -> String {
    characters.take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_whatever_stands_between_them() {
        let found = |text: &str| -> Vec<_> { words(text).into_iter().flatten().collect() };
        assert_eq!(found("  PO-2026/17, Cafe "), ["po", "2026", "17", "cafe"]);
        assert_eq!(found("a\0b\tc\u{2028}d"), ["a", "b", "c", "d"]);
        assert_eq!(found("Donau\u{ad}dampf \u{202e}x\u{200b}y"), ["donaudampf", "xy"]);
        assert_eq!(found("हिन्दी"), ["हिन्दी"]);
        assert!(found(" \0-- ").is_empty());
    }

    #[test]
    fn texts_are_alike_but_for_case_form_and_the_space_between_words() {
        for other in ["Zoë Lee", " ZOË\u{a0} lee\t", "zoe\u{308} LEE", "Zo\u{ad}ë Lee"] {
            assert_eq!(alike(other), "zoë lee", "{other:?}");
        }
        let long = "x".repeat(200);
        assert_ne!(alike(&format!("{long}y")), alike(&format!("{long}z")));
        assert_ne!(alike("Zoe Lee"), alike("Zoë Lee"), "another name");
    }

    #[test]
    fn a_word_is_the_same_in_every_case_and_every_form() {
        for (one, other) in [
            ("CAFÉ", "cafe\u{301}"),
            ("BLÅ", "bla\u{30a}"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("ΟΔΟΣ", "οδος"),
            ("Οδός", "ΟΔΌΣ"),
            ("ＡＣＭＥ", "acme"),
            ("ﬁn", "FIN"),
            ("İstanbul", "i\u{307}STANBUL"),
            ("가나", "\u{1100}\u{1161}\u{1102}\u{1161}"),
            ("葛\u{e0100}城", "葛城"),
        ] {
            assert_eq!(words(one), words(other), "{one} {other}");
        }
    }

    #[test]
    fn a_word_with_accents_has_spellings_without_them() {
        for (word, spellings) in [
            ("Müller", &["müller", "muller", "mueller"][..]),
            ("İstanbul", &["i\u{307}stanbul", "istanbul"]),
            ("Ørsted", &["ørsted", "orsted", "oersted"]),
            ("Łódź", &["łódź", "lodz"]),
            ("Æbleskov", &["æbleskov", "aebleskov"]),
            ("Blåbær", &["blåbær", "blabaer", "blaabaer"]),
            ("Čapek", &["čapek", "capek"]),
            ("Straße", &["strasse"]),
            ("Acme", &["acme"]),
            ("Ёлка", &["ёлка", "елка"]),
            ("가", &["가"]),
            ("ガス", &["ガス"]),
            ("東京", &["東京"]),
        ] {
            assert_eq!(words(word), [spellings.to_vec()], "{word}");
        }
    }

    #[test]
    fn what_has_no_word_is_found_as_a_whole() {
        assert_eq!(whole("  PO-2026 "), "po-2026");
        assert_eq!(whole(" +++ "), "+++");
        assert_eq!(whole("\0\u{200b} "), "");
        assert_eq!(whole(&"x".repeat(100)).len(), LONGEST_WORD);
        assert_eq!(words(&"é".repeat(100))[0][0].chars().count(), LONGEST_WORD);
    }

    #[test]
    fn each_term_is_kept_once() {
        let kept: Vec<_> = terms(["Bär & Söhne", "bar", " "]).into_iter().collect();
        assert_eq!(
            kept,
            ["baer", "bar", "bär", "bär & söhne", "soehne", "sohne", "söhne"].map(str::to_owned)
        );
    }
}
