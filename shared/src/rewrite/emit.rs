//! Writes one function with what its plan adds; the rest is copied as it is.

use super::RewriteError;
use super::canonical::Lane;
use super::injected::{Globals, Injected, unit_of};
use super::plan::Plan;
use std::convert::Infallible;
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{BlockType, Function, Ieee32, Ieee64, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

/// The bits of a canonical NaN.
const NAN32: u32 = 0x7fc0_0000;
const NAN64: u64 = 0x7ff8_0000_0000_0000;
/// Offsets from here on take another way through wasmi.
const LARGE_OFFSET: u64 = 1 << 16;

/// Where functions are: imported ones are called through their wrappers, all others stay.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Indices {
    pub(super) imported: u32,
    /// Index of the wrapper of the first imported function.
    pub(super) wrappers: u32,
}

impl Indices {
    /// The function that is meant by an index of the program's.
    const fn called(self, function: u32) -> u32 {
        if function < self.imported {
            self.wrappers.saturating_add(function)
        } else {
            function
        }
    }
}

impl Reencode for Indices {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(self.called(function))
    }
}

/// What must be known to write a function.
pub(super) struct Context<'a> {
    pub(super) module: &'a [u8],
    pub(super) indices: Indices,
    pub(super) injected: &'a Injected,
    /// The program's own globals.
    pub(super) globals: u32,
    /// What the function gives, as the type of a block.
    pub(super) block: BlockType,
    pub(super) params: u32,
}

/// The added locals.
struct Temps {
    fuel: u32,
    length: u32,
    f32: u32,
    f64: u32,
    v128: u32,
}

/// Writes a function.
pub(super) fn function(
    context: &Context<'_>,
    body: &FunctionBody<'_>,
    plan: &Plan,
) -> Result<Function, RewriteError> {
    let mut locals = Vec::new();
    let mut next = context.params;
    for local in body.get_locals_reader()? {
        let (count, ty) = local?;
        next = next.saturating_add(count);
        locals.push((count, Indices::default().val_type(ty)?));
    }
    let mut add = |is_needed: bool, ty: ValType| {
        let index = next;
        if is_needed {
            locals.push((1, ty));
            next += 1;
        }
        index
    };
    let uses = |lanes: &[Lane]| plan.canonical.iter().any(|(_, lane)| lanes.contains(lane));
    let temps = Temps {
        fuel: add(!plan.is_tiny, ValType::I64),
        length: add(plan.has_bulk, ValType::I32),
        f32: add(uses(&[Lane::F32]), ValType::F32),
        f64: add(uses(&[Lane::F64]), ValType::F64),
        v128: add(uses(&[Lane::F32x4, Lane::F64x2]), ValType::V128),
    };
    let mut writer = Writer {
        context,
        plan,
        globals: Globals::after(context.globals),
        temps,
        function: Function::new(locals),
        depth: 0,
    };
    writer.write(body)?;
    Ok(writer.function)
}

struct Writer<'a> {
    context: &'a Context<'a>,
    plan: &'a Plan,
    globals: Globals,
    temps: Temps,
    function: Function,
    /// Blocks of the program that are open.
    depth: u32,
}

impl Writer<'_> {
    fn write(&mut self, body: &FunctionBody<'_>) -> Result<(), RewriteError> {
        self.begin();
        // A block around everything: whatever leaves the function passes its end, where things are given back.
        let is_wrapped = self.plan.is_cached || self.plan.words.is_some();
        if is_wrapped {
            self.put(&Instruction::Block(self.context.block));
        }
        let mut loops = self.plan.loops.iter();
        let mut canonical = self.plan.canonical.iter().peekable();
        let mut operators = body.get_operators_reader()?;
        let mut number = 0;
        while !operators.eof() {
            let start = operators.original_position();
            let operator = operators.read()?;
            let raw = start..operators.original_position();
            match &operator {
                Operator::Call { function_index } => {
                    let index = self.context.indices.called(*function_index);
                    self.around_call(|writer| writer.put(&Instruction::Call(index)));
                }
                Operator::CallIndirect { .. } => {
                    self.around_call(|writer| writer.copy(&raw));
                }
                Operator::MemoryGrow { .. } => {
                    let grow = self.context.injected.grow;
                    self.around_call(|writer| writer.put(&Instruction::Call(grow)));
                }
                Operator::RefFunc { function_index } => {
                    let index = self.context.indices.called(*function_index);
                    self.put(&Instruction::RefFunc(index));
                }
                Operator::Return if is_wrapped => self.put(&Instruction::Br(self.depth)),
                Operator::Block { .. } | Operator::If { .. } => {
                    self.depth += 1;
                    self.copy(&raw);
                }
                Operator::Loop { .. } => {
                    self.depth += 1;
                    self.copy(&raw);
                    let cost = loops.next().copied().unwrap_or_default();
                    if cost > 0 {
                        self.charge(|writer| writer.put(&amount(cost)));
                    }
                }
                Operator::End if self.depth == 0 => {
                    if is_wrapped {
                        self.copy(&raw);
                        self.give_back();
                    }
                    self.put(&Instruction::End);
                }
                Operator::End => {
                    self.depth -= 1;
                    self.copy(&raw);
                }
                // wasmi 2.0.0 stores lanes through a stray pointer when the offset is large.
                Operator::V128Store8Lane { memarg, lane } if memarg.offset >= LARGE_OFFSET => {
                    let memarg = Indices::default().mem_arg(*memarg)?;
                    self.put(&Instruction::I8x16ExtractLaneU(*lane));
                    self.put(&Instruction::I32Store8(memarg));
                }
                Operator::V128Store16Lane { memarg, lane } if memarg.offset >= LARGE_OFFSET => {
                    let memarg = Indices::default().mem_arg(*memarg)?;
                    self.put(&Instruction::I16x8ExtractLaneU(*lane));
                    self.put(&Instruction::I32Store16(memarg));
                }
                other => {
                    if let Some(unit) = unit_of(other) {
                        self.charge_for_top(unit);
                    }
                    self.copy(&raw);
                }
            }
            if let Some((_, lane)) = canonical.next_if(|(by, _)| *by == number) {
                self.canonicalise(*lane);
            }
            number += 1;
        }
        operators.finish()?;
        Ok(())
    }

    fn put(&mut self, instruction: &Instruction<'_>) {
        self.function.instruction(instruction);
    }

    /// Copies an operator of the program.
    fn copy(&mut self, at: &std::ops::Range<u64>) {
        let place = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
        let bytes = self.context.module.get(place(at.start)..place(at.end));
        self.function.raw(bytes.unwrap_or_default().iter().copied());
    }

    fn begin(&mut self) {
        let entry = self.plan.entry;
        if self.plan.is_tiny {
            if entry > 0 {
                self.put(&Instruction::GlobalGet(self.globals.fuel));
                self.put(&amount(entry));
                self.put(&Instruction::I64Sub);
                self.put(&Instruction::GlobalSet(self.globals.fuel));
            }
            return;
        }
        if let Some(words) = self.words() {
            let stack = self.globals.stack;
            for instruction in [
                Instruction::GlobalGet(stack),
                Instruction::I32Const(words),
                Instruction::I32Sub,
                Instruction::GlobalSet(stack),
                Instruction::GlobalGet(stack),
                Instruction::I32Const(0),
                Instruction::I32LtS,
                Instruction::If(BlockType::Empty),
                Instruction::Call(self.context.injected.no_stack),
                Instruction::End,
            ] {
                self.put(&instruction);
            }
        }
        if self.plan.is_cached {
            self.load();
        }
        if entry > 0 {
            self.charge(|writer| writer.put(&amount(entry)));
        }
    }

    fn words(&self) -> Option<i32> {
        let words = self.plan.words?;
        Some(i32::try_from(words).unwrap_or(i32::MAX))
    }

    /// At the end of the function, with its results on the stack.
    fn give_back(&mut self) {
        if self.plan.is_cached {
            self.store();
        }
        if let Some(words) = self.words() {
            let stack = self.globals.stack;
            self.put(&Instruction::GlobalGet(stack));
            self.put(&Instruction::I32Const(words));
            self.put(&Instruction::I32Add);
            self.put(&Instruction::GlobalSet(stack));
        }
    }

    /// The counter from the global into the local.
    fn load(&mut self) {
        self.put(&Instruction::GlobalGet(self.globals.fuel));
        self.put(&Instruction::LocalSet(self.temps.fuel));
    }

    /// The counter from the local into the global.
    fn store(&mut self) {
        self.put(&Instruction::LocalGet(self.temps.fuel));
        self.put(&Instruction::GlobalSet(self.globals.fuel));
    }

    fn around_call(&mut self, call: impl FnOnce(&mut Self)) {
        if self.plan.is_cached {
            self.store();
            call(self);
            self.load();
        } else {
            call(self);
        }
    }

    /// Takes an amount, of type i64, from the counter, and ends the run when nothing is left.
    fn charge(&mut self, amount: impl FnOnce(&mut Self)) {
        let (global, local) = (self.globals.fuel, self.temps.fuel);
        if self.plan.is_cached {
            self.put(&Instruction::LocalGet(local));
        } else {
            self.put(&Instruction::GlobalGet(global));
        }
        amount(self);
        self.put(&Instruction::I64Sub);
        self.put(&Instruction::LocalTee(local));
        if !self.plan.is_cached {
            self.put(&Instruction::GlobalSet(global));
            self.put(&Instruction::LocalGet(local));
        }
        self.put(&Instruction::I64Const(0));
        self.put(&Instruction::I64LtS);
        self.put(&Instruction::If(BlockType::Empty));
        self.put(&Instruction::Call(self.context.injected.no_fuel));
        self.put(&Instruction::End);
    }

    /// Charges for the operand on top of the stack, which stays there.
    fn charge_for_top(&mut self, unit: i64) {
        let length = self.temps.length;
        self.put(&Instruction::LocalTee(length));
        self.charge(|writer| {
            writer.put(&Instruction::LocalGet(length));
            writer.put(&Instruction::I64ExtendI32U);
            writer.put(&Instruction::I64Const(unit));
            writer.put(&Instruction::I64ShrU);
        });
    }

    /// Makes the value on top of the stack canonical where it is a NaN: nothing else differs from itself.
    fn canonicalise(&mut self, lane: Lane) {
        let temps = &self.temps;
        let (temp, nan, equal, choose) = match lane {
            Lane::F32 => (
                temps.f32,
                Instruction::F32Const(Ieee32::new(NAN32)),
                Instruction::F32Eq,
                Instruction::Select,
            ),
            Lane::F64 => (
                temps.f64,
                Instruction::F64Const(Ieee64::new(NAN64)),
                Instruction::F64Eq,
                Instruction::Select,
            ),
            Lane::F32x4 => (
                temps.v128,
                Instruction::V128Const(lanes([NAN32.to_le_bytes(); 4].as_flattened())),
                Instruction::F32x4Eq,
                Instruction::V128Bitselect,
            ),
            Lane::F64x2 => (
                temps.v128,
                Instruction::V128Const(lanes([NAN64.to_le_bytes(); 2].as_flattened())),
                Instruction::F64x2Eq,
                Instruction::V128Bitselect,
            ),
        };
        self.put(&Instruction::LocalTee(temp));
        self.put(&nan);
        self.put(&Instruction::LocalGet(temp));
        self.put(&Instruction::LocalGet(temp));
        self.put(&equal);
        self.put(&choose);
    }
}

/// A vector of these bytes.
fn lanes(bytes: &[u8]) -> i128 {
    let mut vector = [0; 16];
    for (to, from) in vector.iter_mut().zip(bytes) {
        *to = *from;
    }
    i128::from_le_bytes(vector)
}

fn amount(cost: u64) -> Instruction<'static> {
    Instruction::I64Const(i64::try_from(cost).unwrap_or(i64::MAX))
}
