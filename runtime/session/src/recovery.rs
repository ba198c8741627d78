//! Starts the adapter of a session: the first time, again after it went down, and when a user asks
//! for it. [`RestartBackoff`](crate::restart_backoff::RestartBackoff) says when.

use crate::active_run::RESTARTED;
use crate::adapter_driver::AdapterDriver;
use crate::error::SessionError;
use crate::restart_backoff::DownCause;
use crate::runs::Runs;
use pyblish_model::{Event, RunState};

/// Starts the adapter, and a context with its plug-ins. Returns whether the context is one that the
/// host still had; then the latest run can be continued, if it was broken off.
pub(crate) async fn begin(driver: &mut AdapterDriver, runs: &Runs) -> Result<bool, SessionError> {
    let kept = driver.begin().await?;
    if kept {
        driver.journal.set_continuable(runs.latest_broken_off());
    }
    Ok(kept)
}

/// Tries to start the adapter again after it went down: with its host, if that is there again, or
/// without one after a failure.
pub(crate) async fn retry(driver: &mut AdapterDriver, runs: &Runs) {
    if let Err(error) = driver.slot.check_host() {
        tracing::debug!("the host is still gone: {error}");
        return driver.backoff.host_absent();
    }
    let (for_host, times_down) = (driver.backoff.is_for_host(), driver.times_down());
    match begin_again(driver, runs).await {
        Ok(()) => driver.set_idle(),
        // It went down again, which is in the journal already.
        Err(_) if driver.times_down() != times_down => {}
        Err(error) if for_host => {
            tracing::debug!("the host is there, but the adapter does not start: {error}");
            driver.slot.drop_adapter();
            driver.backoff.host_absent();
            driver.journal.set_down(error.to_string());
        }
        Err(error) => {
            tracing::error!("{error}");
            driver.go_down(error.to_string(), DownCause::Failed, None);
        }
    }
    driver.journal.publish();
}

/// Starts another adapter in the place of the one there is, because a user asked for it. A run
/// under way is lost.
pub(crate) async fn restart(
    driver: &mut AdapterDriver,
    runs: &mut Runs,
) -> Result<(), SessionError> {
    driver.slot.drop_adapter();
    let lost = RunState::Lost(RESTARTED.into());
    runs.end_active(lost, driver).await;
    driver.backoff.reset_failures();
    let times_down = driver.times_down();
    let begun = begin_again(driver, runs).await;
    match &begun {
        Ok(()) => driver.journal.clear_adapter_failure(),
        Err(error) if driver.times_down() == times_down => {
            driver.go_down(error.to_string(), DownCause::Failed, None);
        }
        // It went down, which is in the journal already.
        Err(_) => {}
    }
    begun
}

/// Starts the adapter, and records that the host is there again. A host that is another version now
/// may do other things, so that is recorded too.
async fn begin_again(driver: &mut AdapterDriver, runs: &Runs) -> Result<(), SessionError> {
    let before = driver.slot.version().map(str::to_owned);
    let kept = begin(driver, runs).await?;
    let version = driver.slot.version().map(str::to_owned);
    let formerly = before.filter(|before| version.as_ref().is_some_and(|now| now != before));
    if let (Some(now), Some(before)) = (&version, &formerly) {
        tracing::warn!("the host is another version now: {now}, and was {before}");
    }
    driver.journal.record(Event::HostFound {
        kept,
        version,
        formerly,
    });
    Ok(())
}
