//! How many bytes rewriting adds.

use serde::Serialize;
use shared::rewrite::rewrite;
use std::collections::BTreeMap;
use std::path::Path;
use wasmparser::{Parser, Payload};

/// The original's, then the rewritten module's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Bytes of the module without its custom sections, which the rewriter leaves away.
    pub module_bytes: [u64; 2],
    /// Bytes of the code section.
    pub code_bytes: [u64; 2],
}

/// Of a module in both forms.
pub(super) fn of(forms: &[Vec<u8>; 2]) -> Size {
    Size {
        module_bytes: forms.each_ref().map(|module| without_custom(module)),
        code_bytes: forms.each_ref().map(|module| code(module)),
    }
}

/// Of each program in a folder of folders.
pub(super) fn of_programs(folder: &Path) -> BTreeMap<String, Size> {
    let mut sizes = BTreeMap::new();
    let folders = std::fs::read_dir(folder);
    let folders = folders.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for folder in folders {
        let folder = folder.expect("a readable folder");
        let Ok(original) = std::fs::read(folder.path().join("program.wasm")) else {
            continue;
        };
        let rewritten = rewrite(&original).expect("a program can be rewritten");
        let name = folder.file_name().to_string_lossy().into_owned();
        sizes.insert(name, of(&[original, rewritten.module]));
    }
    sizes
}

fn without_custom(module: &[u8]) -> u64 {
    let mut bytes = module.len() as u64;
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = payload.expect("it is a module") {
            let range = section.range();
            bytes = bytes.saturating_sub(range.end - range.start);
        }
    }
    bytes
}

fn code(module: &[u8]) -> u64 {
    let payloads = Parser::new(0).parse_all(module);
    let sizes = payloads.filter_map(|payload| match payload.expect("it is a module") {
        Payload::CodeSectionStart { size, .. } => Some(u64::from(size)),
        _ => None,
    });
    sizes.sum()
}
