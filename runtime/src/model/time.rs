use std::time::SystemTime;

/// A moment as it is told everywhere: seconds since 1970-01-01 UTC, 0 for what lies before.
pub fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        // The clock of this machine stands before 1970.
        Err(_) => 0.0,
    }
}
