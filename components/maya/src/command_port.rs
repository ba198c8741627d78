//! Maya's command port: it reads lines of MEL or Python, and answers each.
//!
//! The known facts, with their sources:
//!
//! - A command is one line; several lines count as several commands
//!   (github.com/justinfx/MayaSublime, issue 14).
//! - If a command is longer than `bufferSize`, by default 4096 characters, Maya closes the
//!   connection (Autodesk's reference of `commandPort`, help.autodesk.com,
//!   Maya-Tech-Docs/CommandsPython/commandPort.html).
//! - `sourceType` is MEL by default (same source).
//! - An answer ends with a newline and a NUL (`resp_term` of `maya.app.general.CommandPort`, as in
//!   the stubs of Maya's devkit). With `noreturn` it is empty or missing: the reference does not
//!   say which.
//! - With `echoOutput`, all printed text is sent, too, each piece with the same end. In Maya with
//!   Python 3 this raises an error and closes the connection at the first piece
//!   (github.com/artbycrunk/vscode-maya, issues 32 and 43). So our commands print nothing, and an
//!   answer is recognized by its mark.
//! - In Python, only a single expression has a value (github.com/artbycrunk/vscode-maya, issue 25,
//!   and reports of others), and only variables in `__main__` are kept.

use std::time::{Duration, Instant};

use pyblish_host::{Failure, Result, Socket, fail, stop_if_cancelled};

/// The longest line that a command port accepts by default, in characters.
pub const LINE: usize = 4096;

/// The length of the MEL around a Python expression, in characters.
const WRAPPING: usize = "python(\"\");\n".len();

/// The longest expression that fits.
pub const EXPRESSION: usize = LINE - WRAPPING - 1;

/// The beginning of requested values. In commands it is written in two parts, so that an echo of
/// the command does not look like an answer.
pub const MARK: &str = "pyblish-endpoint ";

/// The end of an answer.
const END: &[u8] = b"\n\0";

/// How long Maya may take: it answers when it is idle, and may first ask the artist for permission.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for a marked answer after another one.
const AFTERTHOUGHT: Duration = Duration::from_secs(2);

/// The language of a command port.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Language {
    Mel,
    Python,
}

impl Language {
    /// `mel` or `python`.
    pub fn named(name: &str) -> Result<Language> {
        match name {
            "mel" => Ok(Language::Mel),
            "python" => Ok(Language::Python),
            other => fail!("the setting command-language is {other:?}; it must be mel or python"),
        }
    }
}

/// An open connection.
pub struct CommandPort {
    socket: Socket,
    address: String,
    language: Language,
}

impl CommandPort {
    pub fn connect(address: &str, language: Language) -> Result<CommandPort> {
        let socket = Socket::connect(address).map_err(|error| {
            Failure::new(format!(
                "no Maya listens at {address} ({error}); open its command port there, in MEL: \
                 commandPort -name \"{address}\""
            ))
        })?;
        Ok(CommandPort {
            socket,
            address: address.to_owned(),
            language,
        })
    }

    /// Evaluates a Python expression in Maya, and waits until it is done.
    ///
    /// It must not contain a double quote, a backslash or a line break, and must fit into a line.
    pub fn run(&mut self, expression: &str) -> Result {
        self.send(expression)?;
        self.answer(None).map(drop)
    }

    /// The same; returns its value, which begins with [`MARK`], without the mark.
    pub fn ask(&mut self, expression: &str) -> Result<String> {
        self.send(expression)?;
        let answer = self.answer(Some(MARK))?;
        let Some((_, value)) = answer.split_once(MARK) else {
            let (address, language) = (
                &self.address,
                match self.language {
                    Language::Mel => "MEL",
                    Language::Python => "Python",
                },
            );
            fail!(
                "the command port at {address} does not answer as a port for {language} should, \
                 but with {:?}; set command-language to the language that it was opened with (mel \
                 or python), and open it without a prefix and \
                 without noreturn",
                answer.trim()
            );
        };
        let end = value.find(['\n', '\0']).unwrap_or(value.len());
        Ok(value[..end].trim().to_owned())
    }

    fn send(&mut self, expression: &str) -> Result {
        let line = match self.language {
            Language::Mel => format!("python(\"{expression}\");\n"),
            Language::Python => format!("{expression}\n"),
        };
        let sent = self.socket.send(line.as_bytes());
        sent.map_err(|error| self.closed(&error))
    }

    /// Reads until the end of an answer, or if a mark is expected, until that has arrived.
    fn answer(&mut self, mark: Option<&str>) -> Result<String> {
        let began = Instant::now();
        let mut said = Vec::new();
        let mut ended: Option<Instant> = None;
        loop {
            match self.socket.receive() {
                Ok(bytes) => said.extend_from_slice(bytes),
                Err(error) => return Err(self.closed(&error)),
            }
            let text = String::from_utf8_lossy(&said);
            if said.ends_with(END) {
                let marked = mark.is_none_or(|mark| text.contains(mark));
                if marked || ended.is_some_and(|ended| ended.elapsed() > AFTERTHOUGHT) {
                    return Ok(text.into_owned());
                }
                ended.get_or_insert_with(Instant::now);
            }
            stop_if_cancelled()?;
            if began.elapsed() > PATIENCE {
                let (address, seconds) = (&self.address, PATIENCE.as_secs());
                fail!(
                    "Maya at {address} has not answered for {seconds} seconds: it is busy, or \
                     waits for a permission in a dialogue, or that is not its command port"
                );
            }
        }
    }

    fn closed(&self, error: &std::io::Error) -> Failure {
        let address = &self.address;
        Failure::new(format!(
            "Maya closed the connection to its command port at {address} ({error}); open it \
             without echoOutput and with a bufferSize of at least {LINE}, in MEL: commandPort \
             -name \"{address}\""
        ))
    }
}
