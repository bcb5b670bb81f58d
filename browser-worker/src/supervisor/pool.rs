//! The sandboxes: started when they are needed, used again, ended when a guest must stop.

use crate::order::FullOrder;
use crate::sandbox_worker::{SandboxKit, SandboxWorker};
use crate::supervisor::{Fact, Supervisor};
use shared::ids::SeatNonce;
use std::collections::BTreeMap;

/// Runs after which a sandbox is ended, so that nothing in it can grow for ever.
const MAX_RUNS: u32 = 1_000;
/// Sandboxes whose guest had more memory than this are ended, for the browser to have it back soon; pages.
const MAX_KEPT_PAGES: u32 = 2_048;

/// The sandboxes by number.
#[derive(Debug, Default)]
pub(super) struct Pool {
    sandboxes: BTreeMap<u32, Sandbox>,
    next: u32,
}

#[derive(Debug)]
struct Sandbox {
    worker: SandboxWorker,
    runs: u32,
    /// Whose guest it runs.
    guest: Option<SeatNonce>,
}

impl Pool {
    /// Runs a guest in an idle sandbox, or in a new one; false when the browser does not let it.
    pub(super) fn run(
        &mut self,
        supervisor: &Supervisor,
        kit: &SandboxKit,
        nonce: SeatNonce,
        order: &FullOrder,
    ) -> bool {
        let idle = self
            .sandboxes
            .iter()
            .find(|(_, sandbox)| sandbox.guest.is_none());
        let number = match idle {
            Some((number, _)) => *number,
            None => match self.add(supervisor, kit) {
                Some(number) => number,
                None => return false,
            },
        };
        let Some(sandbox) = self.sandboxes.get_mut(&number) else {
            return false;
        };
        sandbox.guest = Some(nonce);
        sandbox.runs = sandbox.runs.saturating_add(1);
        if sandbox.worker.run(order).is_ok() {
            return true;
        }
        self.sandboxes.remove(&number);
        false
    }

    fn add(&mut self, supervisor: &Supervisor, kit: &SandboxKit) -> Option<u32> {
        let number = self.next;
        let told = supervisor.clone();
        let hear = move |news| told.give(Fact::Sandbox(number, news));
        let worker = SandboxWorker::start(kit, hear).ok()?;
        self.next = self.next.wrapping_add(1);
        let sandbox = Sandbox {
            worker,
            runs: 0,
            guest: None,
        };
        self.sandboxes.insert(number, sandbox);
        Some(number)
    }

    /// A run has ended with this much memory: whose it was. The sandbox is used again unless it is used up.
    pub(super) fn ended(&mut self, number: u32, memory_pages: u32) -> Option<SeatNonce> {
        let sandbox = self.sandboxes.get_mut(&number)?;
        let guest = sandbox.guest.take();
        if sandbox.runs >= MAX_RUNS || memory_pages > MAX_KEPT_PAGES {
            self.sandboxes.remove(&number);
        }
        guest
    }

    /// A sandbox is of no use any more: whose guest it ran.
    pub(super) fn broken(&mut self, number: u32) -> Option<SeatNonce> {
        self.sandboxes.remove(&number)?.guest
    }

    /// Ends the sandbox that runs this guest, at whatever instruction it is; false when none does.
    pub(super) fn halt(&mut self, nonce: SeatNonce) -> bool {
        let before = self.sandboxes.len();
        self.sandboxes
            .retain(|_, sandbox| sandbox.guest != Some(nonce));
        self.sandboxes.len() < before
    }

    /// Ends all.
    pub(super) fn clear(&mut self) {
        self.sandboxes.clear();
    }
}
