use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wasmtime::Config;

use super::compiler::Compiler;
use super::{AdapterError, AdapterLimits};
use pyblish_platform::threads;

/// How long a guest computes before it gives way to what else its thread has to do.
const TICK: Duration = Duration::from_millis(10);

/// The stack of a guest, in bytes. An interpreter inside one has a recursion limit of its own,
/// which it must reach first: that is an error of a plug-in, while this limit ends the adapter.
const STACK: usize = 64 << 20;

/// The part of a stack that is reserved for the runtime's own functions when a guest has used up
/// its part. Only the used part of a stack is in memory.
const RESERVE: usize = 2 << 20;

/// Threads that others may take between the check for threads and the first compilation.
const SPARE: usize = 4;

/// wasmtime, set up once a process: compiles adapters, and ticks while they run.
#[derive(Clone)]
pub struct Engine {
    wasmtime: wasmtime::Engine,
    compiler: Arc<Compiler>,
}

/// How wasmtime is set up. Compiled code only fits an engine with the same settings.
pub(super) fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .max_wasm_stack(STACK)
        .async_stack_size(STACK + RESERVE)
        // A spinning guest must not block its thread.
        .epoch_interruption(true);
    // What compiles in parallel panics where it gets no threads.
    if threads::expect(threads::processors() + SPARE).is_err() {
        config.parallel_compilation(false);
    }
    config
}

impl Engine {
    /// For a program that uses this library: compiles in the process itself, where nothing limits
    /// it. Take it for adapters that you know.
    pub fn new() -> Result<Self, AdapterError> {
        Engine::with(Compiler::here())
    }

    /// For `pyblish-endpoint` itself: compiles in a child process of the program, within the limits
    /// for that.
    pub fn of_program(limits: &AdapterLimits) -> Result<Self, AdapterError> {
        let compiler = Compiler::of_program(limits);
        Engine::with(compiler.map_err(|error| AdapterError::Engine(error.to_string()))?)
    }

    fn with(compiler: Compiler) -> Result<Self, AdapterError> {
        let engine = wasmtime::Engine::new(&config())
            .map_err(|error| AdapterError::Engine(format!("{error:#}")))?;
        let ticking = engine.weak();
        thread::Builder::new()
            .name("epoch".into())
            .spawn(move || {
                // Ends with the last owner of the engine.
                while let Some(engine) = ticking.upgrade() {
                    engine.increment_epoch();
                    drop(engine);
                    thread::sleep(TICK);
                }
            })
            .map_err(|error| {
                AdapterError::Engine(format!(
                    "no thread can be started ({error}); allow more processes with `ulimit -u`"
                ))
            })?;
        Ok(Engine {
            wasmtime: engine,
            compiler: Arc::new(compiler),
        })
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.wasmtime
    }

    pub(super) fn compiler(&self) -> &Compiler {
        &self.compiler
    }
}
