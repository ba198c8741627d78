//! A day of UTC, for the last day of a key.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::SystemTime;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// A day of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// The day that it is now, by the clock of this machine.
    pub fn today() -> Self {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Date::of_days((since.as_secs() / DAY).cast_signed())
    }

    /// The day that is so many days after 1970-01-01.
    /// Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, `civil_from_days`.
    fn of_days(days: i64) -> Self {
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        Date { year, month, day }
    }
}

impl Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no day; write it as 2027-12-31");
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return Err(wrong());
        };
        let number = |text: &str, digits: usize| {
            let is_number = text.len() == digits && text.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| text.parse().ok()).flatten()
        };
        let date = number(year, 4).zip(number(month, 2)).zip(number(day, 2));
        let ((year, month), day) = date.ok_or_else(wrong)?;
        let is_day = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        is_day
            .then_some(Date { year, month, day })
            .ok_or_else(wrong)
    }
}

/// How many days a month has.
fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_786, "2026-11-29"),
        ] {
            assert_eq!(Date::of_days(days).to_string(), text);
            assert_eq!(text.parse(), Ok(Date::of_days(days)));
        }
        for wrong in [
            "2027-13-01",
            "2027-02-29",
            "2027-1-1",
            "tomorrow",
            "2027-04-31",
        ] {
            assert!(wrong.parse::<Date>().is_err(), "{wrong}");
        }
        assert!(Date::of_days(1) > Date::of_days(0));
    }
}
