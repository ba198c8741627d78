use std::borrow::Cow;

/// The last second of the year 9999; later years have more than four digits.
const LAST_SECOND: f64 = 253_402_300_799.0;
const SECONDS_A_DAY: i64 = 86_400;

/// `1 check`, `14 checks`, `100,000 checks`.
pub fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

/// The number with a comma before each three digits.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The value, or 0 if it cannot be a duration.
pub(super) fn sane(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

/// Milliseconds, as long as they need to be told apart.
pub fn duration(milliseconds: f64) -> String {
    let seconds = sane(milliseconds) / 1000.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sane duration is a sane number"
    )]
    let whole = seconds.round() as u64;
    match seconds {
        0.0 => "0 ms".into(),
        ..0.000_95 => "< 1 ms".into(),
        ..0.999_5 => format!("{:.0} ms", seconds * 1000.0),
        ..9.995 => format!("{seconds:.2} s"),
        ..59.95 => format!("{seconds:.1} s"),
        ..3599.5 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A moment as date and time of day, UTC; none if it is not in the years 1970 to 9999.
pub fn utc(seconds: f64) -> Option<(String, String)> {
    if !(0.0..=LAST_SECOND).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is one of these years")]
    let seconds = seconds as i64;
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_A_DAY));
    let of_day = seconds.rem_euclid(SECONDS_A_DAY);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    Some((
        format!("{year:04}-{month:02}-{day:02}"),
        format!("{hour:02}:{minute:02}:{second:02}"),
    ))
}

/// Year, month and day of a number of days since 1970-01-01.
///
/// Source: Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The text, or its first `most` bytes and how much more there was.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let (kept, left) = text.split_at(text.floor_char_boundary(most));
    let left = thousands(left.chars().count());
    format!("{kept}… ({left} more characters)").into()
}

/// The text, or its first and last lines, because the end of a traceback matters most.
pub(super) fn cut_middle(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let start = text.floor_char_boundary(most / 4);
    let end = text.ceil_char_boundary(text.len() - most * 3 / 4);
    let left = thousands(text[start..end].chars().count());
    format!(
        "{}\n… ({left} more characters) …\n{}",
        &text[..start],
        &text[end..]
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(count(0, "check"), "0 checks");
        assert_eq!(count(1, "check"), "1 check");
        assert_eq!(count(999, "check"), "999 checks");
        assert_eq!(count(1_234_567, "check"), "1,234,567 checks");
    }

    #[test]
    fn duration_has_a_fitting_unit() {
        for (milliseconds, told) in [
            (0.0, "0 ms"),
            (f64::NAN, "0 ms"),
            (-3.0, "0 ms"),
            (0.4, "< 1 ms"),
            (1.0, "1 ms"),
            (999.4, "999 ms"),
            (999.7, "1.00 s"),
            (1234.0, "1.23 s"),
            (59_940.0, "59.9 s"),
            (59_960.0, "1 min 00 s"),
            (123_000.0, "2 min 03 s"),
            (3_599_600.0, "1 h 00 min"),
            (7_380_000.0, "2 h 03 min"),
        ] {
            assert_eq!(duration(milliseconds), told, "{milliseconds}");
        }
    }

    #[test]
    fn moment_is_in_utc() {
        let told = |seconds| utc(seconds).map(|(date, time)| format!("{date} {time}"));
        assert_eq!(told(0.0).unwrap(), "1970-01-01 00:00:00");
        assert_eq!(told(951_782_400.0).unwrap(), "2000-02-29 00:00:00");
        assert_eq!(told(1_773_500_966.7).unwrap(), "2026-03-14 15:09:26");
        assert_eq!(told(LAST_SECOND).unwrap(), "9999-12-31 23:59:59");
        for wrong in [-1.0, f64::NAN, f64::INFINITY, LAST_SECOND + 1.0] {
            assert_eq!(told(wrong), None);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("éééé", 3), "é… (3 more characters)");
        let middle = cut_middle("0123456789abcdef", 8);
        assert_eq!(middle, "01\n… (8 more characters) …\nabcdef");
        assert_eq!(
            cut_middle("éééééééé", 4)
                .chars()
                .filter(|c| *c == 'é')
                .count(),
            1
        );
    }
}
