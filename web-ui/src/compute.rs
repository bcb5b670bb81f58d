//! What this browser computes, for all pages: the page's side of the supervisor worker.
//!
//! `node` starts the worker when Start is pressed, never before, and hears it and the other tabs of the profile;
//! `signals` tells it of battery, pressure and visibility; `settings` are the user's limits, `schedule` the
//! hours and the data of a day.

mod favicon;
mod node;
mod schedule;
mod settings;
mod signals;

pub(crate) use schedule::{Hours, clock_face, minute_of};
pub(crate) use settings::{DATA_MIB, MEMORY_MIB, Settings, cores};

use crate::browser;
use favicon::show_in_favicon;
use node::Node;
use shared::page::volunteer::{Phase, Reason, Snapshot};
use std::rc::Rc;
use yew::prelude::*;

/// Where the node of this profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// It does not run.
    Nowhere,
    /// In a worker of this tab.
    Here,
    /// In another tab.
    Elsewhere,
}

/// Everything that pages show about the node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct View {
    /// Where it is.
    pub(crate) place: Place,
    /// How it stands; after its end, how it stood last.
    pub(crate) snapshot: Rc<Snapshot>,
    /// Whether the browser promised not to throw the key away by itself; none before it was asked.
    pub(crate) persisted: Option<bool>,
    /// Whether the machine runs on battery; none where the browser does not tell.
    pub(crate) on_battery: Option<bool>,
    /// Why the key file that was loaded last cannot be used.
    pub(crate) key_refused: Option<String>,
    /// A key file was loaded that the next start will use.
    pub(crate) key_waits: bool,
    /// The key file was handed out and may be in safety.
    pub(crate) key_handed_out: bool,
}

impl View {
    fn first() -> Self {
        Self {
            place: Place::Nowhere,
            snapshot: Rc::new(match browser_lacks() {
                Some(reason) => Snapshot {
                    phase: Phase::Blocked,
                    ..Snapshot::off(reason)
                },
                None => Snapshot::off(Reason::NeverStarted),
            }),
            persisted: None,
            on_battery: None,
            key_refused: None,
            key_waits: false,
            key_handed_out: false,
        }
    }

    /// Whether something stands in the way of starting.
    pub(crate) fn is_blocked(&self) -> bool {
        self.place == Place::Nowhere && browser_lacks().is_some()
    }

    /// A mark for the title of the document.
    pub(crate) fn mark(&self) -> &'static str {
        match self.place {
            Place::Here => match self.snapshot.phase {
                Phase::Computing | Phase::Finishing => "▶ ",
                Phase::Paused | Phase::Distributing => "❚❚ ",
                _ => "… ",
            },
            Place::Nowhere | Place::Elsewhere => "",
        }
    }
}

/// What this browser or this address lacks to compute at all.
fn browser_lacks() -> Option<Reason> {
    let window = browser::window();
    if !window.is_secure_context() {
        return Some(Reason::InsecureContext);
    }
    let has = |name: &str| js_sys::Reflect::has(&window, &name.into()).unwrap_or(false);
    let navigator = window.navigator();
    let locks = js_sys::Reflect::has(&navigator, &"locks".into()).unwrap_or(false);
    let lacking = ["Worker", "WebAssembly", "WebSocket", "BroadcastChannel"]
        .into_iter()
        .find(|name| !has(name));
    let lacking = lacking.or((!locks).then_some("Web Locks"));
    lacking.map(|feature| Reason::Unsupported {
        feature: feature.into(),
    })
}

/// What a user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Start, go on, or take over from another tab.
    Start,
    /// Compute nothing for now.
    Pause,
    /// Finish what runs, then stop.
    Finish,
    /// Stop now.
    Stop,
    /// Do not wait before the next try to connect.
    RetryNow,
    /// Save the key's file.
    SaveKey,
    /// The key's file is in safety: the browser may forget what it could be written from.
    KeyIsSafe,
    /// Use the key of this file's text, now or from the next start on.
    LoadKey(String),
    /// Other limits.
    Set(Settings),
}

/// The node, for components.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compute {
    /// How it stands.
    pub(crate) view: View,
    /// The user's limits.
    pub(crate) settings: Settings,
    /// Takes the user's wishes.
    pub(crate) act: Callback<Act>,
}

/// The node of this browser; a component that uses it is drawn again when it changes.
#[hook]
pub(crate) fn use_compute() -> Compute {
    let compute = use_context::<Compute>();
    compute.expect("every page is drawn inside ComputeProvider")
}

/// What the provider wraps.
#[derive(Properties, PartialEq)]
pub(crate) struct ComputeProviderProps {
    pub(crate) children: Html,
}

/// Gives the node to everything inside.
#[component]
pub(crate) fn ComputeProvider(ComputeProviderProps { children }: &ComputeProviderProps) -> Html {
    let view = use_state(View::first);
    let settings = use_state(Settings::saved);
    let node = {
        let setter = view.setter();
        use_memo((), |()| {
            Node::new(Settings::saved(), move |view| setter.set(view))
        })
    };
    let act = {
        let settings = settings.setter();
        use_callback((), move |act: Act, ()| {
            if let Act::Set(chosen) = &act {
                chosen.save();
                settings.set(*chosen);
            }
            node.act(act);
        })
    };
    use_effect_with((view.place, view.snapshot.phase), |(place, phase)| {
        show_in_favicon(*place, *phase);
    });
    let compute = Compute {
        view: (*view).clone(),
        settings: *settings,
        act,
    };
    html! {
        <ContextProvider<Compute> context={compute}>{ children.clone() }</ContextProvider<Compute>>
    }
}
