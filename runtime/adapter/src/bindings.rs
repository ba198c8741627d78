//! The contract (`wit/`) on the runtime's side, as wasmtime writes it.

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "adapter",
    imports: {
        "pyblish:endpoint/work.[method]batch.finished": async | trappable,
        "pyblish:endpoint/work.[method]call.declare": trappable,
        "pyblish:endpoint/files.copy": async | trappable,
        "pyblish:endpoint/files.stat": async | trappable,
        "pyblish:endpoint/files.lock": async | trappable,
        "pyblish:endpoint/hosts.connect": async | trappable,
        "pyblish:endpoint/movies.picture": async | trappable,
        "pyblish:endpoint/connections.connect": async | trappable,
        "pyblish:endpoint/connections.[method]connection.send": async | trappable,
        "pyblish:endpoint/connections.[method]connection.receive": async | trappable,
    },
    exports: { default: async },
    with: {
        "wasi": wasmtime_wasi::p2::bindings,
        "pyblish:endpoint/connections.connection": crate::connection::Connection,
        "pyblish:endpoint/files.file-lock": crate::file_lock::FileLock,
        "pyblish:endpoint/work.call": crate::batch::CallHandle,
        "pyblish:endpoint/work.batch": crate::batch::BatchHandle,
    },
});

pub(crate) use exports::pyblish::endpoint::service;
pub use pyblish::endpoint::model as types;
pub(crate) use pyblish::endpoint::{connections, files, hosts, movies, work};
