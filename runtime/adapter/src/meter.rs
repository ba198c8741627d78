//! Meters a call of an adapter: how long it computes, how long it takes, and whether it is to be
//! ended by force.
//!
//! The engine makes a guest yield at each tick, so a call is polled at least that often while it
//! computes. The time inside these polls is its computing time. While it waits for something it is
//! not polled, so waiting costs nothing. When nobody waits for a call any more, the call is dropped,
//! and the adapter with it.
//!
//! The runtime's own work on an answer counts as well, because an adapter can make an answer that is
//! expensive to apply. The code that does this work asks the call's [`Meter`] now and then whether
//! it may go on.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::AdapterLimits;
use super::limits::Limit;

/// How exactly the end of a call's time is kept.
const TICK: Duration = Duration::from_millis(1);

/// Changes when the call under way is to be ended by force.
pub type ForceStop = watch::Receiver<u64>;

/// Why a call did not come to its end.
#[derive(Debug)]
pub(crate) enum CallEnd {
    Trapped(wasmtime::Error),
    Limit(Limit),
    Forced,
}

/// When the part of a call began that is measured now. In a call with many pairs each pair may take
/// as long as a call of its own. Clones share the moment.
#[derive(Clone)]
pub(crate) struct Lap(Arc<Mutex<Instant>>);

impl Lap {
    pub(crate) fn new() -> Self {
        Lap(Arc::new(Mutex::new(Instant::now())))
    }

    /// Another part of the call begins.
    pub(crate) fn restart(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn begun(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call has used, and what it may use.
pub(crate) struct Meter {
    lap: Lap,
    computed: Duration,
    cpu: Duration,
    /// How long it may take, and the limit that says so.
    wall: Option<(Duration, Limit)>,
    force: ForceStop,
    /// Since when the runtime works on its answer.
    answered: Option<Instant>,
}

impl Meter {
    /// A call with the usual limits begins.
    pub(crate) fn new(limits: &AdapterLimits, force: &ForceStop) -> Self {
        Meter {
            lap: Lap::new(),
            computed: Duration::ZERO,
            cpu: limits.cpu(),
            wall: limits.wall().map(|wall| (wall, Limit::Wall)),
            force: force.clone(),
            answered: None,
        }
    }

    /// The adapter's last call begins. It has a limit of its own, so nobody has to end it by force.
    pub(crate) fn to_close(limits: &AdapterLimits, _: &ForceStop) -> Self {
        let nobody = watch::channel(0).1;
        let mut meter = Meter::new(limits, &nobody);
        let close = limits.close();
        if meter.wall.is_none_or(|(wall, _)| close < wall) {
            meter.wall = Some((close, Limit::Close));
        }
        meter
    }

    /// When the part of the call began that is measured now.
    pub(crate) fn lap(&self) -> Lap {
        self.lap.clone()
    }

    /// Waits for the call to end.
    pub(crate) async fn call<T>(
        &mut self,
        call: impl Future<Output = wasmtime::Result<T>>,
    ) -> Result<T, CallEnd> {
        let (mut call, cpu) = (pin!(call), self.cpu);
        let (lap, computed) = (&self.lap, &mut self.computed);
        let mut measured = lap.begun();
        let mut metered = poll_fn(move |context| {
            let begin = Instant::now();
            let polled = call.as_mut().poll(context);
            let begun = lap.begun();
            if begun == measured {
                *computed += begin.elapsed();
            } else {
                measured = begun;
                *computed = begun.elapsed();
            }
            match polled {
                Poll::Ready(called) => Poll::Ready(called.map_err(CallEnd::Trapped)),
                Poll::Pending if *computed > cpu => Poll::Ready(Err(CallEnd::Limit(Limit::Cpu))),
                Poll::Pending => Poll::Pending,
            }
        });
        // Most calls end before there is anything to watch.
        let at_once = poll_fn(|context| Poll::Ready(pin!(&mut metered).poll(context))).await;
        if let Poll::Ready(called) = at_once {
            return called;
        }
        let (wall, force) = (self.wall, &mut self.force);
        let too_long = async {
            match wall {
                Some((wall, limit)) => {
                    while let Some(left) = wall.checked_sub(lap.begun().elapsed()) {
                        tokio::time::sleep(left.max(TICK)).await;
                    }
                    limit
                }
                None => std::future::pending().await,
            }
        };
        let forced = async {
            // The sender is gone, so nobody can use force any more.
            if force.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            called = metered => called,
            limit = too_long => Err(CallEnd::Limit(limit)),
            () = forced => Err(CallEnd::Forced),
        }
    }

    /// Whether the runtime may go on with the call's answer.
    pub(crate) fn check(&mut self) -> Result<(), CallEnd> {
        let now = Instant::now();
        let answered = *self.answered.get_or_insert(now);
        if self.computed + now.duration_since(answered) > self.cpu {
            return Err(CallEnd::Limit(Limit::Cpu));
        }
        match self.wall {
            Some((wall, limit)) if now.duration_since(self.lap.begun()) > wall => {
                Err(CallEnd::Limit(limit))
            }
            _ if self.force.has_changed().unwrap_or(false) => Err(CallEnd::Forced),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    fn meter(limits: &[(&str, &str)]) -> (Meter, watch::Sender<u64>) {
        let mut set = AdapterLimits::default();
        for (name, value) in limits {
            set.set(name, value).unwrap();
        }
        let (sender, force) = watch::channel(0);
        (Meter::new(&set, &force), sender)
    }

    #[test]
    fn work_on_answer_counts() {
        let (mut meter, _force) = meter(&[("cpu", "1")]);
        assert!(meter.check().is_ok());
        // Computing in the call and work on its answer are added up.
        meter.computed = Duration::from_millis(999);
        assert!(meter.check().is_ok());
        meter.answered = Instant::now().checked_sub(Duration::from_millis(2));
        promise!(
            "SANDBOX-11",
            matches!(meter.check(), Err(CallEnd::Limit(Limit::Cpu)))
        );
    }

    #[test]
    fn late_answer_is_refused() {
        let (mut meter, _force) = meter(&[("wall", "1")]);
        assert!(meter.check().is_ok());
        *meter.lap.0.lock().unwrap() -= Duration::from_secs(2);
        promise!(
            "SANDBOX-11",
            matches!(meter.check(), Err(CallEnd::Limit(Limit::Wall)))
        );
    }

    #[test]
    fn force_ends_work_on_answer() {
        let (mut meter, force) = meter(&[]);
        assert!(meter.check().is_ok());
        force.send_modify(|asked| *asked += 1);
        promise!("SANDBOX-11", matches!(meter.check(), Err(CallEnd::Forced)));
    }
}
