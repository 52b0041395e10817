//! Server-Sent Events, in the way of graphql-sse's distinct connections.

use axum::body::Bytes;

use super::feed::Frame;

/// Lets the client know that the stream is open.
pub(super) const BEGIN: &[u8] = b":\n\n";
/// Says that nothing more will come.
pub(super) const COMPLETE: &[u8] = b"event: complete\nid: over\ndata: \n\n";
/// The id of that event. A browser reconnects wherever a stream ends; with this id it gets a 204
/// and stays away.
pub(super) const OVER: &str = "over";
/// Ends the stream, but not the feed: there is a cursor to resume from.
pub(super) const COMPLETE_HERE: &[u8] = b"event: complete\ndata: \n\n";

/// A frame as an event. Its id is the cursor, so a browser resumes by itself.
pub(super) fn event(frame: &Frame) -> Bytes {
    let mut text = Vec::new();
    let (body, cursor) = match frame {
        Frame::Answer { body, cursor } => (Some(body), cursor.as_ref()),
        Frame::Failed { body, go_on, .. } => (Some(body), go_on.as_ref()),
        Frame::Idle { cursor } => (None, cursor.as_ref()),
    };
    if body.is_some() {
        text.extend_from_slice(b"event: next\n");
    }
    if let Some(cursor) = cursor {
        text.extend_from_slice(format!("id: {cursor}\n").as_bytes());
    }
    match body {
        // JSON has no line breaks of its own.
        Some(body) => {
            text.extend_from_slice(b"data: ");
            text.extend_from_slice(body);
            text.push(b'\n');
        }
        None if cursor.is_none() => text.extend_from_slice(b":\n"),
        None => {}
    }
    text.push(b'\n');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::events::cursor::Cursor;

    #[test]
    fn frames_become_events() {
        let cursor = Cursor { epoch: Uuid::nil(), position: 1 };
        let body = Bytes::from_static(b"{}");
        for (frame, expected) in [
            (
                Frame::Answer { body: body.clone(), cursor: Some(cursor) },
                format!("event: next\nid: {cursor}\ndata: {{}}\n\n"),
            ),
            (Frame::Answer { body, cursor: None }, "event: next\ndata: {}\n\n".to_owned()),
            (Frame::Idle { cursor: Some(cursor) }, format!("id: {cursor}\n\n")),
            (Frame::Idle { cursor: None }, ":\n\n".to_owned()),
        ] {
            assert_eq!(event(&frame), expected);
        }
    }
}
