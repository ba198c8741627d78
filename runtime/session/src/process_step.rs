//! The steps of a call in which an adapter processes pairs: each outcome that it tells, and its end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use pyblish_adapter::{Adapter, AdapterError, Finished};
use pyblish_model::{InstanceId, Outcome, PluginId};

/// What an adapter does next while it processes pairs.
pub(crate) enum ProcessStep {
    Finished(Finished),
    Ended(Result<(), AdapterError>),
}

/// The next step of a call. Outcomes that the call told while it was polled are taken at once,
/// because the adapter waits for the answer.
pub(crate) fn poll_step(
    call: Pin<&mut impl Future<Output = Result<(), AdapterError>>>,
    told: &mut mpsc::UnboundedReceiver<Finished>,
    context: &mut Context<'_>,
) -> Poll<ProcessStep> {
    if let Poll::Ready(Some(finished)) = told.poll_recv(context) {
        return Poll::Ready(ProcessStep::Finished(finished));
    }
    if let Poll::Ready(ended) = call.poll(context) {
        return Poll::Ready(ProcessStep::Ended(ended));
    }
    match told.poll_recv(context) {
        Poll::Ready(Some(finished)) => Poll::Ready(ProcessStep::Finished(finished)),
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}

/// Processes one pair.
pub(crate) async fn process_one(
    adapter: &mut Adapter,
    plugin: &PluginId,
    instance: Option<&InstanceId>,
) -> Result<Outcome, AdapterError> {
    let pairs = [(plugin.clone(), instance.cloned())];
    let (finished, mut told) = mpsc::unbounded_channel();
    let mut call = pin!(adapter.process(&pairs, finished));
    let mut outcome = Outcome::default();
    loop {
        let step = poll_fn(|context| poll_step(call.as_mut(), &mut told, context));
        match step.await {
            ProcessStep::Finished(Finished { outcomes, goes_on }) => {
                outcome = outcomes.into_iter().next().unwrap_or_default();
                // There is no other pair.
                let _ = goes_on.send(false);
            }
            ProcessStep::Ended(ended) => return ended.map(|()| outcome),
        }
    }
}
