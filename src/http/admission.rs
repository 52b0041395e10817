//! Permits: of what runs at once, a tenant has at most a share, and a caller at most a part of that. Whoever must wait
//! is served in turn with other tenants, and with other callers of its tenant, so nobody gets more by asking more.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use entity::TenantId;
use tokio::{sync::oneshot, time::timeout};

use super::caller::Caller;

/// What may run at once, and what may wait. Weights are added up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) total: usize,
    pub(super) tenant: usize,
    pub(super) caller: usize,
    /// How many may run at once of those that keep a processor busy.
    pub(super) heavy: usize,
    /// How many may wait in all. A tenant may have half of them, a caller a quarter.
    pub(super) waiting: usize,
    /// How long one may wait; none: as long as it takes.
    pub(super) patience: Option<Duration>,
}

/// How much of a share one piece of work takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Load {
    pub(super) weight: usize,
    /// Whether it keeps a processor busy for long.
    pub(super) heavy: bool,
}

/// A pool of permits for one kind of work, with queues for those who wait. Cheap to clone.
#[derive(Clone)]
pub(super) struct Admission(Arc<Shared>);

struct Shared {
    shares: Shares,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: usize,
    heavy: usize,
    waiting: usize,
    tenants: HashMap<TenantId, Tenant>,
    /// The tenants of which somebody waits; the one that is served next comes first.
    rota: VecDeque<TenantId>,
    last_number: u64,
}

#[derive(Default)]
struct Tenant {
    running: usize,
    waiting: usize,
    callers: HashMap<String, usize>,
    /// The queues of its callers; the one that is served next comes first.
    queues: VecDeque<Queue>,
}

/// The queue of one caller. Light work does not wait behind heavy work.
struct Queue {
    subject: String,
    heavy: bool,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    number: u64,
    load: Load,
    ring: oneshot::Sender<()>,
}

/// A permit to run; returned when dropped.
pub(super) struct Permit {
    shared: Arc<Shared>,
    caller: Caller,
    load: Load,
    /// Whether there is something to return.
    held: bool,
}

/// A place in a queue; given up when dropped.
struct Ticket {
    number: u64,
    /// The permit that it stands for, once it is called.
    permit: Option<Permit>,
}

/// There are too many already, or it took too long.
#[derive(Debug)]
pub(super) struct Busy;

impl Load {
    pub(super) const LIGHT: Self = Self { weight: 1, heavy: false };
}

impl Admission {
    pub(super) fn new(shares: Shares) -> Self {
        Self(Arc::new(Shared { shares, state: Mutex::default() }))
    }

    /// Waits for a permit.
    pub(super) async fn acquire(&self, caller: Caller, load: Load) -> Result<Permit, Busy> {
        let (ticket, bell) = match self.ask(caller, load)? {
            Asked::Now(permit) => return Ok(permit),
            Asked::Later(ticket, bell) => (ticket, bell),
        };
        let was_rung = match self.0.shares.patience {
            Some(patience) => timeout(patience, bell).await.is_ok_and(|rung| rung.is_ok()),
            None => bell.await.is_ok(),
        };
        if was_rung { ticket.redeem() } else { Err(Busy) }
    }

    /// How much runs, and how many wait.
    pub(super) fn count(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.running, state.waiting)
    }

    #[cfg(test)]
    pub(super) fn shares(&self) -> Shares {
        self.0.shares
    }

    fn ask(&self, caller: Caller, load: Load) -> Result<Asked, Busy> {
        let shares = &self.0.shares;
        let mut state = self.0.lock();
        if state.waiting == 0 && state.fits(shares, &caller, load) == Fit::Fits {
            state.start(&caller, load);
            drop(state);
            return Ok(Asked::Now(self.0.permit(caller, load)));
        }
        let tenant = state.tenants.get(&caller.0);
        let of_tenant = tenant.map_or(0, |tenant| tenant.waiting);
        let of_caller = tenant.map_or(0, |tenant| tenant.waiting_of(&caller.1));
        let part = |parts| shares.waiting.div_ceil(parts);
        if state.waiting >= shares.waiting || of_tenant >= part(2) || of_caller >= part(4) {
            return Err(Busy);
        }
        let (ring, bell) = oneshot::channel();
        let number = state.wait(&caller, load, ring);
        // Others may wait for what this one does not need.
        state.serve(shares);
        drop(state);
        let permit = Some(self.0.permit(caller, load));
        Ok(Asked::Later(Ticket { number, permit }, bell))
    }
}

enum Asked {
    Now(Permit),
    Later(Ticket, oneshot::Receiver<()>),
}

/// Whether there is room, and if not, for whom there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Fits,
    /// Others may fit.
    NotThis,
    /// Nobody fits, or whoever needs most would wait for ever.
    Nobody,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn permit(self: &Arc<Self>, caller: Caller, load: Load) -> Permit {
        Permit { shared: self.clone(), caller, load, held: true }
    }
}

impl State {
    fn fits(&self, shares: &Shares, caller: &Caller, load: Load) -> Fit {
        // Whatever is larger than its share runs where nothing else does.
        let within = |running, share| running == 0 || running + load.weight <= share;
        if !within(self.running, shares.total) {
            return Fit::Nobody;
        }
        let tenant = self.tenants.get(&caller.0);
        let of_caller = tenant.and_then(|it| it.callers.get(&caller.1)).copied().unwrap_or(0);
        let fits = within(tenant.map_or(0, |tenant| tenant.running), shares.tenant)
            && within(of_caller, shares.caller)
            && !(load.heavy && self.heavy >= shares.heavy);
        if fits { Fit::Fits } else { Fit::NotThis }
    }

    fn start(&mut self, caller: &Caller, load: Load) {
        self.running += load.weight;
        self.heavy += usize::from(load.heavy);
        let tenant = self.tenants.entry(caller.0).or_default();
        tenant.running += load.weight;
        *tenant.callers.entry(caller.1.clone()).or_default() += load.weight;
    }

    fn end(&mut self, caller: &Caller, load: Load) {
        self.running -= load.weight;
        self.heavy -= usize::from(load.heavy);
        if let Some(tenant) = self.tenants.get_mut(&caller.0) {
            tenant.running -= load.weight;
            if let Some(running) = tenant.callers.get_mut(&caller.1) {
                *running -= load.weight;
                if *running == 0 {
                    tenant.callers.remove(&caller.1);
                }
            }
        }
        self.forget_if_idle(caller.0);
    }

    fn wait(&mut self, caller: &Caller, load: Load, ring: oneshot::Sender<()>) -> u64 {
        self.last_number += 1;
        let waiting = Waiting { number: self.last_number, load, ring };
        self.waiting += 1;
        let tenant = self.tenants.entry(caller.0).or_default();
        tenant.waiting += 1;
        if tenant.waiting == 1 {
            self.rota.push_back(caller.0);
        }
        let queue = tenant.queues.iter_mut().find(|queue| queue.is_of(&caller.1, load));
        match queue {
            Some(queue) => queue.waiting.push_back(waiting),
            None => tenant.queues.push_back(Queue {
                subject: caller.1.clone(),
                heavy: load.heavy,
                waiting: VecDeque::from([waiting]),
            }),
        }
        self.last_number
    }

    /// Takes somebody out of those who wait; false if it was called before.
    fn leave(&mut self, caller: &Caller, load: Load, number: u64) -> bool {
        let Some(tenant) = self.tenants.get_mut(&caller.0) else { return false };
        let Some(index) = tenant.queues.iter().position(|queue| queue.is_of(&caller.1, load))
        else {
            return false;
        };
        let queue = &mut tenant.queues[index].waiting;
        let Some(at) = queue.iter().position(|waiting| waiting.number == number) else {
            return false;
        };
        queue.remove(at);
        if queue.is_empty() {
            tenant.queues.remove(index);
        }
        self.left(caller.0);
        true
    }

    /// One fewer waits.
    fn left(&mut self, id: TenantId) {
        self.waiting -= 1;
        if let Some(tenant) = self.tenants.get_mut(&id) {
            tenant.waiting -= 1;
            if tenant.waiting == 0 {
                self.rota.retain(|tenant| *tenant != id);
            }
        }
        self.forget_if_idle(id);
    }

    fn forget_if_idle(&mut self, id: TenantId) {
        if self.tenants.get(&id).is_some_and(|it| it.running == 0 && it.waiting == 0) {
            self.tenants.remove(&id);
        }
    }

    /// Calls all who fit, one of each tenant after the other.
    fn serve(&mut self, shares: &Shares) {
        let mut passed_over = 0;
        while passed_over < self.rota.len() {
            let Some(id) = self.rota.pop_front() else { return };
            match self.next_of(shares, id) {
                Ok((subject, waiting)) => {
                    self.rota.push_back(id);
                    self.left(id);
                    let (caller, load) = ((id, subject), waiting.load);
                    self.start(&caller, load);
                    // Whoever has gone away meanwhile returns the permit.
                    waiting.ring.send(()).ok();
                    passed_over = 0;
                }
                Err(Fit::Nobody) => {
                    self.rota.push_front(id);
                    return;
                }
                Err(Fit::NotThis | Fit::Fits) => {
                    self.rota.push_back(id);
                    passed_over += 1;
                }
            }
        }
    }

    /// Takes whoever is served next out of a tenant's queues.
    fn next_of(&mut self, shares: &Shares, id: TenantId) -> Result<(String, Waiting), Fit> {
        let queues = self.tenants.get(&id).map_or(0, |tenant| tenant.queues.len());
        for index in 0..queues {
            let Some(tenant) = self.tenants.get(&id) else { break };
            let Some(queue) = tenant.queues.get(index) else { break };
            let Some(first) = queue.waiting.front() else { continue };
            match self.fits(shares, &(id, queue.subject.clone()), first.load) {
                Fit::NotThis => {}
                Fit::Nobody => return Err(Fit::Nobody),
                Fit::Fits => {
                    let Some(tenant) = self.tenants.get_mut(&id) else { break };
                    let Some(mut queue) = tenant.queues.remove(index) else { break };
                    let Some(first) = queue.waiting.pop_front() else { break };
                    let subject = queue.subject.clone();
                    if !queue.waiting.is_empty() {
                        tenant.queues.push_back(queue);
                    }
                    return Ok((subject, first));
                }
            }
        }
        Err(Fit::NotThis)
    }
}

impl Tenant {
    fn waiting_of(&self, subject: &str) -> usize {
        self.queues.iter().filter(|it| it.subject == subject).map(|it| it.waiting.len()).sum()
    }
}

impl Queue {
    fn is_of(&self, subject: &str, load: Load) -> bool {
        self.subject == subject && self.heavy == load.heavy
    }
}

impl Ticket {
    /// The permit, once the ticket was called.
    fn redeem(mut self) -> Result<Permit, Busy> {
        self.permit.take().ok_or(Busy)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(mut permit) = self.permit.take() else { return };
        // A ticket that is not in a queue any more was called, so its permit is returned.
        let waited = permit.shared.lock().leave(&permit.caller, permit.load, self.number);
        permit.held = !waited;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.held {
            let mut state = self.shared.lock();
            state.end(&self.caller, self.load);
            state.serve(&self.shared.shares);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    const SHARES: Shares =
        Shares { total: 8, tenant: 4, caller: 2, heavy: 1, waiting: 16, patience: None };
    const HEAVY: Load = Load { weight: 2, heavy: true };

    fn caller(tenant: u128, subject: &str) -> Caller {
        (TenantId(Uuid::from_u128(tenant)), subject.to_owned())
    }

    type Asking = Pin<Box<dyn Future<Output = Result<Permit, Busy>> + Send>>;

    /// Somebody asks, and joins the queue at once.
    fn ask(admission: &Admission, who: Caller, load: Load) -> Asking {
        let admission = admission.clone();
        let mut asking: Asking = Box::pin(async move { admission.acquire(who, load).await });
        match (&mut asking).now_or_never() {
            Some(answer) => std::future::ready(answer).boxed(),
            None => asking,
        }
    }

    fn permit(asking: &mut Asking) -> Option<Permit> {
        asking.now_or_never()?.ok()
    }

    fn is_busy(asking: &mut Asking) -> bool {
        matches!(asking.now_or_never(), Some(Err(Busy)))
    }

    #[test]
    fn callers_and_tenants_have_at_most_their_share() {
        let admission = Admission::new(SHARES);
        let light = |who| permit(&mut ask(&admission, who, Load::LIGHT));
        let of_ada = [light(caller(1, "ada")), light(caller(1, "ada"))];
        assert!(of_ada.iter().all(Option::is_some));
        assert!(light(caller(1, "ada")).is_none(), "a caller has two at once");
        let of_bob = [light(caller(1, "bob")), light(caller(1, "bob"))];
        assert!(of_bob.iter().all(Option::is_some));
        assert!(light(caller(1, "cy")).is_none(), "a tenant has four at once");
        assert!(light(caller(2, "dee")).is_some(), "another tenant is not concerned");
        drop(of_ada);
        assert!(light(caller(1, "cy")).is_some());
    }

    #[test]
    fn tenants_are_served_in_turn_however_many_of_one_wait() {
        let admission = Admission::new(Shares { total: 1, ..SHARES });
        let running = permit(&mut ask(&admission, caller(9, "x"), Load::LIGHT)).unwrap();
        let mut greedy: Vec<_> =
            (0..3).map(|_| ask(&admission, caller(1, "ada"), Load::LIGHT)).collect();
        let mut modest = ask(&admission, caller(2, "bob"), Load::LIGHT);
        drop(running);
        let first = permit(&mut greedy[0]).unwrap();
        assert!(permit(&mut modest).is_none());
        drop(first);
        assert!(permit(&mut greedy[1]).is_none(), "now it is the other tenant's turn");
        let second = permit(&mut modest).unwrap();
        drop(second);
        assert!(permit(&mut greedy[1]).is_some());
    }

    #[test]
    fn callers_of_a_tenant_are_served_in_turn() {
        let admission = Admission::new(Shares { tenant: 1, ..SHARES });
        let running = permit(&mut ask(&admission, caller(1, "x"), Load::LIGHT)).unwrap();
        let mut greedy: Vec<_> =
            (0..3).map(|_| ask(&admission, caller(1, "ada"), Load::LIGHT)).collect();
        let mut modest = ask(&admission, caller(1, "bob"), Load::LIGHT);
        drop(running);
        drop(permit(&mut greedy[0]).unwrap());
        assert!(permit(&mut greedy[1]).is_none());
        assert!(permit(&mut modest).is_some());
    }

    #[test]
    fn of_what_is_heavy_so_much_runs_at_once_and_what_is_light_passes_it() {
        let admission = Admission::new(SHARES);
        let running = permit(&mut ask(&admission, caller(1, "ada"), HEAVY)).unwrap();
        let mut other = ask(&admission, caller(2, "bob"), HEAVY);
        assert!(permit(&mut other).is_none());
        assert!(permit(&mut ask(&admission, caller(2, "bob"), Load::LIGHT)).is_some());
        drop(running);
        assert!(permit(&mut other).is_some());
    }

    #[test]
    fn what_is_larger_than_a_share_runs_alone() {
        let admission = Admission::new(SHARES);
        let large = Load { weight: 100, heavy: false };
        let running = permit(&mut ask(&admission, caller(1, "ada"), large)).unwrap();
        let mut other = ask(&admission, caller(2, "bob"), Load::LIGHT);
        assert!(permit(&mut other).is_none());
        drop(running);
        assert!(permit(&mut other).is_some());
    }

    #[test]
    fn who_would_be_one_too_many_of_those_who_wait_is_told_so() {
        let admission = Admission::new(Shares { total: 1, ..SHARES });
        let _running = permit(&mut ask(&admission, caller(9, "x"), Load::LIGHT)).unwrap();
        let mut asking: Vec<_> =
            (0..5).map(|_| ask(&admission, caller(1, "ada"), Load::LIGHT)).collect();
        assert!(is_busy(&mut asking[4]), "a quarter of 16 places is for one caller");
        asking.extend((0..4).map(|_| ask(&admission, caller(1, "bob"), Load::LIGHT)));
        let mut more = ask(&admission, caller(1, "cy"), Load::LIGHT);
        assert!(is_busy(&mut more), "half of them are for one tenant");
        assert_eq!(admission.count(), (1, 8));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_longer_than_is_bearable() {
        let patience = Some(Duration::from_secs(1));
        let admission = Admission::new(Shares { total: 1, patience, ..SHARES });
        let running = admission.acquire(caller(1, "ada"), Load::LIGHT).await;
        assert!(matches!(admission.acquire(caller(2, "bob"), Load::LIGHT).await, Err(Busy)));
        drop(running);
        assert!(admission.acquire(caller(2, "bob"), Load::LIGHT).await.is_ok());
        assert_eq!(admission.count(), (0, 0));
    }

    #[test]
    fn whoever_goes_away_leaves_nothing_behind() {
        let admission = Admission::new(Shares { total: 1, ..SHARES });
        let running = permit(&mut ask(&admission, caller(1, "ada"), Load::LIGHT)).unwrap();
        let waiting = ask(&admission, caller(1, "ada"), Load::LIGHT);
        let called = ask(&admission, caller(2, "bob"), Load::LIGHT);
        let heavy = ask(&admission, caller(3, "cy"), HEAVY);
        drop(waiting);
        // The permit now belongs to somebody who does not take it.
        drop(running);
        assert_eq!(admission.count(), (1, 1));
        drop(called);
        assert_eq!(admission.count(), (2, 0), "the next one has been called");
        drop(heavy);
        assert_eq!(admission.count(), (0, 0));
        let state = admission.0.lock();
        assert!(state.tenants.is_empty() && state.rota.is_empty() && state.heavy == 0);
    }
}
