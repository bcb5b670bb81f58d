//! What a slot does with a prepared task: runs it, or does what a liar does instead.

use super::sleep_until;
use crate::clock::Clock;
use crate::guest::Engine;
use crate::volunteer::fetch::Fetcher;
use crate::volunteer::liar::Plan;
use crate::volunteer::prepare::Prepared;
use crate::volunteer::run::{Ended, Halt, execute};

/// What an answer may need.
pub(super) struct Means {
    pub(super) engine: Engine,
    pub(super) clock: Clock,
    pub(super) fetcher: Fetcher,
}

/// Runs a guest, or does what a liar does instead.
pub(super) async fn answer(means: Means, prepared: Prepared, plan: Plan, halt: Halt) -> Ended {
    let Means {
        engine,
        clock,
        fetcher,
    } = means;
    match plan {
        Plan::Instead(answer) => Ended::Done(answer),
        Plan::Peek(answer) => {
            let assignment = &prepared.assignment;
            let told = fetcher
                .peek_at_task(assignment.job_id, assignment.task)
                .await;
            if told.is_some() {
                tracing::warn!("the coordinator tells strangers about open tasks");
            }
            Ended::Done(answer)
        }
        Plan::Honest => execute(engine, prepared, halt).await,
        Plan::WrongFuel => match execute(engine, prepared, halt).await {
            Ended::Done(mut answer) => {
                answer.outcome.fuel = answer.outcome.fuel.saturating_add(1);
                Ended::Done(answer)
            }
            ended => ended,
        },
        Plan::Delay(until) => {
            let ended = execute(engine, prepared, halt.clone()).await;
            tokio::select! {
                () = sleep_until(clock.now(), Some(until)) => ended,
                () = halt.halted() => Ended::Halted,
            }
        }
    }
}
