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
    stack: u32,
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
        stack: add(plan.words.is_some(), ValType::I64),
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
        let is_wrapped = !self.plan.is_tiny;
        if is_wrapped {
            // Where something is used up, the outer one is left. The inner one is around everything that was there:
            // whatever leaves the function passes its end, where things are given back.
            self.put(&Instruction::Block(BlockType::Empty));
            self.put(&Instruction::Block(self.context.block));
        }
        self.begin();
        let mut loops = self.plan.loops.iter();
        let mut canonical = self.plan.canonical.iter().peekable();
        let mut last_calls = self.plan.last_calls.iter().peekable();
        let mut operators = body.get_operators_reader()?;
        let mut number = 0;
        while !operators.eof() {
            let start = operators.original_position();
            let operator = operators.read()?;
            let raw = start..operators.original_position();
            let comes_back = last_calls.next_if_eq(&&number).is_none();
            match &operator {
                Operator::Call { function_index } => {
                    let index = self.context.indices.called(*function_index);
                    self.around_call(comes_back, |writer| writer.put(&Instruction::Call(index)));
                }
                Operator::CallIndirect { .. } => {
                    self.around_call(comes_back, |writer| writer.copy(&raw));
                }
                Operator::MemoryGrow { .. } => {
                    let grow = self.context.injected.grow;
                    self.around_call(comes_back, |writer| writer.put(&Instruction::Call(grow)));
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
                        self.end();
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
        if entry > 0 {
            self.put(&Instruction::GlobalGet(self.globals.fuel));
            self.put(&amount(entry));
            self.take();
        } else if self.plan.is_cached {
            self.load();
        }
        if let Some(words) = self.plan.words {
            let (global, local) = (self.globals.stack, self.temps.stack);
            self.put(&Instruction::GlobalGet(global));
            self.put(&amount(words.into()));
            self.put(&Instruction::I64Sub);
            self.put(&Instruction::LocalTee(local));
            self.put(&Instruction::GlobalSet(global));
            self.put(&Instruction::LocalGet(local));
            if entry > 0 {
                // Below zero is where the highest bit is set: one look at both.
                self.put(&Instruction::I64Or);
            }
        }
        if entry > 0 || self.plan.words.is_some() {
            self.leave_when_below_zero();
        }
    }

    /// Behind what was there, with the results on the stack.
    fn end(&mut self) {
        if self.plan.is_cached {
            self.store();
        }
        if let Some(words) = self.plan.words {
            // Not read from the global again: calls need not wait for each other.
            self.put(&Instruction::LocalGet(self.temps.stack));
            self.put(&amount(words.into()));
            self.put(&Instruction::I64Add);
            self.put(&Instruction::GlobalSet(self.globals.stack));
        }
        self.put(&Instruction::Return);
        self.put(&Instruction::End);
        if self.plan.is_cached {
            self.store();
        }
        self.put(&Instruction::Call(self.context.injected.used_up));
        self.put(&Instruction::Unreachable);
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

    fn around_call(&mut self, comes_back: bool, call: impl FnOnce(&mut Self)) {
        if self.plan.is_cached {
            self.store();
        }
        call(self);
        if self.plan.is_cached && comes_back {
            self.load();
        }
    }

    /// Takes an amount, of type i64, from the counter, and ends the run when nothing is left.
    fn charge(&mut self, amount: impl FnOnce(&mut Self)) {
        if self.plan.is_cached {
            self.put(&Instruction::LocalGet(self.temps.fuel));
        } else {
            self.put(&Instruction::GlobalGet(self.globals.fuel));
        }
        amount(self);
        self.take();
        self.leave_when_below_zero();
    }

    /// The counter and an amount are on the stack; what is left then is the counter, and on the stack, too.
    fn take(&mut self) {
        let local = self.temps.fuel;
        self.put(&Instruction::I64Sub);
        self.put(&Instruction::LocalTee(local));
        if !self.plan.is_cached {
            self.put(&Instruction::GlobalSet(self.globals.fuel));
            self.put(&Instruction::LocalGet(local));
        }
    }

    /// Ends the run when the value on top of the stack, an i64, is below zero.
    fn leave_when_below_zero(&mut self) {
        self.put(&Instruction::I64Const(0));
        self.put(&Instruction::I64LtS);
        self.put(&Instruction::BrIf(self.depth + 1));
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
