//! What is to be done to one function: what its parts cost, where NaNs are made canonical, what must be kept in mind.

use super::canonical::Lane;
use super::floats::{Floats, Place};
use super::{RewriteError, injected};
use crate::module_check::is_vector;
use wasmparser::{FuncValidator, FunctionBody, Operator, ValType, WasmModuleResources};

/// Words that every frame takes beside its parameters, locals and operands.
const FRAME_WORDS: u32 = 8;
/// Words that a function which calls nothing takes for nothing.
const FREE_LEAF_WORDS: u32 = 128;

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Cost of the instructions outside of loops.
    pub(super) entry: u64,
    /// For each loop, in the order in which they begin: cost of its instructions outside of inner loops.
    pub(super) loops: Vec<u64>,
    /// The operators, by their numbers, whose results are made canonical.
    pub(super) canonical: Vec<(usize, Lane)>,
    /// The calls, by their operators' numbers, that never come back: behind them nothing is reached.
    pub(super) last_calls: Vec<usize>,
    /// Words of the stack that it takes; none when it calls nothing and takes few.
    pub(super) words: Option<u32>,
    /// Whether the counter is kept in a local: there is a loop that calls nothing that comes back.
    pub(super) is_cached: bool,
    /// Whether it may be charged without a look at what is left: it has neither loops nor calls nor bulk operators.
    pub(super) is_tiny: bool,
    /// Whether it charges for the operand on top of the stack.
    pub(super) has_bulk: bool,
    /// `memory.grow` instructions.
    pub(super) grows: u64,
}

/// A block or a loop that has begun and not ended.
#[derive(Debug, Clone, Copy)]
struct Open {
    is_loop: bool,
    /// Whether something in it, but not in what is open in it, is called.
    calls: bool,
}

/// How a plan comes to be.
struct Planner {
    plan: Plan,
    floats: Floats,
    open: Vec<Open>,
    /// The numbers of the open loops.
    loops: Vec<usize>,
    has_calls: bool,
    has_vectors: bool,
    /// The operator before, when it is a call.
    call: Option<usize>,
    height: u32,
}

impl Plan {
    /// Looks at a function, and validates it once more on the way.
    pub(super) fn of<T: WasmModuleResources>(
        validator: &mut FuncValidator<T>,
        body: &FunctionBody<'_>,
        params: u32,
    ) -> Result<Self, RewriteError> {
        validator.read_locals(&mut body.get_binary_reader())?;
        let locals = validator.len_locals();
        let mut planner = Planner {
            plan: Self::default(),
            floats: Floats::new(params),
            open: Vec::new(),
            loops: Vec::new(),
            has_calls: false,
            has_vectors: false,
            call: None,
            height: 0,
        };
        let mut operators = body.get_operators_reader()?;
        let mut number = 0;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            planner.has_vectors |= is_vector(&operator);
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = &operator
            {
                let ty = validator.get_local_type(*local_index);
                planner.floats.meet(*local_index, ty);
            }
            planner.before(validator, number, &operator);
            validator.op(offset, &operator)?;
            planner.after(validator, number, &operator);
            number += 1;
        }
        operators.finish()?;
        let mut plan = planner.plan;
        let wide = wide_locals(validator, body, params)?;
        // The operands of a function with vectors are all counted as such.
        let width = if wide > 0 || planner.has_vectors {
            2
        } else {
            1
        };
        let words = locals
            .saturating_add(wide)
            .saturating_add(planner.height.saturating_mul(width))
            .saturating_add(FRAME_WORDS);
        plan.words = (planner.has_calls || words > FREE_LEAF_WORDS).then_some(words);
        plan.is_tiny = plan.words.is_none() && plan.loops.is_empty() && !plan.has_bulk;
        plan.canonical = planner.floats.canonical();
        Ok(plan)
    }
}

/// How many parameters and locals are vectors.
fn wide_locals<T: WasmModuleResources>(
    validator: &FuncValidator<T>,
    body: &FunctionBody<'_>,
    params: u32,
) -> Result<u32, RewriteError> {
    let is_wide = |param: &u32| validator.get_local_type(*param) == Some(ValType::V128);
    let mut wide = u32::try_from((0..params).filter(is_wide).count()).unwrap_or(u32::MAX);
    for group in body.get_locals_reader()? {
        let (count, ty) = group?;
        if ty == ValType::V128 {
            wide = wide.saturating_add(count);
        }
    }
    Ok(wide)
}

impl Planner {
    fn before<T: WasmModuleResources>(
        &mut self,
        validator: &FuncValidator<T>,
        number: usize,
        operator: &Operator<'_>,
    ) {
        self.after_call(operator);
        self.count(number, operator);
        // What an operator takes: in code that is never reached perhaps more than there is.
        let taken = operator
            .operator_arity(validator)
            .map_or(0, |(taken, _)| taken);
        let base = validator
            .get_control_frame(0)
            .map_or(0, |frame| frame.height);
        let may_take = self.floats.height().saturating_sub(base);
        let taken = usize::try_from(taken).unwrap_or(usize::MAX).min(may_take);
        self.floats.take(operator, taken);
        self.enter_or_leave(operator);
    }

    fn after<T: WasmModuleResources>(
        &mut self,
        validator: &FuncValidator<T>,
        number: usize,
        operator: &Operator<'_>,
    ) {
        let height = validator.operand_stack_height();
        self.height = self.height.max(height);
        let height = usize::try_from(height).unwrap_or(usize::MAX);
        let place = Place {
            number,
            depth: self.loops.len(),
        };
        self.floats.done(operator, place, height);
    }

    /// Looks at what follows a call: whether it ever comes back.
    fn after_call(&mut self, next: &Operator<'_>) {
        let Some(call) = self.call.take() else {
            return;
        };
        if matches!(next, Operator::Unreachable) {
            self.plan.last_calls.push(call);
        } else if let Some(open) = self.open.last_mut() {
            open.calls = true;
        }
    }

    /// Adds the cost of an instruction to the loop it stands in.
    fn count(&mut self, number: usize, operator: &Operator<'_>) {
        let cost = injected::cost(operator);
        let inner = self.loops.last();
        match inner.and_then(|number| self.plan.loops.get_mut(*number)) {
            Some(cost_of_loop) => *cost_of_loop += cost,
            None => self.plan.entry += cost,
        }
        match operator {
            Operator::Call { .. } | Operator::CallIndirect { .. } => {
                self.has_calls = true;
                self.call = Some(number);
            }
            Operator::MemoryGrow { .. } => {
                self.plan.grows += 1;
                self.plan.has_bulk = true;
                self.call = Some(number);
            }
            other => self.plan.has_bulk |= injected::unit_of(other).is_some(),
        }
    }

    fn enter_or_leave(&mut self, operator: &Operator<'_>) {
        let is_loop = match operator {
            Operator::Loop { .. } => {
                self.loops.push(self.plan.loops.len());
                self.plan.loops.push(0);
                true
            }
            Operator::Block { .. } | Operator::If { .. } => false,
            Operator::End => return self.leave(),
            _ => return,
        };
        self.open.push(Open {
            is_loop,
            calls: false,
        });
    }

    fn leave(&mut self) {
        // None is open at the end of the function.
        let Some(closed) = self.open.pop() else {
            return;
        };
        if closed.is_loop {
            self.loops.pop();
            self.plan.is_cached |= !closed.calls;
        }
        if let Some(around) = self.open.last_mut() {
            around.calls |= closed.calls;
        }
    }
}
