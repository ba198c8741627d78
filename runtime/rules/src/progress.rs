/// How much of a run is done: done / (done + planned), but never less than it was.
///
/// Pyblish divides by a guess that it makes once, at the start, when no instance is there; so its
/// progress exceeds 1 as soon as collectors find more. Here the plan is counted anew as it changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Pairs.
    done: usize,
    /// Pairs that are still expected.
    planned: usize,
    /// 0 to 1, as it was last told.
    told: f64,
}

impl Progress {
    pub(super) fn plan(&mut self, pairs: usize) {
        self.planned += pairs;
    }

    /// These pairs will not come, or are about to be planned more exactly.
    pub(super) fn drop_planned(&mut self, pairs: usize) {
        self.planned = self.planned.saturating_sub(pairs);
    }

    /// One planned pair is done.
    pub(super) fn advance(&mut self) {
        self.drop_planned(1);
        self.done += 1;
        let fraction = self.done as f64 / (self.done + self.planned) as f64;
        self.told = self.told.max(fraction);
    }

    /// Nothing is left to do.
    pub(super) fn complete(&mut self) {
        self.told = 1.0;
    }

    /// 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_share_done() {
        let mut progress = Progress::default();
        assert_eq!(progress.fraction(), 0.0);
        progress.plan(4);
        progress.advance();
        assert_eq!(progress.fraction(), 0.25);
        progress.drop_planned(2);
        progress.advance();
        assert_eq!(progress.fraction(), 1.0);
    }

    #[test]
    fn progress_never_falls() {
        let mut progress = Progress::default();
        progress.plan(1);
        progress.advance();
        progress.plan(9);
        progress.advance();
        assert_eq!(progress.fraction(), 1.0);
        progress.advance();
        progress.complete();
        assert_eq!(progress.fraction(), 1.0);
    }
}
