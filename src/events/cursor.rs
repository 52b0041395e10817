//! A cursor: a position of a tenant's log, as clients hold it.

use std::{fmt, str::FromStr};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::planted::{self, Fault};

/// Everything up to and including `position` of the history named `epoch` has been seen.
///
/// Opaque to clients. It gives no rights: whoever presents it sees what they may see anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub epoch: Uuid,
    pub position: i64,
}

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(self.epoch.as_bytes());
        bytes[16..].copy_from_slice(&self.position.to_be_bytes());
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let (epoch, position) = bytes.split_at_checked(16).ok_or(InvalidCursor)?;
        let position = i64::from_be_bytes(position.try_into().map_err(|_| InvalidCursor)?);
        if position < 0 {
            return Err(InvalidCursor);
        }
        let position = position - i64::from(planted::is(Fault::CursorOffByOne) && position > 0);
        Ok(Self { epoch: Uuid::from_slice(epoch).map_err(|_| InvalidCursor)?, position })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_trip_to_the_client_and_back() {
        let cursor = Cursor { epoch: Uuid::from_u128(7), position: i64::MAX };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        let negative = Cursor { epoch: Uuid::from_u128(7), position: -1 }.to_string();
        for text in ["", "7", "not a cursor", negative.as_str(), "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(text.parse::<Cursor>(), Err(InvalidCursor), "{text}");
        }
    }
}
