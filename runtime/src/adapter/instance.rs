use serde_json::Value;
use tokio::sync::watch;
use wasmtime::component::ResourceTableError;
use wasmtime::{FrameInfo, Store, Trap, WasmBacktrace};

use super::bindings::{self, service, types};
use super::convert::{self, Broken};
use super::grants::{Address, BridgeAccess};
use super::guard::{self, Force, guarded};
use super::limits::Limit;
use super::sandbox::{self, Reach, State};
use super::{AdapterError, Component, Description, Grants, Limits, Observer};
use crate::model::{Change, Data, Failure, InstanceId, Outcome, Plugin, PluginId, Record};

/// On whose behalf an adapter works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's name on this machine.
    pub user: String,
    pub machine: String,
}

/// With what a session begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// One value for each setting of the description.
    pub settings: Data,
    pub identity: Identity,
    /// Where the adapter asks for one.
    pub bridge: Option<BridgeAccess>,
}

/// The host that a session was opened with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Opened {
    /// What is known of the host, for people to read.
    pub host: Data,
    /// The context that the host still holds, as changes to an empty one.
    pub context: Vec<Change>,
}

/// What was found when plug-ins were discovered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Discovery {
    pub plugins: Vec<Plugin>,
    /// Files that could not be used, each with the reason.
    pub broken: Vec<(String, Failure)>,
}

/// A running adapter. It is called once at a time; a call that traps, or breaks the contract, is its last.
pub struct Adapter {
    name: String,
    /// None from the moment of its end: a store that trapped is dropped.
    live: Option<Live>,
    /// Why its host is gone, once it has said so; then it is gone too.
    lost: Option<String>,
    limits: Limits,
    force: Force,
}

struct Live {
    store: Store<State>,
    exports: bindings::Adapter,
}

/// Nobody: for a call that is under way before there is a session.
struct Unobserved;

impl Observer for Unobserved {
    fn record(&mut self, _: Record) {}
    fn progress(&mut self, _: f64, _: String) {}
    fn cancelled(&self) -> bool {
        false
    }
    fn force(&self) -> Force {
        watch::Sender::new(0).subscribe()
    }

    fn upcoming(&self, _: usize) -> Vec<(PluginId, Option<InstanceId>)> {
        Vec::new()
    }
}

/// One call of an export: through the live store, which does not outlive an error.
macro_rules! call {
    ($self:ident, $name:literal, $method:ident($($argument:expr),*)) => {
        match &mut $self.live {
            None => Err(AdapterError::Stopped { adapter: $self.name.clone() }),
            Some(live) => {
                live.store.data_mut().begin();
                let service = live.exports.pyblish_endpoint_service();
                let called = service.$method(&mut live.store, $($argument),*);
                let called = guarded(&$self.limits, &mut $self.force, called).await;
                if let Some(reason) = live.store.data_mut().lost.take() {
                    $self.lost = Some(reason);
                }
                called.map_err(|broken| $self.ended($name, broken))
            }
        }
    };
}

impl Component {
    /// Who the adapter is. It runs for this with nothing granted.
    pub async fn describe(&self) -> Result<Description, AdapterError> {
        let mut adapter = self
            .start(
                Reach::default(),
                &Limits::to_describe(),
                Box::new(Unobserved),
            )
            .await?;
        let described = call!(adapter, "describe", call_describe())?;
        let description = adapter.kept("describe", convert::description(described))?;
        match self.is_as_sealed(&description) {
            true => Ok(description),
            false => Err(AdapterError::OtherManifest {
                path: self.path().into(),
            }),
        }
    }

    /// Starts the adapter with what it asks for and the user grants, and opens a session.
    pub async fn open(
        &self,
        description: &Description,
        grants: &Grants,
        limits: &Limits,
        opening: &Opening,
        observer: Box<dyn Observer>,
    ) -> Result<(Adapter, Opened), AdapterError> {
        let bridge = opening.bridge.as_ref();
        let running = bridge.is_some_and(|bridge| bridge.address.is_some());
        let agreed = grants.agree(description, &opening.settings, running)?;
        let mut reach = Reach {
            folders: agreed.folders,
            addresses: bridge
                .and_then(|bridge| bridge.address)
                .into_iter()
                .collect(),
            names: agreed.addresses.iter().any(Address::is_name),
            environment: agreed
                .environment
                .into_iter()
                .filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)))
                .collect(),
        };
        for address in agreed.addresses {
            let resolved = address.resolve().await;
            reach
                .addresses
                .extend(resolved.map_err(|reason| AdapterError::NoAddress {
                    address: address.to_string(),
                    reason,
                })?);
        }
        let mut adapter = self.start(reach, limits, observer).await?;
        adapter.name.clone_from(&description.name);
        let opening = service::Opening {
            settings: convert::datums(&opening.settings),
            user: opening.identity.user.clone(),
            machine: opening.identity.machine.clone(),
            bridge: bridge.map(|bridge| service::BridgeAccess {
                secret: bridge.secret.clone(),
                address: bridge.address.map(|address| address.to_string()),
                pid: bridge.pid,
            }),
        };
        let opened = call!(adapter, "open", call_open(&opening))?;
        let opened = opened.map_err(|failure| AdapterError::Refused {
            adapter: adapter.name.clone(),
            failure: Box::new(convert::failure(failure)),
        })?;
        let host = adapter.kept("open", convert::data(opened.host))?;
        let context = adapter.kept("open", convert::changes(opened.context))?;
        Ok((adapter, Opened { host, context }))
    }

    async fn start(
        &self,
        reach: Reach,
        limits: &Limits,
        observer: Box<dyn Observer>,
    ) -> Result<Adapter, AdapterError> {
        let mut adapter = Adapter {
            name: self.file_name(),
            live: None,
            lost: None,
            limits: limits.clone(),
            force: observer.force(),
        };
        let mut store = sandbox::store(&self.engine, reach, limits, observer)?;
        let started = self.linked.instantiate_async(&mut store);
        match guarded(limits, &mut adapter.force, started).await {
            Ok(exports) => adapter.live = Some(Live { store, exports }),
            Err(broken) => {
                let refused = store.data().refused();
                return Err(adapter.failed("its start", broken, refused));
            }
        }
        Ok(adapter)
    }
}

impl Adapter {
    /// Why its host is gone, if it is.
    pub fn lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// Begins with an empty context; the outcome's changes are what it starts with.
    pub async fn reset(&mut self) -> Result<Outcome, AdapterError> {
        let outcome = call!(self, "reset", call_reset())?;
        self.kept("reset", convert::outcome(outcome, 0))
    }

    /// Finds the plug-ins; the inner error is the adapter's own.
    pub async fn discover(&mut self) -> Result<Result<Discovery, Failure>, AdapterError> {
        let found = match call!(self, "discover", call_discover())? {
            Ok(found) => found,
            Err(failure) => return Ok(Err(convert::failure(failure))),
        };
        let plugins = found.plugins.into_iter().map(convert::plugin).collect();
        let broken = found.broken.into_iter();
        Ok(Ok(Discovery {
            plugins: self.kept("discover", plugins)?,
            broken: broken
                .map(|b| (b.file, convert::failure(b.failure)))
                .collect(),
        }))
    }

    /// Runs a plug-in on an instance, or on the context. Where an outcome before said that the host had begun pairs to
    /// come, this must be the next of them.
    pub async fn process(
        &mut self,
        plugin: &PluginId,
        instance: Option<&InstanceId>,
    ) -> Result<Outcome, AdapterError> {
        let instance = instance.map(|id| id.0.as_str());
        self.given(|given| given.saturating_sub(1));
        let outcome = call!(self, "process", call_process(&plugin.0, instance))?;
        let mut told = 0;
        self.given(|given| {
            told = given;
            // Those that the host did not go on with are not to come back to.
            if outcome.ahead > 0 { given } else { 0 }
        });
        self.kept("process", convert::outcome(outcome, told))
    }

    /// Changes how many pairs to come the adapter has been told of, and may have begun.
    fn given(&mut self, change: impl FnOnce(u32) -> u32) {
        if let Some(live) = &mut self.live {
            let given = &mut live.store.data_mut().given;
            *given = change(*given);
        }
    }

    /// Runs a plug-in's repair on an instance, or on the context.
    pub async fn repair(
        &mut self,
        plugin: &PluginId,
        instance: Option<&InstanceId>,
    ) -> Result<Outcome, AdapterError> {
        let instance = instance.map(|id| id.0.as_str());
        let outcome = call!(self, "repair", call_repair(&plugin.0, instance))?;
        self.kept("repair", convert::outcome(outcome, 0))
    }

    /// Runs one of a plug-in's actions.
    pub async fn act(&mut self, plugin: &PluginId, action: &str) -> Result<Outcome, AdapterError> {
        let outcome = call!(self, "act", call_act(&plugin.0, action))?;
        self.kept("act", convert::outcome(outcome, 0))
    }

    /// Takes over what a frontend changed; the outcome's changes are what really changed.
    pub async fn apply(&mut self, changes: &[Change]) -> Result<Outcome, AdapterError> {
        let changes: Vec<types::Change> = convert::changes_out(changes);
        let outcome = call!(self, "apply", call_apply(&changes))?;
        self.kept("apply", convert::outcome(outcome, 0))
    }

    /// Tells it of one of Pyblish's events, with its arguments as a JSON object.
    pub async fn notify(
        &mut self,
        event: &str,
        arguments: &Value,
    ) -> Result<Outcome, AdapterError> {
        let arguments = arguments.to_string();
        let outcome = call!(self, "notify", call_notify(event, &arguments))?;
        self.kept("notify", convert::outcome(outcome, 0))
    }

    /// Ends its session, and it.
    pub async fn close(mut self) -> Result<(), AdapterError> {
        call!(self, "close", call_close())
    }

    /// The end of an adapter whose call did not come to its own.
    fn ended(&mut self, call: &'static str, broken: guard::Broken) -> AdapterError {
        let live = self.live.take();
        let refused = live.and_then(|live| live.store.data().refused());
        self.failed(call, broken, refused)
    }

    /// What is said of a call that did not come to its end; in it the adapter was refused more of something.
    fn failed(
        &self,
        call: &'static str,
        broken: guard::Broken,
        refused: Option<Limit>,
    ) -> AdapterError {
        let adapter = self.name.clone();
        let error = match broken {
            guard::Broken::Trapped(error) => error,
            guard::Broken::Forced => return AdapterError::Restarted { adapter, call },
            guard::Broken::Limit(limit) => {
                let limit = self.limits.said(limit);
                return AdapterError::Limit {
                    adapter,
                    call,
                    limit,
                };
            }
        };
        // Where in the guest it happened is for the adapter's author, not for the artist.
        tracing::debug!("the adapter {} trapped in {call}: {error:?}", self.name);
        if let Some(limit) = met(&error) {
            let limit = self.limits.said(limit);
            return AdapterError::Limit {
                adapter,
                call,
                limit,
            };
        }
        let mut reason = match error.downcast_ref::<Trap>() {
            Some(Trap::UnreachableCodeReached) => "it gave up (a panic, or an abort)".into(),
            Some(Trap::StackOverflow) => WITHOUT_END.into(),
            // A language may have a stack of its own in its memory, which ends first.
            Some(Trap::MemoryOutOfBounds) if called_itself(&error) => WITHOUT_END.into(),
            Some(trap) => trap.to_string(),
            None => format!("{:#}", error.root_cause()),
        };
        if let Some(limit) = refused {
            reason = format!(
                "{reason}, after it got no more: {}",
                self.limits.said(limit)
            );
        }
        AdapterError::Trapped {
            adapter,
            call,
            reason,
        }
    }

    /// What the adapter answered, or its end if that broke the contract: the mirror of its context could
    /// not be trusted any more.
    fn kept<T>(
        &mut self,
        call: &'static str,
        answer: Result<T, Broken>,
    ) -> Result<T, AdapterError> {
        answer.map_err(|Broken(reason)| {
            self.live = None;
            AdapterError::Misbehaved {
                adapter: self.name.clone(),
                call,
                reason,
            }
        })
    }
}

const WITHOUT_END: &str = "it called itself without end";

/// Whether the guest was in one function again and again, as far as is known of where it was.
fn called_itself(error: &wasmtime::Error) -> bool {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return false;
    };
    let mut innermost = backtrace.frames().iter().map(FrameInfo::func_index);
    let first = innermost.next();
    let same = innermost.take_while(|index| Some(*index) == first).count();
    same >= AGAIN
}

/// How often.
const AGAIN: usize = 10;

/// The limit that ended the call, if one did. wasmtime has no types for most of them; where its words should change, they
/// are told as they are.
fn met(error: &wasmtime::Error) -> Option<Limit> {
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Some(Limit::Handles);
    }
    let words = error.root_cause().to_string();
    let known = [
        ("fuel allocated for hostcalls", Limit::HostcallData),
        ("requested len", Limit::Random),
        ("resource limit exceeded", Limit::Instances),
        ("store handle limit exceeded", Limit::Handles),
    ];
    let known = known.iter().find(|(part, _)| words.contains(part));
    known.map(|(_, limit)| *limit)
}
