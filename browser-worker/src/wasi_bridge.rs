//! The module between a guest and the sandbox: it exports WASI as guests import it, and calls the sandbox's program.
//!
//! Calls go from module to module without JavaScript between them. A function of the sandbox returns an errno, or a
//! negative number when the run must end: then the bridge traps. So the sandbox's own frames are left in order, however
//! a guest ends, and an `i64` is never a BigInt.

use shared::wasi::{ValueType, WasiFunction};
use wasm_encoder::{
    BlockType, CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Module, TypeSection, ValType,
};

/// Name under which the bridge imports the sandbox's functions.
pub const SANDBOX: &str = "sandbox";

/// The name of the sandbox's function: a guest cannot be confused with it.
#[must_use]
pub fn export_name(function: WasiFunction) -> String {
    format!("wasi_{}", function.name())
}

/// The bridge's bytes.
#[must_use]
pub fn bytes() -> Vec<u8> {
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut functions = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let count = u32::try_from(WasiFunction::ALL.len()).unwrap_or(u32::MAX);
    for (&function, at) in WasiFunction::ALL.iter().zip(0_u32..) {
        // Two types for each: as the sandbox has it, and as the guest wants it.
        types
            .ty()
            .function(values(function.params()), [ValType::I32]);
        types
            .ty()
            .function(values(function.params()), values(function.results()));
        let name = export_name(function);
        imports.import(SANDBOX, &name, EntityType::Function(2 * at));
        functions.function(2 * at + 1);
        exports.export(function.name(), ExportKind::Func, count + at);
        code.function(&call(function, at));
    }
    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&exports)
        .section(&code);
    module.finish()
}

fn values(types: &[ValueType]) -> impl ExactSizeIterator<Item = ValType> {
    types.iter().map(|ty| match ty {
        ValueType::I32 => ValType::I32,
        ValueType::I64 => ValType::I64,
    })
}

/// Calls function `sandbox`, and traps when the run must end.
fn call(function: WasiFunction, sandbox: u32) -> Function {
    let params = u32::try_from(function.params().len()).unwrap_or(u32::MAX);
    let mut body = Function::new([(1, ValType::I32)]);
    let mut code = body.instructions();
    for param in 0..params {
        code.local_get(param);
    }
    code.call(sandbox);
    if function.results().is_empty() {
        code.drop().unreachable().end();
    } else {
        let errno = params;
        code.local_tee(errno).i32_const(0).i32_lt_s();
        code.if_(BlockType::Empty).unreachable().end();
        code.local_get(errno).end();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_offers_each_function_with_the_signature_that_guests_import() {
        let bridge = bytes();
        assert!(bridge.starts_with(b"\0asm"));
        let has = |name: &str| {
            bridge
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        };
        for &function in WasiFunction::ALL {
            assert!(has(function.name()) && has(&export_name(function)));
        }
        assert!(bridge.len() < 8 * 1024, "it has {} bytes", bridge.len());
    }
}
