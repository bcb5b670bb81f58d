//! How often each word was seen: short words are their own keys, longer ones go to a map.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Words of at most this many bytes are keys as they are, with zeros behind them: no word has a zero in it.
pub(crate) const KEY_BYTES: usize = 16;
const FIRST_SLOTS: usize = 1 << 14;
/// 2^64 divided by the golden ratio: its product's upper bits depend on all bits of a key.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// Two u64 of a short word's bytes, little-endian as they lie in memory.
type Key = (u64, u64);

/// One place of the table of short words; free when its count is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: Key,
    count: u64,
}

/// Words with their numbers.
#[derive(Debug)]
pub struct Counts {
    /// A power of two, at most half full; a word lies at its hash or behind it.
    slots: Vec<Slot>,
    used: usize,
    long: HashMap<Box<[u8]>, u64, BuildHasherDefault<WordHasher>>,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            slots: vec![Slot::default(); FIRST_SLOTS],
            used: 0,
            long: HashMap::default(),
        }
    }
}

impl Counts {
    /// Counts `word` as seen `count` more times; 0 times is not seen. Numbers stay at the greatest u64.
    pub fn add(&mut self, word: &[u8], count: u64) {
        let mut key = [0; KEY_BYTES];
        if let Some(place) = key.get_mut(..word.len())
            && !word.contains(&0)
        {
            place.copy_from_slice(word);
            self.add_short(&key, word.len(), count);
        } else if let Some(known) = self.long.get_mut(word) {
            *known = known.saturating_add(count);
        } else if count > 0 {
            self.long.insert(word.into(), count);
        }
    }

    /// Counts the word in the first `len` bytes of `bytes`, none of them 0.
    pub(crate) fn add_short(&mut self, bytes: &[u8; KEY_BYTES], len: usize, count: u64) {
        let (first, second) = halves(*bytes);
        let (first_mask, second_mask) = masks(len);
        self.add_key((first & first_mask, second & second_mask), count);
    }

    fn add_key(&mut self, key: Key, count: u64) {
        if count == 0 {
            return;
        }
        let last = self.slots.len() - 1;
        let mut at = hash(key, self.slots.len());
        // Ends, because half of the slots are free.
        while let Some(slot) = self.slots.get_mut(at) {
            if slot.key == key && slot.count > 0 {
                slot.count = slot.count.saturating_add(count);
                return;
            }
            if slot.count == 0 {
                *slot = Slot { key, count };
                break;
            }
            at = (at + 1) & last;
        }
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let wider = vec![Slot::default(); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, wider);
        self.used = 0;
        for slot in old {
            self.add_key(slot.key, slot.count);
        }
    }

    /// The short words in the order of their bytes.
    pub(crate) fn short_words(&self) -> Vec<ShortWord> {
        let used = self.slots.iter().filter(|slot| slot.count > 0);
        let mut words: Vec<_> = used
            .map(|slot| ShortWord {
                // Big-endian numbers are in the order of their bytes.
                order: (slot.key.0.swap_bytes(), slot.key.1.swap_bytes()),
                count: slot.count,
            })
            .collect();
        words.sort_unstable_by_key(|word| word.order);
        words
    }

    /// The long words in the order of their bytes.
    pub(crate) fn long_words(&self) -> Vec<(&[u8], u64)> {
        let mut words: Vec<_> = self
            .long
            .iter()
            .map(|(word, count)| (&word[..], *count))
            .collect();
        words.sort_unstable();
        words
    }
}

/// A short word with its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ShortWord {
    order: Key,
    pub(crate) count: u64,
}

impl ShortWord {
    /// Its bytes, with zeros behind them, and how many they are.
    pub(crate) fn bytes(&self) -> ([u8; KEY_BYTES], usize) {
        let mut bytes = [0; KEY_BYTES];
        let (first, second) = self.order;
        let both = first.to_be_bytes().into_iter().chain(second.to_be_bytes());
        for (to, from) in bytes.iter_mut().zip(both) {
            *to = from;
        }
        let zeros = if second == 0 {
            8 + first.trailing_zeros() / 8
        } else {
            second.trailing_zeros() / 8
        };
        (bytes, KEY_BYTES - zeros as usize)
    }
}

fn halves(bytes: [u8; KEY_BYTES]) -> Key {
    let (halves, _) = bytes.as_chunks::<8>();
    let mut halves = halves.iter().map(|half| u64::from_le_bytes(*half));
    (halves.next().unwrap_or(0), halves.next().unwrap_or(0))
}

/// Where a key lies in a table of so many slots, a power of two.
fn hash((first, second): Key, slots: usize) -> usize {
    let mixed = (first ^ second.rotate_left(32)).wrapping_mul(SPREAD);
    // The upper half, because the lower bits of a product depend on few bits of the key.
    (mixed >> 32) as usize & (slots - 1)
}

/// The bytes of a key that belong to a word of `len` bytes.
const fn masks(len: usize) -> (u64, u64) {
    match len {
        0..8 => ((1 << (len * 8)) - 1, 0),
        8..KEY_BYTES => (u64::MAX, (1 << ((len - 8) * 8)) - 1),
        _ => (u64::MAX, u64::MAX),
    }
}

/// A fast hash for long words, eight bytes at a time.
#[derive(Debug, Default)]
struct WordHasher(u64);

impl Hasher for WordHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (lanes, rest) = bytes.as_chunks::<8>();
        for lane in lanes {
            self.write_u64(u64::from_le_bytes(*lane));
        }
        for byte in rest {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0.rotate_left(5) ^ value).wrapping_mul(SPREAD);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn finish(&self) -> u64 {
        // The map picks its place by the lower bits, which a product spreads least.
        self.0 ^ self.0 >> 32
    }
}
