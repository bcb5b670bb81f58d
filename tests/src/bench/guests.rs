//! What rewriting a program costs: each kernel as it was compiled and as volunteers run it, in turn in the same engine.

mod browser;
mod sizes;
mod wasmi;

pub use sizes::Size;

use crate::browser::Engine;
use browser::InBrowser;
use serde::Serialize;
use shared::rewrite::{InjectedNames, Runnable, rewrite};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wasmi::InWasmi;

/// The kernels, by their names in `programs/kernels`.
pub const KERNELS: [&str; 9] = [
    "sha256",
    "sieve",
    "fib",
    "matmul",
    "mandelbrot",
    "nbody",
    "sort",
    "btree",
    "edit-distance",
];
/// Times that each form runs, in turn with the other; the shortest time counts.
const RUNS: usize = 9;
/// About how long a run takes.
const RUN_MS: f64 = 150.0;
/// Runs of each form before it is measured: engines compile anew what runs often.
const WARM_UPS: usize = 3;

/// Length of what a kernel prints.
const CHECKSUM_DIGITS: usize = 16;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with the kernels' modules, `kernel-NAME.wasm`.
    pub kernels: PathBuf,
    /// The folder with a folder for each program, with its `program.wasm`.
    pub programs: PathBuf,
    /// Browsers beside wasmi.
    pub engines: Vec<Engine>,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// By the engine's name.
    pub engines: BTreeMap<String, EngineFigures>,
    /// Of programs by name and of kernels as `kernel-NAME`.
    pub sizes: BTreeMap<String, Size>,
}

/// What was measured in one engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineFigures {
    /// By the kernel's name.
    pub kernels: BTreeMap<String, KernelFigures>,
    /// Geometric mean over the kernels of how much longer the rewritten form takes, percent.
    pub overhead_percent: f64,
}

/// What was measured of one kernel; the original form first, then the rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KernelFigures {
    /// The shortest run.
    pub run_ms: [f64; 2],
    /// What comes before it.
    #[serde(flatten)]
    pub loading: Loading,
}

/// What comes before a run; the original form first, then the rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Loading {
    /// The shortest compilation (in browsers the mean of ten), as far as the engine compiles before it runs.
    pub compile_ms: [f64; 2],
    /// The shortest instantiation (in browsers the mean of ten).
    pub instantiate_ms: [f64; 2],
}

impl Default for Loading {
    fn default() -> Self {
        Self {
            compile_ms: [f64::INFINITY; 2],
            instantiate_ms: [f64::INFINITY; 2],
        }
    }
}

impl Loading {
    fn keep_shorter(&mut self, compile_ms: [f64; 2], instantiate_ms: [f64; 2]) {
        for (shortest, ms) in [
            (&mut self.compile_ms, compile_ms),
            (&mut self.instantiate_ms, instantiate_ms),
        ] {
            for (shortest, ms) in shortest.iter_mut().zip(ms) {
                *shortest = shortest.min(ms);
            }
        }
    }
}

/// A kernel in both forms.
#[derive(Debug, Clone)]
struct Kernel {
    name: &'static str,
    /// The original, then the rewritten module.
    forms: [Vec<u8>; 2],
    names: InjectedNames,
}

/// One run: how long it took, ms, and what it printed.
struct Run {
    ms: f64,
    output: String,
}

/// Where kernels run.
trait Runner {
    /// Makes a kernel ready.
    fn load(&mut self, kernel: &Kernel) -> Loading;
    /// Runs both forms of what was loaded, one after the other.
    fn run(&mut self, rounds: u32) -> [Run; 2];
}

/// Measures one engine after the other.
///
/// # Panics
/// When the kernels are not built, a browser does not do what is asked of it, or the forms of a kernel differ.
#[must_use]
pub fn run(options: &Options) -> Figures {
    let kernels = KERNELS.map(|name| kernel(&options.kernels, name));
    let mut engines = BTreeMap::new();
    engines.insert("wasmi".to_owned(), measure(&mut InWasmi::new(), &kernels));
    for engine in &options.engines {
        let mut runner = InBrowser::start(*engine, kernels.to_vec());
        engines.insert(engine.name().to_owned(), measure(&mut runner, &kernels));
    }
    let mut sizes = sizes::of_programs(&options.programs);
    for kernel in &kernels {
        sizes.insert(format!("kernel-{}", kernel.name), sizes::of(&kernel.forms));
    }
    Figures { engines, sizes }
}

fn kernel(folder: &Path, name: &'static str) -> Kernel {
    let path = folder.join(format!("kernel-{name}.wasm"));
    let original =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rewritten = rewrite(&original).expect("a kernel can be rewritten");
    let runnable = Runnable::read(&rewritten.module).expect("what is rewritten can be run");
    Kernel {
        name,
        forms: [original, rewritten.module],
        names: runnable.names,
    }
}

fn measure(runner: &mut impl Runner, kernels: &[Kernel]) -> EngineFigures {
    let mut figures = BTreeMap::new();
    let mut sum = 0.0;
    for kernel in kernels {
        let measured = measure_kernel(runner, kernel);
        let [original, rewritten] = measured.run_ms;
        sum += (rewritten / original).ln();
        figures.insert(kernel.name.to_owned(), measured);
    }
    let count = u32::try_from(kernels.len()).map_or(1.0, f64::from);
    EngineFigures {
        kernels: figures,
        overhead_percent: ((sum / count).exp() - 1.0) * 100.0,
    }
}

fn measure_kernel(runner: &mut impl Runner, kernel: &Kernel) -> KernelFigures {
    let loading = runner.load(kernel);
    for _ in 0..WARM_UPS {
        let _ = runner.run(1);
    }
    let [original, _] = runner.run(1);
    let rounds = rounds(original.ms);
    for _ in 0..WARM_UPS {
        let _ = runner.run(rounds);
    }
    let mut run_ms = [f64::INFINITY; 2];
    for _ in 0..RUNS {
        let runs = runner.run(rounds);
        let [original, rewritten] = runs.each_ref().map(|run| run.output.trim_end());
        assert_eq!(original.len(), CHECKSUM_DIGITS, "{}", kernel.name);
        assert_eq!(original, rewritten, "{}", kernel.name);
        for (shortest, run) in run_ms.iter_mut().zip(runs) {
            *shortest = shortest.min(run.ms);
        }
    }
    KernelFigures { run_ms, loading }
}

/// Rounds of the work that take about as long as a run should.
fn rounds(once_ms: f64) -> u32 {
    let mut rounds = 1;
    while f64::from(rounds) * once_ms < RUN_MS && rounds < 10_000 {
        rounds += 1;
    }
    rounds
}
