use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

/// Messages of the runtime for the frontend, such as `show` or `close`, in order. Each is taken once.
#[derive(Debug, Default)]
pub struct Messages {
    waiting: Mutex<VecDeque<String>>,
    arrived: Notify,
}

impl Messages {
    /// Puts a message at the end.
    pub fn put(&self, message: impl Into<String>) {
        self.lock().push_back(message.into());
        self.arrived.notify_one();
    }

    /// The messages that nobody has taken yet.
    pub fn list(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// Takes the next message, waiting for one no longer than this.
    pub async fn take(&self, patience: Duration) -> Option<String> {
        let next = async {
            loop {
                let arrived = self.arrived.notified();
                if let Some(message) = self.lock().pop_front() {
                    return message;
                }
                arrived.await;
            }
        };
        timeout(patience, next).await.ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        // A queue of texts is whole at every moment.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_message_is_taken_once_and_in_order() {
        let messages = Messages::default();
        messages.put("show");
        messages.put("close");
        assert_eq!(messages.list(), ["show", "close"]);
        let patience = Duration::ZERO;
        assert_eq!(messages.take(patience).await.as_deref(), Some("show"));
        assert_eq!(messages.take(patience).await.as_deref(), Some("close"));
        assert_eq!(messages.take(patience).await, None);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken() {
        let messages = Messages::default();
        let taking = messages.take(Duration::from_secs(60));
        let putting = async { messages.put("show") };
        let (taken, ()) = tokio::join!(taking, putting);
        assert_eq!(taken.as_deref(), Some("show"));
    }
}
