//! Somebody who watches, leaves, comes back to another node, and goes on where it was.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    api::{self, Place},
    feeds::{Feed, Subject},
    socket::{Heard, Socket},
    stage::{Act, Stage},
};
use crate::entry::{Recv, What};

/// How often a watcher breaks the rules before it leaves: once in so many times.
const RUDE_ONCE_IN: u32 = 12;
/// How long it then waits to be thrown out.
const RUDE_FOR: Duration = Duration::from_secs(4);
/// How long a watcher of one order, or of a list, looks at the same where it stays for ever.
const LOOKS: Duration = Duration::from_secs(15);

/// Where a watcher is, for those who wait for it.
#[derive(Debug, Default)]
pub(super) struct Sight {
    pub(super) tenant: usize,
    pub(super) pos: AtomicI64,
    /// It hears from a node.
    pub(super) live: AtomicBool,
    lost_at: AtomicU64,
    /// The longest time between losing a node and hearing from one again, in nanoseconds.
    pub(super) longest_outage: AtomicU64,
}

pub(super) struct Watcher {
    pub(super) stage: Arc<Stage>,
    pub(super) sight: Arc<Sight>,
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) feed: Feed,
    /// How long it stays with one node, on average; none: as long as it can.
    pub(super) stays: Option<Duration>,
}

/// What a watcher knows, kept from one connection to the next.
struct State {
    name: String,
    feed: Feed,
    cursor: Option<String>,
    conn: u32,
    /// When it looks for something else to watch.
    until: Option<Instant>,
    page: Page,
}

/// The page of a list, as a screen keeps it.
#[derive(Default)]
struct Page {
    versions: HashMap<String, i64>,
}

/// Why a connection is over.
enum Left {
    /// For another one.
    Again,
    /// The watcher wants to look at something else.
    Elsewhere,
    Over,
}

impl Watcher {
    /// Watches until the run is over.
    pub(super) async fn watch(self) {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut rounds = 0;
        loop {
            let look = self.look(rounds, &mut random);
            let left = tokio::select! {
                left = look => left,
                () = self.stage.reaches(Act::Over) => return,
            };
            match left {
                Left::Elsewhere | Left::Again => rounds += 1,
                Left::Over => return,
            }
        }
    }

    /// Watches one thing to its end.
    async fn look(&self, round: u32, random: &mut StdRng) -> Left {
        let mut state = State {
            name: self.name.clone(),
            feed: self.feed.clone(),
            cursor: self.feed.cursor.clone(),
            conn: 0,
            until: None,
            page: Page::default(),
        };
        let looks = self.stays.map_or(LOOKS, |stays| stays / 2);
        match self.feed.subject {
            Subject::Events | Subject::Counts | Subject::Page => {}
            Subject::Order => {
                let Some(order) = self.stage.recent(self.sight.tenant) else {
                    sleep(Duration::from_millis(200)).await;
                    return Left::Elsewhere;
                };
                state.feed.of_order(order);
                state.becomes(&format!("{}.{round}", self.name), looks);
            }
            Subject::List => state.becomes(&format!("{}.{round}", self.name), looks),
        }
        let list = match self.feed.subject {
            Subject::List => {
                let Ok(list) = self.list(random).await else {
                    sleep(Duration::from_millis(200)).await;
                    return Left::Elsewhere;
                };
                Some(list)
            }
            Subject::Events | Subject::Order | Subject::Counts | Subject::Page => None,
        };
        self.stage.recorder.note(&state.name, What::Watch(state.feed.wants.clone()));
        if let Some((cursor, orders)) = list {
            for order in orders {
                self.stage.recorder.note(&state.name, order);
            }
            state.cursor = Some(cursor);
        }
        loop {
            match self.connection(&mut state, random).await {
                Ok(Left::Again) => {}
                Ok(Left::Over) => return Left::Over,
                Ok(Left::Elsewhere) => {
                    self.stage.recorder.note(&state.name, What::Leave);
                    return Left::Elsewhere;
                }
                Err(_) => sleep(Duration::from_millis(random.random_range(20..300))).await,
            }
        }
    }

    /// A list, and the cursor from which it can be followed.
    async fn list(&self, random: &mut StdRng) -> anyhow::Result<(String, Vec<What>)> {
        const LIST: &str = "{ feedCursor orders(first: 20) { nodes { id version status } } }";
        let (_, node) = self.stage.node(random);
        let answer = api::post(&self.stage.client, node, &self.feed.key, LIST, json!({})).await?;
        anyhow::ensure!(answer.get("errors").is_none(), "{answer}");
        let cursor = answer["data"]["feedCursor"].as_str().unwrap_or_default().to_owned();
        let Place { epoch, pos } = Place::in_cursor(&cursor)?;
        let orders = answer["data"]["orders"]["nodes"].as_array().cloned().unwrap_or_default();
        let snapshots = orders.iter().map(|order| snapshot(0, &epoch, pos, order)).collect();
        Ok((cursor, snapshots))
    }

    /// One connection, from its beginning to its end.
    async fn connection(&self, state: &mut State, random: &mut StdRng) -> anyhow::Result<Left> {
        let (node, address) = self.stage.node(random);
        let mut socket = Socket::open(address, &state.feed.key).await?;
        state.conn += 1;
        let mut variables = state.feed.variables.clone();
        variables["after"] = json!(state.cursor);
        let conn = state.conn;
        let begins = match &state.cursor {
            Some(cursor) => {
                let Place { epoch, pos } = Place::in_cursor(cursor)?;
                What::Resume { conn, node, epoch, pos }
            }
            None => What::Join { conn, node },
        };
        self.stage.recorder.note(&state.name, begins);
        socket.subscribe(state.feed.document, &variables).await?;

        let stays = self.stays.map(|mean| mean.mul_f64(-f64::ln(random.random_range(0.001..1.0))));
        let mut leaves = stays.map(|stays| Instant::now() + stays);
        let is_rude = random.random_ratio(1, RUDE_ONCE_IN);
        let mut was_rude = false;
        let mut acts = self.stage.act.subscribe();
        loop {
            let act = *acts.borrow_and_update();
            if act == Act::Over {
                return Ok(Left::Over);
            }
            let may_leave = act == Act::Busy;
            let heard = tokio::select! {
                heard = socket.hear() => heard,
                () = until(leaves), if may_leave => {
                    if is_rude && !was_rude {
                        was_rude = true;
                        leaves = Some(Instant::now() + RUDE_FOR);
                        // An id that is taken: the server must end this socket, and nothing may be lost by it.
                        let other = json!({ "after": null, "filter": { "orderIds": [] } });
                        socket.subscribe(super::feeds::LEAN, &other).await?;
                        continue;
                    }
                    if random.random_bool(0.5) {
                        socket.close().await;
                    }
                    self.stage.recorder.note(&state.name, What::Close { conn, code: 1000 });
                    return Ok(Left::Again);
                }
                () = until(state.until), if may_leave => return Ok(Left::Elsewhere),
                _ = acts.changed() => continue,
            };
            if let Some(left) = self.take(state, node, heard) {
                return Ok(left);
            }
        }
    }

    /// Writes down what was heard; gives a reason to leave where there is one.
    fn take(&self, state: &mut State, node: u32, heard: Heard) -> Option<Left> {
        let recorder = &self.stage.recorder;
        let conn = state.conn;
        match heard {
            Heard::Noise => None,
            Heard::Next(payload) => {
                let told = state.feed.told(&payload["data"]);
                let cursor = payload["extensions"]["cursor"].as_str();
                // What came with errors is no answer; it is asked for again.
                let cursor = cursor.filter(|_| payload.get("errors").is_none());
                let (Some((pos, told)), Some(cursor)) = (told, cursor) else {
                    self.sight.lost(recorder.now());
                    recorder.note(&state.name, What::Close { conn, code: 1008 });
                    return Some(Left::Again);
                };
                let Ok(place) = Place::in_cursor(cursor) else { return Some(Left::Again) };
                let (epoch, pos) = (place.epoch, pos.unwrap_or(place.pos));
                let joined = state.cursor.replace(cursor.to_owned()).is_none();
                let data = &payload["data"];
                let what = match state.feed.subject {
                    Subject::Order if joined => snapshot(conn, &epoch, pos, &data["orderUpdated"]),
                    Subject::Counts => {
                        let counts = counts(&data["orderCounts"]["byStatus"]);
                        What::Counts { conn, epoch, pos, counts }
                    }
                    Subject::Page => {
                        let orders = state.page.turn(&data["orderQueue"]);
                        let tenant = state.feed.wants.tenant.clone();
                        What::Page { tenant, epoch, pos, orders }
                    }
                    Subject::Events | Subject::Order | Subject::List => {
                        What::Recv(Recv { conn, node, epoch, pos, told })
                    }
                };
                recorder.note(&state.name, what);
                self.sight.sees(pos, recorder.now());
                None
            }
            Heard::Cursor(cursor) => {
                let Ok(Place { epoch, pos }) = Place::in_cursor(&cursor) else {
                    return Some(Left::Again);
                };
                state.cursor = Some(cursor);
                recorder.note(&state.name, What::Passed { conn, epoch, pos });
                self.sight.sees(pos, recorder.now());
                None
            }
            Heard::Ended(errors) => {
                self.sight.lost(recorder.now());
                let extensions = errors.first().map(|error| &error["extensions"]);
                let gap = extensions.filter(|it| it["code"] == "RESUME_GAP").and_then(|it| {
                    let place = |name: &str| Place::in_cursor(it[name].as_str()?).ok();
                    let latest = it["latest"].as_str()?.to_owned();
                    Some((it["reason"].as_str()?, place("earliest")?, place("latest")?, latest))
                });
                if let Some((reason, earliest, place, latest)) = gap {
                    let (reason, earliest) = (reason.to_owned(), earliest.pos + 1);
                    let Place { epoch, pos: latest_pos } = place;
                    let gap = What::Gap { conn, reason, epoch, earliest, latest: latest_pos };
                    recorder.note(&state.name, gap);
                    state.cursor = Some(latest);
                } else {
                    recorder.note(&state.name, What::Close { conn, code: 1011 });
                }
                Some(Left::Again)
            }
            Heard::Closed(code) => {
                self.sight.lost(recorder.now());
                recorder.note(&state.name, What::Close { conn, code });
                Some(Left::Again)
            }
        }
    }
}

impl State {
    /// The watcher looks at something new, which nobody has seen through its eyes.
    fn becomes(&mut self, name: &str, looks: Duration) {
        name.clone_into(&mut self.name);
        self.until = Some(Instant::now() + looks);
    }
}

impl Page {
    /// Does to the page what an update says, and gives it.
    fn turn(&mut self, update: &Value) -> Vec<(String, i64)> {
        if update["snapshot"] == true {
            self.versions.clear();
        }
        self.versions.extend(orders(&update["entered"]).chain(orders(&update["changed"])));
        for left in update["left"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            self.versions.remove(left);
        }
        let ids = update["orderIds"].as_array().into_iter().flatten().filter_map(Value::as_str);
        // An order that the page was never told has no version.
        ids.map(|id| (id.to_owned(), self.versions.get(id).copied().unwrap_or_default())).collect()
    }
}

/// Orders with their versions.
pub(super) fn orders(list: &Value) -> impl Iterator<Item = (String, i64)> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|order| Some((order["id"].as_str()?.to_owned(), order["version"].as_i64()?)))
}

/// The statuses that orders have, with how many have it.
fn counts(by_status: &Value) -> BTreeMap<String, i64> {
    let counts = by_status.as_array().into_iter().flatten().filter_map(|of_status| {
        Some((of_status["status"].as_str()?.to_owned(), of_status["count"].as_i64()?))
    });
    counts.filter(|(_, count)| *count != 0).collect()
}

impl Sight {
    pub(super) fn of(tenant: usize) -> Self {
        Self { tenant, ..Self::default() }
    }

    fn sees(&self, pos: i64, now: u64) {
        self.pos.store(pos, Ordering::Relaxed);
        if !self.live.swap(true, Ordering::Relaxed) {
            let lost_at = self.lost_at.load(Ordering::Relaxed);
            if lost_at > 0 {
                self.longest_outage.fetch_max(now.saturating_sub(lost_at), Ordering::Relaxed);
            }
        }
    }

    fn lost(&self, now: u64) {
        if self.live.swap(false, Ordering::Relaxed) {
            self.lost_at.store(now, Ordering::Relaxed);
        }
    }
}

fn snapshot(conn: u32, epoch: &str, pos: i64, order: &Value) -> What {
    let text = |name: &str| order[name].as_str().unwrap_or_default().to_owned();
    What::Snapshot {
        conn,
        epoch: epoch.to_owned(),
        pos,
        order: text("id"),
        ver: order["version"].as_i64().unwrap_or_default(),
        to: text("status"),
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
