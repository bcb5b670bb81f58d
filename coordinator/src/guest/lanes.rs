//! A fault of wasmi 2.0.0, kept away from it: `v128.store8_lane` and `v128.store16_lane` with an offset of 64 KiB or more
//! write through a stray pointer and kill the process. They mean the same as taking the lane out and storing it.

use std::borrow::Cow;
use std::convert::Infallible;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{CodeSection, Instruction, Module};
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

/// Smaller offsets take another way through wasmi.
const FAULTY_FROM: u64 = 1 << 16;

/// The module as wasmi can run it.
///
/// # Errors
/// When it is no module.
pub(super) fn without_faulty_stores(module: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let has_any = has_faulty_stores(module).map_err(|error| error.to_string())?;
    if !has_any {
        return Ok(Cow::Borrowed(module));
    }
    let mut mended = Module::new();
    let done = Mend.parse_core_module(&mut mended, Parser::new(0), module);
    done.map_err(|error| error.to_string())?;
    Ok(Cow::Owned(mended.finish()))
}

fn has_faulty_stores(module: &[u8]) -> Result<bool, BinaryReaderError> {
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionEntry(body) = payload? {
            for operator in body.get_operators_reader()? {
                if is_faulty(&operator?) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

const fn is_faulty(operator: &Operator<'_>) -> bool {
    match operator {
        Operator::V128Store8Lane { memarg, .. } | Operator::V128Store16Lane { memarg, .. } => {
            memarg.offset >= FAULTY_FROM
        }
        _ => false,
    }
}

/// Copies everything but the faulty stores.
struct Mend;

impl Reencode for Mend {
    type Error = Infallible;

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), Error<Infallible>> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            match operator {
                Operator::V128Store8Lane { memarg, lane } if is_faulty(&operator) => {
                    function.instruction(&Instruction::I8x16ExtractLaneU(lane));
                    function.instruction(&Instruction::I32Store8(self.mem_arg(memarg)?));
                }
                Operator::V128Store16Lane { memarg, lane } if is_faulty(&operator) => {
                    function.instruction(&Instruction::I16x8ExtractLaneU(lane));
                    function.instruction(&Instruction::I32Store16(self.mem_arg(memarg)?));
                }
                other => {
                    function.instruction(&self.instruction(other)?);
                }
            }
        }
        code.function(&function);
        Ok(())
    }
}
