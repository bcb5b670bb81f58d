//! Published programs: a name belongs to its first publisher, and name@version never changes.

use super::column::{Columns as _, at, big};
use super::page::{Page, one_more};
use super::{Lease, Result, Store, blob, ledger};
use shared::ids::{Digest, SubmitterKey, UnixMs};
use shared::program::Prog;
use sqlx::any::AnyRow;

/// A published program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramRecord {
    /// What is published.
    pub prog: Prog,
    /// LEDGER.md's Prog with its signature.
    pub signed: Vec<u8>,
    /// The exact bytes of the manifest.
    pub manifest: Vec<u8>,
    /// Length of the module that runs, bytes.
    pub module_len: u64,
    /// When it was published.
    pub added_at_ms: UnixMs,
    /// Index of its Prog on the ledger, once it is stored.
    pub index: Option<u64>,
    /// Why the storage nodes refused it: then it is not offered.
    pub refused: Option<String>,
}

/// What became of a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramAdded {
    /// It is published now.
    New,
    /// The same was published before.
    Existing(Box<ProgramRecord>),
    /// The name belongs to this other key.
    NameTaken(SubmitterKey),
    /// Something else was published under this name and version.
    VersionTaken,
}

const CLAIM_NAME: &str = "INSERT INTO program_names (name, publisher_key) VALUES ($1, $2) \
     ON CONFLICT (name) DO NOTHING";
const NAME_OWNER: &str = "SELECT publisher_key FROM program_names WHERE name = $1";
/// What the storage nodes refused is not on the ledger: it may be published anew.
const ADD: &str = "INSERT INTO programs (name, version, publisher_key, original_sha256, module_sha256, \
     manifest_sha256, rewriter, module_len, manifest, signed, added_at_ms) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (name, version) DO UPDATE SET \
     publisher_key = excluded.publisher_key, original_sha256 = excluded.original_sha256, \
     module_sha256 = excluded.module_sha256, manifest_sha256 = excluded.manifest_sha256, \
     rewriter = excluded.rewriter, module_len = excluded.module_len, manifest = excluded.manifest, \
     signed = excluded.signed, added_at_ms = excluded.added_at_ms, refused = NULL \
     WHERE programs.refused IS NOT NULL";

macro_rules! select_programs {
    ($tail:literal) => {
        concat!(
            "SELECT name, version, publisher_key, original_sha256, module_sha256, manifest_sha256, rewriter, \
             module_len, manifest, signed, added_at_ms, idx, refused FROM programs ",
            $tail
        )
    };
}
const GET: &str = select_programs!("WHERE name = $1 AND version = $2");
const VERSIONS: &str = "SELECT version FROM programs WHERE name = $1 AND refused IS NULL";
const BY_HASHES: &str = select_programs!(
    "WHERE module_sha256 = $1 AND manifest_sha256 = $2 \
     ORDER BY CASE WHEN refused IS NULL THEN 0 ELSE 1 END, added_at_ms, name, version LIMIT 1"
);
const PAGE: &str = select_programs!(
    "WHERE refused IS NULL AND (name > $1 OR (name = $1 AND version > $2)) ORDER BY name, version LIMIT $3"
);
const MODULE: &str =
    "SELECT 1 AS yes FROM programs WHERE module_sha256 = $1 OR original_sha256 = $1 LIMIT 1";

impl Store {
    /// Publishes a program and queues its Prog for the ledger. Its modules, as uploaded and as it runs, are stored as
    /// blobs before; its manifest becomes one.
    ///
    /// # Errors
    /// [`super::StoreError::Fenced`] when the lease is somebody else's now, and then nothing is written.
    pub async fn program_add(
        &self,
        lease: &Lease,
        program: &ProgramRecord,
    ) -> Result<ProgramAdded> {
        let prog = &program.prog;
        let mut tx = self.tx("program_add").await?;
        lease.check(&mut tx).await?;
        let claim = sqlx::query(CLAIM_NAME)
            .bind(prog.name.as_str())
            .bind(&prog.publisher_key.0[..]);
        claim.execute(tx.conn()).await?;
        let owner = sqlx::query(NAME_OWNER).bind(prog.name.as_str());
        let owner = owner.fetch_one(tx.conn()).await?;
        let owner = owner.submitter_key("publisher_key")?;
        if owner != prog.publisher_key {
            return Ok(ProgramAdded::NameTaken(owner));
        }
        let add = sqlx::query(ADD)
            .bind(prog.name.as_str())
            .bind(prog.version.as_str())
            .bind(&prog.publisher_key.0[..])
            .bind(&prog.original_sha256.0[..])
            .bind(&prog.module_sha256.0[..])
            .bind(&prog.manifest_sha256.0[..])
            .bind(i64::from(prog.rewriter))
            .bind(big(program.module_len))
            .bind(program.manifest.as_slice())
            .bind(program.signed.as_slice())
            .bind(at(program.added_at_ms));
        if add.execute(tx.conn()).await?.rows_affected() == 1 {
            let (manifest, now) = (program.manifest.as_slice(), program.added_at_ms);
            blob::put_inline(&mut tx, prog.manifest_sha256, manifest, now).await?;
            ledger::queue::add_program(&mut tx, &prog.name, &prog.version).await?;
            self.commit_queued(tx).await?;
            return Ok(ProgramAdded::New);
        }
        let known = sqlx::query(GET)
            .bind(prog.name.as_str())
            .bind(prog.version.as_str());
        let known = record(&known.fetch_one(tx.conn()).await?)?;
        Ok(if known.prog == *prog {
            ProgramAdded::Existing(Box::new(known))
        } else {
            ProgramAdded::VersionTaken
        })
    }

    /// A program by its name and version; without a version the highest one. Versions that are not semantic versions
    /// are lower than all that are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_name(
        &self,
        name: &str,
        version: Option<&str>,
    ) -> Result<Option<ProgramRecord>> {
        let version = match version {
            Some(version) => version.to_owned(),
            None => match self.highest_version(name).await? {
                Some(version) => version,
                None => return Ok(None),
            },
        };
        if name.contains('\0') || version.contains('\0') {
            return Ok(None);
        }
        let query = sqlx::query(GET).bind(name).bind(version);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    async fn highest_version(&self, name: &str) -> Result<Option<String>> {
        if name.contains('\0') {
            return Ok(None);
        }
        let query = sqlx::query(VERSIONS).bind(name);
        let rows = query.fetch_all(&self.reader).await?;
        let versions = rows.iter().map(|row| row.string("version"));
        let versions: Vec<String> = versions.collect::<Result<_>>()?;
        let order = |text: &String| (semver::Version::parse(text).ok(), text.clone());
        Ok(versions.into_iter().max_by_key(order))
    }

    /// The program that was published first with this module and manifest: what a job names. One that is not offered
    /// any more only when there is no other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn program_by_hashes(
        &self,
        module: Digest,
        manifest: Digest,
    ) -> Result<Option<ProgramRecord>> {
        let query = sqlx::query(BY_HASHES)
            .bind(&module.0[..])
            .bind(&manifest.0[..]);
        let row = query.fetch_optional(&self.reader).await?;
        row.as_ref().map(record).transpose()
    }

    /// Whether this is the module of some program, as it runs or as it was uploaded: both are public.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn module_is_known(&self, module: Digest) -> Result<bool> {
        let query = sqlx::query(MODULE).bind(&module.0[..]);
        Ok(query.fetch_optional(&self.reader).await?.is_some())
    }

    /// Programs in the order of name and version (as text), after such a pair.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn programs_page(
        &self,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Result<Page<ProgramRecord, (String, String)>> {
        let (name, version) = after.unwrap_or_default();
        let query = sqlx::query(PAGE)
            .bind(super::column::text(&name))
            .bind(super::column::text(&version))
            .bind(one_more(limit));
        let rows = query.fetch_all(&self.reader).await?;
        let programs = rows.iter().map(record).collect::<Result<_>>()?;
        let cursor = |last: &ProgramRecord| (last.prog.name.clone(), last.prog.version.clone());
        Ok(Page::cut(programs, limit, cursor))
    }
}

fn record(row: &AnyRow) -> Result<ProgramRecord> {
    Ok(ProgramRecord {
        prog: Prog {
            name: row.string("name")?,
            version: row.string("version")?,
            publisher_key: row.submitter_key("publisher_key")?,
            original_sha256: row.digest("original_sha256")?,
            module_sha256: row.digest("module_sha256")?,
            manifest_sha256: row.digest("manifest_sha256")?,
            rewriter: row.number("rewriter")?,
        },
        signed: row.bytes("signed")?,
        manifest: row.bytes("manifest")?,
        module_len: row.number("module_len")?,
        added_at_ms: row.time("added_at_ms")?,
        index: row.number_or_null("idx")?,
        refused: row.string_or_null("refused")?,
    })
}
