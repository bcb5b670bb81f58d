//! Philox4x32-10 (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011): random numbers that follow
//! from a key and a counter, so any of them can be had without those before it.

const ROUNDS: usize = 10;
const LOW: u64 = 0xFFFF_FFFF;
const MULTIPLIERS: [u64; 2] = [0xD251_1F53, 0xCD9E_8D57];
const KEY_STEPS: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
/// 2^-53.
const UNIT: f64 = 1.0 / 9_007_199_254_740_992.0;

/// The block of a key and a counter.
pub(crate) fn block(mut key: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    for _ in 0..ROUNDS {
        let [from_a, from_c] = [u64::from(a) * MULTIPLIERS[0], u64::from(c) * MULTIPLIERS[1]];
        (a, c) = (
            (from_c >> 32) as u32 ^ b ^ key[0],
            (from_a >> 32) as u32 ^ d ^ key[1],
        );
        (b, d) = ((from_c & LOW) as u32, (from_a & LOW) as u32);
        key = [
            key[0].wrapping_add(KEY_STEPS[0]),
            key[1].wrapping_add(KEY_STEPS[1]),
        ];
    }
    [a, b, c, d]
}

/// Two independent standard normal numbers of a block (Box and Muller).
pub(crate) fn normals([a, b, c, d]: [u32; 4]) -> [f64; 2] {
    // Above 0, because of the logarithm.
    let first = (bits53(a, b) + 1.0) * UNIT;
    let second = bits53(c, d) * UNIT;
    let radius = (-2.0 * first.ln()).sqrt();
    let (sin, cos) = (std::f64::consts::TAU * second).sin_cos();
    [radius * cos, radius * sin]
}

/// A whole number below 2^53, which an f64 holds exactly.
fn bits53(high: u32, low: u32) -> f64 {
    f64::from(high) * 2_097_152.0 + f64::from(low >> 11)
}
