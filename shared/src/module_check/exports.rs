//! Exports: every program has `memory` and `_start: () -> ()`.

use super::refusal::ModuleRefusal;
use wasmparser::types::TypesRef;
use wasmparser::{ExportSectionReader, ExternalKind};

/// What a module exports.
#[derive(Default)]
pub(super) struct Exports {
    pub(super) names: Vec<String>,
    memory: bool,
    /// Index of the function `_start`.
    start: Option<u32>,
}

impl Exports {
    pub(super) fn read(reader: &ExportSectionReader<'_>) -> Result<Self, ModuleRefusal> {
        let mut exports = Self::default();
        for export in reader.clone() {
            let export = export?;
            match (export.name, export.kind) {
                ("memory", ExternalKind::Memory) => exports.memory = true,
                ("_start", ExternalKind::Func) => exports.start = Some(export.index),
                _ => {}
            }
            exports.names.push(export.name.to_owned());
        }
        Ok(exports)
    }

    /// After validation, which knows the types.
    pub(super) fn check(&self, types: TypesRef<'_>) -> Result<(), ModuleRefusal> {
        if !self.memory {
            return Err(ModuleRefusal::Export {
                what: "a memory named `memory`",
            });
        }
        let ty = self
            .start
            .and_then(|index| types.get(types.core_function_at(index)));
        let fits = ty.is_some_and(|ty| {
            let ty = ty.unwrap_func();
            ty.params().is_empty() && ty.results().is_empty()
        });
        if !fits {
            return Err(ModuleRefusal::Export {
                what: "a function `_start` without parameters and results",
            });
        }
        Ok(())
    }
}
