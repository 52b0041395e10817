//! `paymentAgreementUpdated`: one payment agreement, now and each time its status changes.

use async_graphql::{Context, Subscription};
use async_stream::try_stream;
use entity::{EventKind, PaymentAgreementId};
use futures_util::{Stream, StreamExt};

use super::{begin, open, progress};
use crate::{
    events::{interest::Filter, progress::CarryOn},
    graphql::{
        context::{app, viewer},
        error::{ApiError, Code, Result},
        id::Id,
        roles::SignedIn,
        scalars::FeedCursor,
        types::PaymentAgreement,
    },
    services::payment_agreements::find::find_payment_agreement,
};

#[derive(Debug, Default)]
pub struct PaymentAgreementUpdatedFeed;

#[Subscription]
impl PaymentAgreementUpdatedFeed {
    /// One payment agreement: as it is now, and again each time its status changes. For the page to which a payer comes back: it
    /// shows what the payment provider has said, and not what the address of the page says.
    #[graphql(guard = "SignedIn")]
    async fn payment_agreement_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The payment agreement.")] id: Id<PaymentAgreementId>,
        #[graphql(
            desc = "Start with the first change that follows this cursor, instead of with the payment agreement as it is now."
        )]
        after: Option<FeedCursor>,
    ) -> Result<impl Stream<Item = Result<PaymentAgreement>>> {
        let (app, viewer, progress) = (app(ctx).clone(), viewer(ctx)?.clone(), progress(ctx));
        let there_is_none = || ApiError::new(Code::NotFound, "There is no such payment agreement.");
        let found = find_payment_agreement(&app, &viewer, id.0).await?.ok_or_else(there_is_none)?;
        let changes = Filter {
            kinds: Some(vec![EventKind::PaymentAgreementStatusChanged]),
            // Whose it is never changes, and is a short way to it.
            customers: Some(vec![found.customer_id]),
            subject: Some(id.0.0),
            ..Filter::default()
        };
        let begins = begin(ctx, after)?.is_none() && ctx.data_opt::<CarryOn>().is_none();
        // Opened before it is read: what changes in between comes as a change.
        let feed = open(ctx, changes, after).await?;
        let now = if begins { find_payment_agreement(&app, &viewer, id.0).await? } else { None };
        Ok(try_stream! {
            if let Some(now) = now {
                progress.hand_out(feed.start());
                yield PaymentAgreement::by_row(&now);
            }
            let mut deliveries = std::pin::pin!(feed.deliveries());
            while let Some(delivery) = deliveries.next().await {
                delivery?;
                let Some(now) = find_payment_agreement(&app, &viewer, id.0).await? else { return };
                yield PaymentAgreement::by_row(&now);
            }
        })
    }
}
