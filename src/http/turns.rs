//! How much of a node what kind of work may take at once.

use std::{thread::available_parallelism, time::Duration};

use async_graphql::ServerError;
use entity::TenantId;

use super::{
    admission::{Admission, Load, Shares, Turn},
    caller::Caller,
    config::HttpConfig,
    errors,
};
use crate::document::{OperationKind, RequestFacts};

/// How long a request may wait for its turn.
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

/// The turns of a node.
pub(super) struct Turns {
    pub(super) queries: Admission,
    pub(super) mutations: Admission,
    /// Who has a turn may begin a feed.
    pub(super) beginnings: Admission,
    /// Each event of a feed is executed when it is its tenant's turn.
    pub(super) events: Admission,
    most: usize,
}

impl Turns {
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
            // They are watchers, which are counted, and come back otherwise.
            waiting: usize::MAX,
            patience: None,
        };
        let events = Shares {
            // A group of watchers is nobody in particular.
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

    /// Waits until it is the caller's turn to have this executed.
    pub(super) async fn wait(
        &self,
        caller: Caller,
        facts: &RequestFacts,
    ) -> Result<Turn, ServerError> {
        let (admission, base) = match facts.kind {
            OperationKind::Query | OperationKind::Subscription => (&self.queries, QUERY),
            OperationKind::Mutation => (&self.mutations, MUTATION),
        };
        let turn = admission.turn(caller, self.load(base, facts.cost)).await;
        turn.map_err(|_| {
            let message = "The server is busy with other requests of yours, or of others.";
            errors::come_back(errors::RESOURCE_EXHAUSTED, message, COME_BACK_AFTER)
        })
    }

    /// Waits until it is the tenant's turn to have an event of a feed executed; none: nobody is to wait any more.
    pub(super) async fn wait_for_event(
        &self,
        tenant_id: TenantId,
        facts: &RequestFacts,
    ) -> Option<Turn> {
        let load = self.load(QUERY, facts.cost);
        self.events.turn((tenant_id, String::new()), load).await.ok()
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
            let turns = Turns::new(&config);
            assert_eq!(shares(&turns.queries).0, queries * QUERY, "of {connections}");
            assert_eq!(shares(&turns.mutations).0, mutations, "of {connections}");
        }
        let turns = Turns::new(&HttpConfig::default());
        assert_eq!((shares(&turns.queries), shares(&turns.mutations)), ((32, 16), (32, 16)));
    }

    #[test]
    fn what_costs_more_weighs_more_up_to_a_caller_s_share() {
        let turns = Turns::new(&HttpConfig::default());
        for (cost, weight, heavy) in [
            (1, 2, false),
            (249, 2, false),
            (1_000, 6, false),
            (1_500, 8, true),
            (u32::MAX, 16, true),
        ] {
            assert_eq!(turns.load(QUERY, cost), Load { weight, heavy }, "{cost}");
        }
        assert_eq!(turns.load(MUTATION, 1), Load::LIGHT);
    }
}
