//! Whether a module may be a program: the whitelist and limits of GUEST.md section 2.
//!
//! A refusal says what it is about, at which offset, and what to do about it. Everything that is not on the list is
//! refused, so that a program means the same in every engine.

mod exports;
mod features;
mod functions;
mod imports;
mod refusal;

#[cfg(test)]
mod tests;

pub(crate) use features::is_vector;
pub use refusal::ModuleRefusal;

use crate::wasi::WasiFunction;
use functions::FunctionChecks;
use std::ops::Range;
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

/// Largest module, bytes.
pub const MAX_MODULE_BYTES: usize = 16 << 20;
/// Most functions, imported ones included.
pub const MAX_FUNCTIONS: u32 = 50_000;
/// Most locals of a function, parameters not included.
pub const MAX_LOCALS: u64 = 5_000;
/// Most targets of a br_table.
pub const MAX_BR_TABLE_TARGETS: u32 = 65_520;
/// Most elements of all tables together.
pub const MAX_TABLE_ELEMENTS: u64 = 1_000_000;
/// Most pages of memory that a program may come to have: 1 GiB.
pub const MAX_MODULE_PAGES: u64 = 16_384;
/// Name of the custom section that may hold the program manifest.
pub const MANIFEST_SECTION: &str = "manyhands";

/// Exactly what a program may use.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::SIMD)
    .union(WasmFeatures::FLOATS);

/// What an accepted module is made of, to show and to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleFacts {
    /// Its length in bytes.
    pub size_bytes: usize,
    /// Functions that it defines.
    pub functions: u32,
    /// Bytes of their code.
    pub code_bytes: u64,
    /// The WASI functions that it imports, in its order.
    pub imports: Vec<WasiFunction>,
    /// Features that it uses beyond the first version of WebAssembly, by name.
    pub features: Vec<&'static str>,
    /// Pages of memory at the start.
    pub memory_pages: u64,
    /// The most pages that it declares itself, if it does.
    pub memory_max_pages: Option<u64>,
    /// Elements of all tables at the start.
    pub table_elements: u64,
    /// Names of its exports, in its order.
    pub exports: Vec<String>,
    /// Where in the module the program manifest stands, when it carries one.
    pub manifest: Option<Range<usize>>,
}

/// How much there may be of what grows when a program is rewritten.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    functions: u32,
    locals: u64,
    /// See [`FunctionChecks::check_width`].
    work: u64,
}

/// As people upload it.
const UPLOADED: Bounds = Bounds {
    functions: MAX_FUNCTIONS,
    locals: MAX_LOCALS,
    work: 1 << 30,
};

/// As the rewriter writes it: a wrapper for each import, a few functions and locals more, longer code.
const REWRITTEN: Bounds = Bounds {
    functions: 2 * MAX_FUNCTIONS + 100,
    locals: MAX_LOCALS + 100,
    work: 1 << 32,
};

/// Checks a module as somebody uploads it.
///
/// # Errors
/// See [`ModuleRefusal`].
pub fn check_module(bytes: &[u8]) -> Result<ModuleFacts, ModuleRefusal> {
    check(bytes, UPLOADED)
}

/// Checks a module that should come from the rewriter.
///
/// # Errors
/// See [`ModuleRefusal`].
pub(crate) fn check_rewritten(bytes: &[u8]) -> Result<ModuleFacts, ModuleRefusal> {
    check(bytes, REWRITTEN)
}

fn check(bytes: &[u8], bounds: Bounds) -> Result<ModuleFacts, ModuleRefusal> {
    if bytes.len() > MAX_MODULE_BYTES {
        return Err(ModuleRefusal::limit(
            "the module's bytes",
            bytes.len() as u64,
            MAX_MODULE_BYTES as u64,
            0,
        ));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(ModuleRefusal::NotWasm);
    }
    Check::new(bytes, bounds).run(bytes)
}

/// One check as it walks through the module's sections.
struct Check {
    bounds: Bounds,
    validator: Validator,
    functions: FunctionChecks,
    imports: Vec<imports::Import>,
    exports: exports::Exports,
    facts: ModuleFacts,
}

impl Check {
    fn new(bytes: &[u8], bounds: Bounds) -> Self {
        Self {
            bounds,
            validator: Validator::new_with_features(FEATURES),
            functions: FunctionChecks::new(bounds),
            imports: Vec::new(),
            exports: exports::Exports::default(),
            facts: ModuleFacts {
                size_bytes: bytes.len(),
                functions: 0,
                code_bytes: 0,
                imports: Vec::new(),
                features: Vec::new(),
                memory_pages: 0,
                memory_max_pages: None,
                table_elements: 0,
                exports: Vec::new(),
                manifest: None,
            },
        }
    }

    fn run(mut self, bytes: &[u8]) -> Result<ModuleFacts, ModuleRefusal> {
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        for payload in parser.parse_all(bytes) {
            if let Some(facts) = self.payload(&payload?)? {
                return Ok(facts);
            }
        }
        Err(ModuleRefusal::NotWasm)
    }

    /// Checks one part; the last one yields the facts.
    fn payload(&mut self, payload: &Payload<'_>) -> Result<Option<ModuleFacts>, ModuleRefusal> {
        match payload {
            Payload::Version { encoding, .. } if *encoding != Encoding::Module => {
                return Err(ModuleRefusal::Component);
            }
            // Before the validator: it would be content.
            Payload::StartSection { range, .. } => {
                return Err(ModuleRefusal::StartFunction {
                    offset: range.start,
                });
            }
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                let start = usize::try_from(section.data_offset()).unwrap_or(usize::MAX);
                let end = start.saturating_add(section.data().len());
                self.facts.manifest = Some(start..end);
            }
            Payload::TypeSection(reader) => self.functions.note_types(reader)?,
            Payload::ImportSection(reader) => {
                self.imports = imports::read(reader)?;
                let count = self.imports.len() as u64;
                self.check_function_count(count, reader.range().start)?;
            }
            Payload::FunctionSection(reader) => {
                self.facts.functions = reader.count();
                let count = u64::from(reader.count()) + self.imports.len() as u64;
                self.check_function_count(count, reader.range().start)?;
            }
            Payload::TableSection(reader) => self.tables(reader)?,
            Payload::MemorySection(reader) => self.memories(reader)?,
            Payload::ExportSection(reader) => self.exports = exports::Exports::read(reader)?,
            Payload::CodeSectionStart {
                unchecked_range: range,
                ..
            } => {
                self.facts.code_bytes = range.end.saturating_sub(range.start);
                self.functions
                    .check_width(self.facts.code_bytes, range.start)?;
            }
            _ => {}
        }
        match self.validator.payload(payload)? {
            wasmparser::ValidPayload::Func(function, body) => {
                self.functions.check(function, &body)?;
            }
            wasmparser::ValidPayload::End(types) => {
                self.facts.imports = imports::check_types(&self.imports, types.as_ref())?;
                self.exports.check(types.as_ref())?;
                self.facts.exports = std::mem::take(&mut self.exports.names);
                self.facts.features = self.functions.features.names();
                return Ok(Some(self.facts.clone()));
            }
            _ => {}
        }
        Ok(None)
    }

    fn tables(&mut self, reader: &wasmparser::TableSectionReader<'_>) -> Result<(), ModuleRefusal> {
        for table in reader.clone().into_iter_with_offsets() {
            let (offset, table) = table?;
            self.facts.table_elements = self.facts.table_elements.saturating_add(table.ty.initial);
            if self.facts.table_elements > MAX_TABLE_ELEMENTS {
                return Err(ModuleRefusal::limit(
                    "the elements of its tables",
                    self.facts.table_elements,
                    MAX_TABLE_ELEMENTS,
                    offset,
                ));
            }
        }
        Ok(())
    }

    fn memories(
        &mut self,
        reader: &wasmparser::MemorySectionReader<'_>,
    ) -> Result<(), ModuleRefusal> {
        if reader.count() > 1 {
            return Err(ModuleRefusal::Memories {
                count: reader.count(),
                offset: reader.range().start,
            });
        }
        for memory in reader.clone() {
            let memory = memory?;
            self.facts.memory_pages = memory.initial;
            self.facts.memory_max_pages = memory.maximum;
        }
        Ok(())
    }

    fn check_function_count(&self, count: u64, offset: u64) -> Result<(), ModuleRefusal> {
        let limit = u64::from(self.bounds.functions);
        if count > limit {
            return Err(ModuleRefusal::limit("its functions", count, limit, offset));
        }
        Ok(())
    }
}
