//! What an error of wasmtime means: a limit that was reached, no memory, or endless recursion.

use wasmtime::component::ResourceTableError;
use wasmtime::{FrameInfo, Trap, WasmBacktrace};

use super::limits::Limit;

/// Whether the system had no memory for it.
pub(super) fn is_no_memory(error: &wasmtime::Error) -> bool {
    let cause = error.root_cause();
    let said = cause.downcast_ref::<std::io::Error>();
    let said = said.is_some_and(|error| error.kind() == std::io::ErrorKind::OutOfMemory);
    #[cfg(unix)]
    let said = said || cause.downcast_ref() == Some(&rustix::io::Errno::NOMEM);
    said
}

/// Whether the guest was in one function again and again, as far as its backtrace tells.
fn called_itself(error: &wasmtime::Error) -> bool {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return false;
    };
    let mut innermost = backtrace.frames().iter().map(FrameInfo::func_index);
    let first = innermost.next();
    let same = innermost.take_while(|index| Some(*index) == first).count();
    same >= AGAIN
}

/// How many of the innermost frames must be of one function.
const AGAIN: usize = 10;

/// The limit that ended the call, if one did. wasmtime has no types for most of them, so its words
/// are compared. If these change, users see wasmtime's own words.
pub(super) fn met(error: &wasmtime::Error) -> Option<Limit> {
    if let Some(ResourceTableError::Full) = error.downcast_ref() {
        return Some(Limit::Handles);
    }
    let words = error.root_cause().to_string();
    let known = [
        ("fuel allocated for hostcalls", Limit::HostcallData),
        ("requested len", Limit::Random),
        ("resource limit exceeded", Limit::Instances),
        ("store handle limit exceeded", Limit::Handles),
    ];
    let known = known.iter().find(|(part, _)| words.contains(part));
    known.map(|(_, limit)| *limit)
}

/// Why a call trapped, as a clause. `said` is what the adapter printed last as an error.
pub(super) fn reason(error: &wasmtime::Error, said: Option<&str>) -> String {
    const WITHOUT_END: &str = "it called itself without end";
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => match said {
            Some(said) => format!("it gave up, and said: {said}"),
            None => "it gave up (a panic, or an abort)".into(),
        },
        Some(Trap::StackOverflow) => WITHOUT_END.into(),
        // A language may have a stack of its own in its memory, which ends first.
        Some(Trap::MemoryOutOfBounds) if called_itself(error) => WITHOUT_END.into(),
        Some(trap) => trap.to_string(),
        None => format!("{:#}", error.root_cause()),
    }
}
