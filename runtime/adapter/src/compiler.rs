//! The settings of the compiler, and the lock that lets one adapter compile at a time. The work
//! itself is in `compile`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::AdapterLimits;

/// How an engine compiles.
#[derive(Debug)]
pub(super) struct Compiler {
    /// This program; none in a program that only uses the library.
    pub program: Option<PathBuf>,
    pub limits: AdapterLimits,
    /// Held while one is compiled.
    pub turn: Mutex<()>,
}

impl Compiler {
    /// Compiles in this process, which cannot be ended.
    pub(crate) fn here() -> Self {
        Compiler {
            program: None,
            limits: AdapterLimits::default(),
            turn: Mutex::default(),
        }
    }

    /// Compiles in a child process of this program.
    pub(crate) fn of_program(limits: &AdapterLimits) -> io::Result<Self> {
        Ok(Compiler {
            program: Some(this_program()?),
            limits: limits.clone(),
            turn: Mutex::default(),
        })
    }
}

/// The binary that runs now. On Linux also when an update has put another one in its place
/// meanwhile.
fn this_program() -> io::Result<PathBuf> {
    let this = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && this.exists() {
        return Ok(this.into());
    }
    std::env::current_exe()
}
