//! The work that waits, shared fairly: each tenant that has some gets the same number of pieces done in a round, and their
//! pieces take turns. So a tenant with ten thousand orders holds up nobody else's one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    OrderLineId, OrderLineStatus, OrderStatus, Provisioning, TenantId, order, order_line,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::Piece;
use crate::{
    app::App,
    jobs::waiting::{Waiting, oldest_of_each},
    store::statement::is_exactly,
};

/// How many tenants' work is in one round. The others come first in the next.
const TENANTS_AT_ONCE: usize = 64;
/// How many orders and how many lines of a tenant are in one round. Whoever comes meanwhile waits for no more than these.
const PIECES_OF_A_TENANT: u64 = 16;

/// The order in which tenants are served.
#[derive(Debug, Default)]
pub(super) struct Queue {
    last_served: Option<TenantId>,
}

impl Queue {
    /// What to do next, a piece of each tenant after the other; empty: nothing is due.
    pub(super) async fn next_round(&mut self, app: &App) -> Result<Vec<Piece>, DbErr> {
        let now = app.clock.now();
        let connection = app.store.readers();
        let with_orders = tenants_with_work(connection, &ORDERS, now).await?;
        let with_lines = tenants_with_work(connection, &LINES, now).await?;
        let with_late = tenants_with_work(connection, &LATE_LINES, now).await?;
        let tenants = [&with_orders, &with_lines, &with_late].into_iter().flatten();
        let tenants: BTreeSet<_> = tenants.copied().collect();
        let mut pieces = Vec::new();
        for tenant_id in self.next_tenants(&tenants) {
            let mut own = Vec::new();
            if with_lines.contains(&tenant_id) {
                let lines = lines_that_wait(connection, tenant_id, Provisioning::Instant, now);
                own.extend(lines.await?.into_iter().map(|id| Piece::Complete(tenant_id, id)));
            }
            if with_late.contains(&tenant_id) {
                let lines = lines_that_wait(connection, tenant_id, Provisioning::Webhook, now);
                own.extend(lines.await?.into_iter().map(|id| Piece::Expire(tenant_id, id)));
            }
            if with_orders.contains(&tenant_id) {
                own.extend(orders_to_start(connection, tenant_id, now).await?);
            }
            pieces.push(own);
        }
        Ok(in_turn(pieces))
    }

    fn next_tenants(&mut self, waiting: &BTreeSet<TenantId>) -> Vec<TenantId> {
        let waits_longest = |id: &&TenantId| self.last_served.is_none_or(|last| **id > last);
        let (first, then): (Vec<TenantId>, Vec<TenantId>) = waiting.iter().partition(waits_longest);
        let next: Vec<_> = first.into_iter().chain(then).take(TENANTS_AT_ONCE).collect();
        self.last_served = next.last().copied().or(self.last_served);
        next
    }
}

/// The first of each, then the second of each, and so on.
fn in_turn(pieces: Vec<Vec<Piece>>) -> Vec<Piece> {
    let mut numbered: Vec<_> =
        pieces.into_iter().flat_map(|own| own.into_iter().enumerate()).collect();
    numbered.sort_by_key(|(turn, _)| *turn);
    numbered.into_iter().map(|(_, piece)| piece).collect()
}

const ORDERS: Waiting =
    Waiting { table: r#""order""#, waits: "status = 'APPROVED'", due: "next_try_at" };
const LINES: Waiting = Waiting {
    table: "order_line",
    waits: "status = 'IN_PROGRESS' AND provisioning = 'INSTANT'",
    due: "next_try_at",
};
/// Those that a vendor has not answered in time.
const LATE_LINES: Waiting = Waiting {
    table: "order_line",
    waits: "status = 'IN_PROGRESS' AND provisioning = 'WEBHOOK'",
    due: "next_try_at",
};

/// Who has work that is due.
async fn tenants_with_work(
    connection: &impl ConnectionTrait,
    waiting: &Waiting,
    now: DateTime<Utc>,
) -> Result<BTreeSet<TenantId>, DbErr> {
    let oldest = oldest_of_each::<DateTime<Utc>>(connection, waiting).await?;
    Ok(oldest.into_iter().filter(|(_, due)| *due <= now).map(|(tenant_id, _)| tenant_id).collect())
}

async fn orders_to_start(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
    now: DateTime<Utc>,
) -> Result<Vec<Piece>, DbErr> {
    let rows = order::Entity::find()
        .select_only()
        .column(order::Column::Id)
        .filter(order::Column::TenantId.eq(tenant_id))
        .filter(is_exactly(order::Column::Status, OrderStatus::Approved))
        .filter(order::Column::NextTryAt.lte(now))
        .order_by_asc(order::Column::NextTryAt)
        .order_by_asc(order::Column::Id)
        .limit(PIECES_OF_A_TENANT)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|id| Piece::Start(tenant_id, id)).collect())
}

async fn lines_that_wait(
    connection: &impl ConnectionTrait,
    tenant_id: TenantId,
    provisioning: Provisioning,
    now: DateTime<Utc>,
) -> Result<Vec<OrderLineId>, DbErr> {
    let waits = Condition::all()
        .add(is_exactly(order_line::Column::Status, OrderLineStatus::InProgress))
        .add(is_exactly(order_line::Column::Provisioning, provisioning));
    order_line::Entity::find()
        .select_only()
        .column(order_line::Column::Id)
        .filter(order_line::Column::TenantId.eq(tenant_id))
        .filter(waits)
        .filter(order_line::Column::NextTryAt.lte(now))
        .order_by_asc(order_line::Column::NextTryAt)
        .order_by_asc(order_line::Column::Id)
        .limit(PIECES_OF_A_TENANT)
        .into_tuple()
        .all(connection)
        .await
}

#[cfg(test)]
mod tests {
    use entity::OrderId;
    use uuid::Uuid;

    use super::*;

    fn tenant(number: usize) -> TenantId {
        TenantId(Uuid::from_u128(number as u128))
    }

    #[test]
    fn tenants_take_turns_however_many_have_work() {
        let tenants: BTreeSet<_> = (0..TENANTS_AT_ONCE * 2 + 5).map(tenant).collect();
        let mut queue = Queue::default();
        let mut served = BTreeSet::new();
        for _ in 0..3 {
            let next = queue.next_tenants(&tenants);
            assert_eq!(next.len(), TENANTS_AT_ONCE);
            served.extend(next);
        }
        assert_eq!(served, tenants);
    }

    #[test]
    fn one_piece_of_each_comes_before_the_second_of_any() {
        let piece = |tenant_number, number: u128| {
            Piece::Start(tenant(tenant_number), OrderId(Uuid::from_u128(number)))
        };
        let pieces = vec![vec![piece(1, 1), piece(1, 2), piece(1, 3)], vec![piece(2, 4)]];
        assert_eq!(in_turn(pieces), [piece(1, 1), piece(2, 4), piece(1, 2), piece(1, 3)]);
    }
}
