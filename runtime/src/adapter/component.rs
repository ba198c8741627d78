use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wasmtime::component::{InstancePre, Linker};

use super::bindings::AdapterPre;
use super::sandbox::State;
use super::{AdapterError, Cache, Description, Engine, doors, manifest, world};

/// The world that this runtime loads, as `wit/adapter.wit` names it.
pub(super) const WORLD: &str = "pyblish:endpoint/adapter@0.1.0";

/// How a binary of WebAssembly begins: a magic number, a version, and whether it is a module or a component.
const MAGIC: &[u8] = b"\0asm";
const MODULE: &[u8] = &[1, 0, 0, 0];

/// A compiled adapter, known to fit this runtime. Cheap to clone; runs as often as needed.
#[derive(Clone)]
pub struct Component {
    pub(super) engine: Engine,
    pub(super) linked: AdapterPre<State>,
    path: Arc<Path>,
    /// What its file says of it.
    manifest: Option<Arc<Description>>,
}

/// What can be known of an adapter without running any of it.
#[derive(Debug)]
pub struct Inspected {
    /// What its file says of it; none where it was not sealed.
    pub manifest: Option<Description>,
    /// Bytes.
    pub size: usize,
    /// SHA-256, in hexadecimal digits.
    pub digest: String,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// Why this runtime cannot load it, if it cannot.
    pub problem: Option<AdapterError>,
}

impl Component {
    /// Reads and compiles the component in this file, or takes its compiled code from the cache. Takes as
    /// long as compiling does: a tenth of a second to many.
    pub fn load(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
    ) -> Result<Self, AdapterError> {
        let bytes = bytes(&path)?;
        let compiled = compile(engine, cache, &bytes, &path)?;
        Ok(Component {
            engine: engine.clone(),
            linked: fit(engine, &compiled, &path)?,
            path: path.into(),
            manifest: manifest::read(&bytes).map(Arc::new),
        })
    }

    /// What the component in this file says of itself, where it has to be compiled before more can be known: one with
    /// a Python inside takes ten seconds and more. None where it says nothing, or [`load`](Self::load) is quick.
    pub fn uncompiled(cache: Option<&Cache>, engine: &Engine, path: &Path) -> Option<Description> {
        let bytes = bytes(path).ok()?;
        let manifest = manifest::read(&bytes)?;
        let compiled = cache.is_some_and(|cache| cache.has(engine.wasmtime(), &bytes));
        (!compiled).then_some(manifest)
    }

    /// What can be known of the component in this file without running any of it.
    ///
    /// # Errors
    /// It cannot be read, or is no component. One that does not fit this runtime is no error here.
    pub fn inspect(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
    ) -> Result<Inspected, AdapterError> {
        let bytes = bytes(&path)?;
        let compiled = compile(engine, cache, &bytes, &path)?;
        let digest = Sha256::digest(&bytes);
        Ok(Inspected {
            manifest: manifest::read(&bytes),
            size: bytes.len(),
            digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            imports: world::imports(engine, &compiled),
            problem: fit(engine, &compiled, &path).err(),
        })
    }

    /// The component in this file with what it says of itself written into it. It runs for that once, with
    /// nothing granted.
    pub async fn sealed(engine: &Engine, path: PathBuf) -> Result<Vec<u8>, AdapterError> {
        let bytes = bytes(&path)?;
        let mut component = Component::load(engine, None, path)?;
        // What it says now counts, not what it said when it was last sealed.
        component.manifest = None;
        let description = component.describe().await?;
        Ok(manifest::seal(&bytes, &description))
    }

    /// What the component in this file has of this runtime's world, one line for each type.
    pub fn world(engine: &Engine, path: PathBuf) -> Result<Vec<String>, AdapterError> {
        let compiled = compile(engine, None, &bytes(&path)?, &path)?;
        Ok(world::lines(engine, &compiled))
    }

    /// Whether this is what its file says of it, where that says anything.
    pub(super) fn is_as_sealed(&self, description: &Description) -> bool {
        let manifest = self.manifest.as_deref();
        manifest.is_none_or(|manifest| manifest == description)
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

/// What is in the file, if that is a component.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, AdapterError> {
    let bytes = std::fs::read(path).map_err(|reason| AdapterError::Unreadable {
        path: path.into(),
        reason,
    })?;
    match bytes.strip_prefix(MAGIC) {
        None => Err(AdapterError::NoComponent {
            path: path.into(),
            reason: "it does not begin like one".into(),
        }),
        Some(rest) if rest.starts_with(MODULE) => {
            Err(AdapterError::CoreModule { path: path.into() })
        }
        Some(_) => Ok(bytes),
    }
}

/// The component with its imports connected, if it fits.
pub(super) fn fit(
    engine: &Engine,
    compiled: &wasmtime::component::Component,
    path: &Path,
) -> Result<AdapterPre<State>, AdapterError> {
    let other = |reason: String| AdapterError::OtherWorld {
        path: path.into(),
        reason,
        world: WORLD,
    };
    let linked = link(engine, compiled).map_err(|error| other(format!("{error:#}")))?;
    match world::misfit(engine, compiled) {
        Some(reason) => Err(other(reason)),
        None => AdapterPre::new(linked).map_err(|error| other(format!("{error:#}"))),
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
    let found = cache.and_then(|cache| Some((cache, cached(engine, cache, bytes)?)));
    if let Some((cache, component)) = found {
        cache.used(wasmtime, bytes);
        return Ok(component);
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

/// The component as it was compiled before, if it was.
pub(super) fn cached(
    engine: &Engine,
    cache: &Cache,
    bytes: &[u8],
) -> Option<wasmtime::component::Component> {
    use wasmtime::component::Component;
    let code = cache.get(engine.wasmtime(), bytes)?;
    // SAFETY: the cache answers only with a file that this user's runtime wrote for this component and engine,
    // by a MAC under a key that nobody else can read, in a folder in which nobody else can write.
    let loaded = unsafe { Component::deserialize_file(engine.wasmtime(), &code) };
    let failed = |error: &_| {
        tracing::warn!("compiling again, for the cached code does not load: {error:#}");
    };
    loaded.inspect_err(failed).ok()
}

/// Connects the component's imports: what it asks for that is not offered is said first.
fn link(
    engine: &Engine,
    component: &wasmtime::component::Component,
) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(engine.wasmtime());
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    doors::count(&mut linker)?;
    super::bindings::Adapter::add_to_linker::<_, wasmtime::component::HasSelf<_>>(
        &mut linker,
        |state| state,
    )?;
    linker.instantiate_pre(component)
}
