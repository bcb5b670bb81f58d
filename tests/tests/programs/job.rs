//! A built-in program as a job that runs in the test.

use coordinator::builtin::{MISSING, built_in};
use coordinator::guest::Engine;
use coordinator::local_run::{LocalJob, RunOver};
use shared::leaf::RangeInput;
use shared::local_program::LocalProgram;
use shared::split::{SplitSpec, Splitter};

/// The job.
pub(crate) struct Job {
    pub(crate) local: LocalJob,
}

impl Job {
    /// `None`, with a word about it, in a clone where the programs are not built yet.
    pub(crate) fn of(name: &str, args: &[(&str, &str)]) -> Option<Self> {
        let Some(program) = built_in(name) else {
            eprintln!("skipped: {MISSING}");
            return None;
        };
        let (module, manifest) = (program.module.into_owned(), program.manifest.into_owned());
        let program = LocalProgram::new(module, Some(manifest)).expect("a valid program");
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let named: Vec<_> = args.iter().map(own).collect();
        let args = program
            .manifest
            .args_from_named(&named)
            .expect("valid args");
        let engine = Engine::new();
        let compiled = engine.compile(&program.module).expect("a module that runs");
        let local = LocalJob::new(engine, compiled, &program.manifest, args);
        Some(Self { local })
    }

    pub(crate) fn with_common(mut self, common: &[u8]) -> Self {
        self.local.common = Some(common.into());
        self
    }

    /// Splits, maps and reduces: how many tasks, and the result or what the failed guest said.
    pub(crate) fn run(&self, input: &[u8], split: &str) -> (u32, Result<Vec<u8>, String>) {
        let split: SplitSpec = split.parse().expect("a split");
        let mut splitter = Splitter::new(&split, 16 << 20).expect("a split in range");
        let mut chunks = Vec::new();
        let mut keep = |chunk| chunks.push(chunk);
        splitter.push(input, &mut keep).expect("it can be split");
        splitter.finish(&mut keep).expect("it is not empty");
        self.run_chunks(chunks)
    }

    /// The result of a range cut into chunks.
    pub(crate) fn run_range(&self, start: i64, end: i64, chunk: u64) -> Result<Vec<u8>, String> {
        let range = RangeInput { start, end, chunk };
        let mut out = Vec::new();
        let ran = self.local.run_range(range, &mut out, &mut |_| {});
        ran.map(|_| out).map_err(|error| error.to_string())
    }

    fn run_chunks(&self, chunks: Vec<Vec<u8>>) -> (u32, Result<Vec<u8>, String>) {
        let tasks = u32::try_from(chunks.len()).expect("few chunks");
        let mut out = Vec::new();
        let ran = self.local.run::<RunOver>(
            |feed| chunks.into_iter().try_for_each(feed),
            &mut out,
            &mut |_| {},
        );
        (tasks, ran.map(|_| out).map_err(|error| error.to_string()))
    }

    /// The result as text.
    pub(crate) fn text(&self, input: &[u8], split: &str) -> String {
        let (_, result) = self.run(input, split);
        String::from_utf8(result.expect("all tasks end well")).expect("UTF-8")
    }
}

/// Checks that the guest ended with exit code 2 and said this.
pub(crate) fn assert_refused(result: Result<Vec<u8>, String>, message: &str) {
    let problem = result.expect_err("the guest refuses it");
    assert!(problem.contains("ended with exit code 2"), "{problem}");
    assert!(problem.contains(message), "{problem}");
}
