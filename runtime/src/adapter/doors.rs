//! How many files and sockets an adapter has open. wasmtime counts what an adapter holds of any kind; but a file or a
//! socket takes one of the few that a process may have open, so the functions that open one count them first.

use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime::{Result, StoreContextMut};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::filesystem::types::{
    DescriptorFlags, ErrorCode as FileError, HostDescriptor, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode as SocketError, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host;
use wasmtime_wasi::p2::{TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::WasiSocketsView;

use super::limits::Limit;
use super::sandbox::State;

/// The interfaces in wasmtime's version of them; a test opens more than is allowed, should that change.
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

/// Puts what counts in the place of what does not. Comes after WASI itself.
pub fn count(linker: &mut Linker<State>) -> Result<()> {
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

async fn open_at(state: &mut State, arguments: OpenAt) -> Result<Opened> {
    let open = held(&mut state.table, |entry| entry.is::<Descriptor>());
    if !state.has_room(Limit::Files, open) {
        return Ok(Err(FileError::Quota));
    }
    let (folder, path_flags, path, open_flags, flags) = arguments;
    let mut files = state.filesystem();
    let opened = files.open_at(folder, path_flags, path, open_flags, flags);
    match opened.await {
        Ok(file) => Ok(Ok(file)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

fn create(state: &mut State, family: IpAddressFamily) -> Result<Created> {
    let open = held(&mut state.table, |entry| {
        entry.is::<TcpSocket>() || entry.is::<UdpSocket>()
    });
    if !state.has_room(Limit::Sockets, open) {
        return Ok(Err(SocketError::NewSocketLimit));
    }
    match state.sockets().create_tcp_socket(family) {
        Ok(socket) => Ok(Ok(socket)),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}

/// How many of a kind there are. Looking at a thousand takes less time than opening one.
fn held(table: &mut ResourceTable, kind: impl Fn(&dyn std::any::Any) -> bool) -> usize {
    table.iter_mut().filter(|entry| kind(&**entry)).count()
}
