//! How many files and sockets an adapter has open. wasmtime counts all handles together. But a
//! process may open few files and sockets, so the functions that open one count these first.

use std::any::Any;

use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, DescriptorType, ErrorCode as FileError, HostDescriptor, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode as SocketError, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host;
use wasmtime_wasi::p2::{TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::connection::Connection;
use super::file_lock::FileLock;
use super::limits::Limit;
use super::sandbox::State;
use super::write_quota;

/// The interfaces in wasmtime's version. If that changes, a test fails that opens more than is
/// allowed.
const FILES: &str = "wasi:filesystem/types@0.2.12";
const SOCKETS: &str = "wasi:sockets/tcp-create-socket@0.2.12";

type OpenAt = (
    Resource<Descriptor>,
    PathFlags,
    String,
    OpenFlags,
    DescriptorFlags,
);
type Opened = std::result::Result<Resource<Descriptor>, FileError>;
type Created = std::result::Result<Resource<TcpSocket>, SocketError>;

/// Replaces WASI's functions with those that count. Call it after WASI itself is linked.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.instance(FILES)?.func_wrap_async(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<'_, State>, arguments: OpenAt| {
            Box::new(async move { Ok((open_at(store.data_mut(), arguments).await?,)) })
        },
    )?;
    linker.instance(SOCKETS)?.func_wrap(
        "create-tcp-socket",
        |mut store: StoreContextMut<'_, State>, (family,): (IpAddressFamily,)| {
            Ok((create(store.data_mut(), family)?,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Whether the adapter may have one more file open.
pub(super) fn may_open(state: &mut State) -> bool {
    let open = held(&mut state.table, |entry| {
        entry.is::<Descriptor>() || entry.is::<FileLock>()
    });
    state.has_room(Limit::Files, open)
}

async fn open_at(state: &mut State, arguments: OpenAt) -> Result<Opened> {
    if !may_open(state) {
        return Ok(Err(FileError::Quota));
    }
    let (folder, path_flags, path, open_flags, flags) = arguments;
    let within = folder.rep();
    if !write_quota::may_open(state, within, open_flags) {
        return Ok(Err(FileError::InsufficientSpace));
    }
    let mut files = state.filesystem();
    // Opening a pipe can block its thread for ever, and a device leads out of the granted folder.
    let here = Resource::new_borrow(folder.rep());
    if let Ok(known) = files.stat_at(here, path_flags, path.clone()).await
        && !matches!(
            known.type_,
            DescriptorType::RegularFile | DescriptorType::Directory | DescriptorType::SymbolicLink
        )
    {
        return Ok(Err(FileError::Unsupported));
    }
    let opened = files.open_at(folder, path_flags, path, open_flags, flags);
    match opened.await {
        Ok(file) => {
            write_quota::opened(state, within, &file)?;
            Ok(Ok(file))
        }
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

/// Whether the adapter may have one more socket.
pub(super) fn may_connect(state: &mut State) -> bool {
    let open = held(&mut state.table, |entry| {
        entry.is::<TcpSocket>() || entry.is::<UdpSocket>() || entry.is::<Connection>()
    });
    state.has_room(Limit::Sockets, open)
}

fn create(state: &mut State, family: IpAddressFamily) -> Result<Created> {
    if !may_connect(state) {
        return Ok(Err(SocketError::NewSocketLimit));
    }
    match state.sockets().create_tcp_socket(family) {
        Ok(socket) => Ok(Ok(socket)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

/// How many of a kind there are. Looking at a thousand takes less time than opening one.
fn held(table: &mut ResourceTable, kind: impl Fn(&dyn Any) -> bool) -> usize {
    table.iter_mut().filter(|entry| kind(&**entry)).count()
}
