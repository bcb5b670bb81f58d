//! When to compute, and how much data on a day.

use crate::compute::{Act, Compute, DATA_MIB, Hours, Settings, clock_face, minute_of, use_compute};
use crate::texts::use_texts;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Changes the settings by what was chosen.
pub(super) fn set(compute: &Compute, change: fn(&mut Settings, &Event)) -> Callback<Event> {
    let (act, settings) = (compute.act.clone(), compute.settings);
    Callback::from(move |event: Event| {
        let mut changed = settings;
        change(&mut changed, &event);
        act.emit(Act::Set(changed));
    })
}

/// The most data of a day.
#[component]
pub(crate) fn DataCap() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let settings = compute.settings;
    let choose = set(&compute, |settings, event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        settings.data_mib = select.value().parse().ok();
    });
    let option = |mib: u32| {
        let name = texts.say_with("volunteer-mib", [("mib", mib.into())]);
        html! { <option value={mib.to_string()} selected={settings.data_mib == Some(mib)}>{ name }</option> }
    };
    html! {
        <div class="field">
            <label for="data-cap">{ texts.say("volunteer-data-cap") }</label>
            <select id="data-cap" onchange={choose}>
                <option value="" selected={settings.data_mib.is_none()}>{ texts.say("volunteer-no-limit") }</option>
                { DATA_MIB.into_iter().map(option).collect::<Html>() }
            </select>
        </div>
    }
}

/// Whether to keep to hours of the day.
#[component]
pub(crate) fn AtHours() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let choose = set(&compute, |settings, event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        settings.hours = input.checked().then_some(Hours::NIGHT);
    });
    let is_chosen = compute.settings.hours.is_some();
    html! {
        <label class="choice">
            <input id="at-hours" type="checkbox" checked={is_chosen} onchange={choose} />
            <span>{ texts.say("volunteer-at-hours") }</span>
        </label>
    }
}

/// The hours, once they are wanted.
#[component]
pub(crate) fn HoursOfDay() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let Some(hours) = compute.settings.hours else {
        return Html::default();
    };
    let choose_from = set(&compute, |settings, event| {
        if let (Some(hours), Some(minute)) = (&mut settings.hours, chosen(event)) {
            hours.from = minute;
        }
    });
    let choose_to = set(&compute, |settings, event| {
        if let (Some(hours), Some(minute)) = (&mut settings.hours, chosen(event)) {
            hours.to = minute;
        }
    });
    html! {
        <div class="row">
            <label for="hours-from">{ texts.say("volunteer-hours-from") }</label>
            <input id="hours-from" type="time" required=true value={clock_face(hours.from)} onchange={choose_from} />
            <label for="hours-to">{ texts.say("volunteer-hours-to") }</label>
            <input id="hours-to" type="time" required=true value={clock_face(hours.to)} onchange={choose_to} />
        </div>
    }
}

/// The time that was chosen; none while the field is not filled.
fn chosen(event: &Event) -> Option<u16> {
    let input: HtmlInputElement = event.target_unchecked_into();
    minute_of(&input.value())
}
