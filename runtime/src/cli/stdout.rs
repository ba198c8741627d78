use std::io::{self, ErrorKind, Write};

/// Writes data for whoever reads it. A reader that has read enough, such as `head`, is no error.
pub fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
