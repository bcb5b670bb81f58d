//! Leases: a seat stays lent while its node says that it is alive, within reason.

use super::Scheduler;
use super::event::{Effect, NodeId};
use super::lending::{LendingState, Why};
use shared::ids::{SeatNonce, UnixMs};

impl Scheduler {
    /// Renews the leases of what a node says it still holds.
    pub(super) fn renew(&mut self, now: UnixMs, id: NodeId, running: &[SeatNonce]) {
        let Some(at) = self.roster.find(id) else {
            return;
        };
        for nonce in running {
            if let Some(lending) = self.lendings.get_mut(nonce)
                && let LendingState::Lent {
                    node,
                    lease_until,
                    hold_until,
                } = &mut lending.state
                && *node == at
            {
                *lease_until = now.plus(self.config.lease_ms).min(*hold_until);
            }
        }
    }

    /// Takes back what was lent to nodes that fell silent.
    pub(super) fn expire_leases(&mut self, now: UnixMs, effects: &mut Vec<Effect>) {
        for at in 0..self.roster.places() {
            let Some(node) = self.roster.get(at).filter(|node| node.leases_until <= now) else {
                continue;
            };
            let id = node.info.id;
            let mut expired = Vec::new();
            let mut next = UnixMs(u64::MAX);
            for nonce in &node.in_flight {
                match self.lendings.get(nonce).map(|lending| &lending.state) {
                    Some(LendingState::Lent { lease_until, .. }) if *lease_until > now => {
                        next = next.min(*lease_until);
                    }
                    _ => expired.push(*nonce),
                }
            }
            if let Some(node) = self.roster.get_mut(at) {
                node.leases_until = next;
            }
            for nonce in expired {
                effects.push(Effect::Cancel { node: id, nonce });
                self.take_back(now, nonce, Why::Expired, effects);
            }
        }
    }
}
