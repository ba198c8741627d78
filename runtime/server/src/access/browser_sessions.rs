//! Browsers that may use the server, each identified by a cookie.
//!
//! A browser never gets the token. Instead it sends a one-time code, which is valid for five
//! minutes, and gets its own cookie.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::secret::Secret;

/// How long a code is valid: time to read it and to paste it.
const CODE_LIFETIME: Duration = Duration::from_mins(5);

/// How many unused codes there are at most; the oldest is removed.
const MAX_CODES: usize = 64;

/// How many browsers are known at most; the oldest is removed, and needs a new code.
const MAX_BROWSERS: usize = 16;

/// The number of a known browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Browser(u64);

/// Codes that are valid, and browsers that are known.
#[derive(Debug, Default)]
pub(super) struct BrowserSessions {
    /// With the time at which each was made.
    codes: Mutex<VecDeque<(Secret, Instant)>>,
    known: RwLock<VecDeque<(Browser, Secret)>>,
    count: AtomicU64,
}

impl BrowserSessions {
    /// A new code, which gives access to one browser.
    pub(super) fn new_code(&self) -> Result<Secret, getrandom::Error> {
        let code = Secret::new()?;
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() == MAX_CODES {
            codes.pop_front();
        }
        codes.push_back((code.clone(), Instant::now()));
        Ok(code)
    }

    /// Uses up a code, and returns the value of a new cookie; none if the code is not valid.
    pub(super) fn redeem(&self, code: &str) -> Option<Secret> {
        self.redeem_at(code, Instant::now())
    }

    fn redeem_at(&self, code: &str, now: Instant) -> Option<Secret> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|(_, made)| now.saturating_duration_since(*made) < CODE_LIFETIME);
        let index = codes.iter().position(|(known, _)| known.matches(code))?;
        let cookie = Secret::new().ok()?;
        codes.remove(index);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() == MAX_BROWSERS {
            known.pop_front();
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        known.push_back((Browser(number), cookie.clone()));
        Some(cookie)
    }

    /// The browser with this cookie.
    pub(super) fn browser(&self, cookie: &str) -> Option<Browser> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = known.iter().filter(|(_, known)| known.matches(cookie));
        found.next().map(|(browser, _)| *browser)
    }
}

#[cfg(test)]
mod tests {
    use pyblish_promise::promise;

    use super::*;

    #[test]
    fn code_is_used_up_and_its_cookie_stays() {
        let sessions = BrowserSessions::default();
        let code = sessions.new_code().unwrap();
        assert!(sessions.redeem("").is_none());
        let cookie = sessions.redeem(code.reveal()).unwrap();
        assert!(!cookie.matches(code.reveal()));
        assert!(sessions.redeem(code.reveal()).is_none());
        assert!(sessions.browser(cookie.reveal()).is_some());
        assert!(sessions.browser(code.reveal()).is_none() && sessions.browser("").is_none());
    }

    #[test]
    fn code_expires() {
        let sessions = BrowserSessions::default();
        let (made, code) = (Instant::now(), sessions.new_code().unwrap());
        promise!(
            "ACCESS-10",
            sessions
                .redeem_at(code.reveal(), made + CODE_LIFETIME * 2)
                .is_none()
        );
        let code = sessions.new_code().unwrap();
        assert!(
            sessions
                .redeem_at(code.reveal(), made + CODE_LIFETIME / 2)
                .is_some()
        );
    }

    #[test]
    fn oldest_code_and_browser_are_forgotten() {
        let sessions = BrowserSessions::default();
        let first = sessions.new_code().unwrap();
        let codes: Vec<_> = (0..MAX_CODES)
            .map(|_| sessions.new_code().unwrap())
            .collect();
        assert!(sessions.redeem(first.reveal()).is_none());
        let cookies: Vec<_> = codes
            .iter()
            .take(MAX_BROWSERS + 1)
            .map(|code| sessions.redeem(code.reveal()).unwrap())
            .collect();
        assert!(sessions.browser(cookies[0].reveal()).is_none());
        let [one, other] = [1, 2].map(|n| sessions.browser(cookies[n].reveal()));
        assert!(one.is_some() && one != other);
    }
}
