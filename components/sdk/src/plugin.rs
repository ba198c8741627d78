use crate::{Context, Failure, Instance, Meta, Result};

/// The target of a plug-in.
#[derive(Debug)]
pub enum Target<'a> {
    Context(&'a mut Context),
    Instance(Instance<'a>),
}

/// A plug-in that runs once, for the context.
pub trait ContextPlugin: 'static {
    fn meta(&self) -> Meta;

    fn process(&self, context: &mut Context) -> Result;

    /// Runs one of the actions that [`Meta::action`] named, by its id: on the instance that the user
    /// means, or else on the context.
    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let _ = target;
        Err(no_action(action))
    }
}

/// A plug-in that runs for each instance of its families.
pub trait InstancePlugin: 'static {
    fn meta(&self) -> Meta;

    fn process(&self, instance: &mut Instance) -> Result;

    /// Runs one of the actions that [`Meta::action`] named, by its id: on the instance that the user
    /// means, or else on the context.
    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let _ = target;
        Err(no_action(action))
    }
}

/// An instance plug-in that can repair what it finds wrong.
pub trait Repair: InstancePlugin {
    fn repair(&self, instance: &mut Instance) -> Result;
}

/// A plug-in of any kind, for adapters that only know their plug-ins at run time. It is only run on
/// the targets in its [`Meta`].
pub trait Plugin: 'static {
    fn meta(&self) -> Meta;

    fn process(&self, target: Target<'_>) -> Result;

    fn repair(&self, target: Target<'_>) -> Result {
        let _ = target;
        Err(Failure::new("this plug-in cannot repair"))
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        let _ = target;
        Err(no_action(action))
    }
}

/// The plug-ins of an adapter, in the order in which they were added.
#[derive(Default)]
pub struct Plugins(pub(crate) Vec<Box<dyn Plugin>>);

impl Plugins {
    pub fn new() -> Self {
        Plugins::default()
    }

    pub fn context(self, plugin: impl ContextPlugin) -> Self {
        self.any(OnContext(plugin))
    }

    pub fn instance(self, plugin: impl InstancePlugin) -> Self {
        self.any(OnInstance(plugin))
    }

    /// An instance plug-in that can repair.
    pub fn repairable(self, plugin: impl Repair) -> Self {
        self.any(Repairing(plugin))
    }

    pub fn any(mut self, plugin: impl Plugin) -> Self {
        self.0.push(Box::new(plugin));
        self
    }
}

struct OnContext<P>(P);
struct OnInstance<P>(P);
struct Repairing<P>(P);

impl<P: ContextPlugin> Plugin for OnContext<P> {
    fn meta(&self) -> Meta {
        self.0.meta().of_kind("ContextPlugin").processes_context()
    }

    fn process(&self, target: Target<'_>) -> Result {
        self.0.process(on_context(target)?)
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        self.0.act(action, target)
    }
}

impl<P: InstancePlugin> Plugin for OnInstance<P> {
    fn meta(&self) -> Meta {
        self.0.meta().of_kind("InstancePlugin").processes_instance()
    }

    fn process(&self, target: Target<'_>) -> Result {
        self.0.process(&mut on_instance(target)?)
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        self.0.act(action, target)
    }
}

impl<P: Repair> Plugin for Repairing<P> {
    fn meta(&self) -> Meta {
        let meta = self.0.meta().of_kind("InstancePlugin");
        meta.processes_instance().repairs_instance()
    }

    fn process(&self, target: Target<'_>) -> Result {
        self.0.process(&mut on_instance(target)?)
    }

    fn repair(&self, target: Target<'_>) -> Result {
        self.0.repair(&mut on_instance(target)?)
    }

    fn act(&self, action: &str, target: Target<'_>) -> Result {
        self.0.act(action, target)
    }
}

fn on_context<'a>(target: Target<'a>) -> Result<&'a mut Context> {
    match target {
        Target::Context(context) => Ok(context),
        Target::Instance(_) => Err(Failure::new("this plug-in only works on the context")),
    }
}

fn on_instance(target: Target<'_>) -> Result<Instance<'_>> {
    match target {
        Target::Instance(instance) => Ok(instance),
        Target::Context(_) => Err(Failure::new("this plug-in only works on instances")),
    }
}

fn no_action(action: &str) -> Failure {
    Failure::new(format!("this plug-in has no action {action:?}"))
}
