//! The service interface on one side, the bridge on the other.
//!
//! Nothing is kept here but the connection: the context and the plug-ins are the host's. A connection that ends
//! is told to the runtime (`lost`) with the call that it ended in, and not made anew: the runtime does that.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::thread::LocalKey;

use pyblish_sdk::bindings::exports::pyblish::endpoint::service;
use pyblish_sdk::bindings::pyblish::endpoint::types;
use pyblish_sdk::{Failure, Opening, Result, Settings, lost, upcoming};
use serde_json::value::RawValue;

use crate::host::{Found, Host};
use crate::link::{Caller, Link, Lost};
use crate::message::{Answer, Request};
use crate::shape;

/// How many pairs the bridge is handed at once. It ends by itself after 2 ms; more than these it hardly does by then.
const AHEAD: u32 = 64;

/// Where [`export!`](crate::export) keeps the connection of the one adapter that a component holds.
pub trait Slot: Host {
    fn slot() -> &'static LocalKey<RefCell<Option<Link>>>;
}

/// Why something did not work, in the host's words or in ours.
struct Refused(Box<types::Failure>);

impl<F: Into<types::Failure>> From<F> for Refused {
    fn from(failure: F) -> Self {
        Refused(Box::new(failure.into()))
    }
}

/// Exports the service interface for a host.
pub struct Exported<H>(PhantomData<H>);

impl<H: Slot> Exported<H> {
    fn begin(
        settings: Vec<types::Datum>,
        user: &str,
        machine: &str,
        access: Option<service::BridgeAccess>,
    ) -> Result<service::Opened, Refused> {
        let opening = Opening {
            settings: Settings::read(settings)?,
            user: user.to_owned(),
            machine: machine.to_owned(),
        };
        let paths: Vec<String> = opening.settings.get("paths")?;
        let access = access.ok_or_else(|| {
            Failure::new("the runtime grants no bridge; it is another version of pyblish-endpoint")
        })?;
        let found = match access.address {
            Some(address) => Found {
                address,
                pid: access.pid,
            },
            None => H::start_bridge(&opening)?,
        };
        let caller = Caller {
            host: H::NAME,
            version: H::VERSION,
            owner: &format!("pyblish-endpoint {} of {user} on {machine}", H::VERSION),
            secret: &access.secret,
        };
        H::slot().set(Some(Link::connect(&caller, &found)?));
        let answer = Self::call(|id| Request::Open {
            id,
            user,
            machine,
            paths: &paths,
        });
        match answer? {
            Answer::Opened { host, context, .. } => Ok(service::Opened {
                host: shape::datums(host),
                context: shape::changes(context),
            }),
            other => Err(unexpected(other).into()),
        }
    }

    /// Asks the bridge. A connection that ended is a failure, and the end of the session.
    fn call<'a>(request: impl FnOnce(u64) -> Request<'a>) -> Result<Answer, Refused> {
        Self::with(|link| match link.begun() {
            Some(begun) => Err(out_of_turn(begun, link)),
            None => Ok(link.call(request)),
        })
    }

    /// Has a pair processed, or tells of one that the bridge has begun by itself.
    fn pair(pair: &types::Pair) -> Result<Answer, Refused> {
        let is_other = |begun: &types::Pair| {
            (&begun.plugin, &begun.instance) != (&pair.plugin, &pair.instance)
        };
        Self::with(|link| match link.begun() {
            Some(begun) if is_other(begun) => Err(out_of_turn(begun, link)),
            _ => Ok(link.process(pair, || upcoming(AHEAD))),
        })
    }

    fn with(
        ask: impl FnOnce(&mut Link) -> Result<Result<Answer, Lost>, Failure>,
    ) -> Result<Answer, Refused> {
        H::slot().with_borrow_mut(|slot| {
            let Some(link) = slot else {
                let name = H::NAME;
                return Err(Failure::new(format!("there is no connection to {name}")).into());
            };
            ask(link)?.map_err(|Lost(reason)| {
                *slot = None;
                lost(&reason);
                Failure::new(reason).title("Host lost").into()
            })
        })
    }

    fn outcome(answer: Result<Answer, Refused>) -> types::Outcome {
        match answer {
            Ok(Answer::Outcome {
                failure,
                changes,
                next,
                took,
                ..
            }) => types::Outcome {
                failure: failure.map(Into::into),
                changes: shape::changes(changes),
                ahead: next.into(),
                took,
            },
            Ok(other) => failed(unexpected(other)),
            Err(Refused(failure)) => failed(*failure),
        }
    }
}

/// The runtime has broken its word: it was told that this pair has begun, and asks for something else.
fn out_of_turn(begun: &types::Pair, link: &Link) -> Failure {
    let plugin = link.names.get(&begun.plugin).unwrap_or(&begun.plugin);
    Failure::new(format!(
        "the host has begun {plugin} already, and the runtime asks for something else before it has heard how that \
         went; start the session anew, and tell the authors of pyblish-endpoint"
    ))
}

/// An answer that is not the one that was asked for.
fn unexpected(answer: Answer) -> types::Failure {
    match answer {
        Answer::Failed { failure, .. } => failure.into(),
        Answer::Error { reason, message } => Failure::new(format!(
            "the bridge does not understand: {message} ({reason})"
        ))
        .into(),
        _ => Failure::new("the bridge gave another answer than was asked for").into(),
    }
}

fn failed(failure: types::Failure) -> types::Outcome {
    types::Outcome {
        failure: Some(failure),
        changes: Vec::new(),
        ahead: 0,
        took: None,
    }
}

impl<H: Slot> service::Guest for Exported<H> {
    fn describe() -> service::Description {
        H::describe().into()
    }

    fn open(opening: service::Opening) -> Result<service::Opened, types::Failure> {
        let service::Opening {
            settings,
            user,
            machine,
            bridge,
        } = opening;
        Self::begin(settings, &user, &machine, bridge).map_err(|Refused(failure)| *failure)
    }

    fn reset() -> types::Outcome {
        Self::outcome(Self::call(|id| Request::Reset { id }))
    }

    fn discover() -> Result<service::Discovery, types::Failure> {
        let answer = Self::call(|id| Request::Discover { id });
        match answer.map_err(|Refused(failure)| *failure)? {
            Answer::Discovery {
                plugins, broken, ..
            } => {
                let plugins: Vec<types::Plugin> = plugins.into_iter().map(Into::into).collect();
                let names = plugins.iter().map(|it| (it.id.clone(), it.name.clone()));
                H::slot().with_borrow_mut(|slot| {
                    if let Some(link) = slot {
                        link.names = names.collect();
                    }
                });
                let broken = shape::broken(broken);
                Ok(service::Discovery { plugins, broken })
            }
            other => Err(unexpected(other)),
        }
    }

    fn process(plugin: String, instance: Option<String>) -> types::Outcome {
        Self::outcome(Self::pair(&types::Pair { plugin, instance }))
    }

    fn repair(plugin: String, instance: Option<String>) -> types::Outcome {
        Self::outcome(Self::call(|id| Request::Repair {
            id,
            plugin: &plugin,
            instance: instance.as_deref(),
        }))
    }

    fn act(plugin: String, action: String) -> types::Outcome {
        Self::outcome(Self::call(|id| Request::Act {
            id,
            plugin: &plugin,
            action: &action,
        }))
    }

    fn apply(changes: Vec<types::Change>) -> types::Outcome {
        match shape::changes_out(changes) {
            Ok(changes) => Self::outcome(Self::call(|id| Request::Apply { id, changes })),
            Err(error) => failed(Failure::from(error).into()),
        }
    }

    fn notify(event: String, arguments: String) -> types::Outcome {
        match serde_json::from_str::<&RawValue>(&arguments) {
            Ok(arguments) => Self::outcome(Self::call(|id| Request::Notify {
                id,
                event: &event,
                arguments,
            })),
            Err(error) => failed(Failure::from(error).into()),
        }
    }

    fn close() {
        // What the bridge says to it changes nothing; the host goes on without us.
        let _ = Self::call(|id| Request::Close { id });
        H::slot().set(None);
    }
}

/// Makes a component of a [`Host`]: `pyblish_host::export!(Blender);`
#[macro_export]
macro_rules! export {
    ($host:ty) => {
        const _: () = {
            ::std::thread_local! {
                static LINK: ::std::cell::RefCell<::core::option::Option<$crate::Link>> =
                    const { ::std::cell::RefCell::new(::core::option::Option::None) };
            }

            impl $crate::Slot for $host {
                fn slot() -> &'static ::std::thread::LocalKey<
                    ::std::cell::RefCell<::core::option::Option<$crate::Link>>,
                > {
                    &LINK
                }
            }

            #[cfg(target_arch = "wasm32")]
            type PyblishExported = $crate::Exported<$host>;
            // A native linker takes no such names, and a native build has nobody who would call them.
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export_adapter!(PyblishExported with_types_in $crate::bindings);
        };
    };
}
