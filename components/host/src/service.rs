//! Implements the service interface with the bridge.
//!
//! It only keeps the connection: the context and the plug-ins are in the host. If the connection
//! ends, it is reported to the runtime (`host-lost`) in the current call, and not opened again: the
//! runtime does that.

use std::cell::RefCell;
use std::marker::PhantomData;

use pyblish_sdk::bindings::exports::pyblish::endpoint::service;
use pyblish_sdk::bindings::pyblish::endpoint::work::{Batch, Call};
use pyblish_sdk::bindings::pyblish::endpoint::{hosts, model};
use pyblish_sdk::session::during;
use pyblish_sdk::{Failure, Opening, Result, lost};
use serde_json::value::RawValue;

use crate::host::Host;
use crate::link::{Link, Lost};
use crate::message::{Answer, PROTOCOL, Request};
use crate::outcome::{failed, outcome, unexpected};
use crate::shape;
use crate::stream::HostStream;

/// Why something failed, with the host's message or ours.
struct Refused(Box<model::Failure>);

impl<F: Into<model::Failure>> From<F> for Refused {
    fn from(failure: F) -> Self {
        Refused(Box::new(failure.into()))
    }
}

/// Exports the service interface for a host.
pub struct Exported<H>(PhantomData<H>);

/// An open session with a host.
pub struct Session<H> {
    /// None once the connection has ended.
    link: RefCell<Option<Link<HostStream>>>,
    host: PhantomData<H>,
}

impl<H: Host> Session<H> {
    fn begin(opening: service::Opening) -> Result<service::Opened, Refused> {
        let opening = Opening::read(opening)?;
        let paths: Vec<String> = opening.settings.get("paths")?;
        let connection = connect::<H>(&opening)?;
        let host = format!("{} (pid {})", H::NAME, connection.pid);
        let link = Link::new(HostStream::from(connection), host);
        let session = Session::<H> {
            link: RefCell::new(Some(link)),
            host: PhantomData,
        };
        let answer = session.call(|id| Request::Open {
            id,
            user: &opening.user,
            machine: &opening.machine,
            paths: &paths,
        });
        match answer? {
            Answer::Opened { host, context, .. } => Ok(service::Opened {
                session: service::Session::new(session),
                host: shape::datums(host),
                context: shape::changes(context),
            }),
            other => Err(unexpected(other).into()),
        }
    }

    /// Sends a request to the bridge.
    fn call<'a>(&self, request: impl FnOnce(u64) -> Request<'a>) -> Result<Answer, Refused> {
        self.with(|link| link.call(request))
    }

    /// Does something with the connection. If that has ended, the call fails and the session ends.
    fn with<T>(
        &self,
        ask: impl FnOnce(&mut Link<HostStream>) -> Result<T, Lost>,
    ) -> Result<T, Refused> {
        let mut slot = self.link.borrow_mut();
        let Some(link) = slot.as_mut() else {
            let name = H::NAME;
            return Err(Failure::new(format!("there is no connection to {name}")).into());
        };
        ask(link).map_err(|Lost(reason)| {
            *slot = None;
            lost(&reason);
            Failure::new(reason).title("Host lost").into()
        })
    }

    fn outcome<'a>(&self, request: impl FnOnce(u64) -> Request<'a>) -> model::Outcome {
        match self.call(request) {
            Ok(answer) => outcome(answer),
            Err(Refused(failure)) => failed(*failure),
        }
    }

    fn find_plugins(&self, call: &Call) -> Result<service::Discovery, Refused> {
        match self.call(|id| Request::Discover { id })? {
            Answer::Discovery {
                plugins,
                broken,
                left_out,
                hosts,
                targets,
                stop_test,
                ..
            } => {
                let mut plugins = plugins;
                for plugin in &mut plugins {
                    let attributes = std::mem::take(&mut plugin.attributes);
                    let attributes: Vec<_> = attributes.into_iter().map(Into::into).collect();
                    if !attributes.is_empty() {
                        call.declare(&plugin.id, &attributes);
                    }
                }
                let plugins: Vec<model::Plugin> = plugins.into_iter().map(Into::into).collect();
                let names = plugins.iter().map(|it| (it.id.clone(), it.name.clone()));
                if let Some(link) = self.link.borrow_mut().as_mut() {
                    link.names = names.collect();
                }
                Ok(service::Discovery {
                    plugins,
                    broken: shape::broken(broken),
                    left_out: shape::left_out(left_out),
                    hosts,
                    targets,
                    stop_test: shape::stop_test(stop_test),
                })
            }
            other => Err(unexpected(other).into()),
        }
    }
}

/// A connection to the bridge, which is started if none is running.
fn connect<H: Host>(opening: &Opening) -> Result<hosts::Connection, Refused> {
    let connection = match hosts::connect(None)? {
        Some(connection) => connection,
        None => {
            let pid = H::start_bridge(opening)?;
            hosts::connect(Some(pid))?.ok_or_else(|| not_found(H::NAME, pid))?
        }
    };
    if connection.protocol != PROTOCOL {
        let protocol = connection.protocol;
        return Err(Failure::new(format!(
            "this adapter uses protocol {PROTOCOL} of the bridge, but the runtime and the bridge \
             use {protocol}; use an adapter and a runtime of the same version of pyblish-endpoint"
        ))
        .into());
    }
    Ok(connection)
}

/// The bridge was started, but it left no host file where the runtime looks.
fn not_found(host: &str, pid: u32) -> Failure {
    Failure::new(format!(
        "the bridge runs in {host} (pid {pid}), but the runtime does not find it: its host file was \
         removed, or {host} runs as another user or with another run folder; start {host} again, as \
         the user and with the environment of the runtime"
    ))
    .title("Not connected")
}

impl<H: Host> service::Guest for Exported<H> {
    type Session = Session<H>;

    fn describe() -> service::Description {
        H::describe().into()
    }
}

impl<H: Host> service::GuestSession for Session<H> {
    fn open(call: &Call, opening: service::Opening) -> Result<service::Opened, model::Failure> {
        let opened = during(call, None, || Self::begin(opening));
        opened.map_err(|Refused(failure)| *failure)
    }

    fn reset(&self, call: &Call) -> model::Outcome {
        during(call, None, || self.outcome(|id| Request::Reset { id }))
    }

    fn discover(&self, call: &Call) -> Result<service::Discovery, model::Failure> {
        let found = during(call, None, || self.find_plugins(call));
        found.map_err(|Refused(failure)| *failure)
    }

    fn process(&self, call: &Call, batch: &Batch, pairs: Vec<model::Pair>) {
        during(call, Some(batch), || {
            let mut is_told = 0;
            let processed = self.with(|link| {
                link.process(&pairs, |outcomes| {
                    is_told += outcomes.len();
                    batch.finished(&outcomes)
                })
            });
            // The pair that was at work has an outcome, too.
            if let Err(Refused(failure)) = processed
                && is_told < pairs.len()
            {
                batch.finished(&[failed(*failure)]);
            }
        });
    }

    fn repair(&self, call: &Call, pair: model::Pair) -> model::Outcome {
        let request = |id| Request::Repair {
            id,
            plugin: &pair.plugin,
            instance: pair.instance.as_deref(),
        };
        during(call, None, || self.outcome(request))
    }

    /// Pyblish's actions work on their plug-in as a whole, whatever instance is meant.
    fn act(&self, call: &Call, action: service::ActionCall) -> model::Outcome {
        let request = |id| Request::Act {
            id,
            plugin: &action.plugin,
            action: &action.action,
        };
        during(call, None, || self.outcome(request))
    }

    fn apply(&self, call: &Call, changes: Vec<model::Change>) -> model::Outcome {
        during(call, None, || match shape::changes_out(changes) {
            Ok(changes) => self.outcome(|id| Request::Apply { id, changes }),
            Err(failure) => failed(failure),
        })
    }

    fn notify(&self, call: &Call, event: service::Event) -> model::Outcome {
        during(call, None, || {
            match serde_json::from_str::<&RawValue>(&event.arguments) {
                Ok(arguments) => self.outcome(|id| Request::Notify {
                    id,
                    event: &event.name,
                    arguments,
                }),
                Err(error) => failed(Failure::from(error)),
            }
        })
    }

    fn close(&self, call: &Call) {
        // The bridge's answer does not matter; the host continues without us.
        let _ = during(call, None, || self.call(|id| Request::Close { id }));
        self.link.take();
    }
}

/// Exports a [`Host`] as a component: `pyblish_host::export!(Blender);`
#[macro_export]
macro_rules! export {
    ($host:ty) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            type PyblishExported = $crate::Exported<$host>;
            // Native linkers do not accept these names, and in a native build nothing would call
            // them.
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export_adapter!(PyblishExported with_types_in $crate::bindings);
        };
    };
}
