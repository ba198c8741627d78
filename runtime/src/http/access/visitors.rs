//! Browsers. One is let in by a code, which is good once and for a while, and is known from then on by a cookie
//! with a value of its own; the token never reaches a browser.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::Secret;

/// How long a code is good: time to read it and to paste it.
const CODE: Duration = Duration::from_secs(5 * 60);

/// How many codes wait at most, and how many browsers are known; the oldest is forgotten.
const CODES: usize = 64;
const BROWSERS: usize = 16;

/// One that was let in: its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Browser(u64);

#[derive(Debug, Default)]
pub struct Visitors {
    codes: Mutex<VecDeque<(Secret, Instant)>>,
    known: RwLock<VecDeque<(Browser, Secret)>>,
    count: AtomicU64,
}

impl Visitors {
    /// A code that lets one browser in.
    pub fn invite(&self) -> Result<Secret, getrandom::Error> {
        let code = Secret::new()?;
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() == CODES {
            codes.pop_front();
        }
        codes.push_back((code.clone(), Instant::now()));
        Ok(code)
    }

    /// The value of the cookie of who comes with this code; none where the code is not good, or not any more.
    pub fn enter(&self, code: &str) -> Option<Secret> {
        self.enter_at(code, Instant::now())
    }

    fn enter_at(&self, code: &str, now: Instant) -> Option<Secret> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|(_, made)| now.saturating_duration_since(*made) < CODE);
        let place = codes.iter().position(|(known, _)| known.is(code))?;
        let cookie = Secret::new().ok()?;
        codes.remove(place);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() == BROWSERS {
            known.pop_front();
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        known.push_back((Browser(number), cookie.clone()));
        Some(cookie)
    }

    /// The one that was let in with this cookie.
    pub fn whose(&self, cookie: &str) -> Option<Browser> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = known.iter().filter(|(_, known)| known.is(cookie));
        found.next().map(|(browser, _)| *browser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_its_cookie_for_good() {
        let visitors = Visitors::default();
        let code = visitors.invite().unwrap();
        assert!(visitors.enter("").is_none());
        let cookie = visitors.enter(code.reveal()).unwrap();
        assert!(!cookie.is(code.reveal()));
        assert!(visitors.enter(code.reveal()).is_none());
        assert!(visitors.whose(cookie.reveal()).is_some());
        assert!(visitors.whose(code.reveal()).is_none() && visitors.whose("").is_none());
    }

    #[test]
    fn a_code_is_good_for_a_while() {
        let visitors = Visitors::default();
        let (made, code) = (Instant::now(), visitors.invite().unwrap());
        assert!(visitors.enter_at(code.reveal(), made + CODE * 2).is_none());
        let code = visitors.invite().unwrap();
        assert!(visitors.enter_at(code.reveal(), made + CODE / 2).is_some());
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let visitors = Visitors::default();
        let first = visitors.invite().unwrap();
        let codes: Vec<_> = (0..CODES).map(|_| visitors.invite().unwrap()).collect();
        assert!(visitors.enter(first.reveal()).is_none());
        let cookies: Vec<_> = codes
            .iter()
            .take(BROWSERS + 1)
            .map(|code| visitors.enter(code.reveal()).unwrap())
            .collect();
        assert!(visitors.whose(cookies[0].reveal()).is_none());
        let [one, other] = [1, 2].map(|n| visitors.whose(cookies[n].reveal()));
        assert!(one.is_some() && one != other);
    }
}
