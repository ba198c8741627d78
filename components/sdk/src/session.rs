//! The service interface on one side, an [`Adapter`] and its plug-ins on the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::thread::LocalKey;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::types;
use crate::context::datums;
use crate::{Adapter, Context, Failure, Opening, Plugin, Result, Settings, Target, runtime};

/// An open session: the adapter, its plug-ins and its context.
pub struct Session<A> {
    adapter: A,
    plugins: Vec<(types::Plugin, Box<dyn Plugin>)>,
    /// Where each plug-in is among them, by its id: a run asks a hundred thousand times.
    places: HashMap<String, usize>,
    pub(crate) context: Context,
}

/// What a plug-in is asked to do.
enum Work<'a> {
    Process(Option<&'a str>),
    Repair(Option<&'a str>),
    Act(&'a str),
}

impl<A: Adapter> Session<A> {
    pub(crate) fn open(opening: service::Opening) -> Result<Self> {
        runtime::start();
        let adapter = A::open(Opening {
            settings: Settings::read(opening.settings)?,
            user: opening.user,
            machine: opening.machine,
        })?;
        Ok(Session {
            adapter,
            plugins: Vec::new(),
            places: HashMap::new(),
            context: Context::default(),
        })
    }

    pub(crate) fn reset(&mut self) -> types::Outcome {
        self.context = self.context.renewed();
        self.outcome(Ok(()))
    }

    pub(crate) fn discover(&mut self) -> Result<Vec<types::Plugin>> {
        self.plugins = self
            .adapter
            .plugins()?
            .0
            .into_iter()
            .map(|plugin| (plugin.meta().0, plugin))
            .collect();
        self.places.clear();
        for (place, (meta, _)) in self.plugins.iter().enumerate() {
            self.places.entry(meta.id.clone()).or_insert(place);
        }
        Ok(self.plugins.iter().map(|(meta, _)| meta.clone()).collect())
    }

    fn work(&mut self, plugin: &str, work: Work<'_>) -> types::Outcome {
        let result = self.try_work(plugin, work);
        self.outcome(result)
    }

    fn try_work(&mut self, id: &str, work: Work<'_>) -> Result {
        let place = self.places.get(id);
        let Some((_, plugin)) = place.and_then(|place| self.plugins.get(*place)) else {
            crate::fail!("there is no plug-in {id:?}; discover the plug-ins again");
        };
        match work {
            Work::Process(on) => plugin.process(target(&mut self.context, on)?),
            Work::Repair(on) => plugin.repair(target(&mut self.context, on)?),
            Work::Act(action) => plugin.act(action, &mut self.context),
        }
    }

    fn apply(&mut self, changes: Vec<types::Change>) -> types::Outcome {
        let result = changes
            .into_iter()
            .try_for_each(|change| self.context.apply(change));
        self.outcome(result.map_err(Failure::from))
    }

    fn outcome(&mut self, result: Result) -> types::Outcome {
        types::Outcome {
            failure: result.err().map(Into::into),
            changes: self.context.take_changes(),
            ahead: 0,
            took: None,
        }
    }
}

fn target<'a>(context: &'a mut Context, instance: Option<&str>) -> Result<Target<'a>> {
    match instance {
        None => Ok(Target::Context(context)),
        Some(id) => match context.instance(id) {
            Some(instance) => Ok(Target::Instance(instance)),
            None => Err(Failure::new(format!("there is no instance {id:?}"))),
        },
    }
}

/// Where [`export!`](crate::export) keeps the session of the one adapter that a component holds.
pub trait Slot: Adapter {
    fn slot() -> &'static LocalKey<RefCell<Option<Session<Self>>>>;
}

/// Exports the service interface for an adapter.
pub struct Exported<A>(PhantomData<A>);

impl<A: Slot> Exported<A> {
    /// Calls the open session; the runtime calls nothing before `open`, so that there is none is its error.
    fn with<T>(call: impl FnOnce(&mut Session<A>) -> T) -> Result<T> {
        A::slot().with_borrow_mut(|session| match session {
            Some(session) => Ok(call(session)),
            None => Err(Failure::new("the session is not open")),
        })
    }

    fn outcome(call: impl FnOnce(&mut Session<A>) -> types::Outcome) -> types::Outcome {
        Self::with(call).unwrap_or_else(|failure| types::Outcome {
            failure: Some(failure.into()),
            changes: Vec::new(),
            ahead: 0,
            took: None,
        })
    }
}

impl<A: Slot> service::Guest for Exported<A> {
    fn describe() -> service::Description {
        A::describe().0
    }

    fn open(opening: service::Opening) -> Result<service::Opened, types::Failure> {
        let session = Session::<A>::open(opening)?;
        let host = datums(&session.adapter.host());
        A::slot().set(Some(session));
        Ok(service::Opened {
            host,
            context: Vec::new(),
        })
    }

    fn reset() -> types::Outcome {
        Self::outcome(Session::reset)
    }

    fn discover() -> Result<service::Discovery, types::Failure> {
        let plugins = Self::with(Session::discover).flatten()?;
        Ok(service::Discovery {
            plugins,
            broken: Vec::new(),
        })
    }

    fn process(plugin: String, instance: Option<String>) -> types::Outcome {
        Self::outcome(|session| session.work(&plugin, Work::Process(instance.as_deref())))
    }

    fn repair(plugin: String, instance: Option<String>) -> types::Outcome {
        Self::outcome(|session| session.work(&plugin, Work::Repair(instance.as_deref())))
    }

    fn act(plugin: String, action: String) -> types::Outcome {
        Self::outcome(|session| session.work(&plugin, Work::Act(&action)))
    }

    fn apply(changes: Vec<types::Change>) -> types::Outcome {
        Self::outcome(|session| session.apply(changes))
    }

    fn notify(event: String, arguments: String) -> types::Outcome {
        Self::outcome(|session| {
            let result = serde_json::from_str(&arguments)
                .map_err(Failure::from)
                .and_then(|arguments| session.adapter.notify(&event, arguments));
            session.outcome(result)
        })
    }

    fn close() {
        A::slot().set(None);
    }
}

/// Makes a component of an [`Adapter`]: `pyblish_sdk::export!(Shots);`
#[macro_export]
macro_rules! export {
    ($adapter:ty) => {
        const _: () = {
            ::std::thread_local! {
                static SESSION: ::std::cell::RefCell<
                    ::core::option::Option<$crate::session::Session<$adapter>>
                > = const { ::std::cell::RefCell::new(::core::option::Option::None) };
            }

            impl $crate::session::Slot for $adapter {
                fn slot() -> &'static ::std::thread::LocalKey<
                    ::std::cell::RefCell<
                        ::core::option::Option<$crate::session::Session<$adapter>>,
                    >,
                > {
                    &SESSION
                }
            }

            #[cfg(target_arch = "wasm32")]
            type PyblishExported = $crate::session::Exported<$adapter>;
            // A native linker takes no such names, and a native build has nobody who would call them.
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export_adapter!(PyblishExported with_types_in $crate::bindings);
        };
    };
}
