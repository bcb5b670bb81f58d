//! The alarm, which covers every page until the user ends it.

use super::kept::{self, Alarm};
use shared::ledger::verify::Contradiction;
use yew::prelude::*;

/// The alarm of now, and how it is raised and ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlarmState {
    /// The alarm.
    pub(crate) raised: Option<Alarm>,
    raise: Callback<Alarm>,
    end: Callback<()>,
}

impl AlarmState {
    /// Raises the alarm and keeps it for the next visit.
    pub(crate) fn raise(&self, found: &Contradiction) {
        let alarm = Alarm::of(found);
        kept::save_alarm(&alarm);
        self.raise.emit(alarm);
    }

    /// Ends it: what comes next is checked against the head that was kept before it.
    pub(crate) fn end(&self) {
        kept::end_alarm();
        self.end.emit(());
    }

    /// Ends it and forgets the ledger.
    pub(crate) fn forget(&self) {
        kept::forget();
        self.end.emit(());
    }
}

/// What the provider wraps.
#[derive(Properties, PartialEq)]
pub(crate) struct LedgerProviderProps {
    pub(crate) children: Html,
}

/// Gives the alarm to everything inside.
#[component]
pub(crate) fn LedgerProvider(LedgerProviderProps { children }: &LedgerProviderProps) -> Html {
    let raised = use_state(kept::load_alarm);
    let setter = raised.setter();
    let raise = use_callback((), move |alarm: Alarm, ()| setter.set(Some(alarm)));
    let setter = raised.setter();
    let end = use_callback((), move |(), ()| setter.set(None));
    let state = AlarmState {
        raised: (*raised).clone(),
        raise,
        end,
    };
    html! {
        <ContextProvider<AlarmState> context={state}>{ children.clone() }</ContextProvider<AlarmState>>
    }
}

/// The alarm.
#[hook]
pub(crate) fn use_alarm() -> AlarmState {
    let state = use_context::<AlarmState>();
    state.expect("every page is drawn inside LedgerProvider")
}
