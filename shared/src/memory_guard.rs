//! Makes a module's `memory.grow` obey a cap in engines whose host cannot: browsers.
//!
//! wasmi asks its host before it grows a memory; a browser asks nobody and tells nobody. So each `memory.grow` becomes
//! a call of an injected function that compares with an injected global, exactly as `coordinator::guest` decides, and
//! notes a refusal in another. What was there keeps its index, and cannot name what is injected: it was validated
//! without it. Votes name the module as it was published; this form exists only where it runs. Once programs are
//! rewritten at upload (GUEST.md section 3), they bring this with them.

use crate::module_check::ModuleFacts;
use std::ops::Range;
use wasmparser::{BinaryReaderError, FunctionBody, Operator, Parser, Payload};

/// A module that obeys a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guarded {
    /// The module to run.
    pub module: Vec<u8>,
    /// Its injected exports; none when it never grows its memory.
    pub names: Option<GuardNames>,
}

/// Names of the injected exports: two mutable globals of type i32.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GuardNames {
    /// Most pages of memory; to be set before the guest starts.
    pub cap: String,
    /// What was refused: one of [`REFUSED_NOTHING`], [`REFUSED_GUEST`], [`REFUSED_HOST`].
    pub refused: String,
}

/// Nothing was refused.
pub const REFUSED_NOTHING: i32 = 0;
/// The guest wanted more than its cap.
pub const REFUSED_GUEST: i32 = 1;
/// The host had no memory for what the guest may have; the guest was trapped, so that it does not see it.
pub const REFUSED_HOST: i32 = 2;

/// Pages that no memory can exceed: 4 GiB.
const ABSOLUTE_MAX_PAGES: u64 = 65_536;

const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;

/// Guards a module that [`crate::module_check::check_module`] has accepted.
///
/// # Errors
/// When it is not a module after all.
pub fn guard(module: &[u8], facts: &ModuleFacts) -> Result<Guarded, BinaryReaderError> {
    let parts = Parts::read(module)?;
    if parts.grows.is_empty() {
        return Ok(Guarded {
            module: module.to_vec(),
            names: None,
        });
    }
    let names = GuardNames {
        cap: unused(facts, "cap"),
        refused: unused(facts, "refused"),
    };
    let max = facts.memory_max_pages.unwrap_or(ABSOLUTE_MAX_PAGES);
    let module = parts.guarded(module, facts, &names, max.min(ABSOLUTE_MAX_PAGES));
    Ok(Guarded {
        module,
        names: Some(names),
    })
}

/// A name that the guest exports nothing under.
fn unused(facts: &ModuleFacts, stem: &str) -> String {
    let mut name = format!("manyhands_{stem}");
    while facts.exports.contains(&name) {
        name.push('_');
    }
    name
}

/// What must be known of a module to change it.
#[derive(Debug, Default)]
struct Parts {
    /// Each section's id and contents.
    sections: Vec<(u8, Range<usize>)>,
    types: u32,
    globals: u32,
    bodies: Vec<Range<usize>>,
    /// Each `memory.grow`, in order.
    grows: Vec<Range<usize>>,
}

impl Parts {
    fn read(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut parts = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload?;
            if let Some((id, range)) = payload.as_section() {
                parts.sections.push((id, in_memory(&range)));
            }
            match payload {
                Payload::TypeSection(reader) => parts.types = reader.count(),
                Payload::GlobalSection(reader) => parts.globals = reader.count(),
                Payload::CodeSectionEntry(body) => parts.read_body(&body)?,
                _ => {}
            }
        }
        Ok(parts)
    }

    fn read_body(&mut self, body: &FunctionBody<'_>) -> Result<(), BinaryReaderError> {
        self.bodies.push(in_memory(&body.range()));
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let start = operators.original_position();
            if matches!(operators.read()?, Operator::MemoryGrow { .. }) {
                self.grows
                    .push(in_memory(&(start..operators.original_position())));
            }
        }
        Ok(())
    }

    fn guarded(
        &self,
        module: &[u8],
        facts: &ModuleFacts,
        names: &GuardNames,
        max_pages: u64,
    ) -> Vec<u8> {
        let imports = u32::try_from(facts.imports.len()).unwrap_or(u32::MAX);
        let grow = imports.saturating_add(facts.functions);
        let globals = [self.globals, self.globals.saturating_add(1)];
        let mut out = b"\0asm\x01\0\0\0".to_vec();
        let mut has_globals = false;
        for (id, range) in &self.sections {
            let old = module.get(range.clone()).unwrap_or_default();
            if *id == EXPORTS && !has_globals {
                put_section(&mut out, GLOBALS, &with_items(&[0], 2, &two_globals()));
            }
            let changed = match *id {
                TYPES => with_items(old, 1, &[0x60, 1, I32, 1, I32]),
                FUNCTIONS => with_items(old, 1, &leb(self.types)),
                GLOBALS => {
                    has_globals = true;
                    with_items(old, 2, &two_globals())
                }
                EXPORTS => with_items(old, 2, &exports(names, globals)),
                CODE => self.code(module, grow, &body(globals, max_pages)),
                _ => old.to_vec(),
            };
            put_section(&mut out, *id, &changed);
        }
        out
    }

    /// The code section, with a call of function `grow` for each `memory.grow`, and one more body.
    fn code(&self, module: &[u8], grow: u32, added: &[u8]) -> Vec<u8> {
        let mut call = vec![0x10];
        call.extend(leb(grow));
        let count = u32::try_from(self.bodies.len()).unwrap_or(u32::MAX);
        let mut out = leb(count.saturating_add(1));
        let mut grows = self.grows.iter().peekable();
        for body in &self.bodies {
            let mut changed = Vec::with_capacity(body.len());
            let mut at = body.start;
            while let Some(found) = grows.next_if(|found| found.start < body.end) {
                changed.extend_from_slice(module.get(at..found.start).unwrap_or_default());
                changed.extend_from_slice(&call);
                at = found.end;
            }
            changed.extend_from_slice(module.get(at..body.end).unwrap_or_default());
            put_sized(&mut out, &changed);
        }
        put_sized(&mut out, added);
        out
    }
}

const I32: u8 = 0x7f;
const I64: u8 = 0x7e;

/// Two mutable globals of type i32 that are 0.
fn two_globals() -> Vec<u8> {
    [[I32, 1, 0x41, 0, 0x0b], [I32, 1, 0x41, 0, 0x0b]].concat()
}

fn exports(names: &GuardNames, [cap, refused]: [u32; 2]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, global) in [(&names.cap, cap), (&names.refused, refused)] {
        put_sized(&mut out, name.as_bytes());
        out.push(3); // a global
        out.extend(leb(global));
    }
    out
}

/// The injected function: `memory.grow` as wasmi does it under a limiter.
fn body([cap, refused]: [u32; 2], max_pages: u64) -> Vec<u8> {
    let (cap, refused) = (leb(cap), leb(refused));
    let set_refused =
        |value: i32| [&[0x41, value.to_le_bytes()[0], 0x24], refused.as_slice()].concat();
    let code: [&[u8]; 16] = [
        &[1, 1, I64],                                      // a local: the pages wanted in all
        &[0x20, 0, 0x45, 0x04, 0x40, 0x3f, 0, 0x0f, 0x0b], // 0 more: memory.size, return
        &[0x20, 0, 0xad, 0x3f, 0, 0xad, 0x7c, 0x22, 1], // local = more + memory.size, 64 bits each
        &[0x42],                                        // i64.const the declared maximum
        &leb_signed(max_pages),
        &[0x56, 0x04, 0x40, 0x41, 0x7f, 0x0f, 0x0b], // wanted > maximum: return -1
        &[0x20, 1, 0x23],                            // wanted, the cap
        &cap,
        &[0xad, 0x56, 0x04, 0x40], // wanted > cap:
        &set_refused(REFUSED_GUEST),
        &[0x41, 0x7f, 0x0f, 0x0b],                      // return -1
        &[0x20, 0, 0x40, 0, 0x22, 0, 0x41, 0x7f, 0x46], // memory.grow == -1:
        &[0x04, 0x40],
        &set_refused(REFUSED_HOST),
        &[0x00, 0x0b],    // unreachable
        &[0x20, 0, 0x0b], // what memory.grow gave
    ];
    code.concat()
}

/// A vector with `count` more items, given as their bytes. The items that are there stay as they are.
fn with_items(old: &[u8], count: u32, items: &[u8]) -> Vec<u8> {
    let (had, rest) = read_leb(old);
    let mut out = leb(had.saturating_add(count));
    out.extend_from_slice(rest);
    out.extend_from_slice(items);
    out
}

fn put_section(out: &mut Vec<u8>, id: u8, contents: &[u8]) {
    out.push(id);
    put_sized(out, contents);
}

fn put_sized(out: &mut Vec<u8>, contents: &[u8]) {
    out.extend(leb(u32::try_from(contents.len()).unwrap_or(u32::MAX)));
    out.extend_from_slice(contents);
}

fn leb(mut value: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(5);
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return out;
        }
        out.push(low | 0x80);
    }
}

/// A positive number as a signed LEB128.
fn leb_signed(mut value: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(10);
    while value > 0x3f {
        let [low, ..] = value.to_le_bytes();
        out.push(low | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
    out
}

/// The number that `bytes` begin with, and the rest.
fn read_leb(bytes: &[u8]) -> (u32, &[u8]) {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (value, bytes.get(at + 1..).unwrap_or_default());
        }
    }
    (0, &[])
}

/// A place in the module that was given; it lies in memory, so it fits.
fn in_memory(range: &Range<u64>) -> Range<usize> {
    let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX);
    at(range.start)..at(range.end)
}

#[cfg(test)]
mod tests;
