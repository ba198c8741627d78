//! Counts what one adapter uses of wasmtime's own resources, and refuses more than its limits.

use wasmtime::ResourceLimiter;

use super::limits::{AdapterLimits, Limit};

/// Counts what one adapter uses. An adapter may have several memories, and wasmtime's own limits
/// are for each of them.
#[derive(Debug)]
pub(super) struct Limiter {
    memory: Sum,
    table_elements: Sum,
    most_instances: usize,
    /// The limit that refused it something, since this field was last taken.
    pub refused: Option<Limit>,
}

/// What all memories, or all tables, of an adapter have together.
#[derive(Debug)]
struct Sum {
    limit: Limit,
    most: usize,
    used: usize,
}

impl Sum {
    fn new(limit: Limit, limits: &AdapterLimits) -> Self {
        Sum {
            limit,
            most: limits.count(limit),
            used: 0,
        }
    }

    /// Lets one memory or table grow, or names the limit that refuses it. A module's own maximum
    /// also refuses it.
    fn grow(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> Result<(), Limit> {
        let grown = self.used.saturating_sub(current).saturating_add(desired);
        if grown > self.most || maximum.is_some_and(|maximum| desired > maximum) {
            return Err(self.limit);
        }
        self.used = grown;
        Ok(())
    }
}

impl Limiter {
    pub(crate) fn new(limits: &AdapterLimits) -> Self {
        Limiter {
            memory: Sum::new(Limit::Memory, limits),
            table_elements: Sum::new(Limit::TableElements, limits),
            most_instances: limits.count(Limit::Instances),
            refused: None,
        }
    }

    /// Whether it may grow; keeps the limit that refused it.
    fn keep(&mut self, grown: Result<(), Limit>) -> bool {
        self.refused = grown.err().or(self.refused);
        grown.is_ok()
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.memory.grow(current, desired, maximum);
        Ok(self.keep(grown))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let grown = self.table_elements.grow(current, desired, maximum);
        Ok(self.keep(grown))
    }

    fn instances(&self) -> usize {
        self.most_instances
    }

    // A module has one memory or none, so the number of instances is enough for memories and
    // tables.
    fn memories(&self) -> usize {
        self.most_instances
    }

    fn tables(&self) -> usize {
        self.most_instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::tests::limits;

    #[test]
    fn memories_are_summed() {
        let mut limiter = Limiter::new(&limits(&[("memory", "100")]));
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert_eq!(limiter.refused, None);
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert_eq!(limiter.refused, Some(Limit::Memory));
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
    }

    #[test]
    fn memory_respects_its_own_maximum() {
        let mut limiter = Limiter::new(&AdapterLimits::default());
        assert!(!limiter.memory_growing(0, 60, Some(59)).unwrap());
        assert!(limiter.memory_growing(0, 59, Some(59)).unwrap());
    }
}
