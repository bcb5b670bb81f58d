//! Guests that tests upload as files: one module under several manifests, each with the manifest inside.

/// What a guest makes of its tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guest {
    /// A text: the common file, if there is one, then the task's input.
    Text,
    /// An image, which its reduce stage draws; the tasks are as for a text.
    Picture,
}

/// What a guest says on standard error before it ends with [`EXIT_CODE`] over an input that begins with an `x`.
pub const LAST_WORDS: &str = "no line may begin so";
/// How a guest ends that does not like its input.
pub const EXIT_CODE: u32 = 3;

/// Copies the common file and its input to its output. Its reduce stage writes a PNG of 4 times 3 pixels.
const TEXT: &str = r#"(module
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 48)
    (data (i32.const 16) "common")
    (data (i32.const 32) "no line may begin so")
    (data (i32.const 64) "\89\50\4e\47\0d\0a\1a\0a\00\00\00\0d\49\48\44\52\00\00\00\04\00\00\00\03\08\02\00\00\00\3b\96\39\91\00\00\00\18\49\44\41\54\78\da\63\60\b0\a9\d8\f2\41\27\63\c9\03\99\88\29\0c\38\39\00\38\96\10\69\e8\f6\f0\cf\00\00\00\00\49\45\4e\44\ae\42\60\82")
    (func $read (param $fd i32) (param $at i32) (result i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (i32.const 1048576))
        (drop (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.load (i32.const 8)))
    (func $write (param $fd i32) (param $at i32) (param $len i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $len))
        (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
    (func (export "_start") (local $len i32)
        (drop (call $args_get (i32.const 1024) (i32.const 2048)))
        (if (i32.eq (i32.load8_u (i32.load (i32.const 1028))) (i32.const 114)) ;; "r" of "reduce"
            (then (call $write (i32.const 1) (i32.const 64) (i32.const 81)) (return)))
        (local.set $len (call $read (i32.const 0) (i32.const 65536)))
        (if (i32.eq (i32.load8_u (i32.const 65536)) (i32.const 120)) ;; "x"
            (then
                (call $write (i32.const 2) (i32.const 32) (i32.const 20))
                (call $proc_exit (i32.const 3))))
        (if (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 6) (i32.const 0)
                (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 12)))
            (then (call $write (i32.const 1) (i32.const 1572864)
                (call $read (i32.load (i32.const 12)) (i32.const 1572864)))))
        (call $write (i32.const 1) (i32.const 65536) (local.get $len)))
    {{section}})"#;

impl Guest {
    /// Its module.
    ///
    /// # Panics
    /// When the text above is not WebAssembly.
    #[must_use]
    pub fn module(self) -> Vec<u8> {
        let manifest = self.manifest().replace('\\', "\\\\").replace('"', "\\\"");
        let section = format!("(@custom \"manyhands\" \"{manifest}\")");
        wat::parse_str(TEXT.replace("{{section}}", &section)).expect("the guest is WebAssembly")
    }

    /// The module of all of them, without a manifest.
    ///
    /// # Panics
    /// When the text above is not WebAssembly.
    #[must_use]
    pub fn bare_module() -> Vec<u8> {
        wat::parse_str(TEXT.replace("{{section}}", "")).expect("the guest is WebAssembly")
    }

    /// Its manifest.
    #[must_use]
    pub fn manifest(self) -> String {
        let (name, reduce, output) = match self {
            Self::Text => ("copying", "none", "text/plain"),
            Self::Picture => ("drawing", "final", "image/png"),
        };
        serde_json::json!({
            "name": name,
            "version": "1.0.0",
            "summary": "A guest of a test.",
            "licence": "MIT",
            "argv_mode": "staged",
            "reduce": reduce,
            "splits": {"accepted": ["range", "lines"], "default": "lines:16"},
            "args": [
                {"name": "width", "help": "How wide.", "type": "integer", "min": 1, "max": 9, "default": 3}
            ],
            "output": output,
            "example": {"input": "an example\n", "args": {"width": "5"}}
        })
        .to_string()
    }
}
