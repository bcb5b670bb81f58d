//! Every function of WASI preview 1, asked well, badly and with hostile pointers, with and without a common file.

use shared::wasi::{ValueType, WasiFunction};
use tests::guest_case::Case;

/// Where calls may write; all of it is written out after each call.
const ROOM: u64 = 4096;

/// What each argument is set to in turn, while the others stay at something sensible.
const HOSTILE: [u64; 9] = [
    0,
    3,
    7,
    ROOM + 1,
    65_535,
    65_536,
    0x7fff_ffff,
    0xffff_fffc,
    u64::MAX,
];

/// Arguments with which a call does what it is for.
fn sensible(function: WasiFunction) -> Vec<Vec<u64>> {
    use WasiFunction as F;
    // Two iovecs at 64: 10 bytes at 4,096 and 5 at 4,200; the name "common" at 96; subscriptions at 128.
    let all: &[&[u64]] = match function {
        F::ArgsGet | F::EnvironGet => &[&[ROOM, ROOM + 64]],
        F::ArgsSizesGet | F::EnvironSizesGet => &[&[ROOM, ROOM + 4]],
        F::ClockResGet => &[&[0, ROOM], &[3, ROOM], &[4, ROOM]],
        F::ClockTimeGet => &[&[0, 0, ROOM], &[1, 0, ROOM], &[9, 0, ROOM]],
        F::FdRead => &[&[0, 64, 2, ROOM], &[4, 64, 2, ROOM], &[1, 64, 2, ROOM]],
        F::FdWrite => &[&[1, 64, 2, ROOM], &[2, 64, 2, ROOM], &[0, 64, 2, ROOM]],
        F::FdPread | F::FdPwrite => &[&[4, 64, 2, 3, ROOM], &[0, 64, 2, 3, ROOM]],
        F::FdSeek => &[
            &[4, 5, 0, ROOM],
            &[4, u64::MAX, 2, ROOM],
            &[4, 9, 7, ROOM],
            &[0, 0, 0, ROOM],
        ],
        F::FdTell => &[&[4, ROOM], &[1, ROOM], &[3, ROOM]],
        F::FdFdstatGet | F::FdFilestatGet | F::FdPrestatGet => &[
            &[0, ROOM],
            &[1, ROOM],
            &[2, ROOM],
            &[3, ROOM],
            &[4, ROOM],
            &[5, ROOM],
        ],
        F::FdPrestatDirName => &[&[3, ROOM, 1], &[3, ROOM, 0], &[3, ROOM, 9], &[4, ROOM, 1]],
        F::PathOpen => &[
            &[3, 0, 96, 6, 0, 2, 0, 0, ROOM],
            &[3, 0, 96, 5, 0, 2, 0, 0, ROOM],
            &[3, 0, 96, 6, 1, 2, 0, 0, ROOM],
            &[3, 0, 96, 6, 2, 2, 0, 0, ROOM],
            &[3, 0, 96, 6, 0, 64, 0, 0, ROOM],
            &[0, 0, 96, 6, 0, 2, 0, 0, ROOM],
        ],
        F::PathFilestatGet => &[&[3, 0, 96, 6, ROOM], &[3, 0, 96, 4, ROOM]],
        F::PollOneoff => &[&[128, ROOM, 2, ROOM + 100], &[128, ROOM, 0, ROOM + 100]],
        F::RandomGet => &[&[ROOM, 40], &[ROOM, 0]],
        F::ProcExit => &[&[0], &[1], &[255], &[u64::MAX]],
        F::FdClose => &[&[0], &[1], &[3], &[4], &[9]],
        _ => &[
            &[0, ROOM, 8, ROOM, 8, 0, 0, 0, 0],
            &[3, ROOM, 8, ROOM, 8, 0, 0, 0, 0],
        ],
    };
    all.iter().map(|args| args.to_vec()).collect()
}

/// The sensible arguments, and each of them replaced by each hostile value.
fn asked(function: WasiFunction) -> Vec<Vec<u64>> {
    let count = function.params().len();
    let mut asked = Vec::new();
    for mut args in sensible(function) {
        args.truncate(count);
        asked.push(args.clone());
        for at in 0..count {
            for value in HOSTILE {
                let mut hostile = args.clone();
                if let Some(arg) = hostile.get_mut(at) {
                    *arg = value;
                }
                asked.push(hostile);
            }
        }
    }
    asked.sort();
    asked.dedup();
    asked
}

fn call(function: WasiFunction, args: &[u64]) -> String {
    let args = args
        .iter()
        .zip(function.params())
        .map(|(arg, ty)| match ty {
            // Only the low half fits.
            ValueType::I32 => format!("(i32.const {})", arg & 0xffff_ffff),
            ValueType::I64 => format!("(i64.const {arg})"),
        });
    let call = format!("(call $asked {})", args.collect::<Vec<_>>().join(" "));
    if function.results().is_empty() {
        return call;
    }
    format!("(call $tell {call})")
}

fn types(types: &[ValueType]) -> String {
    let names = types.iter().map(|ty| match ty {
        ValueType::I32 => "i32",
        ValueType::I64 => "i64",
    });
    names.collect::<Vec<_>>().join(" ")
}

/// A guest that makes these calls and writes after each what it answered and what it left in the memory.
fn guest(name: String, function: WasiFunction, calls: &str, common: bool) -> Case {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "path_open"
                (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "{}" (func $asked (param {}) (result {})))
            (memory (export "memory") 1)
            (data (i32.const 64) "\00\10\00\00\0a\00\00\00\68\10\00\00\05\00\00\00")
            (data (i32.const 96) "common")
            (data (i32.const 128) "userdata\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\40\42\0f\00\00\00\00\00\00\00\00\00\00\00\00\00")
            (data (i32.const 176) "userdat2\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
            (func $tell (param $errno i32)
                (i32.store (i32.const 0) (local.get $errno))
                (i32.store (i32.const 32) (i32.const 0)) (i32.store (i32.const 36) (i32.const 256))
                (i32.store (i32.const 40) (i32.const {ROOM})) (i32.store (i32.const 44) (i32.const 256))
                (drop (call $fd_write (i32.const 1) (i32.const 32) (i32.const 2) (i32.const 48)))
                (memory.fill (i32.const {ROOM}) (i32.const 0xaa) (i32.const 256)))
            (func (export "_start")
                (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 96) (i32.const 6) (i32.const 0)
                    (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 16)))
                {calls}))"#,
        function.name(),
        types(function.params()),
        types(function.results()),
    );
    let mut case = Case::text(name, &text).reads("what is on standard input, all of it");
    case.common = common.then(|| b"the common file of this job".to_vec());
    case
}

/// A guest for each function, with and without a common file; what may end the run has a guest for each call.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for &function in WasiFunction::ALL {
        let calls: Vec<String> = asked(function)
            .iter()
            .map(|args| call(function, args))
            .collect();
        for common in [false, true] {
            let name = |at: usize| format!("{} {at}, common file: {common}", function.name());
            if function == WasiFunction::ProcExit {
                let each = calls.iter().enumerate();
                cases.extend(each.map(|(at, call)| guest(name(at), function, call, common)));
            } else {
                cases.push(guest(name(0), function, &calls.join("\n"), common));
            }
        }
    }
    cases
}
