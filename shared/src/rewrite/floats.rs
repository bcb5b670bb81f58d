//! Where NaNs are made canonical: behind the operators that make them, or where a local is read that holds their results.
//!
//! What only arithmetic reads may stay as it is, also in a local: its NaNs make NaNs, whatever their bits.

use super::canonical::{Lane, blind_to, result};
use std::collections::BTreeMap;
use wasmparser::{Operator, ValType};

/// An operator in the function, and in how many loops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) number: usize,
    pub(super) depth: usize,
}

impl Place {
    /// How often it may be passed, compared with others: eight times more in each loop.
    fn weight(self) -> u64 {
        1 << (3 * self.depth.min(10))
    }
}

/// Operators, and how often all of them together may be passed.
#[derive(Debug, Clone, Default)]
struct Places {
    list: Vec<Place>,
    weight: u64,
}

impl Places {
    fn push(&mut self, place: Place) {
        self.list.push(place);
        self.weight = self.weight.saturating_add(place.weight());
    }
}

/// A float on the operand stack whose bits are not simply what was loaded or given.
#[derive(Debug, Clone, Copy)]
enum Value {
    /// A result that may be a NaN of any bits.
    Made { by: Place, lane: Lane },
    /// Read from a local.
    Read { at: Place, local: u32 },
    /// No NaN, or a canonical one.
    Clean,
}

/// A local, of f32 or f64.
#[derive(Debug, Clone, Default)]
struct Local {
    /// Whether it holds bits that must stay as they are: loaded or given ones.
    is_given: bool,
    /// Operators whose results are put into it.
    makers: Places,
    /// Locals that are copied into it, and where they are read for that.
    from: Vec<(u32, Place)>,
    /// Locals that it is copied into.
    to: Vec<u32>,
    /// Where it is read by others than arithmetic.
    seen: Places,
    /// Whether only canonical NaNs are put into it.
    is_canonical: bool,
}

impl Local {
    /// Whether its NaNs had better be canonical when they are put into it than wherever they are seen.
    const fn wants_canonical(&self) -> bool {
        !self.seen.list.is_empty() && (self.is_given || self.seen.weight >= self.makers.weight)
    }
}

/// What is known of the floats of one function, operator by operator.
#[derive(Debug)]
pub(super) struct Floats {
    stack: Vec<Option<Value>>,
    params: u32,
    /// Those that are met, by index: a function may have thousands that it never names.
    locals: BTreeMap<u32, (Lane, Local)>,
    canonical: Vec<(usize, Lane)>,
    /// What the operator gives that is being looked at, when it is one of its operands.
    passed: Option<Value>,
}

impl Floats {
    /// Of a function with so many parameters.
    pub(super) fn new(params: u32) -> Self {
        Self {
            stack: Vec::new(),
            params,
            locals: BTreeMap::new(),
            canonical: Vec::new(),
            passed: None,
        }
    }

    /// An operator names this local, which is of this type.
    pub(super) fn meet(&mut self, index: u32, ty: Option<ValType>) {
        let lane = match ty {
            Some(ValType::F32) => Lane::F32,
            Some(ValType::F64) => Lane::F64,
            _ => return,
        };
        let is_given = index < self.params;
        self.locals.entry(index).or_insert_with(|| {
            let local = Local {
                is_given,
                ..Local::default()
            };
            (lane, local)
        });
    }

    /// How many operands are on the stack.
    pub(super) fn height(&self) -> usize {
        self.stack.len()
    }

    /// An operator takes so many operands.
    pub(super) fn take(&mut self, operator: &Operator<'_>, taken: usize) {
        let from = self.stack.len().saturating_sub(taken);
        let mut operands = self.stack.split_off(from);
        self.passed = None;
        match operator {
            Operator::Drop => return,
            Operator::LocalSet { local_index } => {
                return self.put(*local_index, operands.pop().flatten());
            }
            Operator::LocalTee { local_index } => {
                let operand = operands.pop().flatten();
                self.put(*local_index, operand);
                self.passed = operand;
                return;
            }
            // They change nothing but the sign; the sign of the second operand can be seen.
            Operator::F32Neg
            | Operator::F64Neg
            | Operator::F32Abs
            | Operator::F64Abs
            | Operator::F32Copysign
            | Operator::F64Copysign => {
                self.passed = (operands.len() == taken && taken > 0)
                    .then(|| operands.remove(0))
                    .flatten();
            }
            _ => {}
        }
        let blind_to = blind_to(operator);
        for operand in operands.into_iter().flatten() {
            match operand {
                Value::Made { by, lane } if blind_to != Some(lane) => {
                    self.canonical.push((by.number, lane));
                }
                Value::Read { at, local } => {
                    if let Some((lane, local)) = self.locals.get_mut(&local)
                        && blind_to != Some(*lane)
                    {
                        local.seen.push(at);
                    }
                }
                Value::Made { .. } | Value::Clean => {}
            }
        }
    }

    /// A value is put into a local.
    fn put(&mut self, index: u32, value: Option<Value>) {
        let Some((_, local)) = self.locals.get_mut(&index) else {
            // Vectors are canonical in locals.
            if let Some(Value::Made { by, lane }) = value {
                self.canonical.push((by.number, lane));
            }
            return;
        };
        match value {
            None => local.is_given = true,
            Some(Value::Clean) => {}
            Some(Value::Made { by, .. }) => local.makers.push(by),
            Some(Value::Read { at, local: from }) => {
                local.from.push((from, at));
                if let Some((_, from)) = self.locals.get_mut(&from) {
                    from.to.push(index);
                }
            }
        }
    }

    /// The operator has been done, and the stack has this height.
    pub(super) fn done(&mut self, operator: &Operator<'_>, at: Place, height: usize) {
        self.stack.resize(height, None);
        let Some(top) = self.stack.last_mut() else {
            return;
        };
        *top = match operator {
            Operator::LocalGet { local_index } => {
                let local = *local_index;
                let is_float = self.locals.contains_key(&local);
                is_float.then_some(Value::Read { at, local })
            }
            Operator::F32Const { value } if !f32::from_bits(value.bits()).is_nan() => {
                Some(Value::Clean)
            }
            Operator::F64Const { value } if !f64::from_bits(value.bits()).is_nan() => {
                Some(Value::Clean)
            }
            Operator::F32ConvertI32S
            | Operator::F32ConvertI32U
            | Operator::F32ConvertI64S
            | Operator::F32ConvertI64U
            | Operator::F64ConvertI32S
            | Operator::F64ConvertI32U
            | Operator::F64ConvertI64S
            | Operator::F64ConvertI64U => Some(Value::Clean),
            other => match (self.passed.take(), result(other)) {
                (Some(passed), _) => Some(passed),
                (None, Some(lane)) => Some(Value::Made { by: at, lane }),
                (None, None) => *top,
            },
        };
    }

    /// The operators, by their numbers, behind which the value on top of the stack is made canonical.
    pub(super) fn canonical(mut self) -> Vec<(usize, Lane)> {
        self.spread_what_is_given();
        self.settle();
        for (lane, local) in self.locals.values() {
            let places = if local.is_canonical {
                &local.makers.list
            } else {
                &local.seen.list
            };
            let places = places.iter().map(|place| (place.number, *lane));
            self.canonical.extend(places);
        }
        self.canonical.sort_unstable_by_key(|(number, _)| *number);
        self.canonical.dedup();
        self.canonical
    }

    /// A copy of what must stay as it is must stay so too.
    fn spread_what_is_given(&mut self) {
        let given = self.locals.iter().filter(|(_, (_, local))| local.is_given);
        let mut waiting: Vec<u32> = given.map(|(index, _)| *index).collect();
        while let Some(given) = waiting.pop() {
            let Some((_, local)) = self.locals.get_mut(&given) else {
                continue;
            };
            for to in std::mem::take(&mut local.to) {
                if let Some((_, copy)) = self.locals.get_mut(&to)
                    && !copy.is_given
                {
                    copy.is_given = true;
                    waiting.push(to);
                }
            }
        }
    }

    /// Decides which locals are canonical: to be copied into one of those is to be seen.
    fn settle(&mut self) {
        let mut waiting: Vec<u32> = self.locals.keys().copied().collect();
        while let Some(index) = waiting.pop() {
            let Some((_, local)) = self.locals.get_mut(&index) else {
                continue;
            };
            if local.is_canonical || !local.wants_canonical() {
                continue;
            }
            local.is_canonical = true;
            for (from, at) in std::mem::take(&mut local.from) {
                if let Some((_, from_local)) = self.locals.get_mut(&from) {
                    from_local.seen.push(at);
                    waiting.push(from);
                }
            }
        }
    }
}
