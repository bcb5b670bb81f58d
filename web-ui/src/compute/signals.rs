//! What the browser tells of the machine: battery, pressure, whether the page is seen. Where it tells nothing, nothing
//! is done.

use crate::browser;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Tells whether the machine runs on battery, now and whenever that changes.
pub(super) fn watch_battery(tell: impl Fn(bool) + 'static) {
    spawn_local(async move {
        // Browsers without the interface fail here.
        let _ = try_watch_battery(tell).await;
    });
}

async fn try_watch_battery(tell: impl Fn(bool) + 'static) -> Result<(), JsValue> {
    let navigator = browser::window().navigator();
    let ask: Function = Reflect::get(&navigator, &"getBattery".into())?.dyn_into()?;
    let manager = JsFuture::from(ask.call0(&navigator)?.dyn_into::<Promise>()?).await?;
    let on_battery = {
        let manager = manager.clone();
        move || Reflect::get(&manager, &"charging".into()).is_ok_and(|charging| charging.is_falsy())
    };
    tell(on_battery());
    let changed = Closure::<dyn FnMut()>::new(move || tell(on_battery()));
    Reflect::set(&manager, &"onchargingchange".into(), changed.as_ref())?;
    changed.forget(); // it listens as long as the page lives
    Ok(())
}

/// Tells whether the machine is at its limit, whenever that may have changed.
pub(super) fn watch_pressure(tell: impl Fn(bool) + 'static) {
    // Browsers without the interface fail here, and those that the user has told not to say.
    let _ = try_watch_pressure(tell);
}

fn try_watch_pressure(tell: impl Fn(bool) + 'static) -> Result<(), JsValue> {
    let observer: Function =
        Reflect::get(&browser::window(), &"PressureObserver".into())?.dyn_into()?;
    let changed = Closure::<dyn FnMut(Array)>::new(move |records: Array| {
        let newest = records.get(records.length().saturating_sub(1));
        if let Ok(state) = Reflect::get(&newest, &"state".into()) {
            tell(state == "critical");
        }
    });
    let observer = Reflect::construct(&observer, &Array::of1(changed.as_ref()))?;
    changed.forget(); // it listens as long as the page lives
    let options = Object::new();
    Reflect::set(&options, &"sampleInterval".into(), &5000.into())?;
    let observe: Function = Reflect::get(&observer, &"observe".into())?.dyn_into()?;
    let observing: Promise = observe
        .call2(&observer, &"cpu".into(), &options)?
        .dyn_into()?;
    spawn_local(async move {
        // Refused: then nothing is told.
        let _ = JsFuture::from(observing).await;
    });
    Ok(())
}

/// Tells whether a phone or tablet hides the page, whenever that changes. Other machines compute on in the background.
pub(super) fn watch_hidden(tell: impl Fn(bool) + 'static) {
    let user_agent = browser::window().navigator().user_agent();
    if !user_agent.is_ok_and(|agent| agent.contains("Mobi")) {
        return;
    }
    let changed = Closure::<dyn FnMut()>::new(move || tell(browser::document().hidden()));
    // The name is a constant.
    let _ = browser::document()
        .add_event_listener_with_callback("visibilitychange", changed.as_ref().unchecked_ref());
    changed.forget(); // it listens as long as the page lives
}

/// Tells when the page goes away (false), and when the browser shows it again without loading it anew (true).
pub(super) fn watch_leaving(tell: impl Fn(bool) + 'static) {
    let happened = Closure::<dyn FnMut(_)>::new(move |event: web_sys::Event| {
        let is_shown = event.type_() == "pageshow";
        let persisted = Reflect::get(&event, &"persisted".into()).is_ok_and(|yes| yes.is_truthy());
        if !is_shown || persisted {
            tell(is_shown);
        }
    });
    for name in ["pagehide", "pageshow"] {
        // The names are constants.
        let _ = browser::window()
            .add_event_listener_with_callback(name, happened.as_ref().unchecked_ref());
    }
    happened.forget(); // it listens as long as the page lives
}

/// Asks the browser to keep this site's data until the user removes it; tells what it says.
pub(super) fn ask_to_persist(tell: impl Fn(bool) + 'static) {
    spawn_local(async move {
        if let Ok(granted) = persist().await {
            tell(granted);
        }
    });
}

async fn persist() -> Result<bool, JsValue> {
    let storage = Reflect::get(&browser::window().navigator(), &"storage".into())?;
    let persist: Function = Reflect::get(&storage, &"persist".into())?.dyn_into()?;
    let granted = JsFuture::from(persist.call0(&storage)?.dyn_into::<Promise>()?).await?;
    Ok(granted.is_truthy())
}
