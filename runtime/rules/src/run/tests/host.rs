use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::fixtures::{context, instance};
use crate::{Run, RunOptions, Step, new_instance_data};
use pyblish_model::{Context, Data, Instance, InstanceId, Plugin};

/// A host: plug-ins that do what a test says.
pub(super) struct Host {
    pub(super) plugins: Arc<[Plugin]>,
    pub(super) context: Context,
    /// Names of plug-ins that are switched off.
    inactive: RefCell<HashSet<String>>,
    /// The pairs that ran: `Plugin` or `Plugin:instance`.
    pub(super) ran: Vec<String>,
    /// The progress after each pair.
    pub(super) progress: Vec<f64>,
}

impl Host {
    pub(super) fn new<const P: usize, const I: usize>(
        plugins: [Plugin; P],
        instances: [Instance; I],
    ) -> Host {
        Host {
            plugins: plugins.into(),
            context: context(instances),
            inactive: RefCell::default(),
            ran: Vec::new(),
            progress: Vec::new(),
        }
    }

    pub(super) fn next(&self, run: &mut Run) -> Step {
        let inactive = self.inactive.borrow();
        run.next(&self.context, |plugin| !inactive.contains(&plugin.name))
    }

    /// The next pairs if all succeed, named as in `play`.
    pub(super) fn upcoming(&self, run: &Run) -> Vec<String> {
        let inactive = self.inactive.borrow();
        let active = |plugin: &Plugin| !inactive.contains(&plugin.name);
        run.upcoming(&self.context, active, || true)
            .map(|(plugin, instance)| self.name(plugin, instance.as_ref()))
            .collect()
    }

    fn name(&self, plugin: usize, instance: Option<&InstanceId>) -> String {
        let mut pair = self.plugins[plugin].name.clone();
        if let Some(instance) = instance {
            pair += &format!(":{instance}");
        }
        pair
    }

    /// Runs to the end; `act` is told each pair, changes the host, and says whether the pair
    /// succeeded.
    pub(super) fn play(
        &mut self,
        options: RunOptions,
        mut act: impl FnMut(&str, &mut Host, &mut Run) -> bool,
    ) -> (Run, Step) {
        let mut run = Run::new(Arc::clone(&self.plugins), options);
        loop {
            let Step::Pair { plugin, instance } = self.next(&mut run) else {
                let end = self.next(&mut run);
                return (run, end);
            };
            let pair = self.name(plugin, instance.as_ref());
            let success = act(&pair, self, &mut run);
            run.finished(success);
            self.progress.push(run.progress());
            self.ran.push(pair);
        }
    }

    /// A whole publish. Returns what ran.
    pub(super) fn publish(&mut self, act: impl FnMut(&str, &mut Host, &mut Run) -> bool) -> String {
        self.play(RunOptions::default(), act);
        self.ran.join(" ")
    }

    pub(super) fn create(&mut self, name: &str, data: Data) {
        self.context
            .instances
            .push(Arc::new(instance(name, new_instance_data(name, data))));
    }

    pub(super) fn set(&mut self, name: &str, data: Data) {
        for instance in &mut self.context.instances {
            if instance.name == name {
                Arc::make_mut(instance).data.extend(data.clone());
            }
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Arc<Instance> {
        let named = |instance: &Arc<Instance>| instance.name == name;
        let position = self.context.instances.iter().position(named).unwrap();
        self.context.instances.remove(position)
    }

    pub(super) fn switch(&self, plugin: &str, on: bool) {
        let mut inactive = self.inactive.borrow_mut();
        if on {
            inactive.remove(plugin);
        } else {
            inactive.insert(plugin.to_owned());
        }
    }
}
