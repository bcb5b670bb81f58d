//! An Ed25519 key inside WebCrypto: it signs, and nobody can read it.

use super::{KeyError, Signer, Signing};
use js_sys::{Array, Object, Reflect, Uint8Array};
use shared::crypto::{PublicKey as _, SecretKey};
use shared::ids::Signature;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

/// PKCS#8 of an Ed25519 seed is this, then the 32 bytes (RFC 8410).
const PKCS8_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const ALGORITHM: &str = "Ed25519";
const FIELD: &str = "key";
/// What the self-test signs; no structure of LEDGER.md begins with it.
const PROBE: &[u8] = b"a browser that signs this can sign votes";

/// The key.
#[derive(Debug, Clone)]
pub(super) struct WebCryptoKey(CryptoKey);

impl WebCryptoKey {
    /// Imports a key, not extractable; `None` when this browser cannot.
    pub(super) async fn import(key: &SecretKey) -> Option<Self> {
        let mut pkcs8 = [0; 48];
        let (head, seed) = pkcs8.split_at_mut(PKCS8_HEAD.len());
        head.copy_from_slice(&PKCS8_HEAD);
        seed.copy_from_slice(&key.seed());
        let data = Uint8Array::from(pkcs8.as_slice());
        let usages = Array::of1(&"sign".into());
        let imported = subtle()?.import_key_with_str("pkcs8", &data, ALGORITHM, false, &usages);
        let imported = JsFuture::from(imported.ok()?).await.ok();
        data.fill(0, 0, data.length());
        imported?.dyn_into().ok().map(Self)
    }

    /// The key of a kept record, when it is of this kind.
    pub(super) fn read(record: &JsValue) -> Option<Self> {
        let key = Reflect::get(record, &FIELD.into()).ok()?;
        key.dyn_into().ok().map(Self)
    }

    pub(super) fn write(&self, record: &JsValue) -> Result<bool, JsValue> {
        Reflect::set(record, &FIELD.into(), &self.0)
    }

    /// Whether it signs like `key`, and cannot be read.
    pub(super) async fn works(&self, key: &SecretKey) -> bool {
        match self.sign(PROBE.to_vec()).await {
            Ok(signature) => !self.0.extractable() && key.node_key().verifies(PROBE, &signature),
            Err(_) => false,
        }
    }
}

impl Signer for WebCryptoKey {
    fn sign(&self, message: Vec<u8>) -> Signing {
        let key = self.0.clone();
        Box::pin(async move {
            sign(&key, &message)
                .await
                .map_err(|error| KeyError::Signing(format!("{error:?}")))
        })
    }
}

async fn sign(key: &CryptoKey, message: &[u8]) -> Result<Signature, JsValue> {
    let subtle = subtle().ok_or("there is no WebCrypto")?;
    let message = Uint8Array::from(message);
    let promise = subtle.sign_with_str_and_js_u8_array(ALGORITHM, key, &message)?;
    let signature = Uint8Array::new(&JsFuture::from(promise).await?).to_vec();
    let bytes = signature
        .try_into()
        .map_err(|_| JsValue::from("a signature has 64 bytes"))?;
    Ok(Signature(bytes))
}

/// WebCrypto, which only secure contexts have.
pub(super) fn subtle() -> Option<SubtleCrypto> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).ok()?;
    let subtle = Reflect::get(crypto.dyn_ref::<Crypto>()?, &"subtle".into()).ok()?;
    subtle.dyn_into::<Object>().ok()?.dyn_into().ok()
}
