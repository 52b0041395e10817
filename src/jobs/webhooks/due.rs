//! Which endpoints have something to do.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{TenantId, WebhookEndpointId};
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// An endpoint that has something to do: there are events that it may not have had, lines to be posted, or a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) endpoint: WebhookEndpointId,
    pub(super) tenant: TenantId,
    pub(super) failures: i32,
    pub(super) position: i64,
    pub(super) version: i64,
    /// How far its log reaches.
    pub(super) latest: i64,
    pub(super) test: bool,
}

impl Due {
    /// Whether it is likely to be slow: it has failed before, or somebody tries it out.
    pub(super) const fn may_fail(&self) -> bool {
        self.failures > 0 || self.test
    }
}

/// Those that have waited the longest come first.
pub(super) async fn due(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Vec<Due>, DbErr> {
    let mut due = of(connection, TO_TEST, [], true).await?;
    let to_test: BTreeSet<_> = due.iter().map(|due| due.endpoint).collect();
    for sql in [WITH_LINES, WITH_EVENTS] {
        let found = of(connection, sql, [now.into()], false).await?;
        due.extend(found.into_iter().filter(|due| !to_test.contains(&due.endpoint)));
    }
    Ok(due)
}

/// Since when the event waits that has waited the longest, at an endpoint that does not pause; none: none does.
pub(in crate::jobs) async fn oldest(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    moment(connection, OLDEST, now).await
}

/// Since when the line waits that has waited the longest to be posted; none: none does.
pub(in crate::jobs) async fn oldest_line(
    connection: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    moment(connection, OLDEST_LINE, now).await
}

async fn moment(
    connection: &impl ConnectionTrait,
    sql: &str,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [now.into()]);
    let row = connection.query_one_raw(statement).await?;
    row.map_or(Ok(None), |row| row.try_get_by_index(0))
}

async fn of<const N: usize>(
    connection: &impl ConnectionTrait,
    sql: &str,
    values: [sea_orm::Value; N],
    test: bool,
) -> Result<Vec<Due>, DbErr> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    let rows = connection.query_all_raw(statement).await?;
    let due = rows.iter().map(|row| {
        Ok(Due {
            endpoint: row.try_get_by_index(0)?,
            tenant: row.try_get_by_index(1)?,
            failures: row.try_get_by_index(2)?,
            position: row.try_get_by_index(3)?,
            latest: row.try_get_by_index(4)?,
            version: row.try_get_by_index(5)?,
            test,
        })
    });
    due.collect()
}

/// An endpoint that has not failed waits for nothing, whatever the clocks of other nodes say.
const WITH_EVENTS: &str = "\
SELECT endpoint.id, endpoint.tenant_id, endpoint.failures, endpoint.position, log.latest_position,
    endpoint.version
FROM webhook_endpoint AS endpoint
JOIN event_log AS log ON log.tenant_id = endpoint.tenant_id
WHERE endpoint.status = 'ENABLED' AND (endpoint.failures = 0 OR endpoint.next_try_at <= $1)
    AND endpoint.purpose = 'EVENTS' AND endpoint.position < log.latest_position
ORDER BY endpoint.next_try_at";

const OLDEST: &str = "\
SELECT MIN(CASE WHEN event.occurred_at > endpoint.next_try_at THEN event.occurred_at
    ELSE endpoint.next_try_at END)
FROM webhook_endpoint AS endpoint
JOIN event ON event.tenant_id = endpoint.tenant_id AND event.position = endpoint.position + 1
WHERE endpoint.status = 'ENABLED' AND (endpoint.failures = 0 OR endpoint.next_try_at <= $1)
    AND endpoint.purpose = 'EVENTS'";

/// One that has failed does not wait for itself: each line does.
const WITH_LINES: &str = "\
SELECT endpoint.id, endpoint.tenant_id, endpoint.failures, endpoint.position, endpoint.position,
    endpoint.version
FROM webhook_endpoint AS endpoint
WHERE endpoint.status = 'ENABLED' AND endpoint.purpose = 'PROVISIONING' AND EXISTS (
    SELECT 1 FROM order_line_attempt AS attempt
    WHERE attempt.tenant_id = endpoint.tenant_id AND attempt.webhook_endpoint_id = endpoint.id
        AND attempt.post_at <= $1)";

const OLDEST_LINE: &str = "\
SELECT MIN(attempt.post_at)
FROM webhook_endpoint AS endpoint
JOIN order_line_attempt AS attempt
    ON attempt.tenant_id = endpoint.tenant_id AND attempt.webhook_endpoint_id = endpoint.id
WHERE endpoint.status = 'ENABLED' AND endpoint.purpose = 'PROVISIONING' AND attempt.post_at <= $1";

const TO_TEST: &str = "\
SELECT endpoint.id, endpoint.tenant_id, endpoint.failures, endpoint.position, log.latest_position,
    endpoint.version
FROM webhook_endpoint AS endpoint
JOIN event_log AS log ON log.tenant_id = endpoint.tenant_id
WHERE endpoint.test_requested_at IS NOT NULL
ORDER BY endpoint.test_requested_at";
