//! What every program gets: globals that count, functions that end a run, and what instructions cost.

use std::collections::BTreeSet;
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, TypeSection, ValType,
};
use wasmparser::Operator;

/// Nothing has happened.
pub const FLAG_NOTHING: i32 = 0;
/// The guest wanted more memory than its cap, and was told so.
pub const FLAG_GROW_REFUSED: i32 = 1;
/// The host had no memory for what the guest may have; the guest was trapped, so that it does not see it.
pub const FLAG_HOST_REFUSED: i32 = 2;
/// The fuel was used up; the guest was trapped.
pub const FLAG_OUT_OF_FUEL: i32 = 3;

/// What the names of the exported globals begin with.
const FUEL: &str = "manyhands_fuel";
const CAP: &str = "manyhands_cap";
const FLAG: &str = "manyhands_flag";
/// Words of the stack that a run has: at most 4,096 frames.
const STACK_WORDS: i64 = 32_768;
/// What a call of the host costs before anything is done.
const HOST_CALL_COST: i64 = 100;
/// log2 of what growing by one page costs.
const GROW_SHIFT: i64 = 10;
/// log2 of the bytes that a bulk operator moves for one unit.
const BULK_SHIFT: i64 = 4;

/// What an instruction costs whatever its operands are.
pub(super) const fn cost(operator: &Operator<'_>) -> u64 {
    match operator {
        Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::Else
        | Operator::End
        | Operator::Nop => 0,
        _ => 1,
    }
}

/// log2 of how much of the operand on top of the stack costs one unit, for operators that are charged for it.
pub(super) const fn unit_of(operator: &Operator<'_>) -> Option<i64> {
    match operator {
        Operator::MemoryCopy { .. } | Operator::MemoryFill { .. } | Operator::MemoryInit { .. } => {
            Some(BULK_SHIFT)
        }
        Operator::TableCopy { .. } | Operator::TableFill { .. } | Operator::TableInit { .. } => {
            Some(0)
        }
        _ => None,
    }
}

/// Names of the exported globals.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InjectedNames {
    /// i64: what is left; to be set before the guest starts. Below zero: used up.
    pub fuel: String,
    /// i32: most pages of memory; to be set before the guest starts.
    pub cap: String,
    /// i32: one of [`FLAG_NOTHING`], [`FLAG_GROW_REFUSED`], [`FLAG_HOST_REFUSED`], [`FLAG_OUT_OF_FUEL`].
    pub flag: String,
}

impl InjectedNames {
    /// Names under which the program exports nothing.
    pub(super) fn unused(exports: &[String]) -> Self {
        let exports: BTreeSet<_> = exports.iter().map(String::as_str).collect();
        let unused = |stem: &str| {
            let mut name = stem.to_owned();
            while exports.contains(name.as_str()) {
                name.push('_');
            }
            name
        };
        Self {
            fuel: unused(FUEL),
            cap: unused(CAP),
            flag: unused(FLAG),
        }
    }

    /// Whether they are such as are injected.
    pub(super) fn are_injected(&self) -> bool {
        let is = |name: &str, stem| name.trim_end_matches('_') == stem;
        is(&self.fuel, FUEL) && is(&self.cap, CAP) && is(&self.flag, FLAG)
    }

    /// Exports the globals, which begin at `globals`.
    pub(super) fn add_exports(&self, exports: &mut ExportSection, globals: u32) {
        let at = Globals::after(globals);
        exports.export(&self.fuel, ExportKind::Global, at.fuel);
        exports.export(&self.cap, ExportKind::Global, at.cap);
        exports.export(&self.flag, ExportKind::Global, at.flag);
    }
}

/// Indices of the added globals.
#[derive(Debug, Clone, Copy)]
pub(super) struct Globals {
    pub(super) fuel: u32,
    pub(super) stack: u32,
    cap: u32,
    flag: u32,
}

impl Globals {
    /// Behind so many of the program's own.
    pub(super) const fn after(own: u32) -> Self {
        Self {
            fuel: own,
            stack: own + 1,
            cap: own + 2,
            flag: own + 3,
        }
    }
}

/// The added functions, behind all that are there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Injected {
    /// `() -> ()`: the fuel or the stack is used up.
    pub(super) used_up: u32,
    /// `(pages: i32) -> (pages before, or -1: i32)`
    pub(super) grow: u32,
    end_type: u32,
    grow_type: u32,
}

impl Injected {
    /// How many there are, wrappers of imports not counted.
    pub(super) const FUNCTIONS: u32 = 2;

    pub(super) const fn at(first: u32) -> Self {
        Self {
            used_up: first,
            grow: first.saturating_add(1),
            end_type: 0,
            grow_type: 0,
        }
    }

    pub(super) fn add_types(&mut self, types: &mut TypeSection) {
        self.end_type = types.len();
        types.ty().function([], []);
        self.grow_type = types.len();
        types.ty().function([ValType::I32], [ValType::I32]);
    }

    pub(super) fn add_functions(&self, functions: &mut FunctionSection) {
        functions.function(self.end_type);
        functions.function(self.grow_type);
    }

    pub(super) fn add_globals(globals: &mut GlobalSection) {
        let ty = |val_type| GlobalType {
            val_type,
            mutable: true,
            shared: false,
        };
        globals.global(ty(ValType::I64), &ConstExpr::i64_const(0));
        globals.global(ty(ValType::I64), &ConstExpr::i64_const(STACK_WORDS));
        globals.global(ty(ValType::I32), &ConstExpr::i32_const(0));
        globals.global(ty(ValType::I32), &ConstExpr::i32_const(FLAG_NOTHING));
    }

    pub(super) fn add_code(&self, code: &mut CodeSection, globals: u32, max_pages: u64) {
        let at = Globals::after(globals);
        let mut used_up = Function::new([]);
        used_up
            .instruction(&Instruction::GlobalGet(at.fuel))
            .instruction(&Instruction::I64Const(0))
            .instruction(&Instruction::I64LtS)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::I32Const(FLAG_OUT_OF_FUEL))
            .instruction(&Instruction::GlobalSet(at.flag))
            .instruction(&Instruction::End)
            .instruction(&Instruction::Unreachable)
            .instruction(&Instruction::End);
        code.function(&used_up);
        code.function(&self.grow(at, max_pages));
    }

    /// Takes `local.get fuel; amount` that stand on the stack from the global; `temp` is a local of type i64.
    fn charge(&self, function: &mut Function, at: Globals, temp: u32) {
        function
            .instruction(&Instruction::I64Sub)
            .instruction(&Instruction::LocalTee(temp))
            .instruction(&Instruction::GlobalSet(at.fuel))
            .instruction(&Instruction::LocalGet(temp))
            .instruction(&Instruction::I64Const(0))
            .instruction(&Instruction::I64LtS)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::Call(self.used_up))
            .instruction(&Instruction::End);
    }

    /// `memory.grow`, charged for, as every engine does it under a cap.
    fn grow(&self, at: Globals, max_pages: u64) -> Function {
        use Instruction as I;
        const MORE: u32 = 0;
        const WANTED: u32 = 1;
        let max_pages = i64::try_from(max_pages).unwrap_or(i64::MAX);
        let mut function = Function::new([(1, ValType::I64)]);
        function
            .instruction(&I::GlobalGet(at.fuel))
            .instruction(&I::LocalGet(MORE))
            .instruction(&I::I64ExtendI32U)
            .instruction(&I::I64Const(GROW_SHIFT))
            .instruction(&I::I64Shl);
        self.charge(&mut function, at, WANTED);
        for instruction in [
            // Growing by nothing asks for the size.
            I::LocalGet(MORE),
            I::I32Eqz,
            I::If(BlockType::Empty),
            I::MemorySize(0),
            I::Return,
            I::End,
            I::LocalGet(MORE),
            I::I64ExtendI32U,
            I::MemorySize(0),
            I::I64ExtendI32U,
            I::I64Add,
            I::LocalTee(WANTED),
            I::GlobalGet(at.cap),
            I::I64ExtendI32U,
            I::I64GtU,
            I::If(BlockType::Empty),
            I::I32Const(FLAG_GROW_REFUSED),
            I::GlobalSet(at.flag),
            I::I32Const(-1),
            I::Return,
            I::End,
            // Its own maximum, which every engine would refuse to pass.
            I::LocalGet(WANTED),
            I::I64Const(max_pages),
            I::I64GtU,
            I::If(BlockType::Empty),
            I::I32Const(-1),
            I::Return,
            I::End,
            I::LocalGet(MORE),
            I::MemoryGrow(0),
            I::LocalTee(MORE),
            I::I32Const(-1),
            I::I32Eq,
            I::If(BlockType::Empty),
            I::I32Const(FLAG_HOST_REFUSED),
            I::GlobalSet(at.flag),
            I::Unreachable,
            I::End,
            I::LocalGet(MORE),
            I::End,
        ] {
            function.instruction(&instruction);
        }
        function
    }

    /// Stands for an imported function wherever the program names it: charges, then calls it.
    pub(super) fn wrapper(&self, import: u32, params: usize, globals: u32) -> Function {
        let at = Globals::after(globals);
        let params = u32::try_from(params).unwrap_or(u32::MAX);
        let mut function = Function::new([(1, ValType::I64)]);
        function
            .instruction(&Instruction::GlobalGet(at.fuel))
            .instruction(&Instruction::I64Const(HOST_CALL_COST));
        self.charge(&mut function, at, params);
        for param in 0..params {
            function.instruction(&Instruction::LocalGet(param));
        }
        function
            .instruction(&Instruction::Call(import))
            .instruction(&Instruction::End);
        function
    }
}
