//! The permits of a node: how much of each kind of work may run at once.

use std::{thread::available_parallelism, time::Duration};

use async_graphql::ServerError;
use entity::TenantId;

use super::{
    admission::{Admission, Load, Permit, Shares},
    caller::Caller,
    config::HttpConfig,
    errors,
};
use crate::document::{OperationKind, RequestFacts};

/// How long a request may wait for its permit.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const COME_BACK_AFTER: Duration = Duration::from_secs(1);

/// What costs this much more takes one more of a share.
const COST_OF_ONE: u32 = 250;
/// What costs this much keeps a processor busy.
const HEAVY: u32 = 1_500;

/// A query keeps a processor busy; a mutation mostly waits for the disk.
const QUERY: usize = 2;
const MUTATION: usize = 1;

/// How many feeds begin at once on a node. A feed needs much more room while it begins than later, and after a restart
/// thousands come back in one moment.
const MOST_BEGINNING: usize = 64;

/// The permits of a node.
pub(super) struct Permits {
    pub(super) queries: Admission,
    pub(super) mutations: Admission,
    /// A feed holds one while it begins.
    pub(super) beginnings: Admission,
    /// The execution of an event of a feed holds one.
    pub(super) events: Admission,
    most: usize,
}

impl Permits {
    pub(super) fn new(config: &HttpConfig) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let shares = |tenant: usize| Shares {
            total: config.in_flight,
            tenant,
            caller: config.in_flight_per_caller.min((tenant * 3).div_ceil(4)),
            // One is left for everybody else.
            heavy: (processors - 1).max(1),
            waiting: config.waiting,
            patience: Some(LONGEST_WAIT),
        };
        // Together less than all connections, so that there is always one for another tenant.
        let connections = config.database_connections.map(|most| most as usize);
        let tenant = |connections: Option<usize>, weight: usize| {
            let of_connections = connections.map_or(usize::MAX, |most| most.max(1) * weight);
            config.in_flight_per_tenant.min(of_connections)
        };
        let queries = tenant(connections.map(|most| most / 2), QUERY);
        let mutations =
            tenant(connections.map(|most| most.div_ceil(2).saturating_sub(1)), MUTATION);
        let beginnings = Shares {
            total: MOST_BEGINNING,
            tenant: MOST_BEGINNING / 2,
            caller: MOST_BEGINNING / 4,
            heavy: MOST_BEGINNING,
            // They are watchers, which are counted, and would come back.
            waiting: usize::MAX,
            patience: None,
        };
        let events = Shares {
            // A group of watchers is no caller.
            caller: queries,
            waiting: usize::MAX,
            patience: None,
            ..shares(queries)
        };
        Self {
            queries: Admission::new(shares(queries)),
            mutations: Admission::new(shares(mutations)),
            beginnings: Admission::new(beginnings),
            events: Admission::new(events),
            most: config.in_flight_per_caller.max(QUERY),
        }
    }

    /// Waits for a permit to execute a query or a mutation.
    pub(super) async fn for_request(
        &self,
        caller: Caller,
        facts: &RequestFacts,
    ) -> Result<Permit, ServerError> {
        let (admission, base) = match facts.kind {
            OperationKind::Query | OperationKind::Subscription => (&self.queries, QUERY),
            OperationKind::Mutation => (&self.mutations, MUTATION),
        };
        let permit = admission.acquire(caller, self.load(base, facts.cost)).await;
        permit.map_err(|_| {
            let message = "The server is busy with other requests of yours, or of others.";
            errors::come_back(errors::RESOURCE_EXHAUSTED, message, COME_BACK_AFTER)
        })
    }

    /// Waits for a permit to execute an event of a feed; none: nobody is to wait any more.
    pub(super) async fn for_event(
        &self,
        tenant_id: TenantId,
        facts: &RequestFacts,
    ) -> Option<Permit> {
        let load = self.load(QUERY, facts.cost);
        self.events.acquire((tenant_id, String::new()), load).await.ok()
    }

    fn load(&self, base: usize, cost: u32) -> Load {
        let more = usize::try_from(cost / COST_OF_ONE).unwrap_or(usize::MAX);
        Load { weight: base.saturating_add(more).min(self.most), heavy: cost >= HEAVY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(admission: &Admission) -> (usize, usize) {
        let shares = admission.shares();
        (shares.tenant, shares.caller)
    }

    #[test]
    fn a_tenant_never_has_all_connections_to_the_database() {
        for (connections, queries, mutations) in
            [(1, 1, 1), (2, 1, 1), (3, 1, 1), (8, 4, 3), (9, 4, 4), (1_000, 16, 32)]
        {
            let config =
                HttpConfig { database_connections: Some(connections), ..HttpConfig::default() };
            let permits = Permits::new(&config);
            assert_eq!(shares(&permits.queries).0, queries * QUERY, "of {connections}");
            assert_eq!(shares(&permits.mutations).0, mutations, "of {connections}");
        }
        let permits = Permits::new(&HttpConfig::default());
        assert_eq!((shares(&permits.queries), shares(&permits.mutations)), ((32, 16), (32, 16)));
    }

    #[test]
    fn what_costs_more_weighs_more_up_to_a_caller_s_share() {
        let permits = Permits::new(&HttpConfig::default());
        for (cost, weight, heavy) in [
            (1, 2, false),
            (249, 2, false),
            (1_000, 6, false),
            (1_500, 8, true),
            (u32::MAX, 16, true),
        ] {
            assert_eq!(permits.load(QUERY, cost), Load { weight, heavy }, "{cost}");
        }
        assert_eq!(permits.load(MUTATION, 1), Load::LIGHT);
    }
}
