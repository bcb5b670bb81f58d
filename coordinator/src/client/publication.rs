//! Publishing a program: uploads the module as its author has it, signs the publication.

use super::connection::ApiClient;
use super::error::ClientError;
use bytes::Bytes;
use shared::api::programs::{ProgramView, PublishProgram};
use shared::codec::DecodeError;
use shared::local_program::LocalProgram;

/// Why a program is not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
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

/// Publishes a program under its manifest's name and version, or ad hoc, which anybody may do with any module.
///
/// # Errors
/// When the coordinator refuses it.
pub async fn publish(
    program: &LocalProgram,
    client: &ApiClient,
    ad_hoc: bool,
) -> Result<ProgramView, PublishError> {
    let key = client.key().ok_or(PublishError::NoKey)?;
    let prog = program.publication(key.submitter_key(), ad_hoc);
    let publication = PublishProgram {
        prog: prog.sign(client.chain(), key)?,
        manifest: program.manifest_bytes.clone(),
    };
    let original = Bytes::from(program.original.clone());
    client.put_blob(prog.original_sha256, original).await?;
    Ok(client.publish(&publication).await?)
}
