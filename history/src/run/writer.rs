//! Somebody who places orders and decides on them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    api,
    stage::{Act, Stage},
    world::{Customer, Tenant},
};
use crate::entry::{Progress, Step, Transition, What};

/// How long one request is repeated before nobody will ever know.
const PERSISTENCE: Duration = Duration::from_secs(30);
/// More than any offer is sold in at once.
const TOO_MANY: u32 = 501;

/// A writer of a run.
pub(super) struct Writer {
    pub(super) stage: Arc<Stage>,
    pub(super) name: String,
    pub(super) seed: u64,
    /// Between two orders, on average.
    pub(super) pace: Duration,
}

const DRAFT: &str = "{ invoices(first: 1, filter: { statusIn: [DRAFT] }) { nodes { id } } }";
const ISSUE: &str = "mutation($input: IssueInvoiceInput!) {
    issueInvoice(input: $input) { userErrors { code } } }";

/// What came of a request.
enum Answer {
    Done {
        order: String,
    },
    /// It was not done, or nobody knows.
    Nothing,
}

impl Writer {
    pub(super) async fn work(self) {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut desk = Desk { writer: &self, count: 0 };
        while self.stage.act() == Act::Busy {
            desk.story(&mut random).await;
            sleep(self.pace.mul_f64(random.random_range(0.0..2.0))).await;
        }
    }
}

/// Where requests get their names.
struct Desk<'a> {
    writer: &'a Writer,
    count: u64,
}

impl Desk<'_> {
    /// One order, from its beginning to wherever this writer takes it.
    async fn story(&mut self, random: &mut StdRng) {
        let stage = &self.writer.stage;
        let index = random.random_range(0..stage.tenants.len());
        let tenant = &stage.tenants[index];
        let customer = &tenant.customers[random.random_range(0..tenant.customers.len())];
        let order = match random.random_range(0..20) {
            0 => {
                self.order(tenant, customer, Step::Place, TOO_MANY, random).await;
                return;
            }
            1..=4 => self.drafted(tenant, customer, random).await,
            _ => self.order(tenant, customer, Step::Place, 1, random).await,
        };
        let Answer::Done { order } = order else { return };
        stage.remember(index, &order);
        sleep(Duration::from_millis(random.random_range(0..200))).await;
        self.decided(tenant, customer, &order, random).await;
        if random.random_range(0..4) == 0 {
            self.issued(tenant, random).await;
        }
    }

    /// A draft is issued, perhaps twice.
    async fn issued(&mut self, tenant: &Tenant, random: &mut StdRng) {
        let stage = &self.writer.stage;
        let (_, address) = stage.node(random);
        let found = api::post(&stage.client, address, &tenant.admin, DRAFT, json!({})).await;
        let Ok(Some(draft)) =
            found.map(|it| it["data"]["invoices"]["nodes"][0]["id"].as_str().map(str::to_owned))
        else {
            return;
        };
        for _ in 0..2 {
            let (_, address) = stage.node(random);
            let variables = json!({ "input": { "id": draft } });
            drop(api::post(&stage.client, address, &tenant.admin, ISSUE, variables).await);
        }
    }

    /// A draft that two change at once and that is then submitted.
    async fn drafted(
        &mut self,
        tenant: &Tenant,
        customer: &Customer,
        random: &mut StdRng,
    ) -> Answer {
        let created = self.order(tenant, customer, Step::Create, 1, random).await;
        let Answer::Done { order } = created else { return created };
        let update = |number: u32| json!({ "id": order, "poNumber": format!("PO-{number}") });
        let (one, other) = (self.next(), self.next());
        let (mut luck, mut other_luck) = (fork(random), fork(random));
        tokio::join!(
            self.ask(tenant, &customer.key, Step::Update, one, update(1), &mut luck),
            self.ask(tenant, &customer.key, Step::Update, other, update(2), &mut other_luck),
        );
        let submit = self.next();
        let input = json!({ "id": order });
        self.ask(tenant, &customer.key, Step::Submit, submit, input, random).await
    }

    /// Two people decide, often at the same time.
    async fn decided(
        &mut self,
        tenant: &Tenant,
        customer: &Customer,
        order: &str,
        random: &mut StdRng,
    ) {
        let [ada, bo] = &tenant.approvers;
        let approve = (Step::Approve, ada, json!({ "id": order }));
        let reject = (Step::Reject, bo, json!({ "id": order, "reason": "no" }));
        let cancel = (Step::Cancel, &customer.key, json!({ "id": order, "reason": "no need" }));
        let deeds = match random.random_range(0..10) {
            0 => vec![],
            1 => vec![reject],
            2 => vec![cancel],
            3 => vec![approve, reject],
            4 => vec![approve, cancel],
            5 => vec![approve, (Step::Approve, bo, json!({ "id": order }))],
            _ => vec![approve],
        };
        let names: Vec<_> = deeds.iter().map(|_| (self.next(), fork(random))).collect();
        let desk = &*self;
        let asked = names.into_iter().zip(deeds).map(|((name, mut luck), deed)| async move {
            let (step, key, input) = deed;
            desk.ask(tenant, key, step, name, input, &mut luck).await
        });
        join_all(asked).await;
    }

    async fn order(
        &mut self,
        tenant: &Tenant,
        customer: &Customer,
        step: Step,
        quantity: u32,
        random: &mut StdRng,
    ) -> Answer {
        let name = self.next();
        let offer = &tenant.offers[usize::from(random.random_bool(0.3))];
        let input = json!({
            "agreementId": customer.agreement, "reference": name, "submit": step == Step::Place,
            "lines": [{ "offerId": offer, "quantity": quantity }],
        });
        self.ask(tenant, &customer.key, step, name, input, random).await
    }

    fn next(&mut self) -> String {
        self.count += 1;
        format!("{}-{}", self.writer.name, self.count)
    }

    /// Asks until there is an answer: the idempotency key makes that safe.
    async fn ask(
        &self,
        tenant: &Tenant,
        key: &str,
        step: Step,
        name: String,
        mut input: Value,
        random: &mut StdRng,
    ) -> Answer {
        let stage = &self.writer.stage;
        let order = input.get("id").and_then(Value::as_str).map(str::to_owned);
        let record = |progress, order, answer: Option<&Value>, why: Option<&str>| {
            let transition = Transition {
                progress,
                tenant: tenant.id.clone(),
                step,
                key: name.clone(),
                order,
                to: answer.and_then(|it| it["status"].as_str()).map(str::to_owned),
                ver: answer.and_then(|it| it["version"].as_i64()),
                why: why.map(str::to_owned),
            };
            stage.recorder.note(&self.writer.name, What::Transition(transition));
        };
        record(Progress::Invoke, order.clone(), None, None);
        input["idempotencyKey"] = json!(name);
        let (field, document) = document(step);
        let begun = Instant::now();
        loop {
            let (_, address) = stage.node(random);
            let variables = json!({ "input": input });
            let answer = api::post(&stage.client, address, key, &document, variables).await;
            let payload = answer.as_ref().ok().and_then(|it| it["data"].get(field));
            let refusal = payload.and_then(|it| it["userErrors"].get(0));
            if let Some(refusal) = refusal {
                record(Progress::Fail, order, None, refusal["code"].as_str());
                return Answer::Nothing;
            }
            // An answer with errors, or none, says nothing about what was done.
            let is_whole = answer.as_ref().is_ok_and(|it| it.get("errors").is_none());
            if let Some(done) = payload.map(|it| &it["order"]).filter(|_| is_whole) {
                let known = done["id"].as_str().map(str::to_owned).or(order);
                record(Progress::Ok, known.clone(), Some(done), None);
                return known.map_or(Answer::Nothing, |order| Answer::Done { order });
            }
            if begun.elapsed() > PERSISTENCE {
                let why = answer.map_or_else(|error| error.to_string(), |it| it.to_string());
                record(Progress::Info, order, None, Some(&why));
                return Answer::Nothing;
            }
            sleep(Duration::from_millis(random.random_range(20..300))).await;
        }
    }
}

fn fork(random: &mut StdRng) -> StdRng {
    StdRng::seed_from_u64(random.random())
}

/// The mutation's field, and its document.
fn document(step: Step) -> (&'static str, String) {
    let (field, input) = match step {
        Step::Create | Step::Place => ("createOrder", "CreateOrderInput"),
        Step::Submit => ("submitOrder", "SubmitOrderInput"),
        Step::Update => ("updateOrder", "UpdateOrderInput"),
        Step::Approve => ("approveOrder", "ApproveOrderInput"),
        Step::Reject => ("rejectOrder", "RejectOrderInput"),
        Step::Cancel => ("cancelOrder", "CancelOrderInput"),
    };
    let document = format!(
        "mutation($input: {input}!) {{ {field}(input: $input) {{ \
         order {{ id status version }} userErrors {{ code message }} }} }}"
    );
    (field, document)
}
