//! The programs that this binary carries: `cargo xtask build` builds them before it.

use rust_embed::Embed;
use std::borrow::Cow;

/// What to say when a built-in program is wanted and there is none.
pub const MISSING: &str =
    "this manyhands was built without its built-in programs: build it with `cargo xtask build`";

#[derive(Embed)]
#[folder = "embedded/programs"]
#[allow_missing = true]
struct Files;

/// A program that this binary carries.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// Its name, which is also its manifest's.
    pub name: String,
    /// The module.
    pub module: Cow<'static, [u8]>,
    /// The exact bytes of the manifest.
    pub manifest: Cow<'static, [u8]>,
}

/// All built-in programs by name; none when the binary was built without them.
#[must_use]
pub fn built_ins() -> Vec<BuiltIn> {
    let paths = Files::iter();
    let mut programs: Vec<_> = paths
        .filter_map(|path| built_in(path.strip_suffix("/manifest.json")?))
        .collect();
    programs.sort_by(|left, right| left.name.cmp(&right.name));
    programs
}

/// The built-in program of that name.
#[must_use]
pub fn built_in(name: &str) -> Option<BuiltIn> {
    Some(BuiltIn {
        name: name.to_owned(),
        module: Files::get(&format!("{name}/program.wasm"))?.data,
        manifest: Files::get(&format!("{name}/manifest.json"))?.data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::status::ServerLimits;
    use shared::local_program::LocalProgram;

    #[test]
    fn every_built_in_program_may_be_one_and_has_a_manifest_of_its_name() {
        for program in built_ins() {
            let module = program.module.into_owned();
            let local = LocalProgram::new(module, Some(program.manifest.into_owned())).unwrap();
            assert_eq!(local.manifest.name, program.name);
        }
    }

    /// Otherwise nobody could post one without knowing which limit to lower.
    #[test]
    fn every_built_in_program_asks_for_no_more_than_a_coordinator_offers_by_default() {
        let offered = ServerLimits::default();
        for program in built_ins() {
            let module = program.module.into_owned();
            let local = LocalProgram::new(module, Some(program.manifest.into_owned())).unwrap();
            let limits = local.manifest.limits;
            assert!(
                limits.output_bytes <= offered.output_bytes,
                "{}",
                program.name
            );
            assert!(limits.wall_ms <= offered.wall_ms, "{}", program.name);
        }
    }

    #[test]
    fn a_name_that_is_no_built_in_program_is_not_found() {
        assert!(built_in("nothing").is_none());
        assert!(built_in("../programs/wordcount").is_none());
        assert!(built_in("").is_none());
    }
}
