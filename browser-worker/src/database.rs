//! Small values that outlive a page: one IndexedDB database with one store.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbFactory, IdbObjectStore, IdbRequest, IdbTransactionMode};

const NAME: &str = "manyhands";
const STORE: &str = "values";

/// The browser keeps nothing: a private window, a full disk, or storage that the user has switched off.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this browser keeps no data: {0}")]
pub struct DatabaseError(String);

impl From<JsValue> for DatabaseError {
    fn from(error: JsValue) -> Self {
        Self(format!("{error:?}"))
    }
}

/// The open database.
#[derive(Debug, Clone)]
pub struct Database(IdbDatabase);

impl Database {
    /// Opens it, and makes it when it is not there.
    ///
    /// # Errors
    /// [`DatabaseError`] when the browser keeps nothing.
    pub async fn open() -> Result<Self, DatabaseError> {
        let factory: IdbFactory = js_sys::Reflect::get(&js_sys::global(), &"indexedDB".into())?
            .dyn_into()
            .map_err(|_| DatabaseError("there is no IndexedDB".into()))?;
        let request = factory.open_with_u32(NAME, 1)?;
        let opened = request.clone();
        let upgrade = Closure::<dyn FnMut()>::new(move || {
            if let Ok(database) = opened.result()
                && let Ok(database) = database.dyn_into::<IdbDatabase>()
            {
                // Fails only when the store is there already.
                let _ = database.create_object_store(STORE);
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database = answer(&request).await?;
        request.set_onupgradeneeded(None);
        database
            .dyn_into()
            .map(Self)
            .map_err(|_| DatabaseError("it does not open".into()))
    }

    /// The value under a name; undefined when there is none.
    ///
    /// # Errors
    /// [`DatabaseError`]
    pub async fn get(&self, name: &str) -> Result<JsValue, DatabaseError> {
        let request = self
            .store(IdbTransactionMode::Readonly)?
            .get(&name.into())?;
        answer(&request).await
    }

    /// Keeps a value under a name.
    ///
    /// # Errors
    /// [`DatabaseError`], also when the value is of a kind that this browser cannot keep.
    pub async fn put(&self, name: &str, value: &JsValue) -> Result<(), DatabaseError> {
        let store = self.store(IdbTransactionMode::Readwrite)?;
        answer(store.put_with_key(value, &name.into())?.as_ref()).await?;
        Ok(())
    }

    fn store(&self, mode: IdbTransactionMode) -> Result<IdbObjectStore, DatabaseError> {
        let transaction = self.0.transaction_with_str_and_mode(STORE, mode)?;
        Ok(transaction.object_store(STORE)?)
    }
}

/// What a request comes to.
async fn answer(request: &IdbRequest) -> Result<JsValue, DatabaseError> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    let outcome = JsFuture::from(promise).await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    match outcome {
        Ok(_) => Ok(request.result()?),
        Err(_) => Err(match request.error() {
            Ok(Some(error)) => DatabaseError(error.message()),
            _ => DatabaseError("it does not answer".into()),
        }),
    }
}
