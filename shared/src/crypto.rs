//! Ed25519 under the one signature rule of LEDGER.md section 1: `verify_strict`, and no weak keys.

use crate::ids::{AckKey, LeaderKey, NodeKey, Signature, SubmitterKey};
use ed25519_dalek::{Signer as _, VerifyingKey};

/// A public key of some role.
pub trait PublicKey {
    /// The 32 bytes of the Ed25519 key.
    fn key_bytes(&self) -> &[u8; 32];

    /// Whether `signature` over `message` was made by this key: dalek's `verify_strict`, the only rule there is.
    fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let Ok(key) = VerifyingKey::from_bytes(self.key_bytes()) else {
            return false;
        };
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(message, &signature).is_ok()
    }

    /// Whether the key may be registered: a point on the curve and not of small order.
    fn is_acceptable(&self) -> bool {
        VerifyingKey::from_bytes(self.key_bytes()).is_ok_and(|key| !key.is_weak())
    }
}

macro_rules! public_key {
    ($($name:ident),*) => {
        $(impl PublicKey for $name {
            fn key_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        })*
    };
}
public_key!(NodeKey, SubmitterKey, LeaderKey, AckKey);

/// Who says whether a signature verifies: always by `verify_strict`, but a process may remember what it has verified
/// (LEDGER.md section 1).
pub trait Signatures {
    /// Whether `signature` over `message` was made by `key`.
    fn verify(&self, key: &[u8; 32], message: &[u8], signature: &Signature) -> bool;
}

/// Verifies each signature anew.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strict;

impl Signatures for Strict {
    fn verify(&self, key: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
        NodeKey(*key).verifies(message, signature)
    }
}

/// A secret key, which signs.
#[derive(Clone)]
pub struct SecretKey(ed25519_dalek::SigningKey);

impl SecretKey {
    /// From a 32-byte seed. The caller draws it: `shared` has no randomness.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for a key file.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }

    /// The public key's bytes.
    #[must_use]
    pub fn public_bytes(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The public key in the role of a volunteer.
    #[must_use]
    pub fn node_key(&self) -> NodeKey {
        NodeKey(self.public_bytes())
    }

    /// The public key in the role of a submitter.
    #[must_use]
    pub fn submitter_key(&self) -> SubmitterKey {
        SubmitterKey(self.public_bytes())
    }

    /// The public key in the role of the leader.
    #[must_use]
    pub fn leader_key(&self) -> LeaderKey {
        LeaderKey(self.public_bytes())
    }

    /// The public key in the role of a storage node that acknowledges.
    #[must_use]
    pub fn ack_key(&self) -> AckKey {
        AckKey(self.public_bytes())
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(…)")
    }
}
