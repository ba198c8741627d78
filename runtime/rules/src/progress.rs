/// How much of a run is done: done / (done + planned), but never less than it was.
///
/// Pyblish divides by a guess that it makes once, at the start, when no instance is there; so its
/// progress exceeds 1 as soon as collectors find more. Here the plan is counted as it changes, and
/// anew when collection has ended: what is left of the way is shared by the pairs that are known
/// then. A pair counts as much as it is expected to take.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// What was told when collection ended.
    base: f64,
    /// The weights of the pairs that are done since then.
    done: u64,
    /// The weights of the pairs that are still expected.
    planned: u64,
    /// 0 to 1, as it was last told.
    told: f64,
}

impl Progress {
    /// These pairs, each of this weight, are to come.
    pub(super) fn plan(&mut self, pairs: usize, weight: u64) {
        self.planned += pairs as u64 * weight;
    }

    /// These pairs will not come, or are about to be planned more exactly.
    pub(super) fn drop_planned(&mut self, pairs: usize, weight: u64) {
        self.planned = self.planned.saturating_sub(pairs as u64 * weight);
    }

    /// One planned pair is done.
    pub(super) fn advance(&mut self, weight: u64) {
        self.drop_planned(1, weight);
        self.done += weight;
        let share = self.done as f64 / (self.done + self.planned) as f64;
        let fraction = self.base + (1.0 - self.base) * share;
        self.told = self.told.max(fraction);
    }

    /// Collection has ended: what is left of the way is for the pairs to come.
    pub(super) fn recount(&mut self) {
        self.base = self.told;
        self.done = 0;
    }

    /// Nothing is left to do.
    pub(super) fn complete(&mut self) {
        self.told = 1.0;
    }

    /// 0 to 1.
    pub(super) fn fraction(&self) -> f64 {
        self.told
    }

    /// The weights of the pairs that are still expected.
    pub(super) fn left(&self) -> u64 {
        self.planned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_the_share_done() {
        let mut progress = Progress::default();
        assert_eq!(progress.fraction(), 0.0);
        progress.plan(4, 1);
        progress.advance(1);
        assert_eq!(progress.fraction(), 0.25);
        progress.drop_planned(2, 1);
        progress.advance(1);
        assert_eq!(progress.fraction(), 1.0);
    }

    #[test]
    fn progress_never_falls() {
        let mut progress = Progress::default();
        progress.plan(1, 1);
        progress.advance(1);
        progress.plan(9, 1);
        progress.advance(1);
        assert_eq!(progress.fraction(), 1.0);
        progress.advance(1);
        progress.complete();
        assert_eq!(progress.fraction(), 1.0);
    }

    #[test]
    fn long_pairs_count_more() {
        let mut progress = Progress::default();
        progress.plan(10, 1);
        progress.plan(3, 30);
        for _ in 0..10 {
            progress.advance(1);
        }
        assert_eq!(progress.fraction(), 0.1);
        assert_eq!(progress.left(), 90);
        progress.advance(30);
        assert_eq!(progress.fraction(), 0.4);
    }

    #[test]
    fn progress_is_counted_anew_after_collection() {
        let mut progress = Progress::default();
        progress.plan(2, 1);
        progress.advance(1);
        progress.drop_planned(1, 1);
        progress.recount();
        progress.plan(10, 1);
        progress.advance(1);
        assert_eq!(progress.fraction(), 0.55);
    }
}
