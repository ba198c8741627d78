//! What an adapter, and its session, may use at most. Policy: every limit is on by default, with a
//! default that no honest adapter comes near; the user sets any of them by its name; and a message
//! that a limit was reached names it, and says how to raise it. A limit that nothing enforces is
//! not listed here.

use std::time::Duration;

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of all its memories together.
    Memory,
    /// Elements of all its tables together.
    TableElements,
    /// Modules that it is made of.
    Instances,
    /// Files, sockets, streams and timers that it holds.
    Handles,
    /// Bytes that it hands over at once.
    HostcallData,
    /// Changes, instances, data and plug-ins that it hands over at once.
    Items,
    /// Values in the data that it hands over at once.
    JsonValues,
    /// Random bytes that it asks for at once.
    Random,
    /// Files and folders that it has open.
    Files,
    /// Sockets that it has open.
    Sockets,
    /// Bytes of its temporary files.
    Temporary,
    /// Records and reports of progress in one call.
    Records,
    /// Bytes of the records of one call.
    RecordData,
    /// Seconds of computing in one call.
    Cpu,
    /// Seconds of one call, from its beginning to its end.
    Wall,
    /// Commands that wait in its session.
    Queue,
    /// How often it is started again by itself.
    Restarts,
    /// Seconds that its `close` may take.
    Close,
    /// Instances in the context.
    ContextInstances,
    /// Bytes that the context takes in memory.
    ContextData,
    /// Bytes that the results since the last reset take in memory.
    ResultData,
    /// Plug-ins that it finds.
    Plugins,
    /// Bytes of one id, name, label, family or key.
    Names,
    /// Bytes of its file.
    AdapterSize,
    /// Seconds that compiling it may take.
    CompileTime,
    /// Bytes of memory of the process that compiles it.
    CompileMemory,
    /// Seconds of one run of a tool.
    ToolTime,
    /// Bytes of memory of a tool.
    ToolMemory,
}

/// What a limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Can be given as `512M` or `2G`: powers of 1024.
    Bytes,
    Seconds,
    Count,
}

/// The name, unit, default and range of a limit.
struct About {
    limit: Limit,
    /// The name that users give it by.
    name: &'static str,
    unit: Unit,
    default: u64,
    /// The smallest that makes sense, and the largest that can be.
    range: (u64, u64),
    doc: &'static str,
}

const ANY: u64 = u64::MAX;

/// How many values, and items, the description of an adapter may have: a thousand settings with all
/// that is theirs.
pub(super) const MOST_VALUES_TO_DESCRIBE: usize = 100_000;

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
const ABOUT: [About; 28] = [
    // Room for a decoded 8k image of half floats with as much again for work on it.
    about(Limit::Memory, "memory", Unit::Bytes, 1 << 30, (1, ANY), "all its memories together"),
    // A component has a few thousand functions in its tables.
    about(Limit::TableElements, "table-elements", Unit::Count, 1 << 20, (1, ANY), "elements of all its tables together"),
    // A component made of one language has a handful, one that is composed of others a few dozen.
    about(Limit::Instances, "instances", Unit::Count, 256, (1, ANY), "modules that it is made of"),
    about(Limit::Handles, "handles", Unit::Count, 1024, (1, ANY), "files, sockets, streams and timers that it holds at once"),
    // Ten thousand instances with a few kilobytes of data each.
    about(Limit::HostcallData, "hostcall-data", Unit::Bytes, 64 << 20, (1, ANY), "data that it hands over at once: in a call of the runtime, or as an answer"),
    // The same ten thousand, with fifty of each in every one.
    about(Limit::Items, "items", Unit::Count, 1 << 20, (1, ANY), "changes, instances, their data and members, and plug-ins that it hands over at once"),
    // These with a few hundred values each: what a frontend still reads in a second.
    about(Limit::JsonValues, "json-values", Unit::Count, 1 << 22, (1, ANY), "texts, numbers, lists and objects in the data that it hands over at once"),
    // A key or a seed, many times over.
    about(Limit::Random, "random", Unit::Bytes, 1 << 20, (0, ANY), "random bytes that it asks for at once"),
    // A sequence is read a file at a time; half of what a process may usually open.
    about(Limit::Files, "files", Unit::Count, 512, (0, ANY), "files and folders that it has open"),
    // One for a bridge, and a few for services of a studio.
    about(Limit::Sockets, "sockets", Unit::Count, 32, (0, ANY), "sockets that it has open"),
    // Frames or caches that are staged on their way.
    about(Limit::Temporary, "temporary", Unit::Bytes, 4 << 30, (0, ANY), "its temporary files, at least 4 KiB for each"),
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
    // Nobody waits for it, and what it holds is given back in any case.
    about(Limit::Close, "close", Unit::Seconds, 5, (1, 86_400), "its `close`, when its session ends; then it is ended by force"),
    // A shot with every prop of a crowd.
    about(Limit::ContextInstances, "context-instances", Unit::Count, 250_000, (1, ANY), "instances that are in the context at once"),
    // A quarter of a million instances with a kilobyte each.
    about(Limit::ContextData, "context-data", Unit::Bytes, 256 << 20, (1, ANY), "what the context takes in memory: names, members and data"),
    // Two million results that say nothing, or a million that say a line.
    about(Limit::ResultData, "result-data", Unit::Bytes, 1 << 30, (1, ANY), "what the results since the last reset take in memory; from half of it the oldest give up their records"),
    // A studio has hundreds.
    about(Limit::Plugins, "plugins", Unit::Count, 10_000, (1, ANY), "plug-ins that it finds, and files of plug-ins that cannot be used"),
    // The path of a node, many levels deep.
    about(Limit::Names, "names", Unit::Bytes, 4 << 20, (1, ANY), "one id, name, label, family or key of data"),
    // A Python inside an adapter has 70 MB.
    about(Limit::AdapterSize, "adapter-size", Unit::Bytes, 256 << 20, (1, 1 << 32), "its .wasm file"),
    // A Python takes ten seconds, and ten times that on a machine that has other things to do.
    about(Limit::CompileTime, "compile-time", Unit::Seconds, 300, (1, 1_000_000), "compiling it, once for each machine"),
    about(Limit::CompileMemory, "compile-memory", Unit::Bytes, 4 << 30, (64 << 20, ANY), "memory of the process that compiles it"),
    // The first two seconds of a movie in 8k take three, on a machine that has nothing else to do.
    about(Limit::ToolTime, "tool-time", Unit::Seconds, 30, (1, 3600), "one run of a tool, such as ffmpeg for a thumbnail"),
    about(Limit::ToolMemory, "tool-memory", Unit::Bytes, 2 << 30, (16 << 20, ANY), "memory of a tool"),
];

impl Limit {
    fn about(self) -> &'static About {
        &ABOUT[self as usize]
    }

    /// The name that users give it by.
    pub fn name(self) -> &'static str {
        self.about().name
    }
}

/// What one adapter, and its session, may use at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdapterLimits([u64; ABOUT.len()]);

impl Default for AdapterLimits {
    fn default() -> Self {
        AdapterLimits(ABOUT.each_ref().map(|about| about.default))
    }
}

impl AdapterLimits {
    /// For an adapter that only describes itself: it has nothing to wait for, and a user who lists
    /// adapters waits for it.
    pub(super) fn to_describe() -> Self {
        let mut limits = AdapterLimits::default();
        limits.0[Limit::Cpu as usize] = 10;
        limits.0[Limit::Wall as usize] = 30;
        limits.0[Limit::Items as usize] = MOST_VALUES_TO_DESCRIBE as u64;
        limits.0[Limit::JsonValues as usize] = MOST_VALUES_TO_DESCRIBE as u64;
        limits
    }

    /// For commands that only look at an adapter while the user waits: half a minute in all.
    pub fn to_inspect() -> Self {
        let mut limits = AdapterLimits::default();
        limits.0[Limit::CompileTime as usize] = 27;
        limits
    }

    /// The names of all limits.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ABOUT.iter().map(|about| about.name)
    }

    /// Sets the limit of this name.
    ///
    /// # Errors
    /// Says what is wrong with the name or the value, and what would be right.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(about) = ABOUT.iter().find(|about| about.name == name) else {
            let names: Vec<_> = AdapterLimits::names().collect();
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

    /// Its value as a `usize`. A larger value means no limit.
    pub fn count(&self, limit: Limit) -> usize {
        usize::try_from(self.get(limit)).unwrap_or(usize::MAX)
    }

    /// How long a call may compute.
    pub fn cpu(&self) -> Duration {
        Duration::from_secs(self.get(Limit::Cpu))
    }

    /// How long a call may take, if that is limited.
    pub(super) fn wall(&self) -> Option<Duration> {
        match self.get(Limit::Wall) {
            0 => None,
            seconds => Some(Duration::from_secs(seconds)),
        }
    }

    /// How long an adapter may take to close.
    pub fn close(&self) -> Duration {
        Duration::from_secs(self.get(Limit::Close))
    }

    /// The limit as it is set, and how to raise it, for messages.
    pub fn said(&self, limit: Limit) -> String {
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The defaults with these in their place.
    pub(crate) fn limits(pairs: &[(&str, &str)]) -> AdapterLimits {
        let mut limits = AdapterLimits::default();
        for (name, value) in pairs {
            limits.set(name, value).unwrap();
        }
        limits
    }

    #[test]
    fn table_matches_enum_order() {
        for (place, about) in ABOUT.iter().enumerate() {
            assert_eq!(about.limit as usize, place, "{}", about.name);
            let (least, most) = about.range;
            assert!((least..=most).contains(&about.default), "{}", about.name);
        }
    }

    #[test]
    fn limit_is_set_by_name() {
        let set = limits(&[
            ("memory", "2G"),
            ("record-data", "3K"),
            ("wall", "7"),
            ("queue", "1"),
        ]);
        assert_eq!(set.get(Limit::Memory), 2 << 30);
        assert_eq!(set.get(Limit::RecordData), 3072);
        assert_eq!(set.wall(), Some(Duration::from_secs(7)));
        assert_eq!(AdapterLimits::default().wall(), None);
        assert_eq!(
            set.said(Limit::Memory),
            "memory is limited to 2 GiB; allow it more with --limit memory=VALUE"
        );
    }

    #[test]
    fn invalid_limit_is_explained() {
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
            let message = AdapterLimits::default().set(name, value).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
    }
}
