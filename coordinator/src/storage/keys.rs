//! The node's two keys, made together with its database (LEDGER.md section 5): keys without a database mean that the node
//! was wiped.

use super::db::Db;
use crate::data_dir::DataDir;
use anyhow::{Result, bail};
use shared::crypto::SecretKey;
use shared::key_file::KeyRole;
use shared::ledger::note::{SignatureKind, VKey};

const ACK_KEY: &str = "keys/ack.key";
const COSIGN_KEY: &str = "keys/cosign.key";
const DATABASE: &str = "storage.sqlite";

/// Under which the database names the ack key that it belongs to.
const META_ACK_KEY: &str = "ack_key";
/// There while the node may have forgotten promises.
pub(super) const META_WIPED: &str = "wiped";

/// What a storage node signs with.
#[derive(Debug)]
pub(super) struct Keys {
    /// Acks and answers.
    pub(super) ack: SecretKey,
    /// Checkpoints.
    pub(super) cosign: SecretKey,
    /// The name and public key of the cosignatures.
    pub(super) vkey: VKey,
}

/// Opens the database and the keys, and makes both in a new directory. `name` is that of the cosignatures.
pub(super) async fn open(data: &DataDir, name: &str) -> Result<(Db, Keys)> {
    let file = data.join(DATABASE);
    let has_database = file.exists();
    let has_keys = data.join(ACK_KEY).exists() && data.join(COSIGN_KEY).exists();
    let db = Db::open(&file).await?;
    let recorded = db.meta(META_ACK_KEY).await?;
    if recorded.is_some() && !has_keys {
        bail!(
            "{} belongs to a storage node whose keys are missing: put {} and {} back",
            file.display(),
            data.join(ACK_KEY).display(),
            data.join(COSIGN_KEY).display()
        );
    }
    let ack = data.key(ACK_KEY, KeyRole::Ack)?;
    let cosign = data.key(COSIGN_KEY, KeyRole::Cosign)?;
    let vkey = VKey::new(name, SignatureKind::Cosignature, cosign.public_bytes())?;
    match recorded {
        Some(recorded) if recorded == ack.public_bytes() => {}
        Some(_) => bail!(
            "{} belongs to a storage node with another key than {}",
            file.display(),
            data.join(ACK_KEY).display()
        ),
        None => {
            // A start that broke off between database and keys left a database that has promised nothing.
            let is_wiped = has_keys && !has_database;
            let mut tx = db.tx("make_node").await?;
            tx.put_meta(META_ACK_KEY, &ack.public_bytes()).await?;
            if is_wiped {
                tx.put_meta(META_WIPED, &[1]).await?;
            }
            tx.commit().await?;
        }
    }
    Ok((db, Keys { ack, cosign, vkey }))
}
