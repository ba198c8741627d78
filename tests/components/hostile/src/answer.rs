//! What deeds share: how much is asked of them, the answer of a healthy plug-in, records and texts,
//! and attempts that must fail.

use std::cell::Cell;
use std::fmt::Display;

use bare_adapter::changed;
use bare_adapter::model::{LogRecord, Outcome, Value};
use bare_adapter::work::Call;

/// What a deed answers: an outcome, or the error that stopped it.
pub type Done = Result<Outcome, String>;

thread_local! {
    /// How much of a deed is wanted.
    pub static AMOUNT: Cell<u64> = const { Cell::new(0) };
}

/// How much of a deed is wanted.
pub fn amount() -> u64 {
    AMOUNT.get()
}

/// The answer of a healthy plug-in, which shows that the adapter lives.
pub fn healthy() -> Outcome {
    changed(vec![bare_adapter::set(None, "answer", Value::Integer(42))])
}

/// Nothing changed.
pub fn nothing() -> Outcome {
    changed(Vec::new())
}

pub fn record(message: String) -> LogRecord {
    bare_adapter::record("hostile", message)
}

pub fn long_text() -> Result<String, String> {
    let bytes = usize::try_from(amount()).map_err(|error| error.to_string())?;
    let mut text = String::new();
    text.try_reserve_exact(bytes)
        .map_err(|error| error.to_string())?;
    text.extend(std::iter::repeat_n('x', bytes));
    Ok(text)
}

/// A text that is not UTF-8.
pub fn no_text_at_all() -> String {
    // SAFETY: none, on purpose. Nothing here reads it, and the runtime must check it.
    unsafe { String::from_utf8_unchecked(vec![0x66, 0xff, 0xfe, 0xc0, 0x80]) }
}

/// Something to try, by name. Its error is what stopped it.
pub type Attempt<'a, E> = (&'a str, &'a dyn Fn() -> Result<(), E>);

/// Tries each of these, all of which must fail. Answers an error if one succeeds.
pub fn tried<E: Display>(call: &Call, attempts: &[Attempt<'_, E>]) -> Done {
    let mut said = Vec::new();
    for (name, attempt) in attempts {
        match attempt() {
            Ok(()) => return Err(format!("{name} SUCCEEDED")),
            Err(error) => said.push(format!("{name}: {error}")),
        }
    }
    // All were refused; the record shows that the adapter lives.
    call.log(&record(said.join("; ")));
    Ok(healthy())
}
