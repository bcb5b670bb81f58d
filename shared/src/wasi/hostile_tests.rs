//! Random and hostile calls: nothing panics, nothing hangs, and refused calls change nothing.

use super::fixture::{OUT, World};
use super::{WasiFunction, WasiResult};
use proptest::prelude::*;

/// Values at which lengths, counts and pointers go wrong.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..8_u64,
        prop::sample::select(vec![
            64,
            1024,
            32 * 1024,
            65_535,
            65_536,
            65_537,
            (1 << 29) + 1,
            (1 << 31) - 1,
            1 << 31,
            (1 << 32) - 8,
            (1 << 32) - 1,
            1 << 32,
            u64::MAX,
        ]),
        0..70_000_u64,
        any::<u64>(),
    ]
}

fn call() -> impl Strategy<Value = (WasiFunction, Vec<u64>)> {
    let function = prop::sample::select(WasiFunction::ALL);
    (function, prop::collection::vec(value(), 9))
}

proptest! {
    #[test]
    fn random_calls_never_panic(
        calls in prop::collection::vec(call(), 1..60),
        with_file: bool,
        pattern in prop::collection::vec(value(), 64),
    ) {
        let mut world = if with_file { World::with_common(b"common file") } else { World::new() };
        for (value, at) in pattern.iter().zip((1024..).step_by(8)) {
            world.put(at, &value.to_le_bytes());
        }
        for (function, args) in calls {
            let _ = world.result(function, &args);
        }
    }

    #[test]
    fn a_call_that_faults_leaves_the_memory_as_it_was((function, args) in call()) {
        let mut world = World::with_common(b"common file");
        let file = world.open_common();
        prop_assert_eq!(file, 4);
        let before = world.memory.clone();
        if let WasiResult::Errno(errno) = world.result(function, &args)
            && errno.number() != 0
        {
            prop_assert!(world.memory == before, "{} wrote", function.name());
        }
    }

    #[test]
    fn two_worlds_with_the_same_calls_are_the_same(
        calls in prop::collection::vec(call(), 1..40),
    ) {
        let [mut left, mut right] = [World::new(), World::new()];
        for (function, args) in &calls {
            prop_assert_eq!(left.result(*function, args), right.result(*function, args));
        }
        prop_assert!(left.memory == right.memory);
        prop_assert_eq!(left.finish(), right.finish());
    }
}

#[test]
fn an_array_of_half_a_billion_buffers_is_refused_before_it_is_read() {
    let mut world = World::new();
    for function in [WasiFunction::FdRead, WasiFunction::FdWrite] {
        for count in [8192 + 1, 1 << 29, u64::from(u32::MAX)] {
            assert_eq!(
                world.call(
                    function,
                    &[u64::from(function == WasiFunction::FdWrite), 0, count, OUT]
                ),
                21
            );
        }
    }
}
