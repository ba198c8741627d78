//! Maya's command port: lines of MEL or Python go in, and for each an answer comes out.
//!
//! What is known of it, and from where:
//!
//! - A command is a line; one of several lines is taken as several commands
//!   (github.com/justinfx/MayaSublime, issue 14).
//! - A command longer than `bufferSize`, by default 4096 characters, has Maya close the connection
//!   (Autodesk's reference of `commandPort`, help.autodesk.com, Maya-Tech-Docs/CommandsPython/commandPort.html).
//! - `sourceType` is MEL unless said otherwise (ibidem).
//! - An answer ends with a newline and a NUL (`resp_term` of `maya.app.general.CommandPort`, as in the stubs of Maya's
//!   devkit). With `noreturn` it is empty, or there is none: the reference leaves that open.
//! - With `echoOutput` all that is printed is sent too, each piece with the same end; in Mayas with Python 3
//!   that raises and ends the connection at the first such piece (github.com/artbycrunk/vscode-maya, issues 32 and
//!   43). So what is sent from here prints nothing, and an answer is known by its mark.
//! - Of Python only a single expression has a value (github.com/artbycrunk/vscode-maya, issue 25, and others' experience),
//!   and what it sets elsewhere than in `__main__` is gone with it.

use std::time::{Duration, Instant};

use pyblish_host::{Failure, Result, Socket, cancelled, fail};

/// The longest line that any command port takes unless it was opened with less, in characters.
pub const LINE: usize = 4096;

/// What surrounds an expression of Python in MEL, in characters.
const WRAPPING: usize = "python(\"\");\n".len();

/// The longest expression that fits.
pub const EXPRESSION: usize = LINE - WRAPPING - 1;

/// What the values that are asked for begin with. Written in two parts where it is sent, so that a copy of
/// the command is no answer.
pub const MARK: &str = "pyblish-endpoint ";

/// What an answer ends with.
const END: &[u8] = b"\n\0";

/// How long Maya may take: it answers when it is idle, and may ask the artist whether that is all right.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for a marked answer behind another one.
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
            other => fail!("the setting command-language is {other:?}; it can be mel or python"),
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

    /// Has Maya evaluate an expression of Python, and waits until it is done.
    ///
    /// It must hold no double quote, no backslash and no newline, and fit into a line.
    pub fn run(&mut self, expression: &str) -> Result {
        self.send(expression)?;
        self.answer(None).map(drop)
    }

    /// Likewise; its value, which begins with [`MARK`], without that.
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
                "the command port at {address} does not answer as one of {language} does, but with {:?}; set \
                 command-language to what it was opened with (mel or python), and open it without a prefix and \
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

    /// What Maya says until an answer's end, and, if a mark is waited for, until that has come.
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
            if cancelled() {
                fail!("cancelled while Maya was waited for");
            }
            if began.elapsed() > PATIENCE {
                let (address, seconds) = (&self.address, PATIENCE.as_secs());
                fail!(
                    "Maya at {address} has answered nothing for {seconds} seconds: it is busy, or asks in a dialogue \
                     whether it may, or that is not its command port"
                );
            }
        }
    }

    fn closed(&self, error: &std::io::Error) -> Failure {
        let address = &self.address;
        Failure::new(format!(
            "Maya closed the connection to its command port at {address} ({error}); open it without echoOutput and \
             with a bufferSize of at least {LINE}, in MEL: commandPort -name \"{address}\""
        ))
    }
}
