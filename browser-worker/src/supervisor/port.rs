//! Where a supervisor is heard: by its page, and by all tabs of the profile.

use crate::supervisor::{Fact, Supervisor};
use serde::Serialize;
use shared::page::volunteer::{CHANNEL, FromSupervisor, OnChannel, Snapshot, ToSupervisor};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, DedicatedWorkerGlobalScope, MessageEvent};

/// The page that started this worker.
#[derive(Debug, Clone)]
pub(super) struct Port(DedicatedWorkerGlobalScope);

impl Port {
    pub(super) fn open() -> Option<Self> {
        js_sys::global().dyn_into().ok().map(Self)
    }

    /// Hears the page for as long as the worker lives.
    pub(super) fn listen(&self, hear: impl Fn(ToSupervisor) + 'static) {
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            if let Ok(message) = serde_json::from_str(&text) {
                hear(message);
            }
        });
        self.0
            .set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
    }

    pub(super) fn post(&self, message: &FromSupervisor) {
        if let Some(text) = json(message) {
            // Text can always be posted; there is nobody to tell if it could not.
            let _ = self.0.post_message(&text);
        }
    }

    /// Ends this worker.
    pub(super) fn close(&self) {
        self.0.close();
    }

    /// What scripts of this browser see of it.
    pub(super) fn scope(&self) -> &DedicatedWorkerGlobalScope {
        &self.0
    }
}

/// All tabs of the profile.
#[derive(Debug)]
pub(super) struct Channel {
    channel: BroadcastChannel,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Opens the channel; `None` where there is none: then other tabs see nothing.
    pub(super) fn open(supervisor: &Supervisor) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let supervisor = supervisor.clone();
        let on_message = Closure::<dyn FnMut(_)>::new(move |event: MessageEvent| {
            let text = event.data().as_string().unwrap_or_default();
            match serde_json::from_str(&text) {
                Ok(OnChannel::WhoComputes) => supervisor.give(Fact::Asked),
                Ok(OnChannel::Wish(wish)) => supervisor.give(Fact::Wished(wish)),
                Ok(OnChannel::LookAtJobs) => supervisor.give(Fact::JobsChanged),
                Ok(OnChannel::OwnerChanged) => supervisor.give(Fact::OwnerChanged),
                Ok(OnChannel::Snapshot(_)) | Err(_) => {} // of another supervisor, or of another version
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self {
            channel,
            _on_message: on_message,
        })
    }

    pub(super) fn post(&self, snapshot: &Snapshot) {
        if let Some(text) = json(&OnChannel::Snapshot(Box::new(snapshot.clone()))) {
            // Fails only on a closed channel.
            let _ = self.channel.post_message(&text);
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

fn json(message: &impl Serialize) -> Option<JsValue> {
    serde_json::to_string(message).ok().map(JsValue::from)
}
