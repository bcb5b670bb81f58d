//! The Web Lock by which one profile is one node, and the look at those that pages with unfinished jobs hold.

use crate::supervisor::{Fact, Supervisor};
use js_sys::{Array, Function, Object, Promise, Reflect};
use shared::page::volunteer::{DISTRIBUTING_LOCK, NODE_LOCK};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What became of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockNews {
    /// This worker is the node.
    Granted,
    /// Another tab is.
    Busy,
    /// Another tab has taken over.
    Lost,
}

/// A request for the lock, or the lock. Dropping it lets go.
#[derive(Debug)]
pub(super) struct NodeLock {
    release: Function,
    _granted: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl NodeLock {
    /// Asks for the lock: only if it is free, or away from whoever holds it.
    ///
    /// # Errors
    /// When this browser has no Web Locks.
    pub(super) fn request(supervisor: &Supervisor, steal: bool) -> Result<Self, JsValue> {
        let options = Object::new();
        let name = if steal { "steal" } else { "ifAvailable" };
        Reflect::set(&options, &name.into(), &JsValue::TRUE)?;
        let mut release = None;
        let released = Promise::new(&mut |resolve: Function, _| release = Some(resolve));
        let told = supervisor.clone();
        let granted = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |lock: JsValue| {
            if lock.is_null() {
                told.give(Fact::Lock(LockNews::Busy));
                return JsValue::UNDEFINED;
            }
            told.give(Fact::Lock(LockNews::Granted));
            released.clone().into()
        });
        let locks = locks()?;
        let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
        let held: Promise = request
            .call3(&locks, &NODE_LOCK.into(), &options, granted.as_ref())?
            .dyn_into()?;
        let told = supervisor.clone();
        spawn_local(async move {
            if JsFuture::from(held).await.is_err() {
                told.give(Fact::Lock(LockNews::Lost));
            }
        });
        Ok(Self {
            release: release.ok_or("a promise gives its resolver at once")?,
            _granted: granted,
        })
    }
}

impl Drop for NodeLock {
    fn drop(&mut self) {
        // Resolving a promise does not fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Looks whether a page of this profile holds the lock of an unfinished job, and tells.
pub(super) fn look_at_jobs(supervisor: &Supervisor) {
    let told = supervisor.clone();
    spawn_local(async move {
        if let Ok(is_open) = a_job_is_open().await {
            told.give(Fact::Jobs(is_open));
        }
    });
}

async fn a_job_is_open() -> Result<bool, JsValue> {
    let locks = locks()?;
    let query: Function = Reflect::get(&locks, &"query".into())?.dyn_into()?;
    let state = JsFuture::from(query.call0(&locks)?.dyn_into::<Promise>()?).await?;
    let held: Array = Reflect::get(&state, &"held".into())?.dyn_into()?;
    let is_of_a_job = |lock: JsValue| {
        Reflect::get(&lock, &"name".into()).is_ok_and(|name| name == DISTRIBUTING_LOCK)
    };
    Ok(held.iter().any(is_of_a_job))
}

/// `navigator.locks`, which web-sys calls unstable.
fn locks() -> Result<JsValue, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    if locks.is_object() {
        Ok(locks)
    } else {
        Err("there are no Web Locks".into())
    }
}
