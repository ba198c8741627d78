use std::sync::Arc;

use crate::fixtures::{context, instance};
use crate::{Run, RunOptions, SessionView, Step, new_instance_data};
use pyblish_model::{Context, Data, Instance, InstanceId, Plugin, StopTest};

/// A host: plug-ins that do what a test says.
pub(super) struct Host {
    pub(super) plugins: Arc<[Plugin]>,
    pub(super) context: Context,
    /// The targets that are registered.
    pub(super) targets: Vec<String>,
    pub(super) stop_test: StopTest,
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
            targets: Vec::new(),
            stop_test: StopTest::Pyblish,
            ran: Vec::new(),
            progress: Vec::new(),
        }
    }

    pub(super) fn view(&self) -> SessionView<'_> {
        SessionView {
            context: &self.context,
            plugins: &self.plugins,
            targets: &self.targets,
            stop_test: &self.stop_test,
        }
    }

    pub(super) fn next(&self, run: &mut Run) -> Step {
        run.next(self.view())
    }

    /// The next pairs if all succeed, named as in `play`.
    pub(super) fn upcoming(&self, run: &Run) -> Vec<String> {
        run.upcoming(self.view(), || true)
            .map(|(plugin, instance)| self.name(plugin, instance.as_ref()))
            .collect()
    }

    fn name(&self, plugin: usize, instance: Option<&InstanceId>) -> String {
        let mut pair = self.plugins[plugin].name.to_string();
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

    pub(super) fn switch(&mut self, plugin: &str, on: bool) {
        self.plugin(plugin).active = on;
    }

    /// The plug-in of this name, to be changed.
    pub(super) fn plugin(&mut self, name: &str) -> &mut Plugin {
        let mut plugins = Arc::make_mut(&mut self.plugins).iter_mut();
        plugins.find(|plugin| plugin.name == name).unwrap()
    }
}
