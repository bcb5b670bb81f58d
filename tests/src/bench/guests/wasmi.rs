//! Kernels in wasmi, with the settings of native volunteers: its own fuel is on, but never used up.

use super::{Kernel, Loading, Run, Runner};
use ::wasmi::{
    Caller, CompilationMode, Config, Engine, Error, Extern, FuncType, Instance, Linker, Module,
    Store, Val, ValType,
};
use shared::ids::JobSeed;
use shared::rewrite::InjectedNames;
use shared::wasi::{Fuel, Stdin, ValueType, Wasi, WasiConfig, WasiFunction, WasiResult};
use std::time::Instant;

/// Deepest nesting of calls and most bytes of the value stack, as for volunteers.
const MAX_CALL_DEPTH: usize = 8_192;
const MAX_STACK_BYTES: usize = 8 << 20;
/// Times that each form is compiled and instantiated.
const LOADS: usize = 5;

/// What a run has in its store.
struct World {
    wasi: Wasi,
}

/// One form, ready to run.
struct Form {
    module: Module,
    linker: Linker<World>,
    names: Option<InjectedNames>,
}

pub(super) struct InWasmi {
    config: Config,
    loaded: Option<[Form; 2]>,
}

impl InWasmi {
    pub(super) fn new() -> Self {
        let mut config = Config::default();
        config
            .compilation_mode(CompilationMode::Eager)
            .set_max_recursion_depth(MAX_CALL_DEPTH)
            .set_max_stack_height(MAX_STACK_BYTES)
            .consume_fuel(true);
        Self {
            config,
            loaded: None,
        }
    }

    /// Compiles a form, and answers also with the time that took.
    fn form(&self, module: &[u8], names: Option<&InjectedNames>) -> (Form, f64) {
        let engine = Engine::new(&self.config);
        let (module, ms) = timed(|| Module::new(&engine, module));
        let form = Form {
            module: module.expect("wasmi takes it"),
            linker: linker(&engine),
            names: names.cloned(),
        };
        (form, ms)
    }
}

impl Runner for InWasmi {
    fn load(&mut self, kernel: &Kernel) -> Loading {
        let [original, rewritten] = &kernel.forms;
        let mut loading = Loading::default();
        for _ in 0..LOADS {
            let loaded = [(original, None), (rewritten, Some(&kernel.names))]
                .map(|(module, names)| self.form(module, names));
            let compile_ms = loaded.each_ref().map(|(_, ms)| *ms);
            let loaded = loaded.map(|(form, _)| form);
            let instantiate_ms = loaded.each_ref().map(|form| timed(|| form.instance(1)).1);
            loading.keep_shorter(compile_ms, instantiate_ms);
            self.loaded = Some(loaded);
        }
        loading
    }

    fn run(&mut self, rounds: u32) -> [Run; 2] {
        let loaded = self.loaded.as_ref().expect("a kernel is loaded first");
        loaded.each_ref().map(|form| form.run(rounds))
    }
}

impl Form {
    fn instance(&self, rounds: u32) -> (Store<World>, Instance) {
        let wasi = Wasi::new(WasiConfig {
            argv: vec![b"program".to_vec(), rounds.to_string().into_bytes()],
            stdin: Stdin::from(Vec::new()),
            common: None,
            seed: JobSeed([0; 32]),
            random_task: 0,
            output_limit: 1 << 10,
        });
        let mut store = Store::new(self.module.engine(), World { wasi });
        store.set_fuel(u64::MAX).expect("it counts fuel");
        let instance = self
            .linker
            .instantiate_and_start(&mut store, &self.module)
            .expect("it can be instantiated");
        (store, instance)
    }

    fn run(&self, rounds: u32) -> Run {
        let (mut store, instance) = self.instance(rounds);
        if let Some(names) = &self.names {
            for (name, value) in [
                (&names.fuel, Val::I64(1 << 60)),
                (&names.cap, Val::I32(16_384)),
            ] {
                let global = instance.get_global(&store, name).expect("it is exported");
                global.set(&mut store, value).expect("it can be set");
            }
        }
        let start = instance
            .get_typed_func::<(), ()>(&store, "_start")
            .expect("a command");
        let (ended, ms) = timed(|| start.call(&mut store, ()));
        ended.expect("it ends well");
        let written = store.into_data().wasi.finish();
        Run {
            ms,
            output: String::from_utf8(written.stdout).expect("a checksum is text"),
        }
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let began = Instant::now();
    let done = what();
    (done, began.elapsed().as_secs_f64() * 1_000.0)
}

fn linker(engine: &Engine) -> Linker<World> {
    let mut linker = Linker::new(engine);
    let types = |types: &[ValueType]| -> Vec<ValType> {
        let ty = |ty: &ValueType| match ty {
            ValueType::I32 => ValType::I32,
            ValueType::I64 => ValType::I64,
        };
        types.iter().map(ty).collect()
    };
    for &function in WasiFunction::ALL {
        let ty = FuncType::new(types(function.params()), types(function.results()));
        linker
            .func_new(
                WasiFunction::MODULE,
                function.name(),
                ty,
                move |caller, params, results| call(caller, function, params, results),
            )
            .expect("each function is defined once");
    }
    linker
}

fn call(
    mut caller: Caller<'_, World>,
    function: WasiFunction,
    params: &[Val],
    results: &mut [Val],
) -> Result<(), Error> {
    let mut args = [0; 9];
    for (arg, param) in args.iter_mut().zip(params) {
        *arg = match param {
            Val::I32(value) => u64::from(value.cast_unsigned()),
            Val::I64(value) => value.cast_unsigned(),
            _ => return Err(Error::new("WASI functions take only integers")),
        };
    }
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.expect("every program exports its memory");
    // What a call moves costs the little that a kernel prints.
    let mut fuel = Fuel(i64::MAX);
    let (mut bytes, world) = memory.data_and_store_mut(&mut caller);
    match (
        world.wasi.call(&mut bytes, &mut fuel, function, &args),
        results,
    ) {
        (WasiResult::Errno(errno), [result]) => {
            *result = Val::I32(errno.number().into());
            Ok(())
        }
        (ended, _) => Err(Error::new(format!("a kernel does not end so: {ended:?}"))),
    }
}
