use std::thread;
use std::time::Duration;

use wasmtime::Config;

use super::AdapterError;

/// How long a guest computes before it gives way to what else its thread has to do.
const TICK: Duration = Duration::from_millis(10);

/// How deep a guest may call itself, in bytes. An interpreter inside one counts how deep it is in what it interprets, and
/// must come to its own end of that first: then it is an error of a plug-in's, here it is the end of the adapter.
const STACK: usize = 64 << 20;

/// What of a stack is left for the runtime's own functions when a guest has used up its part. Of a stack only what was used is
/// in memory.
const RESERVE: usize = 2 << 20;

/// wasmtime, set up once a process: compiles adapters, and ticks while they run.
#[derive(Clone)]
pub struct Engine(wasmtime::Engine);

impl Engine {
    pub fn new() -> Result<Self, AdapterError> {
        let mut config = Config::new();
        config
            .wasm_component_model(true)
            .max_wasm_stack(STACK)
            .async_stack_size(STACK + RESERVE)
            // A spinning guest must not keep its thread for itself.
            .epoch_interruption(true);
        let engine = wasmtime::Engine::new(&config)
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
            .map_err(|error| AdapterError::Engine(error.to_string()))?;
        Ok(Engine(engine))
    }

    pub(super) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.0
    }
}
