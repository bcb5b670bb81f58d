//! Imports: only functions of WASI preview 1, with their own signatures.

use super::refusal::{ModuleRefusal, quoted};
use crate::wasi::{ValueType, WasiFunction};
use wasmparser::types::TypesRef;
use wasmparser::{FuncType, ImportSectionReader, TypeRef, ValType};

/// An imported function; its index is its place in the list.
pub(super) struct Import {
    function: WasiFunction,
    offset: u64,
}

pub(super) fn read(reader: &ImportSectionReader<'_>) -> Result<Vec<Import>, ModuleRefusal> {
    let mut imports = Vec::new();
    for import in reader.clone().into_imports_with_offsets() {
        let (offset, import) = import?;
        if import.module != WasiFunction::MODULE || !matches!(import.ty, TypeRef::Func(_)) {
            return Err(ModuleRefusal::Import {
                module: quoted(import.module),
                name: quoted(import.name),
                offset,
            });
        }
        let function =
            WasiFunction::from_name(import.name).ok_or_else(|| ModuleRefusal::UnknownFunction {
                name: quoted(import.name),
                offset,
            })?;
        imports.push(Import { function, offset });
    }
    Ok(imports)
}

pub(super) fn check_types(
    imports: &[Import],
    types: TypesRef<'_>,
) -> Result<Vec<WasiFunction>, ModuleRefusal> {
    for (import, index) in imports.iter().zip(0..) {
        let found = types.get(types.core_function_at(index));
        let found = found.map(wasmparser::SubType::unwrap_func);
        let function = import.function;
        if !found.is_some_and(|found| {
            same(found.params(), function.params()) && same(found.results(), function.results())
        }) {
            return Err(ModuleRefusal::Signature {
                name: function.name(),
                function,
                found: found.map_or_else(|| "no function".to_owned(), words),
                offset: import.offset,
            });
        }
    }
    Ok(imports.iter().map(|import| import.function).collect())
}

fn same(found: &[ValType], expected: &[ValueType]) -> bool {
    found.iter().copied().eq(expected.iter().map(|ty| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    }))
}

fn words(ty: &FuncType) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<_> = types.iter().take(20).map(ToString::to_string).collect();
        names.join(", ")
    };
    format!("({}) -> ({})", list(ty.params()), list(ty.results()))
}
