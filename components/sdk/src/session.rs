//! Implements the service interface with an [`Adapter`] and its plug-ins.

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
#[cfg(target_arch = "wasm32")]
use std::collections::HashSet;
use std::marker::PhantomData;

use rustc_hash::FxBuildHasher;

use crate::bindings::exports::pyblish::endpoint::service;
use crate::bindings::pyblish::endpoint::model;
use crate::value::datums;
use crate::{Adapter, Context, Failure, Meta, Opening, Plugin, Result, Target, call};

pub use crate::call::during;

/// An open session: the adapter, its plug-ins and its context.
pub struct Session<A> {
    adapter: A,
    plugins: Vec<(model::Plugin, Box<dyn Plugin>)>,
    /// The position of each plug-in by its id, because a run looks plug-ins up a hundred thousand
    /// times.
    places: HashMap<String, usize, FxBuildHasher>,
    pub(crate) context: Context,
    /// The plug-ins that took longer than outcomes are kept.
    #[cfg(target_arch = "wasm32")]
    slow: HashSet<String, FxBuildHasher>,
}

/// What a plug-in must do.
enum Work<'a> {
    Process(Option<&'a str>),
    Repair(Option<&'a str>),
    Act(&'a str, Option<&'a str>),
}

impl<A: Adapter> Session<A> {
    pub(crate) fn open(opening: service::Opening) -> Result<Self> {
        call::start();
        let adapter = A::open(Opening::read(opening)?)?;
        Ok(Session {
            adapter,
            plugins: Vec::new(),
            places: HashMap::default(),
            context: Context::default(),
            #[cfg(target_arch = "wasm32")]
            slow: HashSet::default(),
        })
    }

    pub(crate) fn reset(&mut self) -> model::Outcome {
        self.context = self.context.renewed();
        self.outcome(Ok(()))
    }

    pub(crate) fn discover(&mut self) -> Result<Vec<model::Plugin>> {
        let mut plugins = Vec::new();
        for plugin in self.adapter.plugins()?.0 {
            let Meta(meta, attributes) = plugin.meta();
            if !attributes.is_empty() {
                call::declare(&meta.id, &attributes);
            }
            plugins.push((meta, plugin));
        }
        self.plugins = plugins;
        self.places.clear();
        for (place, (meta, _)) in self.plugins.iter().enumerate() {
            self.places.entry(meta.id.clone()).or_insert(place);
        }
        Ok(self.plugins.iter().map(|(meta, _)| meta.clone()).collect())
    }

    fn work(&mut self, plugin: &str, work: Work<'_>) -> model::Outcome {
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
            Work::Act(action, on) => plugin.act(action, target(&mut self.context, on)?),
        }
    }

    fn apply(&mut self, changes: Vec<model::Change>) -> model::Outcome {
        let result = changes
            .into_iter()
            .try_for_each(|change| self.context.apply(change));
        self.outcome(result.map_err(Failure::from))
    }

    fn outcome(&mut self, result: Result) -> model::Outcome {
        model::Outcome {
            failure: result.err().map(Into::into),
            changes: self.context.take_changes(),
            duration: None,
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

/// How long outcomes are kept until they are told: to tell one costs as much as to tell many.
#[cfg(target_arch = "wasm32")]
const TELL_AFTER: std::time::Duration = std::time::Duration::from_millis(1);

/// The resource `session` of the service interface, for an adapter.
pub struct Exported<A>(RefCell<Session<A>>);

impl<A: Adapter> Exported<A> {
    /// Opens a session; answers it with what is known of the host.
    ///
    /// # Errors
    /// The adapter's own.
    pub fn begin(opening: service::Opening) -> Result<(Self, Vec<model::Datum>)> {
        let session = Session::<A>::open(opening)?;
        let host = datums(&session.adapter.host());
        Ok((Exported(RefCell::new(session)), host))
    }

    pub(crate) fn session(&self) -> RefMut<'_, Session<A>> {
        self.0.borrow_mut()
    }

    pub fn reset_context(&self) -> model::Outcome {
        self.session().reset()
    }

    /// # Errors
    /// The adapter's own.
    #[expect(clippy::result_large_err, reason = "the type is the contract's")]
    pub fn find_plugins(&self) -> Result<service::Discovery, model::Failure> {
        Ok(service::Discovery {
            plugins: self.session().discover()?,
            broken: Vec::new(),
            left_out: Vec::new(),
            hosts: Vec::new(),
            targets: Vec::new(),
            stop_test: model::StopTest::Pyblish,
        })
    }

    /// Processes one pair.
    pub fn process_pair(&self, pair: &model::Pair) -> model::Outcome {
        let work = Work::Process(pair.instance.as_deref());
        self.session().work(&pair.plugin, work)
    }

    pub fn repair_pair(&self, pair: &model::Pair) -> model::Outcome {
        let work = Work::Repair(pair.instance.as_deref());
        self.session().work(&pair.plugin, work)
    }

    pub fn run_action(&self, action: &service::ActionCall) -> model::Outcome {
        let work = Work::Act(&action.action, action.instance.as_deref());
        self.session().work(&action.plugin, work)
    }

    pub fn make_changes(&self, changes: Vec<model::Change>) -> model::Outcome {
        self.session().apply(changes)
    }

    pub fn hear(&self, event: &service::Event) -> model::Outcome {
        let mut session = self.session();
        let result = serde_json::from_str(&event.arguments)
            .map_err(Failure::from)
            .and_then(|arguments| session.adapter.notify(&event.name, arguments));
        session.outcome(result)
    }
}

/// The component of an adapter; [`export!`](crate::export) makes it.
pub struct Component<A>(PhantomData<A>);

#[cfg(target_arch = "wasm32")]
mod component {
    use std::time::Instant;

    use super::*;
    use crate::bindings::pyblish::endpoint::work::{Batch, Call};
    use crate::call::sandboxed::{finish, goes_on, tell};

    impl<A> Session<A> {
        fn is_slow(&self, plugin: &str) -> bool {
            self.slow.contains(plugin)
        }

        fn found_slow(&mut self, plugin: &str) {
            if !self.is_slow(plugin) {
                self.slow.insert(plugin.to_owned());
            }
        }
    }

    impl<A: Adapter> service::Guest for Component<A> {
        type Session = Exported<A>;

        fn describe() -> service::Description {
            A::describe().0
        }
    }

    impl<A: Adapter> service::GuestSession for Exported<A> {
        fn open(call: &Call, opening: service::Opening) -> Result<service::Opened, model::Failure> {
            let (session, host) = during(call, None, || Self::begin(opening))?;
            Ok(service::Opened {
                session: service::Session::new(session),
                host,
                context: Vec::new(),
            })
        }

        fn reset(&self, call: &Call) -> model::Outcome {
            during(call, None, || self.reset_context())
        }

        fn discover(&self, call: &Call) -> Result<service::Discovery, model::Failure> {
            during(call, None, || self.find_plugins())
        }

        fn process(&self, call: &Call, batch: &Batch, pairs: Vec<model::Pair>) {
            during(call, Some(batch), || {
                let mut told = Instant::now();
                let mut begun = told;
                // These pairs come if all succeed and change nothing. Once one does not, the runtime
                // says before each whether it comes.
                let mut is_quiet = true;
                let mut last = "";
                let mut is_slow = false;
                for pair in &pairs {
                    // If this pair takes long, or crashes, those before it must be told already.
                    let is_other = pair.plugin != last;
                    if (is_other || is_slow) && !tell() {
                        return;
                    }
                    if is_other {
                        last = &pair.plugin;
                        is_slow = self.session().is_slow(last);
                    }
                    let outcome = self.process_pair(pair);
                    // One look at the clock for each pair: it leads out of the sandbox.
                    let ended = Instant::now();
                    let outcome = model::Outcome {
                        duration: u64::try_from((ended - begun).as_nanos()).ok(),
                        ..outcome
                    };
                    if ended - begun >= TELL_AFTER {
                        is_slow = true;
                        self.session().found_slow(&pair.plugin);
                    }
                    is_quiet &= outcome.failure.is_none() && outcome.changes.is_empty();
                    finish(outcome);
                    begun = ended;
                    if !is_quiet || !goes_on() || ended - told >= TELL_AFTER {
                        if !tell() {
                            return;
                        }
                        told = Instant::now();
                        begun = told;
                    }
                }
                tell();
            });
        }

        fn repair(&self, call: &Call, pair: model::Pair) -> model::Outcome {
            during(call, None, || self.repair_pair(&pair))
        }

        fn act(&self, call: &Call, action: service::ActionCall) -> model::Outcome {
            during(call, None, || self.run_action(&action))
        }

        fn apply(&self, call: &Call, changes: Vec<model::Change>) -> model::Outcome {
            during(call, None, || self.make_changes(changes))
        }

        fn notify(&self, call: &Call, event: service::Event) -> model::Outcome {
            during(call, None, || self.hear(&event))
        }

        fn close(&self, _: &Call) {}
    }
}

/// Exports an [`Adapter`] as a component: `pyblish_sdk::export!(Shots);`
#[macro_export]
macro_rules! export {
    ($adapter:ty) => {
        const _: () = {
            #[cfg(target_arch = "wasm32")]
            type PyblishComponent = $crate::session::Component<$adapter>;
            // A native linker takes no such names, and a native build has nobody who would call
            // them.
            #[cfg(target_arch = "wasm32")]
    $crate::bindings::export_adapter!(PyblishComponent with_types_in $crate::bindings);
        };
    };
}
