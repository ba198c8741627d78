//! What a running adapter can reach: WASI with the agreed folders and connections, the runtime's five
//! functions, and its limits. No arguments, no other environment or sockets, no standard streams.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use super::bindings::{runtime, types};
use super::guard::Force;
use super::limits::{Limit, Limiter};
use super::{AdapterError, Engine, FolderGrant, Limits, convert};
use crate::model::{InstanceId, Level, PluginId, Record, seconds};

/// Who writes the records about limits.
const LOGGER: &str = "pyblish_endpoint";

/// Python's number for a warning.
const WARNING: u32 = 30;

/// How far progress must go on to be told where a call has said too much.
const STEP: f64 = 0.01;

/// The most pairs that an adapter is told of at once; a host that is done with them can be told of more.
const UPCOMING: u32 = 256;

/// Who is told what an adapter does while a call is under way. Answers must come at once.
pub trait Observer: Send {
    fn record(&mut self, record: Record);

    /// `fraction` lies between 0 and 1.
    fn progress(&mut self, fraction: f64, message: String);

    /// Whether the user asked for the call to stop.
    fn cancelled(&self) -> bool;

    /// Changes when the call under way is to be ended by force.
    fn force(&self) -> Force;

    /// The pairs that come next, at most so many.
    fn upcoming(&self, limit: usize) -> Vec<(PluginId, Option<InstanceId>)>;
}

/// What wasmtime keeps beside a running adapter.
pub(super) struct State {
    wasi: WasiCtx,
    pub table: ResourceTable,
    limits: Limits,
    limiter: Limiter,
    said: Said,
    observer: Box<dyn Observer>,
    /// Why the host is gone, once the adapter has said so.
    pub lost: Option<String>,
    /// How many pairs to come the adapter knows of.
    pub given: u32,
}

/// What was said in the call under way.
#[derive(Default)]
struct Said {
    /// Records, and reports of progress.
    count: usize,
    /// Their texts, in bytes.
    data: usize,
    /// Whether it was too much.
    cut: bool,
    /// The furthest progress.
    fraction: f64,
    /// The limits of which it was told that they are met.
    met: Vec<Limit>,
}

impl State {
    /// A call begins: nothing was said in it, and nothing refused.
    pub fn begin(&mut self) {
        self.said = Said::default();
        self.limiter.refused = None;
    }

    /// What it was refused in the call under way: more memory, or a larger table.
    pub fn refused(&self) -> Option<Limit> {
        self.limiter.refused
    }

    /// Whether there may be one more than these; if not, the log says so.
    pub fn has_room(&mut self, limit: Limit, open: usize) -> bool {
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

    /// Whether so much more may be said in this call; if not, the log says so, once.
    fn may_say(&mut self, bytes: usize) -> bool {
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
            level: Level(WARNING),
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

impl types::Host for State {}

impl runtime::Host for State {
    fn log(&mut self, record: types::Record) {
        if self.may_say(size(&record)) {
            self.observer.record(convert::record(record));
        }
    }

    fn progress(&mut self, fraction: f64, message: String) {
        if fraction.is_nan() {
            return;
        }
        let fraction = fraction.clamp(0.0, 1.0);
        // A long call that says a lot still shows how far it is.
        let far = fraction >= self.said.fraction + STEP;
        if self.may_say(message.len()) {
            self.said.fraction = self.said.fraction.max(fraction);
            self.observer.progress(fraction, message);
        } else if far {
            self.said.fraction = fraction;
            self.observer.progress(fraction, String::new());
        }
    }

    fn cancelled(&mut self) -> bool {
        self.observer.cancelled()
    }

    fn lost(&mut self, reason: String) {
        self.lost = Some(reason);
    }

    fn upcoming(&mut self, limit: u32) -> Vec<types::Pair> {
        let limit = limit.min(UPCOMING);
        let pairs = self.observer.upcoming(limit as usize);
        // No more than the limit, which is of this type.
        self.given = pairs.len() as u32;
        pairs.into_iter().map(convert::pair).collect()
    }
}

/// The texts of a record, in bytes.
fn size(record: &types::Record) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let location = record.location.as_ref().map_or(0, |location| {
        location.file.len() + optional(&location.function) + optional(&location.text)
    });
    record.message.len() + record.logger.len() + optional(&record.traceback) + location
}

/// What of the world outside is inside.
#[derive(Default)]
pub(super) struct Reach {
    pub folders: Vec<FolderGrant>,
    /// Where it can connect to.
    pub addresses: Vec<SocketAddr>,
    /// Whether it can look up names.
    pub names: bool,
    /// Environment variables, by their names.
    pub environment: Vec<(String, String)>,
}

/// A store for one adapter, with this reach and these limits.
pub(super) fn store(
    engine: &Engine,
    reach: Reach,
    limits: &Limits,
    observer: Box<dyn Observer>,
) -> Result<Store<State>, AdapterError> {
    let mut wasi = WasiCtx::builder();
    wasi.max_random_size(limits.get(Limit::Random));
    wasi.allow_tcp(!reach.addresses.is_empty());
    wasi.allow_ip_name_lookup(reach.names);
    wasi.envs(&reach.environment);
    let addresses: Arc<[SocketAddr]> = reach.addresses.into();
    wasi.socket_addr_check(move |address, usage| {
        let allowed = match usage {
            SocketAddrUse::TcpConnect => addresses.contains(&address),
            // What a connection begins with: any address of this machine, of no choice of the adapter's.
            SocketAddrUse::TcpBind => address.ip().is_unspecified() && address.port() == 0,
            _ => false,
        };
        Box::pin(async move { allowed })
    });
    for folder in &reach.folders {
        let permissions = match folder.writable {
            true => FsPerms::ReadWrite,
            false => FsPerms::ReadOnly,
        };
        wasi.preopened_dir(&folder.host, &folder.guest, permissions)
            .map_err(|error| AdapterError::Folder {
                host: folder.host.clone(),
                guest: folder.guest.clone(),
                reason: error.root_cause().to_string(),
            })?;
    }
    let mut table = ResourceTable::new();
    table.set_max_capacity(limits.count(Limit::Handles));
    let state = State {
        wasi: wasi.build(),
        table,
        limits: limits.clone(),
        limiter: Limiter::new(limits),
        said: Said::default(),
        observer,
        lost: None,
        given: 0,
    };
    let mut store = Store::new(engine.wasmtime(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.count(Limit::HostcallData));
    store.set_max_component_handles(limits.count(Limit::Handles));
    // Each tick the guest gives way to what else its thread has to do, and to whoever counts how long it computes.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    Ok(store)
}
