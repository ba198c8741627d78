//! Faults on purpose, so that whoever runs adapters can be tested against a bad one. None of them is
//! noticed or softened here: that is what is tested.

use pyblish_sdk::{Result, fail, record};
use serde::Deserialize;

/// The value of a step that is only said or not said.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
struct Yes;

impl TryFrom<bool> for Yes {
    type Error = &'static str;

    fn try_from(yes: bool) -> Result<Self, Self::Error> {
        match yes {
            true => Ok(Yes),
            false => Err("it takes true; leave the step out instead"),
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
    /// Bytes; a 32-bit component can have 2 GiB a step.
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
    /// Ends the call with the instruction `unreachable`, without a word.
    pub fn play(&self) -> ! {
        #[cfg(target_arch = "wasm32")]
        core::arch::wasm32::unreachable();
        #[cfg(not(target_arch = "wasm32"))]
        std::process::abort();
    }
}

impl Spin {
    /// Never ends by itself, and calls nothing of the runtime's.
    pub fn play(&self) -> ! {
        loop {
            std::hint::spin_loop();
        }
    }
}

impl Allocate {
    /// Takes memory, writes to all of it, and keeps it until the component is gone.
    pub fn play(&self) -> Result {
        let mut memory: Vec<u8> = Vec::new();
        // More than can be counted is more than there is.
        let bytes = usize::try_from(self.allocate).unwrap_or(usize::MAX);
        if let Err(error) = memory.try_reserve_exact(bytes) {
            fail!(
                "{} bytes of memory are not to be had: {error}",
                self.allocate
            );
        }
        // Memory that nobody wrote to costs the host nothing.
        memory.resize(bytes, 1);
        std::hint::black_box(memory.leak());
        Ok(())
    }
}

impl Flood {
    pub fn play(&self, logger: &str) {
        for number in 1..=self.flood {
            let message = format!("record {number} of {}", self.flood);
            record(20, logger, &message);
        }
    }
}

impl Panic {
    pub fn play(&self) -> ! {
        panic!("{}", self.panic)
    }
}
