//! The service interface (`wit/`) on the runtime's side, as wasmtime writes it.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "adapter",
    exports: { default: async },
});

pub use exports::pyblish::endpoint::service;
pub use pyblish::endpoint::{runtime, types};
