//! Multipart subscriptions, as Apollo's clients read them.

use axum::body::Bytes;

use super::feed::Frame;

/// Parts end with the boundary of the next one: a client shows a part when it has seen where it ends.
pub(super) const BEGIN: &[u8] = b"--graphql";
/// Turns the last boundary into the end.
pub(super) const COMPLETE: &[u8] = b"--\r\n";

/// A frame as a part.
pub(super) fn part(frame: &Frame) -> Bytes {
    let mut text = b"\r\ncontent-type: application/json\r\n\r\n".to_vec();
    match frame {
        Frame::Answer { body, .. } | Frame::Failed { body, .. } => {
            text.extend_from_slice(b"{\"payload\":");
            text.extend_from_slice(body);
            text.push(b'}');
        }
        Frame::Idle { .. } => text.extend_from_slice(b"{}"),
    }
    text.extend_from_slice(b"\r\n--graphql");
    Bytes::from(text)
}
