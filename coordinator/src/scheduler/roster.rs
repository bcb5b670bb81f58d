//! The connected nodes: their windows, who of them is free, and how many networks and proven nodes there are.

use super::draw::Draw;
use super::event::{Network, NodeId, NodeInfo};
use super::slab::Slab;
use shared::ids::{SeatNonce, SubmitterKey, UnixMs};
use shared::protocol::IdleReason;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Most assignments a node may hold, whatever it says: more would let one node take a job's tasks away from others.
const MAX_WINDOW: u16 = 256;
/// Settled assignments that are remembered for each node, so that a vote sent again is answered alike.
const REMEMBERED: usize = 32;
/// Free nodes tried by chance before all of them are looked at.
const TRIES: usize = 8;

/// A connected node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) info: NodeInfo,
    window: u16,
    /// What the node said it can take, less what it was given since.
    told_free: u16,
    pub(super) in_flight: Vec<SeatNonce>,
    /// No lease of its assignments ends before this.
    pub(super) leases_until: UnixMs,
    /// Why it was told to have nothing to do, since its last assignment.
    pub(super) idle: Option<IdleReason>,
    /// Settled assignments, oldest first.
    settled: VecDeque<SeatNonce>,
    place: Option<FreePlace>,
}

/// Where a node with a free window stands.
#[derive(Debug, Clone, Copy)]
enum FreePlace {
    /// It has a free slot.
    Idle(usize),
    /// Its slots are busy; it can take one more in advance.
    Spare(usize),
}

impl Node {
    /// How many more assignments it can take.
    pub(super) fn free(&self) -> u16 {
        let held = u16::try_from(self.in_flight.len()).unwrap_or(u16::MAX);
        self.told_free.min(self.window.saturating_sub(held))
    }

    /// Whether it could begin one more at once.
    pub(super) fn has_free_slot(&self) -> bool {
        self.in_flight.len() < usize::from(self.info.slots)
    }

    /// Its settled assignments that are remembered.
    pub(super) fn settled(&self) -> impl Iterator<Item = &SeatNonce> {
        self.settled.iter()
    }
}

#[derive(Debug, Default)]
pub(super) struct Roster {
    nodes: Slab<Node>,
    by_id: HashMap<NodeId, usize>,
    idle: Vec<usize>,
    spare: Vec<usize>,
    networks: HashMap<Network, usize>,
    owners: HashMap<SubmitterKey, usize>,
    memory: BTreeMap<u32, usize>,
    proven: usize,
}

impl Roster {
    pub(super) fn join(&mut self, info: NodeInfo, prefetch: u16) -> usize {
        *self.networks.entry(info.network).or_default() += 1;
        for owner in &info.owners {
            *self.owners.entry(*owner).or_default() += 1;
        }
        *self.memory.entry(info.memory_pages).or_default() += 1;
        self.proven += usize::from(info.proven);
        let id = info.id;
        let at = self.nodes.insert(Node {
            window: info.slots.saturating_add(prefetch).min(MAX_WINDOW),
            told_free: 0,
            in_flight: Vec::new(),
            leases_until: UnixMs(u64::MAX),
            idle: None,
            settled: VecDeque::new(),
            place: None,
            info,
        });
        self.by_id.insert(id, at);
        at
    }

    pub(super) fn leave(&mut self, at: usize) -> Option<Node> {
        if let Some(node) = self.nodes.get_mut(at) {
            node.told_free = 0;
        }
        self.refile(at);
        let node = self.nodes.remove(at)?;
        self.by_id.remove(&node.info.id);
        drop_one(&mut self.networks, &node.info.network);
        for owner in &node.info.owners {
            drop_one(&mut self.owners, owner);
        }
        if let Some(count) = self.memory.get_mut(&node.info.memory_pages) {
            *count -= 1;
            if *count == 0 {
                self.memory.remove(&node.info.memory_pages);
            }
        }
        self.proven -= usize::from(node.info.proven);
        Some(node)
    }

    pub(super) fn find(&self, id: NodeId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Node> {
        self.nodes.get_mut(at)
    }

    pub(super) fn by_id(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(self.find(id)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter()
    }

    /// One more than the highest number of a node.
    pub(super) fn places(&self) -> usize {
        self.nodes.places()
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn networks(&self) -> usize {
        self.networks.len()
    }

    pub(super) fn proven(&self) -> usize {
        self.proven
    }

    /// Whether some connected node has this owner.
    pub(super) fn has_owner(&self, owner: &SubmitterKey) -> bool {
        self.owners.contains_key(owner)
    }

    /// The least memory that any connected node offers.
    pub(super) fn least_memory(&self) -> u32 {
        self.memory.first_key_value().map_or(0, |(pages, _)| *pages)
    }

    pub(super) fn told_free(&mut self, at: usize, free: u16) {
        if let Some(node) = self.nodes.get_mut(at) {
            node.told_free = free;
            self.refile(at);
        }
    }

    /// The node was given an assignment.
    pub(super) fn given(&mut self, at: usize, nonce: SeatNonce, lease_until: UnixMs) {
        if let Some(node) = self.nodes.get_mut(at) {
            node.in_flight.push(nonce);
            node.told_free = node.told_free.saturating_sub(1);
            node.leases_until = node.leases_until.min(lease_until);
            node.idle = None;
            self.refile(at);
        }
    }

    /// The node holds the assignment no more.
    pub(super) fn returned(&mut self, at: usize, nonce: SeatNonce) {
        if let Some(node) = self.nodes.get_mut(at)
            && let Some(held) = node.in_flight.iter().position(|other| *other == nonce)
        {
            node.in_flight.swap_remove(held);
            self.refile(at);
        }
    }

    /// Remembers a settled assignment; returns the one to forget for it.
    pub(super) fn settled(&mut self, at: usize, nonce: SeatNonce) -> Option<SeatNonce> {
        let Some(node) = self.nodes.get_mut(at) else {
            return Some(nonce);
        };
        node.settled.push_back(nonce);
        if node.settled.len() > REMEMBERED {
            node.settled.pop_front()
        } else {
            None
        }
    }

    /// Nodes with a free slot, in no useful order.
    pub(super) fn idle(&self) -> &[usize] {
        &self.idle
    }

    /// Nodes that can take an assignment in advance only.
    pub(super) fn spare(&self) -> &[usize] {
        &self.spare
    }

    /// Picks one of the nodes that can take an assignment and that `may` take this one, each equally likely; those
    /// with a free slot before those that would only queue it.
    pub(super) fn pick(&self, draw: &mut Draw, may: impl Fn(&Node) -> bool) -> Option<usize> {
        [&self.idle, &self.spare]
            .into_iter()
            .find_map(|free| self.pick_of(free, draw, &may))
    }

    fn pick_of(
        &self,
        free: &[usize],
        draw: &mut Draw,
        may: impl Fn(&Node) -> bool,
    ) -> Option<usize> {
        let may = |at: &usize| self.nodes.get(*at).is_some_and(&may);
        if free.len() > TRIES {
            for _ in 0..TRIES {
                let tried = free.get(draw.below(free.len()));
                if let Some(at) = tried.filter(|at| may(at)) {
                    return Some(*at);
                }
            }
        }
        let able: Vec<usize> = free.iter().copied().filter(may).collect();
        able.get(draw.below(able.len())).copied()
    }

    /// Puts the node where its window says it belongs.
    fn refile(&mut self, at: usize) {
        let Some(node) = self.nodes.get_mut(at) else {
            return;
        };
        let is_idle = node.has_free_slot();
        let is_free = node.free() > 0;
        match node.place {
            Some(FreePlace::Idle(_)) if is_free && is_idle => return,
            Some(FreePlace::Spare(_)) if is_free && !is_idle => return,
            None if !is_free => return,
            _ => {}
        }
        let old = node.place.take();
        if is_free {
            let list = if is_idle {
                &mut self.idle
            } else {
                &mut self.spare
            };
            let place = list.len();
            list.push(at);
            node.place = Some(if is_idle {
                FreePlace::Idle(place)
            } else {
                FreePlace::Spare(place)
            });
        }
        match old {
            Some(FreePlace::Idle(place)) => {
                self.idle.swap_remove(place);
                let moved = self.idle.get(place).copied();
                self.moved(moved, FreePlace::Idle(place));
            }
            Some(FreePlace::Spare(place)) => {
                self.spare.swap_remove(place);
                let moved = self.spare.get(place).copied();
                self.moved(moved, FreePlace::Spare(place));
            }
            None => {}
        }
    }

    fn moved(&mut self, node: Option<usize>, to: FreePlace) {
        if let Some(node) = node.and_then(|at| self.nodes.get_mut(at)) {
            node.place = Some(to);
        }
    }
}

fn drop_one<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
