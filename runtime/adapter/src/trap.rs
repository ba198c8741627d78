//! What an error of wasmtime means: a limit that was reached, no memory, or endless recursion.

use wasmtime::component::ResourceTableError;
use wasmtime::{FrameInfo, WasmBacktrace};

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
pub(super) fn called_itself(error: &wasmtime::Error) -> bool {
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
