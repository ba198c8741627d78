//! Takes what an adapter reports while it works, and records it as events at once.

use crate::monitor::{CallOrigin, CallProgress, Monitor};
use pyblish_adapter::{ForceStop, Observer};
use pyblish_history::Recorder;
use pyblish_model::{Event, Level, Record};

/// The observer of one adapter. It never records while it holds the monitor's lock: recording may
/// wait for the disk, and readers of the monitor must not.
pub(crate) struct CallObserver {
    pub(crate) monitor: Monitor,
    pub(crate) recorder: Recorder,
    /// Changes when what the adapter does is to be ended by force.
    pub(crate) force: ForceStop,
}

impl Observer for CallObserver {
    fn begin(&mut self, name: &'static str) {
        self.monitor.begin_call(name);
    }

    fn record(&mut self, record: Record) {
        let CallOrigin { function, pair } = self.monitor.add_record(&record);
        let event = match pair {
            Some(pair) => Event::Record { pair, record },
            // No result will show it, so the log has it too.
            None => {
                log(function, &record);
                Event::SessionRecord {
                    call: function,
                    record,
                }
            }
        };
        self.recorder.event(event);
    }

    fn progress(&mut self, fraction: f64, message: String) {
        let CallOrigin { function, pair } = self.monitor.set_progress(CallProgress {
            fraction,
            message: message.clone(),
        });
        self.recorder.event(match pair {
            Some(pair) => Event::Progress {
                pair,
                fraction,
                message,
            },
            None => Event::SessionProgress {
                call: function,
                fraction,
                message,
            },
        });
    }

    fn cancelled(&self) -> bool {
        self.monitor.is_call_cancelled()
    }

    fn force(&self) -> ForceStop {
        self.force.clone()
    }
}

/// How many characters of a record's message go into the log.
const LOGGED: usize = 1000;

fn log(function: &str, record: &Record) {
    let message: String = record.message.chars().take(LOGGED).collect();
    if record.level >= Level::WARNING {
        tracing::warn!("the adapter, in {function}: {message:?}");
    } else if record.level >= Level::INFO {
        tracing::info!("the adapter, in {function}: {message:?}");
    } else {
        tracing::debug!("the adapter, in {function}: {message:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::watch;

    use super::*;
    use pyblish_history::History;
    use pyblish_model::{Pair, PluginId, RunId};

    fn pair(run: Option<u64>) -> Arc<Pair> {
        Arc::new(Pair {
            plugin: PluginId("P".into()),
            plugin_name: "P".into(),
            instance: None,
            instance_name: None,
            run: run.map(RunId),
        })
    }

    #[test]
    fn cancel_is_for_one_run() {
        let (_history, writer) = History::forgetful().unwrap();
        let (monitor, restarts) = (Monitor::default(), watch::Sender::new(0));
        let observer = CallObserver {
            monitor: monitor.clone(),
            recorder: writer.recorder(),
            force: restarts.subscribe(),
        };
        let is_cancelled = |run: Option<u64>| {
            monitor.begin_pair(pair(run));
            observer.cancelled()
        };
        assert!(!is_cancelled(Some(1)));
        monitor.cancel(RunId(1));
        assert!(is_cancelled(Some(1)));
        // It came too late: neither another run, nor a plug-in alone, nor any other call stops.
        assert!(!is_cancelled(Some(2)));
        assert!(!is_cancelled(None));
        monitor.end();
        assert!(!observer.cancelled());
    }

    #[test]
    fn cancel_of_a_single_pair_is_for_that_pair() {
        let (_history, writer) = History::forgetful().unwrap();
        let (monitor, restarts) = (Monitor::default(), watch::Sender::new(0));
        let observer = CallObserver {
            monitor: monitor.clone(),
            recorder: writer.recorder(),
            force: restarts.subscribe(),
        };
        assert_eq!(monitor.cancel_single_pair(), None);
        monitor.begin_pair(pair(Some(1)));
        assert_eq!(monitor.cancel_single_pair(), None);
        assert!(!observer.cancelled());
        monitor.begin_pair(pair(None));
        let number = monitor.cancel_single_pair().unwrap();
        assert!(observer.cancelled() && monitor.is_under_way(number));
        monitor.end();
        assert!(!monitor.is_under_way(number));
        monitor.begin_pair(pair(None));
        assert!(!observer.cancelled() && !monitor.is_under_way(number));
    }
}
