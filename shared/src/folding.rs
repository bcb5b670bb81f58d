//! In which groups verified map outputs are reduced, some of them while others are still computed (GUEST.md section 1).
//!
//! Only an associative program is reduced in groups, and only neighbours are: the result is the same as of all at once.

use crate::collected::TaskFate;
use crate::manifest::Reduce;

/// Outputs that are reduced together while others are still computed.
const GROUP_PIECES: usize = 64;
/// Bytes of outputs that are reduced together.
const GROUP_BYTES: u64 = 16 << 20;

/// Where some bytes lie. Equal pieces are the same bytes.
pub trait Piece: Clone + PartialEq {
    /// How many bytes.
    fn len_bytes(&self) -> u64;
}

/// The state of a reduction: what is reduced already, and what comes next.
#[derive(Debug, Clone)]
pub struct Folding<P> {
    mode: Reduce,
    /// Reduced groups of the first tasks.
    folded: Vec<P>,
    /// What the first tasks gave that are in a group: a subset job may give another answer later.
    taken: Vec<P>,
}

impl<P: Piece> Folding<P> {
    /// Nothing reduced yet.
    #[must_use]
    pub const fn new(mode: Reduce) -> Self {
        Self {
            mode,
            folded: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// How the program is reduced.
    #[must_use]
    pub const fn mode(&self) -> Reduce {
        self.mode
    }

    /// How many of the first tasks are reduced already.
    #[must_use]
    pub const fn tasks_folded(&self) -> usize {
        self.taken.len()
    }

    /// Full groups of consecutive outputs that are there already, where the program allows that. What they are reduced
    /// to must be given to [`put`](Self::put), in their order. When a task that is reduced already has another output now,
    /// it begins anew.
    pub fn groups(&mut self, tasks: &[TaskFate<P>]) -> Vec<Vec<P>> {
        let mut groups = Vec::new();
        if self.mode != Reduce::Associative {
            return groups;
        }
        if !self.is_of(tasks) {
            self.folded.clear();
            self.taken.clear();
        }
        let mut group = Group::default();
        for fate in tasks.iter().skip(self.taken.len()) {
            let TaskFate::Ok(piece) = fate else { break };
            if group.add(piece) {
                let full = std::mem::take(&mut group).pieces;
                self.taken.extend_from_slice(&full);
                groups.push(full);
            }
        }
        groups
    }

    /// What the groups were reduced to.
    pub fn put(&mut self, folded: impl IntoIterator<Item = P>) {
        self.folded.extend(folded);
    }

    /// Whether what is reduced was made of what these tasks gave.
    fn is_of(&self, tasks: &[TaskFate<P>]) -> bool {
        let is_taken =
            |(piece, fate): (&P, &TaskFate<P>)| matches!(fate, TaskFate::Ok(now) if now == piece);
        self.taken.len() <= tasks.len() && self.taken.iter().zip(tasks).all(is_taken)
    }

    /// Everything that the result is made of, in order: what is reduced, and the outputs behind it.
    #[must_use]
    pub fn rest(&self, tasks: &[TaskFate<P>]) -> Vec<P> {
        let (folded, done) = if self.is_of(tasks) {
            (self.folded.as_slice(), self.taken.len())
        } else {
            (&[][..], 0)
        };
        let outputs = tasks.iter().skip(done).filter_map(|fate| match fate {
            TaskFate::Ok(piece) => Some(piece.clone()),
            _ => None,
        });
        folded.iter().cloned().chain(outputs).collect()
    }

    /// The groups of one more round, while `pieces` are too much to be reduced at once; each round makes fewer pieces.
    #[must_use]
    pub fn round(&self, pieces: &[P]) -> Option<Vec<Vec<P>>> {
        let total = pieces
            .iter()
            .fold(0_u64, |sum, piece| sum.saturating_add(piece.len_bytes()));
        let is_too_much = pieces.len() > 2 && total > GROUP_BYTES;
        (self.mode == Reduce::Associative && is_too_much).then(|| cut(pieces))
    }
}

/// Consecutive outputs that are reduced together.
#[derive(Debug)]
struct Group<P> {
    pieces: Vec<P>,
    bytes: u64,
}

impl<P> Default for Group<P> {
    fn default() -> Self {
        Self {
            pieces: Vec::new(),
            bytes: 0,
        }
    }
}

impl<P: Piece> Group<P> {
    /// Adds a piece; whether the group is full now. One has at least two pieces, so that each round makes fewer.
    fn add(&mut self, piece: &P) -> bool {
        self.pieces.push(piece.clone());
        self.bytes = self.bytes.saturating_add(piece.len_bytes());
        self.pieces.len() >= GROUP_PIECES || (self.pieces.len() >= 2 && self.bytes >= GROUP_BYTES)
    }
}

fn cut<P: Piece>(pieces: &[P]) -> Vec<Vec<P>> {
    let mut groups = Vec::new();
    let mut group = Group::default();
    for piece in pieces {
        if group.add(piece) {
            groups.push(std::mem::take(&mut group).pieces);
        }
    }
    if !group.pieces.is_empty() {
        groups.push(group.pieces);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number of bytes, and which.
    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Bytes(u64, usize);

    impl Piece for Bytes {
        fn len_bytes(&self) -> u64 {
            self.0
        }
    }

    fn outputs(count: usize, len: u64) -> Vec<TaskFate<Bytes>> {
        (0..count).map(|at| TaskFate::Ok(Bytes(len, at))).collect()
    }

    #[test]
    fn full_groups_of_neighbours_are_reduced_while_others_are_open() {
        let mut tasks = outputs(200, 1);
        tasks[150] = TaskFate::Open;
        let mut folding = Folding::new(Reduce::Associative);
        let groups = folding.groups(&tasks);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [64, 64]);
        folding.put([Bytes(9, 1000), Bytes(9, 1001)]);
        assert_eq!(folding.tasks_folded(), 128);
        assert!(folding.groups(&tasks).is_empty());
        tasks[150] = TaskFate::Ok(Bytes(1, 150));
        let rest = folding.rest(&tasks);
        assert_eq!(rest.len(), 2 + 72);
        assert_eq!(rest[..3], [Bytes(9, 1000), Bytes(9, 1001), Bytes(1, 128)]);
    }

    #[test]
    fn an_output_that_a_subset_job_replaces_is_reduced_anew_with_its_neighbours() {
        let mut tasks = outputs(70, 1);
        let mut folding = Folding::new(Reduce::Associative);
        assert_eq!(folding.groups(&tasks).len(), 1);
        folding.put([Bytes(9, 1000)]);
        tasks[69] = TaskFate::Ok(Bytes(1, 690));
        assert_eq!(folding.rest(&tasks)[0], Bytes(9, 1000), "it is in no group");
        tasks[3] = TaskFate::Ok(Bytes(1, 30));
        let rest = folding.rest(&tasks);
        assert_eq!((rest.len(), &rest[3]), (70, &Bytes(1, 30)));
        let groups = folding.groups(&tasks);
        assert_eq!((groups.len(), groups[0].len()), (1, 64));
        assert_eq!(groups[0][3], Bytes(1, 30));
    }

    #[test]
    fn a_program_that_is_not_associative_is_reduced_at_once() {
        let tasks = outputs(200, 1);
        for mode in [Reduce::None, Reduce::Final] {
            let mut folding = Folding::new(mode);
            assert!(folding.groups(&tasks).is_empty());
            let rest = folding.rest(&tasks);
            assert_eq!(rest.len(), 200);
            assert_eq!(
                folding.round(&[Bytes(GROUP_BYTES, 0), Bytes(1, 1), Bytes(1, 2)]),
                None
            );
        }
    }

    #[test]
    fn each_round_of_groups_makes_fewer_pieces_and_keeps_their_order() {
        let len = |at: usize| if at.is_multiple_of(3) { GROUP_BYTES } else { 4 };
        let pieces: Vec<_> = (0..1000).map(|at| Bytes(len(at), at)).collect();
        let groups = Folding::new(Reduce::Associative).round(&pieces).unwrap();
        assert!(groups.len() <= pieces.len().div_ceil(2), "{}", groups.len());
        assert!(groups.iter().all(|group| group.len() <= GROUP_PIECES));
        assert_eq!(groups.concat(), pieces);
    }

    #[test]
    fn rounds_come_to_an_end() {
        let folding = Folding::<Bytes>::new(Reduce::Associative);
        let mut pieces: Vec<_> = (0..50).map(|at| Bytes(GROUP_BYTES, at)).collect();
        let mut rounds = 0;
        while let Some(groups) = folding.round(&pieces) {
            assert!(groups.len() < pieces.len());
            pieces = groups.iter().map(|_| Bytes(GROUP_BYTES, 0)).collect();
            rounds += 1;
        }
        assert!(pieces.len() <= 2 && rounds < 10);
    }
}
