//! Deliberate faults, to test a runtime with a bad adapter. They are not detected or softened here,
//! because the runtime must handle them.

use pyblish_sdk::{Level, Result, fail, record};
use serde::Deserialize;

/// The value of a step that is either present or not: true.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<Self, Self::Error> {
        match yes {
            true => Ok(Yes),
            false => Err("it must be true; leave the step out instead"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trap {
    #[serde(rename = "trap")]
    _yes: Yes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spin {
    #[serde(rename = "spin")]
    _yes: Yes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allocate {
    /// How many bytes; a 32-bit component can allocate 2 GiB per step.
    allocate: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flood {
    /// How many records.
    flood: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Panic {
    panic: String,
}

impl Trap {
    /// Ends the call with the instruction `unreachable`, without a message.
    pub fn play(&self) -> ! {
        #[cfg(target_arch = "wasm32")]
        core::arch::wasm32::unreachable();
        #[cfg(not(target_arch = "wasm32"))]
        std::process::abort();
    }
}

impl Spin {
    /// Never ends by itself, and calls no function of the runtime.
    pub fn play(&self) -> ! {
        loop {
            std::hint::spin_loop();
        }
    }
}

impl Allocate {
    /// Allocates memory, writes to all of it, and keeps it until the component ends.
    pub fn play(&self) -> Result {
        let mut memory: Vec<u8> = Vec::new();
        // A number that does not fit is more memory than there is.
        let bytes = usize::try_from(self.allocate).unwrap_or(usize::MAX);
        if let Err(error) = memory.try_reserve_exact(bytes) {
            fail!(
                "{} bytes of memory cannot be allocated: {error}",
                self.allocate
            );
        }
        // Memory that was not written to costs the host nothing.
        memory.resize(bytes, 1);
        std::hint::black_box(memory.leak());
        Ok(())
    }
}

impl Flood {
    pub fn play(&self, logger: &str) {
        for number in 1..=self.flood {
            let message = format!("record {number} of {}", self.flood);
            record(Level::Info, logger, &message);
        }
    }
}

impl Panic {
    pub fn play(&self) -> ! {
        panic!("{}", self.panic)
    }
}
