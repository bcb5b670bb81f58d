//! The arguments that a guest starts with (GUEST.md section 1).

use crate::job::ArgvMode;

/// `argv[0]` of every guest.
pub const PROGRAM: &[u8] = b"program";

/// What a staged program is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// One task's chunk in, its output out.
    Map,
    /// Map outputs in, the result out.
    Reduce,
}

impl Stage {
    /// `argv[1]` of a staged program.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Reduce => "reduce",
        }
    }
}

/// The arguments of one run. A plain tool gets the job's args as they are and knows no stages.
#[must_use]
pub fn argv(mode: ArgvMode, stage: Stage, args: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let stage = match mode {
        ArgvMode::Staged => Some(stage.name().as_bytes()),
        ArgvMode::Plain => None,
    };
    let own = [PROGRAM].into_iter().chain(stage).map(<[u8]>::to_vec);
    own.chain(args.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_staged_program_learns_its_stage_and_a_plain_tool_does_not() {
        let args = [b"width=7".to_vec()];
        let staged = argv(ArgvMode::Staged, Stage::Reduce, &args);
        assert_eq!(staged, [b"program".as_slice(), b"reduce", b"width=7"]);
        let plain = argv(ArgvMode::Plain, Stage::Map, &args);
        assert_eq!(plain, [b"program".as_slice(), b"width=7"]);
    }
}
