//! Steps as data: a sequence of steps is made from a seed, played, and shortened.

use pyblish_endpoint_tests::numbers::Numbers;

/// The number of possible sessions, each of which is always opened with the same adapter, settings
/// and folders.
pub const SLOTS: usize = 6;

/// The session that `serve` opens.
pub const FIRST: usize = 0;

/// One thing that a client, an adapter, the user or the machine does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Opens a session.
    Open(usize),
    Delete(usize),
    Run {
        slot: usize,
        what: usize,
        key: Option<usize>,
    },
    Cancel {
        slot: usize,
        grace: f64,
    },
    /// Waits until no run is under way.
    Rest(usize),
    /// Runs one plug-in by `process`, `repair` or `actions`, or over v1.
    Work {
        slot: usize,
        way: usize,
        plugin: usize,
    },
    /// Changes data. With a stale revision it must be refused.
    Patch {
        slot: usize,
        stale: bool,
    },
    Toggle(usize),
    Reset(usize),
    Restart(usize),
    Read {
        slot: usize,
        what: usize,
    },
    /// Listens to events, after the last that this listener has seen.
    Listen(usize),
    /// A listener's connection ends.
    Leave(usize),
    /// Does all steps at the same time, each from its own client. The server may be killed
    /// meanwhile.
    AtOnce {
        steps: Vec<Step>,
        kill: Option<u64>,
    },
    Kill,
    Terminate,
    Disk(Disk),
    /// The wall clock is wrong by so many seconds.
    Clock(i64),
    /// Compares what clients were told with the current data.
    Check,
}

/// The state of the disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Disk {
    Healthy,
    Full,
    Broken,
    Slow,
}

/// The kinds of steps that can be left out, by name.
pub const KINDS: [&str; 6] = ["kill", "disk", "clock", "hostile", "keys", "sessions"];

impl Step {
    /// Its kind, if it can be left out.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            Step::Kill | Step::Terminate => Some("kill"),
            Step::AtOnce { kill: Some(_), .. } => Some("kill"),
            Step::Disk(_) => Some("disk"),
            Step::Clock(_) => Some("clock"),
            Step::Work { slot, .. } if *slot >= 3 => Some("hostile"),
            Step::Run { key: Some(_), .. } => Some("keys"),
            Step::Open(_) | Step::Delete(_) => Some("sessions"),
            _ => None,
        }
    }

    /// A step that any client can do at any time.
    fn of_client(numbers: &mut Numbers) -> Step {
        // Most steps are in few sessions, because many steps in one session find more.
        let slot = match numbers.percent(50) {
            true => FIRST,
            false => numbers.below(SLOTS),
        };
        match numbers.below(100) {
            0..20 => Step::Run {
                slot,
                what: numbers.below(7),
                key: numbers.percent(40).then(|| numbers.below(3)),
            },
            20..28 => Step::Cancel {
                slot,
                grace: *numbers.pick(&[0.0, 0.05, 5.0]),
            },
            28..46 => Step::Work {
                slot,
                way: numbers.below(4),
                plugin: numbers.below(64),
            },
            46..56 => Step::Patch {
                slot,
                stale: numbers.percent(50),
            },
            56..60 => Step::Toggle(slot),
            60..66 => Step::Reset(slot),
            66..70 => Step::Restart(slot),
            70..78 => Step::Open(1 + numbers.below(SLOTS - 1)),
            78..83 => Step::Delete(1 + numbers.below(SLOTS - 1)),
            _ => Step::Read {
                slot,
                what: numbers.below(12),
            },
        }
    }

    fn any(numbers: &mut Numbers) -> Step {
        match numbers.below(100) {
            0..54 => Step::of_client(numbers),
            54..60 => Step::Rest(numbers.below(SLOTS)),
            60..68 => Step::Listen(numbers.below(SLOTS)),
            68..72 => Step::Leave(numbers.below(SLOTS)),
            72..82 => Step::AtOnce {
                steps: (0..2 + numbers.below(6))
                    .map(|_| Step::of_client(numbers))
                    .collect(),
                kill: numbers.percent(50).then(|| numbers.draw() % 60),
            },
            82..85 => Step::Kill,
            85..87 => Step::Terminate,
            87..94 => Step::Disk(*numbers.pick(&[
                Disk::Healthy,
                Disk::Healthy,
                Disk::Full,
                Disk::Broken,
                Disk::Slow,
            ])),
            94..97 => Step::Clock(*numbers.pick(&[0, -3600, 7200, -86_400 * 2, 40 * 86_400])),
            _ => Step::Check,
        }
    }
}

/// The steps of this seed.
pub fn of_seed(seed: u64, count: usize, without: &[String]) -> Vec<Step> {
    let mut numbers = Numbers::of(seed);
    let kept = |step: &Step| {
        step.kind()
            .is_none_or(|kind| without.iter().all(|name| name != kind))
    };
    std::iter::repeat_with(|| Step::any(&mut numbers))
        .take(count)
        .filter(kept)
        .collect()
}
