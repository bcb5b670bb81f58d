//! Publishes the programs that the binary carries, under the leader's key, when a coordinator starts.

use crate::builtin::{self, BuiltIn};
use crate::store::{Lease, ProgramAdded, ProgramRecord, Store};
use anyhow::{Context as _, Result, bail};
use shared::crypto::SecretKey;
use shared::ids::{ChainId, UnixMs};
use shared::local_program::LocalProgram;

/// Publishes what is not published yet. A version that was published with other bytes stays as it is: it never changes.
pub(super) async fn publish(
    store: &Store,
    lease: &Lease,
    chain: ChainId,
    leader: &SecretKey,
    now: UnixMs,
) -> Result<()> {
    let programs = builtin::built_ins();
    if programs.is_empty() {
        tracing::warn!("{}", builtin::MISSING);
    }
    for program in programs {
        let BuiltIn {
            name,
            module,
            manifest,
        } = program;
        let program = LocalProgram::new(module.into_owned(), Some(manifest.into_owned()))
            .with_context(|| format!("the built-in program {name}"))?;
        store.blob_put(&program.original, now).await?;
        let prog = program.publication(leader.submitter_key(), false);
        let record = ProgramRecord {
            signed: prog.sign(chain, leader)?,
            prog,
            module_len: store.blob_put(&program.module, now).await?.len,
            manifest: program.manifest_bytes,
            added_at_ms: now,
            index: None,
            refused: None,
        };
        match store.program_add(lease, &record).await? {
            ProgramAdded::New => tracing::info!(program = %name, "published a built-in program"),
            ProgramAdded::Existing(_) => {}
            ProgramAdded::VersionTaken => {
                let version = &record.prog.version;
                tracing::warn!(
                    "{name}@{version} was published with other bytes and stays as it is; \
                     this binary's own {name} is not used"
                );
            }
            ProgramAdded::NameTaken(owner) => {
                bail!("the name of the built-in program {name} belongs to key {owner}");
            }
        }
    }
    Ok(())
}
