//! `POST programs`: a signed publication with its manifest; the module was uploaded as a blob before.

use super::super::Api;
use super::super::auth::Caller;
use super::super::error::ApiError;
use super::super::posted::{Posted, PostedBody};
use super::view;
use crate::store::{ProgramAdded, ProgramRecord};
use axum::Json;
use axum::extract::State;
use shared::api::problem::{Problem, ProblemCode};
use shared::api::programs::{ProgramView, PublishProgram};
use shared::api::tokens::Scope;
use shared::ids::Digest;
use shared::manifest::{MAX_MANIFEST_BYTES, Manifest};
use shared::program::{AD_HOC_VERSION, Prog, is_ad_hoc_name};
use shared::rewrite::{REWRITER, rewrite};
use std::sync::Arc;

impl PostedBody for PublishProgram {
    const SCOPE: Scope = Scope::ProgramsWrite;
    /// The largest manifest in base64, the publication, and some room.
    const MAX_BYTES: usize = MAX_MANIFEST_BYTES * 2;
    const IS_POSTING: bool = true;
}

/// Publishes a program. The same publication again is answered with the existing one.
#[utoipa::path(post, path = "/api/v1/programs", tag = "programs", request_body = PublishProgram,
    security(("signature" = []), ("token" = ["programs:write"])), responses(
    (status = 200, body = ProgramView), (status = 401, body = Problem), (status = 403, body = Problem),
    (status = 409, body = Problem), (status = 422, body = Problem),
))]
pub(in super::super) async fn publish(
    State(api): State<Arc<Api>>,
    Posted { caller, body }: Posted<PublishProgram>,
) -> Result<Json<ProgramView>, ApiError> {
    let prog = check_publication(&api, &caller, &body)?;
    check_manifest(&prog, &body.manifest)?;
    let known = api.store.program_by_name(&prog.name, Some(&prog.version));
    if let Some(known) = known.await?
        && known.prog == prog
        && known.refused.is_none()
    {
        return Ok(Json(view(known)));
    }
    let original = own_module(&api, &prog).await?;
    let module = rewrite_aside(&api, original).await?;
    check_rewritten(&prog, &module)?;
    let now = api.clock.now();
    let record = ProgramRecord {
        prog,
        signed: body.prog,
        manifest: body.manifest,
        module_len: api.store.blob_put(&module, now).await?.len,
        added_at_ms: now,
        index: None,
        refused: None,
    };
    match api.store.program_add(&api.lease, &record).await? {
        ProgramAdded::New => Ok(Json(view(record))),
        ProgramAdded::Existing(known) => Ok(Json(view(*known))),
        ProgramAdded::NameTaken(owner) => Err(name_taken(&record.prog, &owner.to_string())),
        ProgramAdded::VersionTaken => Err(version_taken(&record.prog)),
    }
}

fn invalid(detail: impl Into<String>) -> ApiError {
    ApiError::field(ProblemCode::ProgramInvalid, "/prog", detail)
}

/// The rules that need neither the module nor the store.
fn check_publication(api: &Api, caller: &Caller, body: &PublishProgram) -> Result<Prog, ApiError> {
    let (prog, _) =
        Prog::decode_signed(api.chain, &body.prog).map_err(|error| invalid(error.to_string()))?;
    if let Caller::Key(key) = caller
        && *key != prog.publisher_key
    {
        let publisher = prog.publisher_key;
        return Err(invalid(format!(
            "the publication is signed by {publisher}, the request by {key}"
        )));
    }
    if prog.rewriter != REWRITER {
        return Err(invalid(format!(
            "rewriter is {}: this coordinator rewrites programs with version {REWRITER}; use a client of its version",
            prog.rewriter
        )));
    }
    let is_ad_hoc = is_ad_hoc_name(&prog.name) && prog.version == AD_HOC_VERSION;
    if !is_ad_hoc && semver::Version::parse(&prog.version).is_err() {
        let version = &prog.version;
        return Err(invalid(format!(
            "version {version:?} is not a semantic version such as 1.0.0"
        )));
    }
    let found = Digest::of(&body.manifest);
    if found != prog.manifest_sha256 {
        let detail = format!(
            "the manifest has SHA-256 {found}, the publication names {}",
            prog.manifest_sha256
        );
        return Err(ApiError::field(
            ProblemCode::ProgramInvalid,
            "/manifest",
            detail,
        ));
    }
    Ok(prog)
}

/// The manifest keeps the rules of GUEST.md section 1 and, unless the upload is ad hoc, names what is published.
fn check_manifest(prog: &Prog, bytes: &[u8]) -> Result<(), ApiError> {
    let invalid = |detail| ApiError::field(ProblemCode::ManifestInvalid, "/manifest", detail);
    let manifest = Manifest::parse(bytes).map_err(|error| invalid(error.to_string()))?;
    let is_same = manifest.name == prog.name && manifest.version == prog.version;
    if is_same || is_ad_hoc_name(&prog.name) {
        return Ok(());
    }
    Err(invalid(format!(
        "the manifest is of {}@{}, the publication of {}@{}",
        manifest.name, manifest.version, prog.name, prog.version
    )))
}

/// The module as its author has it, which the publisher must have uploaded: knowing a hash grants nothing.
async fn own_module(api: &Api, prog: &Prog) -> Result<Vec<u8>, ApiError> {
    let sha256 = prog.original_sha256;
    let missing = || {
        invalid(format!(
            "upload the module first: PUT blobs/{sha256} with the key {}",
            prog.publisher_key
        ))
    };
    let is_own = api.store.blob_is_owned(prog.publisher_key, sha256).await?;
    let is_published = api.store.module_is_known(sha256).await?;
    if !is_own && !is_published {
        return Err(missing());
    }
    let max = api.config.limits.module_bytes;
    if let Some(info) = api.store.blob_info(sha256).await?
        && info.len > max
    {
        let detail = format!("the module has {} bytes: at most {max}", info.len);
        return Err(ApiError::new(ProblemCode::ModuleRefused, detail));
    }
    let bytes = api.store.blob_bytes(sha256, max).await?;
    bytes.ok_or_else(missing)
}

/// Checks and rewrites the module on a thread where 16 MiB keep nobody waiting, one after the other: it takes many times
/// the module's memory.
async fn rewrite_aside(api: &Api, original: Vec<u8>) -> Result<Vec<u8>, ApiError> {
    let turn = api.rewriting.clone().acquire_owned().await;
    let turn = turn.map_err(ApiError::internal)?;
    let rewriting = tokio::task::spawn_blocking(move || {
        let _turn = turn; // kept to the end even when nobody waits for it any more
        rewrite(&original)
    });
    let rewritten = rewriting.await.map_err(ApiError::internal)?;
    let refused = |why: String| ApiError::new(ProblemCode::ModuleRefused, why);
    let module = rewritten
        .map_err(|refusal| refused(format!("the module: {refusal}")))?
        .module;
    let (found, max) = (module.len() as u64, api.config.limits.module_bytes);
    if found > max {
        return Err(refused(format!(
            "made deterministic and metered the module has {found} bytes: at most {max}"
        )));
    }
    Ok(module)
}

/// The publisher has signed what runs: it must be what the rewriter makes of the upload.
fn check_rewritten(prog: &Prog, module: &[u8]) -> Result<(), ApiError> {
    let found = Digest::of(module);
    if found == prog.module_sha256 {
        return Ok(());
    }
    Err(invalid(format!(
        "module_sha256 is {}, but version {REWRITER} of the rewriter makes {found} of {}",
        prog.module_sha256, prog.original_sha256
    )))
}

fn name_taken(prog: &Prog, owner: &str) -> ApiError {
    let detail = format!("the name {} belongs to {owner}; choose another", prog.name);
    ApiError::field(ProblemCode::NameTaken, "/prog", detail)
}

fn version_taken(prog: &Prog) -> ApiError {
    let detail = format!(
        "{}@{} exists with other contents, and a version never changes; choose a higher one",
        prog.name, prog.version
    );
    ApiError::field(ProblemCode::VersionTaken, "/prog", detail)
}
