//! What a running adapter can reach: WASI with the agreed folders and connections, the contract's own
//! interfaces, and its limits. No arguments, no other environment or sockets, no standard input; what
//! it prints becomes records.

use std::sync::Arc;
use std::time::SystemTime;

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::filesystem::Dir;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::batch::Batch;
use super::connections::Connections;
use super::declared::Declared;
use super::ffmpeg::Ffmpeg;
use super::host_channel::HostChannel;
use super::host_connector::HostConnector;
use super::limiter::Limiter;
use super::limits::Limit;
use super::meter::{ForceStop, Lap};
use super::output::Output;
use super::temporary::{self, SessionTemporary, Temporary};
use super::{AdapterLimits, Engine, GrantedFolders};
use pyblish_model::{Level, Record, seconds};

/// Who writes the records about limits.
const LOGGER: &str = "pyblish_endpoint";

/// Gets what an adapter reports during a call. Its methods must return at once.
pub trait Observer: Send {
    /// A call of this name begins.
    fn begin(&mut self, call: &'static str);

    /// The adapter wrote a record.
    fn record(&mut self, record: Record);

    /// `fraction` lies between 0 and 1.
    fn progress(&mut self, fraction: f64, message: String);

    /// Whether the user asked for the call to stop.
    fn cancelled(&self) -> bool;

    /// Changes when the call under way is to be ended by force.
    fn force(&self) -> ForceStop;
}

/// What wasmtime keeps beside a running adapter.
pub(super) struct State {
    wasi: WasiCtx,
    pub table: ResourceTable,
    pub limits: AdapterLimits,
    limiter: Limiter,
    pub said: Said,
    pub observer: Box<dyn Observer>,
    /// When the part of the call began that is measured now.
    pub lap: Lap,
    /// The pairs of the call under way.
    pub batch: Option<Batch>,
    /// What users can set for its plug-ins, as it declared since plug-ins were discovered last.
    pub(super) declared: Declared,
    /// What it printed.
    stdout: Output,
    stderr: Output,
    /// The last line that it printed on stderr in the call under way: where it crashes, the reason.
    last_error: Option<String>,
    /// None where the user granted no host.
    pub connector: Option<Arc<dyn HostConnector>>,
    /// The process of the host that it is connected to.
    pub host_pid: Option<u32>,
    /// The connection to it.
    pub host_channel: Option<Arc<HostChannel>>,
    /// Why the host is gone, once the adapter has said so.
    pub lost: Option<String>,
    /// The folders that it gets, by their paths inside the sandbox.
    pub folders: Vec<(Dir, String)>,
    /// None where it asks for no temporary folder, or was granted one.
    pub temporary: Option<Temporary>,
    /// The environment variables that it gets.
    pub environment: Vec<(String, String)>,
    /// Whether it asks what is free on the disks of its folders.
    pub tells_disks: bool,
    /// The ffmpeg that makes pictures of movies for it.
    pub ffmpeg: Ffmpeg,
    /// Where it can connect to.
    pub reach: Connections,
}

/// What the call under way has logged.
#[derive(Default)]
pub(super) struct Said {
    /// Records, and reports of progress.
    count: usize,
    /// Their texts, in bytes.
    data: usize,
    /// Whether it was over a limit.
    cut: bool,
    /// The furthest progress.
    pub(super) fraction: f64,
    /// The reached limits that were already reported.
    met: Vec<Limit>,
}

impl State {
    /// A call begins: nothing was logged yet, and nothing refused.
    pub(crate) fn begin(&mut self, call: &'static str, lap: Lap) {
        if call == "discover" {
            self.declared = Declared::default();
        }
        self.observer.begin(call);
        self.lap = lap;
        self.said = Said::default();
        self.limiter.refused = None;
        self.last_error = None;
    }

    /// The call ended, or crashed.
    pub(crate) fn end(&mut self) {
        self.take_output(true);
    }

    /// Tells what was printed so far, before something else is told.
    pub(crate) fn tell_output(&mut self) {
        self.take_output(false);
    }

    fn take_output(&mut self, is_end: bool) {
        let printed = self.stdout.take_lines(is_end).into_iter();
        let printed = printed.map(|line| ("stdout", line));
        let errors = self.stderr.take_lines(is_end);
        if let Some(last) = errors.iter().rfind(|line| says_why(line)) {
            self.last_error = Some(last.trim().to_owned());
        }
        let errors = errors.into_iter().map(|line| ("stderr", line));
        for (logger, message) in printed.chain(errors) {
            if self.may_say(message.len()) {
                self.observer.record(Record {
                    level: Level::DEBUG,
                    message,
                    logger: logger.into(),
                    location: None,
                    traceback: None,
                    created: seconds(SystemTime::now()),
                });
            }
        }
        if self.temporary.as_ref().is_some_and(Temporary::was_met) {
            let limit = Limit::Temporary;
            self.tell(
                "the adapter's temporary folder is full, and gets no more: ",
                limit,
            );
        }
    }

    /// What it printed last as an error, in the call under way.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// What it was refused in the call under way: more memory, or a larger table.
    pub(crate) fn refused(&self) -> Option<Limit> {
        self.limiter.refused
    }

    /// Whether there may be one more than these; if not, the log says so.
    pub(crate) fn has_room(&mut self, limit: Limit, open: usize) -> bool {
        let room = open < self.limits.count(limit);
        if !room && !self.said.met.contains(&limit) {
            self.said.met.push(limit);
            let name = limit.name();
            self.tell(
                &format!("the adapter has {open} {name} open, and gets no more: "),
                limit,
            );
        }
        room
    }

    /// Whether so much more may be logged in this call; if not, a record says so, once.
    pub(super) fn may_say(&mut self, bytes: usize) -> bool {
        if self.said.cut {
            return false;
        }
        let data = self.said.data.saturating_add(bytes);
        let limit = if self.said.count >= self.limits.count(Limit::Records) {
            Limit::Records
        } else if data > self.limits.count(Limit::RecordData) {
            Limit::RecordData
        } else {
            self.said.count += 1;
            self.said.data = data;
            return true;
        };
        self.said.cut = true;
        self.tell("what else this call says is left out: ", limit);
        false
    }

    fn tell(&mut self, what: &str, limit: Limit) {
        let message = format!("{what}{}", self.limits.said(limit));
        tracing::warn!("{message}");
        self.observer.record(Record {
            level: Level::WARNING,
            message,
            logger: LOGGER.into(),
            location: None,
            traceback: None,
            created: seconds(SystemTime::now()),
        });
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// What the sandbox can reach outside.
#[derive(Default)]
pub(super) struct SandboxAccess {
    pub folders: GrantedFolders,
    pub temporary: Option<Arc<SessionTemporary>>,
    pub reach: Connections,
    /// Environment variables, by their names.
    pub environment: Vec<(String, String)>,
    /// Whether the adapter asks what is free on the disks of its folders.
    pub tells_disks: bool,
    /// The ffmpeg that makes pictures of movies for it.
    pub ffmpeg: Ffmpeg,
    /// None where the user granted no host.
    pub connector: Option<Arc<dyn HostConnector>>,
}

/// Whether a line on stderr says what went wrong. Rust's hint behind the message of a panic does not.
fn says_why(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE=")
}

/// A store for one adapter, with this inside and these limits.
pub(super) fn store(
    engine: &Engine,
    inside: SandboxAccess,
    limits: &AdapterLimits,
    observer: Box<dyn Observer>,
) -> wasmtime::Result<Store<State>> {
    let SandboxAccess {
        folders,
        temporary,
        reach,
        environment,
        tells_disks,
        ffmpeg,
        connector,
    } = inside;
    let (stdout, stderr) = (Output::default(), Output::default());
    let mut wasi = WasiCtx::builder();
    wasi.stdout(stdout.clone());
    wasi.stderr(stderr.clone());
    wasi.max_random_size(limits.get(Limit::Random));
    // Folders and names are handed out by `lookup.rs`, variables by `disks.rs`.
    wasi.allow_tcp(!reach.is_empty());
    wasi.allow_udp(false);
    wasi.allow_ip_name_lookup(false);
    let reachable = reach.clone();
    wasi.socket_addr_check(move |address, usage| {
        let allowed = match usage {
            SocketAddrUse::TcpConnect => reachable.allows(address),
            // A connection begins with a local address: any one, which the adapter does not choose.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            _ => false,
        };
        Box::pin(async move { allowed })
    });
    let folders = folders.iter().map(|folder| {
        let open = folder.preopened()?;
        Ok((open, folder.guest.clone()))
    });
    let mut folders = folders.collect::<std::io::Result<Vec<_>>>()?;
    if let Some(temporary) = &temporary {
        folders.push((temporary.preopened()?, temporary::GUEST.to_owned()));
    }
    let temporary = temporary.map(|it| Temporary::new(it, limits.get(Limit::Temporary)));
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.count(Limit::Handles));
    let state = State {
        wasi: wasi.build(),
        table,
        limits: limits.clone(),
        limiter: Limiter::new(limits),
        said: Said::default(),
        observer,
        lap: Lap::new(),
        batch: None,
        declared: Declared::default(),
        stdout,
        stderr,
        last_error: None,
        connector,
        host_pid: None,
        host_channel: None,
        lost: None,
        folders,
        temporary: temporary.transpose()?,
        environment,
        tells_disks,
        ffmpeg,
        reach,
    };
    let mut store = Store::new(engine.wasmtime(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.count(Limit::HostcallData));
    store.set_max_component_handles(limits.count(Limit::Handles));
    // At each tick the guest yields: to other tasks of its thread, and to the meter.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    Ok(store)
}
