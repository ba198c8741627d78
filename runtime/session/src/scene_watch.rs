//! Shows readers what the host says of its scene while a call of the adapter is under way. A call can
//! be long: the host may be busy, so that the work waits, and readers must see for what.

use tokio::sync::watch;

use crate::journal::Journal;
use pyblish_model::SceneState;

/// Where the host says what happens to its scene, and the journal that shows it.
pub(crate) struct SceneWatch<'a> {
    journal: &'a mut Journal,
    scene: watch::Receiver<SceneState>,
}

impl<'a> SceneWatch<'a> {
    pub(crate) fn new(journal: &'a mut Journal, scene: watch::Receiver<SceneState>) -> Self {
        SceneWatch { journal, scene }
    }

    /// The answer of this call.
    pub(crate) async fn during<T>(mut self, call: impl Future<Output = T>) -> T {
        let mut call = std::pin::pin!(call);
        loop {
            tokio::select! {
                biased;
                answer = &mut call => return answer,
                () = self.changed() => self.show(),
            }
        }
    }

    /// The journal, for a call that changes more than the scene meanwhile.
    pub(crate) fn journal(&mut self) -> &mut Journal {
        self.journal
    }

    /// Waits until the host says something new; for ever where it says nothing of its scene.
    pub(crate) async fn changed(&mut self) {
        if self.scene.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Shows readers what it said.
    pub(crate) fn show(&mut self) {
        let scene = self.scene.borrow_and_update().clone();
        self.journal.set_scene(scene);
        self.journal.publish();
    }
}
