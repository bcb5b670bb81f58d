//! The tasks as the page shows them, from the fetch to the receipt; and what becomes of facts about them.

use super::larder::Prepared;
use super::shell::Shell;
use super::{Fact, Supervisor};
use crate::clock;
use crate::order::{FullOrder, FullReport, Order, Report};
use crate::sandbox_worker::{FromSandbox, KitError, SandboxKit};
use shared::argv::{Stage, argv};
use shared::ids::{SeatNonce, UnixMs};
use shared::page::volunteer::{
    Counts, MAX_RECEIPTS, Reason, Receipt, RunningTask, Snapshot, Unable,
};
use shared::protocol::{Assignment, Settlement, UnableReason};
use shared::volunteer::{Event, RunEnd};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use wasm_bindgen_futures::spawn_local;

/// Times that the files of a sandbox may fail to come.
const MAX_KIT_FAILURES: u8 = 3;

/// Tasks on their way.
#[derive(Debug, Default)]
pub(super) struct Work {
    preparing: BTreeSet<SeatNonce>,
    prepared: BTreeMap<SeatNonce, Box<Prepared>>,
    running: BTreeMap<SeatNonce, RunningTask>,
    /// What runs that have ended were, until their vote is settled.
    voted: BTreeMap<SeatNonce, RunningTask>,
    receipts: VecDeque<(SeatNonce, Receipt)>,
    last_unable: Option<Unable>,
    kit: Kit,
    /// How often it could not be fetched.
    kit_failures: u8,
}

/// What sandboxes are started with.
#[derive(Debug, Default)]
enum Kit {
    #[default]
    NotAsked,
    /// It is being fetched; these runs wait for it.
    Waited(Vec<SeatNonce>),
    Here(SandboxKit),
}

impl Work {
    /// Whether a guest runs.
    pub(super) fn runs(&self) -> bool {
        !self.running.is_empty()
    }

    /// No task is on its way any more.
    pub(super) fn clear(&mut self) {
        self.preparing.clear();
        self.prepared.clear();
        self.running.clear();
        if let Kit::Waited(runs) = &mut self.kit {
            runs.clear();
        }
    }

    /// Votes for another ledger are worth nothing.
    pub(super) fn forget_votes(&mut self) {
        self.voted.clear();
    }

    pub(super) fn prepares(&mut self, nonce: SeatNonce) {
        self.preparing.insert(nonce);
    }

    pub(super) fn discard(&mut self, nonce: SeatNonce) {
        self.preparing.remove(&nonce);
        self.prepared.remove(&nonce);
    }

    /// A vote was settled.
    pub(super) fn settled(&mut self, nonce: SeatNonce, verdict: Settlement) {
        let Some(task) = self.voted.remove(&nonce) else {
            return;
        };
        let receipt = Receipt {
            job_id: task.job_id,
            task: task.task,
            program: task.program,
            verdict,
            at_ms: clock::now(),
        };
        self.receipts.push_front((nonce, receipt));
        self.receipts.truncate(MAX_RECEIPTS);
    }

    /// The certificate of a vote is stored.
    pub(super) fn stored(&mut self, nonce: SeatNonce, index: u64) {
        let found = self.receipts.iter_mut().find(|(of, _)| *of == nonce);
        if let Some((_, receipt)) = found {
            receipt.verdict = Settlement::Accepted {
                ledger_index: Some(index),
            };
        }
    }

    /// A task could not be run.
    pub(super) fn unable(&mut self, assignment: &Assignment, reason: UnableReason) {
        self.last_unable = Some(Unable {
            job_id: assignment.job_id,
            task: assignment.task,
            reason,
            at_ms: clock::now(),
        });
    }
}

impl Shell {
    pub(super) fn take_prepared(
        &mut self,
        nonce: SeatNonce,
        result: Result<Box<Prepared>, UnableReason>,
    ) {
        if !self.work.preparing.remove(&nonce) {
            return; // discarded meanwhile
        }
        match result {
            Ok(prepared) => {
                self.work.prepared.insert(nonce, prepared);
                self.give_machine(Event::Prepared(nonce));
            }
            Err(reason) => self.give_machine(Event::Unprepared(nonce, reason)),
        }
    }

    /// Runs a prepared task, once the kit is here.
    pub(super) fn run(&mut self, supervisor: &Supervisor, nonce: SeatNonce) {
        let kit = match &mut self.work.kit {
            Kit::Here(kit) => kit.clone(),
            Kit::Waited(runs) => return runs.push(nonce),
            Kit::NotAsked => {
                self.work.kit = Kit::Waited(vec![nonce]);
                let told = supervisor.clone();
                spawn_local(async move { told.give(Fact::Kit(SandboxKit::load().await)) });
                return;
            }
        };
        let Some(prepared) = self.work.prepared.remove(&nonce) else {
            return self.ran(nonce, RunEnd::Unable(UnableReason::Engine));
        };
        let order = order(&prepared);
        if self.pool.run(supervisor, &kit, nonce, &order) {
            let task = running(&prepared.assignment, clock::now());
            self.work.running.insert(nonce, task);
        } else {
            self.ran(nonce, RunEnd::Unable(UnableReason::HostMemory));
        }
    }

    pub(super) fn take_kit(&mut self, supervisor: &Supervisor, kit: Result<SandboxKit, KitError>) {
        match kit {
            Ok(kit) => {
                let waited = std::mem::replace(&mut self.work.kit, Kit::Here(kit));
                if let Kit::Waited(runs) = waited {
                    for nonce in runs {
                        self.run(supervisor, nonce);
                    }
                }
            }
            Err(KitError::Fetch(_)) => self.lack_kit(),
            Err(KitError::Missing | KitError::Program(_)) => self.end(Reason::Outdated),
        }
    }

    /// The coordinator may just have gone. But when the socket brings one task after the other and the site's own file
    /// never comes, something in this browser blocks it.
    fn lack_kit(&mut self) {
        self.work.kit_failures = self.work.kit_failures.saturating_add(1);
        if self.work.kit_failures >= MAX_KIT_FAILURES {
            return self.end(Reason::ByExtension);
        }
        if let Kit::Waited(runs) = std::mem::take(&mut self.work.kit) {
            for nonce in runs {
                self.work.prepared.remove(&nonce);
                self.ran(nonce, RunEnd::Unable(UnableReason::Fetch));
            }
        }
    }

    pub(super) fn take_report(&mut self, number: u32, news: FromSandbox) {
        let (nonce, end) = match news {
            FromSandbox::Report(full) => match full.report {
                Report::Finished {
                    memory_pages,
                    guest_us,
                    ..
                } => {
                    self.guest_us = self.guest_us.saturating_add(guest_us);
                    (self.pool.ended(number, memory_pages), self.run_end(full))
                }
                Report::Unable(reason) => (self.pool.broken(number), RunEnd::Unable(reason)),
            },
            FromSandbox::NotLoaded => (
                self.pool.broken(number),
                RunEnd::Unable(UnableReason::Fetch),
            ),
            FromSandbox::Broken(_) => (
                self.pool.broken(number),
                RunEnd::Unable(UnableReason::Engine),
            ),
        };
        if let Some(nonce) = nonce {
            self.ran(nonce, end);
        }
    }

    fn run_end(&mut self, full: FullReport) -> RunEnd {
        match full.report {
            Report::Unable(reason) => RunEnd::Unable(reason),
            Report::Finished { outcome, .. } => {
                if self.outputs.keep(outcome.output_sha256, &full.output) {
                    RunEnd::Done {
                        outcome,
                        stderr_tail: full.stderr_tail,
                    }
                } else {
                    RunEnd::Unable(UnableReason::HostMemory)
                }
            }
        }
    }

    /// Ends a guest at whatever instruction it is.
    pub(super) fn halt(&mut self, nonce: SeatNonce) {
        let is_waiting = match &mut self.work.kit {
            Kit::Waited(runs) => {
                let before = runs.len();
                runs.retain(|waiting| *waiting != nonce);
                runs.len() < before
            }
            Kit::NotAsked | Kit::Here(_) => false,
        };
        self.work.prepared.remove(&nonce);
        let is_running = self.work.running.contains_key(&nonce);
        self.pool.halt(nonce);
        if is_waiting || is_running {
            self.ran(nonce, RunEnd::Halted);
        }
    }

    fn ran(&mut self, nonce: SeatNonce, end: RunEnd) {
        let task = self.work.running.remove(&nonce);
        if let (RunEnd::Done { .. }, Some(task)) = (&end, task) {
            self.work.voted.insert(nonce, task);
        }
        self.give_machine(Event::Ran(nonce, end));
    }

    /// How things are.
    pub(super) fn snapshot(&self, now: UnixMs) -> Snapshot {
        let (phase, reason) = self.status.shown(now);
        let record = self
            .volunteer
            .as_ref()
            .map(shared::volunteer::Volunteer::record);
        let record = record.unwrap_or_default();
        let start = self.start.as_ref();
        let receipts = self.work.receipts.iter().map(|(_, receipt)| receipt);
        Snapshot {
            phase,
            reason,
            running: self.work.running.values().cloned().collect(),
            counts: Counts {
                verified: record.accepted,
                credit: record.credit,
                pending: record.pending,
                rejected: record.rejected,
                superseded: record.superseded,
                unable: record.unable,
            },
            receipts: receipts.cloned().collect(),
            last_unable: self.work.last_unable,
            slots: start.map_or(0, |start| start.slots),
            memory_pages: start.map_or(0, |start| start.memory_pages),
            node_key: self
                .key
                .as_ref()
                .map(|key| shared::ids::NodeKey(key.public)),
            key_storage: self.key.as_ref().map(|key| key.storage),
            can_save_key: self.key.as_ref().is_some_and(|key| key.unsaved.is_some()),
            guest_us: self.guest_us,
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            engine: self.engine.clone(),
            origin: self.origin.clone(),
            notice: self.notice.clone(),
            started_at_ms: self.started_at,
        }
    }
}

fn order(prepared: &Prepared) -> FullOrder {
    let assignment = &prepared.assignment;
    FullOrder {
        order: Order {
            argv: argv(assignment.argv_mode, Stage::Map, &assignment.args),
            seed: assignment.seed,
            random_task: assignment.random_task,
            fuel: assignment.limits.fuel,
            memory_pages: assignment.limits.memory_pages,
            output_limit: assignment.limits.output_bytes.into(),
            runnable: prepared.program.runnable.clone(),
        },
        guest: prepared.program.module.clone(),
        input: vec![prepared.input.clone()],
        common: prepared.common.clone(),
    }
}

fn running(assignment: &Assignment, since_ms: UnixMs) -> RunningTask {
    RunningTask {
        program: assignment.program.clone(),
        title: assignment.title.clone(),
        job_id: assignment.job_id,
        task: assignment.task,
        module_sha256: assignment.module_sha256,
        since_ms,
    }
}
