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
