//! What an adapter, and its session, may use at most. Policy: every limit is on by default, with a default that no honest
//! adapter comes near; the user sets any of them by its name; and a limit that is met is named to whoever meets it,
//! together with how to raise it. A limit that nothing enforces is not listed here.

use std::time::Duration;

use wasmtime::ResourceLimiter;

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Memory,
    TableElements,
    Instances,
    Handles,
    HostcallData,
    Random,
    Files,
    Sockets,
    Records,
    RecordData,
    Cpu,
    Wall,
    Queue,
    Restarts,
}

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Can be given as `512M` or `2G`: powers of 1024.
    Bytes,
    Seconds,
    Count,
}

/// What is known of a limit.
struct About {
    limit: Limit,
    /// How it is called by users.
    name: &'static str,
    unit: Unit,
    default: u64,
    /// The smallest that makes sense, and the largest that can be.
    range: (u64, u64),
    doc: &'static str,
}

const ANY: u64 = u64::MAX;

const fn about(
    limit: Limit,
    name: &'static str,
    unit: Unit,
    default: u64,
    range: (u64, u64),
    doc: &'static str,
) -> About {
    About {
        limit,
        name,
        unit,
        default,
        range,
        doc,
    }
}

/// In the order of [`Limit`].
#[rustfmt::skip]
const ABOUT: [About; 14] = [
    // Room for a decoded 8k image of half floats with as much again for work on it.
    about(Limit::Memory, "memory", Unit::Bytes, 1 << 30, (1, ANY), "all its memories together"),
    // A component has a few thousand functions in its tables.
    about(Limit::TableElements, "table-elements", Unit::Count, 1 << 20, (1, ANY), "elements of all its tables together"),
    // A component made of one language has a handful, one that is composed of others a few dozen.
    about(Limit::Instances, "instances", Unit::Count, 256, (1, ANY), "modules that it is made of"),
    about(Limit::Handles, "handles", Unit::Count, 1024, (1, ANY), "files, sockets, streams and timers that it holds at once"),
    // Ten thousand instances with a few kilobytes of data each.
    about(Limit::HostcallData, "hostcall-data", Unit::Bytes, 64 << 20, (1, ANY), "data that it hands over at once: in a call of the runtime, or as an answer"),
    // A key or a seed, many times over.
    about(Limit::Random, "random", Unit::Bytes, 1 << 20, (0, ANY), "random bytes that it asks for at once"),
    // A sequence is read a file at a time; half of what a process may usually open.
    about(Limit::Files, "files", Unit::Count, 512, (0, ANY), "files and folders that it has open"),
    // One for a bridge, and a few for services of a studio.
    about(Limit::Sockets, "sockets", Unit::Count, 32, (0, ANY), "sockets that it has open"),
    // More than anybody reads.
    about(Limit::Records, "records", Unit::Count, 10_000, (0, ANY), "records and reports of progress in one call; what follows is left out, and said to be"),
    about(Limit::RecordData, "record-data", Unit::Bytes, 16 << 20, (0, ANY), "texts of these"),
    // A hundred gigabytes of frames are digested in that time.
    about(Limit::Cpu, "cpu", Unit::Seconds, 600, (1, ANY), "computing in one call; waiting does not count"),
    // A host may render for hours.
    about(Limit::Wall, "wall", Unit::Seconds, 0, (0, ANY), "one call from its beginning to its end; 0 is for ever"),
    // A frontend sends one at a time: room for dozens of them.
    about(Limit::Queue, "queue", Unit::Count, 64, (1, 1_000_000), "commands that wait in a session"),
    about(Limit::Restarts, "restarts", Unit::Count, 3, (0, 1_000_000), "times that it is started again by itself, after 2, 8 and then 32 seconds"),
];

impl Limit {
    fn about(self) -> &'static About {
        &ABOUT[self as usize]
    }

    /// How it is called by users.
    pub fn name(self) -> &'static str {
        self.about().name
    }
}

/// What one adapter, and its session, may use at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits([u64; ABOUT.len()]);

impl Default for Limits {
    fn default() -> Self {
        Limits(ABOUT.each_ref().map(|about| about.default))
    }
}

impl Limits {
    /// For an adapter that only says who it is: it has nothing to wait for, and whoever lists adapters waits for it.
    pub(super) fn to_describe() -> Self {
        let mut limits = Limits::default();
        limits.0[Limit::Cpu as usize] = 10;
        limits.0[Limit::Wall as usize] = 30;
        limits
    }

    /// Sets the limit of this name.
    ///
    /// # Errors
    /// Says what is wrong with the name or the value, and what would be right.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(about) = ABOUT.iter().find(|about| about.name == name) else {
            let names = ABOUT.iter().map(|about| about.name);
            let names: Vec<_> = names.collect();
            return Err(format!(
                "there is no limit {name:?}; there are {}",
                names.join(", ")
            ));
        };
        let (least, most) = about.range;
        let number = number(value, about.unit);
        let Some(number) = number.filter(|number| (least..=most).contains(number)) else {
            let (kind, example) = match about.unit {
                Unit::Bytes => ("a number of bytes", ", such as 1048576, 512M or 2G"),
                Unit::Seconds => ("a whole number of seconds", ""),
                Unit::Count => ("a whole number", ""),
            };
            let range = match most {
                ANY => format!("of at least {least}"),
                _ => format!("from {least} to {most}"),
            };
            return Err(format!(
                "the limit {name} must be {kind} {range}{example}, but {value:?} is not"
            ));
        };
        self.0[about.limit as usize] = number;
        Ok(())
    }

    /// Its value, in its unit.
    pub fn get(&self, limit: Limit) -> u64 {
        self.0[limit as usize]
    }

    /// Likewise, as what is counted in memory; what is larger than that is no limit.
    pub fn count(&self, limit: Limit) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }

    /// How long a call may compute.
    pub(super) fn cpu(&self) -> Duration {
        Duration::from_secs(self.get(Limit::Cpu))
    }

    /// How long a call may take, if that is limited.
    pub(super) fn wall(&self) -> Option<Duration> {
        match self.get(Limit::Wall) {
            0 => None,
            seconds => Some(Duration::from_secs(seconds)),
        }
    }

    /// The limit as it is set, and how to raise it, for messages.
    pub(super) fn said(&self, limit: Limit) -> String {
        let text = shown(self.get(limit), limit.about().unit);
        let name = limit.name();
        format!("{name} is limited to {text}; allow it more with --limit {name}=VALUE")
    }

    /// Every limit with its default, one a line, for people.
    pub fn help() -> String {
        let width = ABOUT.iter().map(|about| about.name.len()).max();
        let width = width.unwrap_or_default();
        let line = |about: &About| {
            let default = shown(about.default, about.unit);
            let (name, doc) = (about.name, about.doc);
            format!("  {name:width$}  {default:>9}  {doc}\n")
        };
        ABOUT.iter().map(line).collect()
    }
}

/// A number, with `K`, `M` or `G` behind it where it is one of bytes.
fn number(text: &str, unit: Unit) -> Option<u64> {
    let (digits, factor) = match (unit, text.chars().last()?) {
        (Unit::Bytes, 'K') => (&text[..text.len() - 1], 1 << 10),
        (Unit::Bytes, 'M') => (&text[..text.len() - 1], 1 << 20),
        (Unit::Bytes, 'G') => (&text[..text.len() - 1], 1 << 30),
        _ => (text, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

fn shown(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Seconds if value == 0 => "none".into(),
        Unit::Seconds => format!("{value} s"),
        Unit::Bytes => {
            let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
            let whole = |shift: u32| value != 0 && value.trailing_zeros() >= shift;
            match units.iter().find(|(_, shift)| whole(*shift)) {
                Some((name, shift)) => format!("{} {name}", value >> shift),
                None => format!("{value} B"),
            }
        }
        Unit::Count => value.to_string(),
    }
}

/// Counts what one adapter uses. wasmtime's own limits are for each memory; an adapter may have several.
#[derive(Debug)]
pub(super) struct Limiter {
    most_memory: usize,
    most_elements: usize,
    most_instances: usize,
    memory: usize,
    table_elements: usize,
    /// What it wanted more of than it may have, since this was last taken.
    pub refused: Option<Limit>,
}

impl Limiter {
    pub fn new(limits: &Limits) -> Self {
        Limiter {
            most_memory: limits.count(Limit::Memory),
            most_elements: limits.count(Limit::TableElements),
            most_instances: limits.count(Limit::Instances),
            memory: 0,
            table_elements: 0,
            refused: None,
        }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = grow(
            &mut self.memory,
            self.most_memory,
            current,
            desired,
            maximum,
        );
        if !fits {
            self.refused = Some(Limit::Memory);
        }
        Ok(fits)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let fits = grow(
            &mut self.table_elements,
            self.most_elements,
            current,
            desired,
            maximum,
        );
        if !fits {
            self.refused = Some(Limit::TableElements);
        }
        Ok(fits)
    }

    fn instances(&self) -> usize {
        self.most_instances
    }

    // Each module brings one or none; one with hundreds is no adapter that anybody made.
    fn memories(&self) -> usize {
        self.most_instances
    }

    fn tables(&self) -> usize {
        self.most_instances
    }
}

/// Grows the sum if that keeps it within the limit, and the one that grows within its own maximum.
fn grow(
    sum: &mut usize,
    limit: usize,
    current: usize,
    desired: usize,
    maximum: Option<usize>,
) -> bool {
    let grown = sum.saturating_sub(current).saturating_add(desired);
    let fits = grown <= limit && maximum.is_none_or(|maximum| desired <= maximum);
    if fits {
        *sum = grown;
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(pairs: &[(&str, &str)]) -> Limits {
        let mut limits = Limits::default();
        for (name, value) in pairs {
            limits.set(name, value).unwrap();
        }
        limits
    }

    #[test]
    fn the_table_is_in_the_order_of_the_limits() {
        for (place, about) in ABOUT.iter().enumerate() {
            assert_eq!(about.limit as usize, place, "{}", about.name);
            let (least, most) = about.range;
            assert!((least..=most).contains(&about.default), "{}", about.name);
        }
    }

    #[test]
    fn memories_are_summed() {
        let mut limiter = Limiter::new(&limits(&[("memory", "100")]));
        assert!(limiter.memory_growing(0, 60, None).unwrap());
        assert_eq!(limiter.refused, None);
        assert!(!limiter.memory_growing(0, 60, None).unwrap());
        assert_eq!(limiter.refused, Some(Limit::Memory));
        assert!(limiter.memory_growing(0, 40, None).unwrap());
        assert!(!limiter.memory_growing(40, 41, None).unwrap());
    }

    #[test]
    fn a_memory_keeps_to_its_own_maximum() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(!limiter.memory_growing(0, 60, Some(59)).unwrap());
        assert!(limiter.memory_growing(0, 59, Some(59)).unwrap());
    }

    #[test]
    fn a_limit_is_set_by_its_name() {
        let set = limits(&[
            ("memory", "2G"),
            ("record-data", "3K"),
            ("wall", "7"),
            ("queue", "1"),
        ]);
        assert_eq!(set.get(Limit::Memory), 2 << 30);
        assert_eq!(set.get(Limit::RecordData), 3072);
        assert_eq!(set.wall(), Some(Duration::from_secs(7)));
        assert_eq!(Limits::default().wall(), None);
        assert_eq!(
            set.said(Limit::Memory),
            "memory is limited to 2 GiB; allow it more with --limit memory=VALUE"
        );
    }

    #[test]
    fn what_is_no_limit_is_refused_in_words() {
        for (name, value, said) in [
            ("memry", "1", "there are memory, table-elements,"),
            ("memory", "0", "of at least 1, such as 1048576, 512M or 2G"),
            ("memory", "", "but \"\" is not"),
            ("memory", "1.5G", "but \"1.5G\" is not"),
            ("memory", "99999999999G", "must be a number of bytes"),
            ("cpu", "1M", "a whole number of seconds"),
            ("queue", "0", "from 1 to 1000000"),
            ("records", "-1", "a whole number of at least 0"),
        ] {
            let message = Limits::default().set(name, value).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }
}
