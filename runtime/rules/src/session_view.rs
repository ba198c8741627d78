use std::sync::Arc;

use pyblish_model::{Context, Plugin, StopTest};

/// What a run reads of its session, as it is now.
#[derive(Debug, Clone, Copy)]
pub struct SessionView<'a> {
    /// The context with its instances.
    pub context: &'a Context,
    /// The plug-ins that the run was made with, in that order, as they are now. A list of others is
    /// not taken over.
    pub plugins: &'a Arc<[Plugin]>,
    /// The targets that are registered in the host.
    pub targets: &'a [String],
    /// What decides when the run stops.
    pub stop_test: &'a StopTest,
}
