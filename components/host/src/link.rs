//! The connection to a bridge: one call at a time, and what comes before its answer is passed on at once.
//!
//! Whoever waits asks every 25 ms whether the user has cancelled, and asks the plug-in to stop, once. What the
//! plug-in does then is its own affair; one that never stops is the runtime's.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::time::{Duration, Instant};

use pyblish_sdk::bindings::pyblish::endpoint::types::Pair;
use pyblish_sdk::{Failure, Result, cancelled, progress, send_record};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::frame::{self, Frames, TooLong};
use crate::greeting::{Handshake, Role, nonce};
use crate::host::Found;
use crate::message::{Answer, Greeting, PROTOCOL, Reply, Request};
use crate::socket::{Socket, TICK};

/// How long a bridge may take for the handshake: it does that beside whatever its host is busy with.
const GREETING_PATIENCE: Duration = Duration::from_secs(10);

/// An open connection to a bridge that has proven that it is one.
pub struct Link {
    socket: Socket,
    frames: Frames,
    /// The host, for people to read.
    host: String,
    last_id: u64,
    /// What the bridge was handed in one request and has not told of.
    handed: Handed,
    /// The names of the plug-ins that were found last, by their ids, for people to read.
    pub names: HashMap<String, String>,
}

/// Who connects to which host, and with what.
pub struct Caller<'a> {
    pub host: &'a str,
    pub version: &'a str,
    /// For people to read.
    pub owner: &'a str,
    pub secret: &'a str,
}

/// Pairs that the bridge goes on with by itself. What it tells of them waits in the connection until it is asked for,
/// so that each pair's records are that pair's.
#[derive(Default)]
struct Handed {
    /// The request that they came with, which a cancel names.
    request: u64,
    /// The number of the next one's answer.
    id: u64,
    /// Those that are to come. The first has begun; whether the others will is told with each answer.
    pairs: VecDeque<Pair>,
}

/// The connection has ended, or cannot be trusted any more; why.
#[derive(Debug)]
pub struct Lost(pub String);

impl Link {
    /// Connects, and proves who is on either side.
    pub fn connect(caller: &Caller<'_>, found: &Found) -> Result<Link> {
        let (name, address) = (caller.host, &found.address);
        let host = match found.pid {
            Some(pid) => format!("{name} (pid {pid})"),
            None => name.to_owned(),
        };
        let socket = Socket::connect(address).map_err(|error| {
            Failure::new(match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    format!("{host} no longer listens at {address}; start the bridge there again")
                }
                _ => format!("{host} cannot be reached at {address}: {error}"),
            })
        })?;
        let mut link = Link {
            socket,
            frames: Frames::default(),
            host,
            last_id: 0,
            handed: Handed::default(),
            names: HashMap::new(),
        };
        link.greet(caller, address)
            .map_err(|failure| failure.title("Not connected"))?;
        link.frames.limit = frame::LIMIT;
        Ok(link)
    }

    fn greet(&mut self, caller: &Caller<'_>, address: &str) -> Result {
        let ours = nonce()?;
        let adapter = format!("{} {}", caller.host, caller.version);
        let hello = Greeting::Hello {
            protocol: PROTOCOL,
            adapter: &adapter,
            nonce: &ours,
        };
        let Reply::Challenge { protocol, nonce } = self.answer_to(&hello, address)? else {
            return Err(self.stranger(address));
        };
        if protocol != PROTOCOL {
            let older = match protocol < PROTOCOL {
                true => "the bridge is older: update pyblish_endpoint_bridge.py there",
                false => "the adapter is older: update pyblish-endpoint",
            };
            pyblish_sdk::fail!(
                "the adapter speaks protocol {PROTOCOL} and the bridge in {} {protocol}; {older}",
                self.host
            );
        }
        let theirs = nonce.ok_or_else(|| self.stranger(address))?;
        let handshake = Handshake {
            secret: caller.secret,
            address,
            adapter: &ours,
            bridge: &theirs,
        };
        let proof = Greeting::Proof {
            proof: &handshake.proof(Role::Adapter)?,
            owner: caller.owner,
        };
        match self.answer_to(&proof, address)? {
            Reply::Welcome { proof } if handshake.proves(Role::Bridge, &proof)? => Ok(()),
            Reply::Welcome { .. } => Err(Failure::new(format!(
                "what listens at {address} does not know this user's secret and is not the bridge; start the \
                 bridge in {} again",
                caller.host
            ))),
            _ => Err(self.stranger(address)),
        }
    }

    /// What is answered in the handshake; a refusal is an error in the bridge's own words.
    fn answer_to(&mut self, greeting: &Greeting<'_>, address: &str) -> Result<Reply> {
        if self.send(greeting).is_err() {
            return Err(self.stranger(address));
        }
        let began = Instant::now();
        loop {
            match self.take() {
                Ok(None) => {}
                Ok(Some(Reply::Refused { message, .. })) => return Err(Failure::new(message)),
                Ok(Some(reply)) => return Ok(reply),
                Err(_) => return Err(self.stranger(address)),
            }
            let read = self.read();
            if read.is_err() || began.elapsed() > GREETING_PATIENCE {
                return Err(self.stranger(address));
            }
        }
    }

    fn stranger(&self, address: &str) -> Failure {
        let host = &self.host;
        Failure::new(format!(
            "what listens at {address} is not the bridge of {host}; start the bridge there again, and if that \
             does not help, find out which program has that port"
        ))
    }

    /// Asks, passes on what comes meanwhile, and waits for the answer, however long it takes.
    pub fn call<'a>(&mut self, request: impl FnOnce(u64) -> Request<'a>) -> Result<Answer, Lost> {
        self.last_id += 1;
        let id = self.last_id;
        let request = request(id);
        let answer = self
            .send(&request)
            .and_then(|()| self.answer_of(id, id))
            .map_err(|reason| self.lost(&reason, &request))?;
        Ok(answer)
    }

    /// The plug-in that the bridge has begun by itself and was not asked for yet, if there is one.
    pub fn begun(&self) -> Option<&Pair> {
        self.handed.pairs.front()
    }

    /// Has a pair processed, and hands the bridge those that come after it: or takes what the bridge tells of it, where
    /// that has begun it already. It must be the one that is [`begun`](Link::begun), if there is one.
    pub fn process(
        &mut self,
        pair: &Pair,
        upcoming: impl FnOnce() -> Vec<Pair>,
    ) -> Result<Answer, Lost> {
        let (request, id) = match self.handed.pairs.pop_front() {
            Some(_) => (self.handed.request, self.handed.id),
            None => {
                let id = self.last_id + 1;
                let pairs = upcoming();
                let request = Request::Process {
                    id,
                    plugin: &pair.plugin,
                    instance: pair.instance.as_deref(),
                    then: pairs
                        .iter()
                        .map(|pair| (pair.plugin.as_str(), pair.instance.as_deref()))
                        .collect(),
                };
                self.last_id += 1 + pairs.len() as u64;
                self.send(&request)
                    .map_err(|reason| self.lost(&reason, &request))?;
                self.handed.pairs = pairs.into();
                (id, id)
            }
        };
        (self.handed.request, self.handed.id) = (request, id + 1);
        let answer = self.answer_of(request, id).map_err(|reason| {
            let request = Request::Process {
                id,
                plugin: &pair.plugin,
                instance: pair.instance.as_deref(),
                then: Vec::new(),
            };
            self.lost(&reason, &request)
        })?;
        if !matches!(answer, Answer::Outcome { next: true, .. }) {
            self.handed.pairs.clear();
        }
        Ok(answer)
    }

    fn lost(&self, reason: &str, request: &Request<'_>) -> Lost {
        let (host, words) = (&self.host, request.words(&self.names));
        Lost(format!("{host} is gone: {reason} in {words}"))
    }

    /// Waits for the answer of this number, to that request or what it brought along.
    fn answer_of(&mut self, request: u64, id: u64) -> Result<Answer, String> {
        let (mut looked, mut told) = (Instant::now(), false);
        loop {
            while let Some(answer) = self.take()? {
                match answer {
                    Answer::Record { record } => send_record(record.into()),
                    Answer::Progress { fraction, message } => progress(fraction, &message),
                    // Known from the last answer before it.
                    Answer::Ran {} => {}
                    answer => match answer.id() {
                        Some(of) if of != id => {
                            return Err(format!("it answered {of} where {id} was asked"));
                        }
                        _ => return Ok(answer),
                    },
                }
            }
            if !told && looked.elapsed() >= TICK {
                looked = Instant::now();
                if cancelled() {
                    told = true;
                    self.send(&Request::Cancel { id: request })?;
                }
            }
            self.read()?;
        }
    }

    fn send(&mut self, message: &impl Serialize) -> Result<(), String> {
        let json = serde_json::to_vec(message).map_err(|error| error.to_string())?;
        let length = json.len();
        let frame = frame::frame(json)
            .ok_or_else(|| format!("it was to be told {length} bytes at once, which it refuses"))?;
        self.socket.send(&frame).map_err(ended)
    }

    /// Waits a little for more.
    fn read(&mut self) -> Result<(), String> {
        let bytes = self.socket.receive().map_err(ended)?;
        self.frames.push(bytes);
        Ok(())
    }

    /// The next message that has come whole.
    fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        match self.frames.next() {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => serde_json::from_slice(frame)
                .map(Some)
                .map_err(|error| format!("it said what cannot be understood ({error})")),
            Err(TooLong(length)) => Err(format!("it was to say {length} bytes at once")),
        }
    }
}

fn ended(error: io::Error) -> String {
    match error.kind() {
        // How the system calls it when a process ends, which it does in various ways.
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => "the connection ended".into(),
        _ => format!("the connection failed ({error})"),
    }
}
