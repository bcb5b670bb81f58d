//! While its owner's unfinished job is open, this browser's volunteer takes no tasks: a lock that it looks for.

use crate::browser;
use js_sys::{Function, Object, Promise, Reflect};
use shared::page::volunteer::{CHANNEL, DISTRIBUTING_LOCK, OnChannel};
use wasm_bindgen::prelude::*;
use web_sys::BroadcastChannel;
use yew::prelude::*;

/// Holds the lock while `is_unfinished`.
#[hook]
pub(crate) fn use_distributing(is_unfinished: bool) {
    use_effect_with(is_unfinished, |is_unfinished| {
        // A browser without Web Locks has no volunteer either.
        let held = is_unfinished.then(|| Held::request().ok()).flatten();
        move || drop(held)
    });
}

/// The lock, or a request for it. Dropping it lets go.
struct Held {
    release: Function,
    _granted: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl Held {
    fn request() -> Result<Self, JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"mode".into(), &"shared".into())?;
        let mut release = None;
        let released = Promise::new(&mut |resolve: Function, _| release = Some(resolve));
        let granted = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |_| {
            tell_volunteer();
            released.clone().into()
        });
        let locks = Reflect::get(&browser::window().navigator(), &"locks".into())?;
        let request: Function = Reflect::get(&locks, &"request".into())?.dyn_into()?;
        request.call3(
            &locks,
            &DISTRIBUTING_LOCK.into(),
            &options,
            granted.as_ref(),
        )?;
        Ok(Self {
            release: release.ok_or("a promise gives its resolver at once")?,
            _granted: granted,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Resolving a promise does not fail.
        let _ = self.release.call0(&JsValue::UNDEFINED);
        tell_volunteer();
    }
}

/// The volunteer looks at the locks when it is told; it may be in another tab.
fn tell_volunteer() {
    let Ok(text) = serde_json::to_string(&OnChannel::LookAtJobs) else {
        return;
    };
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        // Fails only on a closed channel.
        let _ = channel.post_message(&text.into());
        channel.close();
    }
}
