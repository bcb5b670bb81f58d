//! Publishing a program: uploads the module, signs the publication.

use super::connection::ApiClient;
use super::error::ClientError;
use bytes::Bytes;
use shared::api::programs::{ProgramView, PublishProgram};
use shared::codec::DecodeError;
use shared::ids::Digest;
use shared::manifest::{Manifest, ManifestError};
use shared::module_check::{ModuleFacts, ModuleRefusal, check_module};
use shared::program::{AD_HOC_VERSION, Prog, ad_hoc_name};

/// Why a program is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The module may not be a program.
    #[error("this module is refused: {0}")]
    Module(#[from] ModuleRefusal),
    /// The manifest is not valid.
    #[error("the program manifest is not valid: {0}")]
    Manifest(#[from] ManifestError),
    /// The publication breaks a rule.
    #[error("this publication is not allowed: {0}")]
    Prog(#[from] DecodeError),
    /// There is no key to sign with.
    #[error("a publication is signed with a submitter key, and there is none")]
    NoKey,
    /// The coordinator.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// A module with its manifest, both checked.
#[derive(Debug, Clone)]
pub struct LocalProgram {
    /// The module.
    pub module: Bytes,
    /// What it is made of.
    pub facts: ModuleFacts,
    /// The exact bytes of its manifest.
    pub manifest_bytes: Bytes,
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
    pub fn new(module: Bytes, manifest: Option<Bytes>) -> Result<Self, PublishError> {
        let facts = check_module(&module)?;
        let carried = || Manifest::in_module(&module, &facts).map(Bytes::copy_from_slice);
        let given = manifest.or_else(carried);
        let is_plain_tool = given.is_none();
        let manifest_bytes = given.unwrap_or_else(|| Bytes::from_static(PLAIN_TOOL.as_bytes()));
        let manifest = Manifest::parse(&manifest_bytes)?;
        Ok(Self {
            module,
            facts,
            manifest_bytes,
            manifest,
            is_plain_tool,
        })
    }

    /// Publishes it under its manifest's name and version, or ad hoc, which anybody may do with any module.
    ///
    /// # Errors
    /// When the coordinator refuses it.
    pub async fn publish(
        &self,
        client: &ApiClient,
        ad_hoc: bool,
    ) -> Result<ProgramView, PublishError> {
        let key = client.key().ok_or(PublishError::NoKey)?;
        let module_sha256 = Digest::of(&self.module);
        let manifest_sha256 = Digest::of(&self.manifest_bytes);
        let publisher_key = key.submitter_key();
        let (name, version) = if ad_hoc {
            let name = ad_hoc_name(module_sha256, manifest_sha256, publisher_key);
            (name, AD_HOC_VERSION.to_owned())
        } else {
            (self.manifest.name.clone(), self.manifest.version.clone())
        };
        let prog = Prog {
            name,
            version,
            publisher_key,
            original_sha256: module_sha256,
            module_sha256,
            manifest_sha256,
            rewriter: 0,
        };
        let publication = PublishProgram {
            prog: prog.sign(client.chain(), key)?,
            manifest: self.manifest_bytes.to_vec(),
        };
        client.put_blob(module_sha256, self.module.clone()).await?;
        Ok(client.publish(&publication).await?)
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
    use shared::job::ArgvMode;
    use shared::manifest::Reduce;

    const MODULE: &str = r#"(module (memory (export "memory") 1) (func (export "_start")))"#;

    #[test]
    fn a_module_without_a_manifest_is_a_plain_tool() {
        let module = Bytes::from(wat::parse_str(MODULE).unwrap());
        let program = LocalProgram::new(module, None).unwrap();
        assert!(program.is_plain_tool);
        assert_eq!(program.manifest.argv_mode, ArgvMode::Plain);
        assert_eq!(program.manifest.reduce, Reduce::None);
    }

    #[test]
    fn a_given_manifest_is_kept_byte_for_byte() {
        let module = Bytes::from(wat::parse_str(MODULE).unwrap());
        let text = PLAIN_TOOL.replace("plain-tool", "my-tool");
        let manifest = Bytes::from(text);
        let program = LocalProgram::new(module.clone(), Some(manifest.clone())).unwrap();
        assert_eq!(program.manifest.name, "my-tool");
        assert_eq!(program.manifest_bytes, manifest);
        let bad = LocalProgram::new(module, Some(Bytes::from_static(b"{}")));
        assert!(matches!(bad.unwrap_err(), PublishError::Manifest(_)));
    }
}
