//! The service interface (`wit/`) in Rust, as wit-bindgen writes it.

#![allow(missing_docs, reason = "the documentation is in wit/")]

wit_bindgen::generate!({
    path: "../../wit",
    world: "adapter",
    pub_export_macro: true,
    export_macro_name: "export_adapter",
    default_bindings_module: "pyblish_sdk::bindings",
    generate_unused_types: true,
});
