//! Every float operation that can make a NaN, scalar and by lanes, and every way to see its bits.

use std::fmt::Write as _;
use tests::guest_case::Case;

/// Bits of operands: quiet and signalling NaNs with payloads of both signs, infinities, zeros, ordinary numbers.
const BITS32: [u32; 10] = [
    0x7fc0_0000,
    0xffc0_0000,
    0x7fa0_0001,
    0xff81_2345,
    0x7fff_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x8000_0000,
    0x3fc0_0000,
    0xc2c8_0001,
];
const BITS64: [u64; 10] = [
    0x7ff8_0000_0000_0000,
    0xfff8_0000_0000_0000,
    0x7ff4_0000_0000_0001,
    0xfff0_1234_5678_9abc,
    0x7fff_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x3ff8_0000_0000_0000,
    0xc059_0000_0000_0001,
];
const BINARY: [&str; 6] = ["add", "sub", "mul", "div", "min", "max"];
const UNARY: [&str; 6] = ["sqrt", "ceil", "floor", "trunc", "nearest", "neg"];

/// A shape of floats.
#[derive(Clone, Copy)]
struct Shape {
    name: &'static str,
    /// What holds one in memory and in a local.
    ty: &'static str,
    store: &'static str,
    bytes: usize,
    lane_bytes: usize,
}

const SHAPES: [Shape; 4] = [
    Shape {
        name: "f32",
        ty: "f32",
        store: "f32.store",
        bytes: 4,
        lane_bytes: 4,
    },
    Shape {
        name: "f64",
        ty: "f64",
        store: "f64.store",
        bytes: 8,
        lane_bytes: 8,
    },
    Shape {
        name: "f32x4",
        ty: "v128",
        store: "v128.store",
        bytes: 16,
        lane_bytes: 4,
    },
    Shape {
        name: "f64x2",
        ty: "v128",
        store: "v128.store",
        bytes: 16,
        lane_bytes: 8,
    },
];

/// An operand that no engine can fold away: it comes from memory, at this number of the table of [`data`].
fn load(shape: Shape, number: usize) -> String {
    let at = number * 16 + if shape.lane_bytes == 8 { 512 } else { 0 };
    match shape.ty {
        "v128" => format!("(v128.load (i32.const {at}))"),
        ty => format!("({ty}.load (i32.const {at}))"),
    }
}

/// The operands: each row of 16 bytes begins with one of the bits, followed by its neighbours.
fn data() -> String {
    let rows = |at: u32, all: Vec<Vec<u8>>, lanes: usize| {
        let text = all
            .iter()
            .enumerate()
            .fold(String::new(), |mut text, (row, _)| {
                for bits in all.iter().cycle().skip(row).take(lanes) {
                    for byte in bits {
                        let _ = write!(text, "\\{byte:02x}");
                    }
                }
                text
            });
        format!("(data (i32.const {at}) \"{text}\")")
    };
    let all32 = BITS32.map(|bits| bits.to_le_bytes().to_vec()).to_vec();
    let all64 = BITS64.map(|bits| bits.to_le_bytes().to_vec()).to_vec();
    rows(0, all32, 4) + &rows(512, all64, 2)
}

/// Everything that this operation makes of all operands.
fn results(shape: Shape, operation: &str) -> Vec<String> {
    let name = shape.name;
    if UNARY.contains(&operation) {
        return (0..10)
            .map(|at| format!("({name}.{operation} {})", load(shape, at)))
            .collect();
    }
    let pairs = (0..10).flat_map(|left| (0..10).map(move |right| (left, right)));
    pairs
        .map(|(left, right)| {
            format!(
                "({name}.{operation} {} {})",
                load(shape, left),
                load(shape, right)
            )
        })
        .collect()
}

/// Ways in which a value comes to be seen.
fn ways(shape: Shape, value: &str) -> Vec<String> {
    let (ty, name) = (shape.ty, shape.name);
    let mut ways = vec![
        value.to_owned(),
        format!("(local.tee 0 {value})"),
        format!("(call $same {value})"),
        format!("(select {value} {} (i32.const 1))", load(shape, 8)),
        format!("(block (result {ty}) (br 0 {value}))"),
        format!(
            "(block (result {ty}) (drop (br_if 0 {value} (i32.const 1))) {})",
            load(shape, 8)
        ),
        format!("({name}.neg {value})"),
        format!("({name}.abs {value})"),
        format!("({name}.add {value} {})", load(shape, 8)),
        format!(
            "(if (result {ty}) (i32.const 1) (then {value}) (else {}))",
            load(shape, 8)
        ),
    ];
    if ty == "v128" {
        ways.push(format!("({name}.pmin {value} {})", load(shape, 8)));
        ways.push(format!("({name}.pmax {} {value})", load(shape, 8)));
        ways.push(format!("(v128.not {value})"));
    } else {
        ways.push(format!("({name}.copysign {value} {})", load(shape, 7)));
        ways.push(format!("({name}.copysign {} {value})", load(shape, 8)));
        let bits = if ty == "f32" { "i32" } else { "i64" };
        ways.push(format!(
            "({name}.reinterpret_{bits} ({bits}.reinterpret_{name} {value}))"
        ));
    }
    ways
}

/// A guest that writes all of these values.
fn guest(name: &str, shape: Shape, values: &[String]) -> Case {
    let stores = values.iter().enumerate().map(|(at, value)| {
        format!(
            "({} (i32.const {}) {value})",
            shape.store,
            1024 + at * shape.bytes
        )
    });
    let stores: Vec<_> = stores.collect();
    // Some to a function: none is larger than what compilers optimise.
    let functions = stores
        .chunks(100)
        .enumerate()
        .map(|(at, stores)| format!("(func $some{at} (local {}) {})", shape.ty, stores.join(" ")));
    let functions: Vec<_> = functions.collect();
    let calls = (0..functions.len()).fold(String::new(), |mut calls, at| {
        let _ = write!(calls, "(call $some{at})");
        calls
    });
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 8) {}
            (func $same (param {ty}) (result {ty}) (local.get 0))
            {}
            (func (export "_start") {calls}
                (i32.store (i32.const 1000) (i32.const 1024)) (i32.store (i32.const 1004) (i32.const {}))
                (drop (call $fd_write (i32.const 1) (i32.const 1000) (i32.const 1) (i32.const 1008)))))"#,
        data(),
        functions.join("\n"),
        values.len() * shape.bytes,
        ty = shape.ty,
    );
    Case::text(name, &text)
}

/// All operations in all shapes, each seen in all ways.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in SHAPES {
        for operation in BINARY.into_iter().chain(UNARY) {
            let values = results(shape, operation);
            let values: Vec<_> = values.iter().flat_map(|value| ways(shape, value)).collect();
            cases.push(guest(
                &format!("{}.{operation}", shape.name),
                shape,
                &values,
            ));
        }
    }
    let [f32, f64, f32x4, f64x2] = SHAPES;
    for (name, to, from) in [
        ("f32.demote_f64", f32, f64),
        ("f64.promote_f32", f64, f32),
        ("f32x4.demote_f64x2_zero", f32x4, f64x2),
        ("f64x2.promote_low_f32x4", f64x2, f32x4),
    ] {
        let values = (0..10).flat_map(|at| ways(to, &format!("({name} {})", load(from, at))));
        cases.push(guest(name, to, &values.collect::<Vec<_>>()));
    }
    // What is only loaded and stored keeps its bits, also on its way through locals, calls and memory.
    for shape in SHAPES {
        let values = (0..10).flat_map(|at| {
            let value = load(shape, at);
            [
                value.clone(),
                format!("(local.tee 0 {value})"),
                format!("(call $same {value})"),
            ]
        });
        cases.push(guest(
            &format!("{} copied", shape.name),
            shape,
            &values.collect::<Vec<_>>(),
        ));
    }
    cases
}

/// The NaNs in what a guest wrote that are not the canonical one.
fn odd_nans(shape: Shape, output: &[u8]) -> usize {
    let lanes = output.chunks_exact(shape.lane_bytes);
    let is_odd = |lane: &[u8]| {
        if let Ok(bits) = lane.try_into() {
            let bits = u64::from_le_bytes(bits);
            return f64::from_bits(bits).is_nan() && bits != 0x7ff8_0000_0000_0000;
        }
        let bits = u32::from_le_bytes(lane.try_into().expect("a lane of four bytes"));
        f32::from_bits(bits).is_nan() && bits != 0x7fc0_0000
    };
    lanes.filter(|lane| is_odd(lane)).count()
}

#[test]
fn no_operation_shows_a_nan_that_is_not_canonical() {
    for shape in SHAPES {
        for operation in BINARY.into_iter().chain(UNARY) {
            if operation == "neg" {
                continue; // it copies the bits of its operand
            }
            let values = results(shape, operation);
            let seen = |values: &[String]| {
                let output = guest(operation, shape, values).output();
                odd_nans(shape, &output)
            };
            assert_eq!(seen(&values), 0, "{}.{operation}", shape.name);
            let through_a_local: Vec<_> = values
                .iter()
                .map(|value| format!("(local.tee 0 {value})"))
                .collect();
            assert_eq!(
                seen(&through_a_local),
                0,
                "{}.{operation} in a local",
                shape.name
            );
            let twice: Vec<_> = values
                .iter()
                .map(|value| format!("({name}.add {value} {value})", name = shape.name))
                .collect();
            assert_eq!(seen(&twice), 0, "{}.{operation} in a sum", shape.name);
        }
        let copied: Vec<_> = (0..10).map(|at| load(shape, at)).collect();
        let output = guest("copied", shape, &copied).output();
        assert!(
            odd_nans(shape, &output) > 0,
            "what was loaded keeps its bits"
        );
    }
}
