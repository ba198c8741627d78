//! Many listeners to the events of one session, for the benchmark's figure `listeners`.
//!
//! ```text
//! listeners HOST:PORT TOKEN_FILE PATH COUNT AFTER PACE      PACE is `awake` or `asleep`
//! ```
//!
//! Policy: every listener checks the number of every event, which must follow the one before. Once
//! all are connected, a line on stdout says so. A line on stdin gives the number of the last event
//! to wait for. When all have got it, or one has found an error, a line says so. The connections
//! stay open until stdin ends, so that the server's memory can be measured meanwhile. Listeners
//! that are asleep read nothing before they know the last event, like a frontend in a closed
//! laptop; then they must get everything, too.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, process, thread};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::{Semaphore, mpsc, watch};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many connect at a time, because a system limits how many wait.
const AT_ONCE: usize = 64;

/// How long everything may take; far longer than it ever does.
const PATIENCE: Duration = Duration::from_secs(300);

/// The receive buffer of a listener that is asleep; the system doubles it.
const SMALL: u32 = 4096;

/// What a listener reports.
enum Said {
    Connected,
    /// It has got the last event.
    Complete,
    Problem(String),
}

fn main() -> Result<()> {
    let words: [String; 6] = env::args()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "usage: listeners HOST:PORT TOKEN_FILE PATH COUNT AFTER awake|asleep")?;
    let [address, token, path, count, after, pace] = words;
    let token = fs::read_to_string(token)?;
    let crowd = Crowd {
        request: format!(
            "GET {path}?after={after} HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {token}\r\n\r\n"
        ),
        address: address.parse()?,
        count: count.parse()?,
        after: after.parse()?,
        asleep: pace == "asleep",
    };
    let (last, wait) = watch::channel(u64::MAX);
    thread::spawn(move || {
        let mut line = String::new();
        let _ = io::stdin().read_line(&mut line);
        if let Ok(number) = line.trim().parse() {
            last.send_replace(number);
            let _ = io::stdin().read_to_end(&mut Vec::new());
        }
        process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(crowd.listen(wait))
}

/// The server and the stream to listen to.
struct Crowd {
    address: SocketAddr,
    request: String,
    count: usize,
    /// The number of the event after which each begins.
    after: u64,
    asleep: bool,
}

impl Crowd {
    async fn listen(self, last: watch::Receiver<u64>) -> Result<()> {
        let (say, mut said) = mpsc::channel(self.count);
        let (count, gate) = (self.count, Arc::new(Semaphore::new(AT_ONCE)));
        let crowd = Arc::new(self);
        for number in 0..count {
            let listener = Listener {
                stream: Stream::new(crowd.after),
                last: last.clone(),
                say: say.clone(),
            };
            let (crowd, gate) = (crowd.clone(), gate.clone());
            tokio::spawn(async move {
                let say = listener.say.clone();
                if let Err(error) = listener.listen(&crowd, &gate).await {
                    let _ = say
                        .send(Said::Problem(format!("listener {number}: {error}")))
                        .await;
                }
            });
        }
        let (mut connected, mut complete, mut problem) = (0, 0, None);
        let all = async {
            while complete < count && problem.is_none() {
                match said.recv().await {
                    Some(Said::Connected) => {
                        connected += 1;
                        if connected == count {
                            put(&json!({"connected": connected}))?;
                        }
                    }
                    Some(Said::Complete) => complete += 1,
                    Some(Said::Problem(text)) => problem = Some(text),
                    None => problem = Some("all listeners are gone".into()),
                }
            }
            Ok::<_, io::Error>(())
        };
        match tokio::time::timeout(PATIENCE, all).await {
            Ok(done) => done?,
            Err(_) => {
                problem = Some(format!(
                    "{complete} of {count} have every event after {PATIENCE:?}"
                ))
            }
        }
        if connected < count {
            put(&json!({"connected": connected}))?;
        }
        put(&json!({"complete": complete, "problem": problem}))?;
        // Until stdin ends.
        std::future::pending::<()>().await;
        Ok(())
    }
}

fn put(line: &Value) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    out.flush()
}

struct Listener {
    stream: Stream,
    /// The number of the last event to wait for, once that is known.
    last: watch::Receiver<u64>,
    say: mpsc::Sender<Said>,
}

impl Listener {
    async fn listen(mut self, crowd: &Crowd, gate: &Semaphore) -> Result<()> {
        let permit = gate.acquire().await?;
        let socket = TcpSocket::new_v4()?;
        if crowd.asleep {
            // Otherwise the data for a sleeper waits in the system, not in the server.
            socket.set_recv_buffer_size(SMALL)?;
        }
        let mut socket = socket.connect(crowd.address).await?;
        socket.write_all(crowd.request.as_bytes()).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await?);
        }
        let head = String::from_utf8(head)?.to_ascii_lowercase();
        if !head.starts_with("http/1.1 200") || !head.contains("transfer-encoding: chunked") {
            return Err(format!("it was answered with {head:?}").into());
        }
        drop(permit);
        self.say.send(Said::Connected).await?;
        if crowd.asleep {
            self.last.wait_for(|last| *last < u64::MAX).await?;
        }
        let mut buffer = vec![0; 16 << 10];
        let mut complete = false;
        loop {
            tokio::select! {
                read = socket.read(&mut buffer) => match read? {
                    0 => return Err(format!("the stream ended at {}", self.stream.seen).into()),
                    length => self.stream.feed(&buffer[..length])?,
                },
                changed = self.last.changed(), if !complete => changed?,
            }
            if !complete && self.stream.seen >= *self.last.borrow() {
                complete = true;
                self.say.send(Said::Complete).await?;
            }
        }
    }
}

/// The state of reading a chunked stream of events.
struct Stream {
    /// The number of the event that came last.
    seen: u64,
    chunk: Chunk,
    /// The beginning of an incomplete line, as far as it matters.
    line: Vec<u8>,
}

enum Chunk {
    /// Its size, as far as it was read.
    Size(usize),
    /// How many of its bytes are to come.
    Data(usize),
    /// How many bytes of the line end behind it are to come.
    End(usize),
}

/// Only the beginning of a line is kept: the name of its field and a number.
const LINE: usize = 32;

impl Stream {
    fn new(seen: u64) -> Self {
        Stream {
            seen,
            chunk: Chunk::Size(0),
            line: Vec::with_capacity(LINE),
        }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<()> {
        while let Some(&first) = bytes.first() {
            let taken = match self.chunk {
                Chunk::Size(size) => {
                    self.chunk = match (first as char).to_digit(16) {
                        Some(digit) => Chunk::Size(size * 16 + digit as usize),
                        None if first == b'\r' => Chunk::Size(size),
                        None if first == b'\n' && size > 0 => Chunk::Data(size),
                        None => return Err("a chunk has no size, or it was the last".into()),
                    };
                    1
                }
                Chunk::Data(left) => {
                    let taken = left.min(bytes.len());
                    self.lines(&bytes[..taken])?;
                    self.chunk = match left - taken {
                        0 => Chunk::End(2),
                        left => Chunk::Data(left),
                    };
                    taken
                }
                Chunk::End(left) => {
                    let taken = left.min(bytes.len());
                    self.chunk = match left - taken {
                        0 => Chunk::Size(0),
                        left => Chunk::End(left),
                    };
                    taken
                }
            };
            bytes = &bytes[taken..];
        }
        Ok(())
    }

    fn lines(&mut self, bytes: &[u8]) -> Result<()> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LINE - self.line.len();
            let (text, ended) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            self.line.extend_from_slice(&text[..room.min(text.len())]);
            if ended {
                self.field()?;
                self.line.clear();
            }
        }
        Ok(())
    }

    fn field(&mut self) -> Result<()> {
        let Some(number) = self.line.strip_prefix(b"id: ") else {
            return Ok(());
        };
        let number: u64 = std::str::from_utf8(number)?.parse()?;
        if number != self.seen + 1 {
            return Err(format!("event {number} came after {}", self.seen).into());
        }
        self.seen = number;
        Ok(())
    }
}
