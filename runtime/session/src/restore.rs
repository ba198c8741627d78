//! Makes again what users chose, once there is another context.

use crate::adapter_driver::AdapterDriver;
use crate::choices::Choices;

/// Makes the session as the users chose, as far as that is there again, and sets defaults.
/// Instances get theirs once all is collected.
pub(crate) async fn restore(choices: &mut Choices, driver: &mut AdapterDriver, is_collected: bool) {
    if !driver.slot.is_running() {
        return;
    }
    let changes = choices.all_missing(driver.journal.now(), is_collected);
    if changes.is_empty() {
        return;
    }
    if let Err(error) = driver.apply(&changes).await {
        // What is shown stays true: the frontends see the values as they are.
        tracing::warn!("what users chose before the reset was not made again: {error}");
    }
}
