//! Finds the runs of bytes that can belong to words, 64 bytes at a time, and lower-cases ASCII on the way.
//!
//! Eight bytes are looked at in one u64, because an interpreter pays for each instruction and not for its width.

/// Bytes that one [`Masks`] describes.
pub(crate) const BLOCK: usize = 64;

/// One bit for each byte of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Masks {
    /// ASCII letters and digits, and everything that is not ASCII.
    pub(crate) member: u64,
    /// What is not ASCII.
    pub(crate) high: u64,
}

/// The top bit of each byte.
const TOP: u64 = repeat(0x80);

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// For each byte of `lane`, all below 0x80: its top bit is set if the byte is at least `first` and at most `last`.
const fn within(lane: u64, first: u8, last: u8) -> u64 {
    let at_least = lane.wrapping_add(repeat(0x80 - first));
    let above = lane.wrapping_add(repeat(0x80 - last - 1));
    at_least & !above & TOP
}

/// Gathers the top bit of each byte, the first byte's lowest.
const fn gather(tops: u64) -> u64 {
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Lower-cases the ASCII letters of a block and says what its bytes are.
pub(crate) fn lower(block: &mut [u8; BLOCK]) -> Masks {
    let mut masks = Masks { member: 0, high: 0 };
    let (lanes, _) = block.as_chunks_mut::<8>();
    for (bytes, shift) in lanes.iter_mut().zip((0..).step_by(8)) {
        let lane = u64::from_le_bytes(*bytes);
        let high = lane & TOP;
        let low = lane & !TOP;
        let upper = within(low, b'A', b'Z') & !high;
        // 0x80 >> 2 is 0x20, the bit between upper and lower case.
        let lowered = lane | upper >> 2;
        let letters = within(lowered & !TOP, b'a', b'z');
        let digits = within(low, b'0', b'9');
        *bytes = lowered.to_le_bytes();
        masks.member |= gather(letters | digits | high) << shift;
        if high != 0 {
            masks.high |= gather(high) << shift;
        }
    }
    masks
}

/// A maximal run of member bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether all of it is ASCII: then it is a word.
    pub(crate) is_ascii: bool,
}

/// Visits the runs of all blocks in order. The last byte of the last block must not be a member.
pub(crate) fn each(blocks: &[Masks], mut visit: impl FnMut(Run)) {
    let mut open: Option<Run> = None;
    for (masks, base) in blocks.iter().zip((0..).step_by(BLOCK)) {
        let mut at = 0;
        while at < 64 {
            let Some(run) = &mut open else {
                let ahead = masks.member >> at;
                if ahead == 0 {
                    break;
                }
                at += ahead.trailing_zeros();
                open = Some(Run {
                    start: base + at as usize,
                    end: 0,
                    is_ascii: true,
                });
                continue;
            };
            // Zeros are shifted in from the top, so that a run that reaches it has no end here.
            let len = (!masks.member >> at).trailing_zeros();
            let end = if len == 64 { 64 } else { at + len };
            if masks.high != 0 {
                let inside = masks.high >> at;
                let inside = if end - at < 64 {
                    inside & ((1 << (end - at)) - 1)
                } else {
                    inside
                };
                run.is_ascii &= inside == 0;
            }
            if len == 64 {
                break;
            }
            run.end = base + end as usize;
            visit(*run);
            open = None;
            at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_classed_and_lower_cased_as_ascii_says() {
        for byte in 0..=255_u8 {
            for place in [0, 7, 8, 63] {
                let mut block = [b' '; BLOCK];
                block[place] = byte;
                let masks = lower(&mut block);
                let is_member = byte.is_ascii_alphanumeric() || byte >= 0x80;
                assert_eq!(masks.member, u64::from(is_member) << place, "{byte}");
                assert_eq!(masks.high, u64::from(byte >= 0x80) << place, "{byte}");
                assert_eq!(block[place], byte.to_ascii_lowercase());
            }
        }
    }

    #[test]
    fn neighbours_do_not_disturb_each_other() {
        let mut block: [u8; BLOCK] = std::array::from_fn(|at| u8::try_from(at * 37 % 256).unwrap());
        let expected = block.map(|byte| byte.to_ascii_lowercase());
        let member = block.map(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80);
        let masks = lower(&mut block);
        assert_eq!(block, expected);
        for (at, is_member) in member.into_iter().enumerate() {
            assert_eq!(masks.member >> at & 1, u64::from(is_member));
        }
    }

    #[test]
    fn runs_cross_the_borders_of_blocks() {
        let blocks = [
            Masks {
                member: 0b0110 | 1 << 63,
                high: 1 << 63,
            },
            Masks {
                member: u64::MAX,
                high: 0,
            },
            Masks {
                member: 1 | 1 << 5,
                high: 1 << 5,
            },
        ];
        let mut runs = Vec::new();
        each(&blocks, |run| runs.push((run.start, run.end, run.is_ascii)));
        assert_eq!(runs, [(1, 3, true), (63, 129, false), (133, 134, false)]);
    }
}
