//! Provisioning: starts approved orders on their date, carries out the lines of instant products, and waits for vendors no
//! longer than it is to.

mod queue;
mod setback;

use std::{sync::Arc, time::Duration};

use domain::viewer::Viewer;
use entity::{OrderId, OrderLineId, TenantId};
use futures_util::{StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tracing::info;

use self::queue::Queue;
use super::{
    Round,
    rounds::{Rests, Rounds},
};
use crate::{
    app::App,
    error::Outcome,
    services::{
        orders::{
            lines::{complete, expire},
            start,
        },
        unit::Unit,
    },
    store::Lease,
};

/// How late an order starts when no hint arrives, and how exactly a start date is kept.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes within this time are looked at together, so that looking costs little where many orders change.
const TOGETHER: Duration = Duration::from_millis(20);
/// How long all work rests when it cannot be looked for, or when not even its failure can be written down.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long orders wait after the node that provisioned has died.
const LEASE_LASTS: Duration = Duration::from_secs(3);
const PIECES_IN_PARALLEL: usize = 4;

/// One piece of work, found by looking at the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Start(TenantId, OrderId),
    Complete(TenantId, OrderLineId),
    /// Its vendor's time to answer is over.
    Expire(TenantId, OrderLineId),
}

impl Piece {
    fn tenant_id(self) -> TenantId {
        match self {
            Self::Start(tenant_id, _)
            | Self::Complete(tenant_id, _)
            | Self::Expire(tenant_id, _) => tenant_id,
        }
    }
}

/// What does the work, while this node has the lease.
pub(super) struct Provisioner {
    lease: Lease,
    queue: Queue,
}

impl Default for Provisioner {
    fn default() -> Self {
        Self { lease: Lease::new("provisioning", LEASE_LASTS), queue: Queue::default() }
    }
}

impl Rounds for Provisioner {
    const NAME: &'static str = "provisioning";
    /// Every change of an order is in the log, so its growth is the hint.
    const RESTS: Rests = Rests {
        look_every: LOOK_EVERY,
        together: Some(TOGETHER),
        after_failure: REST_AFTER_FAILURE,
    };

    fn lease(&self) -> &Lease {
        &self.lease
    }

    /// A piece that fails is put off and holds up no other; an error means that nothing can be done now.
    async fn do_what_is_due(&mut self, app: &App, stop: &CancellationToken) -> Outcome<Round> {
        let pieces = self.queue.next_round(app).await?;
        if pieces.is_empty() {
            return Ok(Round::NothingDue);
        }
        if !self.lease.hold(&app.store).await? {
            return Ok(Round::DoneElsewhere);
        }
        let lease = &self.lease;
        let outcomes: Vec<Outcome<()>> = stream::iter(pieces)
            .map(|piece| async move {
                if stop.is_cancelled() {
                    return Ok(());
                }
                match carry_out(app, lease, piece).await {
                    Ok(()) => Ok(()),
                    Err(cause) => setback::put_off(app, lease, piece, cause).await,
                }
            })
            .buffer_unordered(PIECES_IN_PARALLEL)
            .collect()
            .await;
        outcomes.into_iter().collect::<Outcome<()>>()?;
        Ok(Round::Done)
    }
}

/// Does one piece; nothing if that is another node's by now.
async fn carry_out(app: &App, lease: &Lease, piece: Piece) -> Outcome<()> {
    let unit = Unit::begin(app, Arc::new(Viewer::system(piece.tenant_id()))).await?;
    if !lease.allows(&unit.txn).await? {
        return Ok(());
    }
    match piece {
        Piece::Start(_, id) => {
            if start::start_order(&unit, id).await? {
                info!(order.id = %id, "started order {id}");
            }
        }
        Piece::Complete(_, id) => complete::complete_instant_line(&unit, id).await?,
        Piece::Expire(_, id) => expire::expire_order_line(&unit, id).await?,
    }
    Ok(unit.commit().await?)
}
