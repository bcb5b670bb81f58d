//! How a leader reaches storage nodes elsewhere: with which key it signs, and what it trusts.

use super::remote::{RemoteError, RemoteNode, RemoteSettings};
use crate::remote::address::Address;
use shared::crypto::SecretKey;
use shared::ids::{AckKey, ChainId};
use std::path::PathBuf;
use std::sync::Arc;

/// The same for all storage nodes elsewhere.
#[derive(Debug, Clone)]
pub struct Reach {
    /// PEM file of further certificates to trust.
    pub ca: Option<PathBuf>,
    /// The ledger.
    pub chain: ChainId,
    /// The leader's key.
    pub key: SecretKey,
}

impl Reach {
    /// A way to the storage node at `address`. Without its key, that of its first answer is kept to.
    ///
    /// # Errors
    /// When the CA file cannot be used.
    pub fn node(
        &self,
        address: Address,
        ack_key: Option<AckKey>,
    ) -> Result<Arc<RemoteNode>, RemoteError> {
        let settings = RemoteSettings {
            address,
            ca: self.ca.clone(),
            chain: self.chain,
            key: self.key.clone(),
            ack_key,
        };
        RemoteNode::new(settings).map(Arc::new)
    }
}
