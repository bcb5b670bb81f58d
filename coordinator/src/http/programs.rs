//! `programs`: what volunteers run, public and immutable.

pub(super) mod get;
pub(super) mod list;
pub(super) mod publish;

use crate::store::ProgramRecord;
use shared::api::programs::ProgramView;

fn view(record: ProgramRecord) -> ProgramView {
    let prog = record.prog;
    ProgramView {
        name: prog.name,
        version: prog.version,
        publisher_key: prog.publisher_key,
        original_sha256: prog.original_sha256,
        module_sha256: prog.module_sha256,
        module_bytes: record.module_len,
        manifest_sha256: prog.manifest_sha256,
        rewriter: prog.rewriter,
        manifest: record.manifest,
        prog: record.signed,
        created_at_ms: record.added_at_ms,
    }
}
