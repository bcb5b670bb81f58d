//! When to compute, and how much data on a day.

use crate::compute::{Act, DATA_MIB, Hours, Settings, clock_face, minute_of, use_compute};
use crate::texts::use_texts;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

/// Hours of the day and data of a day.
#[component]
pub(crate) fn Schedule() -> Html {
    let texts = use_texts();
    let compute = use_compute();
    let settings = compute.settings;
    let set = |change: fn(&mut Settings, &Event)| {
        let act = compute.act.clone();
        Callback::from(move |event: Event| {
            let mut changed = settings;
            change(&mut changed, &event);
            act.emit(Act::Set(changed));
        })
    };
    let choose_data = set(|settings, event| {
        let select: HtmlSelectElement = event.target_unchecked_into();
        settings.data_mib = select.value().parse().ok();
    });
    let choose_hours = set(|settings, event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        settings.hours = input.checked().then_some(Hours::NIGHT);
    });
    let choose_from = set(|settings, event| {
        if let (Some(hours), Some(minute)) = (&mut settings.hours, chosen(event)) {
            hours.from = minute;
        }
    });
    let choose_to = set(|settings, event| {
        if let (Some(hours), Some(minute)) = (&mut settings.hours, chosen(event)) {
            hours.to = minute;
        }
    });
    let data = |mib: u32| {
        let name = texts.say_with("volunteer-mib", [("mib", mib.into())]);
        html! { <option value={mib.to_string()} selected={settings.data_mib == Some(mib)}>{ name }</option> }
    };
    html! {
        <>
            <div class="field">
                <label for="data-cap">{ texts.say("volunteer-data-cap") }</label>
                <select id="data-cap" onchange={choose_data}>
                    <option value="" selected={settings.data_mib.is_none()}>{ texts.say("volunteer-no-limit") }</option>
                    { DATA_MIB.into_iter().map(data).collect::<Html>() }
                </select>
            </div>
            <div class="choices">
                <label class="choice">
                    <input id="at-hours" type="checkbox" checked={settings.hours.is_some()} onchange={choose_hours} />
                    <span>{ texts.say("volunteer-at-hours") }</span>
                </label>
            </div>
            if let Some(hours) = settings.hours {
                <div class="row">
                    <label for="hours-from">{ texts.say("volunteer-hours-from") }</label>
                    <input id="hours-from" type="time" required=true value={clock_face(hours.from)} onchange={choose_from} />
                    <label for="hours-to">{ texts.say("volunteer-hours-to") }</label>
                    <input id="hours-to" type="time" required=true value={clock_face(hours.to)} onchange={choose_to} />
                </div>
            }
        </>
    }
}

/// The time that was chosen; none while the field is not filled.
fn chosen(event: &Event) -> Option<u16> {
    let input: HtmlInputElement = event.target_unchecked_into();
    minute_of(&input.value())
}
