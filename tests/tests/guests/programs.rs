//! Real programs: those that every coordinator publishes, over their examples, and the kernels that are measured.

use coordinator::builtin::built_ins;
use shared::argv::{Stage, argv};
use shared::leaf::range_line;
use shared::manifest::{ExampleInput, Manifest};
use std::path::Path;
use tests::guest_case::Case;

/// The first task of each program's example.
pub(crate) fn built_in_cases() -> Vec<Case> {
    let programs = built_ins();
    let cases = programs.iter().map(|program| {
        let manifest = Manifest::parse(&program.manifest).expect("a valid manifest");
        let mut case = Case::new(&program.name, &program.module);
        let args: Vec<_> = manifest.example.args.clone().into_iter().collect();
        let args = manifest
            .args_from_named(&args)
            .expect("the args of its own example");
        case.argv = argv(manifest.argv_mode, Stage::Map, &args);
        case.stdin = match &manifest.example.input {
            ExampleInput::Text(text) => text.clone().into_bytes(),
            ExampleInput::Range(range) => {
                let end = range
                    .end
                    .min(range.start.saturating_add_unsigned(range.chunk));
                range_line(range.start, end).into_bytes()
            }
        };
        case.fuel = 1_000_000_000_000;
        case.memory_pages = 4096;
        case.output_limit = 16 << 20;
        case
    });
    cases.collect()
}

/// The kernels, when they are built.
pub(crate) fn kernel_cases() -> Vec<Case> {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/programs/wasm32-wasip1/release");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("kernel-") && name.ends_with(".wasm")
        })
        .collect();
    paths.sort();
    let cases = paths.iter().map(|path| {
        let module = std::fs::read(path).expect("a kernel");
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let mut case = Case::new(name, &module);
        case.fuel = 20_000_000_000;
        case.memory_pages = 4096;
        case
    });
    cases.collect()
}
