//! The memory and the processor time of a process.
//!
//! Policy: it uses `/proc` of Linux. Other systems count differently, so a figure that needs it is
//! not measured there.

use std::fs;

use anyhow::{Context, Result, bail};

/// The ticks per second in `/proc`, the same on every current Linux.
const TICKS: f64 = 100.0;

/// The current memory of the process, in bytes.
pub fn now(pid: u32) -> Result<f64> {
    status(pid, "VmRSS:")
}

/// The peak of its memory since [`forget_peak`], in bytes.
pub fn peak(pid: u32) -> Result<f64> {
    status(pid, "VmHWM:")
}

/// Resets the peak.
pub fn forget_peak(pid: u32) -> Result<()> {
    let path = format!("/proc/{pid}/clear_refs");
    fs::write(&path, "5").with_context(|| format!("cannot write {path}: {WHERE}"))
}

const WHERE: &str = "memory is measured on Linux only; measure this figure there";

fn status(pid: u32, name: &str) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {path}: {WHERE}"))?;
    match field(&text, name) {
        Some(kilobytes) => Ok(kilobytes * 1024.0),
        None => bail!("{path} has no {name} {WHERE}"),
    }
}

fn field(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Its processor time so far, in seconds; none without `/proc`.
pub fn time(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in brackets, and may contain any bytes. After it come the state and 10 numbers.
    let (_, numbers) = text.rsplit_once(')')?;
    let mut numbers = numbers.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found() {
        let text = "VmHWM:\t    2000 kB\nVmRSS:\t    1234 kB\n";
        assert_eq!(field(text, "VmRSS:"), Some(1234.0));
        assert_eq!(field(text, "VmSwap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_takes_something() {
        let pid = std::process::id();
        assert!(now(pid).unwrap() > 0.0 && peak(pid).unwrap() > 0.0);
        assert!(time(pid).is_some());
    }
}
