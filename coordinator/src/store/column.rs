//! How domain types stand in columns, and how columns are read back.

use super::{Result, StoreError};
use shared::ids::{Digest, JobId, NodeKey, SubmitterKey, UnixMs};
use sqlx::Row as _;
use sqlx::any::AnyRow;

/// The largest number that a column holds stands for all that are larger.
pub(super) fn big(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A time as it is stored.
pub(super) fn at(time: UnixMs) -> i64 {
    big(time.0)
}

/// Text from anyone: NUL, which PostgreSQL cannot hold, becomes U+FFFD.
pub(super) fn text(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

/// Digests as one parameter: 32 bytes each, one after the other. `DIGESTS!` takes them apart again in SQL.
pub(super) fn concat<'a>(digests: impl IntoIterator<Item = &'a Digest>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for digest in digests {
        bytes.extend_from_slice(&digest.0);
    }
    bytes
}

/// The list `digests (sha256)` from the parameters `$1`, made by [`concat`], and `$2`, how many they are, at least 1.
/// One statement for lists of every length, and fast on both databases.
macro_rules! with_digests {
    ($sql:literal) => {
        concat!(
            "WITH RECURSIVE positions (i) AS (",
            "SELECT 0 UNION ALL SELECT i + 1 FROM positions WHERE i + 1 < $2), ",
            "digests (sha256) AS (SELECT substr($1, i * 32 + 1, 32) FROM positions) ",
            $sql
        )
    };
}
pub(super) use with_digests;

/// Reading by column name; a value of the wrong kind or out of range is [`StoreError::Corrupt`].
pub(super) trait Columns {
    fn signed(&self, name: &'static str) -> Result<i64>;
    fn signed_or_null(&self, name: &'static str) -> Result<Option<i64>>;
    fn bytes(&self, name: &'static str) -> Result<Vec<u8>>;
    fn bytes_or_null(&self, name: &'static str) -> Result<Option<Vec<u8>>>;
    fn string(&self, name: &'static str) -> Result<String>;
    fn string_or_null(&self, name: &'static str) -> Result<Option<String>>;
    fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N]>;

    /// An unsigned number of any width.
    fn number<T: TryFrom<i64>>(&self, name: &'static str) -> Result<T> {
        T::try_from(self.signed(name)?).map_err(|_| StoreError::Corrupt(name))
    }

    /// The same, where nothing may stand.
    fn number_or_null<T: TryFrom<i64>>(&self, name: &'static str) -> Result<Option<T>> {
        let value = self.signed_or_null(name)?.map(T::try_from);
        value.transpose().map_err(|_| StoreError::Corrupt(name))
    }

    fn flag(&self, name: &'static str) -> Result<bool> {
        Ok(self.signed(name)? != 0)
    }

    fn time(&self, name: &'static str) -> Result<UnixMs> {
        self.number(name).map(UnixMs)
    }

    fn time_or_null(&self, name: &'static str) -> Result<Option<UnixMs>> {
        Ok(self.number_or_null(name)?.map(UnixMs))
    }

    fn digest(&self, name: &'static str) -> Result<Digest> {
        self.array(name).map(Digest)
    }

    fn job_id(&self, name: &'static str) -> Result<JobId> {
        self.array(name).map(JobId)
    }

    fn node_key(&self, name: &'static str) -> Result<NodeKey> {
        self.array(name).map(NodeKey)
    }

    fn submitter_key(&self, name: &'static str) -> Result<SubmitterKey> {
        self.array(name).map(SubmitterKey)
    }
}

impl Columns for AnyRow {
    fn signed(&self, name: &'static str) -> Result<i64> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn signed_or_null(&self, name: &'static str) -> Result<Option<i64>> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn bytes(&self, name: &'static str) -> Result<Vec<u8>> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn bytes_or_null(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn string(&self, name: &'static str) -> Result<String> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn string_or_null(&self, name: &'static str) -> Result<Option<String>> {
        self.try_get(name).map_err(|_| StoreError::Corrupt(name))
    }

    fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N]> {
        let bytes: &[u8] = self.try_get(name).map_err(|_| StoreError::Corrupt(name))?;
        bytes.try_into().map_err(|_| StoreError::Corrupt(name))
    }
}
