//! Rows one after the other; what the queens above attack in a row is three sets of columns, one bit each.

/// The columns of a row that queens above attack.
#[derive(Debug, Clone, Copy, Default)]
struct Attacked {
    straight: u32,
    left: u32,
    right: u32,
}

impl Attacked {
    /// The columns of a row of `all` that are free.
    const fn free(self, all: u32) -> u32 {
        all & !(self.straight | self.left | self.right)
    }

    /// For the row below one with a queen at this bit.
    const fn below(self, queen: u32) -> Self {
        Self {
            straight: self.straight | queen,
            left: (self.left | queen) << 1,
            right: (self.right | queen) >> 1,
        }
    }
}

/// The ways to place `n` queens, at most 31, with the first three in these columns.
pub(crate) fn solutions(n: u32, first: [u32; 3]) -> u64 {
    let all = (1 << n) - 1;
    let mut attacked = Attacked::default();
    for column in first {
        let queen = 1 << column;
        if attacked.free(all) & queen == 0 {
            return 0;
        }
        attacked = attacked.below(queen);
    }
    match n.saturating_sub(3) {
        0 => 1,
        rows => place(all, rows, attacked),
    }
}

/// The ways to fill the last `rows` rows, at least one.
fn place(all: u32, rows: u32, attacked: Attacked) -> u64 {
    let mut free = attacked.free(all);
    if rows == 1 {
        // One column is left, and it is free or not.
        return u64::from(free.count_ones());
    }
    let mut solutions = 0;
    while free != 0 {
        let queen = free & free.wrapping_neg();
        free ^= queen;
        solutions += place(all, rows - 1, attacked.below(queen));
    }
    solutions
}
