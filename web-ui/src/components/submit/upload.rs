//! What was found in a module of the user: what was changed in it, and what it may fail at.

use crate::components::bytes::bytes;
use crate::texts::Texts;
use shared::caveat::Caveat;
use shared::page::submit::UploadFacts;
use yew::prelude::*;

/// Pairs of a name and what was found.
pub(super) fn pairs(texts: &Texts, upload: &UploadFacts) -> Html {
    html! {
        <>
            <div><dt>{ texts.say("submit-upload-size") }</dt><dd>{ bytes(texts, upload.original_bytes) }</dd></div>
            <div><dt>{ texts.say("submit-upload-hash") }</dt><dd><code>{ upload.original_sha256.to_string() }</code></dd></div>
            <div>
                <dt>{ texts.say("submit-module-imports") }</dt>
                <dd>
                    if upload.imports.is_empty() {
                        { texts.say("submit-module-no-imports") }
                    } else {
                        <code>{ upload.imports.join(", ") }</code>
                    }
                </dd>
            </div>
        </>
    }
}

/// Lists of what was changed and of what may fail.
pub(super) fn lists(texts: &Texts, upload: &UploadFacts) -> Html {
    html! {
        <>
            <p class="note">{ texts.say("submit-module-accepted") }</p>
            if upload.is_plain_tool {
                <p class="note">{ texts.say("submit-module-plain") }</p>
            }
            <p>{ texts.say("submit-upload-changed") }</p>
            <ul id="module-changes">
                { for changes(texts, upload).into_iter().map(|line| html! { <li>{ line }</li> }) }
            </ul>
            if !upload.caveats.is_empty() {
                <p>{ texts.say("submit-upload-may-fail") }</p>
                <ul id="module-caveats">
                    { for upload.caveats.iter().map(|caveat| html! { <li>{ caveat_words(texts, caveat) }</li> }) }
                </ul>
            }
        </>
    }
}

fn changes(texts: &Texts, upload: &UploadFacts) -> Vec<String> {
    let changes = &upload.changes;
    #[expect(
        clippy::cast_precision_loss,
        reason = "nothing of a module is counted beyond 2^53"
    )]
    let number = |count: u64| (count > 0).then_some(count as f64);
    let canonical = number(changes.canonical)
        .map(|count| texts.say_with("submit-upload-canonical", [("count", count.into())]));
    let frames = number(changes.frames)
        .map(|count| texts.say_with("submit-upload-frames", [("count", count.into())]));
    let grows = number(changes.grows)
        .map(|count| texts.say_with("submit-upload-grows", [("count", count.into())]));
    let dropped = (changes.dropped_bytes > 0).then(|| {
        let size = bytes(texts, changes.dropped_bytes);
        texts.say_with("submit-upload-dropped", [("size", size.into())])
    });
    let lines = [
        Some(texts.say("submit-upload-metered")),
        canonical,
        frames,
        grows,
        dropped,
    ];
    lines.into_iter().flatten().collect()
}

fn caveat_words(texts: &Texts, caveat: &Caveat) -> String {
    match caveat {
        Caveat::Unsupported { functions } => {
            let functions = functions.join(", ");
            texts.say_with(
                "submit-caveat-unsupported",
                [("functions", functions.into())],
            )
        }
        Caveat::Files => texts.say("submit-caveat-files"),
        Caveat::Clock => texts.say("submit-caveat-clock"),
        Caveat::Random => texts.say("submit-caveat-random"),
        Caveat::Recursion => texts.say("submit-caveat-recursion"),
        Caveat::Growth { limit_pages } => texts.say_with(
            "submit-caveat-growth",
            [("mib", (f64::from(*limit_pages) / 16.0).into())],
        ),
        Caveat::InitialMemory { pages, limit_pages } => {
            #[expect(clippy::cast_precision_loss, reason = "at most 65,536 pages")]
            let pages = *pages as f64;
            texts.say_with(
                "submit-caveat-initial",
                [
                    ("mib", (pages / 16.0).into()),
                    ("limit", (f64::from(*limit_pages) / 16.0).into()),
                ],
            )
        }
    }
}
