//! What the user lends at most.

use super::schedule::{AtHours, DataCap, HoursOfDay, set};
use crate::compute::{MEMORY_MIB, Place, cores, use_compute};
use crate::texts::use_texts;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Cores, memory, battery, pressure.
#[component]
pub(crate) fn Limits() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let (settings, view) = (compute.settings, &compute.view);
    let choose_cores = set(&compute, |settings, event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        settings.slots = input.value().parse().unwrap_or(1).clamp(1, cores());
    });
    let choose_memory = set(&compute, |settings, event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        settings.memory_mib = select.value().parse().unwrap_or(settings.memory_mib);
    });
    let choose_battery = set(&compute, |settings, event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        settings.on_battery = input.checked();
    });
    let choose_yielding = set(&compute, |settings, event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        settings.yields = input.checked();
    });
    let memory = |mib: u32| {
        let name = texts.say_with("volunteer-mib", [("mib", mib.into())]);
        html! { <option value={mib.to_string()} selected={settings.memory_mib == mib}>{ name }</option> }
    };
    html! {
        <div class="limits">
            <div class="field">
                <label for="cores">{ texts.say("volunteer-cores") }</label>
                <input id="cores" type="number" min="1" max={cores().to_string()} step="1" required=true
                    value={settings.slots.to_string()} onchange={choose_cores} aria-describedby="cores-note" />
                <span id="cores-note" class="note">
                    { texts.say_with("volunteer-cores-of", [("cores", cores().into())]) }
                </span>
            </div>
            <div class="field">
                <label for="memory">{ texts.say("volunteer-memory") }</label>
                <select id="memory" onchange={choose_memory}>
                    { MEMORY_MIB.into_iter().map(memory).collect::<Html>() }
                </select>
            </div>
            <DataCap />
            <div class="choices">
                <label class="choice">
                    <input id="on-battery" type="checkbox" checked={settings.on_battery} onchange={choose_battery} />
                    <span>{ texts.say("volunteer-on-battery") }</span>
                </label>
                <label class="choice">
                    <input id="yields" type="checkbox" checked={settings.yields} onchange={choose_yielding} />
                    <span>{ texts.say("volunteer-yields") }</span>
                </label>
                <AtHours />
            </div>
            <HoursOfDay />
            if view.place != Place::Nowhere {
                <p class="note">{ texts.say("volunteer-limits-later") }</p>
            }
        </div>
    }
}
