use super::*;
use crate::job::Limits;
use crate::wish::{self, LimitArg};

#[test]
fn messages_read_back() {
    let draft = Draft {
        program: ProgramChoice::Published("wordcount@1.0.0".into()),
        args: vec![("width".into(), "7".into())],
        trust: 3,
        ..Draft::default()
    };
    let message = ToSubmitter::Prepare {
        number: 7,
        draft: Box::new(draft),
    };
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(serde_json::from_str::<ToSubmitter>(&text).unwrap(), message);
    let message = FromSubmitter::Failed {
        what: Asked::Jobs,
        trouble: Trouble::new(TroubleCode::Unreachable, "x"),
    };
    let text = serde_json::to_string(&message).unwrap();
    assert_eq!(
        serde_json::from_str::<FromSubmitter>(&text).unwrap(),
        message
    );
}

#[test]
fn a_draft_is_a_line_that_a_shell_reads_back() {
    let draft = Draft {
        program: ProgramChoice::Published("wordcount@1.0.0".into()),
        input: InputDraft::Files {
            split: "lines:64KiB".into(),
        },
        title: "it's mine; $(rm)".into(),
        trust: 5,
        limits: LimitsDraft {
            memory: "64MiB".into(),
            ..LimitsDraft::default()
        },
        ..Draft::default()
    };
    let line = command_line(
        &draft,
        "http://127.0.0.1:8080",
        &["my book.txt".into()],
        None,
    );
    assert_eq!(
        line.replace(" \\\n    ", " "),
        "manyhands job submit --url http://127.0.0.1:8080 --program wordcount@1.0.0 --input 'my book.txt' \
         --split lines:64KiB --trust 5 --limit memory=64MiB --title 'it'\\''s mine; $(rm)' --wait --output result"
    );
}

#[test]
fn a_range_and_the_args_of_a_plain_tool_are_in_the_line() {
    let file = |name: &str| FileFacts {
        name: name.into(),
        bytes: 1,
    };
    let draft = Draft {
        program: ProgramChoice::Upload {
            module: file("tool.wasm"),
            manifest: Some(file("my tool.json")),
        },
        input: InputDraft::Range {
            start: "-5".into(),
            end: "10".into(),
            chunk: "2".into(),
        },
        plain_args: "-v\ntwo words".into(),
        trust: 3,
        ..Draft::default()
    };
    let line = command_line(&draft, "http://x", &[], Some("-query"));
    assert_eq!(
        line.replace(" \\\n    ", " "),
        "manyhands job submit --url http://x --program tool.wasm --manifest 'my tool.json' --range=-5..10 --chunk 2 --common ./-query \
         --trust 3 --wait --output result -- -v 'two words'"
    );
}

#[test]
fn limits_are_typed_as_they_are_read_back() {
    for (memory_pages, output_bytes) in [(1, 1), (16, 1024), (4096, 16 << 20), (5, 1_000_001)] {
        let limits = Limits {
            fuel: 2_000_000_000,
            memory_pages,
            output_bytes,
            wall_ms: 90_000,
        };
        let typed = LimitsDraft::of(&limits);
        let read = typed.named().map(|(name, value)| {
            let text = format!("{name}={value}");
            text.parse()
                .unwrap_or_else(|error| panic!("{text}: {error}"))
        });
        let read: Vec<LimitArg> = read.collect();
        assert_eq!(wish::limits(Limits::default(), &read), limits);
    }
}
