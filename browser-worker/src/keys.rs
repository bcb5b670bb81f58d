//! A profile's Ed25519 keys, each kept under a name so that no script can read it back where the browser can do that.
//!
//! A new key's seed lives in this worker only, to be saved as a file; what is kept is a WebCrypto key that signs and
//! cannot be exported. A browser that fails the self-test keeps the seed encrypted instead; one that keeps nothing has a
//! key that ends with the window. Signatures are always verified by `shared::crypto`.

mod sealed;
mod web_crypto;

use crate::database::Database;
use crate::entropy::random_bytes;
use js_sys::{Object, Reflect, Uint8Array};
use sealed::Sealed;
use shared::crypto::SecretKey;
use shared::ids::Signature;
use shared::page::volunteer::KeyStorage;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::{JsCast as _, JsValue};
use web_crypto::WebCryptoKey;

/// Name of the volunteer's key.
pub const NODE: &str = "node-key";
/// Name of the submitter's key.
pub const SUBMITTER: &str = "submitter-key";

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The browser gives no randomness.
    #[error("this browser gives no randomness")]
    Entropy,
    /// A kept key cannot be read any more. It is not replaced: it may be worth something.
    #[error("the key that this browser keeps cannot be read: {0}")]
    Damaged(String),
    /// Signing failed.
    #[error("this browser cannot sign: {0}")]
    Signing(String),
}

/// Something that signs with one key.
pub trait Signer: fmt::Debug {
    /// Signs a message.
    fn sign(&self, message: Vec<u8>) -> Signing;
}

/// A signature that is being made.
pub type Signing = Pin<Box<dyn Future<Output = Result<Signature, KeyError>>>>;

impl Signer for SecretKey {
    fn sign(&self, message: Vec<u8>) -> Signing {
        let signature = Self::sign(self, &message);
        Box::pin(std::future::ready(Ok(signature)))
    }
}

/// A key of this profile.
#[derive(Debug, Clone)]
pub struct ProfileKey {
    /// The public key.
    pub public: [u8; 32],
    /// How it is kept.
    pub storage: KeyStorage,
    /// The secret half, while it can be saved: a key that was made or loaded in this session.
    pub unsaved: Option<SecretKey>,
    signer: Rc<dyn Signer>,
}

impl ProfileKey {
    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: Vec<u8>) -> Signing {
        self.signer.sign(message)
    }
}

/// The key under this name, when there is one.
///
/// # Errors
/// [`KeyError::Damaged`]; a browser that keeps nothing has no key.
pub async fn load(name: &str) -> Result<Option<ProfileKey>, KeyError> {
    let Ok(database) = Database::open().await else {
        return Ok(None);
    };
    let record = match database.get(name).await {
        Ok(record) if record.is_object() => record,
        Ok(_) => return Ok(None),
        Err(error) => return Err(KeyError::Damaged(error.to_string())),
    };
    let public = bytes::<32>(&record, "public")?;
    let (storage, signer): (_, Rc<dyn Signer>) = match WebCryptoKey::read(&record) {
        Some(key) => (KeyStorage::WebCrypto, Rc::new(key)),
        None => (
            KeyStorage::Wrapped,
            Rc::new(Sealed::read(&record)?.open().await?),
        ),
    };
    Ok(Some(ProfileKey {
        public,
        storage,
        unsaved: None,
        signer,
    }))
}

/// The key under this name, made when there is none.
///
/// # Errors
/// [`KeyError`]
pub async fn load_or_make(name: &str) -> Result<ProfileKey, KeyError> {
    if let Some(key) = load(name).await? {
        return Ok(key);
    }
    let seed = random_bytes().ok_or(KeyError::Entropy)?;
    Ok(keep(name, SecretKey::from_seed(&seed)).await)
}

/// Keeps a key under this name as well as the browser can, instead of whatever was there.
pub async fn keep(name: &str, key: SecretKey) -> ProfileKey {
    let public = key.public_bytes();
    let (storage, signer): (_, Rc<dyn Signer>) = match keep_safely(name, &key).await {
        Some((storage, signer)) => (storage, signer),
        None => (KeyStorage::Memory, Rc::new(key.clone())),
    };
    ProfileKey {
        public,
        storage,
        unsaved: Some(key),
        signer,
    }
}

async fn keep_safely(name: &str, key: &SecretKey) -> Option<(KeyStorage, Rc<dyn Signer>)> {
    let database = Database::open().await.ok()?;
    if let Some(kept) = keep_in_web_crypto(&database, name, key).await {
        return Some((KeyStorage::WebCrypto, Rc::new(kept)));
    }
    let sealed = Sealed::of(key).await?;
    let record = record(&key.public_bytes()).ok()?;
    sealed.write(&record).ok()?;
    database.put(name, &record).await.ok()?;
    // What was kept must open again, or it is worth nothing.
    let read_back = database.get(name).await.ok()?;
    let opened = Sealed::read(&read_back).ok()?.open().await.ok()?;
    (opened.public_bytes() == key.public_bytes())
        .then(|| (KeyStorage::Wrapped, Rc::new(opened) as Rc<dyn Signer>))
}

/// The self-test: import, keep, read back, sign, verify. A browser that fails any of it keeps the key in another way.
async fn keep_in_web_crypto(
    database: &Database,
    name: &str,
    key: &SecretKey,
) -> Option<WebCryptoKey> {
    let imported = WebCryptoKey::import(key).await?;
    if !imported.works(key).await {
        return None;
    }
    let record = record(&key.public_bytes()).ok()?;
    imported.write(&record).ok()?;
    database.put(name, &record).await.ok()?;
    let read_back = WebCryptoKey::read(&database.get(name).await.ok()?)?;
    read_back.works(key).await.then_some(read_back)
}

fn record(public: &[u8; 32]) -> Result<JsValue, JsValue> {
    let record = Object::new();
    Reflect::set(
        &record,
        &"public".into(),
        &Uint8Array::from(public.as_slice()),
    )?;
    Ok(record.into())
}

/// `N` bytes of a kept record.
fn bytes<const N: usize>(record: &JsValue, name: &str) -> Result<[u8; N], KeyError> {
    let damaged = || KeyError::Damaged(format!("{name} is missing"));
    let value = Reflect::get(record, &name.into()).map_err(|_| damaged())?;
    if !value.is_instance_of::<Uint8Array>() {
        return Err(damaged());
    }
    Uint8Array::new(&value)
        .to_vec()
        .try_into()
        .map_err(|_| damaged())
}
