use std::time::SystemTime;

/// A time as the API and the history have it: seconds since 1970-01-01 UTC; 0 for earlier times.
pub fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        // The clock of this machine is set to a time before 1970.
        Err(_) => 0.0,
    }
}
