//! Where the histories of sessions come from. The command line decides on the files.

use crate::request::SessionRequest;
use pyblish_adapter::Description;
use pyblish_history::{History, HistoryError, Writer};

/// Where the histories of sessions are stored. Each call may wait for the disk.
pub trait HistoryStore: Send + Sync {
    /// The name for a session. It is the same for the same request, so that a session goes on with
    /// its history when it is opened again.
    fn name(&self, request: &SessionRequest, adapter: &Description) -> String;

    /// Opens the history of a session with this name for this process. Returns it with the
    /// session's id: the name, with a number behind it where several sessions of this name are
    /// open.
    ///
    /// # Errors
    /// The history cannot be opened.
    fn own(
        &self,
        name: &str,
        request: &SessionRequest,
        adapter: &Description,
    ) -> Result<(String, (History, Writer)), HistoryError>;
}
