//! The turn of an endpoint that carries lines out: those that are due are posted, several at the same time, and what the
//! vendor answers is done.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::viewer::{Scope, Viewer};
use entity::{
    ActorKind, OrderLineHoldId, Role, TenantKind, order_line_attempt, tenant, webhook_endpoint,
};
use futures_util::{StreamExt, stream};
use rand::random;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::time::Instant;
use tracing::error;

use super::deliver::Delivering;
use crate::{
    error::{Error, Outcome, Refusal},
    graphql::{id::Id, payloads::LineMessage},
    outbound::client::{Answer, beginning},
    services::{
        orders::lines::{
            keep_failed_post::keep_failed_post,
            take_answer::{PostedLine, take_answer},
            vendor_answer::{self, VendorAnswer},
        },
        unit::Unit,
        webhooks::attempt::{Answered, Posted},
    },
};

/// How many lines there are in a turn, and how many of them are posted at the same time.
const LINES_OF_A_TURN: u64 = 16;
const AT_ONCE: usize = 4;

const OUR_FAULT: &str = "A fault of the service itself. This is not the receiver's.";

impl Delivering {
    /// Posts lines that are due. One that fails is put off, and holds up no other.
    pub(super) async fn post_lines(
        &self,
        endpoint: &webhook_endpoint::Model,
        viewer: &Arc<Viewer>,
    ) -> Outcome<()> {
        use order_line_attempt::Column::{Id, PostAt, TenantId, WebhookEndpointId};
        let readers = self.app.store.readers();
        let tenant = tenant::Entity::find_by_id(self.tenant_id).one(readers).await?;
        let sandbox = tenant.is_some_and(|tenant| tenant.kind == TenantKind::Sandbox);
        let due = order_line_attempt::Entity::find()
            .filter(TenantId.eq(self.tenant_id))
            .filter(WebhookEndpointId.eq(endpoint.id))
            .filter(PostAt.lte(self.app.clock.now()))
            .order_by_asc(PostAt)
            .order_by_asc(Id)
            .limit(LINES_OF_A_TURN)
            .all(readers)
            .await?;
        let outcomes: Vec<Outcome<()>> = stream::iter(due)
            .map(|attempt| Box::pin(self.post_line(endpoint, viewer, attempt, sandbox)))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        outcomes.into_iter().collect()
    }

    async fn post_line(
        &self,
        endpoint: &webhook_endpoint::Model,
        viewer: &Arc<Viewer>,
        attempt: order_line_attempt::Model,
        sandbox: bool,
    ) -> Outcome<()> {
        let Some(message_id) = attempt.message_id else { return Ok(()) };
        let answered = message_id != attempt.id.0;
        let id = if answered {
            Id(OrderLineHoldId(message_id)).to_string()
        } else {
            Id(attempt.id).to_string()
        };
        let message = LineMessage {
            viewer,
            line_id: attempt.order_line_id,
            id: &id,
            answered,
            at: self.app.clock.now(),
            answer_by: attempt.answer_by,
            sandbox,
            document: endpoint.document.as_deref(),
        };
        let (posted, answer) = match self.payloads.of_line(message).await {
            Ok(body) => self.ask(endpoint, &id, body).await?,
            Err(cause) => {
                error!(?cause, line.id = %attempt.order_line_id, "could not make the message about line {}", attempt.order_line_id);
                (Posted { answer: Err(OUR_FAULT.to_owned()), took: Duration::ZERO }, None)
            }
        };
        let line = PostedLine { attempt_id: attempt.id, message_id };
        let wrong = match answer {
            Some(Ok(answer)) => match self.take(endpoint, line, answer, posted.clone()).await {
                Ok(()) => return Ok(()),
                Err(Error::Refused(refusals)) => Some(told(&refusals)),
                Err(Error::Failed(cause)) => {
                    error!(?cause, line.id = %attempt.order_line_id, "could not take a vendor's answer about line {}", attempt.order_line_id);
                    Some(OUR_FAULT.to_owned())
                }
            },
            // It may have words of the vendor, of any length.
            Some(Err(wrong)) => Some(beginning(&wrong)),
            None => None,
        };
        self.app.metrics.webhook_tried(false);
        let Some(unit) = self.begin().await? else { return Ok(()) };
        keep_failed_post(&unit, line, posted, wrong, random()).await?;
        Ok(unit.commit().await?)
    }

    /// Posts a message; what came of it, and what the vendor says if it took it.
    async fn ask(
        &self,
        endpoint: &webhook_endpoint::Model,
        id: &str,
        body: Bytes,
    ) -> Outcome<(Posted, Option<Result<VendorAnswer, String>>)> {
        let headers = self.headers(endpoint, id, &body)?;
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        let begun = Instant::now();
        let asked =
            self.app.outbound.ask(&endpoint.url, &headers, body, vendor_answer::MOST_BYTES).await;
        let said = asked.as_ref().ok().and_then(said);
        let answer = asked.map(|it| Answered { status: it.status, beginning: it.beginning });
        Ok((Posted { answer, took: begun.elapsed() }, said))
    }

    /// Does what the vendor says, in its name. Nothing if this is another node's by now: it posts the line again.
    async fn take(
        &self,
        endpoint: &webhook_endpoint::Model,
        line: PostedLine,
        answer: VendorAnswer,
        posted: Posted,
    ) -> Outcome<()> {
        let vendor = Viewer {
            tenant_id: self.tenant_id,
            role: Role::Provisioner,
            scope: Scope::Tenant,
            subject: format!("webhook:{}", Id(endpoint.id)),
            kind: ActorKind::WebhookEndpoint,
            expires_at: None,
        };
        let unit = Unit::begin(&self.app, Arc::new(vendor)).await?;
        if !self.lease.allows(&unit.txn).await? {
            return Ok(());
        }
        Box::pin(take_answer(&unit, line, answer, posted)).await?;
        unit.commit().await?;
        self.app.metrics.webhook_tried(true);
        Ok(())
    }
}

/// What an answer says, if it is one of the two hundreds.
fn said(answer: &Answer) -> Option<Result<VendorAnswer, String>> {
    if !(200..300).contains(&answer.status) {
        return None;
    }
    Some(if answer.is_whole {
        vendor_answer::read(answer.status, &answer.body)
    } else if answer.body.len() >= vendor_answer::MOST_BYTES {
        Err(format!("The answer has more than {} bytes.", vendor_answer::MOST_BYTES))
    } else {
        Err("The answer broke off.".to_owned())
    })
}

/// What was wrong with each field.
fn told(refusals: &[Refusal]) -> String {
    let one = |refusal: &Refusal| match refusal.field.as_slice() {
        [] => refusal.message.clone(),
        field => format!("{}: {}", field.join("."), refusal.message),
    };
    refusals.iter().map(one).collect::<Vec<_>>().join(" ")
}
