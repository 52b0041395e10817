//! The cells of PostgreSQL, which sends a row as a record in its binary form: the number of columns, and of each its
//! type, its length and its bytes. An array in it says how large it is before its elements come.

use super::{catalogue::Catalogue, orders::Cells};

pub(super) struct RecordCells<'a> {
    /// What was not taken yet.
    rest: &'a [u8],
    catalogue: &'a Catalogue,
}

impl<'a> RecordCells<'a> {
    pub(super) fn of(record: &'a [u8], catalogue: &'a Catalogue) -> Self {
        let mut cells = Self { rest: record, catalogue };
        let _columns = cells.word();
        cells
    }

    /// The next cell; none: null.
    fn cell(&mut self) -> Option<&'a [u8]> {
        let _type = self.word();
        self.counted()
    }

    /// Bytes after their number.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.word()).ok()?;
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(bytes)
    }

    fn word(&mut self) -> i32 {
        let (word, rest) = self.rest.split_first_chunk().unwrap_or((&[0; 4], &[]));
        self.rest = rest;
        i32::from_be_bytes(*word)
    }
}

impl Cells for RecordCells<'_> {
    fn text(&mut self, key: &str, json: &mut Vec<u8>) {
        json.extend(key.as_bytes());
        match self.cell() {
            Some(text) => write_text(text, json),
            None => json.extend(b"null"),
        }
    }

    fn number(&mut self, key: &str, json: &mut Vec<u8>) {
        let bytes = self.cell().unwrap_or_default();
        let number = bytes.iter().fold(0, |number: i64, byte| number << 8 | i64::from(*byte));
        json.extend(format!("{key}{number}").as_bytes());
    }

    fn id(&mut self, key: &str, prefix: &str, json: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        json.extend(key.as_bytes());
        json.push(b'"');
        json.extend(prefix.as_bytes());
        for byte in self.cell().unwrap_or_default() {
            json.extend([byte >> 4, byte & 0xF].map(|digit| DIGITS[usize::from(digit)]));
        }
        json.push(b'"');
    }

    fn of_catalogue(&mut self, key: &str, _: &str, json: &mut Vec<u8>) {
        json.extend(key.as_bytes());
        let remembered = self.cell().and_then(|id| self.catalogue.get(id));
        json.extend(remembered.map_or(b"null".as_slice(), String::as_bytes));
    }

    fn each(&mut self, key: &str, json: &mut Vec<u8>, row: fn(&mut Self, &mut Vec<u8>)) {
        json.extend(key.as_bytes());
        json.push(b'[');
        let mut array = Self { rest: self.cell().unwrap_or_default(), ..*self };
        if array.word() > 0 {
            let (_nulls, _type, count, _first) =
                (array.word(), array.word(), array.word(), array.word());
            for index in 0..count {
                if index > 0 {
                    json.push(b',');
                }
                let record = array.counted().unwrap_or_default();
                row(&mut Self::of(record, self.catalogue), json);
            }
        }
        json.push(b']');
    }
}

fn write_text(text: &[u8], json: &mut Vec<u8>) {
    json.push(b'"');
    if text.iter().any(|byte| matches!(byte, b'"' | b'\\' | ..b' ')) {
        let quoted = serde_json::Value::from(String::from_utf8_lossy(text)).to_string();
        json.extend(&quoted.as_bytes()[1..quoted.len() - 1]);
    } else {
        json.extend(text);
    }
    json.push(b'"');
}
