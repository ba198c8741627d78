//! The deeds by name. A deed that is stopped with an error answers that error, so that a test sees
//! what stopped it.

use bare_adapter::work::{Batch, Call};

use Deed::{Alone, InBatch, InCall};

use crate::answer::{Done, healthy, nothing};
use crate::{bad_answers, batches, computing, copies, folders, network, records, resources};

/// What is done, by what it needs.
#[derive(Clone, Copy)]
pub enum Deed {
    Alone(fn() -> Done),
    InCall(fn(&Call) -> Done),
    /// Breaks the rules of `process`: tells outcomes by itself. It gets how many pairs are left.
    InBatch(fn(&Batch, usize)),
}

/// A healthy extractor: a run that has failed validators does not come to it. All others are
/// validators.
pub const LATE: &str = "Late";

/// Each deed by its name.
const DEEDS: &[(&str, Deed)] = &[
    ("Answer", Alone(|| Ok(healthy()))),
    ("Spin", Alone(|| computing::spin())),
    ("Compute", Alone(computing::compute)),
    ("Recurse", Alone(|| Err(computing::recurse(0).to_string()))),
    ("Trap", Alone(|| computing::trap())),
    ("Panic", Alone(|| panic!("on purpose"))),
    ("Exit", Alone(|| std::process::exit(3))),
    ("Allocate", Alone(computing::allocate)),
    ("Hold", Alone(computing::hold)),
    ("Flood", InCall(records::flood)),
    ("FloodData", InCall(records::flood_data)),
    ("FloodProgress", InCall(records::flood_progress)),
    ("Lost", InCall(records::lost)),
    ("Long", Alone(bad_answers::long)),
    ("LongRecord", InCall(records::long_record)),
    ("NoText", Alone(bad_answers::no_text)),
    ("NoTextRecord", InCall(records::no_text_record)),
    ("NoJson", Alone(bad_answers::no_json)),
    ("DeepJson", Alone(bad_answers::deep_json)),
    ("Values", Alone(|| bad_answers::values("{}"))),
    ("Objects", Alone(|| bad_answers::values("{\"\":0}"))),
    ("Keys", Alone(bad_answers::keys)),
    ("Infinite", Alone(bad_answers::infinite)),
    ("Instances", Alone(bad_answers::instances)),
    ("Members", Alone(bad_answers::members)),
    ("NoInstance", Alone(bad_answers::no_instance)),
    ("SameInstance", Alone(bad_answers::same_instance)),
    ("Nothing", Alone(|| Ok(nothing()))),
    ("Files", Alone(resources::files)),
    ("Timers", Alone(resources::timers)),
    ("Sockets", Alone(resources::sockets)),
    ("Random", Alone(resources::random)),
    ("Sleep", Alone(computing::sleep)),
    ("Pipe", Alone(folders::pipe)),
    ("Upwards", InCall(folders::upwards)),
    ("Links", InCall(folders::links)),
    ("Rename", InCall(folders::rename)),
    ("Connect", Alone(network::connect)),
    ("Elsewhere", InCall(network::elsewhere)),
    ("Listen", InCall(network::listen)),
    ("Add", Alone(bad_answers::add)),
    ("RemoveAll", Alone(bad_answers::remove_all)),
    ("LongName", Alone(bad_answers::long_name)),
    ("Say", InCall(records::say)),
    ("Fail", Alone(bad_answers::fail)),
    ("Names", InCall(network::names)),
    ("InfiniteNumber", Alone(bad_answers::infinite_number)),
    ("NoOutcome", InBatch(batches::no_outcome)),
    ("EmptyOutcomes", InBatch(batches::empty_outcomes)),
    ("MoreOutcomes", InBatch(batches::more_outcomes)),
    ("AfterRefusal", InBatch(batches::after_refusal)),
    ("LeftEarly", InBatch(batches::left_early)),
    (LATE, Alone(|| Ok(healthy()))),
    ("CopyReadOnly", InCall(copies::read_only)),
    ("CopyUpwards", InCall(copies::upwards)),
    ("CopyLinks", InCall(copies::links)),
    ("CopyOver", InCall(copies::over)),
    ("CopyHalf", InCall(copies::half)),
    ("CopySpecial", InCall(copies::special)),
    ("StatOutside", InCall(copies::stat_outside)),
];

pub const NAMES: [&str; DEEDS.len()] = {
    let mut names = [""; DEEDS.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = DEEDS[place].0;
        place += 1;
    }
    names
};

pub fn find(name: &str) -> Result<Deed, String> {
    let deed = DEEDS.iter().find(|(known, _)| *known == name);
    let (_, deed) = deed.ok_or_else(|| format!("there is no deed {name:?}"))?;
    Ok(*deed)
}

pub fn perform(name: &str, call: &Call) -> Done {
    match find(name)? {
        Alone(deed) => deed(),
        InCall(deed) => deed(call),
        InBatch(_) => Err(format!("{name} can only be done in process")),
    }
}
