//! The connections that are there. When there are as many as may be, who has been idle longest makes room for who
//! comes: so thousands that only sit there keep nobody out. One with a request under way, a stream of events or an
//! answer that is still being sent stays; but who has shown neither token nor cookie stays for no unread answer.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Counts the moments at which a connection became idle.
static MOMENTS: AtomicU64 = AtomicU64::new(1);

/// What `idle` is while a request is under way.
const BUSY: u64 = 0;

#[derive(Debug)]
pub struct Crowd {
    limit: usize,
    here: Mutex<HashMap<u64, Arc<State>>>,
}

/// What a connection does.
#[derive(Debug)]
pub struct State {
    /// Where it comes from; none on a socket.
    pub address: Option<IpAddr>,
    /// Whether it has shown a token or a cookie.
    known: AtomicBool,
    /// Since which moment it is idle, or [`BUSY`].
    idle: AtomicU64,
    /// Whether what is sent to it does not get through.
    stuck: AtomicBool,
    leave: Notify,
}

impl State {
    /// A request is under way, for as long as this is kept.
    pub fn begin(self: &Arc<Self>) -> Visit {
        self.idle.store(BUSY, Ordering::Release);
        Visit(self.clone())
    }

    /// Whether it may be closed for somebody else.
    pub fn gives_way(&self) -> bool {
        let waits = self.stuck.load(Ordering::Acquire) && self.known.load(Ordering::Acquire);
        self.idle.load(Ordering::Acquire) != BUSY && !waits
    }

    pub fn set_known(&self) {
        self.known.store(true, Ordering::Release);
    }

    pub fn set_stuck(&self, stuck: bool) {
        self.stuck.store(stuck, Ordering::Release);
    }

    /// Comes when somebody else needs the room.
    pub async fn told_to_leave(&self) {
        self.leave.notified().await;
    }
}

fn moment() -> u64 {
    MOMENTS.fetch_add(1, Ordering::Relaxed)
}

/// A request, until all of its answer is handed over.
#[derive(Debug)]
pub struct Visit(Arc<State>);

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.idle.store(moment(), Ordering::Release);
    }
}

/// A connection's place among the others, which it has until this is dropped.
#[derive(Debug)]
pub struct Guest {
    pub state: Arc<State>,
    moment: u64,
    crowd: Arc<Crowd>,
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.crowd.lock().remove(&self.moment);
    }
}

impl Crowd {
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Crowd {
            limit,
            here: Mutex::default(),
        })
    }

    /// A place for one more; none when there are as many as may be, and none of them is idle.
    pub fn enter(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Guest> {
        let mut here = self.lock();
        if here.len() >= self.limit && !send_idlest_away(&mut here) {
            return None;
        }
        let moment = moment();
        let state = Arc::new(State {
            address,
            known: AtomicBool::new(false),
            idle: AtomicU64::new(moment),
            stuck: AtomicBool::new(false),
            leave: Notify::new(),
        });
        here.insert(moment, state.clone());
        Some(Guest {
            state,
            moment,
            crowd: self.clone(),
        })
    }

    /// Has the one that has been idle longest leave.
    pub fn make_room(&self) {
        send_idlest_away(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<State>>> {
        // A map is whole at every moment.
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers whether there was one.
fn send_idlest_away(here: &mut HashMap<u64, Arc<State>>) -> bool {
    let idle = here.iter().filter(|(_, state)| state.gives_way());
    let idlest = idle.min_by_key(|(_, state)| state.idle.load(Ordering::Acquire));
    let Some(moment) = idlest.map(|(moment, _)| *moment) else {
        return false;
    };
    if let Some(state) = here.remove(&moment) {
        state.leave.notify_one();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this one was told to leave.
    fn left(guest: &Guest) -> bool {
        !guest.crowd.lock().contains_key(&guest.moment)
    }

    #[test]
    fn the_idlest_makes_room_and_the_busy_stay() {
        let crowd = Crowd::new(3);
        let guests: Vec<_> = (0..3).map(|_| crowd.enter(None).unwrap()).collect();
        let visit = guests[0].state.begin();
        drop(guests[1].state.begin());
        // The first is busy, the second was so a moment ago, the third has done nothing.
        let fourth = crowd.enter(None).unwrap();
        assert_eq!([0, 1, 2].map(|n| left(&guests[n])), [false, false, true]);
        guests[1].state.set_stuck(true);
        guests[1].state.set_known();
        let fifth = crowd.enter(None).unwrap();
        assert!(left(&fourth) && !left(&guests[1]));
        // Nobody knows the fifth, which may have an answer that it does not read.
        fifth.state.set_stuck(true);
        let _sixth = crowd.enter(None).unwrap();
        assert!(left(&fifth) && !left(&guests[1]));
        drop(visit);
    }

    #[test]
    fn who_comes_when_all_are_busy_finds_no_room() {
        let crowd = Crowd::new(2);
        let guests: Vec<_> = (0..2).map(|_| crowd.enter(None).unwrap()).collect();
        let visits: Vec<_> = guests.iter().map(|guest| guest.state.begin()).collect();
        assert!(crowd.enter(None).is_none());
        drop((guests, visits));
        assert!(crowd.enter(None).is_some());
        assert!(crowd.lock().is_empty());
    }
}
