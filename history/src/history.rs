//! A history in memory: each party's lines in their order, and the log as all watchers together saw it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::BufRead,
    sync::Arc,
};

use anyhow::Context;

use crate::entry::{Document, Entry, Plan, Progress, Step, Told, Transition, Watch, What};

/// Everything that was written down in a run.
#[derive(Debug, Default)]
pub struct History {
    pub plan: Plan,
    pub writes: Vec<Write>,
    pub watchers: Vec<Watcher>,
    pub faults: Vec<Fault>,
    pub heads: BTreeMap<LogName, i64>,
    /// The first page of each tenant's list of orders after everything was over.
    pub pages: BTreeMap<Arc<str>, Page>,
    /// What each tenant had billed after everything was over.
    pub billed: Vec<Billed>,
    /// When the faults were over and the last write was answered.
    pub healed: Option<u64>,
    pub logs: BTreeMap<LogName, Log>,
    pub lines: u64,
}

/// What a tenant has billed, and for which subscriptions it had to.
#[derive(Debug)]
pub struct Billed {
    pub tenant: String,
    pub documents: Vec<Document>,
    pub begun: Vec<String>,
    pub line: u64,
}

/// A tenant, and the epoch of its log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName {
    pub tenant: Arc<str>,
    pub epoch: Arc<str>,
}

/// What all watchers together were told of one log, by position.
pub type Log = BTreeMap<i64, Fact>;

/// One event, put together from what watchers were told of it.
#[derive(Clone, Debug)]
pub struct Fact {
    pub told: Told,
    /// Where it was first told.
    pub line: u64,
}

/// One request of a writer.
#[derive(Clone, Debug)]
pub struct Write {
    pub tenant: Arc<str>,
    pub step: Step,
    pub key: String,
    pub order: Option<String>,
    pub invoked: u64,
    pub line: u64,
    pub end: End,
}

/// What a writer knows about its request in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Ok { t: u64 },
    Fail,
    Unknown,
}

#[derive(Debug)]
pub struct Watcher {
    pub name: String,
    pub wants: Arc<Watch>,
    pub items: Vec<Item>,
    /// It left before the end.
    pub left: bool,
}

/// A line of a watcher.
#[derive(Clone, Debug)]
pub struct Item {
    pub t: u64,
    pub line: u64,
    pub what: Seen,
}

#[derive(Clone, Debug)]
pub enum Seen {
    Join { node: u32 },
    Resume { node: u32, pos: i64 },
    Recv { epoch: Arc<str>, pos: i64, told: Arc<Told> },
    Passed { epoch: Arc<str>, pos: i64 },
    Snapshot { epoch: Arc<str>, pos: i64, order: String, ver: i64 },
    Counts { epoch: Arc<str>, pos: i64, counts: BTreeMap<String, i64> },
    Page { epoch: Arc<str>, pos: i64, orders: Page },
    Gap { epoch: Arc<str>, reason: String, earliest: i64, latest: i64 },
    Close,
}

/// Orders in the order of a list, each with its version.
pub type Page = Vec<(String, i64)>;

#[derive(Clone, Debug)]
pub struct Fault {
    pub name: String,
    pub start: u64,
    pub end: u64,
    pub proof: Option<String>,
    pub line: u64,
}

impl History {
    /// Reads a history, one entry per line.
    pub fn read(lines: impl BufRead) -> anyhow::Result<Self> {
        let mut reading = Reading::default();
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line?;
            let entry = serde_json::from_str(&line).with_context(|| format!("line {number}"))?;
            reading.take(number, entry).with_context(|| format!("line {number}"))?;
        }
        Ok(reading.history)
    }
}

#[derive(Default)]
struct Reading {
    history: History,
    names: HashSet<Arc<str>>,
    tellings: HashSet<Arc<Told>>,
    watchers: HashMap<String, usize>,
    writes: HashMap<String, usize>,
}

impl Reading {
    fn take(&mut self, line: u64, entry: Entry) -> anyhow::Result<()> {
        let Entry { t, p, what } = entry;
        self.history.lines = line;
        let seen = match what {
            What::Run(plan) => {
                self.history.plan = plan;
                return Ok(());
            }
            What::Transition(transition) => return self.transition(t, line, transition),
            What::Watch(watch) => {
                self.watchers.insert(p.clone(), self.history.watchers.len());
                self.history.watchers.push(Watcher {
                    name: p,
                    wants: Arc::new(watch),
                    items: Vec::new(),
                    left: false,
                });
                return Ok(());
            }
            What::Nemesis { nemesis, start, end, proof } => {
                self.history.faults.push(Fault { name: nemesis, start, end, proof, line });
                return Ok(());
            }
            What::Heal => {
                self.history.healed = Some(t);
                return Ok(());
            }
            What::Billed { tenant, documents, begun } => {
                self.history.billed.push(Billed { tenant, documents, begun, line });
                return Ok(());
            }
            What::Head { tenant, epoch, pos } => {
                let log = LogName { tenant: self.name(&tenant), epoch: self.name(&epoch) };
                self.history.heads.insert(log, pos);
                return Ok(());
            }
            What::Leave => {
                self.watcher(&p)?.left = true;
                return Ok(());
            }
            What::Join { node, .. } => Seen::Join { node },
            What::Resume { node, pos, .. } => Seen::Resume { node, pos },
            What::Recv(recv) => {
                let epoch = self.name(&recv.epoch);
                let told = self.telling(recv.told);
                let tenant = self.watcher(&p)?.wants.tenant.clone();
                let log = LogName { tenant: self.name(&tenant), epoch: epoch.clone() };
                let fact = Fact { told: Told::default(), line };
                let log = self.history.logs.entry(log).or_default();
                log.entry(recv.pos).or_insert(fact).complete(&told);
                Seen::Recv { epoch, pos: recv.pos, told }
            }
            What::Passed { epoch, pos, .. } => Seen::Passed { epoch: self.name(&epoch), pos },
            What::Snapshot { epoch, pos, order, ver, .. } => {
                Seen::Snapshot { epoch: self.name(&epoch), pos, order, ver }
            }
            What::Counts { epoch, pos, counts, .. } => {
                Seen::Counts { epoch: self.name(&epoch), pos, counts }
            }
            What::Page { tenant, orders, .. } if p == "run" => {
                let tenant = self.name(&tenant);
                self.history.pages.insert(tenant, orders);
                return Ok(());
            }
            What::Page { epoch, pos, orders, .. } => {
                Seen::Page { epoch: self.name(&epoch), pos, orders }
            }
            What::Gap { epoch, reason, earliest, latest, .. } => {
                Seen::Gap { epoch: self.name(&epoch), reason, earliest, latest }
            }
            What::Close { .. } => Seen::Close,
        };
        self.watcher(&p)?.items.push(Item { t, line, what: seen });
        Ok(())
    }

    fn transition(&mut self, t: u64, line: u64, it: Transition) -> anyhow::Result<()> {
        if it.progress == Progress::Invoke {
            let write = Write {
                tenant: self.name(&it.tenant),
                step: it.step,
                key: it.key.clone(),
                order: it.order,
                invoked: t,
                line,
                end: End::Unknown,
            };
            self.writes.insert(it.key, self.history.writes.len());
            self.history.writes.push(write);
            return Ok(());
        }
        let index = self.writes.get(&it.key).context("an answer to a request that was not made")?;
        let write = &mut self.history.writes[*index];
        write.order = it.order.or(write.order.take());
        write.end = match it.progress {
            Progress::Ok => End::Ok { t },
            Progress::Fail => End::Fail,
            Progress::Info | Progress::Invoke => End::Unknown,
        };
        Ok(())
    }

    fn watcher(&mut self, name: &str) -> anyhow::Result<&mut Watcher> {
        let index = self.watchers.get(name).context("a watcher that was not introduced")?;
        Ok(&mut self.history.watchers[*index])
    }

    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name: Arc<str> = text.into();
        self.names.insert(name.clone());
        name
    }

    fn telling(&mut self, told: Told) -> Arc<Told> {
        if let Some(known) = self.tellings.get(&told) {
            return known.clone();
        }
        let told = Arc::new(told);
        self.tellings.insert(told.clone());
        told
    }
}

impl Fact {
    /// Adds what is not known yet.
    fn complete(&mut self, told: &Told) {
        fn fill<T: Clone>(known: &mut Option<T>, told: Option<&T>) {
            if known.is_none() {
                *known = told.cloned();
            }
        }
        let known = &mut self.told;
        fill(&mut known.kind, told.kind.as_ref());
        fill(&mut known.order, told.order.as_ref());
        fill(&mut known.ver, told.ver.as_ref());
        fill(&mut known.trigger, told.trigger.as_ref());
        fill(&mut known.from, told.from.as_ref());
        fill(&mut known.to, told.to.as_ref());
        fill(&mut known.customer, told.customer.as_ref());
        fill(&mut known.partner, told.partner.as_ref());
        fill(&mut known.reference, told.reference.as_ref());
    }
}

impl Watch {
    /// Whether an event is to be told to this watcher; none: too little is known of the event.
    pub fn wants(&self, event: &Told) -> Option<bool> {
        // The kind is known of events that were told in full, and whatever is missing then does not exist.
        event.kind.as_ref()?;
        let among = |list: &Option<Vec<String>>, value: &Option<String>| {
            list.as_ref().is_none_or(|list| value.as_ref().is_some_and(|it| list.contains(it)))
        };
        let is =
            |wanted: &Option<String>, value: &Option<String>| wanted.is_none() || wanted == value;
        Some(
            is(&self.customer_scope, &event.customer)
                && is(&self.partner_scope, &event.partner)
                && is(&self.customer, &event.customer)
                && is(&self.partner, &event.partner)
                && among(&self.kinds, &event.kind)
                && among(&self.orders, &event.order)
                && among(&self.from_statuses, &event.from)
                && among(&self.to_statuses, &event.to),
        )
    }
}
