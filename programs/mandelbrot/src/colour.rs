//! Colours by the number of steps, with integers alone.

/// Colours that follow each other, and again from the first.
const STOPS: [[u8; 3]; 6] = [
    [9, 13, 40],
    [24, 82, 146],
    [134, 195, 216],
    [246, 240, 206],
    [226, 143, 42],
    [92, 24, 48],
];
/// Steps from one of them to the next.
const BETWEEN: u32 = 16;

/// The colour after so many steps; black for points of the set.
pub(crate) fn of(steps: Option<u32>) -> [u8; 3] {
    let Some(steps) = steps else { return [0; 3] };
    let at = (steps / BETWEEN) as usize;
    let part = steps % BETWEEN;
    let stop = |at: usize| STOPS.get(at % STOPS.len()).copied().unwrap_or_default();
    let (from, to) = (stop(at), stop(at + 1));
    let mut colour = [0; 3];
    for (channel, (from, to)) in colour.iter_mut().zip(from.into_iter().zip(to)) {
        let mixed = (u32::from(from) * (BETWEEN - part) + u32::from(to) * part) / BETWEEN;
        [*channel, ..] = mixed.to_le_bytes();
    }
    colour
}
