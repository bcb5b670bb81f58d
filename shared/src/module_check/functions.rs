//! Function bodies: validated, and within the limits on locals and branch tables.

use super::features::Features;
use super::refusal::ModuleRefusal;
use super::{Bounds, MAX_BR_TABLE_TARGETS};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Operator, OperatorsReader,
    OperatorsReaderAllocations, TypeSectionReader, ValidatorResources,
};

/// What is carried from function to function.
pub(super) struct FunctionChecks {
    bounds: Bounds,
    pub(super) features: Features,
    /// Parameters and results of the widest type.
    widest: u64,
    allocations: FuncValidatorAllocations,
    reader_allocations: OperatorsReaderAllocations,
}

impl FunctionChecks {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            features: Features::default(),
            widest: 0,
            allocations: FuncValidatorAllocations::default(),
            reader_allocations: OperatorsReaderAllocations::default(),
        }
    }

    pub(super) fn note_types(
        &mut self,
        reader: &TypeSectionReader<'_>,
    ) -> Result<(), ModuleRefusal> {
        self.features.note_types(reader);
        for group in reader.clone() {
            for ty in group?.types() {
                if let wasmparser::CompositeInnerType::Func(ty) = &ty.composite_type.inner {
                    let width = ty.params().len() + ty.results().len();
                    self.widest = self.widest.max(width as u64);
                }
            }
        }
        Ok(())
    }

    /// Validating an instruction takes time for each value of its type: (parameters and results of the widest type) times
    /// (bytes of code) bounds the time for a module. With 16 MiB of code an uploaded type may have 64 of them.
    pub(super) fn check_width(&self, code_bytes: u64, offset: u64) -> Result<(), ModuleRefusal> {
        let work = self.widest.saturating_mul(code_bytes);
        if work > self.bounds.work {
            return Err(ModuleRefusal::limit(
                "the parameters and results of its widest type, times the bytes of its code,",
                work,
                self.bounds.work,
                offset,
            ));
        }
        Ok(())
    }

    pub(super) fn check(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), ModuleRefusal> {
        let mut locals = 0_u64;
        for local in body.get_locals_reader()? {
            locals += u64::from(local?.0);
        }
        if locals > self.bounds.locals {
            let offset = body.range().start;
            return Err(ModuleRefusal::limit(
                "the locals of a function",
                locals,
                self.bounds.locals,
                offset,
            ));
        }
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        validator.read_locals(&mut body.get_binary_reader())?;
        let allocations = std::mem::take(&mut self.reader_allocations);
        let reader = body.get_binary_reader_for_operators()?;
        let mut operators = OperatorsReader::new_with_allocs(reader, allocations);
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            check_operator(&operator, offset)?;
            self.features.note_operator(&operator);
            validator.op(offset, &operator)?;
        }
        operators.finish()?;
        self.reader_allocations = operators.into_allocations();
        self.allocations = validator.into_allocations();
        Ok(())
    }
}

fn check_operator(operator: &Operator<'_>, offset: u64) -> Result<(), ModuleRefusal> {
    match operator {
        Operator::TableGrow { .. } => Err(ModuleRefusal::TableGrow { offset }),
        Operator::BrTable { targets } if targets.len() > MAX_BR_TABLE_TARGETS => {
            Err(ModuleRefusal::limit(
                "the targets of a br_table",
                u64::from(targets.len()),
                u64::from(MAX_BR_TABLE_TARGETS),
                offset,
            ))
        }
        _ => Ok(()),
    }
}
