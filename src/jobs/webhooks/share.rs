//! Who may be served at the same time.
//!
//! Whoever has failed before may fail again, and slowly, so those have half of the room at most, together with tests.

use super::{Busy, due::Due};

/// How many endpoints are served at the same time, how many of one tenant, and how many of each that failed before.
const MOST: usize = 64;
const MOST_OF_TENANT: usize = 16;
const MOST_FAILING: usize = MOST / 2;
const MOST_FAILING_OF_TENANT: usize = MOST_OF_TENANT / 2;

/// Those that can begin, in their order, beside those that have begun.
pub(super) fn next(due: Vec<Due>, busy: &[Busy]) -> Vec<Due> {
    let mut busy = busy.to_vec();
    let mut next = Vec::new();
    for due in due {
        let new = Busy { endpoint: due.endpoint, tenant: due.tenant, failing: due.may_fail() };
        let of_tenant = || busy.iter().filter(|other| other.tenant == new.tenant);
        let failing = || busy.iter().filter(|other| other.failing);
        let has_room = busy.len() < MOST && of_tenant().count() < MOST_OF_TENANT;
        let may_fail = failing().count() < MOST_FAILING
            && of_tenant().filter(|other| other.failing).count() < MOST_FAILING_OF_TENANT;
        if has_room && (may_fail || !new.failing) {
            busy.push(new);
            next.push(due);
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use entity::{TenantId, WebhookEndpointId};
    use uuid::Uuid;

    use super::*;

    fn due(number: u128, tenant: u128, failures: i32) -> Due {
        Due {
            endpoint: WebhookEndpointId(Uuid::from_u128(number)),
            tenant: TenantId(Uuid::from_u128(tenant)),
            failures,
            position: 0,
            version: 1,
            latest: 1,
            test: false,
        }
    }

    fn of_tenant(tenant: u128, many: u128, failures: i32) -> Vec<Due> {
        (0..many).map(|number| due(tenant * 1_000 + number, tenant, failures)).collect()
    }

    #[test]
    fn a_tenant_with_many_endpoints_leaves_room_for_others() {
        let all = [of_tenant(1, 100, 0), of_tenant(2, 3, 0)].concat();
        let next = next(all, &[]);
        let of = |tenant| next.iter().filter(|due| due.tenant.0 == Uuid::from_u128(tenant)).count();
        assert_eq!((of(1), of(2)), (MOST_OF_TENANT, 3));
    }

    #[test]
    fn those_that_fail_leave_room_for_those_that_do_not() {
        let failing: Vec<_> = (1..=9).flat_map(|tenant| of_tenant(tenant, 20, 5)).collect();
        let all = [failing, of_tenant(1, 20, 0), of_tenant(99, 20, 0)].concat();
        let begun = next(all, &[]);
        let count = |fails: bool| begun.iter().filter(|due| (due.failures > 0) == fails).count();
        assert_eq!(count(true), MOST_FAILING);
        assert_eq!(count(false), (MOST_OF_TENANT - MOST_FAILING_OF_TENANT) + MOST_OF_TENANT);
    }

    #[test]
    fn those_that_have_begun_count() {
        let busy = |number| Busy {
            endpoint: WebhookEndpointId(Uuid::from_u128(number)),
            tenant: TenantId(Uuid::from_u128(number)),
            failing: false,
        };
        let all: Vec<_> = (1..=MOST as u128).map(busy).collect();
        assert!(next(of_tenant(7, 2, 0), &all).is_empty());
        assert_eq!(next(of_tenant(7, 2, 0), &all[1..]).len(), 1);
    }
}
