//! The head as a page sees it: asked for when the page opens, and again while it is looked at.

use super::{Before, Head, Trouble, read_head, use_alarm};
use crate::browser;
use gloo_timers::future::TimeoutFuture;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// Time between two questions, ms.
const EVERY_MS: u32 = 5_000;

/// The head of now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeadNow {
    /// The newest head that was checked while this page was open.
    pub(crate) head: Option<Rc<Head>>,
    /// Why the last question had no answer that holds.
    pub(crate) trouble: Option<Trouble>,
    /// Asks at once.
    pub(crate) again: Callback<()>,
}

/// Follows the head while the page is open and seen; what contradicts the kept head raises the alarm.
#[hook]
pub(crate) fn use_head() -> HeadNow {
    let alarm = use_alarm();
    let told = use_state(|| (None::<Rc<Head>>, None::<Trouble>));
    let round = use_state(|| 0_u32);
    {
        let told = told.setter();
        use_effect_with(*round, move |_| {
            let is_shown = Rc::new(Cell::new(true));
            let shown = is_shown.clone();
            spawn_local(async move {
                let mut first: Option<Option<Before>> = None;
                let mut newest = None;
                while shown.get() {
                    if newest.is_none() || !browser::document().hidden() {
                        let read = read_head().await;
                        if !shown.get() {
                            return;
                        }
                        let trouble = match read {
                            Ok(mut head) => {
                                // What was kept when the page was opened, not what this page has kept since.
                                head.before = *first.get_or_insert(head.before);
                                newest = Some(Rc::new(head));
                                None
                            }
                            Err(Trouble::Alarm(found)) => {
                                alarm.raise(&found);
                                return;
                            }
                            Err(trouble) => Some(trouble),
                        };
                        // What does not hold now takes back what did.
                        if matches!(
                            trouble,
                            Some(Trouble::Broken(_) | Trouble::OtherLedger { .. })
                        ) {
                            newest = None;
                        }
                        told.set((newest.clone(), trouble));
                    }
                    TimeoutFuture::new(EVERY_MS).await;
                }
            });
            move || is_shown.set(false)
        });
    }
    let (head, trouble) = (*told).clone();
    let again = {
        let now = *round;
        let (round, told) = (round.setter(), told.setter());
        Callback::from(move |()| {
            told.set((None, None));
            round.set(now.wrapping_add(1));
        })
    };
    HeadNow {
        head,
        trouble,
        again,
    }
}
