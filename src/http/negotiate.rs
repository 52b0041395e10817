//! Which kind of answer a client takes, as its `Accept` header says.

use axum::http::{HeaderMap, header};

/// The kinds of answer there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`: 200 whenever there is a GraphQL answer.
    Json,
    /// `application/graphql-response+json`: 400 when the request was not executed.
    GraphqlResponse,
    EventStream,
    Multipart,
}

impl MediaType {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        }
    }
}

/// What a client takes, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accepted(Vec<MediaType>);

impl Accepted {
    pub(super) fn from_headers(headers: &HeaderMap) -> Self {
        let values: Vec<_> =
            headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok()).collect();
        Self::parse(&values.join(","))
    }

    fn parse(accept: &str) -> Self {
        let mut ranges: Vec<(u16, MediaType)> = Vec::new();
        for range in accept.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            let mut parts = range.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let parameters: Vec<_> = parts.map(str::to_ascii_lowercase).collect();
            let quality =
                parameters.iter().find_map(|it| it.strip_prefix("q=")).map_or(1_000, thousandths);
            let media_type = match name.as_str() {
                // The old media type is the safe meaning of "anything".
                "application/json" | "application/*" | "*/*" => MediaType::Json,
                "application/graphql-response+json" => MediaType::GraphqlResponse,
                "text/event-stream" | "text/*" => MediaType::EventStream,
                "multipart/mixed" | "multipart/*" => MediaType::Multipart,
                _ => continue,
            };
            if quality > 0 {
                ranges.push((quality, media_type));
            }
        }
        if accept.trim().is_empty() {
            ranges.push((1_000, MediaType::Json));
        }
        // Stable: of two that are equally welcome, the one named first.
        ranges.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
        Self(ranges.into_iter().map(|(_, media_type)| media_type).collect())
    }

    /// For one answer; none: nothing that the client takes can carry one.
    pub(super) fn for_answer(&self) -> Option<MediaType> {
        self.first(&[MediaType::Json, MediaType::GraphqlResponse])
            .or_else(|| self.first(&[MediaType::EventStream]))
    }

    /// For a feed; none: the client takes nothing that can carry one.
    pub(super) fn for_feed(&self) -> Option<MediaType> {
        self.first(&[MediaType::EventStream, MediaType::Multipart])
    }

    /// For an error of a request that is not known to be either.
    pub(super) fn for_error(&self) -> MediaType {
        self.0.first().copied().unwrap_or(MediaType::Json)
    }

    fn first(&self, of: &[MediaType]) -> Option<MediaType> {
        self.0.iter().copied().find(|it| of.contains(it))
    }
}

/// A quality between 0 and 1 in thousandths; what cannot be read counts as 1.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut digits = fraction.chars().map(|digit| digit.to_digit(10));
    match whole {
        "0" => (0..3).fold(0, |sum, _| {
            let digit = digits.next().flatten().unwrap_or(0);
            sum * 10 + u16::try_from(digit).unwrap_or(0)
        }),
        _ => 1_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_comes_as_what_the_client_likes_best() {
        use MediaType::{EventStream, GraphqlResponse, Json};
        for (accept, expected) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json; charset=utf-8", Some(GraphqlResponse)),
            ("application/graphql-response+json,application/json;q=0.9", Some(GraphqlResponse)),
            (
                "application/json;q=0.9, application/graphql-response+json;q=0.95",
                Some(GraphqlResponse),
            ),
            ("application/json, application/graphql-response+json", Some(Json)),
            ("application/graphql-response+json;q=0, */*", Some(Json)),
            ("text/event-stream", Some(EventStream)),
            ("text/event-stream, application/json;q=0.1", Some(Json)),
            ("image/png", None),
            ("application/json;q=0", None),
            ("multipart/mixed", None),
        ] {
            assert_eq!(Accepted::parse(accept).for_answer(), expected, "{accept}");
        }
    }

    #[test]
    fn a_feed_must_be_asked_for_by_name() {
        use MediaType::{EventStream, Multipart};
        let apollo = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";
        for (accept, expected) in [
            ("text/event-stream", Some(EventStream)),
            ("text/event-stream, multipart/mixed", Some(EventStream)),
            ("text/event-stream;q=0.5, multipart/mixed", Some(Multipart)),
            (apollo, Some(Multipart)),
            ("*/*", None),
            ("", None),
            ("application/json", None),
        ] {
            assert_eq!(Accepted::parse(accept).for_feed(), expected, "{accept}");
        }
    }
}
