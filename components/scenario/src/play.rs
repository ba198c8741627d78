//! Plays a list of steps on the context, or on one of its instances. It ends at the first failure,
//! or when its instance is removed.

use std::thread;
use std::time::{Duration, Instant};

use pyblish_sdk::{Context, Failure, Result, progress, record, stop_if_cancelled};

use crate::deed::{Activate, Create, Deed, Log, Progress, Remove, Removed, Set, Sleep, Unset};
use crate::step::Step;

/// How often a sleep checks whether the user cancelled.
const POLL: Duration = Duration::from_millis(10);

/// The list and the plug-in that are played.
pub(crate) struct Part<'a> {
    pub plugin: &'a str,
    pub list: &'a str,
}

/// Plays the steps on the instance with this id, or on the context.
pub(crate) fn play(steps: &[Step], part: &Part, context: &mut Context, id: Option<&str>) -> Result {
    for (index, step) in steps.iter().enumerate() {
        let allowed = match id {
            None => step.condition.allows(context.data()),
            Some(id) => match context.instance(id) {
                Some(instance) => step.condition.allows(instance.data()),
                None => return Ok(()),
            },
        };
        if allowed {
            let mut stage = Stage {
                context,
                id,
                plugin: part.plugin,
            };
            stage.play(&step.deed).map_err(|failure| {
                let (plugin, list) = (part.plugin, part.list);
                failure.detail(format!("Step {} of {list} of {plugin}", index + 1))
            })?;
        }
    }
    Ok(())
}

/// The target of a step.
struct Stage<'a> {
    context: &'a mut Context,
    /// The target's id; none for the context.
    id: Option<&'a str>,
    plugin: &'a str,
}

impl Stage<'_> {
    fn play(&mut self, deed: &Deed) -> Result {
        match deed {
            Deed::Log(Log { log, message }) => record((*log).into(), &self.logger(), message),
            Deed::Create(create) => self.create(create),
            Deed::Set(set) => return self.set(set),
            Deed::Unset(unset) => return self.unset(unset),
            Deed::Remove(remove) => return self.remove(remove),
            Deed::Activate(activate) => self.activate(activate),
            Deed::Sleep(sleep) => return sleep.play(),
            Deed::Progress(Progress {
                progress: fraction,
                message,
            }) => progress(*fraction, message),
            Deed::Fail(fail) => return Err(Failure::new(&fail.fail)),
            Deed::Trap(trap) => trap.play(),
            Deed::Spin(spin) => spin.play(),
            Deed::Allocate(allocate) => return allocate.play(),
            Deed::Flood(flood) => flood.play(&self.logger()),
            Deed::Panic(panic) => panic.play(),
        }
        Ok(())
    }

    fn logger(&self) -> String {
        format!("pyblish.{}", self.plugin)
    }

    fn create(&mut self, create: &Create) {
        let (data, members) = (create.data.clone(), create.children.clone());
        self.context.create_with(&create.create, data, members);
    }

    fn set(&mut self, set: &Set) -> Result {
        let id = self.target(set.on.as_deref())?;
        for (key, value) in &set.set {
            match id.as_deref().and_then(|id| self.context.instance(id)) {
                Some(mut instance) => instance.set(key, value.clone()),
                None => self.context.set(key, value.clone()),
            }
        }
        Ok(())
    }

    fn unset(&mut self, unset: &Unset) -> Result {
        let id = self.target(unset.on.as_deref())?;
        for key in &unset.unset {
            match id.as_deref().and_then(|id| self.context.instance(id)) {
                Some(mut instance) => instance.unset(key),
                None => self.context.unset(key),
            }
        }
        Ok(())
    }

    fn remove(&mut self, remove: &Remove) -> Result {
        let id = match &remove.remove {
            Removed::Named(name) => Some(self.find(name)?),
            Removed::Target => self.id.map(Into::into),
        };
        if let Some(id) = id {
            self.context.remove(&id);
        }
        Ok(())
    }

    fn activate(&mut self, activate: &Activate) {
        for id in &activate.ids {
            self.context.activate(id, activate.active);
        }
    }

    /// The id of the instance with this name, or else of the target; none is the context.
    fn target(&self, on: Option<&str>) -> Result<Option<String>> {
        match on {
            Some(name) => self.find(name).map(Some),
            None => Ok(self.id.map(Into::into)),
        }
    }

    fn find(&self, name: &str) -> Result<String> {
        let missing = || Failure::new(format!("no instance is named {name}"));
        self.context.find(name).ok_or_else(missing)
    }
}

impl Sleep {
    fn play(&self) -> Result {
        let total = Duration::from_millis(self.sleep);
        if self.deaf {
            thread::sleep(total);
            return Ok(());
        }
        let start = Instant::now();
        loop {
            stop_if_cancelled()?;
            match total.saturating_sub(start.elapsed()) {
                Duration::ZERO => return Ok(()),
                left => thread::sleep(left.min(POLL)),
            }
        }
    }
}
