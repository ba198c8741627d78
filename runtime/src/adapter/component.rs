use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Linker;

use super::bindings::AdapterPre;
use super::sandbox::State;
use super::{AdapterError, Cache, Engine};

/// The world that this runtime loads, as `wit/adapter.wit` names it.
const WORLD: &str = "pyblish:endpoint/adapter@0.1.0";

/// How a binary of WebAssembly begins: a magic number, a version, and whether it is a module or a component.
const MAGIC: &[u8] = b"\0asm";
const MODULE: &[u8] = &[1, 0, 0, 0];

/// A compiled adapter, known to fit this runtime. Cheap to clone; runs as often as needed.
#[derive(Clone)]
pub struct Component {
    pub(super) engine: Engine,
    pub(super) linked: AdapterPre<State>,
    path: Arc<Path>,
}

impl Component {
    /// Reads and compiles the component in this file, or takes its compiled code from the cache. Takes as
    /// long as compiling does: a tenth of a second to many.
    pub fn load(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
    ) -> Result<Self, AdapterError> {
        let bytes = std::fs::read(&path).map_err(|reason| AdapterError::Unreadable {
            path: path.clone(),
            reason,
        })?;
        match bytes.strip_prefix(MAGIC) {
            None => {
                return Err(AdapterError::NoComponent {
                    path,
                    reason: "it does not begin like one".into(),
                });
            }
            Some(rest) if rest.starts_with(MODULE) => {
                return Err(AdapterError::CoreModule { path });
            }
            Some(_) => {}
        }
        let compiled = compile(engine, cache, &bytes, &path)?;
        let linked = link(engine, &compiled).map_err(|error| AdapterError::OtherWorld {
            path: path.clone(),
            reason: format!("{error:#}"),
            world: WORLD,
        })?;
        Ok(Component {
            engine: engine.clone(),
            linked,
            path: path.into(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What to call it in messages before it has said its own name.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_stem().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

fn compile(
    engine: &Engine,
    cache: Option<&Cache>,
    bytes: &[u8],
    path: &Path,
) -> Result<wasmtime::component::Component, AdapterError> {
    use wasmtime::component::Component;
    let wasmtime = engine.wasmtime();
    if let Some(code) = cache.and_then(|cache| cache.get(wasmtime, bytes)) {
        // SAFETY: the cache answers only with what this user's runtime wrote for this component and engine,
        // by a MAC under a key that nobody else can read.
        match unsafe { Component::deserialize(wasmtime, &code) } {
            Ok(component) => return Ok(component),
            Err(error) => {
                tracing::warn!("compiling again, for the cached code does not load: {error:#}")
            }
        }
    }
    tracing::info!("compiling {}, once for this machine", path.display());
    let started = Instant::now();
    let component =
        Component::from_binary(wasmtime, bytes).map_err(|error| AdapterError::NoComponent {
            path: path.into(),
            reason: format!("{error:#}"),
        })?;
    tracing::info!("compiled {} in {:.1?}", path.display(), started.elapsed());
    if let Some(cache) = cache {
        match component.serialize() {
            Ok(code) => cache.put(wasmtime, bytes, &code),
            Err(error) => tracing::warn!("the compiled adapter cannot be kept: {error:#}"),
        }
    }
    Ok(component)
}

/// Connects the component's imports, and makes sure that it exports the service interface.
fn link(
    engine: &Engine,
    component: &wasmtime::component::Component,
) -> wasmtime::Result<AdapterPre<State>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    super::bindings::Adapter::add_to_linker::<_, wasmtime::component::HasSelf<_>>(
        &mut linker,
        |state| state,
    )?;
    AdapterPre::new(linker.instantiate_pre(component)?)
}
