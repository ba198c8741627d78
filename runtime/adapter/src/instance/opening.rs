//! From a component to a running adapter with an open session.

use tokio::sync::watch;
use wasmtime::component::Resource;

use super::{Adapter, Live};
use crate::batch::CallHandle;
use crate::bindings::service;
use crate::call_types::{OpenArguments, OpenedSession};
use crate::connections::Connections;
use crate::convert;
use crate::ffmpeg::Ffmpeg;
use crate::grants::ActiveGrants;
use crate::limits::Limit;
use crate::longest_name::LongestName;
use crate::meter::{self, ForceStop, Meter};
use crate::sandbox::{self, SandboxAccess};
use crate::{AdapterError, AdapterLimits, Component, Description, Observer};
use pyblish_model::Record;

/// The name of the call while the adapter starts.
const START: &str = "its start";

/// Ignores everything: for calls before there is a session.
struct Unobserved;

impl Observer for Unobserved {
    fn begin(&mut self, _: &'static str) {}
    fn record(&mut self, _: Record) {}
    fn progress(&mut self, _: f64, _: String) {}
    fn cancelled(&self) -> bool {
        false
    }
    fn force(&self) -> ForceStop {
        watch::Sender::new(0).subscribe()
    }
}

impl Component {
    /// Who the adapter is. It runs for this with nothing granted, on a thread of its own, because
    /// the caller's thread may serve others.
    pub async fn describe(&self) -> Result<Description, AdapterError> {
        let component = self.clone();
        let engine = |error: &dyn std::fmt::Display| AdapterError::Engine(error.to_string());
        let described = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| engine(&error))?;
            let described = runtime.block_on(component.describe_here());
            // A host call that never returns is not waited for.
            runtime.shutdown_background();
            described
        });
        described.await.map_err(|error| engine(&error))?
    }

    async fn describe_here(&self) -> Result<Description, AdapterError> {
        let mut adapter = self
            .start(
                SandboxAccess::default(),
                &AdapterLimits::to_describe(),
                Box::new(Unobserved),
            )
            .await?;
        let described = call!(adapter, "describe", |store, service| service
            .call_describe(store))?;
        if described.longest() > adapter.limits.count(Limit::Names) {
            return Err(adapter.ended("describe", meter::CallEnd::Limit(Limit::Names)));
        }
        let description =
            adapter.taken("describe", |room| convert::description(described, room))?;
        let sealed = self.as_sealed(description);
        sealed.ok_or_else(|| AdapterError::OtherManifest {
            path: self.path().into(),
        })
    }

    /// Starts the adapter with what it was granted, and opens a session.
    pub async fn open(
        &self,
        description: &Description,
        granted: &ActiveGrants,
        limits: &AdapterLimits,
        opening: &OpenArguments,
        observer: Box<dyn Observer>,
    ) -> Result<(Adapter, OpenedSession), AdapterError> {
        let inside = SandboxAccess {
            folders: granted.folders().clone(),
            temporary: granted.temporary(),
            reach: Connections::of(granted, opening.is_host_running).await?,
            environment: granted.environment(),
            ffmpeg: Ffmpeg {
                grant: granted.ffmpeg().cloned(),
                runner: self.engine.compiler().program.clone(),
            },
            tells_disks: granted.tells_disks(),
            connector: opening.connector.clone(),
        };
        let mut adapter = self.start(inside, limits, observer).await?;
        adapter.name.clone_from(&description.name);
        let folders = granted.folders().iter();
        let folders = folders.map(|folder| service::GrantedFolder {
            path: folder.guest.clone(),
            host_path: folder.host_path().display().to_string(),
            writable: folder.writable,
        });
        let opening = service::Opening {
            settings: convert::datums(&opening.settings),
            user: opening.identity.user.clone(),
            machine: opening.identity.machine.clone(),
            folders: folders.collect(),
        };
        let opened = call!(adapter, "open", |store, service| async {
            let handle = store.data_mut().table.push(CallHandle)?;
            let call = Resource::new_borrow(handle.rep());
            let session = service.session();
            let opened = session.call_open(&mut *store, call, &opening).await?;
            store.data_mut().table.delete(handle)?;
            Ok(opened)
        })?;
        let opened = opened.map_err(|failure| AdapterError::Refused {
            adapter: adapter.name.clone(),
            failure: Box::new(convert::failure(failure)),
        })?;
        if let Some(live) = &mut adapter.live {
            live.session = Some(opened.session);
        }
        let host = adapter.taken("open", |room| convert::data(opened.host, room))?;
        let context = adapter.changes("open", opened.context)?;
        Ok((adapter, OpenedSession { host, context }))
    }

    async fn start(
        &self,
        inside: SandboxAccess,
        limits: &AdapterLimits,
        observer: Box<dyn Observer>,
    ) -> Result<Adapter, AdapterError> {
        let force = observer.force();
        let mut adapter = Adapter {
            name: self.file_name(),
            live: None,
            lost: None,
            limits: limits.clone(),
            latest: (START, Meter::new(limits, &force)),
            force,
        };
        let store = sandbox::store(&self.engine, inside, limits, observer);
        let mut store = store.map_err(|error| AdapterError::Engine(format!("{error:#}")))?;
        let started = self.linked.instantiate_async(&mut store);
        match adapter.latest.1.call(started).await {
            Ok(exports) => {
                adapter.live = Some(Live {
                    store,
                    exports,
                    session: None,
                });
            }
            Err(broken) => {
                store.data_mut().end();
                return Err(adapter.failed(START, broken, store.data()));
            }
        }
        Ok(adapter)
    }
}
