//! Deeds that log, report progress, or say that the host is lost.

use bare_adapter::work::Call;

use crate::answer::{Done, amount, healthy, long_text, no_text_at_all, nothing, record};

pub fn flood(call: &Call) -> Done {
    for number in 1..=amount() {
        call.log(&record(format!("record {number}")));
    }
    Ok(healthy())
}

/// So many records of 64 KiB each.
pub fn flood_data(call: &Call) -> Done {
    for _ in 0..amount() {
        call.log(&record("x".repeat(64 << 10)));
    }
    Ok(healthy())
}

pub fn flood_progress(call: &Call) -> Done {
    let all = amount();
    for number in 1..=all {
        call.progress(number as f64 / all as f64, "on");
    }
    // Values that are no number or out of range.
    for fraction in [f64::NAN, f64::INFINITY, -1.0] {
        call.progress(fraction, "off");
    }
    Ok(healthy())
}

/// Reports that its host is gone, although it has none, and goes on.
pub fn lost(call: &Call) -> Done {
    call.host_lost("it was never there");
    Ok(healthy())
}

/// Logs a record, and reports progress.
pub fn say(call: &Call) -> Done {
    call.log(&record("so it goes".into()));
    call.progress(0.5, "half");
    Ok(nothing())
}

/// Logs a text of so many bytes.
pub fn long_record(call: &Call) -> Done {
    call.log(&record(long_text()?));
    Ok(healthy())
}

pub fn no_text_record(call: &Call) -> Done {
    call.log(&record(no_text_at_all()));
    Ok(healthy())
}
