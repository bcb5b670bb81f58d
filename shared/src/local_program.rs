//! A program as its author has it: a module with its manifest, both checked, before it is published.

use crate::ids::{Digest, SubmitterKey};
use crate::manifest::{Manifest, ManifestError};
use crate::module_check::ModuleFacts;
use crate::program::{AD_HOC_VERSION, Prog, ad_hoc_name};
use crate::rewrite::{Changes, REWRITER, RewriteError, rewrite};

/// Why a module with its manifest is no program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalProgramError {
    /// The module may not be a program.
    #[error("this module is refused: {0}")]
    Module(#[from] RewriteError),
    /// The manifest is not valid.
    #[error("the program manifest is not valid: {0}")]
    Manifest(#[from] ManifestError),
}

/// A module with its manifest, both checked.
#[derive(Debug, Clone)]
pub struct LocalProgram {
    /// The module as its author has it.
    pub original: Vec<u8>,
    /// The module that runs: rewritten.
    pub module: Vec<u8>,
    /// What the original is made of.
    pub facts: ModuleFacts,
    /// What rewriting has changed.
    pub changes: Changes,
    /// The exact bytes of its manifest.
    pub manifest_bytes: Vec<u8>,
    /// The same, read.
    pub manifest: Manifest,
    /// Whether the manifest was made here because there was none.
    pub is_plain_tool: bool,
}

impl LocalProgram {
    /// A module with `manifest`, with the one that it carries, or as a plain tool.
    ///
    /// # Errors
    /// When the module or its manifest breaks a rule.
    pub fn new(original: Vec<u8>, manifest: Option<Vec<u8>>) -> Result<Self, LocalProgramError> {
        let rewritten = rewrite(&original)?;
        let carried = || Manifest::in_module(&original, &rewritten.facts).map(<[u8]>::to_vec);
        let given = manifest.or_else(carried);
        let is_plain_tool = given.is_none();
        let manifest_bytes = given.unwrap_or_else(|| PLAIN_TOOL.as_bytes().to_vec());
        let manifest = Manifest::parse(&manifest_bytes)?;
        Ok(Self {
            original,
            module: rewritten.module,
            facts: rewritten.facts,
            changes: rewritten.changes,
            manifest_bytes,
            manifest,
            is_plain_tool,
        })
    }

    /// Its publication by `publisher_key`: under its manifest's name and version, or ad hoc, which anybody may do with
    /// any module.
    #[must_use]
    pub fn publication(&self, publisher_key: SubmitterKey, ad_hoc: bool) -> Prog {
        let original_sha256 = Digest::of(&self.original);
        let manifest_sha256 = Digest::of(&self.manifest_bytes);
        let (name, version) = if ad_hoc {
            let name = ad_hoc_name(original_sha256, manifest_sha256, publisher_key);
            (name, AD_HOC_VERSION.to_owned())
        } else {
            (self.manifest.name.clone(), self.manifest.version.clone())
        };
        Prog {
            name,
            version,
            publisher_key,
            original_sha256,
            module_sha256: Digest::of(&self.module),
            manifest_sha256,
            rewriter: REWRITER,
        }
    }
}

/// What is assumed of a module without a manifest: a tool that reads stdin, writes stdout and knows no stages. The
/// same text each time, so that the same module has the same ad-hoc name.
const PLAIN_TOOL: &str = r#"{
  "name": "plain-tool",
  "version": "0.0.0",
  "summary": "A tool that was uploaded without a manifest",
  "licence": "not stated",
  "argv_mode": "plain",
  "reduce": "none",
  "splits": {
    "accepted": ["lines", "bytes", "records", "csv", "fasta", "files", "range"],
    "default": "lines:64KiB"
  },
  "output": "application/octet-stream",
  "example": { "input": "" }
}
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::ArgvMode;
    use crate::manifest::Reduce;

    const MODULE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

    #[test]
    fn a_module_without_a_manifest_is_a_plain_tool() {
        let module = wat::parse_str(MODULE).unwrap();
        let program = LocalProgram::new(module, None).unwrap();
        assert!(program.is_plain_tool);
        assert_eq!(program.manifest.argv_mode, ArgvMode::Plain);
        assert_eq!(program.manifest.reduce, Reduce::None);
    }

    #[test]
    fn a_given_manifest_is_kept_byte_for_byte() {
        let module = wat::parse_str(MODULE).unwrap();
        let manifest = PLAIN_TOOL.replace("plain-tool", "my-tool").into_bytes();
        let program = LocalProgram::new(module.clone(), Some(manifest.clone())).unwrap();
        assert_eq!(program.manifest.name, "my-tool");
        assert_eq!(program.manifest_bytes, manifest);
        let bad = LocalProgram::new(module, Some(b"{}".to_vec()));
        assert!(matches!(bad.unwrap_err(), LocalProgramError::Manifest(_)));
    }

    #[test]
    fn an_ad_hoc_publication_is_named_by_what_is_in_it() {
        let program = LocalProgram::new(wat::parse_str(MODULE).unwrap(), None).unwrap();
        let key = SubmitterKey([7; 32]);
        let ad_hoc = program.publication(key, true);
        assert_eq!(ad_hoc.version, AD_HOC_VERSION);
        assert!(crate::program::is_ad_hoc_name(&ad_hoc.name));
        assert_eq!(program.publication(key, false).name, "plain-tool");
    }
}
