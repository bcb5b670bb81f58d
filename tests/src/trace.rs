//! What a random module leaves behind under wasmi.

use crate::random_modules::{LOOKER, MAX_PAGES, SEEN_BYTES};
use sha2::{Digest as _, Sha256};
use shared::rewrite::Runnable;
use wasmi::{Config, Engine, Instance, Linker, Module, Store, Val};

/// Fuel of every run: growing by billions of pages costs what it asks for, and these runs are not about fuel.
pub const PLENTY: i64 = 1 << 60;

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// How many of `_start` and `f` came back: what follows a trap does not count.
    pub came_back: usize,
    /// The results and globals, as bytes.
    pub seen: Vec<u8>,
    /// SHA-256 of the memory.
    pub memory: Vec<u8>,
    /// What is left of [`PLENTY`], and the flag, of a rewritten module.
    pub counters: Option<(i64, i32)>,
}

impl Trace {
    /// Runs a module; `runnable` when it is rewritten. None when it cannot be instantiated: a segment does not fit.
    ///
    /// # Panics
    /// When wasmi does not take the module.
    #[must_use]
    pub fn of(module: &[u8], runnable: Option<&Runnable>) -> Option<Self> {
        let mut config = Config::default();
        config.set_max_recursion_depth(8_192);
        let engine = Engine::new(&config);
        let mut store = Store::new(&engine, ());
        let module = Module::new(&engine, module).expect("wasmi takes it");
        let mut linker = Linker::new(&engine);
        let guest = linker.instantiate_and_start(&mut store, &module).ok()?;
        if let Some(runnable) = runnable {
            set(&mut store, guest, &runnable.names.fuel, Val::I64(PLENTY));
            let cap = Val::I32(MAX_PAGES.cast_signed());
            set(&mut store, guest, &runnable.names.cap, cap);
        }
        linker
            .instance(&mut store, "guest", guest)
            .expect("new names");
        let looker = wat::parse_str(LOOKER).expect("the looker is WebAssembly");
        let looker = Module::new(&engine, &looker).expect("wasmi takes it");
        let looker = linker.instantiate_and_start(&mut store, &looker);
        let looker = looker.expect("the guest exports what the looker imports");
        let mut call = |name| {
            let function = looker.get_typed_func::<(), ()>(&store, name);
            function.expect("the looker has it").call(&mut store, ())
        };
        let calls = ["start", "f"];
        let came_back = calls.into_iter().take_while(|name| call(name).is_ok());
        let came_back = came_back.count();
        call("look").expect("looking does not trap");
        let seen = looker.get_memory(&store, "seen").expect("it is exported");
        let memory = guest.get_memory(&store, "memory").expect("it is exported");
        Some(Self {
            came_back,
            seen: seen.data(&store).iter().copied().take(SEEN_BYTES).collect(),
            memory: Sha256::digest(memory.data(&store)).to_vec(),
            counters: runnable.map(|runnable| {
                let names = &runnable.names;
                let get = |name| {
                    guest
                        .get_global(&store, name)
                        .expect("a counter")
                        .get(&store)
                };
                let (fuel, flag) = (get(&names.fuel).i64(), get(&names.flag).i32());
                (fuel.expect("an i64"), flag.expect("an i32"))
            }),
        })
    }

    /// Without what only a rewritten module has, and without what a trap left behind.
    #[must_use]
    pub fn meaning(mut self) -> Self {
        self.counters = None;
        if self.came_back < 2 {
            self.seen.clear();
            self.memory.clear();
        }
        self
    }
}

fn set(store: &mut Store<()>, guest: Instance, name: &str, value: Val) {
    let global = guest.get_global(&*store, name).expect("a counter");
    global.set(store, value).expect("it can be set");
}
