use std::collections::HashMap;
use std::sync::Arc;

use pyblish_model::{Context, Instance, InstanceId};

use super::is_skipped;

/// One plug-in's turn: the instances that it had when the turn came, to be taken one by one.
///
/// An instance that is made meanwhile is not among them. One that is removed meanwhile still is,
/// and the plug-in still runs on it, because the original iterates over a list of its own.
///
/// Source: pyblish-base 1.8.12, logic.py: Iterator.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// A position in the list of plug-ins.
    pub plugin: usize,
    /// Shared, because a look ahead copies the turn.
    instances: Arc<[Listed]>,
    /// How many of them were taken.
    taken: usize,
    /// How many places the instances have moved to the front since, because others were removed.
    moved: usize,
    /// Those that were removed since, as they were then.
    removed: HashMap<InstanceId, Arc<Instance>>,
}

#[derive(Debug)]
pub(super) struct Listed {
    /// Its position in the context when the turn began.
    pub position: usize,
    /// The instance as it was then.
    pub instance: Arc<Instance>,
}

/// An instance whose turn has come.
#[derive(Debug)]
pub(super) struct Taken {
    pub instance: InstanceId,
    pub was_skipped: bool,
    pub is_skipped: bool,
}

impl Turn {
    pub(super) fn new(plugin: usize, instances: Vec<Listed>) -> Turn {
        Turn {
            plugin,
            instances: instances.into(),
            taken: 0,
            moved: 0,
            removed: HashMap::new(),
        }
    }

    /// An instance is gone, and this is what it was like.
    pub(super) fn removed(&mut self, last: &Arc<Instance>) {
        self.removed.insert(last.id.clone(), Arc::clone(last));
    }

    /// The next instance, with its `publish` as it is now or, if it has been removed, was then.
    pub(super) fn take(&mut self, context: &Context) -> Option<Taken> {
        let instances = Arc::clone(&self.instances);
        let Listed { position, instance } = instances.get(self.taken)?;
        self.taken += 1;
        // Asked for each pair; there is hardly ever a removed instance.
        let removed = if self.removed.is_empty() {
            None
        } else {
            self.removed.remove(&instance.id)
        };
        let now = match &removed {
            Some(last) => Some(last),
            None => self.find(context, *position, &instance.id),
        };
        Some(Taken {
            was_skipped: is_skipped(instance),
            is_skipped: is_skipped(now.unwrap_or(instance)),
            instance: instance.id.clone(),
        })
    }

    /// The instance of this id. It is where it was or, after a removal, as many places further to
    /// the front as the one before it: so only a removal costs a search.
    fn find<'a>(
        &mut self,
        context: &'a Context,
        position: usize,
        id: &InstanceId,
    ) -> Option<&'a Arc<Instance>> {
        let expected = context.instances.get(position.saturating_sub(self.moved));
        if let Some(instance) = expected.filter(|instance| &instance.id == id) {
            return Some(instance);
        }
        let found = context
            .instances
            .iter()
            .position(|instance| &instance.id == id)?;
        self.moved = position.saturating_sub(found);
        context.instances.get(found)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{context, data, instance};
    use super::*;

    fn abcd() -> Context {
        context(["a", "b", "c", "d"].map(|name| instance(name, data! {})))
    }

    fn turn(context: &Context) -> Turn {
        let listed = context.instances.iter().enumerate();
        let listed = listed.map(|(position, instance)| Listed {
            position,
            instance: Arc::clone(instance),
        });
        Turn::new(0, listed.collect())
    }

    fn switch_off(context: &mut Context, name: &str) {
        for instance in &mut context.instances {
            if instance.name == name {
                Arc::make_mut(instance)
                    .data
                    .insert("publish".into(), false.into());
            }
        }
    }

    #[test]
    fn publish_is_read_at_turn() {
        let mut context = abcd();
        let mut turn = turn(&context);
        assert!(!turn.take(&context).unwrap().is_skipped);
        switch_off(&mut context, "b");
        let taken = turn.take(&context).unwrap();
        assert!(taken.is_skipped && !taken.was_skipped);
    }

    #[test]
    fn instance_is_found_after_removed_ones() {
        let mut context = abcd();
        let mut turn = turn(&context);
        turn.take(&context);
        switch_off(&mut context, "c");
        switch_off(&mut context, "d");
        context.instances.drain(..2);
        let skipped: Vec<bool> = std::iter::from_fn(|| turn.take(&context))
            .map(|taken| taken.is_skipped)
            .collect();
        assert_eq!(skipped, [false, true, true]);
        assert_eq!(turn.moved, 2);
    }
}
