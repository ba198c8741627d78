//! What this process has for opening sessions, and the sessions that are open.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::{Launch, Session, SessionError};
use crate::adapter::{
    AdapterError, Address, Cache, Catalog, Component, Description, Engine, FolderGrant, Found,
    Grants, Identity, Limits, Settings, settle,
};
use crate::history::{History, HistoryError, Writer};

/// Opens the history of a session for this process; answers the session's id, which names it.
pub type OpenHistory = Box<
    dyn Fn(&SessionRequest, &Description) -> Result<(String, (History, Writer)), HistoryError>
        + Send
        + Sync,
>;

/// What a session is to be with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionRequest {
    /// The adapter's name, or its file.
    pub adapter: String,
    pub settings: Settings,
    pub folders: Vec<FolderGrant>,
    pub addresses: Vec<Address>,
    /// Names of environment variables.
    pub environment: Vec<String>,
    /// The process of the running host, where several of its kind run.
    pub pid: Option<u32>,
}

/// What an adapter gets in each of its sessions, beside what is asked for with the session.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StandingGrants {
    pub settings: Settings,
    pub folders: Vec<FolderGrant>,
    pub addresses: Vec<Address>,
    pub environment: Vec<String>,
}

impl StandingGrants {
    /// What the session says itself comes first.
    fn add_to(&self, request: &mut SessionRequest) {
        // Of the settings the last one of a name counts.
        request.settings.splice(0..0, self.settings.iter().cloned());
        for folder in &self.folders {
            if request
                .folders
                .iter()
                .all(|known| known.guest != folder.guest)
            {
                request.folders.push(folder.clone());
            }
        }
        add(&mut request.addresses, &self.addresses);
        add(&mut request.environment, &self.environment);
    }
}

fn add<T: Clone + PartialEq>(list: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}

/// What the user configured for all sessions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Configured {
    /// What each adapter gets in any case, by its name.
    pub grants: HashMap<String, StandingGrants>,
    /// What each adapter may use at most.
    pub limits: Limits,
}

/// Why a session cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Adapter(#[from] AdapterError),
    #[error("{0}")]
    Grants(String),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error("no adapter is for the host {host:?}; those that are installed are for {}", .known.join(", "))]
    NoAdapter { host: String, known: Vec<String> },
    #[error("several adapters are for the host {host:?}: {}; name one", .adapters.join(", "))]
    SeveralAdapters { host: String, adapters: Vec<String> },
}

/// An adapter that is installed, and what it says of itself; or why it cannot be used.
pub struct Installed {
    pub found: Found,
    pub described: Result<Description, AdapterError>,
}

/// Everything that it takes to open sessions, and those that are open.
pub struct House {
    engine: Engine,
    cache: Option<Cache>,
    catalog: Catalog,
    identity: Identity,
    open_history: OpenHistory,
    configured: Configured,
    /// Those that were loaded, so that no file is compiled twice.
    loaded: Mutex<HashMap<PathBuf, (Component, Description)>>,
    open: RwLock<BTreeMap<String, Session>>,
    /// What the user granted to each of them.
    granted: RwLock<HashMap<String, Vec<FolderGrant>>>,
}

impl House {
    pub fn new(
        catalog: Catalog,
        cache: Option<Cache>,
        identity: Identity,
        open_history: OpenHistory,
        configured: Configured,
    ) -> Result<Arc<House>, AdapterError> {
        Ok(Arc::new(House {
            engine: Engine::new()?,
            cache,
            catalog,
            identity,
            open_history,
            configured,
            loaded: Mutex::default(),
            open: RwLock::default(),
            granted: RwLock::default(),
        }))
    }

    /// The adapters that are installed, by name. One that was never compiled is taken at its file's word: whether it
    /// can be used is found out when it is.
    pub async fn adapters(self: &Arc<Self>) -> Vec<Installed> {
        let mut installed = Vec::new();
        for found in self.catalog.list() {
            let described = match self.uncompiled(found.path.clone()).await {
                Some(description) => Ok(description),
                None => self.load(found.path.clone()).await.map(|(_, it)| it),
            };
            installed.push(Installed { found, described });
        }
        installed
    }

    async fn uncompiled(self: &Arc<Self>, path: PathBuf) -> Option<Description> {
        let house = self.clone();
        let look = move || {
            let loaded = house.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            let is_loaded = loaded.contains_key(&path);
            drop(loaded);
            let uncompiled = || Component::uncompiled(house.cache.as_ref(), &house.engine, &path);
            if is_loaded { None } else { uncompiled() }
        };
        // Where looking fails, loading says why.
        tokio::task::spawn_blocking(look).await.ok()?
    }

    /// The name of the one adapter that is for this host.
    pub async fn adapter_for(self: &Arc<Self>, host: &str) -> Result<String, OpenError> {
        let (mut adapters, mut known) = (Vec::new(), Vec::new());
        let mut inside = Vec::new();
        for installed in self.adapters().await {
            let Ok(description) = installed.described else {
                continue;
            };
            if description.hosts.iter().any(|known| known == host) {
                if description.is_for_bridge(host) {
                    inside.push(installed.found.name.clone());
                }
                adapters.push(installed.found.name);
            }
            known.extend(description.hosts);
        }
        // Others run what is written for the host without it.
        if inside.len() == 1 {
            adapters = inside;
        }
        match adapters.len() {
            0 => Err(OpenError::NoAdapter {
                host: host.into(),
                known,
            }),
            1 => Ok(adapters.remove(0)),
            _ => Err(OpenError::SeveralAdapters {
                host: host.into(),
                adapters,
            }),
        }
    }

    /// Opens a session; answers its id.
    pub async fn open(
        self: &Arc<Self>,
        mut request: SessionRequest,
    ) -> Result<(String, Session), OpenError> {
        if let Some(standing) = self.configured.grants.get(&request.adapter) {
            standing.add_to(&mut request);
        }
        let mut grants = Grants::of_folders(request.folders.clone()).map_err(OpenError::Grants)?;
        grants.addresses.clone_from(&request.addresses);
        grants.environment.clone_from(&request.environment);
        let path = self.catalog.find(&request.adapter)?;
        let (component, description) = self.load(path).await?;
        let launch = Launch {
            settings: settle(&description, &request.settings)?,
            component,
            grants,
            limits: self.configured.limits.clone(),
            identity: self.identity.clone(),
            description,
            pid: request.pid,
        };
        let (id, history) = (self.open_history)(&request, &launch.description)?;
        let session = Session::start(launch, history).await?;
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        granted.insert(id.clone(), request.folders);
        drop(granted);
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.insert(id.clone(), session.clone());
        Ok((id, session))
    }

    /// The session of this id.
    pub fn session(&self, id: &str) -> Option<Session> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(id).cloned()
    }

    /// The folders that the user granted to this session.
    pub fn folders(&self, id: &str) -> Vec<FolderGrant> {
        let granted = self.granted.read().unwrap_or_else(PoisonError::into_inner);
        granted.get(id).cloned().unwrap_or_default()
    }

    /// The open sessions, by id.
    pub fn sessions(&self) -> Vec<(String, Session)> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.iter()
            .map(|(id, session)| (id.clone(), session.clone()))
            .collect()
    }

    /// Sends every listener to events away, as the server is to end.
    pub fn end_listening(&self) {
        for (_, session) in self.sessions() {
            session.history().log().end();
        }
    }

    /// Closes a session, once nobody has a handle any more; answers whether it was open.
    pub fn close(&self, id: &str) -> bool {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        let closed = open.remove(id);
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        granted.remove(id);
        if let Some(session) = &closed {
            session.history().log().end();
        }
        closed.is_some()
    }

    async fn load(
        self: &Arc<Self>,
        path: PathBuf,
    ) -> Result<(Component, Description), AdapterError> {
        // A map of what is loaded is whole at every moment.
        let known = |house: &House| {
            let loaded = house.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.get(&path).cloned()
        };
        if let Some(loaded) = known(self) {
            return Ok(loaded);
        }
        let (house, file) = (self.clone(), path.clone());
        let load = move || Component::load(&house.engine, house.cache.as_ref(), file);
        let component = tokio::task::spawn_blocking(load)
            .await
            .map_err(|error| AdapterError::Engine(error.to_string()))??;
        let description = component.describe().await?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.insert(path.clone(), (component.clone(), description.clone()));
        Ok((component, description))
    }
}
