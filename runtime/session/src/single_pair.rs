//! One pair outside of a run: a client asked for it.

use std::sync::Arc;
use std::time::SystemTime;

use crate::adapter_driver::AdapterDriver;
use crate::error::SessionError;
use crate::pair::StartedPair;
use pyblish_adapter::AdapterError;
use pyblish_model::{Failure, Instance, Mode, Outcome, PairResult, Plugin, Scope};

/// Processes one pair outside of a run, and keeps its result. If the adapter goes down meanwhile,
/// the result is a failure.
///
/// # Errors
/// The adapter is down already.
pub(crate) async fn run_pair(
    driver: &mut AdapterDriver,
    plugin: &Plugin,
    instance: Option<&Instance>,
    mode: Mode,
) -> Result<Arc<PairResult>, SessionError> {
    driver.check_running()?;
    let monitor = driver.shared().monitor.clone();
    let pair = StartedPair::begin(
        plugin,
        instance,
        mode.clone(),
        None,
        SystemTime::now(),
        &driver.journal,
        &monitor,
    );
    let mut is_forced = false;
    let called = if is_implemented(plugin, instance.is_some(), &mode) {
        let instance = instance.map(|instance| &instance.id);
        let number = Some(monitor.pair_number());
        let mut forced = driver.shared().forced_pair.subscribe();
        let adapter = driver.slot.name().to_owned();
        tokio::select! {
            biased;
            called = driver.call_pair(&plugin.id, instance, &mode) => called?,
            _ = forced.wait_for(|forced| *forced == number) => {
                is_forced = true;
                Err(AdapterError::Forced { adapter })
            }
        }
    } else {
        Ok(Outcome::default())
    };
    let taken = match driver.check(called) {
        Ok(outcome) => {
            let taken = driver.take_changes(outcome.changes);
            taken.map(|()| (outcome.failure, outcome.duration))
        }
        Err(error) => Err(error),
    };
    let (failure, duration) =
        taken.unwrap_or_else(|error| (Some(adapter_failure(&error, is_forced)), None));
    Ok(pair.finish(failure, duration, &mut driver.journal, &monitor))
}

/// The failure of a pair whose adapter went down. If the user stopped it by force, the plug-in did
/// not fail.
pub(crate) fn adapter_failure(error: &SessionError, is_forced: bool) -> Failure {
    let kind = match is_forced {
        true => Failure::CANCELLED,
        false => "AdapterError",
    };
    Failure::new(kind, error.to_string())
}

/// Whether the plug-in implements this mode for an instance, or else for the context. A plug-in
/// that processes neither runs once, like one that processes the context.
pub(crate) fn is_implemented(plugin: &Plugin, on_instance: bool, mode: &Mode) -> bool {
    let includes = |scope: Scope| {
        if on_instance {
            scope.instance
        } else {
            scope.context
        }
    };
    match mode {
        Mode::Process => {
            let Scope { context, instance } = plugin.processes;
            includes(plugin.processes) || !(on_instance || context || instance)
        }
        Mode::Repair => includes(plugin.repairs),
        Mode::Action(_) => true,
    }
}
