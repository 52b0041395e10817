//! A vendor as it might be, for trying things out.

use entity::{
    ActivationKind, OrderLineId, OrderLineStatus, SimulatedOutcome, TenantKind,
    activation::{Activation, ActivationItem},
};

use super::{attempts, complete, fail, hold, row};
use crate::{
    error::{Outcome, Refusal, RefusalCode},
    services::{
        orders::row::{self as order_row, By},
        unit::Unit,
    },
};

const REFERENCE: &str = "SIMULATED";
const FAILURE: &str = "Simulated: the vendor cannot carry it out.";
const QUESTION: &str = "Simulated: is it to go on?";
const CHOICES: [&str; 2] = ["Yes", "No"];

/// A caller chooses what comes of a line.
#[derive(Clone, Copy, Debug)]
pub struct SimulateOrderLine {
    pub line_id: OrderLineId,
    pub outcome: SimulatedOutcome,
}

/// Does to a line, in a sandbox, what its vendor might do: takes it up where nobody has, and completes it, fails it, asks
/// something, or never answers. History names the caller.
///
/// Refused with `SANDBOX_ONLY` in production, and else as what is simulated is.
pub async fn simulate_order_line(unit: &Unit, command: SimulateOrderLine) -> Outcome<OrderLineId> {
    if unit.tenant().await?.kind != TenantKind::Sandbox {
        let message = "In production, vendors are not simulated. Use a sandbox tenant.";
        return Err(Refusal::new(RefusalCode::SandboxOnly, message).into());
    }
    let mut locked = row::lock(unit, command.line_id).await?;
    if locked.line().status == OrderLineStatus::Pending {
        locked.begin(unit, By::Viewer).await?;
    }
    match command.outcome {
        SimulatedOutcome::Completes => {
            let (reference, activation) = (Some(REFERENCE.to_owned()), Some(returned()));
            complete::complete(unit, locked, reference, activation).await
        }
        SimulatedOutcome::Fails => {
            fail::fail(unit, locked, By::Viewer, FAILURE.to_owned(), Some(REFERENCE.to_owned()))
                .await
        }
        SimulatedOutcome::Asks => {
            hold::hold(unit, locked, QUESTION.to_owned(), CHOICES.map(str::to_owned).into()).await
        }
        SimulatedOutcome::NeverAnswers => {
            let line = locked.line();
            if line.status != OrderLineStatus::InProgress {
                return Err(row::refuse_move(line.status).into());
            }
            let line = line.clone();
            attempts::stop_posting(unit, &line).await?;
            order_row::save(unit, &mut locked.order).await?;
            Ok(line.id)
        }
    }
}

/// At an address that is nobody's.
fn returned() -> Activation {
    let item = |name: &str, kind, value: &str| {
        let (name, value) = (name.to_owned(), value.to_owned());
        ActivationItem { name, kind, value }
    };
    Activation(vec![
        item("Console", ActivationKind::Link, "https://vendor.example/simulated"),
        item("Key", ActivationKind::Key, "SIMULATED-KEY"),
        item("Note", ActivationKind::Field, "Simulated"),
    ])
}
