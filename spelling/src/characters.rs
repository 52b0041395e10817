//! What can be seen of a character.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether a character only says how others are to be shown: it joins them, parts them, or turns their direction.
pub fn is_format(character: char) -> bool {
    character.general_category() == GeneralCategory::Format
}

/// Whether there is something to see of a character.
pub fn is_visible(character: char) -> bool {
    // The last has a name and no dots.
    !(character.is_whitespace()
        || character.is_control()
        || is_ignorable(character)
        || character == '\u{2800}')
}

/// Whether a character makes no difference to what a text says: formats, fillers, and which variant of the character
/// before them is to be shown.
pub(crate) fn is_ignorable(character: char) -> bool {
    is_format(character)
        || matches!(
            character,
            '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0100}'..='\u{e01ef}'
        )
}

/// Whether a character belongs to the word beside it.
pub(crate) fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character.general_category_group() == GeneralCategoryGroup::Mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_characters_cannot_be_seen() {
        for seen in ['a', '7', '.', 'é', '東', '\u{1f600}', '\u{301}', 'ß', '\u{e000}'] {
            assert!(is_visible(seen), "{seen:?}");
        }
        for unseen in [
            ' ',
            '\u{a0}',
            '\0',
            '\n',
            '\u{200b}',
            '\u{2060}',
            '\u{202e}',
            '\u{feff}',
            '\u{ad}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{2800}',
            '\u{e0041}',
        ] {
            assert!(!is_visible(unseen), "{unseen:?}");
        }
    }

    #[test]
    fn formats_turn_join_or_part_what_is_beside_them() {
        for format in
            ['\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{ad}']
        {
            assert!(is_format(format), "{format:?}");
        }
        for none in ['a', ' ', '-', '\u{301}', '\n'] {
            assert!(!is_format(none), "{none:?}");
        }
    }
}
