//! Programs that tests publish, written as text.

use shared::ids::{Digest, SubmitterKey};
use shared::program::Prog;
use shared::rewrite::{REWRITER, rewrite};

/// The args of [`Program::from_text`]'s manifest with their defaults.
pub const DEFAULT_ARGS: [&str; 2] = ["width=3", "title=none"];

/// A module and its manifest.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// WebAssembly, as it is uploaded.
    pub module: Vec<u8>,
    /// JSON.
    pub manifest: Vec<u8>,
}

impl Program {
    /// From WebAssembly text.
    ///
    /// # Panics
    /// When the text is not WebAssembly.
    #[must_use]
    pub fn from_text(name: &str, version: &str, text: &str) -> Self {
        let manifest = serde_json::json!({
            "name": name,
            "version": version,
            "summary": "A program of a test.",
            "licence": "MIT",
            "argv_mode": "staged",
            "reduce": "none",
            "splits": {"accepted": ["range", "lines", "bytes", "files"], "default": "lines:64KiB"},
            "args": [
                {"name": "width", "help": "How wide.", "type": "integer", "min": 1, "max": 9, "default": 3},
                {"name": "title", "help": "How called.", "type": "text", "max_bytes": 10, "default": "none"}
            ],
            "output": "text/plain",
            "example": {"input": "an example", "args": {}}
        });
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            module: wat::parse_str(text).expect("the test's text is WebAssembly"),
            manifest: serde_json::to_vec(&manifest).expect("strings always serialise"),
        }
    }

    /// The publication by `publisher`.
    #[must_use]
    pub fn prog(&self, publisher: SubmitterKey) -> Prog {
        Prog {
            name: self.name.clone(),
            version: self.version.clone(),
            publisher_key: publisher,
            original_sha256: Digest::of(&self.module),
            module_sha256: Digest::of(&self.running()),
            manifest_sha256: Digest::of(&self.manifest),
            rewriter: REWRITER,
        }
    }

    /// The module that runs; what is no program stays as it is.
    #[must_use]
    pub fn running(&self) -> Vec<u8> {
        rewrite(&self.module).map_or_else(|_| self.module.clone(), |rewritten| rewritten.module)
    }
}

/// Ends at once and writes nothing.
#[must_use]
pub fn nothing(name: &str, version: &str) -> Program {
    let text = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;
    Program::from_text(name, version, text)
}

/// Echoes its input and eight random bytes. An input that begins with an x needs a hundred pages more.
///
/// # Panics
/// Never: its text is WebAssembly.
#[must_use]
pub fn echo() -> Vec<u8> {
    let text = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 120))
            (then (if (i32.eq (memory.grow (i32.const 100)) (i32.const -1)) (then unreachable))))
        (drop (call $random (i32.add (i32.const 1024) (i32.load (i32.const 8))) (i32.const 8)))
        (i32.store (i32.const 4) (i32.add (i32.load (i32.const 8)) (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))"#;
    wat::parse_str(text).expect("the test's text is WebAssembly")
}

/// Copies its input. Over one that begins with an x it takes more than [`HARD_WORK`] fuel before, otherwise less; over
/// one that begins with a z it never ends.
///
/// # Panics
/// Never: its text is WebAssembly.
#[must_use]
pub fn hard_working() -> Vec<u8> {
    let text = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $left i32)
        (i32.store (i32.const 0) (i32.const 1024))
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 120))
            (then
                (local.set $left (i32.const 100000))
                (loop $more
                    (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
        (if (i32.eq (i32.load8_u (i32.const 1024)) (i32.const 122)) (then (loop $ever (br $ever))))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 12)))))"#;
    wat::parse_str(text).expect("the test's text is WebAssembly")
}

/// What the easy inputs of [`hard_working`] need less of, the hard ones more.
pub const HARD_WORK: u64 = 100_000;

/// Has a bit of everything that is told of a module before it runs: what was changed in it, and what may fail.
///
/// # Panics
/// Never: its text is WebAssembly.
#[must_use]
pub fn everything() -> Vec<u8> {
    let text = r#"(module $named
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_shutdown" (func (param i32 i32) (result i32)))
    (memory (export "memory") 2 100)
    (func $deep (call $deep))
    (func (export "_start") (param) (local $x f64)
        (f64.store (i32.const 0) (f64.div (local.get $x) (local.get $x)))
        (i32.store (i32.const 8) (i32.extend8_s (i32.const 200)))
        (drop (memory.grow (i32.const 1)))
        (loop $again (br_if $again (i32.load (i32.const 8))))))"#;
    wat::parse_str(text).expect("the test's text is WebAssembly")
}
