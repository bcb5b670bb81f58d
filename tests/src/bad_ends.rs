//! Guests that end badly, each in a way of its own: what everybody who runs them must say.

use shared::outcome::Status;

/// A guest that ends so whatever its input is.
#[derive(Debug, Clone, Copy)]
pub struct BadEnd {
    /// Names it.
    pub name: &'static str,
    /// What its `_start` does.
    body: &'static str,
    /// How it ends.
    pub status: Status,
    /// What people are told.
    pub words: &'static str,
}

/// Limits that are small, so that each of them is reached soon; the fuel is enough for all but the one that never ends.
pub const LIMITS: [&str; 6] = [
    "--limit",
    "fuel=1e8",
    "--limit",
    "memory=8MiB",
    "--limit",
    "output=1MiB",
];

/// One of each kind.
pub const BAD_ENDS: [BadEnd; 7] = [
    BadEnd {
        name: "trap",
        body: "unreachable",
        status: Status::Trap,
        words: "trapped",
    },
    BadEnd {
        name: "exit",
        body: "(call $exit (i32.const 3))",
        status: Status::Exit,
        words: "ended with exit code 3",
    },
    BadEnd {
        name: "flood",
        body: "(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 65000))
            (loop $more (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))) (br $more))",
        status: Status::OutputTooLarge,
        words: "wrote more output than the job allows",
    },
    BadEnd {
        name: "hungry",
        body: "(if (i32.eq (memory.grow (i32.const 65535)) (i32.const -1)) (then unreachable))",
        status: Status::OutOfMemory,
        words: "wanted more memory than the job allows",
    },
    BadEnd {
        name: "bomb",
        body: "(local $had i32)
            (loop $more
                (local.set $had (memory.grow (i32.const 16)))
                (if (i32.eq (local.get $had) (i32.const -1)) (then unreachable))
                (i32.store (i32.shl (local.get $had) (i32.const 16)) (i32.const -1))
                (br $more))",
        status: Status::OutOfMemory,
        words: "wanted more memory than the job allows",
    },
    BadEnd {
        name: "deep",
        body: "(call $deep (i32.const 0))",
        status: Status::Trap,
        words: "trapped",
    },
    BadEnd {
        name: "endless",
        body: "(loop $again (br $again))",
        status: Status::OutOfFuel,
        words: "ran out of fuel: its limit is 100.00 million instructions",
    },
];

impl BadEnd {
    /// Its module.
    ///
    /// # Panics
    /// When the text above is not WebAssembly.
    #[must_use]
    pub fn module(&self) -> Vec<u8> {
        command(self.body)
    }
}

/// A command whose `_start` does this, with a page of memory, two functions of WASI and one that calls itself for ever.
///
/// # Panics
/// When this is not WebAssembly.
#[must_use]
pub fn command(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            (func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))))
            (func (export "_start") {body}))"#
    );
    wat::parse_str(text).expect("the test's own module is valid")
}
