//! What a running adapter can reach: WASI with the agreed folders and connections, the runtime's five
//! functions, and its limits. No arguments, no other environment or sockets, no standard streams.

use std::net::SocketAddr;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxView, WasiView};

use super::bindings::{runtime, types};
use super::limits::Limiter;
use super::{AdapterError, Engine, FolderGrant, Limits, convert};
use crate::model::{InstanceId, PluginId, Record};

/// The most pairs that an adapter is told of at once; a host that is done with them can be told of more.
const UPCOMING: u32 = 256;

/// Who is told what an adapter does while a call is under way. Answers must come at once.
pub trait Observer: Send {
    fn record(&mut self, record: Record);

    /// `fraction` lies between 0 and 1.
    fn progress(&mut self, fraction: f64, message: String);

    /// Whether the user asked for the call to stop.
    fn cancelled(&self) -> bool;

    /// The pairs that come next, at most so many.
    fn upcoming(&self, limit: usize) -> Vec<(PluginId, Option<InstanceId>)>;
}

/// What wasmtime keeps beside a running adapter.
pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    limiter: Limiter,
    observer: Box<dyn Observer>,
    /// Why the host is gone, once the adapter has said so.
    pub lost: Option<String>,
    /// How many pairs to come the adapter knows of.
    pub given: u32,
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
        self.observer.record(convert::record(record));
    }

    fn progress(&mut self, fraction: f64, message: String) {
        if !fraction.is_nan() {
            self.observer.progress(fraction.clamp(0.0, 1.0), message);
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
    wasi.max_random_size(limits.random);
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
    table.set_max_capacity(limits.handles);
    let state = State {
        wasi: wasi.build(),
        table,
        limiter: Limiter::new(limits.clone()),
        observer,
        lost: None,
        given: 0,
    };
    let mut store = Store::new(engine.wasmtime(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.hostcall);
    store.set_max_component_handles(limits.handles);
    // Each tick the guest gives way to what else its thread has to do; it is not stopped for computing.
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Yield(1)));
    Ok(store)
}
