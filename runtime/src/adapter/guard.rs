//! Watches a call of an adapter: how long it computes, how long it takes, and whether it is to be ended by force.
//!
//! The engine has a guest give way at each tick, so a call is polled at least that often while it computes; the time
//! inside these polls is what it computed. While it waits for something it is not polled, and that costs it nothing.
//! A call that is not waited for any more is dropped, and the adapter with it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Limits;
use super::limits::Limit;

/// Changes when the call under way is to be ended by force.
pub type Force = watch::Receiver<u64>;

/// Why a call did not come to its end.
pub enum Broken {
    Trapped(wasmtime::Error),
    Limit(Limit),
    Forced,
}

/// Waits for the call to end.
pub async fn guarded<T>(
    limits: &Limits,
    force: &mut Force,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> Result<T, Broken> {
    let (mut call, cpu) = (pin!(call), limits.cpu());
    let mut computed = Duration::ZERO;
    let mut metered = poll_fn(move |context| {
        let begin = Instant::now();
        let polled = call.as_mut().poll(context);
        computed += begin.elapsed();
        match polled {
            Poll::Ready(called) => Poll::Ready(called.map_err(Broken::Trapped)),
            Poll::Pending if computed > cpu => Poll::Ready(Err(Broken::Limit(Limit::Cpu))),
            Poll::Pending => Poll::Pending,
        }
    });
    // Most calls end before there is anything to watch.
    let at_once = poll_fn(|context| Poll::Ready(pin!(&mut metered).poll(context))).await;
    if let Poll::Ready(called) = at_once {
        return called;
    }
    let wall = async {
        match limits.wall() {
            Some(wall) => tokio::time::sleep(wall).await,
            None => std::future::pending().await,
        }
    };
    let forced = async {
        // Whoever could have used force is gone.
        if force.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        called = metered => called,
        () = wall => Err(Broken::Limit(Limit::Wall)),
        () = forced => Err(Broken::Forced),
    }
}
