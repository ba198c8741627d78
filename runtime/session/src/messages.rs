//! Messages for the frontend of a session.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time;

/// Messages for the frontend, such as `show` or `close`, in their order. Each can be taken once.
#[derive(Debug, Default)]
pub struct Messages {
    waiting: Mutex<VecDeque<String>>,
    arrived: Notify,
}

impl Messages {
    /// Adds a message at the end.
    pub fn put(&self, message: impl Into<String>) {
        self.lock().push_back(message.into());
        self.arrived.notify_one();
    }

    /// The messages that nobody has taken yet.
    pub fn list(&self) -> Vec<String> {
        self.lock().iter().cloned().collect()
    }

    /// Takes the next message. Waits for it at most this long; none if there is none by then.
    pub async fn take(&self, timeout: Duration) -> Option<String> {
        let next = async {
            loop {
                let arrived = self.arrived.notified();
                if let Some(message) = self.lock().pop_front() {
                    return message;
                }
                arrived.await;
            }
        };
        time::timeout(timeout, next).await.ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        // A panic elsewhere leaves no half-written queue.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn message_is_taken_once_and_in_order() {
        let messages = Messages::default();
        messages.put("show");
        messages.put("close");
        assert_eq!(messages.list(), ["show", "close"]);
        let timeout = Duration::ZERO;
        assert_eq!(messages.take(timeout).await.as_deref(), Some("show"));
        assert_eq!(messages.take(timeout).await.as_deref(), Some("close"));
        assert_eq!(messages.take(timeout).await, None);
    }

    #[tokio::test]
    async fn waiting_reader_is_woken() {
        let messages = Messages::default();
        let taking = messages.take(Duration::from_mins(1));
        let putting = async { messages.put("show") };
        let (taken, ()) = tokio::join!(taking, putting);
        assert_eq!(taken.as_deref(), Some("show"));
    }
}
