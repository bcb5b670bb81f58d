//! Makes a program deterministic and metered (GUEST.md section 3): the same bytes and the same fuel in every engine.
//!
//! `plan` looks at one function and decides what is added where; `emit` writes it; `injected` is what every program gets:
//! four globals and the functions that end a run. What was there keeps its index, and cannot name what is added: the
//! module was validated without it.

mod canonical;
mod emit;
mod floats;
mod injected;
mod plan;
mod runnable;

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

pub use injected::{
    FLAG_GROW_REFUSED, FLAG_HOST_REFUSED, FLAG_NOTHING, FLAG_OUT_OF_FUEL, InjectedNames,
};
pub use runnable::{NotRunnable, Runnable};

use crate::module_check::{
    FEATURES, MANIFEST_SECTION, MAX_MODULE_BYTES, MAX_MODULE_PAGES, ModuleFacts, ModuleRefusal,
    check_module,
};
use emit::Indices;
use injected::Injected;
use plan::Plan;
use std::collections::BTreeMap;
use wasm_encoder::reencode::{self, Reencode as _};
use wasm_encoder::{
    CodeSection, CustomSection, DataCountSection, DataSection, ElementSection, ExportSection,
    FunctionSection, GlobalSection, ImportSection, MemorySection, MemoryType, Module, TableSection,
    TypeSection, ValType,
};
use wasmparser::{
    CompositeInnerType, FuncValidatorAllocations, Parser, Payload, ValidPayload, Validator,
};

/// The version of this rewriter and of what instructions cost, together; it stands in every program entry.
pub const REWRITER: u16 = 1;

/// A program as volunteers run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The module.
    pub module: Vec<u8>,
    /// What the original is made of.
    pub facts: ModuleFacts,
    /// What was changed.
    pub changes: Changes,
}

/// What rewriting has changed, to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Changes {
    /// Loops that are charged at each iteration.
    pub loops: u64,
    /// Functions that take from the stack budget.
    pub frames: u64,
    /// `memory.grow` instructions, which obey the job's limit.
    pub grows: u64,
    /// Float operations whose NaNs are made canonical.
    pub canonical: u64,
    /// Bytes of custom sections that were dropped: names and debug information.
    pub dropped_bytes: u64,
}

/// Why a module that may be a program cannot be rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// It may not be a program.
    #[error(transparent)]
    Refused(#[from] ModuleRefusal),
    /// It is too large with what is added.
    #[error(
        "made deterministic and metered the module has {found} bytes, at most {MAX_MODULE_BYTES} are allowed"
    )]
    TooLarge {
        /// Its length then.
        found: usize,
    },
    /// The module is not valid after all, or what came out is not.
    #[error("the module cannot be rewritten: {0}")]
    Invalid(String),
}

impl From<wasmparser::Error> for RewriteError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<reencode::Error> for RewriteError {
    fn from(error: reencode::Error) -> Self {
        Self::Invalid(error.to_string())
    }
}

/// Checks and rewrites a module. The same module always becomes the same bytes.
///
/// # Errors
/// See [`RewriteError`].
pub fn rewrite(module: &[u8]) -> Result<Rewritten, RewriteError> {
    let facts = check_module(module)?;
    let names = InjectedNames::unused(&facts.exports);
    let sections = Sections::new(&facts).read(module)?;
    let changes = sections.changes;
    let rewritten = sections.finish(&facts, &names);
    if rewritten.len() > MAX_MODULE_BYTES {
        return Err(RewriteError::TooLarge {
            found: rewritten.len(),
        });
    }
    Validator::new_with_features(FEATURES).validate_all(&rewritten)?;
    Ok(Rewritten {
        module: rewritten,
        facts,
        changes,
    })
}

impl Changes {
    fn note(&mut self, plan: &Plan) {
        self.loops += plan.loops.len() as u64;
        self.frames += u64::from(plan.words.is_some());
        self.grows += plan.grows;
        self.canonical += plan.canonical.len() as u64;
    }
}

/// The signature of a function.
#[derive(Debug, Clone, Default)]
struct Signature {
    params: Vec<ValType>,
    results: Vec<ValType>,
}

/// The sections of the module that is being written.
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    data_count: Option<DataCountSection>,
    code: CodeSection,
    data: DataSection,
    manifest: Option<Vec<u8>>,
    signatures: Vec<Signature>,
    /// The type of each imported function, then of each own.
    function_types: Vec<u32>,
    /// Types of blocks that give several values: by what they give.
    block_types: BTreeMap<Vec<ValType>, u32>,
    indices: Indices,
    injected: Injected,
    bodies: usize,
    changes: Changes,
}

impl Sections {
    fn new(facts: &ModuleFacts) -> Self {
        let imported = u32::try_from(facts.imports.len()).unwrap_or(u32::MAX);
        let first_free = imported.saturating_add(facts.functions);
        Self {
            types: TypeSection::new(),
            imports: ImportSection::new(),
            functions: FunctionSection::new(),
            tables: TableSection::new(),
            memories: MemorySection::new(),
            globals: GlobalSection::new(),
            exports: ExportSection::new(),
            elements: ElementSection::new(),
            data_count: None,
            code: CodeSection::new(),
            data: DataSection::new(),
            manifest: None,
            signatures: Vec::new(),
            function_types: Vec::new(),
            block_types: BTreeMap::new(),
            indices: Indices {
                imported,
                wrappers: first_free.saturating_add(Injected::FUNCTIONS),
            },
            injected: Injected::at(first_free),
            bodies: 0,
            changes: Changes::default(),
        }
    }

    fn read(mut self, module: &[u8]) -> Result<Self, RewriteError> {
        let mut validator = Validator::new_with_features(FEATURES);
        let mut allocations = FuncValidatorAllocations::default();
        let mut parser = Parser::new(0);
        parser.set_features(FEATURES);
        for payload in parser.parse_all(module) {
            let payload = payload?;
            self.section(&payload)?;
            if let ValidPayload::Func(function, body) = validator.payload(&payload)? {
                let mut validator = function.into_validator(std::mem::take(&mut allocations));
                let params = self.next_signature().params.len();
                let params = u32::try_from(params).unwrap_or(u32::MAX);
                let plan = Plan::of(&mut validator, &body, params)?;
                self.changes.note(&plan);
                allocations = validator.into_allocations();
                self.body(module, &body, &plan)?;
            }
        }
        Ok(self)
    }

    fn section(&mut self, payload: &Payload<'_>) -> Result<(), RewriteError> {
        let indices = &mut self.indices;
        match payload {
            Payload::TypeSection(reader) => {
                for group in reader.clone() {
                    for ty in group?.types() {
                        if let CompositeInnerType::Func(ty) = &ty.composite_type.inner {
                            let types = |types: &[wasmparser::ValType]| {
                                let mut out = Vec::with_capacity(types.len());
                                for ty in types {
                                    out.push(Indices::default().val_type(*ty)?);
                                }
                                Ok::<_, RewriteError>(out)
                            };
                            self.signatures.push(Signature {
                                params: types(ty.params())?,
                                results: types(ty.results())?,
                            });
                        }
                    }
                }
                for signature in &self.signatures {
                    let types = self.types.ty();
                    types.function(signature.params.clone(), signature.results.clone());
                }
            }
            Payload::ImportSection(reader) => {
                for import in reader.clone().into_imports() {
                    if let wasmparser::TypeRef::Func(ty) = import?.ty {
                        self.function_types.push(ty);
                    }
                }
                indices.parse_import_section(&mut self.imports, reader.clone())?;
            }
            Payload::FunctionSection(reader) => {
                for ty in reader.clone() {
                    let ty = ty?;
                    self.functions.function(ty);
                    self.function_types.push(ty);
                }
                self.after_functions();
            }
            Payload::TableSection(reader) => {
                indices.parse_table_section(&mut self.tables, reader.clone())?;
            }
            Payload::GlobalSection(reader) => {
                indices.parse_global_section(&mut self.globals, reader.clone())?;
            }
            Payload::ExportSection(reader) => {
                indices.parse_export_section(&mut self.exports, reader.clone())?;
            }
            Payload::ElementSection(reader) => {
                indices.parse_element_section(&mut self.elements, reader.clone())?;
            }
            Payload::DataCountSection { count, .. } => {
                self.data_count = Some(DataCountSection { count: *count });
            }
            Payload::DataSection(reader) => {
                indices.parse_data_section(&mut self.data, reader.clone())?;
            }
            Payload::CustomSection(section) if section.name() == MANIFEST_SECTION => {
                self.manifest = Some(section.data().to_vec());
            }
            Payload::CustomSection(section) => {
                self.changes.dropped_bytes += section.data().len() as u64;
            }
            _ => {}
        }
        Ok(())
    }

    /// All types that are there are known, and so is what is to be added.
    fn after_functions(&mut self) {
        let own = self.function_types.iter().skip(self.imports.len() as usize);
        for ty in own {
            let results = signature(&self.signatures, *ty).results;
            if results.len() > 1 && !self.block_types.contains_key(&results) {
                self.block_types.insert(results.clone(), self.types.len());
                self.types.ty().function([], results);
            }
        }
        self.injected.add_types(&mut self.types);
        self.injected.add_functions(&mut self.functions);
        for ty in self.function_types.iter().take(self.imports.len() as usize) {
            self.functions.function(*ty);
        }
    }

    /// Of the function whose body comes next.
    fn next_signature(&self) -> Signature {
        let at = self.bodies + self.imports.len() as usize;
        let ty = self.function_types.get(at).copied().unwrap_or_default();
        signature(&self.signatures, ty)
    }

    fn body(
        &mut self,
        module: &[u8],
        body: &wasmparser::FunctionBody<'_>,
        plan: &Plan,
    ) -> Result<(), RewriteError> {
        let signature = self.next_signature();
        self.bodies += 1;
        let context = emit::Context {
            module,
            indices: self.indices,
            injected: &self.injected,
            globals: self.globals.len(),
            block: match signature.results.as_slice() {
                [] => wasm_encoder::BlockType::Empty,
                [one] => wasm_encoder::BlockType::Result(*one),
                several => {
                    let ty = self.block_types.get(several).copied();
                    wasm_encoder::BlockType::FunctionType(ty.unwrap_or_default())
                }
            },
            params: u32::try_from(signature.params.len()).unwrap_or(u32::MAX),
        };
        self.code.function(&emit::function(&context, body, plan)?);
        Ok(())
    }

    fn finish(mut self, facts: &ModuleFacts, names: &InjectedNames) -> Vec<u8> {
        let pages = facts.memory_pages;
        let max = facts.memory_max_pages.unwrap_or(MAX_MODULE_PAGES);
        let max = max.min(MAX_MODULE_PAGES).max(pages);
        self.memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(max),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let globals = self.globals.len();
        self.injected.add_code(&mut self.code, globals, max);
        for (import, ty) in (0..self.imports.len()).zip(&self.function_types) {
            let params = signature(&self.signatures, *ty).params.len();
            let wrapper = self.injected.wrapper(import, params, globals);
            self.code.function(&wrapper);
        }
        Injected::add_globals(&mut self.globals);
        names.add_exports(&mut self.exports, globals);

        let mut module = Module::new();
        module.section(&self.types);
        if !self.imports.is_empty() {
            module.section(&self.imports);
        }
        module.section(&self.functions);
        if !self.tables.is_empty() {
            module.section(&self.tables);
        }
        module.section(&self.memories);
        module.section(&self.globals);
        module.section(&self.exports);
        if !self.elements.is_empty() {
            module.section(&self.elements);
        }
        if let Some(count) = self.data_count {
            module.section(&count);
        }
        module.section(&self.code);
        if !self.data.is_empty() {
            module.section(&self.data);
        }
        if let Some(manifest) = &self.manifest {
            module.section(&CustomSection {
                name: MANIFEST_SECTION.into(),
                data: manifest.into(),
            });
        }
        module.finish()
    }
}

fn signature(signatures: &[Signature], ty: u32) -> Signature {
    let at = usize::try_from(ty).ok();
    let found = at.and_then(|at| signatures.get(at));
    found.cloned().unwrap_or_default()
}
