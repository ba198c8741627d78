//! Opens and closes sessions, and knows those that are open.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use crate::config::SessionConfig;
use crate::error::SessionError;
use crate::history_store::HistoryStore;
use crate::installed_adapter::{InstalledAdapter, WantedHost, choose_for_host};
use crate::launch::Launch;
use crate::loader::{LoadedAdapter, Loader};
use crate::open_error::OpenError;
use crate::request::{ClientRequest, RequestDenied, SessionRequest};
use crate::session::Session;
use crate::slots::{SessionSlot, SessionSlots};
use crate::standing_grants::StandingGrants;
use pyblish_adapter::{
    ActiveGrants, AdapterError, Cache, Catalog, CatalogEntry, Engine, GrantedFolders, Identity,
    read_manifest, resolve_settings, without_version,
};
use pyblish_hosts::HostRegistry;

/// Opens and closes sessions, and knows those that are open.
pub struct SessionManager {
    loader: Arc<Loader>,
    catalog: Catalog,
    identity: Identity,
    histories: Arc<dyn HistoryStore>,
    config: SessionConfig,
    /// Held while the installed adapters are listed, because each listing reads all of their files.
    listing: tokio::sync::Mutex<()>,
    /// The open sessions by id, and the closing ones until they have ended.
    sessions: RwLock<BTreeMap<String, Session>>,
    slots: SessionSlots,
    /// What the user granted to the adapters of the sessions that the user opened. The key is the
    /// adapter's name or path, as the user chose it.
    user_grants: RwLock<HashMap<String, StandingGrants>>,
    /// What the adapter of each open session was granted, by the session's id.
    granted: RwLock<HashMap<String, ActiveGrants>>,
    /// What each open session was opened with, by the session's id.
    requests: RwLock<HashMap<String, SessionRequest>>,
    /// Folders of which the thumbnails are shown, by the session's id.
    pictures: RwLock<HashMap<String, GrantedFolders>>,
}

impl SessionManager {
    /// No session is open yet. Adapters come from the catalog, their compiled code from the cache
    /// where there is one.
    pub fn new(
        engine: Engine,
        catalog: Catalog,
        cache: Option<Cache>,
        identity: Identity,
        histories: Arc<dyn HistoryStore>,
        config: SessionConfig,
    ) -> Arc<SessionManager> {
        Arc::new(SessionManager {
            loader: Loader::new(engine, cache),
            catalog,
            identity,
            histories,
            slots: SessionSlots::new(config.max_sessions),
            config,
            listing: tokio::sync::Mutex::default(),
            sessions: RwLock::default(),
            user_grants: RwLock::default(),
            granted: RwLock::default(),
            requests: RwLock::default(),
            pictures: RwLock::default(),
        })
    }

    /// The installed adapters, sorted by name, and then older versions of them. Only their files are read: none is compiled and none
    /// runs, so one of them may still turn out to be of no use.
    pub async fn adapters(&self) -> Vec<InstalledAdapter> {
        let versions = self.catalog.versions();
        self.read(self.catalog.list().into_iter().chain(versions))
            .await
    }

    /// What the files of these adapters say.
    async fn read(&self, all: impl IntoIterator<Item = CatalogEntry>) -> Vec<InstalledAdapter> {
        let _listing = self.listing.lock().await;
        let engine = self.loader.engine().clone();
        let all: Vec<CatalogEntry> = all.into_iter().collect();
        let list = move || {
            let installed = all.into_iter().map(|found| {
                let allowed = found.digest().map(drop);
                let described = allowed.and_then(|()| read_manifest(&engine, &found.path));
                InstalledAdapter { found, described }
            });
            installed.collect()
        };
        let listed = tokio::task::spawn_blocking(list).await;
        // A panic is in the log.
        listed.unwrap_or_default()
    }

    /// The name of the adapter that is for this host, and for the version of it that is running, if
    /// one is. `pid` is its process, where several are running. An adapter that works through the
    /// host's bridge comes before others.
    ///
    /// # Errors
    /// No adapter is for this host or this version, or more than one.
    pub async fn adapter_for(
        self: &Arc<Self>,
        host: &str,
        pid: Option<u32>,
    ) -> Result<String, OpenError> {
        let running = HostRegistry::of_user().and_then(|hosts| hosts.find(host, pid));
        // If that cannot be known, starting the session says why.
        let version = running.ok().flatten().and_then(|it| it.host_version);
        let wanted = WantedHost {
            name: host,
            version: version.as_deref(),
        };
        let chosen = choose_for_host(self.read(self.catalog.list()).await, wanted);
        match chosen {
            // Other versions of them may be for it.
            Err(OpenError::OtherHostVersion { .. }) => {
                choose_for_host(self.adapters().await, wanted)
            }
            chosen => chosen,
        }
    }

    /// Opens a session for the user. `chosen` is what the user chose its adapter by: the adapter's
    /// name, or a host's. A user who names a host grants the bridge of that host. Returns the
    /// session with its id.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(
        self: &Arc<Self>,
        mut request: SessionRequest,
        chosen: &str,
    ) -> Result<(String, Session), OpenError> {
        let slot = self.take_slot()?;
        if let Some(standing) = self.config.grants.get(without_version(&request.adapter)) {
            request.grants.add(standing);
        }
        let loaded = self.load(&request.adapter).await?;
        let is_new = !request.grants.bridges.iter().any(|host| host == chosen);
        if is_new && self.catalog.has(&request.adapter) && loaded.1.is_for_bridge(chosen) {
            request.grants.bridges.push(chosen.to_owned());
        }
        self.remember_grants(&request);
        self.start(request, loaded, slot).await
    }

    /// Opens a session for a client of the REST API: with an adapter that the user installed or
    /// named, or with any file where the user allows that, and with what the user has granted to
    /// it. Returns the session with its id.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_for_client(
        self: &Arc<Self>,
        request: ClientRequest,
    ) -> Result<(String, Session), OpenError> {
        let slot = self.take_slot()?;
        let granted = self.granted_to(&request.adapter);
        let is_file = Catalog::is_path(&request.adapter);
        if granted.is_none() && is_file && !self.config.client_files {
            let adapter = request.adapter;
            return Err(RequestDenied::AdapterFile { adapter }.into());
        }
        let loaded = self.load(&request.adapter).await?;
        let request = request.within(granted.unwrap_or_default(), &loaded.1)?;
        self.start(request, loaded, slot).await
    }

    /// The adapter of this name or path, as the catalog has it.
    async fn load(&self, adapter: &str) -> Result<LoadedAdapter, OpenError> {
        let found = self.catalog.find(adapter)?;
        let digest = found.digest()?.map(str::to_owned);
        Ok(self.loader.load(found.path, digest).await?)
    }

    /// Takes the slot of a session, before anything is begun for it.
    fn take_slot(&self) -> Result<SessionSlot, OpenError> {
        let slot = self.slots.take();
        slot.ok_or(OpenError::TooMany(self.config.max_sessions))
    }

    /// What the user has granted to this adapter.
    fn granted_to(&self, adapter: &str) -> Option<StandingGrants> {
        let grants = self.user_grants.read();
        let grants = grants.unwrap_or_else(PoisonError::into_inner);
        let adapter = without_version(adapter);
        let grants = grants.get(adapter).or(self.config.grants.get(adapter));
        grants.cloned()
    }

    /// Remembers what the user granted here, because clients can open more sessions with it.
    fn remember_grants(&self, request: &SessionRequest) {
        let grants = self.user_grants.write();
        let mut grants = grants.unwrap_or_else(PoisonError::into_inner);
        let adapter = without_version(&request.adapter).to_owned();
        grants.insert(adapter, request.grants.clone());
    }

    async fn start(
        self: &Arc<Self>,
        request: SessionRequest,
        (component, description): LoadedAdapter,
        slot: SessionSlot,
    ) -> Result<(String, Session), OpenError> {
        let settings = resolve_settings(&description, &request.grants.settings)?;
        let grants = request.grants.to_grants();
        let opened = {
            let (description, settings) = (description.clone(), settings.clone());
            tokio::task::spawn_blocking(move || grants.open(&description, &settings))
        };
        let granted = opened
            .await
            .map_err(|error| AdapterError::Engine(error.to_string()))??;
        if let (Some(pid), None) = (request.grants.pid, granted.bridge()) {
            let adapter = description.name.clone();
            return Err(AdapterError::PidNotAsked { adapter, pid }.into());
        }
        let launch = Launch {
            settings,
            component,
            granted: granted.clone(),
            limits: self.config.limits.clone(),
            identity: self.identity.clone(),
            policy: self.config.policy.clone(),
            description,
            pid: request.grants.pid,
        };
        launch.warn_of_other_version();
        let name = self.histories.name(&request, &launch.description);
        self.until_closed(&name).await?;
        // Opening a history waits for the disk.
        let histories = self.histories.clone();
        let (asked, description) = (request.clone(), launch.description.clone());
        let open = move || histories.own(&name, &asked, &description);
        let opened = tokio::task::spawn_blocking(open).await;
        let opened = opened.map_err(|error| SessionError::Down(error.to_string()))?;
        let (id, history) = opened?;
        let until_ended = OpenSession {
            manager: Arc::downgrade(self),
            id: id.clone(),
            slot: Some(slot),
        };
        let session = Session::start(launch, history, until_ended).await?;
        let mut known = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.clone(), granted);
        drop(known);
        let requests = self.requests.write();
        let mut requests = requests.unwrap_or_else(PoisonError::into_inner);
        requests.insert(id.clone(), request);
        drop(requests);
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        sessions.insert(id.clone(), session.clone());
        Ok((id, session))
    }

    /// Waits until the closing sessions of this name have ended. A session that is opened again
    /// then goes on with its history, instead of beginning another one beside it.
    async fn until_closed(&self, name: &str) -> Result<(), SessionError> {
        let has_name = |id: &str| {
            let rest = id.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let is_closing = || {
            let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
            let mut with_name = sessions.iter().filter(|(id, _)| has_name(id));
            with_name.any(|(_, session)| session.is_closing())
        };
        let mut slots = self.slots.subscribe();
        // The map must not be locked from inside the watch: a session that ends changes the watch
        // while it holds the map's lock, and each would wait for the other.
        let closed = async { while is_closing() && slots.changed().await.is_ok() {} };
        let closed = tokio::time::timeout(self.close_timeout(), closed).await;
        closed.map_err(|_| SessionError::Closing)
    }

    /// How long a session may take to end: its call may go on until the limit `close`, and closing
    /// the adapter may take as long again.
    fn close_timeout(&self) -> Duration {
        2 * self.config.limits.close() + MARGIN
    }

    /// The session with this id. It may be closing.
    pub fn session(&self, id: &str) -> Option<Session> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions.get(id).cloned()
    }

    /// The folders that this session was granted. They are open since it began: files in them are
    /// opened relative to them, and never by a path of this machine.
    pub fn folders(&self, id: &str) -> GrantedFolders {
        let granted = self.granted.read().unwrap_or_else(PoisonError::into_inner);
        let granted = granted.get(id);
        granted
            .map(|granted| granted.folders().clone())
            .unwrap_or_default()
    }

    /// Lets frontends show the thumbnails that are in these folders. Its adapter does not get them.
    pub fn show_pictures(&self, id: &str, folders: GrantedFolders) {
        let mut shown = self
            .pictures
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        shown.insert(id.to_owned(), folders);
    }

    /// The folders of which frontends may show thumbnails, beside those that the session was granted.
    pub fn pictures(&self, id: &str) -> GrantedFolders {
        let shown = self.pictures.read().unwrap_or_else(PoisonError::into_inner);
        shown.get(id).cloned().unwrap_or_default()
    }

    /// What this session was opened with, what the configuration grants included.
    pub fn request(&self, id: &str) -> Option<SessionRequest> {
        let requests = self.requests.read();
        let requests = requests.unwrap_or_else(PoisonError::into_inner);
        requests.get(id).cloned()
    }

    /// The host whose bridge this session works through, if it does.
    pub fn bridge(&self, id: &str) -> Option<String> {
        let granted = self.granted.read().unwrap_or_else(PoisonError::into_inner);
        Some(granted.get(id)?.bridge()?.host.clone())
    }

    /// The open sessions and the closing ones, sorted by id.
    pub fn sessions(&self) -> Vec<(String, Session)> {
        let sessions = self.sessions.read().unwrap_or_else(PoisonError::into_inner);
        sessions
            .iter()
            .map(|(id, session)| (id.clone(), session.clone()))
            .collect()
    }

    /// Ends all streams of events, because the server is about to end.
    pub fn end_listening(&self) {
        for (_, session) in self.sessions() {
            session.history().end_listening();
        }
    }

    /// Closes every session, and waits until their adapters have ended and their histories are on
    /// disk. Returns false if that took too long.
    pub async fn close(&self) -> bool {
        for (_, session) in self.sessions() {
            session.shut_down();
        }
        let mut slots = self.slots.subscribe();
        let ended = slots.wait_for(|taken| *taken == 0);
        tokio::time::timeout(self.close_timeout(), ended)
            .await
            .is_ok()
    }

    /// Waits until nothing is left of the session with this id.
    pub async fn until_ended(&self, id: &str) {
        let mut slots = self.slots.subscribe();
        // Each session that ends frees a slot. Waiting cannot fail, because `self` holds the
        // sender.
        while self.session(id).is_some() && slots.changed().await.is_ok() {}
    }

    /// Nothing is left of this session but its slot.
    fn remove(&self, id: &str, slot: Option<SessionSlot>) {
        let mut granted = self.granted.write().unwrap_or_else(PoisonError::into_inner);
        granted.remove(id);
        let mut pictures = self
            .pictures
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        pictures.remove(id);
        let requests = self.requests.write();
        let mut requests = requests.unwrap_or_else(PoisonError::into_inner);
        requests.remove(id);
        drop(requests);
        drop(granted);
        let mut sessions = self
            .sessions
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let ended = sessions.remove(id);
        // Whoever finds the session gone must find its slot free.
        drop(slot);
        drop(sessions);
        // Freeing its snapshot may take long, and nobody should wait for that.
        drop(ended);
    }
}

/// How much longer than it may take is waited for the end of a session.
const MARGIN: Duration = Duration::from_secs(2);

/// Removes a session from its manager when the last part of the session is dropped.
struct OpenSession {
    manager: Weak<SessionManager>,
    id: String,
    slot: Option<SessionSlot>,
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        if let Some(manager) = self.manager.upgrade() {
            manager.remove(&self.id, self.slot.take());
        }
    }
}
