//! How many sessions may be open at a time.

use tokio::sync::watch;

/// The slots of a process: each session takes one before anything is begun for it.
pub(crate) struct SessionSlots {
    max: usize,
    /// How many are taken. Whoever waits for the end of a session watches it.
    taken: watch::Sender<usize>,
}

/// The slot of one session. It is free again when this is dropped.
pub(crate) struct SessionSlot(watch::Sender<usize>);

impl SessionSlots {
    pub(crate) fn new(max: usize) -> Self {
        SessionSlots {
            max,
            taken: watch::Sender::new(0),
        }
    }

    /// Takes a slot; none if all of them are taken.
    pub(crate) fn take(&self) -> Option<SessionSlot> {
        let has_room = self.taken.send_if_modified(|taken| {
            let has_room = *taken < self.max;
            *taken += usize::from(has_room);
            has_room
        });
        has_room.then(|| SessionSlot(self.taken.clone()))
    }

    /// How many slots are taken, to wait for a change of that.
    pub(crate) fn subscribe(&self) -> watch::Receiver<usize> {
        self.taken.subscribe()
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.0.send_modify(|taken| *taken -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slot_is_free_again_after_its_session() {
        let slots = SessionSlots::new(1);
        let slot = slots.take().unwrap();
        assert!(slots.take().is_none());
        drop(slot);
        assert!(slots.take().is_some());
    }
}
