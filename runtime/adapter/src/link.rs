//! Connecting a component's imports with what the sandbox offers, and checking its types against
//! the contract.

use std::path::Path;

use wasmtime::component::{Component, HasSelf, InstancePre, Linker};

use super::bindings::{self, AdapterPre};
use super::contract::WORLD_NAME;
use super::sandbox::State;
use super::world;
use super::{AdapterError, Engine, disks, fd_quota, lookup, write_quota};

/// The component with its imports connected, if it fits.
pub(super) fn link(
    engine: &Engine,
    compiled: &Component,
    path: &Path,
) -> Result<AdapterPre<State>, AdapterError> {
    let other = |reason: String| AdapterError::OtherWorld {
        path: path.into(),
        reason,
        world: WORLD_NAME,
    };
    let linked = connect(engine, compiled).map_err(|error| other(format!("{error:#}")))?;
    match world::misfit(engine, compiled) {
        Some(reason) => Err(other(reason)),
        None => AdapterPre::new(linked).map_err(|error| other(format!("{error:#}"))),
    }
}

/// Connects the component's imports. An import that is not offered is reported first.
fn connect(engine: &Engine, component: &Component) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    fd_quota::add_to_linker(&mut linker)?;
    lookup::add_to_linker(&mut linker)?;
    write_quota::add_to_linker(&mut linker)?;
    disks::add_to_linker(&mut linker)?;
    bindings::work::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::files::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::movies::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::connections::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::hosts::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    bindings::types::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    linker.instantiate_pre(component)
}
