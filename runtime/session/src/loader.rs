//! Loads adapters. Each is loaded once, however many ask for it meanwhile. A load goes on when the
//! first one who asked no longer waits.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use pyblish_adapter::{AdapterError, Cache, Component, Description, Engine};

/// A compiled adapter, and what it says of itself.
pub(crate) type LoadedAdapter = (Component, Description);

/// How a load ended; none while it is under way.
type LoadResult = Option<Result<LoadedAdapter, Arc<AdapterError>>>;

/// The adapters that are loaded, or being loaded.
pub(crate) struct Loader {
    engine: Engine,
    cache: Option<Cache>,
    loads: Mutex<HashMap<LoadKey, watch::Receiver<LoadResult>>>,
}

/// A file, and the SHA-256 that it must have, if it must have one.
type LoadKey = (PathBuf, Option<String>);

impl Loader {
    pub(crate) fn new(engine: Engine, cache: Option<Cache>) -> Arc<Self> {
        Arc::new(Loader {
            engine,
            cache,
            loads: Mutex::default(),
        })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The adapter in this file, which must have this digest if there is one.
    ///
    /// # Errors
    /// It cannot be loaded. The next one who asks tries again, because the file may be repaired by
    /// then.
    pub(crate) async fn load(
        self: &Arc<Self>,
        path: PathBuf,
        digest: Option<String>,
    ) -> Result<LoadedAdapter, Arc<AdapterError>> {
        let key = (path, digest);
        let mut load = self.begin(&key);
        let ended = load.wait_for(Option::is_some).await;
        let outcome = ended.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| {
            self.forget(&key);
            let reason = format!("loading {} was interrupted", key.0.display());
            Err(Arc::new(AdapterError::Engine(reason)))
        })
    }

    fn begin(self: &Arc<Self>, key: &LoadKey) -> watch::Receiver<LoadResult> {
        // A panic elsewhere leaves no half-written map.
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(load) = loads.get(key) {
            return load.clone();
        }
        let (done, load) = watch::channel(None);
        loads.insert(key.clone(), load.clone());
        let (loader, key) = (self.clone(), key.clone());
        // In a task of its own: it must go on when the one who asked goes away.
        tokio::spawn(async move {
            let outcome = loader.load_now(key.clone()).await.map_err(Arc::new);
            if outcome.is_err() {
                loader.forget(&key);
            }
            // It fails if nobody waits any more.
            let _ = done.send(Some(outcome));
        });
        load
    }

    fn forget(&self, key: &LoadKey) {
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        loads.remove(key);
    }

    async fn load_now(
        self: &Arc<Self>,
        (path, digest): LoadKey,
    ) -> Result<LoadedAdapter, AdapterError> {
        let loader = self.clone();
        let load = move || {
            let cache = loader.cache.as_ref();
            Component::load_pinned(&loader.engine, cache, path, digest.as_deref())
        };
        let component = tokio::task::spawn_blocking(load)
            .await
            .map_err(|error| AdapterError::Engine(error.to_string()))??;
        let description = component.describe().await?;
        Ok((component, description))
    }
}
