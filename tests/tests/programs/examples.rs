//! The example jobs of the manifests.

use crate::job::Job;
use coordinator::builtin::built_ins;
use shared::manifest::{DefaultSplit, ExampleInput, Manifest, MediaType};

#[test]
fn every_built_in_program_computes_its_example_and_writes_what_its_manifest_says() {
    for program in built_ins() {
        let name = &program.name;
        let manifest = Manifest::parse(&program.manifest).expect("a valid manifest");
        let args = &manifest.example.args;
        let args: Vec<_> = args
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let job = Job::of(name, &args).expect("it is built in");
        let result = match (&manifest.example.input, &manifest.splits.default) {
            (ExampleInput::Range(range), _) => job.run_range(range.start, range.end, range.chunk),
            (ExampleInput::Text(text), DefaultSplit::Data(split)) => {
                job.run(text.as_bytes(), &split.to_string()).1
            }
            (ExampleInput::Text(_), DefaultSplit::Range { .. }) => {
                panic!("{name} has a text but splits ranges")
            }
        };
        let result = result.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert!(!result.is_empty(), "{name}");
        let is_as_told = match manifest.output {
            MediaType::Json => serde_json::from_slice::<serde_json::Value>(&result).is_ok(),
            MediaType::Png => result.starts_with(b"\x89PNG\r\n\x1a\n"),
            MediaType::Text => result.ends_with(b"\n"),
            MediaType::TabSeparated => result.ends_with(b"\n") && result.contains(&b'\t'),
            MediaType::Jpeg | MediaType::Bytes => true,
        };
        assert!(
            is_as_told,
            "{name} does not write {}",
            manifest.output.name()
        );
    }
}
