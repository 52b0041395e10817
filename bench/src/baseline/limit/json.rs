//! The cells of SQLite, which comes with all rows as one text: arrays of arrays. Texts in it stand as they are to be in the
//! answer.

use super::orders::Cells;

pub(super) struct JsonCells<'a> {
    /// What was not taken yet.
    rest: &'a [u8],
}

impl<'a> JsonCells<'a> {
    pub(super) fn of(rows: &'a str) -> Self {
        Self { rest: rows.as_bytes() }
    }

    pub(super) fn of_row(row: &'a str) -> Self {
        Self { rest: &row.as_bytes()[1..] }
    }

    /// The next cell as it stands there.
    fn cell(&mut self) -> &'a [u8] {
        self.skip(b',');
        let length = match self.rest {
            [b'"', text @ ..] => length_of_text(text) + 2,
            other => other.iter().take_while(|byte| !matches!(byte, b',' | b']')).count(),
        };
        let (cell, rest) = self.rest.split_at(length);
        self.rest = rest;
        cell
    }

    /// Takes a byte if it is the next.
    fn skip(&mut self, byte: u8) -> bool {
        let there = self.rest.first() == Some(&byte);
        self.rest = &self.rest[usize::from(there)..];
        there
    }
}

/// How many bytes there are before the quote that ends a text.
fn length_of_text(text: &[u8]) -> usize {
    let mut length = 0;
    while text[length] != b'"' {
        length += if text[length] == b'\\' { 2 } else { 1 };
    }
    length
}

impl Cells for JsonCells<'_> {
    fn text(&mut self, key: &str, json: &mut Vec<u8>) {
        json.extend(key.as_bytes());
        json.extend(self.cell());
    }

    fn number(&mut self, key: &str, json: &mut Vec<u8>) {
        self.text(key, json);
    }

    fn id(&mut self, key: &str, prefix: &str, json: &mut Vec<u8>) {
        json.extend(key.as_bytes());
        json.push(b'"');
        json.extend(prefix.as_bytes());
        // In capitals, and with the quote that ends it.
        json.extend(self.cell()[1..].iter().map(u8::to_ascii_lowercase));
    }

    fn of_catalogue(&mut self, key: &str, prefix: &str, json: &mut Vec<u8>) {
        json.extend(key.as_bytes());
        self.id(r#"{"id":"#, prefix, json);
        self.text(r#","name":"#, json);
        json.push(b'}');
    }

    fn each(&mut self, key: &str, json: &mut Vec<u8>, row: fn(&mut Self, &mut Vec<u8>)) {
        json.extend(key.as_bytes());
        json.push(b'[');
        self.skip(b',');
        self.skip(b'[');
        while !self.skip(b']') {
            if self.skip(b',') {
                json.push(b',');
            }
            self.skip(b'[');
            row(self, json);
            self.skip(b']');
        }
        json.push(b']');
    }
}
