//! The settings of the session.

use std::cell::{Cell, RefCell};

thread_local! {
    /// The amount of an attack.
    pub static AMOUNT: Cell<u64> = const { Cell::new(0) };
    /// The name of a file or of a machine, for attacks that need one.
    pub static TEXT: RefCell<String> = RefCell::default();
    /// The address to connect to.
    pub static ADDRESS: RefCell<String> = RefCell::default();
    /// Whether `close` never ends.
    pub static CLOSES: Cell<bool> = const { Cell::new(true) };
}
