//! The query: from the args, or from the common file.

use guest::{Args, Problem, fasta};

/// Where a guest finds the job's common file.
pub const COMMON: &str = "/common";

/// Most residues: an alignment's trace has a byte for each pair of residues.
const MOST: usize = 10_000;

/// The query's residues as upper case.
pub(crate) fn of(args: &Args, common: Option<&[u8]>) -> Result<Vec<u8>, Problem> {
    let residues = match (args.text("query")?, common) {
        ("", None) => {
            return Err(
                "there is no query: give the arg query, or FASTA as the common file".into(),
            );
        }
        ("", Some(common)) => only_record(common)?,
        (query, None) => query.as_bytes().to_vec(),
        (_, Some(_)) => {
            return Err("there are two queries: the arg query and the common file".into());
        }
    };
    let len = residues.len();
    if let Some(other) = residues.iter().find(|byte| !byte.is_ascii_graphic()) {
        let other = other.escape_ascii();
        return Err(format!("the query has a character that is no residue: '{other}'").into());
    }
    if len == 0 || len > MOST {
        return Err(format!("the query has {len} residues, it may have 1 to {MOST}").into());
    }
    Ok(residues.to_ascii_uppercase())
}

fn only_record(common: &[u8]) -> Result<Vec<u8>, Problem> {
    let records = fasta::records(common).map_err(|problem| format!("the query: {problem}"))?;
    match <[_; 1]>::try_from(records) {
        Ok([record]) => Ok(record.residues),
        Err(others) => Err(format!("the query has {} records instead of one", others.len()).into()),
    }
}
