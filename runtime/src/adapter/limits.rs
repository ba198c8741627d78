use wasmtime::ResourceLimiter;

/// What one adapter may use at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all its memories together.
    pub memory: usize,
    /// Elements of all its tables together.
    pub table_elements: usize,
    /// Bytes that it may hand over in one call of the runtime.
    pub hostcall: usize,
    /// Open files, sockets and streams.
    pub handles: usize,
    /// Random bytes that it may ask for at once.
    pub random: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            // Room for a decoded 8k image of half floats with as much again for work on it.
            memory: 1 << 30,
            // A component has a few thousand functions in its tables.
            table_elements: 1 << 20,
            // Ten thousand instances with a few kilobytes of data each.
            hostcall: 64 << 20,
            // As many as a process may usually open.
            handles: 1024,
            // A key or a seed, many times over.
            random: 1 << 20,
        }
    }
}

/// Counts what one adapter uses. wasmtime's own limits are for each memory; an adapter may have several.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    memory: usize,
    table_elements: usize,
}

impl Limiter {
    pub fn new(limits: Limits) -> Self {
        Limiter {
            limits,
            memory: 0,
            table_elements: 0,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(grow(
            &mut self.memory,
            self.limits.memory,
            current,
            desired,
            maximum,
        ))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.limits.table_elements;
        Ok(grow(
            &mut self.table_elements,
            limit,
            current,
            desired,
            maximum,
        ))
    }
}

/// Grows the sum if that keeps it within the limit, and the one that grows within its own maximum.
fn grow(
    sum: &mut usize,
    limit: usize,
    current: usize,
    desired: usize,
    maximum: Option<usize>,
) -> bool {
    let grown = sum.saturating_sub(current).saturating_add(desired);
    let fits = grown <= limit && maximum.is_none_or(|maximum| desired <= maximum);
    if fits {
        *sum = grown;
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_summed() {
        let mut limiter = Limiter::new(Limits {
            memory: 100,
            ..Limits::default()
        });
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
    }

    #[test]
    fn a_memory_keeps_to_its_own_maximum() {
        let mut limiter = Limiter::new(Limits::default());
        assert!(!limiter.memory_growing(0, 60, Some(59)).unwrap());
        assert!(limiter.memory_growing(0, 59, Some(59)).unwrap());
    }
}
