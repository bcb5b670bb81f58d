//! A seed that is encrypted with an AES-GCM key which no script can read: for browsers that cannot keep Ed25519 keys.

use super::web_crypto::subtle;
use super::{KeyError, bytes};
use crate::entropy::random_bytes;
use js_sys::{Array, Object, Reflect, Uint8Array};
use shared::crypto::SecretKey;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AesGcmParams, CryptoKey};

const KEY: &str = "sealing_key";
const IV: &str = "iv";
const SEALED: &str = "sealed";
/// A seed and the tag of AES-GCM.
const SEALED_BYTES: usize = 32 + 16;

/// An encrypted seed with its key.
#[derive(Debug)]
pub(super) struct Sealed {
    key: CryptoKey,
    iv: [u8; 12],
    seed: [u8; SEALED_BYTES],
}

impl Sealed {
    /// Encrypts a key's seed; `None` when this browser cannot.
    pub(super) async fn of(secret: &SecretKey) -> Option<Self> {
        let subtle = subtle()?;
        let algorithm = Object::new();
        Reflect::set(&algorithm, &"name".into(), &"AES-GCM".into()).ok()?;
        Reflect::set(&algorithm, &"length".into(), &256.into()).ok()?;
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let made = subtle.generate_key_with_object(&algorithm, false, &usages);
        let key: CryptoKey = JsFuture::from(made.ok()?).await.ok()?.dyn_into().ok()?;
        let iv: [u8; 12] = random_bytes()?;
        let seed = Uint8Array::from(secret.seed().as_slice());
        let sealed = subtle.encrypt_with_object_and_js_u8_array(&params(iv), &key, &seed);
        let sealed = JsFuture::from(sealed.ok()?).await.ok();
        seed.fill(0, 0, seed.length());
        let sealed = Uint8Array::new(&sealed?).to_vec().try_into().ok()?;
        Some(Self {
            key,
            iv,
            seed: sealed,
        })
    }

    /// The encrypted seed of a kept record.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when it is none.
    pub(super) fn read(record: &JsValue) -> Result<Self, KeyError> {
        let key = Reflect::get(record, &KEY.into()).ok();
        let key = key.and_then(|key| key.dyn_into().ok());
        Ok(Self {
            key: key.ok_or_else(|| KeyError::Damaged("it has no key".into()))?,
            iv: bytes(record, IV)?,
            seed: bytes(record, SEALED)?,
        })
    }

    pub(super) fn write(&self, record: &JsValue) -> Result<(), JsValue> {
        Reflect::set(record, &KEY.into(), &self.key)?;
        Reflect::set(record, &IV.into(), &Uint8Array::from(self.iv.as_slice()))?;
        let sealed = Uint8Array::from(self.seed.as_slice());
        Reflect::set(record, &SEALED.into(), &sealed)?;
        Ok(())
    }

    /// The key.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when it does not decrypt.
    pub(super) async fn open(&self) -> Result<SecretKey, KeyError> {
        let damaged = || KeyError::Damaged("it does not decrypt".into());
        let subtle = subtle().ok_or_else(damaged)?;
        let sealed = Uint8Array::from(self.seed.as_slice());
        let promise = subtle
            .decrypt_with_object_and_js_u8_array(&params(self.iv), &self.key, &sealed)
            .map_err(|_| damaged())?;
        let seed = JsFuture::from(promise).await.map_err(|_| damaged())?;
        let seed: [u8; 32] = Uint8Array::new(&seed)
            .to_vec()
            .try_into()
            .map_err(|_| damaged())?;
        Ok(SecretKey::from_seed(&seed))
    }
}

fn params(iv: [u8; 12]) -> AesGcmParams {
    AesGcmParams::new_with_u8_array("AES-GCM", &Uint8Array::from(iv.as_slice()))
}
