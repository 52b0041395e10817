//! Mail, and who gets it.

use async_graphql::{Context, InputObject, Object};
use entity::{MailId, MailRecipientId, OrderId};

use super::filters::{DateTimeRange, Few, bare, range, words};
use crate::{
    graphql::{
        context::viewer,
        error::Result,
        id::Id,
        read::output::Connection,
        roles::{MAIL_KEEPERS, May},
        types::{
            Mail, MailRecipient,
            enums::{MailKind, MailStatus},
        },
    },
    services::{lists::mails as lists, page::PageRequest},
};

/// Which mail is wanted. An empty filter wants all.
#[derive(Debug, Default, InputObject)]
pub struct MailFilter {
    /// With one of these statuses.
    #[graphql(validator(custom = "Few(\"statusIn\")"))]
    status_in: Option<Vec<MailStatus>>,
    /// About one of these.
    #[graphql(validator(custom = "Few(\"kindIn\")"))]
    kind_in: Option<Vec<MailKind>>,
    /// About this order.
    order_id: Option<Id<OrderId>>,
    /// Written down in this stretch of time.
    created_at: Option<DateTimeRange>,
}

impl From<MailFilter> for lists::MailFilter {
    fn from(filter: MailFilter) -> Self {
        Self {
            statuses: words(filter.status_in),
            kinds: words(filter.kind_in),
            order: bare(filter.order_id),
            created: range(filter.created_at),
        }
    }
}

#[derive(Default)]
pub(super) struct MailsQuery;

#[Object]
impl MailsQuery {
    /// One recipient of mail. For administrators, and for partners of their own.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn mail_recipient(
        &self,
        #[graphql(desc = "The id.")] id: Id<MailRecipientId>,
    ) -> Option<MailRecipient> {
        Some(MailRecipient::by_id(id.0))
    }

    /// Who gets mail, newest first. For administrators, and for partners of their own.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn mail_recipients(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
    ) -> Result<Connection<MailRecipient>> {
        let found = lists::mail_recipients(viewer(ctx)?);
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }

    /// One mail. For administrators, and for partners of their own.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn mail(&self, #[graphql(desc = "The id.")] id: Id<MailId>) -> Option<Mail> {
        Some(Mail::by_id(id.0))
    }

    /// What mail there is to send, and what became of the mail of the past 30 days, newest first. For administrators, and for
    /// partners of their own.
    #[graphql(guard = "May(MAIL_KEEPERS)")]
    async fn mails(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "How many items to read from the start, 1 to 100; 20 if neither first nor last is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Only items that follow this cursor.")] after: Option<String>,
        #[graphql(desc = "How many items to read from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only items that precede this cursor.")] before: Option<String>,
        #[graphql(desc = "Which items are wanted. Without it, all.")] filter: Option<MailFilter>,
    ) -> Result<Connection<Mail>> {
        let found = lists::mails(viewer(ctx)?, &filter.unwrap_or_default().into());
        Connection::new(ctx, found, PageRequest { first, after, last, before }).await
    }
}
