use std::io::{self, IsTerminal, Write};

use indicatif::MultiProgress;

use super::colour::Colour;

/// stderr, shared by the log, the live output, and a progress bar that stays below both. Cheap to
/// clone.
#[derive(Debug, Clone, Default)]
pub struct Screen(MultiProgress);

impl Screen {
    /// Where bars are drawn.
    pub fn bars(&self) -> &MultiProgress {
        &self.0
    }

    /// Whether it is a terminal that a user sees.
    pub fn is_terminal() -> bool {
        io::stderr().is_terminal()
    }

    /// Whether it may have colours.
    pub fn has_colours() -> bool {
        Colour::is_wanted(Screen::is_terminal())
    }

    /// Prints a line.
    pub fn say(&self, line: &str) {
        // If stderr is gone, there is nowhere to report that.
        let _ = self.print(format!("{line}\n").as_bytes());
    }

    fn print(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.suspend(|| io::stderr().lock().write_all(bytes))
    }
}

/// For the log.
impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.print(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
