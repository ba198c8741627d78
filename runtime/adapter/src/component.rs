use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;

use sha2::{Digest, Sha256};

use super::bindings::AdapterPre;
use super::compile::{compile, known};
use super::component_file::{invalid, read};
use super::interfaces::Interfaces;
use super::link::link;
use super::sandbox::State;
use super::{AdapterError, Cache, Description, Engine, HostVersions, manifest, world};

/// A compiled adapter, known to fit this runtime. Cheap to clone; runs as often as needed.
#[derive(Clone)]
pub struct Component {
    pub(super) engine: Engine,
    pub(super) linked: AdapterPre<State>,
    path: Arc<Path>,
    /// What its file says of it.
    manifest: Option<Arc<Description>>,
    /// SHA-256 of its file, in hexadecimal digits. A thread of its own computes it, because that
    /// takes a tenth of a second for a Python.
    digest: Arc<OnceLock<String>>,
}

/// What can be known of an adapter without running any of it.
#[derive(Debug)]
pub struct Inspection {
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
    /// Reads and compiles the component in this file, or takes its compiled code from the cache.
    /// Takes as long as compiling does: a tenth of a second to many.
    pub fn load(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
    ) -> Result<Self, AdapterError> {
        Component::load_pinned(engine, cache, path, None)
    }

    /// The same for a file that must have this SHA-256, in hexadecimal digits. The digest is
    /// computed while compiled code is taken from the cache, which takes as long; nothing is
    /// compiled or run before it is known.
    pub fn load_pinned(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
        expected: Option<&str>,
    ) -> Result<Self, AdapterError> {
        let bytes = Arc::new(read(engine, &path)?);
        let digest = digest_later(&bytes);
        let compiled = known(engine, cache, &bytes);
        if let Some(expected) = expected {
            check_digest(&path, expected, digest.wait())?;
        }
        let compiled = match compiled {
            Some(compiled) => compiled,
            None => compile(engine, cache, &bytes, &path)?,
        };
        Ok(Component {
            engine: engine.clone(),
            linked: link(engine, &compiled, &path)?,
            path: path.into(),
            manifest: manifest::read(&bytes).map(Arc::new),
            digest,
        })
    }

    /// SHA-256 of its file, in hexadecimal digits. Waits until it is known.
    pub fn digest(&self) -> &str {
        self.digest.wait()
    }

    /// What can be known of the component in this file without running any of it.
    ///
    /// # Errors
    /// It cannot be read, or is no component. One that does not fit this runtime is no error here.
    pub fn inspect(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
    ) -> Result<Inspection, AdapterError> {
        let bytes = read(engine, &path)?;
        let digest = Sha256::digest(&bytes);
        let interfaces = Interfaces::of(&bytes).map_err(|error| invalid(&path, &error))?;
        // A component that cannot be compiled is described all the same.
        let fitting = compile(engine, cache, &bytes, &path)
            .and_then(|compiled| link(engine, &compiled, &path).map(drop));
        let problem = match fitting {
            Err(error @ AdapterError::NoComponent { .. }) => return Err(error),
            fitting => fitting.err(),
        };
        Ok(Inspection {
            manifest: manifest::read(&bytes),
            size: bytes.len(),
            digest: format!("{digest:x}"),
            imports: interfaces.imports,
            problem,
        })
    }

    /// The component in this file with what it says of itself written into it. It runs for that
    /// once, with nothing granted. Its compiled code goes into the cache, where the first start
    /// finds it. It does not know for which versions of its hosts it is, so these come along.
    ///
    /// # Errors
    /// It does not load, or does not describe itself, or is not for a host whose versions are named.
    pub async fn sealed(
        engine: &Engine,
        cache: Option<&Cache>,
        path: PathBuf,
        host_versions: HostVersions,
    ) -> Result<Vec<u8>, AdapterError> {
        let bytes = read(engine, &path)?;
        let mut component = Component::load(engine, cache, path)?;
        // Its description of now counts, not the one from when it was last sealed.
        component.manifest = None;
        let description = component.describe().await?;
        let is_unknown = |host: &&str| !description.hosts.iter().any(|known| known == host);
        if let Some(host) = host_versions.hosts().find(is_unknown) {
            return Err(AdapterError::OtherHost {
                name: description.name.clone(),
                host: host.into(),
                hosts: description.hosts,
            });
        }
        let description = Description {
            host_versions,
            ..description
        };
        Ok(manifest::seal(&bytes, &description))
    }

    /// What the component in this file has of this runtime's world, one line for each type.
    pub fn world(engine: &Engine, path: PathBuf) -> Result<Vec<String>, AdapterError> {
        let compiled = compile(engine, None, &read(engine, &path)?, &path)?;
        Ok(world::lines(engine, &compiled))
    }

    /// This description with what only the file says, or none if the file says something else.
    pub(super) fn as_sealed(&self, description: Description) -> Option<Description> {
        let Some(manifest) = self.manifest.as_deref() else {
            return Some(description);
        };
        let description = Description {
            host_versions: manifest.host_versions.clone(),
            ..description
        };
        (description == *manifest).then_some(description)
    }

    /// The file that it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What to call it in messages before it has said its own name.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.file_stem().unwrap_or(self.path.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// Checks that a file is the one that was installed.
fn check_digest(path: &Path, expected: &str, found: &str) -> Result<(), AdapterError> {
    match found == expected {
        true => Ok(()),
        false => Err(AdapterError::OtherDigest {
            path: path.into(),
            expected: expected.into(),
            found: found.into(),
        }),
    }
}

/// Computes the digest of these bytes on another thread, or here if there can be none.
fn digest_later(bytes: &Arc<Vec<u8>>) -> Arc<OnceLock<String>> {
    let digest = Arc::new(OnceLock::new());
    let later = digest.clone();
    let compute = {
        let bytes = bytes.clone();
        move || drop(later.set(format!("{:x}", Sha256::digest(&*bytes))))
    };
    let name = "digest".to_owned();
    if thread::Builder::new().name(name).spawn(compute).is_err() {
        // It is not set: nobody else has its other end.
        let _ = digest.set(format!("{:x}", Sha256::digest(&**bytes)));
    }
    digest
}
